# SPDX-License-Identifier: Apache-2.0
"""Keypoints and edges of a drawing: found, or as they are given."""

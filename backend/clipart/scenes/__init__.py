# SPDX-License-Identifier: Apache-2.0
"""Procedural clipart to learn from: random drawings with their true keypoints and anatomy."""

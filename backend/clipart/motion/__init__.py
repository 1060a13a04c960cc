# SPDX-License-Identifier: Apache-2.0
"""How a drawing's keypoints move: anatomy, gaits, simple physics, people."""

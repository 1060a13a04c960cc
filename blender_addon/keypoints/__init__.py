# SPDX-License-Identifier: GPL-3.0-or-later
"""A drawing's keypoints in the scene, to be moved before it is animated."""

# SPDX-License-Identifier: GPL-3.0-or-later
"""Motions onto any armature: the mathematics, its bones, and the actions that come of it."""

# SPDX-License-Identifier: GPL-3.0-or-later
"""Motions onto any armature: the mathematics, which bones do it, and the actions that come of it."""

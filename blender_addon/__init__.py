# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinora in Blender: `register` and `unregister`, and nothing that happens before them."""

from __future__ import annotations

# SPDX-License-Identifier: Apache-2.0
"""The list of systems. A new one is a folder beside this file and a line here."""

from __future__ import annotations

from .system import System

SYSTEMS: tuple[System, ...] = (
    System(
        "avatar",
        "Avatar",
        makes=("Character", "MotionResult"),
        summary="A rigged, clothed, animated character from three sentences",
    ),
    System(
        "clipart",
        "Clipart",
        makes=("VectorClip",),
        summary="An animated drawing from an SVG and a sentence",
    ),
)

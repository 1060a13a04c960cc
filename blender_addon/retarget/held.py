# SPDX-License-Identifier: GPL-3.0-or-later
"""The motion in hand, which Apply Motion puts onto armatures: the last one that was placed or read
from a file, with its other takes. It lasts as long as this Blender."""

from __future__ import annotations

from dataclasses import dataclass

from ...shared.results import Motion, Rig, Sway


@dataclass(frozen=True)
class Held:
    """`rig` is the body that the motion was made for, None where only its proportions are known;
    `sway` goes with the first take."""

    takes: tuple[Motion, ...]
    rig: Rig | None = None
    sway: Sway | None = None

    def take(self, number: int) -> Motion:
        """The number counts round and round."""
        return self.takes[number % len(self.takes)]


_held: Held | None = None


def hold(held: Held) -> None:
    global _held
    _held = held


def in_hand() -> Held | None:
    return _held

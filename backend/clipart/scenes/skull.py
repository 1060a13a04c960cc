# SPDX-License-Identifier: Apache-2.0
"""Where and how large a procedural person's head is, and what is on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .parts import Pair, Rgba
from .poses import CROWN, NECK, Pose

BONE = (NECK, CROWN)
"""Heads lie in its frame: x up the head, y to the right of one that stands."""


@dataclass(frozen=True)
class Head:
    """`center` and `half` its height are in lengths of `BONE`, half its `width` in units."""

    center: float
    half: float
    width: float
    skin: Rgba
    hair: str
    hair_color: Rgba
    hat: str
    hat_color: Rgba
    face: str
    has_neck: bool
    shape: float
    """Above 0: wider at the top."""

    @property
    def low(self) -> float:
        return self.center - self.half

    @property
    def high(self) -> float:
        return self.center + self.half


def on_front(who: Head, pose: Pose, turn: float, height: float) -> Pair | None:
    """A place on the head's front: `turn` radians to the person's left, height -1..1; None when
    it is turned away."""
    angle = pose.yaw + turn
    if np.cos(angle) < 0.12:
        return None
    reach = np.sqrt(max(1 - height * height, 0.05)) * who.width * 0.9
    return who.center + height * who.half, float(reach * np.sin(angle))


def ahead(who: Head, pose: Pose) -> float:
    """How far to the right the head's front is, in units: up to its width."""
    return float(np.sin(pose.yaw)) * who.width

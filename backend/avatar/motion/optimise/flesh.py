# SPDX-License-Identifier: Apache-2.0
"""How thick a body's limbs are, as capsules between joints, and which of them may not meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .....shared.rotations import Floats
from .....shared.skeleton import INDEX

SIDES = ("left", "right")
LIMBS = (("hip", "knee", 0.155), ("knee", "ankle", 0.10), ("elbow", "wrist", 0.13))
"""From joint to joint, and the radius as a share of the bone's length."""
HAND = 0.16
"""A hand's middle as a share of the forearm beyond the wrist, its radius as much of it."""
SLIM_FLANK = 0.19
"""Leg lengths from the middle to the outside of a slim trunk."""


@dataclass(frozen=True)
class Flesh:
    """Q capsules: `ends` (Q, 2) joints, `beyond` (Q,) metres that the second end is further on,
    `radii` (Q,) metres; `pairs` (P, 2) of capsules that keep apart."""

    ends: NDArray[np.int64]
    beyond: Floats
    radii: Floats
    pairs: NDArray[np.int64]


def estimate(offsets: Floats, flank: float | None) -> Flesh:
    """Capsules of a body with bones of `offsets` (22, 3), its trunk `flank` metres wide."""
    names, ends, beyond, radii = [], [], [], []
    for side in SIDES:
        for start, end, share in LIMBS:
            length = float(np.linalg.norm(offsets[INDEX[f"{side}_{end}"]]))
            names.append(f"{side} {end}")
            ends.append((INDEX[f"{side}_{start}"], INDEX[f"{side}_{end}"]))
            beyond.append(HAND * length if end == "wrist" else 0.0)
            radii.append(share * length)
    leg = float(np.linalg.norm(offsets[[INDEX["left_knee"], INDEX["left_ankle"]]], axis=-1).sum())
    wide = SLIM_FLANK * leg if flank is None else flank
    # Of a trunk deeper than wide nothing is known: a capsule as thick as it is deep on average.
    for start, end, share in (("pelvis", "spine2", 0.72), ("spine2", "neck", 0.62)):
        names.append(end)
        ends.append((INDEX[start], INDEX[end]))
        beyond.append(0.0)
        radii.append(share * wide)
    names.append("head")
    ends.append((INDEX["neck"], INDEX["head"]))
    beyond.append(0.9 * float(np.linalg.norm(offsets[INDEX["head"]])))
    radii.append(0.085 * leg)
    return Flesh(np.array(ends), np.array(beyond), np.array(radii), _pairs(names))


def _pairs(names: list[str]) -> NDArray[np.int64]:
    """Arms keep off trunk, head, thighs and each other; legs off each other."""
    found = [
        (f"{side} wrist", other)
        for side in SIDES
        for other in ("spine2", "neck", "head", "left knee", "right knee")
    ]
    found += [("left wrist", "right wrist"), ("left knee", "right knee")]
    found += [(f"left {a}", f"right {b}") for a, b in (("ankle",) * 2, ("ankle", "knee"))]
    found += [("left knee", "right ankle")]
    return np.array([[names.index(a), names.index(b)] for a, b in found])

# SPDX-License-Identifier: Apache-2.0
"""How thick a body's limbs are, as capsules between joints, and which of them may not meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .....shared.rotations import Floats
from .....shared.skeleton import INDEX
from ..posture import Body

SIDES = ("left", "right")
THIGH, SHIN, FOREARM = 0.8, 0.7, 0.75
"""A limb's mean thickness as a share of that at its thickest."""
HAND, PALM = 0.5, 0.25
"""Where the hand's middle is and how far it reaches around, as shares of wrist to fingertips."""
LEAST = 0.01
"""Metres: no capsule is thinner."""


@dataclass(frozen=True)
class Flesh:
    """Q capsules: `ends` (Q, 2) joints, `shifts` (Q, 2, 3) metres from them in the T-pose's axes,
    `radii` (Q,) metres; `pairs` (P, 2) of capsules that keep apart."""

    ends: NDArray[np.int64]
    shifts: Floats
    radii: Floats
    pairs: NDArray[np.int64]


@dataclass(frozen=True)
class _Part:
    name: str
    joints: tuple[str, str]
    radius: float
    shifts: Floats


def fit(body: Body) -> Flesh:
    """Capsules of a body by the skin's furthest points around its joints."""
    parts = [part for side in SIDES for part in (*_limbs(body, side), *_halves(body, side))]
    parts.append(_head(body))
    names = [part.name for part in parts]
    return Flesh(
        np.array([[INDEX[joint] for joint in part.joints] for part in parts]),
        np.array([part.shifts for part in parts]),
        np.array([max(part.radius, LEAST) for part in parts]),
        _pairs(names),
    )


def _spread(body: Body, joint: str) -> tuple[Floats, Floats]:
    """The least and the greatest coordinates (3,) of the skin around a joint, seen from it."""
    points = body.hull[INDEX[joint]]
    return points.min(0), points.max(0)


def _limbs(body: Body, side: str) -> list[_Part]:
    none = np.zeros((2, 3))
    found = []
    for name, start, end, share, across in (
        ("thigh", "hip", "knee", THIGH, (0, 1)),
        ("shin", "knee", "ankle", SHIN, (0, 1)),
        ("forearm", "elbow", "wrist", FOREARM, (1, 2)),
    ):
        low, high = _spread(body, f"{side}_{start}")
        half = float((high - low)[list(across)].mean()) / 2
        # A thigh's skin begins at the body's middle: what is beyond its joint counts.
        if name == "thigh":
            half = min(half, abs(float(high[0] if side == "left" else low[0])))
        found.append(
            _Part(f"{side} {name}", (f"{side}_{start}", f"{side}_{end}"), share * half, none)
        )
    low, high = _spread(body, f"{side}_wrist")
    tip = float(high[0] if side == "left" else -low[0])
    middle = np.array([HAND * tip * (1 if side == "left" else -1), 0.0, 0.0])
    hand = (f"{side}_wrist", f"{side}_wrist")
    found.append(_Part(f"{side} hand", hand, PALM * tip, np.array([0.3 * middle, middle])))
    return found


def _halves(body: Body, side: str) -> list[_Part]:
    """Belly and chest are wider than deep: each half is a capsule as thick as it is deep."""
    sign = 1.0 if side == "left" else -1.0
    shoulder = abs(
        float(body.offsets[INDEX["left_collar"], 0] + body.offsets[INDEX["left_shoulder"], 0])
    )
    found = []
    for name, start, end, level in (
        ("belly", "pelvis", "spine2", "spine1"),
        ("chest", "spine2", "neck", "spine3"),
    ):
        low, high = _spread(body, level)
        radius = 0.48 * float(high[1] - low[1])
        wide = float(high[0] - low[0]) / 2 if name == "belly" else min(shoulder, float(high[0]))
        middle = np.array([sign * max(wide - radius, 0.0), float(high[1] + low[1]) / 2, 0.0])
        found.append(_Part(f"{side} {name}", (start, end), radius, np.array([middle, middle])))
    return found


def _head(body: Body) -> _Part:
    low, high = _spread(body, "head")
    radius = 0.45 * float((high - low)[:2].mean())
    middle = np.array([0.0, float(low[1] + high[1]) / 2, 0.0])
    top = np.array([0.0, middle[1], max(float(high[2]) - radius, 0.0)])
    return _Part("head", ("head", "head"), radius, np.array([middle, top]))


def _pairs(names: list[str]) -> NDArray[np.int64]:
    """Arms keep off trunk, head, thighs and each other; legs off each other."""
    trunk = [name for name in names if name.endswith(("belly", "chest"))]
    found = [
        (f"{side} {part}", other)
        for side in SIDES
        for part in ("forearm", "hand")
        for other in (*trunk, "head", "left thigh", "right thigh")
    ]
    found += [("left forearm", "right forearm"), ("left thigh", "right thigh")]
    found += [
        ("left shin", "right shin"),
        ("left shin", "right thigh"),
        ("left thigh", "right shin"),
    ]
    return np.array([[names.index(a), names.index(b)] for a, b in found])

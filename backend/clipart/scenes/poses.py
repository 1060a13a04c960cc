# SPDX-License-Identifier: Apache-2.0
"""Builds and poses of procedural people: joints in space, seen from the front, side or back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..drawing import PERSON

Floats = NDArray[np.float64]

POINTS = (*PERSON, "neck", "crown", "pelvis", "left_hand", "right_hand", "left_toe", "right_toe")
NECK, CROWN, PELVIS, HAND, TOE = 13, 14, 15, 16, 18
"""`HAND` and `TOE`: the left ones; the right follow."""

EDGES = (
    (15, 13), (13, 1), (1, 3), (3, 5), (5, 16), (13, 2), (2, 4), (4, 6), (6, 17),
    (15, 7), (7, 9), (9, 11), (11, 18), (15, 8), (8, 10), (10, 12), (12, 19), (13, 0), (0, 14),
)  # fmt: skip

# Degrees: (abduction, flexion, bend) from and to, and where the forearm goes: to the front,
# inward, up. Abduction leads to the side, flexion to the front.
_ARMS = {
    "down": ((4, 25), (-15, 15), (0, 35), (0.7, 0.3, 0)),
    "hip": ((35, 65), (-20, 10), (80, 120), (0.1, 1, 0)),
    "out": ((60, 110), (-10, 20), (0, 45), (0.3, 0, 0.6)),
    "up": ((125, 178), (-10, 25), (0, 60), (0.2, 0.9, 0.4)),
    "wave": ((70, 125), (-5, 20), (50, 120), (0.1, 0, 1)),
    "forward": ((0, 20), (40, 110), (0, 80), (0.1, 0.3, 0.8)),
    "swing": ((3, 20), (-60, 60), (10, 110), (1, 0.1, 0.1)),
    "crossed": ((10, 30), (25, 50), (90, 125), (0.3, 1, 0.1)),
    "face": ((5, 45), (20, 60), (110, 145), (0.2, 0.3, 1)),
    "akimbo down": ((30, 80), (-10, 10), (10, 80), (0.1, 0.4, -0.6)),
    "free": ((0, 170), (-50, 120), (0, 140), (0.6, 0.6, 0.6)),
}
_ARM_SHARES = (0.22, 0.09, 0.12, 0.1, 0.1, 0.07, 0.12, 0.03, 0.04, 0.06, 0.05)
# The shin goes to the back, inward.
_LEGS = {
    "stand": ((0, 12), (-5, 8), (0, 8), (1, 0)),
    "wide": ((12, 38), (-5, 10), (0, 15), (1, 0.3)),
    "stride": ((0, 10), (-35, 40), (0, 45), (1, 0)),
    "run": ((0, 12), (-40, 90), (10, 115), (1, 0)),
    "kick": ((0, 45), (40, 110), (0, 40), (1, 0)),
    "sit": ((2, 20), (70, 100), (75, 100), (1, 0)),
    "jump": ((10, 55), (-10, 40), (30, 115), (0.5, 0.8)),
    "squat": ((25, 60), (10, 60), (60, 110), (0.6, 1)),
    "free": ((0, 70), (-50, 110), (0, 130), (0.8, 0.5)),
}
_LEG_SHARES = (0.36, 0.14, 0.15, 0.11, 0.05, 0.05, 0.06, 0.03, 0.05)
_PAIRED = ("sit", "jump", "squat", "stand", "wide")
_VIEWS = ((0, 12, 0.42), (38, 16, 0.25), (88, 10, 0.22), (180, 25, 0.11))
"""Turns of the body about the vertical: mean, spread, share."""


@dataclass(frozen=True)
class Build:
    """Lengths and radii in units of which the figure is about 200 high."""

    kind: str
    head: float
    head_width: float
    neck: float
    torso: float
    shoulder: float
    hip: float
    arm: tuple[float, float, float]
    """Upper arm, forearm, hand."""
    leg: tuple[float, float, float]
    """Thigh, shin, foot."""
    arm_radii: tuple[float, float, float]
    """At shoulder, elbow, wrist."""
    leg_radii: tuple[float, float, float]
    """At hip, knee, ankle."""
    waist: float


@dataclass(frozen=True)
class Pose:
    """Joints (20, 3) in the order of `POINTS`: x to the right, y down, z to the viewer."""

    joints: Floats
    yaw: float
    """Radians; 0 faces the viewer, pi / 2 the right of the picture."""


BUILDS = ("cartoon", "realistic", "chibi", "stick", "long limbs", "pictogram", "rubber", "robot")
_BUILD_SHARES = (0.34, 0.2, 0.13, 0.08, 0.09, 0.05, 0.06, 0.05)
_HEADS = {
    "cartoon": (38, 62), "realistic": (25, 34), "chibi": (62, 100), "stick": (26, 66),
    "long limbs": (17, 27), "pictogram": (26, 40), "rubber": (40, 70), "robot": (30, 60),
}  # fmt: skip


def new_build(rng: np.random.Generator) -> Build:
    kind = str(rng.choice(BUILDS, p=_BUILD_SHARES))
    head = rng.uniform(*_HEADS[kind])
    rest = 200 - head
    neck = rng.uniform(0, 0.05) * rest * (0.3 if kind == "chibi" else 1)
    share = rng.uniform(0.36, 0.46) if kind != "chibi" else rng.uniform(0.4, 0.6)
    torso, leg = share * rest, (1 - share) * rest - neck
    stout = rng.lognormal(0, 0.25)
    thick = {"stick": 0.25, "rubber": 0.45, "long limbs": 1.2}.get(kind, 1.0) * rng.lognormal(
        0, 0.15
    )
    shoulder = torso * rng.uniform(0.22, 0.36) * stout**0.6
    if kind == "stick":
        shoulder = rng.choice([0.02, rng.uniform(0.05, 0.3)]) * torso
    arm = (torso + leg) * rng.uniform(0.38, 0.5)
    upper = arm * rng.uniform(0.42, 0.5)
    top = torso * 0.115 * thick * stout**0.4
    taper = rng.uniform(0.5, 1.0) if kind not in ("stick", "rubber", "pictogram") else 1.0
    thigh = torso * 0.15 * thick * stout**0.4 * (0.8 if taper == 1.0 else 1)
    hip = max(shoulder * rng.uniform(0.45, 0.95), thigh * rng.uniform(0.5, 1))
    if kind == "stick":
        thigh, hip = top, min(hip, shoulder) * rng.uniform(0, 1)
    return Build(
        kind, head, head * rng.uniform(0.72, 1.15) * (0.9 if kind == "realistic" else 1), neck,
        torso, shoulder, hip,
        (upper, arm * 0.92 - upper, arm * 0.12),
        (leg * 0.5, leg * 0.46, leg * rng.uniform(0.12, 0.24)),
        (top, top * (1 + taper) / 2, top * taper),
        (thigh, thigh * (1 + taper) / 2, thigh * taper),
        shoulder * rng.uniform(0.6, 1.15) + (4 if kind != "stick" else 0),
    )  # fmt: skip


def new_pose(build: Build, rng: np.random.Generator) -> Pose:
    mean, spread, _ = _VIEWS[rng.choice(len(_VIEWS), p=[view[2] for view in _VIEWS])]
    yaw = np.radians(rng.normal(mean, spread) * rng.choice([-1, 1]))
    flat = 0.25 if abs(np.sin(yaw)) < 0.4 and rng.random() < 0.6 else 1.0
    joints = _standing(build, rng)
    arms = _kinds(_ARMS, _ARM_SHARES, rng, 0.45)
    legs = _kinds(_LEGS, _LEG_SHARES, rng, 0.2, _PAIRED)
    for side in (0, 1):
        sign = 1.0 if side == 0 else -1.0
        upper, lower = _bent(_ARMS[arms[side]], sign, flat, rng, is_arm=True)
        elbow = joints[1 + side] + build.arm[0] * upper
        wrist = elbow + build.arm[1] * lower
        joints[3 + side], joints[5 + side] = elbow, wrist
        joints[HAND + side] = wrist + build.arm[2] * _unit(lower + rng.normal(0, 0.2, 3))
        thigh, shin = _bent(_LEGS[legs[side]], sign, flat, rng, is_arm=False)
        knee = joints[7 + side] + build.leg[0] * thigh
        ankle = knee + build.leg[1] * shin
        joints[9 + side], joints[11 + side] = knee, ankle
        joints[TOE + side] = ankle + build.leg[2] * _foot(shin, sign, flat, rng)
    joints = joints @ _turn(1, yaw).T
    roll = rng.normal(0, 0.08) if rng.random() < 0.93 else rng.uniform(-np.pi, np.pi)
    return Pose(joints @ _turn(2, roll).T, float(yaw))


def _standing(build: Build, rng: np.random.Generator) -> Floats:
    """Trunk and head; x to the person's left, z to its front."""
    joints = np.zeros((len(POINTS), 3))
    pitch = rng.normal(0, 0.12) if rng.random() < 0.88 else rng.uniform(-0.3, 1.1)
    trunk = _turn(2, rng.normal(0, 0.1)) @ _turn(0, -pitch)
    chest = trunk @ _turn(1, rng.normal(0, 0.15)) @ _turn(2, rng.normal(0, 0.08))
    joints[NECK] = trunk @ [0, -build.torso, 0]
    drop = build.torso * rng.uniform(0.02, 0.12)
    tilt = rng.normal(0, 0.06)
    for side, sign in enumerate((1.0, -1.0)):
        joints[1 + side] = joints[NECK] + chest @ [
            sign * build.shoulder,
            drop + sign * tilt * 10,
            0,
        ]
        joints[7 + side] = [sign * build.hip, 0, 0]
    up = trunk @ _turn(2, rng.normal(0, 0.15)) @ _turn(0, rng.normal(0, 0.15)) @ [0, -1.0, 0]
    joints[CROWN] = joints[NECK] + up * (build.neck + build.head)
    joints[0] = (
        joints[NECK] + up * (build.neck + 0.46 * build.head) + [0, 0, 0.12 * build.head_width]
    )
    return joints


def _kinds(table: Mapping[str, object], shares: tuple[float, ...], rng: np.random.Generator,
           paired: float, always: tuple[str, ...] = ()) -> tuple[str, str]:  # fmt: skip
    first, second = (str(name) for name in rng.choice(list(table), 2, p=shares))
    is_paired = rng.random() < paired or (first in always and rng.random() < 0.8)
    return (first, first) if is_paired else (first, second)


def _bent(spans: tuple[tuple[float, ...], ...], sign: float, flat: float,
          rng: np.random.Generator, is_arm: bool) -> tuple[Floats, Floats]:  # fmt: skip
    """Directions of a limb's two bones; `flat` pushes them into the plane that faces front."""
    side, ahead, bend = (np.radians(rng.uniform(span[0], span[1])) for span in spans[:3])
    ahead *= flat
    upper = np.array(
        [sign * np.sin(side), np.cos(side) * np.cos(ahead), np.cos(side) * np.sin(ahead)]
    )
    if is_arm:
        front, inward, up = np.array(spans[3]) * rng.uniform(0.5, 1.5, 3)
        aim = np.array([-sign * inward, -up, front * flat])
    else:
        back, inward = np.array(spans[3]) * rng.uniform(0.5, 1.5, 2)
        aim = np.array([-sign * inward * (1 + (1 - flat)), 0.0, -back * flat])
    aim = aim - upper * (aim @ upper)
    lower = np.cos(bend) * upper + np.sin(bend) * _unit(aim)
    return upper, lower


def _foot(shin: Floats, sign: float, flat: float, rng: np.random.Generator) -> Floats:
    out = rng.uniform(0.05, 0.4) if flat == 1.0 else rng.uniform(0.2, 1.6)
    ahead = np.array([sign * out, rng.uniform(0, 0.5), 1.0])
    # Square to the shin, as far as an ankle goes, and a bit down.
    return _unit(ahead - shin * (ahead @ shin) + rng.uniform(0.1, 0.5) * shin)


def _turn(axis: int, angle: float) -> Floats:
    """About x, y or z; about y, what faces the viewer goes to the right."""
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.eye(3)
    first, second = ((1, 2), (2, 0), (0, 1))[axis]
    turn[first, first] = turn[second, second] = cosine
    turn[first, second], turn[second, first] = -sine, sine
    return turn


def _unit(vector: Floats) -> Floats:
    return vector / max(float(np.linalg.norm(vector)), 1e-6)

# SPDX-License-Identifier: Apache-2.0
"""The joints that a skeleton lacks, put between those that it has, at rest and in motion."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .. import rotations
from ..rotations import Floats

Places = dict[str, Floats]
"""Places (3,) of joints at rest, Z up, facing -Y."""
Turns = dict[str, Floats]
"""World rotations (T, 4) of joints."""


def filled(rest: Mapping[str, Floats], turns: Mapping[str, Floats]) -> tuple[Places, Turns]:
    """All 22 joints. Bends of a short spine are shared; ends go with what they hang from."""
    rest, turns = dict(rest), dict(turns)
    _fill_trunk(rest, turns)
    for side in ("left", "right"):
        shin = rest[f"{side}_ankle"] - rest[f"{side}_knee"]
        toe = float(np.linalg.norm(shin)) * np.array([0.0, -0.34, -0.14])
        _hang(rest, turns, f"{side}_foot", f"{side}_ankle", toe)
        arm = rest[f"{side}_elbow"] - rest[f"{side}_shoulder"]
        _hang(rest, turns, f"{side}_wrist", f"{side}_elbow", 0.95 * arm)
        middle = rest["spine3"] * [1, 1, 0] + rest[f"{side}_shoulder"] * [0, 0, 1]
        out = middle + 0.25 * (rest[f"{side}_shoulder"] - middle) - rest["spine3"]
        _hang(rest, turns, f"{side}_collar", "spine3", out)
    return rest, turns


def _fill_trunk(rest: Places, turns: Turns) -> None:
    top = (rest["left_shoulder"] + rest["right_shoulder"]) / 2
    spine = [joint for joint in ("spine3", "spine2", "spine1") if joint in rest]
    if not spine:
        rest["spine3"] = rest["pelvis"] + 0.6 * (top - rest["pelvis"])
        turns["spine3"] = turns["pelvis"]
    elif spine[0] != "spine3":
        # What the arms hang from is the chest, whatever its name.
        rest["spine3"], turns["spine3"] = rest.pop(spine[0]), turns.pop(spine[0])
    _between(rest, turns, "spine2", "spine1" if "spine1" in rest else "pelvis", "spine3")
    _between(rest, turns, "spine1", "pelvis", "spine2")
    high = float(np.linalg.norm(top - rest["spine3"])) * np.array([0.0, 0.0, 1.0])
    if "neck" not in rest and "head" in rest:
        _between(rest, turns, "neck", "spine3", "head", 0.6)
    _hang(rest, turns, "neck", "spine3", 1.1 * high)
    _hang(rest, turns, "head", "neck", 0.5 * high)


def _between(
    rest: Places, turns: Turns, joint: str, below: str, above: str, share: float = 0.5
) -> None:
    if joint not in rest:
        rest[joint] = rest[below] + share * (rest[above] - rest[below])
        turns[joint] = rotations.slerp(turns[below], turns[above], np.asarray(share))


def _hang(rest: Places, turns: Turns, joint: str, parent: str, offset: Floats) -> None:
    if joint not in rest:
        rest[joint], turns[joint] = rest[parent] + offset, turns[parent]

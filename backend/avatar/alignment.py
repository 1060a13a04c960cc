# SPDX-License-Identifier: Apache-2.0
"""Lays one body onto another in the other's bind pose, so that what is near is the same place.

Limbs follow joints, which every body model has in the same places. Spines are divided as their
makers liked, so trunk and head follow what can be measured on any skin: crotch, shoulders, crown,
the tip of the nose and the back of the head.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...shared import posing, rotations
from ...shared.skeleton import INDEX, JOINTS
from ..kit.body import Body, BodyModel

Floats = NDArray[np.float64]

_TRUNK = ("pelvis", "spine1", "spine2", "spine3", "left_collar", "right_collar")
_MIDDLE = 0.012
"""Metres from the plane of symmetry within which the profile is looked for."""
_FACE = 0.05
"""Metres behind the tip of the nose that the face ends: the chin is its lowest place."""
_NEXT = {
    "hip": "knee", "knee": "ankle", "ankle": "foot",
    "shoulder": "elbow", "elbow": "wrist",
}  # fmt: skip
_TRIED = (0.5, 2.0)
"""By how much a part may be scaled: anything else is a mistake of measurement."""


@dataclass(frozen=True)
class Skin:
    """The skin of a body in bind pose and what carries it."""

    model: BodyModel
    body: Body

    @property
    def vertices(self) -> Floats:
        return self.body.vertices[: int(self.model.groups["body"].corners.max()) + 1]

    @property
    def leaders(self) -> NDArray[np.int32]:
        """(V,) the joint that carries each vertex most."""
        strongest = self.model.weights.argmax(1)[:, None]
        bones = np.take_along_axis(self.model.bone_indices, strongest, 1)[:, 0]
        return self.body.rig.joint_of_bone[bones][: len(self.vertices)]

    @property
    def joints(self) -> Floats:
        """(22, 3)"""
        return self.body.rig.heads[posing.joint_bones(self.body.rig)].astype(np.float64)


def laid_onto(one: Skin, other: Skin) -> Floats:
    """(V, 3) the vertices of one body where those places are on the other."""
    maps = _maps(one, other)
    head = _head_map(one, other)
    mine, count = one.body.rig, len(one.vertices)
    indices, weights = one.model.bone_indices[:count], one.model.weights[:count]
    theirs = dict(zip(other.body.rig.bone_names, other.body.rig.heads, strict=True))
    made = np.zeros((count, 3))
    for bone, (name, joint) in enumerate(zip(mine.bone_names, mine.joint_of_bone, strict=True)):
        share = (weights * (indices == bone)).sum(1)
        held = np.flatnonzero(share)
        places = one.vertices[held]
        if joint == INDEX["head"]:
            moved = head(places)
        elif joint == INDEX["neck"]:
            moved = (head(places) + _moved(maps[INDEX["spine3"]], places)) / 2
        else:
            moved = _moved(maps[joint], places)
        if name.startswith("finger") and name in theirs:
            # As the hand goes, but from their own knuckles on.
            moved += theirs[name] - _moved(maps[joint], mine.heads[bone].astype(np.float64))
        made[held] += share[held, None] * moved
    return made


def _moved(affine: Floats, places: Floats) -> Floats:
    return np.asarray(places @ affine[:, :3].T + affine[:, 3])


def _maps(one: Skin, other: Skin) -> Floats:
    """(22, 3, 4) the affine map of what each joint of trunk and limbs carries."""
    found = np.tile(np.eye(3, 4), (len(JOINTS), 1, 1))
    for name in _TRUNK:
        found[INDEX[name]] = _stretched(_trunk(one), _trunk(other))
    mine, theirs = one.joints, other.joints
    turns = rotations.multiply(
        rotations.conjugate(other.body.rig.bind_to_t.astype(np.float64)),
        one.body.rig.bind_to_t.astype(np.float64),
    )
    for joint, name in enumerate(JOINTS):
        side, _, part = name.partition("_")
        if part not in _NEXT and part not in ("wrist", "foot"):
            continue
        above, below = (part, _NEXT[part]) if part in _NEXT else _before(part)
        ends = INDEX[f"{side}_{above}"], INDEX[f"{side}_{below}"]
        scale = _ratio(*(float(np.linalg.norm(p[ends[1]] - p[ends[0]])) for p in (theirs, mine)))
        linear = scale * rotations.to_matrix(turns[joint])
        found[joint] = np.column_stack([linear, theirs[joint] - linear @ mine[joint]])
    return found


def _before(part: str) -> tuple[str, str]:
    """Hands are as large as forearms are long, toes as feet."""
    return ("elbow", "wrist") if part == "wrist" else ("ankle", "foot")


def _ratio(theirs: float, mine: float) -> float:
    return float(np.clip(theirs / max(mine, 1e-6), *_TRIED))


def _trunk(skin: Skin) -> Floats:
    """(3, 2) the least and the most of x, y and z between the landmarks."""
    places, joints = skin.vertices, skin.joints
    shoulders = joints[[INDEX["left_shoulder"], INDEX["right_shoulder"]]]
    own = np.isin(skin.leaders, [INDEX[name] for name in _TRUNK])
    middle = own & (np.abs(places[:, 0]) < _MIDDLE * 2)
    depth = places[middle, 1] if middle.any() else places[own, 1]
    crotch = places[middle, 2].min() if middle.any() else joints[0, 2]
    return np.array(
        [
            [shoulders[1, 0], shoulders[0, 0]],
            np.quantile(depth, [0.1, 0.9]),
            [crotch, shoulders[:, 2].mean()],
        ]
    )


def _head_map(one: Skin, other: Skin) -> Callable[[Floats], Floats]:
    """Ears, nose, chin, crown and the back of the head onto theirs, evenly between them."""
    marks = list(zip(_head(one), _head(other), strict=True))

    def moved(places: Floats) -> Floats:
        columns = [_between(places[:, axis], *pair) for axis, pair in enumerate(marks)]
        return np.stack(columns, axis=1)

    return moved


def _head(skin: Skin) -> tuple[Floats, Floats, Floats]:
    """Landmarks along each axis, growing: the sides; nose and back of the head; chin, nose and
    crown."""
    places = skin.vertices[skin.leaders == INDEX["head"]]
    middle = places[np.abs(places[:, 0]) < _MIDDLE]
    profile = middle if len(middle) else places
    nose = profile[profile[:, 1].argmin()]
    face = profile[profile[:, 1] < nose[1] + _FACE]
    wide = np.abs(places[:, 0]).max()
    return (
        np.array([-wide, wide]),
        np.array([nose[1], places[:, 1].max()]),
        np.array([face[:, 2].min(), nose[2], places[:, 2].max()]),
    )


def _between(values: Floats, mine: Floats, theirs: Floats) -> Floats:
    """(V,) straight from mark to mark, and as far beyond the outer ones as before."""
    outer = np.array([-1.0, 1.0])
    xs = np.concatenate([[mine[0] + outer[0]], mine, [mine[-1] + outer[1]]])
    ys = np.concatenate([[theirs[0] + outer[0]], theirs, [theirs[-1] + outer[1]]])
    return np.asarray(np.interp(values, np.maximum.accumulate(xs), ys))


def _stretched(mine: Floats, theirs: Floats) -> Floats:
    """(3, 4) the map along the axes that brings one box (3, 2) onto another."""
    lengths = theirs[:, 1] - theirs[:, 0], mine[:, 1] - mine[:, 0]
    scale = np.array([_ratio(*pair) for pair in zip(*lengths, strict=True)])
    return np.column_stack([np.diag(scale), theirs.mean(1) - scale * mine.mean(1)])

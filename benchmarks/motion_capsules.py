# SPDX-License-Identifier: Apache-2.0
"""Forearms and hands inside of a body's own trunk, head and thighs; where the skin is lowest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from motion_takes import Floats

from kinora.backend.avatar.capsules import Capsules, fit_capsules
from kinora.backend.kit.body import Body, BodyModel
from kinora.shared import posing
from kinora.shared.results import Motion

OBSTACLES = ("seat", "belly", "chest", "neck", "head", "thigh")
POINTS = 5
HAND = 0.055
"""Of the height: from the wrist to the middle of the hand."""
EACH = 5
"""The skin is looked at in so many frames' steps."""


@dataclass(frozen=True)
class Press:
    """(T,) metres that the deeper arm is inside, and what of the body it is in."""

    depth: Floats
    where: list[str]


def arms_inside(model: BodyModel, body: Body, motion: Motion) -> Press:
    """The body's own girths count, an arm's with them."""
    capsules = fit_capsules(model, body)
    trunk, arms = capsules.only(OBSTACLES), capsules.only(("forearm",))
    matrices = posing.bone_matrices(body.rig, motion)
    first = _carried(matrices, trunk)
    depth, where = np.full(len(matrices), -1.0), np.zeros(len(matrices), int)
    for arm in range(len(arms.names)):
        points, girth = _points(body, arms, arm)
        places = _moved(matrices[:, arms.bones[arm]], points)
        inside = _depths(places, girth, first, trunk.radii)
        deepest = inside.max(1)
        better = deepest.max(-1) > depth
        where = np.where(better, deepest.argmax(-1), where)
        depth = np.maximum(depth, deepest.max(-1))
    return Press(np.maximum(depth, 0.0), [trunk.names[n] for n in where])


def _points(body: Body, arms: Capsules, arm: int) -> tuple[Floats, Floats]:
    """(P, 3) places along forearm and hand in bind pose and their girths (P,); those near the
    elbow are left out, which may press against the ribs."""
    start, end = arms.ends[arm]
    way = end - start
    beyond = HAND * body.stature / float(np.linalg.norm(way))
    shares = np.append(np.linspace(0.4, 1.0, POINTS), 1.0 + beyond)
    girth = arms.radii[arm, 0] + np.minimum(shares, 1.0) * (arms.radii[arm, 1] - arms.radii[arm, 0])
    return start + shares[:, None] * way, 0.7 * girth


def _carried(matrices: Floats, capsules: Capsules) -> Floats:
    """(T, Q, 2, 3) the ends of capsules in the world."""
    turns = matrices[:, capsules.bones]
    moved: Floats = np.einsum("tqij,qej->tqei", turns[..., :3], capsules.ends)
    return moved + turns[:, :, None, :, 3]


def _moved(matrices: Floats, points: Floats) -> Floats:
    """(T, P, 3) points that one bone carries."""
    moved: Floats = np.einsum("tij,pj->tpi", matrices[..., :3], points)
    return moved + matrices[:, None, :, 3]


def _depths(places: Floats, girth: Floats, ends: Floats, radii: Floats) -> Floats:
    """(T, P, Q) metres that points with girths (P,) are inside of capsules."""
    start, axis = ends[:, None, :, 0], ends[:, None, :, 1] - ends[:, None, :, 0]
    away = places[:, :, None] - start
    along = np.clip((away * axis).sum(-1) / np.maximum((axis * axis).sum(-1), 1e-9), 0, 1)
    apart = np.linalg.norm(away - along[..., None] * axis, axis=-1)
    reach = radii[:, 0] + along * (radii[:, 1] - radii[:, 0])
    inside: Floats = reach + girth[:, None] - apart
    return inside


def lowest_skin(model: BodyModel, body: Body, motion: Motion) -> Floats:
    """(T / EACH,) metres above the floor of the lowest skin, frame by frame."""
    skin = np.unique(model.groups["body"].corners)
    skin = skin[skin >= 0]
    vertices = body.vertices[skin]
    bones, weights = model.bone_indices[skin], model.weights[skin]
    frames = range(0, len(motion.joints), EACH)
    places = (posing.skin(body.rig, motion, vertices, bones, weights, frame) for frame in frames)
    return np.array([place[:, 2].min() for place in places])

# SPDX-License-Identifier: Apache-2.0
"""Legs that reach for a place: joints fold, the hip swings, bones keep their length."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .anatomy import Limb
from .stage import Floats, Stage, rotated

STRAIGHT = 0.2
"""Radians: below this a joint is as good as straight and folds as its kind does."""
FOLD = 2.4
ROUNDS = 30


def reach(stage: Stage, limb: Limb, hips: Floats, goals: Floats) -> Floats:
    """(T, bones) whole turns of the leg's bones that bring its tip to `goals` (T, 2) from `hips`.

    What lies beyond its reach is pointed at.
    """
    bones = np.diff(stage.points[list(limb.points)], axis=0)
    bends = _bends(bones)
    signs = _fold_signs(stage, limb, bends)
    slack = min((abs(bend) for bend in bends), default=0.0) * (np.abs(bends) > STRAIGHT).all()
    wanted = np.linalg.norm(goals - hips, axis=-1)
    low, high = np.full(len(goals), -slack), np.full(len(goals), FOLD)
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        is_long = np.linalg.norm(_tip(bones, signs, middle), axis=-1) > wanted
        low, high = np.where(is_long, middle, low), np.where(is_long, high, middle)
    folded = _whole(signs, (low + high) / 2)
    tip = _tip(bones, signs, (low + high) / 2)
    swing = _angle(goals - hips) - _angle(tip)
    return folded + ((swing + np.pi) % (2 * np.pi) - np.pi)[:, None]


def above_the_sole(stage: Stage, limb: Limb) -> Limb:
    """The leg without a last bone that lies on the ground: a paw or foot that stays level."""
    if len(limb.points) < 4:
        return limb
    across, down = np.abs(stage.points[limb.points[-1]] - stage.points[limb.points[-2]])
    return replace(limb, points=limb.points[:-1]) if across > down else limb


def length(stage: Stage, limb: Limb) -> tuple[float, float]:
    """From joint to tip at rest, and at most."""
    bones = np.diff(stage.points[list(limb.points)], axis=0)
    return float(np.linalg.norm(bones.sum(0))), float(np.linalg.norm(bones, axis=-1).sum())


def _bends(bones: Floats) -> Floats:
    angles = _angle(bones)
    bends: Floats = (np.diff(angles) + np.pi) % (2 * np.pi) - np.pi
    return bends


def _fold_signs(stage: Stage, limb: Limb, bends: Floats) -> Floats:
    """Which way each inner joint folds further: as it is bent; if straight, knees go forward."""
    forward = stage.facing
    if not stage.anatomy.forward[0]:
        outer = stage.points[limb.points[0], 0] - stage.points[:, 0].mean()
        forward = 1.0 if outer > 0 else -1.0
    usual = forward * (-1.0) ** np.arange(len(bends))
    signs: Floats = np.where(np.abs(bends) > STRAIGHT, np.sign(bends), usual)
    return signs


def _whole(signs: Floats, fold: Floats) -> Floats:
    """(T, bones) what folding turns each bone by, the first not at all."""
    turns = np.concatenate([np.zeros(1), np.cumsum(signs)])
    whole: Floats = fold[:, None] * turns
    return whole


def _tip(bones: Floats, signs: Floats, fold: Floats) -> Floats:
    tip: Floats = rotated(bones[None], _whole(signs, fold)).sum(1)
    return tip


def _angle(vectors: Floats) -> Floats:
    angle: Floats = np.arctan2(vectors[..., 1], vectors[..., 0])
    return angle

# SPDX-License-Identifier: Apache-2.0
"""Actions become tracks of keypoints: closed loops in which bones keep their length."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .actions import Action
from .anatomy import Anatomy
from .stage import Floats, Ints, make_stage, turned

FPS = 12.0


def perform(  # noqa: PLR0913 (a creature is three arrays, a clip two numbers)
    points: Floats,
    edges: Ints,
    anatomy: Anatomy,
    actions: Sequence[Action],
    frames: int,
    rng: np.random.Generator,
    fps: float = FPS,
) -> Floats:
    """Tracks (T, K, 2) in the units of `points`; frame T would be frame 0. No action: it breathes.

    What the creature has no parts for moves the whole of it, so that every action shows.
    """
    stage = make_stage(points, edges, anatomy, frames, frames / fps)
    turns = np.zeros((frames, len(points)))
    root = np.broadcast_to(stage.points[anatomy.root], (frames, 2)).copy()
    for action in actions or (Action("breathe"),):
        wave = np.sin(2 * np.pi * (stage.phase * stage.cycles(1.5 * action.speed) + rng.random()))
        for limb in anatomy.of_role(*action.parts):
            turns[:, list(stage.bones(limb))] += 0.3 * action.amount * wave[:, None]
        root[:, 1] -= 0.03 * stage.size * action.amount * (1 + wave)
    return turned(stage, turns, root, np.zeros(frames))

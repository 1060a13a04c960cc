# SPDX-License-Identifier: Apache-2.0
"""Poses of every action: frames of Kinora's own motions and of the labelled clips.

Made again by `python -m kinora.backend.avatar.scenes.poses CLIPS POSES.npz`, where CLIPS is the
folder of `motions.npz` and `labels.csv`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ....shared import posing, rotations
from ....shared.rotations import Floats
from ....shared.skeleton import INDEX
from ...kit.body import load_body_model
from ...kit.motion import clips, feet, manners, steps, text
from ...kit.motion.model import Manner
from ...kit.motion.posture import Body
from ...kit.motion.recipes import CYCLES, PHRASES
from ...kit.motion.words import load_lexicon

SEEDS, FRAMES = 5, 36
"""Performances of each action, and the frames that are kept of each."""
MOST = 300
"""Frames of an action that are kept of the clips."""
TELLING = 0.16
"""Leg lengths that some joint must lie from where it is in standing, for a frame to show an
action at all."""
STILL = ("idle", "nod", "shake_head", "look_around", "think", "talk", "laugh")
"""Actions that look like standing in every frame; they stay as they are."""
STANDING = "idle"


@dataclass(frozen=True)
class PoseBank:
    """N poses that all face -Y: `rotations` (N, 22, 4) local, w x y z; `action` (N,) rows of
    `actions`, the names of the motion lexicon's entries."""

    rotations: NDArray[np.float32]
    action: NDArray[np.int16]
    actions: tuple[str, ...]

    def save(self, path: Path) -> None:
        turns = self.rotations.astype(np.float16)
        np.savez_compressed(path, rotations=turns, action=self.action, actions=self.actions)

    @staticmethod
    def load(path: Path) -> PoseBank:
        with np.load(path, allow_pickle=False) as data:
            turns = rotations.normalise(data["rotations"].astype(np.float32))
            names = tuple(str(name) for name in data["actions"])
            return PoseBank(turns.astype(np.float32), data["action"], names)


def make_bank(folder: Path | None = None) -> PoseBank:
    """Every action of the lexicon as Kinora performs it and, where there are any, as in clips.

    Raises BadOptionError where the clips cannot be read.
    """
    clipped = {} if folder is None else dict(_of_clips(folder))
    rig = load_body_model().canonical.rig
    body = Body(posing.rest_offsets(rig).astype(np.float64), feet.measure_soles(rig))
    entries = load_lexicon().entries.values()
    found: dict[str, list[Floats]] = {entry.name: [] for entry in entries}
    for entry in entries:
        manner = Manner(tempo=entry.tempo, amount=entry.amount)
        mood = manners.MOODS.get(entry.mood, manners.Mood())
        for seed in range(SEEDS):
            done = text.perform(steps.Step(entry, manner, mood), body, seed).rotations
            found[entry.name].append(done[_spread(len(done), FRAMES)])
    for action, turns in clipped.items():
        found.setdefault(action, []).append(turns)
    standing = body, _places(np.concatenate(found[STANDING]), body).mean(0)
    kept = {name: _telling(name, _faced(np.concatenate(rows)), *standing)
            for name, rows in found.items()}  # fmt: skip
    number = np.repeat(np.arange(len(kept)), [len(rows) for rows in kept.values()])
    whole = np.concatenate(list(kept.values())).astype(np.float32)
    return PoseBank(whole, number.astype(np.int16), tuple(kept))


def _spread(length: int, count: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, length - 1, count).round().astype(np.int64))


def _of_clips(folder: Path) -> Iterator[tuple[str, Floats]]:
    """Frames of each action's clips, evenly spread."""
    learnt = {name: recipe.actions for name, recipe in PHRASES.items()}
    learnt |= {name: recipe.actions for name, recipe in CYCLES.items()}
    # These are cut from clips of other actions.
    del learnt["kick"], learnt["dance"]
    classes = {source: name for name, sources in learnt.items() for source in sources}
    classes |= {"kick": "kick", "punch": "punch", "wave": "wave", "martial_arts": "fight"}
    together: dict[str, list[Floats]] = {}
    for clip in clips.read_clips(folder).clips:
        if clip.action in classes and clip.detail in ("full", "no_toe"):
            together.setdefault(classes[clip.action], []).append(clip.rotations)
    for action, rows in together.items():
        whole = np.concatenate(rows)
        yield action, whole[_spread(len(whole), MOST)]


def _faced(turns: Floats) -> Floats:
    """The same poses, turned around Z so that hips and chest together face -Y."""
    world = posing.world_rotations(turns)
    ahead = rotations.rotate(world[:, [0, INDEX["spine3"]]], np.array([0.0, -1.0, 0.0])).sum(1)
    yaw = np.arctan2(ahead[:, 0], -ahead[:, 1])
    faced = turns.copy()
    faced[:, 0] = rotations.multiply(clips.about_z(-yaw), turns[:, 0])
    return faced


def _places(turns: Floats, body: Body) -> Floats:
    """(T, 22, 3) joints in leg lengths from the pelvis."""
    root = np.zeros((len(turns), 3))
    return posing.joint_positions(_faced(turns), root, body.offsets) / body.leg


def _telling(name: str, turns: Floats, body: Body, standing: Floats) -> Floats:
    """The frames that do not look like standing."""
    if name in STILL:
        return turns
    away = np.linalg.norm(_places(turns, body) - standing, axis=2).max(1)
    kept = turns[away > TELLING]
    return kept if len(kept) > len(turns) // 5 else turns[np.argsort(-away)[: len(turns) // 5]]


if __name__ == "__main__":
    make_bank(Path(sys.argv[1])).save(Path(sys.argv[2]))

# SPDX-License-Identifier: Apache-2.0
"""The poses that the prior learns from: frames of labelled clips, and of Kinora's own motions."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .....shared import posing, rotations
from .....shared.errors import BadOptionError
from .....shared.rotations import Floats
from .....shared.skeleton import INDEX
from .. import clips
from ..clips import Clip
from .limits import excess_of

FAULTY = ("cmu_060_01", "cmu_060_02", "cmu_060_06", "cmu_060_07")
"""Clips with an ankle or a head that is turned around."""
MOST_EXCESS = np.radians(10.0)
"""Beyond a joint's limit by this much, a frame is an error of the capture."""
TENTH = 10
"""One clip in so many is held out, by its name."""


@dataclass(frozen=True)
class Material:
    """N poses that face -Y, each pose's pelvis keeping its lean: `rotations` (N, 22, 4) local.

    `caption` (N,) are rows of `captions`: what a clip shows, or ACTION and the name of an entry of
    the motion lexicon. `is_held_out` (N,) marks the frames of clips that are only for measuring.
    """

    rotations: NDArray[np.float32]
    caption: NDArray[np.int64]
    captions: tuple[str, ...]
    is_held_out: NDArray[np.bool_]

    def shares(self, power: float = 0.5) -> Floats:
        """(N,) how often each pose is to be taken, so that salsa, a third of all frames, is not a
        third of what is learnt; nothing that is held out."""
        counts = np.bincount(self.caption[~self.is_held_out], minlength=len(self.captions))
        each = np.maximum(counts, 1)[self.caption] ** (power - 1.0)
        taken = np.where(self.is_held_out, 0.0, each)
        shares: Floats = taken / taken.sum()
        return shares


ACTION = "action:"


def gather(mocap: Path, bank: Path) -> Material:
    """Usable frames of the clips in `mocap` and the poses in `bank` (`scenes.poses.PoseBank`).

    Raises BadOptionError where one of them is missing or of another form.
    """
    rows = [*_of_clips(mocap), *_of_bank(bank)]
    captions = tuple(sorted({caption for caption, _, _ in rows}))
    turns = np.concatenate([poses for _, poses, _ in rows])
    lengths = [len(poses) for _, poses, _ in rows]
    caption = np.repeat([captions.index(caption) for caption, _, _ in rows], lengths)
    held = np.repeat([is_held for _, _, is_held in rows], lengths)
    possible = excess_of(turns).max(1) < MOST_EXCESS
    return Material(turns[possible], caption[possible], captions, held[possible])


def with_mirrored(material: Material) -> Material:
    """Every pose and its mirror image."""
    flipped, _ = clips.mirror(material.rotations, np.zeros((len(material.rotations), 3)))
    return Material(
        np.concatenate([material.rotations, flipped.astype(np.float32)]),
        np.tile(material.caption, 2),
        material.captions,
        np.tile(material.is_held_out, 2),
    )


def usable(clip: Clip) -> bool:
    """Whether a clip's poses are whole: spine, toes and wrists, and no joint turned around."""
    return clip.detail != "reduced" and clip.name not in FAULTY


def is_held_out(clip: Clip) -> bool:
    return zlib.crc32(clip.name.encode()) % TENTH == 0


def faced(turns: Floats) -> Floats:
    """The same poses (N, 22, 4), turned around Z so that hips and chest together face -Y."""
    world = posing.world_rotations(turns)
    ahead = rotations.rotate(world[:, [0, INDEX["spine3"]]], np.array([0.0, -1.0, 0.0])).sum(1)
    # Of somebody who lies, the way from the head to the feet says more than a nearly upright chest.
    up = rotations.rotate(world[:, 0], np.array([0.0, 0.0, 1.0]))
    level = np.hypot(ahead[:, 0], ahead[:, 1])[:, None]
    ahead = np.where((level < 0.7) & (np.abs(up[:, 2:]) < 0.7), -np.sign(ahead[:, 2:]) * up, ahead)
    yaw = np.arctan2(ahead[:, 0], -ahead[:, 1])
    found = turns.copy()
    found[:, 0] = rotations.multiply(clips.about_z(-yaw), turns[:, 0])
    return found


def _of_clips(mocap: Path) -> Iterator[tuple[str, NDArray[np.float32], bool]]:
    for clip in clips.read_clips(mocap).clips:
        if usable(clip):
            yield clip.caption, faced(clip.rotations).astype(np.float32), is_held_out(clip)


def _of_bank(bank: Path) -> Iterator[tuple[str, NDArray[np.float32], bool]]:
    try:
        with np.load(bank, allow_pickle=False) as data:
            turns = rotations.normalise(data["rotations"].astype(np.float64))
            action, names = data["action"], [str(name) for name in data["actions"]]
    except (OSError, KeyError, ValueError) as error:
        raise BadOptionError(
            f"{bank} holds no poses.",
            "Make them with `python -m kinora.backend.avatar.scenes.poses CLIPS POSES.npz`.",
            "poses",
        ) from error
    for row, name in enumerate(names):
        if (action == row).any():
            yield ACTION + name, faced(turns[action == row]).astype(np.float32), False

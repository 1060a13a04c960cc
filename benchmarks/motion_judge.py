# SPDX-License-Identifier: Apache-2.0
"""A second judge of motions: which action is seen, told by a classifier of captured clips.

It sees two seconds at a time as statistics of places, speeds and rhythms, on one and the same
body, and is tried on clips that it was not trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from motion_takes import UP, Floats
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from torch import nn

from kinora.backend.kit.motion import clips
from kinora.shared import posing
from kinora.shared.results import Motion

CLASSES = {
    "walk": "walk", "slow_walk": "walk", "walk_turn": "walk", "walk_stride": "walk",
    "uneven_terrain": "walk", "walk_backward": "walk", "run": "run", "jump": "jump", "hop": "jump",
    "run_jump": "jump", "martial_arts": "fight", "punch": "fight", "kick": "fight",
    "kick_flip": "fight", "soccer_kick": "ball kick", "basketball": "basketball",
    "salsa_dance": "salsa", "indian_dance": "indian dance", "dance": "modern dance",
    "get_up": "get up", "cartwheel": "cartwheel", "duck": "duck", "balance": "balance",
    "basketball_signals": "signals", "direct_traffic": "signals", "swordplay": "swordplay",
}  # fmt: skip
"""What of the clips' classes is told apart; others have too few takes to be tried."""
NAMES = tuple(dict.fromkeys(CLASSES.values()))
SENTENCES = {
    "walk": ("a person walks", "walking forward at an easy pace", "walks backward slowly"),
    "run": ("a person runs", "running fast", "jogging"),
    "jump": ("a person jumps", "jumping forward", "jumps high"),
    "fight": ("a person does martial arts", "punches", "kicks in the air"),
    "ball kick": ("a person kicks a ball", "kicks a soccer ball"),
    "basketball": ("a person plays basketball", "dribbles a ball forward"),
    "salsa": ("a person dances salsa", "salsa dance"),
    "indian dance": ("a person does an Indian dance", "bharatanatyam"),
    "modern dance": ("a person does modern dance", "dances freely"),
    "get up": ("a person gets up from the floor", "stands up from lying"),
    "cartwheel": ("a person turns a cartwheel",),
    "duck": ("a person ducks",),
    "balance": ("a person balances on one leg",),
    "signals": ("a person directs traffic", "gives traffic signals"),
    "swordplay": ("a person fights with a sword", "swordplay"),
}
"""Plain sentences for each, for which motions are made to be told by the judge."""
WINDOW, HOP = 60, 30
FOLDS = 5
STEPS, RATE, DECAY, HIDDEN = 300, 3e-3, 3e-2, 64
SEED = 7


@dataclass(frozen=True)
class Judge:
    """A small network and what its input is centred and scaled by."""

    network: nn.Module
    mean: Floats
    deviation: Floats

    def tell(self, windows: Floats) -> Floats:
        """(K,) how likely a motion of these windows (N, F) is each class."""
        values = (windows - self.mean) / self.deviation
        with torch.no_grad():
            scores = self.network(torch.from_numpy(values.astype(np.float32)))
        log = torch.log_softmax(scores, dim=1).mean(0)
        likely: Floats = torch.softmax(log, dim=0).double().numpy()
        return likely


def windows_of(rotations: Floats, root: Floats, offsets: Floats) -> Floats:
    """(N, F) of a motion on the clips' body; `root` is in that body's metres."""
    starts = range(0, max(len(rotations) - WINDOW, 0) + 1, HOP)
    parts = [slice(start, start + WINDOW) for start in starts]
    return np.array([_seen(rotations[part], root[part], offsets) for part in parts])


def _seen(turns: Floats, root: Floats, offsets: Floats) -> Floats:
    """(F,) statistics of one window, or of all of a shorter motion, whichever way it faces."""
    joints = posing.joint_positions(turns, root, offsets)
    yaw = np.unwrap(clips.yaw_of(turns[:, 0]))
    back = Rotation.from_rotvec(np.outer(-yaw, UP))
    away = joints - joints[:, :1] * [1.0, 1.0, 0.0]
    places = np.stack([back.apply(away[:, joint]) for joint in range(22)], 1).reshape(
        len(turns), -1
    )
    speed = back.apply(np.gradient(root, axis=0) * clips.FPS)
    rate = np.gradient(yaw)[:, None] * clips.FPS
    rows = np.concatenate([places, speed, rate], axis=1)
    moves = np.gradient(rows, axis=0) * clips.FPS
    rhythm = np.abs(np.fft.rfft(rows - rows.mean(0), n=WINDOW, axis=0))[1:7] / len(rows)
    parts = (
        rows.mean(0),
        np.log(0.02 + rows.std(0)),
        rows.min(0),
        rows.max(0),
        np.log(0.1 + np.abs(moves).mean(0)),
        np.log(0.01 + rhythm).ravel(),
    )
    return np.concatenate(parts)


def clip_windows(data: clips.Clips) -> tuple[list[Floats], NDArray[np.int64]]:
    """Windows and class of each clip that has a class."""
    chosen = [clip for clip in data.clips if clip.action in CLASSES]
    rows, kinds = [], []
    for clip in chosen:
        rows.append(windows_of(clip.rotations, clip.root, data.rest_offsets))
        kinds.append(NAMES.index(CLASSES[clip.action]))
    return rows, np.array(kinds)


def motion_windows(motion: Motion, offsets: Floats) -> Floats:
    """Those of a generated motion, its path scaled to the clips' body."""
    own = motion.rest_offsets.astype(np.float64)
    scale = clips.leg_length(offsets) / clips.leg_length(own)
    root = motion.root_translation.astype(np.float64) * scale
    # The clips' ankles stand as high above the floor as its README says, whatever the body.
    root[:, 2] += clips.standing_height(offsets, clips.SOURCE_ANKLE) - scale * _standing(motion)
    return windows_of(motion.local_rotations.astype(np.float64), root, offsets)


def _standing(motion: Motion) -> float:
    own = motion.rest_offsets.astype(np.float64)
    return clips.standing_height(own, clips.SOURCE_ANKLE * clips.leg_length(own) / 0.83)


def train(rows: Sequence[Floats], kinds: NDArray[np.int64]) -> Judge:
    """A judge of these clips, each class weighing as much as its root of windows."""
    torch.manual_seed(SEED)
    values = np.concatenate(rows)
    labels = np.repeat(kinds, [len(row) for row in rows])
    mean, deviation = values.mean(0), values.std(0) + 1e-3
    counts = np.bincount(labels, minlength=len(NAMES))
    weights = 1 / np.sqrt(np.maximum(counts, 1))
    network = nn.Sequential(
        nn.Dropout(0.2),
        nn.Linear(values.shape[1], HIDDEN),
        nn.ReLU(),
        nn.Dropout(0.4),
        nn.Linear(HIDDEN, len(NAMES)),
    )
    inputs = torch.from_numpy(((values - mean) / deviation).astype(np.float32))
    targets = torch.from_numpy(labels)
    loss_of = nn.CrossEntropyLoss(torch.from_numpy(weights.astype(np.float32)))
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    for _ in range(STEPS):
        rows_now = torch.randint(len(inputs), (256,))
        optimiser.zero_grad()
        loss_of(network(inputs[rows_now]), targets[rows_now]).backward()
        optimiser.step()
    return Judge(network.eval(), mean, deviation)


def tried(rows: Sequence[Floats], kinds: NDArray[np.int64]) -> NDArray[np.int64]:
    """The class told of each clip by a judge that has seen none of its fold."""
    order = np.random.default_rng(SEED).permutation(len(rows))
    # Each fold gets its share of each class.
    folds = np.empty(len(rows), np.int64)
    for kind in range(len(NAMES)):
        own = order[kinds[order] == kind]
        folds[own] = np.arange(len(own)) % FOLDS
    told = np.empty(len(rows), np.int64)
    for fold in range(FOLDS):
        seen = np.flatnonzero(folds != fold)
        judge = train([rows[n] for n in seen], kinds[seen])
        for n in np.flatnonzero(folds == fold):
            told[n] = int(judge.tell(rows[n]).argmax())
    return told

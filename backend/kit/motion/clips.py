# SPDX-License-Identifier: Apache-2.0
"""Labelled motion capture clips, read into Kinora's frame, and the features to be learnt.

The file is Y up, facing +Z; here Z is up and the body faces -Y: (x, y, z) becomes (x, -z, y). Paths
are in leg lengths (hip to ankle), heights in leg lengths above or below standing straight.
"""

from __future__ import annotations

import csv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ....shared import rotations
from ....shared.errors import BadOptionError
from ....shared.rotations import Floats
from ....shared.skeleton import INDEX, JOINTS, PARENTS

FPS = 30.0
ARRAYS = ("quats", "root", "start", "length", "ids", "joints", "parents", "rest_offsets")
# Mirrored, a left joint does what the right one did.
MIRROR = tuple(
    INDEX[n.replace("left", "*").replace("right", "left").replace("*", "right")] for n in JOINTS
)
FEATURES = 22 * 6 + 4
SOURCE_ANKLE = 0.08
"""Metres from the ankle down to the sole on the data's body."""
YAW, SIDE, FORTH, HEIGHT = range(22 * 6, FEATURES)


@dataclass(frozen=True)
class Clip:
    """One take: `rotations` (T, 22, 4) local, `root` (T, 3) metres on the file's own body."""

    name: str
    action: str
    detail: str
    rotations: Floats
    root: Floats
    caption: str = ""
    """What it shows in the source's own words, or its action."""


@dataclass(frozen=True)
class Clips:
    clips: tuple[Clip, ...]
    rest_offsets: Floats


def read_clips(path: Path) -> Clips:
    """Read `motions.npz` and the `labels.csv` beside it; a folder may be named instead.

    Raises BadOptionError where a file is missing, is not of this form, or names other joints.
    """
    path = path / "motions.npz" if path.is_dir() else path
    labels = path.with_name("labels.csv")
    for file in (path, labels):
        if not file.is_file():
            raise BadOptionError(
                f"There is no {file.name} at {file.parent}.",
                "Give --mocap the motions.npz that lies beside its labels.csv.",
                "mocap",
            )
    try:
        with np.load(path, allow_pickle=False) as data:
            arrays = {name: data[name] for name in ARRAYS}
        with labels.open(newline="", encoding="utf-8") as lines:
            rows = {row["clip_id"]: row for row in csv.DictReader(lines)}
        clips = tuple(_clip(arrays, rows, number) for number in range(len(arrays["ids"])))
    except (KeyError, ValueError, EOFError, zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise BadOptionError(
            f"{path.name} is not a file of labelled clips: {error}.",
            "See backend/kit/motion/README.md for the arrays it needs.",
            "mocap",
        ) from error
    if tuple(arrays["joints"]) != JOINTS or tuple(arrays["parents"]) != PARENTS:
        raise BadOptionError(f"{path.name} names other joints than Kinora's 22.", field="mocap")
    return Clips(clips, to_kinora(arrays["rest_offsets"].astype(np.float64)))


def _clip(arrays: dict[str, Floats], rows: dict[str, dict[str, str]], number: int) -> Clip:
    name = str(arrays["ids"][number])
    start = int(arrays["start"][number])
    frames = slice(start, start + int(arrays["length"][number]))
    quaternions = rotations.normalise(arrays["quats"][frames].astype(np.float64))
    turned = np.concatenate([quaternions[..., :1], to_kinora(quaternions[..., 1:])], axis=-1)
    root = to_kinora(arrays["root"][frames].astype(np.float64))
    row = rows[name]
    caption = row.get("description") or row["action_class"].replace("_", " ")
    return Clip(name, row["action_class"], row["detail"], turned, root, caption)


def to_kinora(vectors: Floats) -> Floats:
    """(..., 3) Y up, facing +Z, to Z up, facing -Y."""
    x, y, z = np.moveaxis(vectors, -1, 0)
    return np.stack([x, -z, y], axis=-1)


def leg_length(offsets: Floats) -> float:
    """Hip to ankle of a stretched leg, mean of both."""
    bones = [INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("knee", "ankle")]
    return float(np.linalg.norm(offsets[bones], axis=-1).sum() / 2)


def standing_height(offsets: Floats, ankle: float) -> float:
    """Pelvis above the floor on straight legs; `ankle` is the ankle's height above the sole."""
    return float(leg_length(offsets) + ankle - offsets[[1, 2], 2].mean())


def measured(clip: Clip, offsets: Floats) -> Floats:
    """(T, 3) the clip's path in leg lengths, its height from standing straight."""
    root = clip.root - [0.0, 0.0, standing_height(offsets, SOURCE_ANKLE)]
    return root / leg_length(offsets)


def to_metres(root: Floats, offsets: Floats, ankle: float = SOURCE_ANKLE) -> Floats:
    """The reverse of `measured`, on a body whose ankles stand `ankle` above its soles."""
    return root * leg_length(offsets) + [0.0, 0.0, standing_height(offsets, ankle)]


def mirror(turns: Floats, root: Floats) -> tuple[Floats, Floats]:
    """The same movement with left and right exchanged."""
    flipped = turns[:, list(MIRROR)] * np.array([1.0, 1.0, -1.0, -1.0])
    return flipped, root * np.array([-1.0, 1.0, 1.0])


def yaw_of(turn: Floats) -> Floats:
    """The heading of a body's turn around Z: 0 faces -Y, growing to its left."""
    forward = rotations.rotate(turn, np.array([0.0, -1.0, 0.0]))
    return np.arctan2(forward[..., 0], -forward[..., 1])


def about_z(angle: Floats) -> Floats:
    return rotations.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.asarray(angle))


def features(turns: Floats, root: Floats) -> Floats:
    """(T, 136): six numbers a joint (two columns of its matrix), yaw rate, speed, height.

    The pelvis is seen from its heading; the speed is in leg lengths a second in that heading.
    """
    yaw = np.unwrap(yaw_of(turns[:, 0]))
    level = turns.copy()
    level[:, 0] = rotations.multiply(about_z(-yaw), turns[:, 0])
    matrices = rotations.to_matrix(level)
    six = matrices[..., :2].swapaxes(-1, -2).reshape(len(turns), -1)
    speed = rotations.rotate(about_z(-yaw), np.gradient(root, axis=0) * FPS)
    rest = np.stack([np.gradient(yaw) * FPS, speed[:, 0], speed[:, 1], root[:, 2]], axis=-1)
    return np.concatenate([six, rest], axis=-1)


def from_features(values: Floats) -> tuple[Floats, Floats]:
    """Local rotations (T, 22, 4) and root path (T, 3), starting over the origin, of `features`."""
    six = values[:, :YAW].reshape(len(values), 22, 2, 3)
    first = six[:, :, 0] / np.linalg.norm(six[:, :, 0], axis=-1, keepdims=True)
    second = six[:, :, 1] - (first * six[:, :, 1]).sum(-1, keepdims=True) * first
    second /= np.linalg.norm(second, axis=-1, keepdims=True)
    matrices = np.stack([first, second, np.cross(first, second)], axis=-1)
    turns = rotations.from_matrix(matrices)
    yaw = np.concatenate([[0.0], np.cumsum(values[:-1, YAW])]) / FPS
    turns[:, 0] = rotations.multiply(about_z(yaw), turns[:, 0])
    ahead = np.stack([values[:, SIDE], values[:, FORTH], np.zeros(len(values))], axis=-1)
    steps = rotations.rotate(about_z(yaw), ahead) / FPS
    root = np.concatenate([np.zeros((1, 3)), np.cumsum(steps[:-1], axis=0)])
    root[:, 2] = values[:, HEIGHT]
    return rotations.continuous(turns), root

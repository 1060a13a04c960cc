# SPDX-License-Identifier: Apache-2.0
"""What teaches the motion prior: takes of the capture and Kinora's own performances, as frames."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .....shared import rotations
from .....shared.errors import BadOptionError
from .....shared.rotations import Floats
from .. import clips
from ..performance import Performance, find_contacts, tiled
from ..poses.material import usable
from .network import FRAMES

HELD_OUT = (
    "cmu_002_09", "cmu_005_08", "cmu_005_14", "cmu_006_08", "cmu_006_12", "cmu_007_07",
    "cmu_008_03", "cmu_008_11", "cmu_010_04", "cmu_012_02", "cmu_013_39", "cmu_013_41",
    "cmu_014_07", "cmu_035_01", "cmu_049_20", "cmu_060_09", "cmu_061_09", "cmu_131_02",
    "cmu_s094_13", "cmu_s135_04", "cmu_s135_07", "cmu_test_walking_12x", "cmu_test_walking_20x",
    "cmu_train_basketball_signal_5", "cmu_train_jumping_3", "cmu_train_soccer_4",
    "cmu_train_walking_24x", "cmu_train_walking_26x", "cmu_train_walking_36x",
    "cmu_train_walking_45x",
)  # fmt: skip
"""Clips that are only measured: of each class with several takes about a tenth; both dancers of a
salsa."""
LEAST = 46
"""A take of fewer frames has no window, however slowly it is played."""
_ARRAYS = ("turns", "root", "stands", "lengths", "names")


@dataclass(frozen=True)
class Take:
    """`values` (T, 140): `clips.features`, then whether heel and ball of both feet stand."""

    name: str
    group: str
    values: NDArray[np.float32]
    is_held_out: bool = False


def of_clips(mocap: Path) -> tuple[list[Take], Floats]:
    """The usable takes of the capture, and the offsets (22, 3) of its body.

    Raises BadOptionError where there are none.
    """
    data = clips.read_clips(mocap)
    found = []
    for clip in data.clips:
        if usable(clip) and len(clip.root) >= LEAST:
            path = clips.measured(clip, data.rest_offsets)
            stands = find_contacts(clip.rotations, path, data.rest_offsets, None, False)
            values = frames_of(clip.rotations, path, stands)
            found.append(Take(clip.name, clip.action, values, clip.name in HELD_OUT))
    if not any(not take.is_held_out for take in found):
        raise BadOptionError(f"{mocap.name} holds no clip to learn from.", field="mocap")
    return found, data.rest_offsets


def frames_of(turns: Floats, path: Floats, stands: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(T, 140) of turns (T, 22, 4), a path in leg lengths and contacts (T, 2, 2)."""
    flat = stands.reshape(len(stands), 4)
    return np.concatenate([clips.features(turns, path), flat], axis=1).astype(np.float32)


def whole(performance: Performance, least: int = 2 * FRAMES) -> Performance:
    """A cyclic performance played three times, or as often as it takes to last `least` frames;
    another, with its first and last frame held where it is shorter than a window."""
    turns, root, stands = performance.rotations, performance.root, performance.contacts
    if not performance.is_cyclic:
        short = max(0, FRAMES + 4 - len(root))
        ends = ((short - short // 2, short // 2), (0, 0))
        held = np.pad(root, ends, mode="edge")
        pose = np.pad(turns, (*ends, (0, 0)), mode="edge")
        return Performance(pose, held, np.pad(stands, (*ends, (0, 0)), mode="edge"))
    while True:
        count = len(root)
        root = tiled(root, np.asarray(performance.travel) * (count / len(performance.root)))
        turns, stands = np.tile(turns, (3, 1, 1)), np.tile(stands, (3, 1, 1))
        if len(root) >= least:
            return Performance(rotations.continuous(turns), root, stands)


def write_performances(named: list[tuple[str, Performance]], path: Path) -> None:
    """Keep performances in a file that is read where there is no body to perform on."""
    np.savez_compressed(
        path,
        turns=np.concatenate([each.rotations for _, each in named]).astype(np.float16),
        root=np.concatenate([each.root for _, each in named]).astype(np.float32),
        stands=np.concatenate([each.contacts for _, each in named]),
        lengths=np.array([len(each.root) for _, each in named]),
        names=np.array([name for name, _ in named]),
    )


def of_performances(path: Path) -> list[Take]:
    """Takes of a file of `write_performances`, grouped by name. Raises BadOptionError."""
    try:
        with np.load(path, allow_pickle=False) as data:
            arrays = {name: data[name] for name in _ARRAYS}
        return list(_takes(arrays))
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise BadOptionError(
            f"{path.name} holds no performances: {error}.",
            "Leave it out, and Kinora performs them anew.",
            "performances",
        ) from error


def _takes(arrays: dict[str, Floats]) -> Iterator[Take]:
    ends = np.cumsum(arrays["lengths"])
    for name, length, end in zip(arrays["names"], arrays["lengths"], ends, strict=True):
        here = slice(end - length, end)
        turns = rotations.normalise(arrays["turns"][here].astype(np.float64))
        values = frames_of(
            turns, arrays["root"][here].astype(np.float64), arrays["stands"][here] > 0
        )
        yield Take(str(name), f"performed {name}", values)

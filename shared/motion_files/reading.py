# SPDX-License-Identifier: Apache-2.0
"""A file of another tool's motion, told by what is in it, as a motion in our frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath

import numpy as np

from ..results import Motion
from . import arrays, humanml, own, smpl, soma
from .bvh_reading import read_bvh
from .moving import to_motion
from .placing import grounded, resampled
from .problems import MANY_FRAMES, MOST_BYTES, MOST_FPS, check_frames, unreadable
from .smpl import AVERAGE

SUFFIXES = (".bvh", ".npz", ".npy")
FAST_FPS = 120.0


@dataclass(frozen=True)
class Taken:
    """A motion on its source's own proportions: Z up, metres, over the origin, feet on z = 0,
    heading as in the file. `source` says what the file is ("BVH"); `notes` what was guessed."""

    motion: Motion
    source: str
    notes: tuple[str, ...]


def read(name: str, data: bytes) -> Taken:
    """Read a BVH file, or an npz or npy file of one of the kinds that docs/motion_files.md names.

    `name` is the file's; its contents decide. Raises BadOptionError with one sentence for any file
    that is none of these, is damaged, or is too long.
    """
    if not data:
        raise unreadable("The motion file is empty")
    if len(data) > MOST_BYTES:
        raise unreadable(f"The motion file has more than {MOST_BYTES // 2**20} MiB")
    title = PurePath(name).stem or "motion"
    with np.errstate(all="ignore"):
        motion, source, notes = _read(title, data)
        return _checked(Taken(motion, source, notes))


def _read(title: str, data: bytes) -> tuple[Motion, str, tuple[str, ...]]:
    if data[:4] == b"PK\x03\x04":
        return _from_npz(title, data)
    if data[:6] == b"\x93NUMPY":
        motion, source, notes = humanml.read_npy(title, arrays.read_npy(data))
        return _placed(motion, source, notes)
    if b"HIERARCHY" in data[:4096].upper():
        moving, notes = read_bvh(data)
        motion, more = to_motion(moving, title)
        return _placed(motion, "BVH", (*notes, *more))
    raise unreadable(
        "The file is no motion that Kinora can read",
        "It reads BVH files, and npz and npy files of AMASS, HumanML3D, Kimodo and HY-Motion.",
    )


def _from_npz(title: str, data: bytes) -> tuple[Motion, str, tuple[str, ...]]:
    found = arrays.read_npz(data)
    if own.is_own(found):
        return own.read_own(title, found), "Kinora", ()
    for kind in (soma, smpl):
        if kind.fits(found):
            return _placed(*kind.read_arrays(title, found))
    motion, source, notes = humanml.read_npz(title, found)
    return _placed(motion, source, notes)


def _placed(
    motion: Motion, source: str, notes: tuple[str, ...]
) -> tuple[Motion, str, tuple[str, ...]]:
    # An average body in the place of the real one has other legs: it is put on the floor.
    motion, more = grounded(motion, 0.0) if AVERAGE in notes else grounded(motion)
    return motion, source, (*notes, *more)


def _checked(taken: Taken) -> Taken:
    motion, notes = taken.motion, taken.notes
    frames = len(motion.local_rotations)
    check_frames(frames)
    arrays_ = (motion.local_rotations, motion.root_translation, motion.joints, motion.rest_offsets)
    if not all(np.isfinite(array).all() for array in arrays_):
        raise unreadable("The motion holds numbers that are not finite")
    if motion.fps > MOST_FPS:
        notes = (*notes, f"Of {motion.fps:.0f} frames a second {FAST_FPS:.0f} are kept.")
        motion = resampled(motion, FAST_FPS)
    if frames > MANY_FRAMES:
        notes = (*notes, f"The motion has {frames:,} frames; it will be slow to work with.")
    motion.check()
    return replace(taken, motion=motion, notes=notes)

# SPDX-License-Identifier: Apache-2.0
"""Joint places as arrays, as HumanML3D and the models trained on it have them: Y up, 20 fps.

Places are (T, 22, 3) metres; more joints (24, 52) begin with these, MDM has (22, 3, T). The 263
features of a frame are, in order: what the root turns about Y until the next frame (half the
angle, radians), how it moves over the ground meanwhile (x, z, in its own heading), its height, the
places of the 21 other joints from the point below the root in its heading, their rotations as six
numbers each, velocities of 22 joints, and four foot contacts. Rotations are not used: they have no
twist. Source: the paper of the data set (Guo et al., CVPR 2022) and its authors' answers.
"""

from __future__ import annotations

import numpy as np

from .. import rotations
from ..results import Motion
from ..rotations import Floats
from ..skeleton import JOINTS, PARENTS
from .arrays import Array, Arrays, numbers, rate
from .from_places import turns_of
from .moving import Moving, to_motion
from .problems import check_frames, unreadable

FPS = 20.0
FEATURES = 263
COUNTS = (22, 24, 52)
KEYS = ("joints", "positions", "keypoints3d", "posed_joints", "joints3d", "motion")
Y = np.array([0.0, 1.0, 0.0])


def read_npy(title: str, array: Array) -> tuple[Motion, str, tuple[str, ...]]:
    note = f"The file names no frame rate; taken as HumanML3D's {FPS:g} frames a second."
    return _read(title, array, FPS, (note,))


def read_npz(title: str, arrays: Arrays) -> tuple[Motion, str, tuple[str, ...]]:
    key = next((key for key in KEYS if key in arrays), None)
    if key is None:
        held = ", ".join(f'"{name}"' for name in sorted(arrays)[:6])
        raise unreadable(
            f"The npz file is no motion that Kinora knows; it holds {held}",
            "docs/motion_files.md tells which arrays each kind has.",
        )
    fps, notes = rate(arrays, FPS)
    return _read(title, arrays[key], fps, notes)


def _read(
    title: str, array: Array, fps: float, notes: tuple[str, ...]
) -> tuple[Motion, str, tuple[str, ...]]:
    while array.ndim > 2 and len(array) == 1 and not _are_places(array):
        array = array[0]
    if array.ndim == 3 and array.shape[0] in COUNTS and array.shape[1] == 3:
        array = np.moveaxis(array, -1, 0)
    if _are_places(array):
        places = numbers({"joints": array[:, : len(JOINTS)]}, "joints", None, None, 3)
        source = "joint places"
    elif array.ndim == 2 and array.shape[1] == FEATURES:
        places, source = recovered(numbers({"it": array}, "it", None, FEATURES)), "HumanML3D"
    else:
        shape = " x ".join(map(str, array.shape)) or "nothing"
        raise unreadable(
            f"An array of {shape} is no motion that Kinora knows",
            "HumanML3D's are frames x 22 x 3 or frames x 263.",
        )
    check_frames(len(places))
    turns, rest = turns_of(_z_up(places))
    body = Moving(JOINTS, PARENTS, rest, _z_up(places), turns, fps)
    motion, more = to_motion(body, title)
    lost = "The file holds places without rotations: hands and head go with arms and neck."
    return motion, source, (*notes, *more, lost)


def _are_places(array: Array) -> bool:
    """Whether it is (T, 22, 3), also of more joints."""
    return array.ndim == 3 and array.shape[1] in COUNTS and array.shape[2] == 3


def recovered(features: Floats) -> Floats:
    """(T, 22, 3) places, Y up, of features (T, 263) that are not normalised."""
    check_frames(len(features))
    if not 0.05 < np.median(features[:, 3]) < 3:
        raise unreadable(
            "The features are not in metres: they seem to be normalised",
            "Multiply them by the data set's Std and add its Mean first.",
        )
    half = np.concatenate([[0.0], np.cumsum(features[:-1, 0])])
    # The features' turn brings the world into the body's heading.
    out = rotations.conjugate(rotations.from_axis_angle(Y, 2 * half))
    step = np.zeros((len(features), 3))
    step[1:, [0, 2]] = features[:-1, 1:3]
    root = np.cumsum(rotations.rotate(out, step), axis=0)
    root[:, 1] = features[:, 3]
    others = rotations.rotate(out[:, None], features[:, 4:67].reshape(-1, 21, 3))
    others = others + root[:, None] * [1.0, 0.0, 1.0]
    return np.concatenate([root[:, None], others], axis=1)


def _z_up(places: Floats) -> Floats:
    """Y up becomes Z up; places that are Z up already, as bodies' heads tell, stay."""
    tall = (places[:, 15] - places[:, [10, 11]].mean(1)).mean(0)
    if tall[2] > 2 * abs(tall[1]):
        return places
    x, y, z = np.moveaxis(places, -1, 0)
    return np.stack([x, -z, y], axis=-1)

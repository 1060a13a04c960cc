# SPDX-License-Identifier: Apache-2.0
"""How far each joint goes: the reach of its bone in eight directions, and its twist.

A joint's rotation is a swing, which carries its bone from where the T-pose has it, and a twist
about the bone. The figures are what the capture data and Kinora's own key poses reach (99.8 %)
with 5 to 10 degrees of room, narrowed to what anatomy allows where the captures are at fault.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .....shared.skeleton import JOINTS

Vector = tuple[float, float, float]

# The bone in the T-pose, and the two directions at right angles to it from which the eight of a
# reach are counted, for the middle and the left; the right is the mirror image.
_TRUNK: tuple[Vector, Vector, Vector] = (0, 0, 1), (1, 0, 0), (0, -1, 0)
_LEG: tuple[Vector, Vector, Vector] = (0, 0, -1), (1, 0, 0), (0, -1, 0)
_FOOT: tuple[Vector, Vector, Vector] = (0, -1, 0), (1, 0, 0), (0, 0, 1)
_ARM: tuple[Vector, Vector, Vector] = (1, 0, 0), (0, -1, 0), (0, 0, 1)

# Degrees. The least and the most twist about the bone; then its reach in eight directions, each an
# eighth of a turn from the last:
#   trunk  left, left and front, front, ...          leg   out, out and front, front, ..., in, ...
#   foot   out, out and up, up, ..., in, ..., down   arm   front, front and up, up, ..., back, ...
_REACH: dict[str, tuple[tuple[Vector, Vector, Vector], tuple[int, int], tuple[int, ...]]] = {
    "spine1": (_TRUNK, (-35, 35), (30, 55, 70, 55, 30, 35, 35, 35)),
    "spine2": (_TRUNK, (-25, 25), (25, 25, 30, 25, 25, 22, 22, 22)),
    "spine3": (_TRUNK, (-25, 25), (25, 25, 30, 25, 25, 22, 22, 22)),
    "neck": (_TRUNK, (-45, 45), (35, 40, 45, 40, 35, 40, 40, 40)),
    "head": (_TRUNK, (-60, 60), (50, 50, 50, 50, 50, 60, 65, 60)),
    "hip": (_LEG, (-125, 60), (95, 130, 130, 110, 75, 50, 60, 80)),
    "knee": (_LEG, (-12, 12), (10, 10, 12, 10, 10, 60, 155, 60)),
    "ankle": (_FOOT, (-40, 30), (45, 55, 55, 50, 50, 55, 70, 60)),
    "foot": (_FOOT, (-15, 30), (10, 60, 85, 60, 10, 30, 60, 30)),
    "collar": (_ARM, (-20, 15), (30, 40, 50, 40, 30, 25, 30, 30)),
    "shoulder": (_ARM, (-115, 115), (135, 120, 105, 60, 85, 105, 110, 135)),
    "elbow": (_ARM, (-95, 115), (160, 160, 20, 10, 10, 10, 20, 160)),
    "wrist": (_ARM, (-105, 95), (50, 70, 80, 70, 60, 70, 80, 75)),
}  # fmt: skip
_MIRROR = np.array([-1.0, 1.0, 1.0])


def excess(rotations: Tensor) -> Tensor:
    """(..., 22) radians by which local rotations (..., 22, 4), w x y z, are beyond their joints'
    limits; 0 within them, and for the pelvis. Differentiable."""
    frames, twists, reaches = _tables(rotations.dtype, rotations.device)
    w, u = rotations[..., :1], rotations[..., 1:]
    bone = frames[:, 0].expand_as(u)
    half = torch.linalg.cross(u, bone)
    carried = bone + 2 * (w * half + torch.linalg.cross(u, half))
    along, first, second = ((carried * frames[:, axis]).sum(-1) for axis in range(3))
    swing = torch.atan2((first**2 + second**2 + 1e-12).sqrt(), along)
    # A bone that has not left its place points nowhere: its swing is within every reach.
    turn = torch.atan2(second, first + 1e-9) / (math.pi / 4) % 8
    after = turn.detach().floor()
    share, after = turn - after, after.long() % 8
    reach = reaches.expand(*turn.shape, 8)
    most = _at(reach, after) * (1 - share) + _at(reach, (after + 1) % 8) * share
    twist = _twist(w[..., 0], (u * bone).sum(-1))
    beyond = (twist - twists[:, 1]).clamp(min=0) + (twists[:, 0] - twist).clamp(min=0)
    whole = (swing - most).clamp(min=0) + beyond
    return torch.cat([torch.zeros_like(whole[..., :1]), whole[..., 1:]], dim=-1)


def excess_of(rotations: NDArray[np.floating]) -> NDArray[np.float32]:
    """`excess` of an array."""
    values = torch.from_numpy(np.ascontiguousarray(rotations, dtype=np.float32))
    found: NDArray[np.float32] = excess(values).numpy()
    return found


def _twist(w: Tensor, along: Tensor) -> Tensor:
    """Radians, -pi to pi, about the bone. A quaternion and its opposite are the same turn."""
    sign = torch.where(w < 0, -1.0, 1.0).to(w.dtype)
    return 2 * torch.atan2(along * sign, w * sign + 1e-9)


def _at(values: Tensor, index: Tensor) -> Tensor:
    return values.gather(-1, index[..., None])[..., 0]


@cache
def _tables(dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """(22, 3, 3) bones and their two directions, (22, 2) twists, (22, 8) reaches, in radians."""
    frames = np.tile(np.array(_TRUNK, dtype=np.float64), (len(JOINTS), 1, 1))
    twists, reaches = np.zeros((len(JOINTS), 2)), np.zeros((len(JOINTS), 8))
    for joint, name in enumerate(JOINTS[1:], 1):
        frame, twist, reach = _REACH[name.removeprefix("left_").removeprefix("right_")]
        is_right = name.startswith("right_")
        # In a mirror the bones keep their names and twists change sign.
        frames[joint] = np.array(frame) * _MIRROR if is_right else np.array(frame)
        twists[joint] = np.radians(sorted((-twist[0], -twist[1])) if is_right else twist)
        reaches[joint] = np.radians(reach)
    found = (frames, twists, reaches)
    first, second, third = (torch.tensor(each, dtype=dtype, device=device) for each in found)
    return first, second, third

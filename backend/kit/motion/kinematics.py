# SPDX-License-Identifier: Apache-2.0
"""Forward kinematics of the 22 joints in torch: differentiable, any leading axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import torch

from ....shared.rotations import Floats
from ....shared.skeleton import PARENTS
from .feet import Soles
from .performance import ANKLES, BALLS

Tensor = torch.Tensor


@dataclass(frozen=True)
class _Tree:
    """`levels`: joints of equal depth and their parents' places in the level above, from the
    pelvis' children outwards; `order`: where each joint stands when levels are laid in a row."""

    levels: tuple[tuple[Tensor, Tensor], ...]
    order: Tensor
    ankles: Tensor
    balls: Tensor


@cache
def tree(device: torch.device) -> _Tree:
    def moved(numbers: Sequence[int]) -> Tensor:
        return torch.tensor(numbers, device=device)

    levels, listed, above = [], [0], [0]
    while True:
        joints = [joint for joint, parent in enumerate(PARENTS) if parent in above]
        if not joints:
            break
        levels.append((moved(joints), moved([above.index(PARENTS[joint]) for joint in joints])))
        listed, above = listed + joints, joints
    order = moved([listed.index(joint) for joint in range(len(PARENTS))])
    return _Tree(tuple(levels), order, moved(ANKLES), moved(BALLS))


def multiply(a: Tensor, b: Tensor) -> Tensor:
    """Quaternions (..., 4): the rotation that applies `b` first and `a` second."""
    a, b = torch.broadcast_tensors(a, b)  # type: ignore[no-untyped-call]
    aw, av, bw, bv = a[..., :1], a[..., 1:], b[..., :1], b[..., 1:]
    w = aw * bw - (av * bv).sum(-1, keepdim=True)
    return torch.cat([w, aw * bv + bw * av + torch.linalg.cross(av, bv)], -1)


def conjugate(q: Tensor) -> Tensor:
    return torch.cat([q[..., :1], -q[..., 1:]], -1)


def exponential(vector: Tensor) -> Tensor:
    """Quaternions of rotation vectors (..., 3), smooth at zero."""
    square = (vector * vector).sum(-1, keepdim=True)
    angle = (square + 1e-12).sqrt()
    return torch.cat([torch.cos(angle / 2), torch.sin(angle / 2) / angle * vector], -1)


def to_matrix(q: Tensor) -> Tensor:
    """(..., 3, 3) of unit quaternions (..., 4)."""
    w, x, y, z = q.unbind(-1)
    xx, yy, zz, xy, xz, yz = x * x, y * y, z * z, x * y, x * z, y * z
    wx, wy, wz = w * x, w * y, w * z
    rows = [
        1 - 2 * (yy + zz), 2 * (xy - wz), 2 * (xz + wy),
        2 * (xy + wz), 1 - 2 * (xx + zz), 2 * (yz - wx),
        2 * (xz - wy), 2 * (yz + wx), 1 - 2 * (xx + yy),
    ]  # fmt: skip
    return torch.stack(rows, -1).reshape(*q.shape[:-1], 3, 3)


def from_six(six: Tensor) -> Tensor:
    """(..., 3, 3) whose first two columns are nearest to (..., 6)."""
    first = torch.nn.functional.normalize(six[..., :3], dim=-1)
    second = six[..., 3:] - (first * six[..., 3:]).sum(-1, keepdim=True) * first
    second = torch.nn.functional.normalize(second, dim=-1)
    return torch.stack([first, second, torch.linalg.cross(first, second)], -1)


def small_turn(matrix: Tensor) -> Tensor:
    """Quaternions of matrices (..., 3, 3) that turn less than about 150 degrees."""
    trace = matrix.diagonal(dim1=-2, dim2=-1).sum(-1, keepdim=True)
    w = (1 + trace).clamp(min=0.25).sqrt() / 2
    skew = torch.stack(
        [
            matrix[..., 2, 1] - matrix[..., 1, 2],
            matrix[..., 0, 2] - matrix[..., 2, 0],
            matrix[..., 1, 0] - matrix[..., 0, 1],
        ],
        -1,
    )
    return torch.nn.functional.normalize(torch.cat([w, skew / (4 * w)], -1), dim=-1)


@dataclass(frozen=True)
class Placed:
    """World rotations (..., 22, 3, 3) and places (..., 22, 3) of the joints."""

    world: Tensor
    places: Tensor


def place(local: Tensor, root: Tensor, offsets: Tensor) -> Placed:
    """Where local rotations (..., 22, 4) and the pelvis (..., 3) bring joints `offsets` apart."""
    return place_matrices(to_matrix(local), root, offsets)


def place_matrices(matrices: Tensor, root: Tensor, offsets: Tensor) -> Placed:
    """`place` of local rotations that are matrices (..., 22, 3, 3), as the motion prior tells."""
    turns, spots = [matrices[..., :1, :, :]], [root[..., None, :]]
    joints = tree(matrices.device)
    for level, above in joints.levels:
        parents = turns[-1].index_select(-3, above)
        arms = (parents * offsets[level][:, None]).sum(-1)
        spots.append(spots[-1].index_select(-2, above) + arms)
        turns.append(_product(parents, matrices.index_select(-3, level)))
    world = torch.cat(turns, -3).index_select(-3, joints.order)
    return Placed(world, torch.cat(spots, -2).index_select(-2, joints.order))


def _product(a: Tensor, b: Tensor) -> Tensor:
    """(..., 3, 3) products. A GPU's own are made for large matrices: a block of it for each."""
    if not a.is_cuda:
        return a @ b
    x, y, z = (a[..., :, axis, None] * b[..., None, axis, :] for axis in range(3))
    return x + y + z


@dataclass(frozen=True)
class Sole:
    """`feet.Soles` as tensors: heel (2, 3), tips (2, 3, 3), ball_height (2,)."""

    heel: Tensor
    tips: Tensor
    ball_height: Tensor

    @staticmethod
    def of(soles: Soles, like: Tensor) -> Sole:
        def moved(values: Floats) -> Tensor:
            return torch.as_tensor(values, dtype=like.dtype, device=like.device)

        return Sole(moved(soles.heel), moved(soles.tips), moved(soles.ball_height))


def sole_points(placed: Placed, sole: Sole) -> Tensor:
    """(..., 2, 5, 3) heel, below the ball, and the tips of three toes of both feet."""
    joints = tree(placed.places.device)
    ankle, ball = (placed.places.index_select(-2, at) for at in (joints.ankles, joints.balls))
    turn, toes = (placed.world.index_select(-3, at) for at in (joints.ankles, joints.balls))
    heel = ankle + (turn @ sole.heel[..., None])[..., 0]
    below = torch.stack([ball[..., 0], ball[..., 1], ball[..., 2] - sole.ball_height], -1)
    tips = ball[..., None, :] + (toes[..., None, :, :] @ sole.tips[..., None])[..., 0]
    return torch.cat([heel[..., None, :], below[..., None, :], tips], -2)

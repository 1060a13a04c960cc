# SPDX-License-Identifier: Apache-2.0
"""Skeletons of many shapes in many poses at once, by the conventions of `shared.posing`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ....shared import posing, rotations
from ....shared.skeleton import BONE_OF_JOINT, INDEX, JOINTS
from ...kit.body import BodyModel
from .poses import PoseBank
from .shapes import ShapeBasis

_SIDES = (("left", "L", 1.0), ("right", "R", -1.0))


@dataclass(frozen=True)
class Skeleton:
    """J = 104 bones: where they are in any shape, and every pose of the bank."""

    mean: Tensor
    """(J * 3,) metres, heads on the mean body."""
    components: Tensor
    """(K, J * 3)"""
    joint_of_bone: Tensor
    """(J,)"""
    relaxed: Tensor
    """(J, 4) turns that each bone carries besides its joint's, in bind-pose world axes."""
    above: Tensor
    """(J, J) 1 where the column's bone is the row's or one that it hangs from; not the root."""
    parents: Tensor
    """(J,) the root is its own."""
    turns: Tensor
    """(N, 22, 4) world turns of the bank's poses."""
    bone: dict[str, int]

    def places(self, shape: Tensor) -> Tensor:
        """(B, J, 3) heads of the bones in bind pose."""
        return (self.mean + shape @ self.components).view(len(shape), -1, 3)


def make_skeleton(
    model: BodyModel, basis: ShapeBasis, poses: PoseBank, device: torch.device
) -> Skeleton:
    """The skeleton of bodies of this basis."""
    rig = model.canonical.rig
    where = model.bones.head_vertices
    mean = np.stack([basis.mean[vertices].mean(0) for vertices in where])
    moved = np.stack([basis.components[:, vertices].mean(1) for vertices in where], axis=1)
    parents = np.maximum(rig.parents, 0)
    above = np.eye(len(parents), dtype=np.float32)
    carried = rig.relaxed.astype(np.float64).copy()
    for bone, parent in enumerate(rig.parents):
        if parent >= 0:
            above[bone] += above[parent]
            # What a bone above adds, this one follows.
            carried[bone] = rotations.multiply(carried[parent], carried[bone])
    above[:, 0] = 0

    def tensor(values: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(device)

    world = posing.world_rotations(poses.rotations.astype(np.float64))
    return Skeleton(
        mean=tensor(mean.astype(np.float32).reshape(-1)),
        components=tensor(moved.astype(np.float32).reshape(len(moved), -1)),
        joint_of_bone=tensor(rig.joint_of_bone.astype(np.int64)),
        relaxed=tensor(carried.astype(np.float32)),
        above=tensor(above),
        parents=tensor(parents.astype(np.int64)),
        turns=tensor(world.astype(np.float32)),
        bone={name: index for index, name in enumerate(rig.bone_names)},
    )


def matrices(skeleton: Skeleton, shape: Tensor, pose: Tensor) -> Tensor:
    """(B, J, 3, 4) what carries places in bind pose to the world; the pelvis stays over x = y = 0.

    `shape` (B, K), `pose` (B,) rows of the bank.
    """
    heads = skeleton.places(shape)
    follow = _multiply(skeleton.turns.index_select(0, pose), bind_to_t(skeleton, heads))
    deform = _multiply(follow.index_select(1, skeleton.joint_of_bone), skeleton.relaxed[None])
    turns = _matrix(functional.normalize(deform, dim=-1))
    arms = heads - heads.index_select(1, skeleton.parents)
    reach = torch.einsum("bjmn,bjn->bjm", turns.index_select(1, skeleton.parents), arms)
    places = torch.einsum("ij,bjm->bim", skeleton.above, reach)
    shifts = places - torch.einsum("bjmn,bjn->bjm", turns, heads)
    return torch.cat([turns, shifts[..., None]], dim=-1)


def joints(skeleton: Skeleton, carry: Tensor, shape: Tensor) -> Tensor:
    """(B, 22, 3) places of the joints under `matrices` (B, J, 3, 4)."""
    bones = [skeleton.bone[BONE_OF_JOINT[joint]] for joint in JOINTS]
    heads = skeleton.places(shape)[:, bones]
    own = carry[:, bones]
    return torch.einsum("bjmn,bjn->bjm", own[..., :3], heads) + own[..., 3]


def bind_to_t(skeleton: Skeleton, heads: Tensor) -> Tensor:
    """(B, 22, 4) world turns from the bind pose to the T-pose, as `bind_pose` finds them."""
    found = heads.new_tensor([1.0, 0, 0, 0]).repeat(len(heads), len(JOINTS), 1)
    limbs, targets, rows = [], [], []
    for side, letter, outward in _SIDES:
        at = {name: heads[:, skeleton.bone[f"{name}.{letter}"]] for name in _BONES}
        sideways, down, ahead = [outward, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, -1.0, 0.0]
        sole = (at["toe2-1"] - at["foot"]) * heads.new_tensor([1.0, 1.0, 0.0])
        for joint, along, target in (
            ("shoulder", at["lowerarm01"] - at["upperarm01"], sideways),
            ("elbow", at["wrist"] - at["lowerarm01"], sideways),
            ("hip", at["lowerleg01"] - at["upperleg01"], down),
            ("knee", at["foot"] - at["lowerleg01"], down),
            ("ankle", sole, ahead),
            ("foot", sole, ahead),
        ):
            limbs.append(along)
            targets.append(target)
            rows.append(INDEX[f"{side}_{joint}"])
        found[:, INDEX[f"{side}_wrist"]] = _hand_turn(at, outward)
    turned = _between(torch.stack(limbs, dim=1), heads.new_tensor(targets))
    found[:, rows] = turned
    return found


_BONES = (
    "upperarm01", "lowerarm01", "wrist", "finger2-1", "finger3-1", "finger5-1",
    "upperleg01", "lowerleg01", "foot", "toe2-1",
)  # fmt: skip


def _hand_turn(at: dict[str, Tensor], outward: float) -> Tensor:
    """(B, 4) lays the hand along the arm, palm down."""
    wrist = at["wrist"]
    palm = torch.linalg.cross(at["finger5-1"] - wrist, at["finger2-1"] - wrist) * outward
    x = functional.normalize(at["finger3-1"] - wrist, dim=1)
    palm = functional.normalize(palm, dim=1)
    y = functional.normalize(palm - x * (x * palm).sum(1, keepdim=True), dim=1)
    # First the hand onto the arm's line, then about that line until the palm faces down.
    side = wrist.new_tensor([outward, 0.0, 0.0])
    first = _between(x, side)
    turned = _rotate(first, y)
    angle = torch.atan2(
        (torch.linalg.cross(turned, wrist.new_tensor([[0.0, 0, -1]]).expand_as(turned)) * side)
        .sum(1),
        -turned[:, 2],
    )  # fmt: skip
    half = angle[:, None] / 2
    return _multiply(torch.cat([half.cos(), half.sin() * side], dim=1), first)


def _between(a: Tensor, b: Tensor) -> Tensor:
    """The smallest turns of directions onto others that are not opposite to them."""
    a = functional.normalize(a, dim=-1)
    b = b.expand_as(a)
    w = 1 + (a * b).sum(-1, keepdim=True)
    return functional.normalize(torch.cat([w, torch.linalg.cross(a, b)], dim=-1), dim=-1)


def _multiply(a: Tensor, b: Tensor) -> Tensor:
    """The turns that apply `b` first and `a` second; leading axes broadcast."""
    aw, av, bw, bv = a[..., :1], a[..., 1:], b[..., :1], b[..., 1:]
    w = aw * bw - (av * bv).sum(-1, keepdim=True)
    return torch.cat([w, aw * bv + bw * av + torch.linalg.cross(av, bv)], dim=-1)


def _rotate(q: Tensor, v: Tensor) -> Tensor:
    u = q[..., 1:]
    t = 2 * torch.linalg.cross(u, v)
    turned: Tensor = v + q[..., :1] * t + torch.linalg.cross(u, t)
    return turned


def _matrix(q: Tensor) -> Tensor:
    w, x, y, z = q.unbind(-1)
    rows = [
        1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
        2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
        2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
    ]  # fmt: skip
    return torch.stack(rows, dim=-1).view(*q.shape[:-1], 3, 3)

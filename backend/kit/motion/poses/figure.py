# SPDX-License-Identifier: Apache-2.0
"""A body as one surface that any pose moves in a single product, differentiable."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .....shared import posing
from .....shared.results import Motion, Rig
from .....shared.skeleton import INDEX, JOINTS, PARENTS
from ...body import load_body_model
from ...raster import neighbours
from ...surface import triangulate
from ..kinematics import place

Floats = NDArray[np.floating]
_COLUMNS = 4 * len(JOINTS)


@dataclass(frozen=True, eq=False)
class Figure:
    """V vertices: `basis` (V, 88) says how each follows the 22 joints, `offsets` (22, 3) how those
    lie apart; `triangles` (F, 3), the triangle `beside` each edge (F, 3) and `colors` (V, 3) sRGB.
    """

    basis: Tensor
    offsets: Tensor
    triangles: Tensor
    beside: Tensor
    colors: Tensor

    def posed(self, rotations: Tensor) -> Tensor:
        """(N, V, 3) in local rotations (N, 22, 4), the pelvis over x = y = 0, the lowest point at
        z = 0. Skinned linearly: a vertex is a weighted sum of what its joints make of it."""
        count = len(rotations)
        placed = place(rotations, rotations.new_zeros(count, 3), self.offsets)
        turns = placed.world.mT.reshape(count, -1, 3)
        carried = torch.cat([turns, placed.places], dim=1)
        there = torch.einsum("vk,nki->nvi", self.basis, carried)
        low = there[..., 2].amin(1, keepdim=True).detach()
        return there - torch.cat([low * 0, low * 0, low], dim=1)[:, None]


def make_figure(
    rig: Rig,
    vertices: Floats,
    bones: tuple[NDArray[np.integer], Floats],
    triangles: NDArray[np.integer],
    colors: Floats,
    device: str = "cpu",
) -> Figure:
    """The figure of bind-pose vertices (V, 3) with the indices and weights (V, 4) of their bones.

    Bones that follow the same joint are stiff among themselves, so in a joint's axes each has its
    own fixed copy of the vertex; their weighted sum is all that a pose needs to know. The bones of
    four toes follow the foot's joint too, but turn where they begin, beside it.
    """
    offsets = posing.rest_offsets(rig).astype(np.float64)
    still = np.zeros((1, len(JOINTS), 4))
    still[..., 0] = 1
    joints = posing.joint_positions(still, np.zeros((1, 3)), offsets)
    whole = Motion(
        "rest", 30.0, JOINTS, np.array(PARENTS, np.int32), offsets.astype(np.float32),
        still.astype(np.float32), np.zeros((1, 3), np.float32), joints.astype(np.float32),
    )  # fmt: skip
    carry = posing.bone_matrices(rig, whole)[0]
    heads = np.einsum("bij,bj->bi", carry[..., :3], rig.heads) + carry[..., 3]
    above, hinge = _hinges(rig, heads)
    indices, weights = bones
    basis = np.zeros((len(vertices), _COLUMNS), np.float32)
    rows = np.arange(len(vertices))
    for slot in range(indices.shape[1]):
        bone, weight = indices[:, slot], weights[:, slot].astype(np.float64)
        joint = rig.joint_of_bone[bone]
        there = np.einsum("vij,vj->vi", carry[bone][..., :3], vertices) + carry[bone][..., 3]
        own = weight[:, None] * (there - hinge[bone])
        aside = weight[:, None] * (hinge[bone] - joints[0, joint])
        for axis in range(3):
            np.add.at(basis, (rows, 3 * joint + axis), own[:, axis])
            np.add.at(basis, (rows, 3 * above[bone] + axis), aside[:, axis])
        np.add.at(basis, (rows, 3 * len(JOINTS) + joint), weight)
    faces = torch.from_numpy(triangles.astype(np.int64)).to(device)
    return Figure(
        torch.from_numpy(basis).to(device),
        torch.tensor(offsets, dtype=torch.float32, device=device),
        faces,
        neighbours(faces),
        torch.tensor(np.ascontiguousarray(colors), dtype=torch.float32, device=device),
    )


def _hinges(rig: Rig, heads: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Of each bone the joint above its own (B,), and where (B, 3) it turns, in the T-pose: at the
    first bone above it that follows the same joint."""
    joint, first = rig.joint_of_bone.astype(np.int64), np.arange(len(heads))
    for bone, parent in enumerate(rig.parents):
        if parent >= 0 and joint[bone] == joint[parent]:
            first[bone] = first[parent]
    parents = np.maximum(rig.parents[first], 0)
    return joint[parents], heads[first]


SKIN, SHIRT, TROUSERS, SHOES, HAIR = (
    (0.80, 0.62, 0.52), (0.36, 0.50, 0.66), (0.24, 0.26, 0.32), (0.16, 0.15, 0.15),
    (0.20, 0.15, 0.12),
)  # fmt: skip


@cache
def mannequin(device: str) -> Figure:
    """The average body, with clothes and hair as colors alone: limbs are told apart by them."""
    model = load_body_model()
    corners = model.groups["body"].corners
    face, columns = triangulate(corners)
    vertices, flat = np.unique(corners[face[:, None], columns], return_inverse=True)
    body = model.canonical
    bones = model.bone_indices[vertices], model.weights[vertices]
    places = body.vertices[vertices]
    first = bones[0][np.arange(len(vertices)), bones[1].argmax(1)]
    joint = body.rig.joint_of_bone[first]
    colors = _dressed(places, joint, body.rig)
    return make_figure(body.rig, places, bones, flat.reshape(-1, 3), colors, device)


def _dressed(places: Floats, joint: NDArray[np.integer], rig: Rig) -> Floats:
    heads = rig.heads[posing.joint_bones(rig)]
    colors = np.tile(SKIN, (len(places), 1))
    trunk = [INDEX[name] for name in ("pelvis", "spine1", "spine2", "spine3")]
    sides = [f"{side}_{part}" for side in ("left", "right") for part in ("collar", "shoulder")]
    colors[np.isin(joint, trunk + [INDEX[name] for name in sides])] = SHIRT
    below = places[:, 2] < heads[0, 2] + 0.02
    legs = [INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("hip", "knee")]
    colors[np.isin(joint, legs) | (np.isin(joint, trunk) & below)] = TROUSERS
    feet = [INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("ankle", "foot")]
    colors[np.isin(joint, feet)] = SHOES
    head = heads[INDEX["head"]]
    top = places[:, 2].max()
    up = (places[:, 2] - head[2]) / (top - head[2])
    behind = (places[:, 1] - head[1]) / (top - head[2])
    # Above the brow, and the back of the head down to the nape.
    is_hair = (joint == INDEX["head"]) & (up + 0.45 * behind > 0.62) & (up > 0.25)
    colors[is_hair] = HAIR
    return colors

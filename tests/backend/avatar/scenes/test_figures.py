# SPDX-License-Identifier: Apache-2.0
"""Posing in batches against `shared.posing`, one body at a time."""

import numpy as np
import torch

from kinora.backend.avatar.scenes import figures
from kinora.backend.avatar.scenes.poses import PoseBank
from kinora.backend.avatar.scenes.shapes import ShapeBasis, random_phenotypes
from kinora.backend.kit import bind_pose
from kinora.backend.kit.body import BodyModel
from kinora.shared import posing
from kinora.shared.results import Motion
from kinora.shared.skeleton import JOINTS, PARENTS


def test_skin_is_where_posing_puts_it(
    body_model: BodyModel, basis: ShapeBasis, bank: PoseBank
) -> None:
    people = random_phenotypes(np.random.default_rng(2), len(bank.rotations))
    shapes = basis.coefficients(people)
    skeleton = figures.make_skeleton(body_model, basis, bank, torch.device("cpu"))
    poses = torch.arange(len(people))
    carry = figures.matrices(skeleton, torch.from_numpy(shapes), poses).double().numpy()
    skin = np.unique(body_model.groups["body"].corners)
    for number, body in enumerate(basis.body(shapes).astype(np.float64)):
        rig = bind_pose.make_rig(body_model.bones, body)
        turns, still = bank.rotations[number : number + 1], np.zeros((1, 22, 3), np.float32)
        parents = np.array(PARENTS, np.int32)
        motion = Motion("", 30.0, JOINTS, parents, still[0], turns, still[:, 0], still)
        rest = body[skin]
        bones, weights = body_model.bone_indices[skin], body_model.weights[skin]
        right = posing.skin(rig, motion, rest, bones, weights, 0)
        blended = np.einsum("vk,vkij->vij", weights, carry[number][bones])
        made = np.einsum("vij,vj->vi", blended[..., :3], rest) + blended[..., 3]
        off = np.linalg.norm(made - right, axis=1)
        # Fingers curl by the canonical hand's axes.
        assert off.max() < 0.004
        assert np.median(off) < 1e-4

# SPDX-License-Identifier: Apache-2.0
"""A basis learnt from fewer bodies than the real one, a few poses, and a small wardrobe."""

from __future__ import annotations

import numpy as np
import pytest

from kinora.backend.avatar.scenes.poses import PoseBank
from kinora.backend.avatar.scenes.shapes import ShapeBasis, make_basis
from kinora.backend.avatar.scenes.wardrobe import Wardrobe, build
from kinora.backend.kit.body import BodyModel, load_body_model
from kinora.shared import rotations
from kinora.shared.skeleton import INDEX


@pytest.fixture(scope="session")
def body_model() -> BodyModel:
    return load_body_model()


@pytest.fixture(scope="session")
def basis(body_model: BodyModel) -> ShapeBasis:
    return make_basis(body_model, samples=400)


@pytest.fixture(scope="session")
def bank() -> PoseBank:
    """Arms down, and eight poses with every joint turned somehow."""
    random = np.random.default_rng(4)
    turns = np.zeros((9, 22, 4))
    turns[..., 0] = 1
    for side, sign in (("left_shoulder", 1.0), ("right_shoulder", -1.0)):
        axis = np.array([0.0, sign, 0.0])
        turns[0, INDEX[side]] = rotations.from_axis_angle(axis, np.array(1.3))
    turns[1:] = rotations.normalise(turns[1:] + random.normal(0, 0.18, turns[1:].shape))
    actions = np.array([0] + [1] * 8, np.int16)
    return PoseBank(turns.astype(np.float32), actions, ("idle", "dance"))


WORN = ("tshirt", "trousers", "sneakers", "hair:long", "hair:short", "beard:full")


@pytest.fixture(scope="session")
def small(body_model: BodyModel, basis: ShapeBasis, bank: PoseBank) -> Wardrobe:
    return build(body_model, basis, bank, only=WORN)

# SPDX-License-Identifier: Apache-2.0
"""A body without a mesh, and performances to steer."""

from __future__ import annotations

import numpy as np
import pytest

from kinora.backend.kit.motion import clips, feet, key_poses
from kinora.backend.kit.motion.model import Manner, load_model, perform_learnt
from kinora.backend.kit.motion.performance import Performance
from kinora.backend.kit.motion.posture import Body


@pytest.fixture(scope="session")
def body() -> Body:
    """The motion model's own, with soles 26 cm long."""
    ankle, ball = clips.SOURCE_ANKLE, 0.02
    heel = np.array([[0.0, 0.05, -ankle]] * 2)
    tips = np.array([[[x, -0.07, -ball] for x in (-0.03, 0.0, 0.03)]] * 2)
    edges = np.array([[[x, y, -ankle] for y in (-0.13, 0.04) for x in (-0.04, 0.04)]] * 2)
    soles = feet.Soles(heel, tips, np.array([ball] * 2), edges)
    return Body(load_model().rest_offsets, soles, None)


@pytest.fixture(scope="session")
def walk() -> Performance:
    return perform_learnt(load_model(), "walk", Manner(seconds=3.0), 1)


@pytest.fixture(scope="session")
def idle(body: Body) -> Performance:
    return key_poses.perform_keys(key_poses.read_key_motions()["idle"], body, Manner(), 1)

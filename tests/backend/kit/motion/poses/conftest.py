# SPDX-License-Identifier: Apache-2.0
"""A plain body and an encoder with a ruler, made once."""

from __future__ import annotations

import pytest
from pose_bodies import Ruler

from kinora.backend.kit.motion.poses.figure import Figure, mannequin


@pytest.fixture(scope="session")
def ruler() -> Ruler:
    return Ruler()


@pytest.fixture(scope="session")
def body() -> Figure:
    return mannequin("cpu")

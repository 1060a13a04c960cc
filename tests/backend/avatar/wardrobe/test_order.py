# SPDX-License-Identifier: Apache-2.0
"""What is worn over what."""

from __future__ import annotations

from kinora.backend.avatar.dress import pattern_of
from kinora.backend.avatar.wardrobe.layers import in_order
from kinora.backend.kit.body import BodyModel


def order(model: BodyModel, *names: str) -> list[str]:
    return [one.part.name for one in in_order(pattern_of(model, name) for name in names)]


def test_skirts_fall_over_boots_and_trousers_go_into_them(model: BodyModel) -> None:
    assert order(model, "boots", "gown") == ["boots", "gown"]
    assert order(model, "boots", "robe", "trousers") == ["trousers", "boots", "robe"]


def test_shirts_are_tucked_in_beneath_jackets(model: BodyModel) -> None:
    assert order(model, "shirt", "trousers", "blazer")[0] == "shirt"
    assert order(model, "shirt", "trousers")[0] == "trousers"

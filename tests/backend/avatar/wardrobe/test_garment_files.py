# SPDX-License-Identifier: Apache-2.0
"""Garments are files: what the guide shows works as it stands, and a slip is one clear sentence."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinora.backend.avatar.wardrobe import expressions
from kinora.backend.avatar.wardrobe.details import PAINTERS
from kinora.backend.avatar.wardrobe.forms.registry import MAKERS
from kinora.backend.avatar.wardrobe.garments import GARMENTS, read_garment
from kinora.backend.avatar.wardrobe.tailor import tailor
from kinora.backend.avatar.words import colors, lexicon
from kinora.backend.kit.body import BodyModel

GUIDE = Path(__file__).parents[4] / "docs" / "adding_a_garment.md"
CUTS = {"crew": "-0.86 z + 0.51 y + bow + 1.22464 > 0"}
NUMBER = st.floats(-9, 9).map(lambda value: round(value, 3))


def example() -> str:
    return re.search(r"```toml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)[1]


def test_the_guides_garment_can_be_worn(model: BodyModel) -> None:
    part = tailor(model, read_garment("quilted_vest", example(), CUTS)).part
    heights = part.vertices[:, 2]
    assert heights.min() == pytest.approx(0.90, abs=0.02) and 1.35 < heights.max() < 1.55
    # Without sleeves: nothing lies beyond the shoulders.
    assert np.abs(part.vertices[:, 0]).max() < 0.27


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('slot = "mid"', 'slot = "nose"', "slot nose"),
        ("layer = 46", 'layer = "many"', "layer"),
        ("offset = 0.020", "offzet = 0.020", "offzet"),
        ('"z > 0.90"', '"z > 0.90 metres high"', "0.90 metres high"),
        ('"z > 0.90"', '"z >> 0.90"', "more than two things"),
        ("[[pieces]]", "[[pieces", "TOML"),
    ],
)
def test_a_slip_is_one_sentence_that_names_garment_and_place(before, after, said) -> None:
    with pytest.raises(ValueError, match="The garment vest") as caught:
        read_garment("vest", example().replace(before, after), CUTS)
    assert said in str(caught.value) and "\n" not in str(caught.value)


@given(NUMBER, NUMBER, NUMBER, NUMBER, NUMBER)
def test_expressions_mean_what_arithmetic_says(a, b, c, x, z) -> None:
    plane = expressions.plane(f"{a:+} x {b:+} z > {c}")
    value = sum(factor * {"x": x, "z": z}[name] for name, factor in plane.terms) + plane.constant
    assert value == pytest.approx(a * x + b * z - c, abs=1e-9)


def test_what_garments_name_exists() -> None:
    for garment in GARMENTS.values():
        named = [garment.color, garment.second_color, *(each.color for each in garment.details)]
        assert {name for name in named if name} <= set(colors.named()), garment.name
        assert {each.kind for each in garment.details} <= set(PAINTERS), garment.name
        assert {each.kind for each in garment.forms} <= set(MAKERS), garment.name


def test_every_word_means_one_garment_only() -> None:
    words = Counter(
        word
        for garment in GARMENTS.values()
        for word in set(lexicon.words(f"{garment.words}, {garment.near}"))
    )
    assert not [word for word, count in words.items() if count > 1]

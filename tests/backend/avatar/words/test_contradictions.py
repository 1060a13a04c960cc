# SPDX-License-Identifier: Apache-2.0
"""Two prompts that tell different bodies: one note says which wins; where they agree, none."""

from __future__ import annotations

import pytest

from kinora.backend.avatar.shape import ShapeReading, read_shape
from kinora.backend.kit.text import load_sentence_encoder

ENCODER = load_sentence_encoder()


def read(shape: str, appearance: str) -> ShapeReading:
    return read_shape(shape, ENCODER, 0, hints=appearance)


def notes(shape: str, appearance: str) -> list[str]:
    return [note for note in read(shape, appearance).notes if "contradicts" in note]


@pytest.mark.parametrize(
    ("shape", "appearance", "axes"),
    [
        ("a tall man", "a short woman in a red dress", ["sex", "height"]),
        ("a short man", "a tall elegant lady in silver", ["sex", "height"]),
        ("an old man", "a young woman in jeans", ["sex", "age"]),
        ("an elderly lady", "a girl in a blue dress", ["age"]),
        ("a 70 year old woman", "a teenager in a hoodie", ["age"]),
        ("a fat boy", "a slim child in shorts", ["weight"]),
        ("a man of 120 kg", "a skinny man with a hat", ["weight"]),
        ("a man 1.9 m tall", "a short man in a suit", ["height"]),
        ("a tall woman", "she is 1.55 m tall, in a coat", ["height"]),
        ("a giant", "a tiny woman in a cape", ["height"]),
        ("an old man", "20 years old, in a tracksuit", ["age"]),
    ],
)
def test_one_note_names_what_differs_and_who_wins(
    shape: str, appearance: str, axes: list[str]
) -> None:
    [note] = notes(shape, appearance)
    named = [axis for axis in ("sex", "age", "weight", "muscle", "height") if f"{axis} (" in note]
    assert named == sorted(axes, key=["sex", "age", "weight", "muscle", "height"].index)
    assert "the body follows the shape prompt" in note
    alone, both = read(shape, ""), read(shape, appearance)
    if "sex" in axes:
        assert both.is_female == alone.is_female
    if "age" in axes:
        assert both.age_years == alone.age_years
    if "height" in axes:
        assert both.height_m == pytest.approx(alone.height_m, abs=0.01)


@pytest.mark.parametrize(
    ("shape", "appearance"),
    [
        ("a tall man", "a tall man in a black suit"),
        ("a very tall man", "a tall guy with a thin tie"),
        ("a man 1.8 m tall", "a man of 180 cm in a hoodie"),
        ("an old man", "an elderly man with grey hair and a brown cardigan"),
        ("a young woman", "a girl with red hair in a blue dress"),
        ("a child", "a small boy in overalls"),
        ("", "a short woman in a red dress"),
        ("a tall man", ""),
    ],
)
def test_prompts_that_agree_or_are_silent_get_none(shape: str, appearance: str) -> None:
    assert not notes(shape, appearance)


@pytest.mark.parametrize(
    ("shape", "appearance"),
    [
        ("a tall man", "a short red dress and a big hat"),
        ("a short man", "a long coat and a tall top hat"),
        ("a fat man", "skinny jeans and a slim fit shirt"),
        ("a thin man", "heavy boots, a thick wool sweater and a wide belt"),
        ("a woman", "a men's suit"),
        ("a woman", "a man's shirt and boyfriend jeans"),
        ("a young man", "an old coat and a grandma cardigan"),
        ("an old man", "a schoolgirl uniform"),
        ("an old man", "dressed as a student"),
        ("a man", "a nurse uniform"),
        ("a skinny man", "a knight in heavy armour"),
        ("a young man", "a king with a crown"),
        ("a girl", "baby blue pajamas and a little backpack"),
    ],
)
def test_words_on_clothes_and_costumes_are_not_about_the_body(shape: str, appearance: str) -> None:
    assert not notes(shape, appearance)

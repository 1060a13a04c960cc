# SPDX-License-Identifier: Apache-2.0
"""The catalogue says what the options are, and lets nothing else through."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
from fake_systems.systems import SYSTEMS

from kinora.backend.catalog import build_catalog, listed_systems
from kinora.shared.catalog import Field, from_json, to_json, validate
from kinora.shared.errors import BadOptionError, UnknownSystemError
from kinora.shared.results import Media

TRIAL = build_catalog(SYSTEMS)


def test_every_option_of_params_is_in_the_catalogue_with_its_words() -> None:
    (trial,) = TRIAL.systems
    assert [field.type for field in trial.fields] == [
        "text", "choice", "integer", "number", "boolean", "file", "job",
    ]  # fmt: skip
    assert trial.field("steps") == Field(
        "steps", "integer", "Steps", "How long it takes", default=3, low=1, high=100_000
    )
    assert trial.field("prompt").max_length == 200
    assert "obstinate" in trial.field("behaviour").choices
    assert [field.group for field in trial.fields] == [*[""] * 6, "Rare"]


def test_the_real_systems_make_a_catalogue() -> None:
    catalog = build_catalog(listed_systems())
    assert catalog.system("avatar").field("seed").high == 2**31 - 1


def test_the_catalogue_comes_back_from_json_with_the_same_digest() -> None:
    again = from_json(to_json(TRIAL))
    assert again == TRIAL
    assert again.digest == TRIAL.digest


def test_the_digest_differs_when_any_range_does() -> None:
    (trial,) = TRIAL.systems
    wider = [dataclasses.replace(f, high=2) if f.name == "weight" else f for f in trial.fields]
    other = dataclasses.replace(trial, fields=tuple(wider))
    assert dataclasses.replace(TRIAL, systems=(other,)).digest != TRIAL.digest


def test_what_is_left_out_gets_its_default() -> None:
    assert validate(TRIAL, "trial", {"steps": 9}) == {
        "prompt": "",
        "behaviour": "finish",
        "steps": 9,
        "weight": 0.5,
        "is_loud": False,
        "after": "",
    }


def test_a_whole_number_stands_for_a_fraction() -> None:
    weight = validate(TRIAL, "trial", {"weight": 1})["weight"]
    assert (type(weight), weight) == (float, 1.0)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("steps", 0, "a whole number from 1 to 100000"),
        ("steps", 100_001, "a whole number from 1 to 100000"),
        ("steps", 2.0, "a whole number"),
        ("steps", True, "a whole number"),
        ("steps", "3", "a whole number"),
        ("weight", math.nan, "a number from 0 to 1"),
        ("weight", math.inf, "a number from 0 to 1"),
        ("prompt", 5, "text"),
        ("prompt", "x" * 10_000, "10,000 characters; at most 200"),
        ("behaviour", "sing", "one of finish, wait"),
        ("is_loud", 1, "true or false"),
        ("picture", "photo.png", "a file"),
        ("picture", Media.of("photo.png", b""), "a file that is not empty"),
        ("picture", Media.of("C:photo.png", b"x"), "a plain name"),
        ("after", "../0a", "the id of a finished job"),
        ("after", 12, "the id of a finished job"),
        ("size", 1, "It has prompt, behaviour"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name_and_its_range(
    name: str, value: Any, words: str
) -> None:
    with pytest.raises(BadOptionError, match=words) as caught:
        validate(TRIAL, "trial", {name: value})
    assert caught.value.field == name


def test_an_unknown_system_is_named_with_the_known_ones() -> None:
    with pytest.raises(UnknownSystemError, match=r'"dance".*trial'):
        validate(TRIAL, "dance", {})


def test_a_file_without_default_must_be_given() -> None:
    (trial,) = TRIAL.systems
    drawing = Field("drawing", "file", "Drawing", "What to animate", is_optional=False)
    strict = dataclasses.replace(TRIAL, systems=(dataclasses.replace(trial, fields=(drawing,)),))
    with pytest.raises(BadOptionError, match="Drawing is missing"):
        validate(strict, "trial", {})

# SPDX-License-Identifier: Apache-2.0
"""Numbers with units in a prompt, and those that are none of our business."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinora.backend.avatar.words.measures import read_measures
from kinora.backend.avatar.words.tokens import forms, normalise, split


def read(prompt):
    found = read_measures(normalise(prompt))
    return found.age_years, found.height_m, found.mass_kg


@pytest.mark.parametrize(
    ("prompt", "metres"),
    [
        ("190 cm", 1.9),
        ("1.9 m", 1.9),
        ("1,90m tall", 1.9),
        ("1m90", 1.9),
        ("6 feet 2", 1.8796),
        ("6'2\"", 1.8796),
        ("six foot two", 1.8796),
        ("6 ft", 1.8288),
        ("five and a half feet tall", 1.6764),
        ("70 inches tall", 1.778),
    ],
)
def test_heights(prompt, metres):
    assert read(prompt) == (None, pytest.approx(metres), None)


@pytest.mark.parametrize(
    ("prompt", "kilograms"),
    [("120 kg", 120), ("250 lbs", 113.4), ("20 stone", 127.0), ("eighty kilos", 80)],
)
def test_masses(prompt, kilograms):
    assert read(prompt) == (None, None, pytest.approx(kilograms, abs=0.1))


@pytest.mark.parametrize(
    ("prompt", "years"),
    [
        ("70 years old", 70),
        ("a 7-year-old", 7),
        ("18 months old", 1.5),
        ("aged 33", 33),
        ("in his mid 40s", 45),
        ("in her late sixties", 68),
        ("ninety nine years old", 99),
        ("one hundred years old", 100),
    ],
)
def test_ages(prompt, years):
    assert read(prompt) == (pytest.approx(years), None, None)


@pytest.mark.parametrize("prompt", ["size 12 boots", "a 1980s dress", "two hats", "3 stripes", ""])
def test_other_numbers_are_left_alone(prompt):
    assert read(prompt) == (None, None, None)


def test_several_measures_are_told_apart():
    assert read("a 30 year old, 1.8 m tall man of 80 kg") == (30, 1.8, 80)


@given(st.integers(100, 220), st.integers(30, 200), st.integers(1, 99))
def test_any_numbers_are_read_back(height, mass, age):
    found = read(f"a {age}-year-old person, {height} cm, {mass} kg")
    assert found == (age, pytest.approx(height / 100), mass)


@given(st.text(max_size=80))
def test_any_text_can_be_measured_and_split(text):
    read_measures(normalise(text))
    assert all(token == token.strip() and token for token in split(normalise(text)))


@pytest.mark.parametrize(
    ("word", "plain"),
    [("taller", "tall"), ("fattest", "fat"), ("skinnier", "skinny"), ("boots", "boot"),
     ("wives", "wife"), ("women", "woman"), ("larger", "large"), ("tallish", "tall")],
)  # fmt: skip
def test_forms_include_the_plain_word(word, plain):
    assert plain in forms(word)

# SPDX-License-Identifier: Apache-2.0
"""Prompts against the bodies made of them: height, mass and build are measured on the mesh."""

from __future__ import annotations

import socket
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinora.backend.avatar import shape as shapes
from kinora.backend.avatar.words import people
from kinora.backend.kit import body as bodies
from kinora.backend.kit.text import load_sentence_encoder

ENCODER = load_sentence_encoder()
MODEL = bodies.load_body_model()


@cache
def read(prompt, seed=0, hints=""):
    return shapes.read_shape(prompt, ENCODER, seed, hints)


@cache
def made(prompt):
    return bodies.make_body(MODEL, read(prompt).parameters)


def bmi(prompt):
    body = made(prompt)
    return body.mass_kg / body.height_m**2


def waist(prompt):
    """Depth of the trunk at the navel's height, over the body's height."""
    body = made(prompt)
    skin = body.vertices[:13380]
    belly = skin[(abs(skin[:, 2] / body.height_m - 0.6) < 0.01) & (abs(skin[:, 0]) < 0.12)]
    return np.ptp(belly[:, 1]) / body.height_m


def muscle(prompt):
    return read(prompt).parameters.phenotypes["muscle"]


def said(prompt):
    return " ".join(read(prompt).notes)


def test_an_obese_old_lady():
    assert bmi("an obese old lady") > 33
    assert read("an obese old lady").is_female
    assert 65 < read("an obese old lady").age_years < 90
    assert waist("an obese old lady") > 1.4 * waist("an old lady")


def test_a_skinny_teenage_boy():
    reading = read("a skinny teenage boy")
    assert bmi("a skinny teenage boy") < 17
    assert not reading.is_female and 13 <= reading.age_years < 18
    assert 1.5 < made("a skinny teenage boy").height_m < 1.8


def test_a_tall_muscular_woman():
    tall, plain = "a tall muscular woman", "a woman"
    assert read(tall).is_female
    assert made(tall).height_m > made(plain).height_m + 0.08
    assert muscle(tall) > muscle(plain) + 0.3
    assert 23 < bmi(tall) < 30


def test_a_toddler():
    assert 0.75 < made("a toddler").height_m < 1.0
    assert 13 < bmi("a toddler") < 18
    assert 1 <= read("a toddler").age_years <= 3


def test_a_sumo_wrestler_is_fat_before_he_is_muscular():
    assert bmi("a sumo wrestler") > 38
    assert not read("a sumo wrestler").is_female
    assert waist("a sumo wrestler") > 1.5 * waist("a man")
    assert muscle("a sumo wrestler") < muscle("a bodybuilder") - 0.4


def test_a_frail_grandfather():
    reading = read("a frail grandfather")
    assert not reading.is_female and reading.age_years > 65
    assert bmi("a frail grandfather") < 20
    assert muscle("a frail grandfather") < muscle("a grandfather")


def test_giants_and_dwarfs_lie_beyond_tall_and_short():
    heights = [
        made(prompt).height_m
        for prompt in ("a dwarf", "a short man", "a man", "a tall man", "a giant")
    ]
    assert heights == sorted(heights)
    assert heights[0] < 1.4 and heights[-1] > 2.1


def test_a_person_grows_up():
    ages = ("a newborn baby", "a toddler", "a 6 year old girl", "a teenage girl", "a woman")
    heights = [made(prompt).height_m for prompt in ages]
    assert heights == sorted(heights)
    assert heights[0] < 0.6


@pytest.mark.parametrize(
    ("word", "measured"),
    [("fat", bmi), ("tall", lambda prompt: made(prompt).height_m), ("muscular", muscle)],
)
def test_words_of_degree_are_monotone(word, measured):
    degrees = ("", "slightly {}", "{}", "very {}", "extremely {}")
    values = [measured(f"a {degree.format(word)} man") for degree in degrees]
    assert values == sorted(values)
    assert values[-1] > values[2] > values[0]


@pytest.mark.parametrize(
    ("word", "measured"),
    [("skinny", bmi), ("short", lambda prompt: made(prompt).height_m), ("weak", muscle)],
)
def test_words_of_degree_work_downwards_too(word, measured):
    values = [measured(f"a {degree}{word} man") for degree in ("slightly ", "", "very ")]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("no", ["not fat", "not very fat", "isn't fat", "not at all fat"])
def test_negation_takes_a_word_back(no):
    prompt = f"a man who is {no}"
    if no == "not at all fat":
        prompt = "a man who is not fat or plump"
    assert bmi(prompt) <= bmi("a man") + 0.2
    assert not read(prompt).is_female


def test_negation_ends_with_its_clause():
    assert bmi("not tall, but obese man") > 33
    assert made("a not tall man").height_m <= made("a man").height_m


def test_not_a_man_is_a_woman():
    assert read("not a man").is_female


@pytest.mark.parametrize(
    ("prompt", "metres"),
    [
        ("a man 190 cm tall", 1.90),
        ("a 1.55 m tall woman", 1.55),
        ("a woman of 6 feet 2", 1.88),
        ("a 5'4\" man", 1.626),
        ("a tall man of 1,65 m", 1.65),
        ("a boy, 120 cm", 1.20),
    ],
)
def test_a_height_in_numbers_is_met_on_the_mesh(prompt, metres):
    assert abs(made(prompt).height_m - metres) < 0.01


@pytest.mark.parametrize(
    ("prompt", "kilograms"),
    [
        ("a 120 kg man", 120),
        ("a woman 170 cm tall who weighs 50 kilos", 50),
        ("a 70 year old man of 250 pounds", 113.4),
        ("a thin man, 100 kg", 100),
    ],
)
def test_a_mass_in_numbers_is_met_on_the_mesh(prompt, kilograms):
    assert abs(made(prompt).mass_kg - kilograms) < 0.03 * kilograms


@pytest.mark.parametrize(
    ("prompt", "years"),
    [
        ("a 70 year old man", 70),
        ("a seventy-five-year-old woman", 75),
        ("a 6 month old baby", 0.5),
        ("a woman in her sixties", 65),
        ("a young boy aged 12", 12),
        ("a grandmother, 58 years old", 58),
        ("a girl of eight", 8),
        ("a woman of 70 with glasses", 70),
    ],
)
def test_an_age_in_numbers_rules_over_words(prompt, years):
    assert read(prompt).age_years == pytest.approx(years)


def test_impossible_numbers_are_bounded_and_said():
    assert "beyond" in said("a man of 3 m")
    assert made("a man of 3 m").height_m < 2.7
    assert "beyond" in said("a 900 kg man")
    assert "look the same" in said("a 300 year old woman")
    for prompt in ("a man of 3 m", "a 900 kg man", "a 2 kg woman"):
        assert np.isfinite(made(prompt).vertices).all()


def test_sex_comes_from_nouns_then_pronouns_then_roles_then_the_seed():
    assert read("a strong woman and his dog").is_female
    assert read("a wizard, she is old").is_female
    assert not read("a wizard").is_female
    assert len({read("a person", seed).is_female for seed in range(4)}) == 2
    assert "seed" in said("a person")


def test_the_same_seed_gives_the_same_body():
    first = shapes.read_shape("a strong person", ENCODER, 5)
    assert first == shapes.read_shape("a strong person", ENCODER, 5)


def test_unknown_words_are_guessed_or_reported_never_silent():
    assert 'read "' in said("a muscullar man")
    assert '"flurble"' in said("a flurble woman")
    assert "German" in said("ein dicker Mann mit einem Bart")


def test_two_people_are_reported():
    assert "one person" in said("a man and a woman")


def test_contradictions_are_reported():
    assert "apart" in said("a fat thin man") and bmi("a fat thin man") < bmi("a man")
    assert bmi("a thin fat man") > bmi("a man")


@pytest.mark.parametrize(
    "prompt", ["a short, strong man", "a man, short and strong", "he is short"]
)
def test_short_speaks_of_the_body_wherever_it_stands(prompt):
    assert read(prompt).height_m == pytest.approx(read("a short man").height_m, abs=0.01)


@pytest.mark.parametrize("prompt", ["a man, his hair is short", "a short haired man"])
def test_short_hair_makes_nobody_short(prompt):
    assert read(prompt).height_m == pytest.approx(read("a man").height_m, abs=0.01)


def test_clothes_in_the_shape_prompt_are_no_body_words():
    assert read("a man in a black shirt").ancestry == ""
    assert read("a black man").ancestry == "african"
    assert said("a man in a black shirt") == ""


def test_hints_fill_only_what_the_prompt_leaves_open():
    assert read("", hints="a girl in a yellow dress").is_female
    assert read("", hints="a girl in a yellow dress").age_years < 14
    assert not read("an old man", hints="a girl in a yellow dress").is_female
    assert read("an old man", hints="a girl").age_years > 60
    assert read("", hints="a sumo wrestler in a belt").mass_kg > 110


@settings(max_examples=12, deadline=None)
@given(st.text(max_size=120))
def test_any_text_gives_a_person(prompt):
    reading = shapes.read_shape(prompt, ENCODER)
    assert 0.3 < reading.height_m < 2.7
    assert 2 < reading.mass_kg < 500
    assert set(reading.parameters.phenotypes) <= set(bodies.CANONICAL)


@pytest.mark.parametrize(
    "prompt", ["", "   ", "👶🏽🙂", "太った女性", "здоровый мужик", "x" * 10_000]
)
def test_odd_prompts_give_a_person_and_no_crash(prompt):
    reading = read(prompt)
    assert 0.3 < reading.height_m < 2.7
    if any(character.isalpha() for character in prompt):
        assert reading.notes


def test_every_lexicon_word_moves_something():
    for phrase, trait in people.traits().items():
        neutral = "average" in phrase or trait.is_noun or phrase.startswith(("normal", "medium"))
        levels = any(trait.levels.values())
        plain = phrase in ("ordinary", "regular")
        assert levels or trait.age or trait.ancestry or neutral or plain, phrase


def test_reading_opens_no_socket(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    shapes.read_shape("a brontosaurian person", ENCODER)


def test_a_mass_or_a_height_after_of_is_no_age():
    assert read("a man of 80 kg").age_years == read("a man").age_years
    assert read("a man of 190 cm").height_m == pytest.approx(1.9, abs=0.02)


@pytest.mark.parametrize(
    ("words", "age", "is_female"), [("a girl of nine", 9, True), ("a boy of 6", 6, False)]
)
def test_a_child_of_an_age_keeps_its_sex(words, age, is_female):
    reading = shapes.read_shape(words, ENCODER)
    assert reading.age_years == age and reading.is_female == is_female


def test_who_has_a_beard_is_a_man_unless_said_otherwise():
    for seed in range(4):
        assert not shapes.read_shape("", ENCODER, seed, "a chef with a curly mustache").is_female
    assert shapes.read_shape("a bearded lady", ENCODER).is_female

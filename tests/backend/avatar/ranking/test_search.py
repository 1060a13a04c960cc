# SPDX-License-Identifier: Apache-2.0
"""An encoder that is a ruler is climbed: the asked measure grows, and what is pinned stays."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from kinora.backend.avatar.ranking.codebook import ADULT, Codebook, look_at_bodies, person
from kinora.backend.avatar.ranking.portraits import standing
from kinora.backend.avatar.ranking.room import Room, room_of
from kinora.backend.avatar.ranking.scores import scores, wish
from kinora.backend.avatar.ranking.search import Judge, climbed, ranked
from kinora.backend.avatar.ranking.shaping import keeps_word, likened
from kinora.backend.avatar.shape import ShapeReading, read_shape, with_levels
from kinora.backend.kit.body import load_body_model, make_body
from kinora.backend.kit.text import load_sentence_encoder


def judge_of(ruler, codebook: Codebook, reading: ShapeReading, sentence: str) -> Judge:
    asked = wish(ruler, sentence, "a person").direction
    return Judge(ruler, "cpu", reading, codebook.neutral(reading.is_female), asked)


def all_free(width: float = 2.0) -> Room:
    return Room(np.zeros(3), np.full(3, -width), np.full(3, width), True)


def test_the_slope_points_where_small_steps_go_up(ruler):
    fine = replace(ruler, pixels=128)
    man = person(False, ADULT)
    plain = make_body(load_body_model(), with_levels(man, {}).parameters)
    neutral = look_at_bodies(fine, standing(plain)[None], "cpu")[0]
    judge = Judge(fine, "cpu", man, neutral, wish(fine, "broad", "a person").direction)
    levels = np.array([0.6, 0.6, 0.0])
    _, slope = judge.slope(levels, np.array([True, True, False]))
    steps = 0.12 * np.eye(3)[:2]
    small = [judge.measure(levels + step) - judge.measure(levels - step) for step in steps]
    cosine = slope[:2] @ small / np.linalg.norm(slope) / np.linalg.norm(small)
    assert cosine > 0.9 and slope[2] == 0
    assert np.linalg.norm(slope) == pytest.approx(np.linalg.norm(small) / 0.24, rel=0.5)


@pytest.mark.parametrize(
    ("word", "axis", "sign", "first"), [("short", 0, -1, (-0.3, -1)), ("broad", 1, 1, (1, 0.3))]
)
def test_the_asked_measure_grows_and_pinned_axes_stay(
    ruler, small_codebook, word, axis, sign, first
):
    judge = judge_of(ruler, small_codebook, person(True, ADULT), word)
    start = np.array([*first, 0.0])
    low, high = start.copy(), start.copy()
    low[axis], high[axis] = start[axis] - 1, start[axis] + 1
    room = Room(start, low, high, False)
    levels, score = climbed(judge, start, room)
    assert score > judge.measure(start)
    assert (levels - start)[axis] * sign > 0.3
    assert np.delete(levels - start, axis) == pytest.approx(0)
    assert (levels >= low).all() and (levels <= high).all()


def test_a_score_that_is_no_number_leads_nowhere():
    blind = SimpleNamespace(slope=lambda *_: (0.1, np.ones(3)), measure=lambda _: math.nan)
    levels, score = climbed(blind, np.zeros(3), all_free(4))
    assert levels.tolist() == [0, 0, 0] and score == 0.1


@pytest.mark.parametrize(
    ("word", "expected"),
    [("tall", (2, 0)), ("short", (-2, 0)), ("broad", (0, 2)), ("narrow", (0, -2))],
)
def test_the_codebook_ranks_the_asked_direction_first(ruler, small_codebook, word, expected):
    asked = wish(ruler, word, "a person").direction
    found = ranked(small_codebook, person(False, ADULT), all_free(4), asked)
    assert np.sign(found[:2]).tolist() == np.sign(expected).tolist()


def test_scores_are_the_cosines_of_two_directions():
    neutral = torch.nn.functional.normalize(torch.randn(2, 5), dim=1)
    seen = torch.nn.functional.normalize(torch.randn(3, 2, 5), dim=2)
    asked = torch.nn.functional.normalize(torch.randn(5), dim=0)
    moved = seen.mean(1) - neutral.mean(0)
    expected = torch.cosine_similarity(moved, asked[None].expand(3, -1))
    torch.testing.assert_close(scores(seen, neutral, asked), expected)
    assert scores(neutral[None], neutral, asked).item() == 0


def test_a_word_leads_a_number_pins_and_what_is_not_said_stays(ruler):
    room = room_of(read("a tall woman of 80 kg"))
    assert room.free.tolist() == [True, False, False]
    assert room.low[0] == room.start[0] > 0
    assert room_of(read("a 190 cm tall woman")).free.tolist() == [False, False, False]


def test_words_that_nobody_knows_open_what_is_unsaid():
    room = room_of(read("a thin xyzzyish man"))
    assert room.is_open and room.free.tolist() == [True, True, True]
    assert room.high[1] == room.start[1] < 0


def read(prompt: str) -> ShapeReading:
    return read_shape(prompt, load_sentence_encoder())


def test_likeness_never_takes_back_what_a_word_made(ruler, small_codebook):
    reading = read("a tall man")
    found = likened(reading, "a short tall man", ruler, small_codebook, "cpu")
    assert found.reading.height_m >= reading.height_m
    found = likened(reading, "a tall man", ruler, small_codebook, "cpu")
    assert found.after >= found.before and found.reading.height_m >= reading.height_m


@pytest.mark.parametrize(("axis", "level"), [("height", 1.0), ("weight", -2.0), ("muscle", -1.5)])
def test_a_body_that_falls_behind_its_words_is_told(axis, level):
    reading = read("a tall fat muscular man")
    assert keeps_word(reading, reading)
    assert not keeps_word(reading, with_levels(reading, {axis: level}))


def test_a_word_that_nobody_knows_is_shaped_by_likeness_and_owned(ruler, small_codebook):
    # The ruler knows the word; the lexicon is made not to.
    reading = read("a xyzzyish man")
    found = likened(reading, "a broad man", ruler, small_codebook, "cpu")
    assert found.reading.mass_kg > 1.1 * reading.mass_kg
    assert found.after > max(found.before, 0.3)
    assert any("xyzzyish" in note and "unsure" in note for note in found.notes)


def test_a_word_that_says_nothing_of_bodies_changes_none(ruler, small_codebook):
    reading = read("a xyzzyish man")
    found = likened(reading, "a xyzzyish man", ruler, small_codebook, "cpu")
    assert found.reading == reading and not found.notes


def test_levels_change_a_body_and_numbers_do_not_yield():
    reading = read("a man of 180 cm")
    fat = with_levels(reading, {"weight": 3.0, "height": -4.0})
    assert fat.mass_kg > 1.3 * reading.mass_kg
    assert fat.height_m == pytest.approx(1.80, abs=0.01)
    made = make_body(load_body_model(), fat.parameters)
    assert made.height_m == pytest.approx(fat.height_m, abs=0.005)

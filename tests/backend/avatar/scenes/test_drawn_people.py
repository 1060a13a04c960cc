# SPDX-License-Identifier: Apache-2.0
"""People are drawn with all that is true of them, and groups differ in the body alone."""

from __future__ import annotations

import numpy as np
import pytest
from people import world

from kinora.backend.avatar import growth
from kinora.backend.avatar.scenes import hues, sayings
from kinora.backend.avatar.scenes.labels import PATTERNS
from kinora.backend.avatar.scenes.sample import sample
from kinora.backend.avatar.scenes.things import (
    BEARDS,
    HAIR,
    PLACE,
    PLACE_OF_THING,
    PLACES,
    THINGS,
    nouns,
)
from kinora.backend.avatar.wardrobe import beards, hairstyles, patterns
from kinora.backend.avatar.wardrobe.garments import GARMENTS


def test_things_are_the_wardrobes() -> None:
    assert {name.removeprefix("hair:") for name in HAIR} == set(hairstyles.STYLES)
    assert {name.removeprefix("beard:") for name in BEARDS} == set(beards.BEARDS)
    assert PATTERNS == patterns.PATTERNS
    assert set(GARMENTS) <= set(THINGS)
    for number, thing in enumerate(THINGS):
        assert any(nouns().is_trained[noun] for noun in nouns().of[number]), thing


def test_labels_say_what_the_people_are_made_of() -> None:
    scene = sample(np.random.default_rng(1), world(), 128)
    labels, people = scene.labels, scene.people
    for row in range(128):
        for place in np.flatnonzero(labels.thing[row] >= 0):
            assert PLACE_OF_THING[labels.thing[row, place]] == place
            column = labels.part[row, place]
            if column < 0:
                assert THINGS[labels.thing[row, place]] == "hair:bald"
                continue
            assert people.parts[row, column] == world().rows[labels.thing[row, place]]
            assert people.patterns[row, column] == labels.pattern[row, place]
            lab = hues.to_lab(people.colors[row, column, 0])
            assert np.allclose(lab, labels.lab[row, place, 0], atol=0.01)
        layers = [
            GARMENTS[THINGS[labels.thing[row, place]]].layer
            for place in np.argsort(labels.part[row])
            if labels.part[row, place] >= 0 and THINGS[labels.thing[row, place]] in GARMENTS
        ]
        assert layers == sorted(layers)
    assert not (labels.told & (labels.thing < 0)).any()
    assert not (labels.told & ~labels.framed).any()


def test_groups_differ_in_the_body_alone() -> None:
    scene = sample(np.random.default_rng(2), world(), 128)
    labels, people, shots = scene.labels, scene.people, scene.shots
    numbers = [number for number in np.unique(labels.group) if number >= 0]
    assert len(numbers) == 4
    for number in numbers:
        rows = np.flatnonzero(labels.group == number)
        assert len(rows) == 8
        for values in (people.parts, people.colors, people.patterns, people.pose, labels.action,
                       shots.view, shots.azimuth, shots.zoom, shots.shift, shots.seed):  # fmt: skip
            assert (values[rows] == values[rows[0]]).all()
        assert len(np.unique(people.shape[rows], axis=0)) > 1


def test_every_level_is_drawn_about_as_often() -> None:
    bodies = world().bodies
    rows = np.searchsorted(bodies.shares, np.random.default_rng(3).random(8000))
    age, female, _, weight, muscle = bodies.body[rows].T
    grown = age > 16
    assert 0.4 < female.mean() < 0.6
    thin, fat = np.mean(weight[grown] < -1), np.mean(weight[grown] > 1)
    assert 0.6 < thin / fat < 1.7
    assert np.mean(muscle[grown] > 1) > 0.2
    assert np.mean(muscle[grown] < -1) > 0.15


@pytest.mark.parametrize("level", [-3.0, -1.5, 0.0, 1.2, 2.5, 4.0])
@pytest.mark.parametrize("age", [4.0, 12.0, 35.0, 70.0])
def test_levels_are_those_that_words_mean(level: float, age: float) -> None:
    height = growth.height_at(level, age, True)
    assert growth.height_level(height, age, True) == pytest.approx(level)
    index = growth.bmi_at(level, 1.0, age, False)
    assert growth.weight_level(index, 1.0, age, False) == pytest.approx(level, abs=1e-6)


def test_words_for_builds_hold_on_their_own_side() -> None:
    table = sayings.builds()
    bodies = np.full((3, 5), np.nan, dtype=np.float32)
    bodies[:, 2:] = np.array([[-2.6], [0.0], [2.6]])
    verdicts = sayings.judged_bodies(table.ranges, bodies)
    by_name = dict(zip(table.names, verdicts.tolist(), strict=True))
    assert by_name["thin"] == [1, 0, 0]
    assert by_name["fat"] == [0, 0, 1]
    assert by_name["muscular"] == [0, 0, 1]
    assert by_name["weak"] == [1, 0, 0]
    assert by_name["tall"] == [0, 0, 1]
    assert by_name["short"] == [1, 0, 0]
    assert by_name["average height"] == [0, 1, 0]


def test_colors_are_what_their_names_say() -> None:
    table = hues.color_words()
    rows = np.arange(len(table.names))
    verdicts = hues.judged(rows, table.lab)
    assert (np.diagonal(verdicts) == 1).all()
    twelve = [table.number(name) for name in hues.TWELVE]
    between = verdicts[np.ix_(twelve, twelve)]
    assert np.mean(between[~np.eye(12, dtype=bool)] == 0) > 0.97
    named = denied = 0
    for row, name in enumerate(table.names):
        last = name.split()[-1]
        if table.of[row] == "cloth" and last in hues.TWELVE and last != name:
            named += 1
            denied += int(verdicts[table.number(last), row] == 0)
    assert denied < 0.16 * named


def test_plain_nouns_cover_kinds_and_leave_out_others() -> None:
    covers = nouns().covers
    row = {name: dict(zip(THINGS, covers[nouns().number(name)].tolist(), strict=True))
           for name in ("hat", "shirt", "boots", "dress", "beard", "cowboy boots")}  # fmt: skip
    assert row["hat"]["top_hat"] == 1
    assert row["hat"]["crown"] == 0
    assert row["shirt"]["blouse"] == 1
    assert row["shirt"]["jacket"] == 0
    assert row["boots"]["wellingtons"] == 1
    assert row["boots"]["sandals"] == 0
    assert row["cowboy boots"]["wellingtons"] == 0
    assert row["dress"]["skirt"] == 0
    assert row["beard"]["beard:full"] == 1
    assert row["beard"]["beard:mustache"] == 0
    assert PLACES[PLACE["hair"]] == "hair"

# SPDX-License-Identifier: Apache-2.0
"""Sheets, from which lessons are drawn: the same whoever makes them, and asked of their own."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from kinora.backend.avatar.scenes.parts import NAMES
from kinora.backend.avatar.scenes.sample import make_world
from kinora.backend.avatar.seeing.lesson import SHORT
from kinora.backend.avatar.seeing.source import OWN, Sheets, make_sheet, plan_of, stream
from kinora.backend.kit import text
from kinora.backend.kit.encoders import minilm

TOKENIZER = text.model_folder() / "tokenizer.json"
BATCH = 24


class Bodies:
    """In place of a basis: shapes are phenotypes, and everybody weighs what is usual."""

    def coefficients(self, people):
        return np.array([[one["height"], one["weight"]] for one in people], np.float32)

    def measure(self, shape):
        heights = (1.5 + 0.2 * shape[:, 0]).astype(np.float32)
        return heights, heights**2 * (18 + 6 * shape[:, 1]).astype(np.float32)


@pytest.fixture(scope="module")
def world():
    return make_world(Bodies(), NAMES, ("idle", "walk", "walk", "jump"), families=60)


@pytest.fixture(scope="module")
def sheet(world):
    tokenizer = minilm.load_tokenizer(TOKENIZER)
    return make_sheet(np.random.default_rng(1), world, tokenizer, BATCH)


def test_a_sheet_does_not_depend_on_how_many_make_it(world):
    def first(workers):
        sheets = Sheets(world, TOKENIZER, (7, 0), BATCH)
        return list(islice(stream(sheets, workers, 3), 3))

    for one, two in zip(first(0), first(2), strict=True):
        assert np.array_equal(one.tokens[0], two.tokens[0])
        assert np.array_equal(one.scene.people.colors, two.scene.people.colors)
        assert np.array_equal(one.asked, two.asked)


def test_sheets_and_ranks_differ(world):
    def tokens(seed, step):
        sheets = Sheets(world, TOKENIZER, seed, BATCH)
        return next(stream(sheets, 0, step)).scene.people.colors

    assert not np.array_equal(tokens((7, 0), 0), tokens((7, 0), 1))
    assert not np.array_equal(tokens((7, 0), 0), tokens((7, 1), 0))


def test_short_captions_come_first_and_keep_their_claims(sheet):
    lengths = sheet.tokens[1].sum(1)
    assert (np.diff(lengths) >= 0).all()
    assert (lengths[: sheet.short] <= SHORT).all()
    assert (lengths[sheet.short :] > SHORT).all()
    assert sheet.tokens[0].shape[1] % 8 == 0
    claims = sheet.captions
    assert len(claims.owner) == len(claims.noun) == len(lengths)
    assert claims.is_hard_negative.any()
    # A caption of two tokens besides the marks cannot speak of three parts.
    assert ((claims.noun >= 0).sum(1)[lengths <= 4] <= 2).all()


def test_pictures_are_asked_for_their_own_phrases(sheet):
    owner = sheet.phrases.captions.owner
    for picture in range(BATCH):
        own = set(np.flatnonzero(owner == picture))
        if own:
            assert set(sheet.asked[picture, :OWN]) <= own
            assert len(set(sheet.asked[picture, :OWN])) == min(OWN, len(own))
    assert sheet.asked.max() < len(owner)


def test_the_plan_names_what_a_world_holds(world):
    plan = plan_of(world)
    assert plan.actions == ("idle", "jump", "walk")
    assert "tshirt" in plan.garments and "hair:bob" in plan.garments
    assert "feet" in plan.slots

# SPDX-License-Identifier: Apache-2.0
"""Captions are labelled as they are written, and never hold a word that is held out."""

from __future__ import annotations

import numpy as np
import pytest

from kinora.backend.avatar.words import encoding, heldout, table, train
from kinora.backend.avatar.words.captions import Writer
from kinora.backend.avatar.words.known import classes, part
from kinora.backend.avatar.words.tokens import split
from kinora.backend.kit.text import load_sentence_encoder


@pytest.fixture(scope="module")
def captions():
    pool, _ = train.pools(classes())
    writer = Writer(pool, np.random.default_rng(7))
    return [writer.caption() for _ in range(800)]


def test_the_same_seed_writes_the_same(captions):
    pool, _ = train.pools(classes())
    writer = Writer(pool, np.random.default_rng(7))
    assert [writer.caption() for _ in range(20)] == captions[:20]


def test_labels_agree_with_the_classes(captions):
    listed = classes()
    for caption in captions:
        for word in caption.words:
            if word.number >= 0:
                assert word.kind == listed[word.number].kind
            if word.kind == "garment":
                assert word.part == part(listed[word.number].meaning)


def test_colors_belong_to_the_garment_they_stand_before(captions):
    checked = 0
    for caption in captions:
        for first, second in zip(caption.words, caption.words[1:], strict=False):
            if first.kind == "color" and second.kind == "garment":
                checked += 1
                assert first.part == second.part
    assert checked > 100


def test_no_held_out_word_is_written(captions):
    held = set(heldout.words())
    said = {word.text for caption in captions for word in caption.words}
    assert not said & {word for word in held if word not in _common()}


def _common() -> set[str]:
    """Words of the grammar's own phrases."""
    return {word for one in classes() for phrase in one.phrases for word in split(phrase)}


def test_calibration_words_are_apart_from_training():
    trained, kept = train.pools(classes())
    words = {word for listed in trained.added.values() for word in listed}
    others = {word for listed in kept.added.values() for word in listed}
    assert others and not words & others
    assert len(words | others) == len(table.added())


def test_a_person_is_what_the_words_say(captions):
    said = [one.person.female for one in captions if one.person.female is not None]
    ages = [one.person.age for one in captions if one.person.age is not None]
    assert 0.2 < np.mean(said) < 0.8
    assert min(ages) < 3 and max(ages) > 70


def test_torch_encodes_as_numpy_does(captions):
    encoder = load_sentence_encoder()
    sentences = [[word.text for word in one.words] for one in captions[:12]] + [["don't", "blue"]]
    ours = encoding.word_states(encoder, sentences)
    for fast, plain in zip(ours, encoder.word_states(sentences), strict=True):
        assert fast.shape == plain.shape
        assert np.allclose(fast, plain, atol=1e-4)

# SPDX-License-Identifier: Apache-2.0
"""How sure the encoder is: of its own words as measured, of others by how near they lie."""

from __future__ import annotations

import numpy as np
import pytest

from kinora.backend.avatar.certainty import (
    Known,
    certainty,
    content_words,
    is_lost,
    load_known,
    save_known,
)
from kinora.backend.kit.text import load_sentence_encoder
from kinora.shared.errors import MissingWeightsError

ENCODER = load_sentence_encoder()
WORDS = ("man", "woman", "tall", "red", "coat", "shirt", "fat")


@pytest.fixture(scope="module")
def known() -> Known:
    slopes = np.array([-6.0, 10.0, -1.0], np.float32)
    return Known(WORDS, ENCODER.encode(list(WORDS)), 0.95, slopes)


def test_words_of_the_training_are_known_in_any_form(known):
    found = certainty(["a taller woman", "in 2 RED coats, please"], known, ENCODER)
    assert found.value == pytest.approx(0.95) and not found.unsure
    assert not found.notes(is_draft=False)


def test_the_least_sure_word_counts_and_is_named(known):
    alone = certainty(["a xylophagous man"], known, ENCODER)
    found = certainty(["a tall man in a red xylophagous jacket"], known, ENCODER)
    assert found.value == pytest.approx(min(alone.value, found.value))
    assert "xylophagous" in found.unsure and "tall" not in found.unsure
    [note] = found.notes(is_draft=False)
    assert "xylophagous" in note and "kinora models download clip-vit-b32" in note


def test_a_word_near_to_a_trained_one_is_surer_than_one_far_from_all(known):
    near, far = (certainty([f"a {word}"], known, ENCODER).value for word in ("jacket", "theorem"))
    assert 0 < far < near < 0.95


def test_in_a_draft_only_words_that_no_lexicon_holds_are_told(known):
    found = certainty(["a corpulent xylophagous man"], known, ENCODER)
    assert set(found.unsure) == {"corpulent", "xylophagous"}
    assert is_lost("xylophagous") and not is_lost("corpulent")
    assert "corpulent" in found.notes(is_draft=False)[0]
    assert "corpulent" not in found.notes(is_draft=True)[0]


def test_a_prompt_without_words_is_certain(known):
    assert certainty(["", "12 ... !"], known, ENCODER).value == 1.0


@pytest.mark.parametrize("prompt", ["a man", "A very, very tall man!", "not a tall man"])
def test_articles_degrees_and_negations_say_nothing_by_themselves(prompt):
    assert set(content_words(prompt)) <= {"man", "tall"}


def test_what_is_saved_is_read_and_a_damaged_file_is_told(known, tmp_path):
    save_known(known, tmp_path / "known.safetensors")
    read = load_known(tmp_path / "known.safetensors")
    assert read.words == known.words and read.rate == pytest.approx(known.rate)
    assert (read.vectors * known.vectors).sum(1) == pytest.approx(1, abs=2e-3)
    (tmp_path / "bad.safetensors").write_bytes(b"bad")
    for name in ("bad.safetensors", "none.safetensors"):
        with pytest.raises(MissingWeightsError):
            load_known(tmp_path / name)

# SPDX-License-Identifier: Apache-2.0
"""The shipped text head: words held out from it, what belongs to what, and bad files."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kinora.backend.avatar.words import head, heldout, known, measure, network, table
from kinora.backend.avatar.words.model import Net
from kinora.backend.kit.text import load_sentence_encoder
from kinora.shared.errors import MissingWeightsError

FLOOR = 0.2


@pytest.fixture(scope="module")
def encoder():
    return load_sentence_encoder()


def test_the_shipped_head_is_small():
    assert network.WEIGHTS.stat().st_size < 4e6
    assert table.TABLE.stat().st_size < 3e5


def test_words_held_out_are_neither_in_the_table_nor_in_a_class():
    for word in heldout.words():
        assert not table.look_up(word), word
    classes = network.load_head().classes
    learnt = {(one.kind, phrase) for one in classes for phrase in one.phrases}
    assert not learnt & {(one.kind, one.word) for one in heldout.held_out()}


def test_words_held_out_are_read_well_above_chance(encoder):
    """One word in three, in one sentence each; chance is below 2 % for most kinds."""

    def answer(listed, place):
        guess = head.by_network(listed, place, encoder)
        return ("other", "") if guess is None else (guess.kind, guess.known)

    cases = measure.judged(heldout.held_out()[::3], answer)
    rights = [is_right for _, is_right in cases]
    assert len(rights) > 100
    assert np.mean(rights) > FLOOR


def test_words_that_mean_nothing_here_are_not_guessed(encoder):
    words = [one.word for one in heldout.held_out() if one.kind == "other"]
    guessed = [
        word for word in words if head.read_unknown(["a", word, "in", "the", "park"], [1], encoder)
    ]
    assert len(guessed) < 0.05 * len(words)


def test_only_what_is_asked_is_guessed_and_only_where_sure(encoder):
    listed = ["a", "slimline", "woman", "in", "a", "red", "zzyxqv"]
    guesses = head.read_unknown(listed, [1, 6], encoder)
    assert 1 in guesses and set(guesses) <= {1, 6}
    assert guesses[1].kind in known.meanings(guesses[1].known)
    assert all(head.LEAST <= guess.confidence <= 1 for guess in guesses.values())


def test_guesses_above_the_threshold_are_mostly_right(encoder):
    told = []

    def answer(listed, place):
        guess = head.read_unknown(listed, [place], encoder).get(place)
        told.append(("other", "") if guess is None else (guess.kind, guess.known))
        return told[-1]

    named = [one for one in heldout.held_out() if one.kind in ("role", "body")]
    rights = [is_right for _, is_right in measure.judged(named, answer)]
    given = [right for right, (kind, _) in zip(rights, told, strict=True) if kind != "other"]
    assert len(given) > 20
    assert np.mean(given) > 0.6


def test_the_same_sentence_is_read_the_same(encoder):
    sentence = ["an", "old", "woman", "in", "a", "green", "coat"]
    first, second = (head.describe(sentence, encoder) for _ in range(2))
    assert first == second


def test_an_empty_sentence_says_nothing(encoder):
    assert head.read_unknown([], [], encoder) == {}
    assert head.read_unknown([",", "."], [0, 1], encoder) == {}


def test_numpy_and_torch_agree():
    shipped = network.load_head()
    torch.manual_seed(3)
    model = Net(torch.randn(768), torch.rand(768) + 0.5, shipped.classes).eval()
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    words = np.random.default_rng(0).normal(size=(7, 768)).astype(np.float32)
    fresh = network.TextHead(
        weights, shipped.classes, shipped.names, shipped.alike, {"kind": 1.0, "class": 1.0}
    )
    ours = network.run(fresh, words)
    with torch.no_grad():
        theirs = model(torch.from_numpy(words)[None], torch.ones(1, 7, dtype=torch.bool))
    assert np.allclose(ours.kinds, theirs.kinds[0].softmax(-1), atol=1e-4)
    assert np.allclose(ours.parts, theirs.parts[0].softmax(-1), atol=1e-4)
    assert np.allclose(ours.denied, theirs.denied[0].sigmoid(), atol=1e-4)
    assert np.allclose(ours.sex, theirs.sex[0].softmax(-1), atol=1e-4)
    assert np.allclose(ours.body, theirs.body[0, :, 1], atol=1e-4)
    colors = [n for n, one in enumerate(shipped.classes) if one.kind == "color"]
    among = theirs.classes[0][:, colors].softmax(-1)
    assert np.allclose(ours.classes[:, colors], among, atol=1e-4)


@pytest.mark.parametrize("broken", ["absent", "cut off", "nonsense", "other format", "no classes"])
def test_a_bad_file_is_refused_in_one_sentence(tmp_path, broken):
    path = tmp_path / "head.safetensors"
    whole = network.WEIGHTS.read_bytes()
    made = {
        "cut off": whole[: len(whole) // 2],
        "nonsense": b"nonsense" * 20,
        "other format": whole.replace(network.FORMAT.encode(), b"kinora-text-head-0"),
        "no classes": whole.replace(b'\\"classes\\"', b'\\"glasses\\"'),
    }
    if broken != "absent":
        assert made[broken] != whole
        path.write_bytes(made[broken])
    with pytest.raises(MissingWeightsError) as refused:
        network.load_head(path)
    assert refused.value.message.endswith((".", ")."))
    assert "kinora train text" in refused.value.hint

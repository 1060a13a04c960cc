# SPDX-License-Identifier: Apache-2.0
"""The torch MiniLM against the numpy one, whole and cut."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kinora.backend.kit import text
from kinora.backend.kit.encoders import minilm
from kinora.shared.errors import MissingWeightsError

SENTENCES = ["a man in a red shirt and blue jeans", "walks", "long blond hair, ünïcode 漢字"]
CPU = torch.device("cpu")


def states_of(path, sentences):
    tokenizer = minilm.load_tokenizer(text.model_folder() / "tokenizer.json")
    network = minilm.load_minilm(path, CPU, torch.float32)
    states, mask = minilm.TokenReader(tokenizer, network)(sentences)
    return states.numpy(), mask.numpy()


def pooled(states, mask):
    mean = (states * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
    return mean / np.linalg.norm(mean, axis=-1, keepdims=True)


def test_states_equal_those_of_the_numpy_network():
    states, mask = states_of(text.model_folder() / "model.safetensors", SENTENCES)
    expected = text.load_sentence_encoder().token_states(SENTENCES)
    for row, real, other in zip(states, mask, expected, strict=True):
        assert np.abs(row[real] - other).max() < 2e-5


def test_a_cut_network_gives_the_same_vectors_in_half_precision(tmp_path):
    tokenizer = minilm.load_tokenizer(text.model_folder() / "tokenizer.json")
    tokens, mask = minilm.tokenise(tokenizer, SENTENCES)
    path = tmp_path / "cut.safetensors"
    minilm.cut_minilm(text.model_folder() / "model.safetensors", tokens[mask].tolist(), path)
    assert path.stat().st_size < 23e6
    found = pooled(*states_of(path, SENTENCES))
    expected = text.load_sentence_encoder().encode(SENTENCES)
    assert (found * expected).sum(-1).min() > 0.99999


def test_a_word_that_was_cut_is_read_as_unknown(tmp_path):
    path = tmp_path / "cut.safetensors"
    minilm.cut_minilm(text.model_folder() / "model.safetensors", [], path)
    one, two = states_of(path, ["shirt", "trousers"])[0]
    assert np.array_equal(one, two)


def test_a_truncated_file_is_named(tmp_path):
    path = tmp_path / "minilm.safetensors"
    path.write_bytes((text.model_folder() / "model.safetensors").read_bytes()[:100_000])
    with pytest.raises(MissingWeightsError, match="not whole"):
        minilm.load_minilm(path, CPU, torch.float32)

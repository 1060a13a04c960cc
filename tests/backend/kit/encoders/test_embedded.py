# SPDX-License-Identifier: Apache-2.0
"""The embedded encoder's files and what it answers, with random weights."""

from __future__ import annotations

import pytest
import torch

from kinora.backend.kit.encoders import embedded
from kinora.backend.kit.encoders.text_head import TextHead
from kinora.backend.kit.encoders.tower import Tower, TowerPlan
from kinora.shared.errors import MissingWeightsError

PLAN = TowerPlan(("head", "feet"), ("cap", "shoes", "boots"), ("walk",), 32, width=64, depth=2)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A tower and a head whose weights are exact in half precision, and their two files."""
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    tower, head = Tower(PLAN).half().float(), TextHead().half().float()
    paths = folder / "pictures.safetensors", folder / "sentences.safetensors"
    embedded.save_embedded(tower, head, *paths)
    return tower, head, paths


def test_a_loaded_encoder_gives_what_the_saved_one_gave(files):
    tower, _, paths = files
    encoder = embedded.load_embedded("cpu", *paths)
    pictures = torch.rand(3, 3, 32, 32)
    # Large matrices are kept in a byte a weight.
    assert torch.allclose(encoder.encode_pictures(pictures), tower(pictures)[0], atol=5e-3)
    assert encoder.plan == PLAN
    assert encoder.pixels == 32


def test_vectors_are_unit_and_differentiable(files):
    encoder = embedded.load_embedded("cpu", *files[2])
    pictures = torch.rand(2, 3, 48, 48, requires_grad=True)
    vectors = encoder.encode_pictures(pictures)
    texts = encoder.encode_text(["a red cap", "boots", ""])
    assert texts.vectors.shape == (3, vectors.shape[1])
    assert torch.allclose(vectors.norm(dim=1), torch.ones(2), atol=1e-5)
    assert torch.allclose(texts.vectors.norm(dim=1), torch.ones(3), atol=1e-5)
    (vectors @ texts.vectors.T).sum().backward()
    assert pictures.grad.isfinite().all() and pictures.grad.abs().sum() > 0


def test_maps_and_attributes_have_the_plan_s_shapes(files):
    encoder = embedded.load_embedded("cpu", *files[2])
    pictures = torch.rand(2, 3, 32, 32)
    assert encoder.phrase_maps(pictures, ["red cap", "boots", "shoes"]).shape == (2, 3, 4, 4)
    found = encoder.attributes(pictures)
    assert found.presence.shape == (2, 2)
    assert found.color.shape == (2, 2, 3)
    assert found.garment.shape == (2, 2, 3)
    assert found.action.shape == (2, 1)


def test_a_sentence_does_not_depend_on_its_neighbours(files):
    encoder = embedded.load_embedded("cpu", *files[2])
    alone = encoder.encode_text(["a red cap"]).vectors[0]
    beside = encoder.encode_text(["a red cap", "a much longer sentence about other things"])
    assert torch.allclose(alone, beside.vectors[0], atol=1e-5)


def test_what_a_prompt_is_too_long_for_is_said(files):
    encoder = embedded.load_embedded("cpu", *files[2])
    texts = encoder.encode_text(["a red cap", "cap " * 300 + "boots"])
    assert len(texts.notes) == 1
    assert "boots" in texts.notes[0]


def test_bad_files_are_refused_in_one_sentence(files, tmp_path):
    _, _, (pictures, sentences) = files
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(pictures.read_bytes()[:5000])
    for bad, match in (
        (tmp_path / "nothing.safetensors", "missing"),
        (cut, "damaged"),
        (sentences, "damaged"),
    ):
        with pytest.raises(MissingWeightsError, match=match):
            embedded.load_embedded("cpu", bad, sentences)
    with pytest.raises(MissingWeightsError, match="damaged"):
        embedded.load_embedded("cpu", pictures, pictures)

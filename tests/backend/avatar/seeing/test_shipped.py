# SPDX-License-Identifier: Apache-2.0
"""The encoder that ships, on drawn people in held-out colors: it names and finds what they wear."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kinora.backend.avatar.scenes import evaluation
from kinora.backend.avatar.scenes.draw import draw
from kinora.backend.avatar.scenes.parts import NAMES
from kinora.backend.avatar.scenes.poses import PoseBank
from kinora.backend.avatar.scenes.sample import make_world
from kinora.backend.avatar.scenes.shapes import make_basis
from kinora.backend.avatar.scenes.things import PLACE
from kinora.backend.avatar.scenes.wardrobe import build
from kinora.backend.avatar.seeing.lesson import coverage
from kinora.backend.kit.body import load_body_model
from kinora.backend.kit.encoders import embedded
from kinora.backend.kit.encoders.tower import PATCH

WORN = ("shirt", "trousers", "sneakers", "hair:short")
COUNT = 12


@pytest.fixture(scope="module")
def encoder():
    return embedded.load_embedded("cpu")


@pytest.fixture(scope="module")
def shown():
    """People in shirts of all colors, the question which, and their pictures."""
    model = load_body_model()
    basis = make_basis(model, samples=400)
    turns = np.zeros((1, 22, 4), np.float32)
    turns[..., 0] = 1
    bank = PoseBank(turns, np.zeros(1, np.int16), ("idle",))
    wardrobe = build(model, basis, bank, only=WORN)
    made = {"skin", "eyes", *WORN}
    names = [name if name in made else "" for name in NAMES]
    world = make_world(basis, names, ("idle",), training=False, families=200)
    choice = evaluation.color_of(world, "shirt", COUNT)
    drawn = draw(wardrobe, choice.scene.people, choice.scene.shots, 160)
    return choice, drawn


def test_it_names_the_color_of_a_shirt(encoder, shown):
    choice, drawn = shown
    texts = encoder.encode_text(choice.texts[0]).vectors
    found = (encoder.encode_pictures(drawn.pixels) @ texts.T).argmax(1)
    # One in twelve by chance.
    assert (found == torch.as_tensor(choice.right)).sum() >= COUNT - 3


def test_it_finds_the_shirt_by_its_phrase(encoder, shown):
    choice, drawn = shown
    phrases = [choice.texts[0][number] for number in choice.right]
    maps = encoder.phrase_maps(drawn.pixels, phrases).flatten(2)
    column = torch.as_tensor(choice.scene.labels.part[:, PLACE["top"]]).long()
    covered = coverage(drawn.part, PATCH, 24)[torch.arange(COUNT), column]
    for number in range(COUNT):
        inside, outside = covered[number] > 0.8, covered[number] == 0
        own = maps[number, number]
        if inside.sum() >= 4:
            assert own[inside].mean() > own[outside].mean() + 2


def test_the_files_are_as_small_as_promised():
    assert embedded.PICTURES.stat().st_size <= 15e6
    assert embedded.SENTENCES.stat().st_size <= 8e6

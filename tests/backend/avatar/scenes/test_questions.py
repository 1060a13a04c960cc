# SPDX-License-Identifier: Apache-2.0
"""What the encoder is measured by is right, and apart from what it is trained on."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from people import world

from kinora.backend.avatar.scenes import evaluation, hues
from kinora.backend.avatar.scenes.batch import VIEWS
from kinora.backend.avatar.scenes.captions import captions
from kinora.backend.avatar.scenes.heldout import held_pairs, is_held_body
from kinora.backend.avatar.scenes.labels import AXES, PATTERNS
from kinora.backend.avatar.scenes.match import matches
from kinora.backend.avatar.scenes.sample import sample
from kinora.backend.avatar.scenes.things import PLACE, THINGS
from kinora.backend.avatar.wardrobe.garments import GARMENTS


def test_bodies_are_kept_apart() -> None:
    train, measured = world(True).bodies, world(False).bodies
    both = {row.tobytes() for row in train.shape} & {row.tobytes() for row in measured.shape}
    assert both == set()
    kept = is_held_body(np.arange(10_000)).mean()
    assert 0.04 < kept < 0.09


@pytest.mark.parametrize("kind", evaluation.GALLERIES)
def test_captions_of_galleries_hold(kind: str) -> None:
    asked = evaluation.gallery(world(False), kind, 1)
    labels = asked.scene.labels
    found = matches(asked.captions, labels, torch.as_tensor(labels.thing >= 0)).numpy()
    own = found[np.arange(evaluation.GALLERY), asked.captions.owner]
    assert np.mean(own == 1) > 0.97
    assert (own != 0).all()
    again = evaluation.gallery(world(False), kind, 1)
    assert again.captions.texts == asked.captions.texts


def test_a_gallery_of_shapes_differs_in_the_body_alone() -> None:
    people = evaluation.gallery(world(False), "shape", 2).scene.people
    assert (people.parts == people.parts[0]).all()
    assert (people.colors == people.colors[0]).all()
    assert (people.pose == people.pose[0]).all()
    assert len(np.unique(people.shape, axis=0)) > 50


def test_orders_are_of_held_out_pairs_and_the_first_is_right() -> None:
    asked = evaluation.order(world(False), 60)
    labels = asked.scene.labels
    families = hues.nearest_of_twelve(labels.lab[:, :, 0].reshape(-1, 3)).reshape(-1, 25)
    held = 0
    for row, (first, second) in enumerate(asked.texts):
        upper = next(p for p in ("outer", "mid", "top") if labels.thing[row, PLACE[p]] >= 0)
        pair = tuple(hues.TWELVE[families[row, PLACE[place]]] for place in (upper, "bottom"))
        assert first.split(" and ")[0].startswith(pair[0])
        assert sorted(first.split()) == sorted(second.split())
        held += pair in held_pairs()
    assert held > 50


@pytest.mark.parametrize("what", evaluation.COLORED)
def test_colors_asked_for_are_those_worn(what: str) -> None:
    asked = evaluation.color_of(world(False), what, 30)
    labels = asked.scene.labels
    place = {"shoes": "feet", "cap": "head", "gloves": "hands", "shirt": "top",
             "trousers": "bottom"}.get(what, what)  # fmt: skip
    assert len(asked.texts[0]) == 12
    of: hues.Of = "hair" if what == "hair" else "cloth"
    for row, right in enumerate(asked.right):
        name = asked.texts[row][right].removesuffix(f" {what}")
        word = hues.color_words().number(name, of)
        lab = labels.lab[row, PLACE[place], 0]
        assert hues.judged(np.array([word]), lab[None])[0, 0] == 1
        assert labels.told[row, PLACE[place]]


def test_types_and_patterns_asked_for_are_those_worn() -> None:
    assert sum(len(names) for names in evaluation.TYPES.values()) >= 12
    for where, names in evaluation.TYPES.items():
        asked = evaluation.type_of(world(False), where, 24)
        for row, right in enumerate(asked.right):
            garment = names[right]
            assert asked.scene.labels.thing[row, PLACE[GARMENTS[garment].slot]] == THINGS.index(
                garment
            )
    asked = evaluation.pattern_of(world(False), 30)
    for row, right in enumerate(asked.right):
        assert right in asked.scene.labels.pattern[row]
        assert len(asked.texts[row]) == len(PATTERNS)


@pytest.mark.parametrize("what", evaluation.POLES)
def test_poles_lie_on_their_sides(what: str) -> None:
    asked = evaluation.pole_of(world(False), what, 40)
    axis = AXES.index({"child": "age"}.get(what, what))
    body = asked.scene.labels.body[:, axis]
    low, high = body[asked.right == 0], body[asked.right == 1]
    assert np.nanmax(low) < np.nanmin(high)
    if what == "height":
        assert {VIEWS[view] for view in asked.scene.shots.view} == {"metric"}


def test_prompts_name_what_there_is() -> None:
    assert len(evaluation.texel_prompts()) == 40
    assert len(evaluation.shape_prompts()) == 60
    for asked in evaluation.texel_prompts():
        assert 2 <= len(asked.parts) <= 4
        for slot, garment, color in asked.parts:
            assert GARMENTS[garment].slot == slot
            assert color in hues.TWELVE
            assert color in asked.prompt
    for prompt in evaluation.shape_prompts():
        assert set(prompt.moves) <= {"height", "mass", "age", "female", "muscle"}
        assert set(prompt.moves.values()) <= {1, -1}


def test_no_prompt_is_a_caption_of_training() -> None:
    prompts = {asked.prompt for asked in evaluation.texel_prompts()}
    random = np.random.default_rng(8)
    said: set[str] = set()
    for _ in range(4):
        scene = sample(random, world(), 256)
        said |= set(captions(random, scene, world()).texts)
    assert not prompts & said

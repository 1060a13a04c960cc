# SPDX-License-Identifier: Apache-2.0
"""What is said of a picture is true of it, what is changed is false, and nothing rules the rest."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from people import world
from plainly import holds

from kinora.backend.avatar.scenes import hues, paints
from kinora.backend.avatar.scenes.batch import VIEWS
from kinora.backend.avatar.scenes.captions import Captions, captions, phrases
from kinora.backend.avatar.scenes.heldout import held_garments, held_pairs, held_words
from kinora.backend.avatar.scenes.labels import Scene
from kinora.backend.avatar.scenes.match import matches
from kinora.backend.avatar.scenes.sample import sample
from kinora.backend.avatar.scenes.things import PLACE, PLACES, THING, THINGS, nouns

UPPER = ("top", "mid", "outer")


def batch(seed: int, count: int = 256) -> tuple[Scene, Captions]:
    random = np.random.default_rng(seed)
    scene = sample(random, world(), count)
    return scene, captions(random, scene, world())


def there(scene: Scene) -> torch.Tensor:
    """As if all were seen that is worn where a picture reaches."""
    return torch.as_tensor(scene.labels.framed & (scene.labels.thing >= 0))


@pytest.mark.parametrize("seed", [1, 2])
def test_captions_hold_for_their_pictures_and_hard_negatives_do_not(seed: int) -> None:
    scene, said = batch(seed)
    seen = there(scene).numpy()
    for row, owner in enumerate(said.owner):
        verdict = holds(said, row, scene.labels, int(owner), seen)
        expected = not said.is_hard_negative[row]
        # What was drawn a little off a color may leave it to doubt, never to the contrary.
        assert verdict in (expected, None), said.texts[row]
    true = [holds(said, row, scene.labels, int(said.owner[row]), seen) for row in range(900)]
    assert np.mean([verdict is True for verdict in true]) > 0.99


def test_matches_say_what_asking_place_by_place_says() -> None:
    scene, said = batch(3, 48)
    seen = there(scene) & torch.as_tensor(np.random.default_rng(0).random((48, len(PLACES))) < 0.8)
    found = matches(said, scene.labels, seen).numpy()
    code = {True: 1, False: 0, None: -1}
    for row in range(0, len(said.texts), 3):
        for picture in range(48):
            plain = code[holds(said, row, scene.labels, picture, seen.numpy())]
            assert found[row, picture] == plain, (said.texts[row], picture)


def test_phrases_cover_what_they_name_or_nothing() -> None:
    random = np.random.default_rng(4)
    scene = sample(random, world(), 256)
    said = phrases(random, scene, world())
    found = matches(said.captions, scene.labels, there(scene)).numpy()
    own = found[np.arange(len(found)), said.captions.owner]
    is_there = said.place >= 0
    assert np.mean(own[is_there] == 1) > 0.99
    assert (own[is_there] != 0).all()
    assert np.mean(own[~is_there] == 0) > 0.99
    assert (own[~is_there] != 1).all()
    assert (said.part[is_there] >= 0).all()
    assert 0.2 < np.mean(~is_there) < 0.4


def test_the_same_seed_says_the_same() -> None:
    (one, first), (two, second), (_, other) = batch(5), batch(5), batch(6)
    assert first.texts == second.texts
    assert np.array_equal(one.people.shape, two.people.shape)
    assert np.array_equal(one.people.colors, two.people.colors)
    assert np.array_equal(one.shots.seed, two.shots.seed)
    assert first.texts != other.texts


def test_close_ups_speak_of_what_they_show() -> None:
    for seed in range(4):
        scene, said = batch(seed)
        for row, owner in enumerate(said.owner):
            view = VIEWS[scene.shots.view[owner]]
            placed = {nouns().place[noun] for noun in said.noun[row] if noun >= 0}
            if view in ("face", "head"):
                assert not placed & {"feet", "bottom", "legwear", "hands", "waist"}
            if view == "feet":
                assert placed <= {"feet", "legwear", ""}
            if view in ("face", "head", "hands", "feet"):
                assert said.action[row] < 0
                assert not np.isfinite(said.ranges[row, 2:4]).any()


def test_nothing_that_is_held_out_is_said_or_shown() -> None:
    texts = 0
    for seed in range(14):
        scene, said = batch(100 + seed)
        texts += len(said.texts)
        for text in said.texts:
            assert not held_words() & set(text.replace("-", " ").replace(",", " ").split()), text
        assert_no_held_claims(said)
        assert_nothing_held_is_worn(scene)
    assert texts > 20_000


def assert_no_held_claims(said: Captions) -> None:
    for row in range(len(said.texts)):
        above, below = set(), set()
        for noun, color in zip(said.noun[row], said.color[row, :, 0], strict=True):
            if noun < 0 or color < 0:
                continue
            family = paints.family(int(color))
            if nouns().place[noun] in UPPER:
                above.add(family)
            if nouns().place[noun] == "bottom":
                below.add(family)
            garment = nouns().names[noun].replace(" ", "_")
            assert (garment, family) not in held_garments(), said.texts[row]
        assert not {(a, b) for a in above for b in below} & held_pairs(), said.texts[row]


def assert_nothing_held_is_worn(scene: Scene) -> None:
    labels = scene.labels
    first = hues.nearest_of_twelve(labels.lab[:, :, 0].reshape(-1, 3)).reshape(labels.thing.shape)
    for row in range(len(labels.thing)):
        worn = {
            PLACES[place]: hues.TWELVE[first[row, place]]
            for place in np.flatnonzero(labels.thing[row] >= 0)
        }
        for place, family in worn.items():
            assert (THINGS[labels.thing[row, PLACE[place]]], family) not in held_garments()
        pairs = {(worn[slot], worn["bottom"]) for slot in UPPER if {slot, "bottom"} <= set(worn)}
        assert not pairs & held_pairs()


def test_parts_and_attributes_are_asked_for_about_alike() -> None:
    alone: Counter[str] = Counter()
    words: Counter[str] = Counter()
    one_part = total = colored = plain = 0
    worn: Counter[int] = Counter()
    for seed in range(20):
        scene, said = batch(200 + seed)
        worn.update(scene.labels.thing[scene.labels.thing >= 0].tolist())
        for row, text in enumerate(said.texts):
            if said.is_hard_negative[row]:
                continue
            total += 1
            count = int((said.noun[row] >= 0).sum())
            if count == 1 and said.action[row] < 0:
                one_part += 1
                alone[nouns().place[said.noun[row, 0]]] += 1
                colored += int(said.color[row, 0, 0] >= 0)
                plain += int(said.color[row, 0, 0] < 0)
            words.update(set(text.replace(",", "").split()))
    assert 0.27 < one_part / total < 0.42
    assert 0.5 < colored / (colored + plain) < 0.85
    for place in ("top", "bottom", "feet", "head", "hands", "hair", "outer", "mid", "whole"):
        assert 0.02 < alone[place] / one_part < 0.2, place
    for place in ("eyes", "neck", "beard", "waist", "back", "cape", "legwear", "right hand"):
        assert 0.008 < alone[place] / one_part < 0.1, place
    thin = sum(words[word] for word in ("thin", "slim", "skinny", "bony", "underweight"))
    fat = sum(words[word] for word in ("fat", "overweight", "heavy", "chubby", "obese"))
    assert 0.5 < thin / fat < 2
    strong = sum(words[word] for word in ("muscular", "strong", "muscled", "powerful"))
    weak = sum(words[word] for word in ("weak", "frail", "unfit", "delicate"))
    assert 0.4 < weak / strong < 2.5
    assert 0.5 < words["woman"] / words["man"] < 2
    rare = [name for name, number in THING.items() if worn[number] < 4]
    assert rare == []

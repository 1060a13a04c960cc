# SPDX-License-Identifier: Apache-2.0
"""Every role wears what the wardrobe has, and nothing that its wearer is too young for."""

from __future__ import annotations

from functools import cache

import pytest

from kinora.backend.avatar.outfit import read_outfit
from kinora.backend.avatar.shape import read_shape
from kinora.backend.avatar.wardrobe.garments import GARMENTS
from kinora.backend.avatar.words import lexicon, people, tokens
from kinora.backend.avatar.words.faces import read_face
from kinora.backend.avatar.words.meaning import role_text, sentence_of
from kinora.backend.avatar.words.vocabulary import entries, links, phrases, vocabulary
from kinora.backend.kit.text import load_sentence_encoder

ENCODER = load_sentence_encoder()
ROLES = [lexicon.words(role["words"])[0] for role in lexicon.read("roles")["role"]]
WEAPONS = ("right hand", "left hand", "back")


@cache
def person(prompt):
    return read_shape(prompt, ENCODER)


@cache
def read(prompt, role):
    return read_outfit(f"a {role}", person(prompt), ENCODER)


@pytest.mark.parametrize("number", range(len(ROLES)), ids=ROLES)
@pytest.mark.parametrize("is_female", [False, True])
def test_a_role_names_only_what_the_wardrobe_has(number, is_female):
    text = role_text(str(number), is_female)
    sentence = sentence_of(text)
    assert not sentence.odd
    for thing in sentence.things:
        assert thing.kind != "unmade", thing.phrase
        if thing.kind == "garment":
            entry = entries()[int(thing.key)]
            assert entry["makes"] and not entry.get("is_near"), thing.phrase
    listed = tokens.split(tokens.normalise(text))
    known = {**links(), **people.traits(), **vocabulary()}
    taken = {n for one in lexicon.find(listed, known) for n in range(one.start, one.end)}
    assert not lexicon.unknown(listed, taken | read_face(listed).places)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_covers_its_wearer_and_needs_no_notes(role):
    for who in ("a man", "a woman"):
        outfit = read(who, role)
        covered = {place for one in outfit.garments for place in GARMENTS[one.garment].covers}
        slots = {GARMENTS[one.garment].slot for one in outfit.garments}
        assert "hips" in covered or "briefs" in slots, (who, slots)
        assert who == "a man" or "chest" in covered or "bra" in slots, slots
        assert outfit.notes == ()


def test_there_are_sixty_roles_and_no_two_look_alike():
    worn = [
        tuple((one.garment, one.color, one.pattern) for one in read("a man", role).garments)
        for role in ROLES
    ]
    assert len(ROLES) >= 60
    assert len(set(worn)) == len(ROLES)


def test_no_name_means_two_roles():
    names = [name for role in lexicon.read("roles")["role"] for name in phrases(role["words"])]
    assert sorted(set(names)) == sorted(names)


def test_small_children_have_no_beards_and_no_swords():
    for role in ("pirate", "wizard", "knight", "viking", "ninja"):
        outfit = read("a toddler boy", role)
        assert outfit.looks.beard is None, role
        held = [one.garment for one in outfit.garments if GARMENTS[one.garment].slot in WEAPONS]
        assert not {"sword", "axe", "katana", "dagger", "shield"} & set(held), role
    said = read_outfit(
        "a wizard with a long white beard", read_shape("a toddler", ENCODER), ENCODER
    )
    assert said.looks.beard is not None


def test_a_role_is_dressed_by_sex():
    def worn(prompt, role):
        return {one.garment for one in read(prompt, role).garments}

    assert "nurse_dress" in worn("a woman", "nurse")
    assert "nurse_dress" not in worn("a man", "nurse")
    assert read("a man", "wizard").looks.beard is not None
    assert read("a woman", "wizard").looks.beard is None

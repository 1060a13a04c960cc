# SPDX-License-Identifier: Apache-2.0
"""Captions: who does what with which parts, how; and what is said of guesses."""

from __future__ import annotations

import pytest

from kinora.backend.clipart.caption import Asked, read_caption
from kinora.backend.clipart.motion.physics import PERFORMERS
from kinora.backend.kit.text import load_sentence_encoder


def read(text: str) -> Asked:
    return read_caption(text, load_sentence_encoder())


@pytest.mark.parametrize(
    ("text", "subject", "kind", "verbs"),
    [
        ("a dog is wagging its tail", "dog", "quadruped", ["wag"]),
        ("the fish swims", "fish", "fish", ["swim"]),
        ("A man waves with his right hand.", "man", "person", ["wave"]),
        ("two kittens are playing", "kittens", "quadruped", ["hop"]),
        ("a fly flies", "fly", "bird", ["fly"]),
        ("The red fire truck rattles along", "truck", "vehicle", ["drive"]),
        ("a rabbit hopping and wiggling its ears", "rabbit", "quadruped", ["hop", "wiggle"]),
        ("the car bounces", "car", "vehicle", ["drive"]),
    ],
)
def test_subjects_and_verbs(text: str, subject: str, kind: str, verbs: list[str]) -> None:
    asked = read(text)
    assert (asked.subject, asked.kind) == (subject, kind)
    assert [action.verb for action in asked.actions] == verbs
    assert asked.notes == ()


@pytest.mark.parametrize(
    ("text", "verbs"),
    [
        ("a granny is shaking her walking stick", ["shake"]),
        ("a girl in running shoes waves", ["wave"]),
        ("a boy in a red flying cape jumps", ["jump"]),
        ("a tree sways in the rising wind", ["sway"]),
    ],
)
def test_a_verb_that_names_a_thing_is_not_done_and_that_is_told(
    text: str, verbs: list[str]
) -> None:
    asked = read(text)
    assert [action.verb for action in asked.actions] == verbs
    assert any("the name of something" in note for note in asked.notes)


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("a dancing robot", "dance"),
        ("a dog with a wagging tail", "wag"),
        ("a boy does a dance", "dance"),
        ("a horse is giving a little kick", "kick"),
        ("a dog gives its tail a wag", "wag"),
        ("an alien says hello with his hand", "wave"),
        ("a clown keeps his balance", "rock"),
        ("a rocket is taking off", "rise"),
        ("the rocket climbs into the sky", "rise"),
        ("a cat rolls its ball", "roll"),
        ("a bell rattles", "shake"),
    ],
)
def test_ways_of_saying_mean_their_verb(text: str, verb: str) -> None:
    asked = read(text)
    assert asked.notes == ()
    assert [action.verb for action in asked.actions] == [verb]


def test_people_are_told_from_the_rest_and_from_what_nobody_speaks_of() -> None:
    assert read("a ballerina twirls").is_person is True
    assert read("a cactus sways").is_person is False
    assert read("waving").is_person is None
    assert read("a robot dances").is_person is None, "it may be drawn like a person"


def test_parts_belong_to_the_verb_that_moves_them() -> None:
    assert read("the bird's wings flap").actions[0].parts == ("wing",)
    first, second = read("a tree sways in the wind and its leaves are shaking").actions
    assert (first.parts, second.parts) == ((), ("leaf",))
    one, all_of = (
        read("a crab waves its claw").actions[0],
        read("a crab waves its claws").actions[0],
    )
    assert (one.is_all, all_of.is_all) == (False, True)


def test_sides_are_of_parts() -> None:
    assert read("a robot raises its left arm").actions[0].side == "left"
    assert read("a robot drives to the left").actions[0].side == ""


def test_manners_change_speed_and_amount() -> None:
    slow, quick = read("a dog slowly wags").actions[0], read("a dog wags quickly").actions[0]
    assert slow.speed < 1 < quick.speed
    assert read("a tree sways gently").actions[0].amount < 1


@pytest.mark.parametrize(
    "text",
    [
        "the dog is flubbering",
        "a zzyzx jumps",
        "a girl blinks her eyes",
        "a dog is not running",
        "the cat doesn't jump",
        "\u72ac\u304c\u8d70\u308b",
        "",
    ],
)
def test_what_is_guessed_or_cannot_be_done_is_told(text: str) -> None:
    asked = read(text)
    assert asked.notes
    assert asked.actions and all(action.verb in PERFORMERS for action in asked.actions)


def test_unknown_words_go_to_the_nearest_meaning() -> None:
    asked = read("a capybara is sprinting")
    assert asked.kind == "quadruped"
    assert asked.actions[0].verb == "run"
    assert any("capybara" in note for note in asked.notes)


def test_notes_do_not_repeat_endless_words() -> None:
    assert all(len(note) < 120 for note in read(f"a {'z' * 400} is {'x' * 90}ing").notes)

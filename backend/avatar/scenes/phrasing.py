# SPDX-License-Identifier: Apache-2.0
"""Puts parts, people and actions into English."""

from __future__ import annotations

from collections.abc import Sequence

from . import hues
from .outfits import Random
from .sayings import pattern_words
from .things import nouns

NO_ARTICLE = (
    "hair", "skin", "armor", "armour", "footwear", "headwear", "underwear", "stubble", "lingerie",
    "facial hair", "knitwear", "eyewear", "hosiery", "chainmail", "mail", "kevlar", "jewelry",
    "whites", "gear", "ringmail", "bangs",
)  # fmt: skip
_HELD = ("right hand", "left hand")
_WORN = ("wearing", "in", "with", "dressed in", "wearing")
_HOLDING = ("holding", "carrying", "with")
_SUBJECTS = ("a person", "someone", "somebody", "a figure", "a character")
_BUILD_FRAMES = (
    "a {build} {noun}", "a {build} {noun}", "a {build} {noun}", "a {noun} who is {build}",
    "this {noun} is {build}", "the {build} {noun}", "{build} {noun}", "a {build} {noun}",
)  # fmt: skip
_VERY = ("thin", "slim", "skinny", "fat", "overweight", "heavy", "tall", "short", "muscular",
         "strong", "weak", "small")  # fmt: skip


def with_article(phrase: str, is_plural: bool) -> str:
    """ "a cap", "an apron", "red shoes"."""
    if is_plural or phrase.endswith(NO_ARTICLE):
        return phrase
    is_vowel = phrase[0] in "aeiou" and not phrase.startswith(("uni", "one", "eu", "us"))
    return f"{'an' if is_vowel else 'a'} {phrase}"


def part(
    dice: Random, noun: int, colors: Sequence[int], pattern: int, *, bare: bool = False
) -> str:
    """One part: its noun with the color words and the pattern; `bare` without an article."""
    table = nouns()
    name, is_plural = table.names[noun], table.is_plural[noun]
    words = [hues.color_words().names[color] for color in colors]
    is_grown = table.is_grown[noun]
    phrase = _grown(name, words) if is_grown else _cloth(dice, name, words, pattern)
    return phrase if bare else with_article(phrase, is_plural)


def _cloth(dice: Random, name: str, words: list[str], pattern: int) -> str:
    if not pattern:
        if not words:
            return name
        if dice.random() < 0.07:
            return f"{name} in {words[0]}"
        return f"{words[0]} {name}"
    before, after = pattern_words()[pattern]
    if len(words) == 2:
        if dice.random() < 0.45:
            return f"{words[0]} {name} with {words[1]} {dice.choice(after)}".replace(" a ", " ")
        return f"{words[0]} and {words[1]} {dice.choice(before)} {name}"
    if words:
        return f"{words[0]} {dice.choice(before)} {name}"
    if dice.random() < 0.2:
        return f"{name} with {dice.choice(after)}"
    return f"{dice.choice(before)} {name}"


def _grown(name: str, words: list[str]) -> str:
    """ "long black hair", "a grey beard"."""
    if not words:
        return name
    *adjectives, head = name.split()
    if head in ("hair", "beard") and name != "facial hair":
        return " ".join([*adjectives, words[0], head])
    return f"{words[0]} {name}"


def subject(dice: Random, noun: str, build: Sequence[str]) -> str:
    """ "a tall thin man"."""
    if noun == "person" and not build:
        return dice.choice(_SUBJECTS)
    plain = [word for word in build if _is_plain(word)]
    phrase = with_article(" ".join([*(word for word in build if word not in plain), noun]), False)
    return f"{phrase} of {' and '.join(plain)}" if plain else phrase


def body(dice: Random, noun: str, build: Sequence[str]) -> str:
    """A caption on the body alone."""
    if not build:
        return dice.choice(
            (with_article(noun, False), noun, f"this is {with_article(noun, False)}")
        )
    if any(map(_is_plain, build)):
        return subject(dice, noun, build)
    if len(build) == 1 and build[0] in _VERY and dice.random() < 0.2:
        return f"a very {build[0]} {noun}"
    frame = dice.choice(_BUILD_FRAMES)
    said = (" and " if "{noun} is" in frame or "who is" in frame else " ").join(build)
    text = frame.format(build=said, noun=noun)
    return with_article(text[2:], False) if text.startswith("a ") else text


def _is_plain(build: str) -> bool:
    """ "Of average height" stands behind the noun."""
    return build.split()[0] in ("average", "normal", "medium")


def worn(dice: Random, who: str, noun_numbers: Sequence[int], parts: Sequence[str]) -> str:
    """Who, in these clothes, with that hair, holding this; all parts have their articles."""
    clothes, grown, held = [], [], []
    table = nouns()
    for noun, text in zip(noun_numbers, parts, strict=True):
        place = table.place[noun]
        if place in _HELD:
            held.append(text)
        elif table.is_grown[noun] or place in ("back", "extra", "eyes"):
            grown.append(text)
        else:
            clothes.append(text)
    said = who
    if clothes:
        said += f" {dice.choice(_WORN)} {joined(clothes)}"
    if grown:
        said += f"{' and' if clothes else ''} with {joined(grown)}"
    if held:
        said += f"{',' if clothes or grown else ''} {dice.choice(_HOLDING)} {joined(held)}"
    return said


def joined(parts: Sequence[str]) -> str:
    """ "a, b and c"."""
    return " and ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)

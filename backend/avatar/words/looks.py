# SPDX-License-Identifier: Apache-2.0
"""Hair, brows, eyes and skin as a sentence describes them; defaults by sex, age and ancestry."""

from __future__ import annotations

from . import colors, lexicon
from .clothing import Sentence, Thing
from .colors import RGB

# Ages between which hair turns grey when no word gives its color.
_GREY_FROM, _GREY_TO = 45.0, 72.0


def is_bald(thing: Thing) -> bool:
    """Whether hair was said not to be there."""
    return thing.is_negated or "bald" in {_style(said) for said in thing.styles}


def hair_style(
    sentence: Sentence, is_female: bool, age_years: float, notes: list[str]
) -> str | None:
    """ "short", "long", or None for bald."""
    for thing in reversed(_all(sentence, "hair")):
        styles = [style for said in thing.styles if (style := _style(said))]
        if thing.is_negated:
            if not styles:
                return None
            continue
        near = lexicon.words(lexicon.read("hair")["hair"]["near"])
        for said in dict.fromkeys(said for said in thing.styles if said in near):
            made = f"I made it {styles[-1]}" if styles else "I left that out"
            notes.append(f'This version has no "{said}" hair; {made}.')
        if styles:
            return None if styles[-1] == "bald" else styles[-1]
    if age_years < 1:
        return None
    return "long" if is_female and age_years > 3 else "short"


def _style(said: str) -> str:
    """ "bald", "long", "short", or "" where the word tells neither."""
    source = lexicon.read("hair")["hair"]
    styles = (style for style in ("bald", "long", "short") if said in lexicon.words(source[style]))
    return next(styles, "")


def hair_color(sentence: Sentence, ancestry: str, age_years: float, notes: list[str]) -> RGB:
    """What the words say; else the ancestry's, greyer with age."""
    table = lexicon.read("hair")["hair_color"]
    for thing in reversed(_all(sentence, "hair")):
        for name, color in _named(thing):
            if name in table:
                return colors.parse(table[name])
            if color is not None:
                return color
            if name == "dark":
                return colors.parse(table["dark brown"])
            if name in ("light", "fair"):
                return colors.parse(table["blonde"])
    young = colors.parse(lexicon.read("hair")["hair_of_ancestry"][ancestry])
    share = min(1.0, max(0.0, (age_years - _GREY_FROM) / (_GREY_TO - _GREY_FROM)))
    return _mixed(young, colors.parse(table["grey"]), share)


def brow_color(sentence: Sentence, hair: RGB) -> RGB:
    """The brows' own color where it is said, else a darker one of the hair."""
    for thing in _all(sentence, "brows"):
        if thing.colors:
            return thing.colors[0]
    return colors.darker(hair, 0.35)


def eye_color(sentence: Sentence) -> RGB:
    table = lexicon.read("face")["eye_color"]
    for thing in reversed(_all(sentence, "eyes")):
        for name, color in _named(thing):
            if name in table:
                return colors.parse(table[name])
            if color is not None:
                return color
    return colors.parse(table["brown"])


def skin_color(sentence: Sentence, ancestry: str) -> RGB:
    """A human tone where the word names one ("black", "olive"), else that very color ("green")."""
    tones = {
        phrase: colors.parse(code)
        for listed, code in lexicon.read("face")["skin_color"].items()
        for phrase in lexicon.words(listed)
    }
    for thing in reversed(_all(sentence, "skin")):
        for name, color in _named(thing):
            if name in tones:
                return tones[name]
            if color is not None:
                return color
    return colors.parse(lexicon.read("face")["skin_of_ancestry"][ancestry])


def _all(sentence: Sentence, kind: str) -> list[Thing]:
    return [thing for thing in sentence.things if thing.kind == kind]


def _named(thing: Thing) -> list[tuple[str, RGB | None]]:
    """What colors it was said to have: each by name, and as a color where the name is one."""
    named: list[tuple[str, RGB | None]] = []
    for number, name in enumerate(thing.color_names):
        named.append((name, thing.colors[number] if number < len(thing.colors) else None))
    return named


def _mixed(first: RGB, second: RGB, share: float) -> RGB:
    mixed = [a + share * (b - a) for a, b in zip(first, second, strict=True)]
    return mixed[0], mixed[1], mixed[2]

# SPDX-License-Identifier: Apache-2.0
"""Hair, beard, brows, eyes and skin as a sentence tells them; defaults by sex, age, ancestry."""

from __future__ import annotations

from functools import cache

from . import colors, lexicon
from .colors import RGB
from .things import Sentence, Thing

# Ages between which hair turns grey when no word gives its color.
_GREY_FROM, _GREY_TO = 45.0, 72.0


def is_bald(thing: Thing) -> bool:
    """Whether hair was said not to be there."""
    return thing.is_negated or "bald" in _styles(thing, "style")


def hair_style(
    sentence: Sentence, is_female: bool, age_years: float, notes: list[str]
) -> str | None:
    """A style of `hair.toml`, or None for bald; of what contradicts itself the last."""
    said = _said(sentence, "hair", "style", "bald", notes)
    if said is not None:
        table = lexicon.read("hair")["style_near"]
        for phrase, style in said:
            if phrase in {near for listed in table.values() for near in lexicon.words(listed)}:
                notes.append(f'This version has no "{phrase}"; I made the hair {style}.')
        style = _resolved([style for _, style in said], "style_joined", ("short", "medium", "long"))
        if style == "fringe":
            return "long with a fringe" if is_female else "bowl cut"
        if style:
            return None if style == "bald" else style
    if age_years < 1:
        return None
    return "long" if is_female and age_years > 3 else "short"


def beard_style(sentence: Sentence, notes: list[str]) -> str | None:
    """A beard of `hair.toml`, or None for a shaven chin, as everybody has who is not said to have
    a beard."""
    said = _said(sentence, "beard", "beard", "shaven", notes)
    style = _resolved([style for _, style in said or []], "beard_joined", ("full",))
    if style == "full":
        # "A long white beard": the noun says no more than that there is one.
        table = lexicon.read("hair")["beard_adjective"]
        words = {word for thing in _all(sentence, "beard") for word in thing.styles}
        fitting = (name for name, listed in table.items() if words & set(lexicon.words(listed)))
        style = next(fitting, style)
    return None if style in ("", "shaven") else style


Said = list[tuple[str, str]]
"""Phrases and the styles that they mean, in their order."""


def _said(sentence: Sentence, kind: str, table: str, nothing: str, notes: list[str]) -> Said | None:
    """What is said of hair or a beard; None where nothing is. What says that there is none
    (`nothing`) ends what was said before, and is ended by what is said after."""
    said: Said = []
    for thing in _all(sentence, kind):
        found = [(phrase, style) for phrase in thing.styles if (style := _meant(phrase, table))]
        is_none = any(style == nothing for _, style in found)
        if thing.is_negated:
            named = {style for _, style in found}
            if is_none:
                said = [one for one in said if one[1] != nothing]
                continue
            said = [one for one in said if one[1] not in named]
            if named and kind == "hair":
                continue
            is_none, found = True, [(f"no {thing.phrase}", nothing)]
        if found and said and is_none != (said[-1][1] == nothing):
            last = found[-1][0]
            notes.append(f'"{said[-1][0]}" and "{last}" exclude each other; I took "{last}".')
        if found and (is_none or (said and said[-1][1] == nothing)):
            said = []
        said += found
    return said or None


def _resolved(styles: list[str], joined: str, plain: tuple[str, ...]) -> str:
    """The one style that several words mean: a joined one where all its parts are said, else the
    last that says more than the `plain` ones do."""
    for style, listed in lexicon.read("hair")[joined].items():
        if set(lexicon.words(listed)) <= set(styles):
            return str(style)
    telling = [style for style in styles if style not in plain]
    return (telling or styles or [""])[-1]


def _styles(thing: Thing, table: str) -> set[str]:
    return {_meant(phrase, table) for phrase in thing.styles}


def _meant(phrase: str, table: str) -> str:
    """The style that a phrase means, "" for a word that tells none; nouns before adjectives."""
    return _meanings(table).get(phrase, "")


@cache
def _meanings(table: str) -> dict[str, str]:
    source = lexicon.read("hair")
    tables = (source[table], source.get(f"{table}_near", {}), source.get(f"{table}_noun", {}))
    return {
        phrase: style
        for listed in tables
        for style, words in listed.items()
        for phrase in lexicon.words(words)
    }


def beard_color(sentence: Sentence, hair: RGB) -> RGB:
    """What the words say; else the hair's."""
    return _said_color(sentence, "beard") or hair


def hair_color(sentence: Sentence, ancestry: str, age_years: float, notes: list[str]) -> RGB:
    """What the words say; else the ancestry's, greyer with age."""
    said = _said_color(sentence, "hair")
    if said is not None:
        return said
    table = lexicon.read("hair")["hair_color"]
    young = colors.parse(lexicon.read("hair")["hair_of_ancestry"][ancestry])
    share = min(1.0, max(0.0, (age_years - _GREY_FROM) / (_GREY_TO - _GREY_FROM)))
    return _mixed(young, colors.parse(table["grey"]), share)


def _said_color(sentence: Sentence, kind: str) -> RGB | None:
    table = lexicon.read("hair")["hair_color"]
    for thing in reversed(_all(sentence, kind)):
        for name, color in _named(thing):
            if name in table:
                return colors.parse(table[name])
            if color is not None:
                return color
            if name == "dark":
                return colors.parse(table["dark brown"])
            if name in ("light", "fair"):
                return colors.parse(table["blonde"])
    return None


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

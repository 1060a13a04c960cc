# SPDX-License-Identifier: Apache-2.0
"""What a prompt says of face and skin: moods, features, make-up, scars, tattoos."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Any

from ...kit.body import DEFAULT_EXPRESSION
from . import colors, lexicon, tokens
from .colors import RGB
from .lexicon import Found

BROW_NOUNS = "eyebrows, eyebrow, brows, brow, browed, eyebrowed"
_SIDES = ("left", "right")
_STRONGEST = 1.5
"""Degree of a feature beyond which its shape breaks."""
_REACH = 6
"""Words after a mark among which its place is looked for ("a scar across the left cheek")."""


@dataclass(frozen=True)
class Mark:
    """Something on the skin: make-up, a tattoo, a scar, freckles; `kind` and `design` are those of
    `face.toml`, `place` is one of its places, after "left" or "right" where the words say so."""

    kind: str
    color: RGB | None = None
    place: str = ""
    design: str = ""


@dataclass(frozen=True)
class FaceReading:
    """`mood` holds facial actions, None where no word tells one; `brow_style` is "" where unsaid;
    `features` are the body's; `places` are the tokens that were understood, `shared` those of them
    that mean more than the face ("clown")."""

    mood: Mapping[str, float] | None = None
    marks: tuple[Mark, ...] = ()
    brow_style: str = ""
    features: Mapping[str, float] = field(default_factory=dict)
    places: frozenset[int] = frozenset()
    shared: frozenset[int] = frozenset()


def read_face(listed: list[str]) -> FaceReading:
    """What the tokens of a prompt say of face and skin."""
    shapes = lexicon.find(listed, _feature_phrases())
    brows = lexicon.find(listed, _brow_phrases(), _span(shapes))
    taken = _span(shapes) | _span(brows)
    marks = lexicon.find(listed, _mark_phrases(), taken)
    moods = lexicon.find(listed, _mood_phrases(), taken | _span(marks))
    read = [_mark(listed, one) for one in marks]
    taken |= _span(moods).union(*(span for _, span in read))
    unwanted = _unwanted(listed, marks)
    found = (mark for mark, _ in read if mark is not None and mark.kind not in unwanted)
    styles = [one.meaning for one in brows if not lexicon.is_negated(listed, one.start, _never)]
    creatures = lexicon.find(listed, _creature_phrases())
    return FaceReading(
        mood=_mood(listed, moods),
        marks=tuple(dict.fromkeys(found)),
        brow_style=styles[-1] if styles else "",
        features=_features(listed, creatures + shapes),
        places=frozenset(taken),
        shared=frozenset(_span([one for one in marks if one.meaning.is_shared])),
    )


def _span(found: Iterable[Found[Any]]) -> set[int]:
    return {place for one in found for place in range(one.start, one.end)}


def mark_words() -> list[str]:
    """The nouns for marks, which colors may stand before: "red lipstick"."""
    return [
        phrase
        for entry in lexicon.read("face")["mark"]
        for phrase in lexicon.words(entry["words"]) + lexicon.words(entry.get("colored", ""))
    ]


def _is_crossed(word: str) -> bool:
    """Whether "not" reaches a mood over this word: "not sad, angry", "not at all happy"."""
    return word in ("at", "all") or word in _mood_phrases()


def _never(_word: str) -> bool:
    return False


def _mood(listed: list[str], found: list[Found[str]]) -> Mapping[str, float] | None:
    """The mean of all moods that are spoken of, each by its degree."""
    faces = []
    for one in found:
        name = one.meaning
        degree = lexicon.emphasis(listed, one.start)
        if lexicon.is_negated(listed, one.start, _is_crossed):
            name, degree = lexicon.read("face")["mood"][name].get("unless", ""), 1.0
        if name:
            faces.append(expression(name, degree))
    if not faces:
        return None
    actions = sorted({action for face in faces for action in face})
    return {action: sum(face.get(action, 0.0) for face in faces) / len(faces) for action in actions}


def expression(mood: str, degree: float = 1.0) -> dict[str, float]:
    """The facial actions of a mood of `face.toml`: all of it at degree 1, nearer to the usual
    expression below, and beyond, up to what each action can do."""
    usual = DEFAULT_EXPRESSION
    full = _sided(lexicon.read("face")["mood"][mood]["actions"])
    share = min(degree, 1.0)
    # What moves most is at its end soon; past it a face tears.
    strength = share if degree <= 1 else 1 + 0.4 * (min(degree, 2.0) - 1)
    return {
        action: min(1.0, (1 - share) * usual.get(action, 0.0) + strength * full.get(action, 0.0))
        for action in sorted({*full, *usual})
    }


_MIDDLE = {
    "browInnerUp", "cheekPuff", "jawOpen", "jawForward", "jawLeft", "jawRight", "mouthClose",
    "mouthFunnel", "mouthLeft", "mouthRight", "mouthPucker", "mouthRollLower", "mouthRollUpper",
    "mouthShrugLower", "mouthShrugUpper", "tongueOut",
}  # fmt: skip


def _sided(actions: Mapping[str, float]) -> dict[str, float]:
    """Every action by Anny's name: one that has sides and names none is done on both."""
    named: dict[str, float] = {}
    for action, strength in actions.items():
        is_whole = action in _MIDDLE or action.endswith(("Left", "Right"))
        for side in ("",) if is_whole else ("Left", "Right"):
            named[action + side] = strength
    return named


@cache
def _mood_phrases() -> dict[str, str]:
    return {
        phrase: name
        for name, mood in lexicon.read("face")["mood"].items()
        for phrase in lexicon.words(mood["words"])
    }


def _features(listed: list[str], found: list[Found[dict[str, float]]]) -> dict[str, float]:
    """By what was said last; a creature's nature before what is said of this one."""
    features: dict[str, float] = {}
    for one in found:
        if lexicon.is_negated(listed, one.start, _never):
            continue
        degree = min(lexicon.emphasis(listed, one.start), _STRONGEST)
        features |= {name: degree * strength for name, strength in one.meaning.items()}
    return features


@cache
def _feature_phrases() -> dict[str, dict[str, float]]:
    return {
        f"{adjective} {noun}".strip(): shape
        for nouns, shapes in lexicon.read("face")["feature"].items()
        for adjectives, shape in shapes.items()
        for adjective, noun in product(lexicon.words(adjectives), lexicon.words(nouns) or [""])
    }


@cache
def _creature_phrases() -> dict[str, dict[str, float]]:
    return {
        phrase: shape
        for listed, shape in lexicon.read("face")["feature_of"].items()
        for phrase in lexicon.words(listed)
    }


@cache
def _brow_phrases() -> dict[str, str]:
    return {
        f"{adjective} {noun}": style
        for style, listed in lexicon.read("face")["brow_style"].items()
        for adjective, noun in product(lexicon.words(listed), lexicon.words(BROW_NOUNS))
    }


@dataclass(frozen=True)
class _Entry:
    number: int
    needs_color: bool
    is_shared: bool


@cache
def _mark_phrases() -> dict[str, _Entry]:
    return {
        phrase: _Entry(number, key == "colored", key == "also")
        for number, entry in enumerate(lexicon.read("face")["mark"])
        for key in ("words", "also", "colored")
        for phrase in lexicon.words(entry.get(key, ""))
    }


def _unwanted(listed: list[str], found: list[Found[_Entry]]) -> set[str]:
    """The kinds of mark that are said not to be there; no make-up is none of any kind."""
    entries = lexicon.read("face")["mark"]
    kinds = {
        entries[one.meaning.number]["kind"]
        for one in found
        if lexicon.is_negated(listed, one.start, _is_color)
    }
    if "makeup" in kinds:
        kinds |= {entry["kind"] for entry in entries if entry.get("is_makeup")}
    return kinds


def _is_color(word: str) -> bool:
    return word in colors.named() or word in colors.modifiers()


def _mark(listed: list[str], one: Found[_Entry]) -> tuple[Mark | None, set[int]]:
    """The mark that a phrase means, None where it is said not to be there, and its tokens."""
    entry: dict[str, Any] = lexicon.read("face")["mark"][one.meaning.number]
    color, span = _color(listed, one)
    if color is None and one.meaning.needs_color:
        return None, set()
    span |= set(range(one.start, one.end))
    place, where = _place(listed, one.end)
    if lexicon.is_negated(listed, one.start, _is_color):
        return None, span | where
    if color is None and "color" in entry:
        color = colors.parse(entry["color"])
    return Mark(entry["kind"], color, place, entry.get("design", "")), span | where


def _color(listed: list[str], one: Found[Any]) -> tuple[RGB | None, set[int]]:
    """The color right before a phrase, or after it ("nails painted blue"), and its tokens."""
    known: dict[str, str] = dict.fromkeys((*colors.named(), *colors.modifiers()), "")
    before = lexicon.find(listed[: one.start], known)
    chain: list[Found[str]] = []
    end = one.start
    while before and before[-1].end == end:
        chain.insert(0, before.pop())
        end = chain[0].start
    if not chain:
        chain = _following(listed, one.end, known)
    color: RGB | None = None
    modifier = ""
    for found in chain:
        if found.phrase in colors.named():
            color = colors.named()[found.phrase]
            color = colors.changed(color, modifier) if modifier else color
        else:
            modifier = found.phrase
    if color is None:
        return None, set()
    # With the words that tie a color to what is before it.
    return color, set(range(min(chain[0].start, one.end), chain[-1].end))


def _following(listed: list[str], start: int, known: Mapping[str, str]) -> list[Found[str]]:
    """ "In dark red" or "painted red" after a phrase."""
    ties = ("in", "painted", "colored", "of", "is", "are")
    first = start
    while first < len(listed) and listed[first] in ties:
        first += 1
    if first == start:
        return []
    chain: list[Found[str]] = []
    for found in lexicon.find(listed[first:], known):
        if found.start + first != (chain[-1].end if chain else first):
            break
        chain.append(Found(found.start + first, found.end + first, found.phrase, ""))
    return chain


def _place(listed: list[str], start: int) -> tuple[str, set[int]]:
    """Where a mark is, as "left cheek", from "on the left cheek" after it."""
    end = start
    while end < min(len(listed), start + _REACH) and not tokens.is_punctuation(listed[end]):
        end += 1
    after = listed[start:end]
    if not {"on", "across", "over", "around", "under", "through", "down"} & set(after):
        return "", set()
    found = lexicon.find(after, _places())
    if not found:
        return "", set()
    first = found[0]
    side = next((word for word in after[: first.start] if word in _SIDES), "")
    place = f"{side} {first.meaning}".strip()
    return place, {start + step for step in range(first.end)}


@cache
def _places() -> dict[str, str]:
    return {
        phrase: place
        for place, listed in lexicon.read("face")["mark_place"].items()
        for phrase in lexicon.words(listed)
    }

# SPDX-License-Identifier: Apache-2.0
"""The lexicon of `verbs.toml` and `words.toml`, and how a sentence is cut into actions."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from . import limbs

FOLDER = Path(__file__).parent
NUMBER_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
JOINS = ("then", "and", "while", "after")
NUMBERS = {word: number for number, word in enumerate(NUMBER_WORDS, 1)}
LEFT_LIMB = re.compile(r"\bleft (hand|arm|fist|foot|leg|hook)\b")
STANDING = "idle"
"""Gives way to whatever else is said: "a standing jump"."""
ARTICLES = frozenset(("the", "a", "an", "his", "her", "their", "its", "my", "your", "our", "one's"))
TOKEN = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+(?:[-'][^\W\d_]+)*|[,;.!?:\n]")


@dataclass(frozen=True)
class Entry:
    """One meaning: the action it is performed by, and how."""

    name: str
    action: str
    mood: str = ""
    tempo: float = 0.0
    amount: float = 1.0
    is_reversed: bool = False
    turn: float = 0.0
    """Degrees to the left."""
    on_place: bool = False
    is_mirrored: bool = False
    """Whether left and right are exchanged when no side is said."""
    on: str = ""
    """The entry over which it is laid when nothing else is said: who carries walks."""
    seconds: float | None = None
    describe: tuple[str, ...] = ()
    instead: tuple[tuple[str, frozenset[str]], ...] = ()
    """Entries that words in the same clause make of this one."""


@dataclass(frozen=True)
class Lexicon:
    entries: dict[str, Entry]
    forms: dict[tuple[str, ...], tuple[str, Any]]
    """Words as they stand to what they are: ("action", "walk"), ("tempo", "-1.0"), ("then", "")."""
    longest: int

    def entry(self, name: str) -> Entry:
        """The entry of this name; what `limbs` reads is performed as it is called."""
        return self.entries.get(name) or Entry(name, name)


@dataclass
class Clause:
    """What one part of a sentence says; `unknown` are those of its words that no list holds."""

    entry: str = ""
    rank: int = -1
    tempo: float = 0.0
    amount: float = 1.0
    mood: str = ""
    count: int | None = None
    seconds: float | None = None
    is_backwards: bool = False
    is_mirrored: bool = False
    turn: float = 0.0
    """Degrees to the left."""
    join: str = "then"
    """How it goes with the part before: "then", "and", "while", "after", or "ing" for a second
    verb without any joining word ("sits drinking")."""
    is_at_once: bool = False
    """Whether it is said to happen at the same time as what comes before."""
    is_forwards: bool = False
    on_place: bool = False
    words: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def inflect(verb: str) -> list[str]:
    """walk: walk, walks, walking, walked; a phrase bends its first word."""
    first, *others = verb.split()
    rest = "".join(f" {word}" for word in others)
    ends = re.search(r"([aeiou]?)([aeiou])([^aeiouwxy])$", first)
    is_short = len(re.findall(r"[aeiouy]+", first)) == 1 and ends is not None and not ends[1]
    doubled = first + first[-1] if is_short else first
    if first.endswith("ie"):
        stem, past = first[:-2] + "y", first + "d"
    elif first.endswith("e") and not first.endswith(("ee", "oe")):
        stem, past = first[:-1], first + "d"
    elif re.search(r"[^aeiou]y$", first):
        stem, past = first, first[:-1] + "ied"
    else:
        stem, past = doubled, (first + "d" if first.endswith("ee") else doubled + "ed")
    if re.search(r"(s|x|z|ch|sh|o)$", first):
        third = first + "es"
    else:
        third = first[:-1] + "ies" if re.search(r"[^aeiou]y$", first) else first + "s"
    return [form + rest for form in (first, third, stem + "ing", past)]


def base_form(words: Sequence[str]) -> str:
    """ "opens an umbrella" to "open an umbrella": the first word that is a bent verb, unbent."""
    for at, word in enumerate(words):
        stems = (word[:-1], word[:-2], word[:-3], word[:-4], word[:-3] + "e", word[:-3] + "y")
        for stem in stems:
            if len(stem) > 1 and word in inflect(stem)[1:3]:
                return " ".join([stem, *words[at + 1 :]])
    return " ".join(words)


@cache
def load_lexicon() -> Lexicon:
    with (FOLDER / "verbs.toml").open("rb") as file:
        verbs = tomllib.load(file)
    with (FOLDER / "words.toml").open("rb") as file:
        others = tomllib.load(file)
    said = list(_actions(verbs)) + list(_manners(others))
    forms: dict[tuple[str, ...], tuple[str, Any]] = {}
    for text, kind, value in said:
        # What is listed first stays: nouns and phrases before the forms of verbs.
        forms.setdefault(alike(tokens(text)), (kind, value))
    entries = {name: _entry(name, entry) for name, entry in verbs.items()}
    return Lexicon(entries, forms, max(map(len, forms)))


def _actions(verbs: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name, entry in verbs.items():
        yield from ((word, "action", name) for word in entry.get("words", ()))
    for name, entry in verbs.items():
        for verb in entry.get("verbs", ()):
            yield from ((form, "action", name) for form in inflect(verb))


def _manners(others: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for kind in ("tempo", "amount", "moods", "counts", "turns"):
        for value, words in others[kind].items():
            yield from ((word, kind, value) for word in words)
    for kind, words in others["plain"].items():
        yield from ((word, kind, "") for word in words)


def _entry(name: str, written: dict[str, Any]) -> Entry:
    return Entry(
        name,
        written.get("action", name),
        written.get("mood", ""),
        float(written.get("tempo", 0.0)),
        float(written.get("amount", 1.0)),
        bool(written.get("reverse", False)),
        float(written.get("turn", 0.0)),
        bool(written.get("on_place", False)),
        bool(written.get("mirror", False)),
        written.get("on", ""),
        written.get("seconds"),
        tuple(written["describe"]) if "describe" in written else (),
        tuple((other, frozenset(words)) for other, words in written.get("with", {}).items()),
    )


def tokens(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).lower().replace("’", "'")  # noqa: RUF001
    return TOKEN.findall(plain)


def alike(words: Iterable[str]) -> tuple[str, ...]:
    """The words with one article for all: nobody shakes another head than "his" or "the"."""
    return tuple("the" if word in ARTICLES else word for word in words)


def read_clauses(text: str, lexicon: Lexicon) -> list[Clause]:
    """Cut a sentence at commas and joining words; a part of no action adds to its neighbour."""
    clauses = [Clause()]
    words = tokens(text)
    at = 0
    while at < len(words):
        taken = _number(words, at, clauses[-1])
        if taken:
            at += taken
            continue
        length, kind, value = _longest_form(words, at, lexicon)
        limb = limbs.match(words, at)
        if limb is not None and limb.length > length:
            at += limb.length
            clauses = _moving_a_limb(clauses, limb)
            continue
        if kind in JOINS:
            clauses.append(Clause(join=kind))
        else:
            if kind == "action" and _is_another(clauses[-1], value, words[at]):
                clauses.append(Clause(join="ing"))
            clauses[-1].words += words[at : at + length]
            _take(clauses[-1], kind, value, " ".join(words[at : at + length]))
        at += length
    for clause, before in zip(clauses, [Clause(), *clauses], strict=False):
        clause.entry = _specialised(clause, before, lexicon)
    return _merged(clauses)


def _moving_a_limb(clauses: list[Clause], limb: limbs.Limb) -> list[Clause]:
    """What a part of the body does goes with what the clause says already: "walks with his hands
    behind his back"; after a comma, too, where no verb of its own says that it comes next."""
    last = clauses[-1]
    if last.entry:
        return [*clauses, Clause(limb.name, 2, join="while")]
    last.entry, last.rank = limb.name, 2
    if limb.goes_along and last.join == "then" and not last.words and len(clauses) > 1:
        last.join = "while"
    return clauses


def _is_another(clause: Clause, entry: str, word: str) -> bool:
    """Whether a second verb begins another action: "sits drinking", not "goes dancing"."""
    return bool(clause.entry) and clause.entry != entry and word.endswith("ing")


def _longest_form(words: list[str], at: int, lexicon: Lexicon) -> tuple[int, str, Any]:
    for length in range(min(lexicon.longest, len(words) - at), 0, -1):
        found = lexicon.forms.get(alike(words[at : at + length]))
        if found:
            return length, *found
    return (1, "then", "") if words[at] in ",;.!?:\n" else (1, "", "")


def _number(words: list[str], at: int, clause: Clause) -> int:
    """Reads "3 times", "five seconds", "2 minutes"; returns how many words that were."""
    word = words[at]
    number = float(word) if word[0].isdecimal() and word.isascii() else NUMBERS.get(word)
    if number is None or at + 1 >= len(words):
        return 0
    unit = words[at + 1]
    if unit in ("times", "time", "x"):
        clause.count = int(min(number, 1e6))
    elif unit in ("steps", "step", "paces", "strides"):
        # Two steps are a round of a gait.
        clause.count = int(min(max(number, 1) + 1, 1e6)) // 2
        clause.entry, clause.rank = (clause.entry or "walk"), max(clause.rank, 0)
        clause.words += words[at : at + 2]
    elif unit in ("seconds", "second", "secs", "sec", "s"):
        clause.seconds = number
    elif unit in ("minutes", "minute", "min", "mins"):
        clause.seconds = 60 * number
    else:
        return 0
    return 2


def _take(clause: Clause, kind: str, value: Any, said: str) -> None:
    """Note one word or phrase; of two actions a phrase beats a word, else the first stays."""
    rank = min(len(said.split()), 2)
    if kind == "action" and (rank > clause.rank or clause.entry == STANDING):
        clause.entry, clause.rank = value, rank
    elif kind == "moods":
        clause.mood = clause.mood or value
    elif kind == "counts":
        clause.count = int(value)
    elif not kind:
        clause.unknown.append(said)
    clause.tempo += float(value) if kind == "tempo" else 0.0
    clause.amount *= float(value) if kind == "amount" else 1.0
    clause.is_backwards |= kind == "backwards"
    clause.is_forwards |= kind == "forwards"
    clause.on_place |= kind == "on_spot"
    clause.is_mirrored |= kind == "left" or (
        kind == "action" and LEFT_LIMB.search(said) is not None
    )
    clause.is_at_once |= kind == "at_once"
    if kind == "turns":
        clause.turn = float(value)


def _specialised(clause: Clause, before: Clause, lexicon: Lexicon) -> str:
    """What its words make of its action; one without an object, or with "it", has that of the
    part before: "dribbles a ball and shoots"."""
    refers_back = len(clause.words) == 1 or "it" in clause.words
    said = before.words + clause.words if refers_back else clause.words
    if clause.entry:
        for other, words in lexicon.entry(clause.entry).instead:
            if words.intersection(said):
                return other
    return clause.entry


def _merged(clauses: list[Clause]) -> list[Clause]:
    """Parts that only say how go to the action before them, or after them where there is none."""
    merged: list[Clause] = []
    waiting: list[Clause] = []
    for clause in clauses:
        if merged and _turns_about(merged[-1], clause):
            clause.entry, clause.unknown = merged[-1].entry, []
        if clause.entry or clause.unknown:
            for other in waiting:
                _add_manner(clause, other)
            waiting = []
            if clause.join == "after" and merged:
                merged.insert(len(merged) - 1, clause)
            else:
                merged.append(clause)
        elif merged:
            _add_manner(merged[-1], clause)
        else:
            waiting.append(clause)
    return merged or clauses[:1]


def _turns_about(before: Clause, clause: Clause) -> bool:
    """Whether a part names only the other direction: "walks forward and backward"."""
    others = clause.is_forwards and before.is_backwards
    return not clause.entry and (others or (clause.is_backwards and before.is_forwards))


def _add_manner(clause: Clause, other: Clause) -> None:
    clause.tempo += other.tempo
    clause.amount *= other.amount
    clause.mood = clause.mood or other.mood
    clause.count = clause.count or other.count
    clause.seconds = clause.seconds or other.seconds
    clause.turn = clause.turn or other.turn
    clause.is_backwards |= other.is_backwards
    clause.is_forwards |= other.is_forwards
    clause.is_mirrored |= other.is_mirrored
    clause.is_at_once |= other.is_at_once
    clause.on_place |= other.on_place

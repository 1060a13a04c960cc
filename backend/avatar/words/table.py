# SPDX-License-Identifier: Apache-2.0
"""The word table: dictionary words and the known phrase each is nearest to, from `wordnet.toml`.

Less sure than a lexicon, surer than the network. Made by `kinora train text --words FOLDER`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ...kit.motion.words import inflect
from . import lexicon
from .known import KINDS, Kind, meanings
from .tokens import forms

TABLE = Path(__file__).with_name("wordnet.toml")
HEADER = """\
# Words from WordNet 3.0 by the known phrase that each is nearest to; [other] are of no kind.
# Made by `kinora train text --words FOLDER`: not edited by hand.
# WordNet 3.0 Copyright 2006 by Princeton University. All rights reserved. See LICENSES/WordNet.txt.
"""


@dataclass(frozen=True)
class Nearest:
    """A dictionary's word and the known phrase that it is nearest to; `steps` lie between."""

    word: str
    kind: Kind
    phrase: str
    steps: int
    likeness: float


@cache
def added() -> dict[str, dict[Kind, str]]:
    """By word, the known phrase of each kind that it may be of; what a lexicon has lost is out."""
    source = lexicon.read(TABLE.stem)
    found: dict[str, dict[Kind, str]] = {}
    for kind in KINDS[:-1]:
        for phrase, listed in source.get(kind, {}).items():
            if kind in meanings(phrase):
                for word in lexicon.words(listed):
                    found.setdefault(word, {})[kind] = phrase
    return found


@cache
def others() -> tuple[str, ...]:
    """Ordinary words that are of no kind."""
    return tuple(lexicon.words(lexicon.read(TABLE.stem)["other"]["words"]))


def forget() -> None:
    """Read the file anew the next time: it was written."""
    for cached in (lexicon.read, added, others, _verbs):
        cached.cache_clear()


def look_up(word: str) -> dict[Kind, str]:
    """The known phrases of the word or of what it is a form of; empty where the table lacks it."""
    for form in forms(word):
        if form in added():
            return added()[form]
    verb = _verbs().get(word)
    if verb:
        return {"action": verb}
    mood = next((added()[stem] for stem in _without_ly(word) if stem in added()), {})
    return {"mood": mood["mood"]} if "mood" in mood else {}


def _without_ly(word: str) -> list[str]:
    """What an adverb is made from: "jubilantly", "gloomily"."""
    if not word.endswith("ly"):
        return []
    return [word[:-3] + "y"] if word.endswith("ily") else [word[:-2]]


@cache
def _verbs() -> dict[str, str]:
    """Forms of the table's verbs: "ambled" means what "amble" means."""
    return {
        form: phrases["action"]
        for word, phrases in added().items()
        if "action" in phrases
        for form in inflect(word)
    }


def write_table(
    nearest: Sequence[Nearest], ordinary: Iterable[str], heldout: Iterable[str], path: Path
) -> None:
    """Write the table without the words held out to measure by, whatever their form."""
    without = {form for word in heldout for form in forms(word)}
    kept = [one for one in nearest if without.isdisjoint({*forms(one.word), *inflect(one.word)})]
    lines = [HEADER]
    for kind in KINDS[:-1]:
        listed: dict[str, list[str]] = {}
        for one in kept:
            if one.kind == kind:
                listed.setdefault(one.phrase, []).append(one.word)
        lines.append(f"[{kind}]")
        lines += [f'"{phrase}" = "{", ".join(words)}"' for phrase, words in listed.items()]
        lines.append("")
    others = sorted({word for word in ordinary if without.isdisjoint(forms(word))})
    lines += ["[other]", f'words = "{", ".join(others)}"', ""]
    path.write_text("\n".join(lines), encoding="utf-8")

# SPDX-License-Identifier: Apache-2.0
"""Finds for the words of a dictionary the known phrase that each is nearest to.

WordNet says what is a kind of what; among the known phrases that are few steps away, the one whose
definition is most alike is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from ...kit.text import SentenceEncoder
from . import lexicon, people
from .known import Class, Kind
from .table import Nearest
from .tokens import forms, normalise, split
from .wordnet import HYPERNYM, HYPONYM, SIMILAR, WordNet

Floats = NDArray[np.float32]

# What of the dictionary may be of a kind: the n-th sense of a noun and all kinds of it.
NOUNS: dict[Kind, tuple[tuple[str, int], ...]] = {
    "garment": (
        ("clothing", 0), ("footwear", 1), ("armor", 0), ("spectacles", 0), ("mask", 0), ("mask", 3),
        ("jewelry", 0), ("bag", 0), ("bag", 3), ("sword", 0), ("shield", 0), ("shield", 1),
    ),
    "color": (("color", 0),),
    "material": (("fabric", 0), ("leather", 0), ("fur", 0), ("metal", 0), ("metal", 1)),
    "pattern": (("design", 3), ("design", 4)),
    "role": (("person", 0),),
    "body": (("person", 0),),
    "hair": (("hairdo", 0), ("beard", 0)),
}  # fmt: skip
# The groups of adjectives, each by the n-th sense of the word at its head.
ADJECTIVES: dict[Kind, str] = {
    "color": "chromatic 2, achromatic 0",
    "pattern": "patterned 0",
    "hair": "curly 0, hairless 0, blond 0, shaven 0, untidy 0, straight 2, hairy 0, brunet 0",
    "body": """thin 1, fat 0, large 0, old 0, small 0, robust 0, short 2, tall 0, young 0,
shapely 0, graceful 0, strong 0, unshapely 0, weak 0, frail 0, powerful 0, beautiful 0,
awkward 1, ugly 0, malnourished 0, unfit 1, delicate 0, active 4, fatty 0""",
    "mood": """afraid 0, tired 0, joyous 0, angry 0, intoxicated 0, excited 1, sorrowful 0, sad 0,
dejected 0, happy 0, unhappy 0, cheerful 0, elated 0, proud 0, bold 0, confident 0, troubled 0,
energetic 0, lively 0, displeased 0, diffident 1, lethargic 0, exhausted 1, injured 0, playful 0,
joyful 0, agitated 0, asleep 0""",
}
# WordNet's files of verbs: body, competition, consumption, contact, creation, motion.
VERB_TOPICS = frozenset({29, 33, 34, 35, 36, 38})
TOO_GENERAL = frozenset(
    lexicon.words(
        """person, adult, individual, human, somebody, someone, body, figure, character, people,
male, female, worker, clothing, model, medium, average, metallic, nude, multicolored, rainbow,
skin color, fighter, hairdo, haired, haircut, hairstyle, patterned, hair"""
    )
)
"""Phrases that dictionary words are nearer to than they are like."""
UNWELCOME = re.compile(
    r"slur|offensive|obscene|vulgar|derogatory|disparag|prostitut|sexual|nazi|ethnic|excrement"
)
FARTHEST = {"n": 3, "a": 2, "v": 2}
RAREST = 2
"""A word is passed over where the sense in question is not among its three commonest."""
LEAST_LIKENESS = {0: -1.0, 1: 0.33, 2: 0.42, 3: 0.52}
"""How alike the definitions must be, by steps."""
COLORED_TOPICS = frozenset({13, 20, 27})
"""WordNet's files of food, plants and substances, whose definitions may tell a color."""
BASIC_COLORS = frozenset(
    lexicon.words(
        """red, orange, yellow, green, blue, purple, violet, pink, brown, black, white, grey, tan,
scarlet, crimson, golden, silver, turquoise, lavender, beige, maroon"""
    )
)
STEP = 0.08
"""What a step costs beside the likeness of the definitions."""


def derive(
    wordnet: WordNet, classes: Iterable[Class], encoder: SentenceEncoder
) -> tuple[Nearest, ...]:
    """The nearest known phrase of every single word that has one, by kind."""
    listed = tuple(classes)
    glosses = _Glosses(wordnet, encoder)
    found: dict[tuple[str, Kind], Nearest] = {}
    for part, kind, domain in _domains(wordnet):
        anchors = _anchors(wordnet, domain, [one for one in listed if one.kind == kind], part)
        if (part, kind) == ("n", "body"):  # of people only where they come from
            anchors = {key: name for key, name in anchors.items() if name in _ancestries()}
            domain = wordnet.below(anchors)
        for near in _near(wordnet, domain, anchors, (part, kind), glosses):
            known = found.get((near.word, kind))
            if known is None or _merit(near) > _merit(known):
                found[near.word, kind] = near
    for near in _colored(wordnet):
        found.setdefault((near.word, "color"), near)
    said = {(phrase, one.kind) for one in listed for phrase in one.phrases}
    new = (near for key, near in found.items() if key not in said)
    return tuple(sorted(new, key=lambda one: (one.kind, one.phrase, one.word)))


def _ancestries() -> set[str]:
    return {phrase for phrase, trait in people.traits().items() if trait.ancestry}


def _merit(near: Nearest) -> float:
    return near.likeness - STEP * near.steps


def _domains(wordnet: WordNet) -> Iterator[tuple[str, Kind, set[str]]]:
    for kind, roots in NOUNS.items():
        yield "n", kind, wordnet.below([wordnet.senses[f"n {word}"][n] for word, n in roots])
    for kind, heads in ADJECTIVES.items():
        group = set()
        for word, sense in (head.split() for head in heads.split(",")):
            head = wordnet.senses[f"a {word}"][int(sense)]
            group |= {head, *wordnet.linked(head, SIMILAR)}
        yield "a", kind, group
    verbs = {
        key
        for key, synset in wordnet.synsets.items()
        if key[0] == "v" and synset.topic in VERB_TOPICS
    }
    yield "v", "action", verbs


def _anchors(wordnet: WordNet, domain: set[str], classes: list[Class], part: str) -> dict[str, str]:
    """The known phrase of each synset that holds one; the phrase's commonest sense, no other."""
    anchors: dict[str, tuple[int, str]] = {}
    for one in classes:
        for phrase in one.phrases:
            if phrase in TOO_GENERAL:
                continue
            for form in forms(phrase):
                senses = wordnet.senses.get(f"{part} {form}", ())
                inside = [key for key in senses if key in domain]
                if inside and (part != "v" or senses.index(inside[0]) <= RAREST):
                    rank = senses.index(inside[0])
                    anchors[inside[0]] = min((rank, phrase), anchors.get(inside[0], (99, "")))
                    break
    return {key: phrase for key, (_, phrase) in anchors.items()}


def _near(
    wordnet: WordNet,
    domain: set[str],
    anchors: dict[str, str],
    of: tuple[str, Kind],
    glosses: _Glosses,
) -> Iterator[Nearest]:
    part, kind = of
    reached = {key: _within(wordnet, key, anchors, domain, FARTHEST[part]) for key in domain}
    reached = {key: places for key, places in reached.items() if places}
    glosses.learn([*reached, *anchors])
    for key, places in reached.items():
        synset = wordnet.synsets[key]
        if UNWELCOME.search(synset.gloss):
            continue
        scored = [(glosses.likeness(key, other) - STEP * steps, other) for other, steps in places]
        _, best = max(scored)
        steps = dict(places)[best]
        likeness = glosses.likeness(key, best)
        if likeness < LEAST_LIKENESS[steps]:
            continue
        for word in synset.words:
            if _is_plain(word) and wordnet.rank(word, key) <= RAREST:
                yield Nearest(normalise(word), kind, anchors[best], steps, likeness)


def _is_plain(word: str) -> bool:
    return word.isascii() and word.isalpha() and len(word) > 2


def _within(
    wordnet: WordNet, start: str, anchors: dict[str, str], domain: set[str], farthest: int
) -> list[tuple[str, int]]:
    """The anchors few steps away: up, then down; never down and up again, which leads anywhere."""
    found: list[tuple[str, int]] = []
    waiting = [(start, 0, False)]
    seen = {start}
    for key, steps, is_down in waiting:
        if key in anchors:
            found.append((key, steps))
            continue
        for symbol in (HYPONYM,) if is_down else (HYPERNYM, HYPONYM, SIMILAR):
            for other in wordnet.linked(key, symbol) if steps < farthest else ():
                if other in domain and other not in seen:
                    seen.add(other)
                    waiting.append((other, steps + 1, is_down or symbol == HYPONYM))
    return found


def _colored(wordnet: WordNet) -> Iterator[Nearest]:
    """ "Persimmon: orange fruit": things whose definition names one color and no other."""
    for key, synset in wordnet.synsets.items():
        if key[0] == "n" and synset.topic in COLORED_TOPICS:
            named = BASIC_COLORS & set(split(normalise(synset.gloss.partition('"')[0])))
            if len(named) == 1:
                for word in synset.words:
                    if _is_plain(word) and wordnet.rank(word, key) <= 1:
                        yield Nearest(word, "color", min(named), 2, 0.5)
                        break


def ordinary(wordnet: WordNet, others: int) -> tuple[str, ...]:
    """Words in use that are of no kind of ours, evenly from the whole dictionary."""
    ours = {key for _, _, domain in _domains(wordnet) for key in domain}
    found = set()
    for entry, keys in wordnet.senses.items():
        _, _, word = entry.partition(" ")
        if _is_plain(word) and entry in wordnet.used and not ours & set(keys):
            found.add(word)
    listed = sorted(found)
    return tuple(listed[:: max(1, len(listed) // others)])


class _Glosses:
    """Vectors of definitions, made once for each."""

    def __init__(self, wordnet: WordNet, encoder: SentenceEncoder) -> None:
        self.wordnet = wordnet
        self.encoder = encoder
        self.vectors: dict[str, Floats] = {}

    def learn(self, keys: Iterable[str]) -> None:
        new = [key for key in dict.fromkeys(keys) if key not in self.vectors]
        texts = []
        for key in new:
            synset = self.wordnet.synsets[key]
            texts.append(f"{synset.words[0]}: {synset.gloss.partition(';')[0]}"[:160])
        self.vectors.update(zip(new, self.encoder.encode(texts), strict=True) if new else ())

    def likeness(self, first: str, second: str) -> float:
        return float(self.vectors[first] @ self.vectors[second])

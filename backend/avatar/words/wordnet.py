# SPDX-License-Identifier: Apache-2.0
"""Reads a WordNet database: words, their senses in order of use, and how these hang together."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from ....shared.errors import BadOptionError

FILES = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
HYPERNYM, HYPONYM, SIMILAR = "@", "~", "&"


@dataclass(frozen=True)
class Synset:
    """Words of one meaning; `links` are (symbol, key of another), `topic` WordNet's file."""

    key: str
    topic: int
    words: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    gloss: str


@dataclass(frozen=True)
class WordNet:
    """Synsets by key ("n03051540"); the keys of a word's senses by "n dog", the commonest first;
    `used` are those words that WordNet's makers met in texts."""

    synsets: dict[str, Synset]
    senses: dict[str, tuple[str, ...]]
    used: frozenset[str]

    def rank(self, word: str, key: str) -> int:
        """0 where this is the word's commonest sense in its part of speech."""
        return self.senses[f"{key[0]} {word}"].index(key)

    def linked(self, key: str, symbols: Collection[str]) -> Iterator[str]:
        for symbol, other in self.synsets[key].links:
            if symbol in symbols:
                yield other

    def below(self, roots: Collection[str]) -> set[str]:
        """The roots' synsets and all that are kinds of them; named single things are left out."""
        found = set(roots)
        waiting = deque(roots)
        while waiting:
            for key in self.linked(waiting.popleft(), HYPONYM):
                if key not in found:
                    found.add(key)
                    waiting.append(key)
        return found


def read_wordnet(folder: Path) -> WordNet:
    """Read the `data.*` and `index.*` files of WordNet 3. Raises BadOptionError."""
    synsets: dict[str, Synset] = {}
    senses: dict[str, tuple[str, ...]] = {}
    used: set[str] = set()
    try:
        for part, name in FILES.items():
            for line in _lines(folder / f"data.{name}"):
                synset = _synset(line, part)
                synsets[synset.key] = synset
            for line in _lines(folder / f"index.{name}"):
                fields = line.split()
                count = int(fields[2])
                keys = tuple(part + offset for offset in fields[-count:])
                senses[f"{part} {_word(fields[0])}"] = keys
                if int(fields[-count - 1]):
                    used.add(f"{part} {_word(fields[0])}")
    except (OSError, ValueError, IndexError) as error:
        raise BadOptionError(
            f"{folder} holds no WordNet database ({error}).",
            "Give the folder with data.noun and index.noun; Debian's wordnet-base has it.",
            "words",
        ) from error
    return WordNet(synsets, senses, frozenset(used))


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if not line.startswith("  "):  # the licence, at the top
                yield line


def _synset(line: str, part: str) -> Synset:
    head, _, gloss = line.partition("|")
    fields = head.split()
    count = int(fields[3], 16)
    words = tuple(_word(word) for word in fields[4 : 4 + 2 * count : 2])
    at = 4 + 2 * count
    links = tuple(
        (fields[place], fields[place + 2].replace("s", "a") + fields[place + 1])
        for place in range(at + 1, at + 1 + 4 * int(fields[at]), 4)
    )
    return Synset(part + fields[0], int(fields[1]), words, links, gloss.strip())


def _word(written: str) -> str:
    """Lower case, spaces for joints; the place of an adjective, as in "galore(ip)", left out."""
    plain = written.partition("(")[0].lower()
    return plain.replace("_", " ").replace("-", " ")

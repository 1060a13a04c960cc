# SPDX-License-Identifier: Apache-2.0
"""What the trained encoder makes of words that no training caption held: how sure it may be.

A word of a body is understood when the codebook's body that ranks first for it differs from the
average as the word says; a color, when the nearest of twelve plain colors, as the encoder reads
them, is the one nearest in Lab; a garment, when it is among the first three of all garments. Words
are those held out of training and a dictionary's (`words/wordnet.toml`), which no lexicon holds.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ...kit.encoders.encoder import Encoder
from ...kit.text import SentenceEncoder
from .. import certainty
from ..certainty import Known
from ..ranking.codebook import ADULT, AXES, Codebook
from ..ranking.scores import scores, wish
from ..scenes import hues
from ..scenes.things import nouns
from ..words import colors, people, table, tokens
from ..words.known import Kind, meanings
from ..words.vocabulary import vocabulary

Floats = NDArray[np.float32]

LEAST_LEVEL = 1.4
"""Of a word of bodies: milder ones are not told by pictures."""
RIDGE = 1.0
FOLDS = 5
BINS = (0.0, 0.35, 0.5, 0.65, 0.8, 1.01)


@dataclass(frozen=True)
class Trial:
    """A word of a kind, whether a training caption held it, and whether it was understood."""

    word: str
    kind: str
    is_trained: bool
    is_right: bool


def trained_words(captions: Iterable[str]) -> tuple[str, ...]:
    """The words of training captions."""
    listed = (word for text in captions for word in tokens.split(tokens.normalise(text)))
    return tuple(sorted({word for word in listed if word.isalpha()}))


def trials(encoder: Encoder, codebook: Codebook, known: Known) -> list[Trial]:
    """Every word whose meaning a lexicon or the dictionary tells."""
    ways = {"body": _bodies, "color": _colors, "garment": _garments}
    return [
        Trial(word, kind, certainty.is_trained(word, known), is_right)
        for kind, way in ways.items()
        for word, is_right in way(encoder, codebook)
    ]


def _words_of(kind: Kind) -> Iterator[tuple[str, str]]:
    """Single words and the known phrase that each stands for: itself, or the dictionary's."""
    for phrase in (*vocabulary(), *colors.named(), *people.traits()):
        if " " not in phrase and kind in meanings(phrase):
            yield phrase, phrase
    for word, phrases in table.added().items():
        if kind in phrases and " " not in word and not meanings(word):
            yield word, phrases[kind]


def _bodies(encoder: Encoder, codebook: Codebook) -> Iterator[tuple[str, bool]]:
    for word, phrase in dict(_words_of("body")).items():
        levels = people.traits()[phrase].levels
        axis = max(AXES, key=lambda name: abs(levels.get(name, 0.0)))
        level = levels.get(axis, 0.0)
        if abs(level) >= LEAST_LEVEL:
            moved = [_first(encoder, codebook, word, sex)[AXES.index(axis)] for sex in (0, 1)]
            yield word, sum(moved) * level > 0


def _first(encoder: Encoder, codebook: Codebook, word: str, sex: int) -> list[float]:
    """The levels of the adult who ranks first for a word."""
    noun = ("man", "woman")[sex]
    asked = wish(encoder, f"a {word} {noun}", f"a {noun}").direction.cpu()
    adults = (codebook.female == bool(sex)) & (codebook.ages == ADULT)
    ranks = scores(codebook.seen[adults], codebook.neutral(bool(sex)), asked)
    levels: list[float] = codebook.levels[adults][int(ranks.argmax())].tolist()
    return levels


def _colors(encoder: Encoder, _codebook: Codebook) -> Iterator[tuple[str, bool]]:
    listed = {word: phrase for word, phrase in _words_of("color") if word not in hues.TWELVE}
    plain = _vectors(encoder, [f"a {name} shirt" for name in hues.TWELVE])
    lab = hues.to_lab(np.array([colors.named()[phrase] for phrase in listed.values()]))
    wanted = hues.nearest_of_twelve(lab)
    found = (_vectors(encoder, [f"a {word} shirt" for word in listed]) @ plain.T).argmax(1)
    yield from zip(listed, (found.numpy() == wanted).tolist(), strict=True)


def _garments(encoder: Encoder, _codebook: Codebook) -> Iterator[tuple[str, bool]]:
    listed = dict(_words_of("garment"))
    table_of = nouns()
    names = [name for row, name in enumerate(table_of.names) if table_of.is_trained[row]]
    made = [meanings(name).get("garment", "") for name in names]
    worn = _vectors(encoder, [f"a person wearing {name}" for name in names])
    likeness = _vectors(encoder, [f"a person wearing {word}" for word in listed]) @ worn.T
    for (word, phrase), row in zip(listed.items(), likeness.numpy(), strict=True):
        meant = meanings(phrase)["garment"]
        firsts: list[str] = []
        for place in np.argsort(-row):
            if names[place] != word and made[place] and made[place] not in firsts:
                firsts.append(made[place])
            if len(firsts) == 3:
                break
        yield word, meant in firsts


def _vectors(encoder: Encoder, sentences: Sequence[str]) -> Tensor:
    return encoder.encode_text(sentences).vectors.float().cpu()


def fitted(inputs: Floats, right: NDArray[np.bool_]) -> Floats:
    """(3,) slopes of the odds by Newton's method, held a little towards none."""
    slopes = np.zeros(inputs.shape[1])
    weight = np.array([0.0, RIDGE, RIDGE])
    for _ in range(30):
        share = 1 / (1 + np.exp(-inputs @ slopes))
        pull = inputs.T @ (right - share) - weight * slopes
        curve = (inputs * (share * (1 - share))[:, None]).T @ inputs + np.diag(weight + 1e-6)
        slopes = slopes + np.linalg.solve(curve, pull)
    return slopes.astype(np.float32)


@dataclass(frozen=True)
class Reliability:
    """Of each bin: least share said, count, mean share said, share that was right."""

    rows: tuple[tuple[float, int, float, float], ...]
    error: float
    """Mean distance between said and right, by count."""


def reliability(inputs: Floats, right: NDArray[np.bool_], rate: float) -> Reliability:
    """Each word is judged by slopes that were fitted without it."""
    fold = np.random.default_rng(0).permutation(len(right)) % FOLDS
    said = np.zeros(len(right))
    for number in range(FOLDS):
        slopes = fitted(inputs[fold != number], right[fold != number])
        said[fold == number] = 1 / (1 + np.exp(-inputs[fold == number] @ slopes))
    said = np.minimum(said, rate)
    rows = []
    for low, high in itertools.pairwise(BINS):
        mine = (said >= low) & (said < high)
        if mine.any():
            rows.append((low, int(mine.sum()), float(said[mine].mean()), float(right[mine].mean())))
    error = sum(count * abs(mean - share) for _, count, mean, share in rows) / len(right)
    return Reliability(tuple(rows), error)


def calibrated(
    encoder: Encoder, codebook: Codebook, words: tuple[str, ...], reader: SentenceEncoder
) -> tuple[Known, Reliability, list[Trial]]:
    """What `certainty.py` needs, how reliable it is, and the words it was learnt from."""
    vectors = reader.encode(list(words))
    blank = Known(words, vectors, 1.0, np.zeros(3, np.float32))
    found = trials(encoder, codebook, blank)
    rate = float(np.mean([trial.is_right for trial in found if trial.is_trained]))
    strange = [trial for trial in found if not trial.is_trained]
    inputs = certainty.features([trial.word for trial in strange], blank, reader)
    right = np.array([trial.is_right for trial in strange])
    known = Known(words, vectors, rate, fitted(inputs, right))
    return known, reliability(inputs, right, rate), found

# SPDX-License-Identifier: Apache-2.0
"""Measures the text head: known words, words held out, what belongs to what, bodies, time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from ...kit.text import SentenceEncoder
from . import head as reader
from . import heldout, table, tokens
from .captions import Caption, Pool, Writer
from .heldout import HeldOut
from .known import KINDS, Kind, classes, meanings
from .likeness import ENOUGH, likeness
from .network import TextHead, run

FRAMES: dict[Kind, tuple[str, ...]] = {
    "garment": ("a woman wearing a *", "a man with a red * and black boots", "she has a * on"),
    "color": ("a man in a * shirt", "a * dress and white shoes", "black boots and * trousers"),
    "shade": ("a man in a * red shirt",),
    "pattern": ("a woman in a * dress", "a blue * shirt"),
    "material": ("a * jacket", "a man in a * coat and black boots"),
    "role": ("a *", "a tall * with a hat", "he is a *"),
    "body": ("a * woman", "a very * old man", "he is *"),
    "action": ("he starts to *", "a man likes to *"),
    "hair": ("a girl with * hair", "she has * hair"),
    "mood": ("a * man", "he walks and looks *"),
    "other": ("a * in the park", "a man with a * and a blue hat"),
}
"""Sentences round a word, of each kind; plain, so that much is left to the word."""
PAIRS = 100


def report(head: TextHead, encoder: SentenceEncoder, console: Console) -> None:
    """Print what the head reaches, each figure with the number of cases behind it."""
    rows = Table("words", *KINDS, "all")
    known_words = by_kind(_of_captions(head, encoder))
    rows.add_row("known, in new captions", *_cells(known_words))
    alone = by_kind(judged(heldout.held_out(), lambda words, at: _alone(words, at, encoder)))
    rows.add_row("held out, however unsure", *_cells(alone))
    whole = by_kind(judged(heldout.held_out(), lambda words, at: _read(words, at, encoder)))
    rows.add_row("held out, where sure", *_cells(whole))
    console.print(rows)
    right, cases = binding(encoder)
    console.print(f"Binding: {right} of {cases} pairs in both orders.")
    console.print(f"A sentence of 20 words: {1000 * seconds(encoder):.0f} ms.")


Judged = Iterable[tuple[Kind, bool]]


def by_kind(cases: Judged) -> dict[Kind, tuple[int, int]]:
    """(right, cases) by kind."""
    found: dict[Kind, tuple[int, int]] = {}
    for kind, is_right in cases:
        right, count = found.get(kind, (0, 0))
        found[kind] = (right + is_right, count + 1)
    return found


def _cells(found: dict[Kind, tuple[int, int]]) -> list[str]:
    listed = [found.get(kind, (0, 0)) for kind in KINDS]
    listed.append((sum(right for right, _ in listed), sum(count for _, count in listed)))
    return [f"{100 * right / count:.0f} % of {count}" if count else "" for right, count in listed]


def judged(
    words: Sequence[HeldOut], answer: Callable[[list[str], int], tuple[Kind, str]]
) -> Judged:
    """Whether each word, in each of its kind's frames, is read as something that is right."""
    for one in words:
        for frame in FRAMES[one.kind]:
            listed = tokens.split(tokens.normalise(frame))
            place = tokens.split(tokens.normalise(frame.replace("*", "xyzzy"))).index("xyzzy")
            listed.insert(place, one.word)
            kind, phrase = answer(listed, place)
            yield one.kind, kind == one.kind and is_right(one.kind, phrase, one.right)


def is_right(kind: Kind, phrase: str, right: Sequence[str]) -> bool:
    """Whether the phrase means what one of the right ones does, or nearly."""
    if kind == "other":
        return True
    index = {(one.kind, one.meaning): number for number, one in enumerate(classes())}
    said = index[kind, meanings(phrase)[kind]]
    return any(_alike()[said, index[kind, meanings(one)[kind]]] >= ENOUGH for one in right)


@cache
def _alike() -> NDArray[np.float32]:
    return likeness(classes())


def _read(listed: list[str], place: int, encoder: SentenceEncoder) -> tuple[Kind, str]:
    guess = reader.read_unknown(listed, [place], encoder).get(place)
    return ("other", "") if guess is None else (guess.kind, guess.known)


def _alone(listed: list[str], place: int, encoder: SentenceEncoder) -> tuple[Kind, str]:
    guess = reader.by_network(listed, place, encoder)
    return ("other", "") if guess is None else (guess.kind, guess.known)


def _of_captions(head: TextHead, encoder: SentenceEncoder, count: int = 120) -> Judged:
    """Every named word of captions never trained on, with words of the lexicons only."""
    pool = Pool(head.classes, {}, table.others())
    writer = Writer(pool, np.random.default_rng(99), typos=0.0)
    for caption in [writer.caption() for _ in range(count)]:
        yield from _words_of(caption, head, encoder)


def _words_of(caption: Caption, head: TextHead, encoder: SentenceEncoder) -> Judged:
    listed = [word.text for word in caption.words]
    output = run(head, encoder.word_states([listed])[0])
    for place, word in enumerate(caption.words):
        kind = KINDS[int(output.kinds[place].argmax())]
        if word.number < 0:
            if word.kind == "other":
                yield "other", kind == "other"
            continue
        number, _ = reader.best(head, output.classes[place], word.kind)
        yield word.kind, kind == word.kind and bool(head.alike[number, word.number] >= ENOUGH)


def binding(encoder: SentenceEncoder, count: int = PAIRS) -> tuple[int, int]:
    """Pairs "a red shirt and blue trousers" read right by the network alone, both ways round."""
    random = np.random.default_rng(5)
    hues = ("red", "blue", "green", "yellow", "black", "white", "pink", "orange", "brown", "purple")
    things = {
        "top": "shirt",
        "bottom": "trousers",
        "feet": "boots",
        "head": "hat",
        "hands": "gloves",
    }
    right = 0
    for _ in range(count):
        first, second = random.choice(list(things), 2, replace=False)
        one, other = random.choice(hues, 2, replace=False)
        ways = ((one, other), (other, one))
        right += all(
            _colors(f"a man in a {a} {things[first]} and {b} {things[second]}", encoder)
            == {first: a, second: b}
            for a, b in ways
        )
    return right, count


def _colors(sentence: str, encoder: SentenceEncoder) -> dict[str, str]:
    worn = reader.describe(sentence.split(), encoder).worn
    return {part: str(said["color"].value) for part, said in worn.items() if "color" in said}


def seconds(encoder: SentenceEncoder) -> float:
    """The median time to describe a sentence of twenty words."""
    sentence = (
        "a very tall muscular old pirate in a dark red striped shirt and blue jeans walks slowly "
        "with black leather boots"
    )
    listed = sentence.split()
    times = []
    for _ in range(9):
        start = time.perf_counter()
        reader.describe(listed, encoder)
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]

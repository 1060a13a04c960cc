# SPDX-License-Identifier: Apache-2.0
"""Trains the text head on captions of the grammar: `kinora train text`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from ....shared.errors import StorageError
from ...kit.text import SentenceEncoder, load_sentence_encoder
from . import heldout, measure, network, table, thesaurus
from .captions import Caption, Pool, Writer
from .encoding import word_states
from .known import KINDS, PARTS, Class, classes, meanings
from .likeness import likeness
from .model import Net, Said
from .network import BODY, WEIGHTS, TextHead
from .wordnet import read_wordnet

Floats = NDArray[np.float32]

CAPTIONS = 14_000
ROUNDS = 13
SHARED = 0.3
BATCH = 64
RATE = 2e-3
CALIBRATION_SHARE = 12
"""One of so many words of the table is kept from training, to set the warmth by."""
CALIBRATION_CAPTIONS = 600


def main(words: Path | None = None, output: Path = WEIGHTS, captions: int = CAPTIONS) -> None:
    """Train, save to `output`, print what it reaches; with `words`, the folder of a WordNet
    database, make the word table first. Raises BadOptionError, StorageError."""
    console = Console()
    encoder = load_sentence_encoder()
    try:
        if words is not None:
            make_table(words, encoder)
        network.save_head(train(encoder, captions), output)
    except OSError as error:
        raise StorageError(f"{output.parent} cannot be written to ({error}).") from error
    network.load_head.cache_clear()
    console.print(f"{output.name}: {output.stat().st_size / 1e6:.1f} MB")
    measure.report(network.load_head(output), encoder, console)


def make_table(folder: Path, encoder: SentenceEncoder) -> None:
    """Write the word table anew from the WordNet database in `folder`."""
    wordnet = read_wordnet(folder)
    nearest = thesaurus.derive(wordnet, classes(), encoder)
    ordinary = thesaurus.ordinary(wordnet, 3000)
    table.write_table(nearest, ordinary, heldout.words(), table.TABLE)
    table.forget()


@dataclass(frozen=True, eq=False)
class Examples:
    """Captions as arrays, the words of all behind each other; `starts` (N + 1) parts them."""

    inputs: NDArray[np.float16]
    starts: NDArray[np.int64]
    kinds: NDArray[np.int64]
    numbers: NDArray[np.int64]
    parts: NDArray[np.int64]
    denied: Floats
    body: Floats
    is_said: Floats
    sex: NDArray[np.int64]


def pools(listed: tuple[Class, ...]) -> tuple[Pool, Pool]:
    """The words to train with, and those of the table that are kept to calibrate with."""
    index = {(one.kind, phrase): n for n, one in enumerate(listed) for phrase in one.phrases}
    trained: dict[int, list[str]] = {}
    kept: dict[int, list[str]] = {}
    for place, (word, phrases) in enumerate(sorted(table.added().items())):
        to = kept if place % CALIBRATION_SHARE == 0 else trained
        for kind, phrase in phrases.items():
            to.setdefault(index[kind, phrase], []).append(word)
    return Pool(listed, trained, table.others()), Pool(listed, kept, table.others())


def examples(captions: list[Caption], encoder: SentenceEncoder) -> Examples:
    """Labels of the captions, and what the sentence encoder makes of their words."""
    states = word_states(encoder, [[word.text for word in one.words] for one in captions])
    words = [word for one in captions for word in one.words]
    persons = [one.person for one in captions]
    body = np.zeros((len(captions), len(BODY)), np.float32)
    is_said = np.zeros_like(body)
    for row, person in enumerate(persons):
        age = {} if person.age is None else {"age": float(np.log1p(person.age))}
        for axis, value in {**person.levels, **age}.items():
            body[row, BODY.index(axis)] = value
            is_said[row, BODY.index(axis)] = 1
    return Examples(
        np.concatenate(states).astype(np.float16),
        np.cumsum([0, *(len(one.words) for one in captions)]),
        np.array([KINDS.index(word.kind) for word in words]),
        np.array([word.number for word in words]),
        np.array([PARTS.index(word.part) for word in words]),
        np.array([word.is_negated for word in words], np.float32),
        body,
        is_said,
        np.array([{True: 0, False: 1, None: 2}[person.female] for person in persons]),
    )


def train(encoder: SentenceEncoder, captions: int) -> TextHead:
    """Train on so many captions; the same lexicons and table give the same head."""
    torch.manual_seed(0)
    listed = classes()
    alike = likeness(listed)
    pool, kept = pools(listed)
    data = examples(_written(pool, captions, seed=0), encoder)
    mean = torch.from_numpy(data.inputs.mean(0, dtype=np.float32))
    deviation = torch.from_numpy(data.inputs.std(0, dtype=np.float32))
    model = Net(mean, deviation + 1e-3, listed)
    model.start_at(torch.from_numpy(_embeddings(encoder, listed)))
    same = torch.from_numpy(_targets(alike))
    optimiser = torch.optim.AdamW(model.parameters(), RATE, weight_decay=0.02)
    steps = ROUNDS * -(-captions // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, steps, pct_start=0.1)
    random = np.random.default_rng(1)
    model.train()
    for _ in range(ROUNDS):
        for rows in _batches(data, random):
            batch = _batch(data, rows)
            loss = _loss(model(batch.inputs, batch.mask), batch, same, model.kind_of_class)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
    model.eval()
    calibration = examples(_written(kept, CALIBRATION_CAPTIONS, seed=2), encoder)
    names = tuple(_name(one, encoder.tokenizer) for one in listed)
    return _finished(model, listed, names, alike, _warmth(model, calibration, same))


def _targets(alike: Floats) -> Floats:
    """What is learnt for each class: mostly itself, and a share for all that are alike."""
    shared = alike / alike.sum(-1, keepdims=True)
    result: Floats = (1 - SHARED) * np.eye(len(alike), dtype=np.float32) + SHARED * shared
    return result


def _embeddings(encoder: SentenceEncoder, listed: tuple[Class, ...]) -> Floats:
    """(classes, 384) the mean of the embeddings of each class's first phrases."""
    table = encoder.weights["embeddings.word_embeddings.weight"]
    means = np.zeros((len(listed), table.shape[1]), np.float32)
    for row, one in enumerate(listed):
        tokens = [encoder.tokenizer.encode(phrase).ids[1:-1] for phrase in one.phrases[:8]]
        means[row] = np.mean([table[ids].mean(0) for ids in tokens], axis=0)
    return means


def _written(pool: Pool, count: int, seed: int) -> list[Caption]:
    writer = Writer(pool, np.random.default_rng(seed))
    return [writer.caption() for _ in range(count)]


@dataclass(frozen=True, eq=False)
class Batch:
    """(B, W) words of captions, zeros where a caption is shorter; `mask` tells which are real."""

    inputs: Tensor
    mask: Tensor
    kinds: Tensor
    numbers: Tensor
    parts: Tensor
    denied: Tensor
    body: Tensor
    is_said: Tensor
    sex: Tensor


def _batches(data: Examples, random: np.random.Generator) -> list[NDArray[np.int64]]:
    """All captions in random batches of like lengths, so that little is spent on padding."""
    lengths = np.diff(data.starts)
    order = np.argsort(lengths + random.uniform(0, 3, len(lengths)))
    batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    return [batches[place] for place in random.permutation(len(batches))]


def _batch(data: Examples, rows: NDArray[np.int64]) -> Batch:
    lengths = data.starts[rows + 1] - data.starts[rows]
    places = np.arange(lengths.max())[None]
    mask = places < lengths[:, None]
    index = np.where(mask, data.starts[rows][:, None] + places, 0)

    def words(values: NDArray[Any]) -> Tensor:
        return torch.from_numpy(values[index])

    return Batch(
        words(data.inputs).float(),
        torch.from_numpy(mask),
        *(words(each) for each in (data.kinds, data.numbers, data.parts, data.denied)),
        *(torch.from_numpy(each[rows]) for each in (data.body, data.is_said, data.sex)),
    )


def _loss(said: Said, batch: Batch, same: Tensor, kind_of_class: Tensor) -> Tensor:
    real, named = batch.mask, batch.mask & (batch.numbers >= 0)
    kinds = functional.cross_entropy(said.kinds[real], batch.kinds[real], label_smoothing=0.02)
    parts = functional.cross_entropy(said.parts[real], batch.parts[real])
    denied = functional.binary_cross_entropy_with_logits(said.denied[real], batch.denied[real])
    numbers = batch.numbers[named]
    within = kind_of_class[None] == batch.kinds[named][:, None]
    scores = said.classes[named].masked_fill(~within, -1e4)
    named_as = -(same[numbers] * functional.log_softmax(scores, -1)).sum(-1).mean()
    is_said = functional.binary_cross_entropy_with_logits(said.body[..., 0], batch.is_said)
    far = functional.smooth_l1_loss(said.body[..., 1], batch.body, reduction="none", beta=0.5)
    body = (far * batch.is_said).sum() / batch.is_said.sum().clamp(min=1)
    sex = functional.cross_entropy(said.sex, batch.sex)
    total: Tensor = kinds + parts + denied + named_as + is_said + body + 0.3 * sex
    return total


def _warmth(model: Net, data: Examples, same: Tensor) -> dict[str, float]:
    """The temperatures at which the probabilities of words never seen come true."""
    with torch.no_grad():
        batch = _batch(data, np.arange(len(data.starts) - 1))
        said = model(batch.inputs, batch.mask)
        real, named = batch.mask, batch.mask & (batch.numbers >= 0)
        within = model.kind_of_class[None] == batch.kinds[named][:, None]
        scores = said.classes[named].masked_fill(~within, -1e4)
        target = same[batch.numbers[named]]
        tried = [0.5 + 0.1 * step for step in range(36)]
        kind = [
            functional.cross_entropy(said.kinds[real] / warmth, batch.kinds[real]).item()
            for warmth in tried
        ]
        named_as = [
            -(target * functional.log_softmax(scores / warmth, -1)).sum(-1).mean().item()
            for warmth in tried
        ]
    return {
        "kind": tried[int(np.argmin(kind))],
        "class": tried[int(np.argmin(named_as))],
    }


def _finished(
    model: Net,
    listed: tuple[Class, ...],
    names: tuple[str, ...],
    alike: Floats,
    warmth: dict[str, float],
) -> TextHead:
    weights = {
        name: value.detach().numpy().astype(np.float16).astype(np.float32)
        for name, value in model.state_dict().items()
        if name != "kind_of_class"
    }
    return TextHead(weights, listed, names, alike, warmth)


def _name(one: Class, tokenizer: Tokenizer) -> str:
    """The phrase that stands for a class: of its commonest words the first that has no other sense.

    The encoder's vocabulary lists whole words from common to rare.
    """
    ranks = {phrase: tokenizer.token_to_id(phrase) for phrase in one.phrases}
    common = {phrase: rank for phrase, rank in ranks.items() if rank is not None}
    if not common:
        return min(one.phrases, key=lambda phrase: len(phrase.split()))
    return min(common, key=lambda phrase: (len(meanings(phrase)), common[phrase]))

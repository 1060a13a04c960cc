# SPDX-License-Identifier: Apache-2.0
"""Lessons without end: captions by worker processes, pictures on the device."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from ...kit.encoders import minilm
from ...kit.encoders.tower import TowerPlan
from ..scenes.arrays import World
from ..scenes.captions import Captions, Phrases, captions, phrases
from ..scenes.draw import draw
from ..scenes.labels import Labels, Scene
from ..scenes.match import matches, visible
from ..scenes.sample import sample
from ..scenes.things import PLACES, THINGS
from ..scenes.wardrobe import Wardrobe
from .lesson import SHORT, Lesson
from .losses import Targets

OWN = 4
OTHER = 4
"""Phrases whose places are asked of each picture: its own, and some of other pictures."""
MOST_WORKERS = 12
AHEAD = 3
"""Sheets that each worker prepares ahead."""
Ints = NDArray[np.int64]
Tokens = NDArray[np.int32]


@dataclass(frozen=True)
class Sheet:
    """A lesson before it is drawn."""

    scene: Scene
    captions: Captions
    """The shortest first, without their texts."""
    tokens: tuple[Tokens, NDArray[np.bool_]]
    short: int
    phrases: Phrases
    phrase_tokens: tuple[Tokens, NDArray[np.bool_]]
    asked: Ints


class Sheets(IterableDataset[Sheet]):
    """Sheet after sheet, each from its own seed, so that it does not matter who makes it."""

    def __init__(self, world: World, tokenizer: Path, seed: tuple[int, int], batch: int) -> None:
        super().__init__()
        self.world = world
        self.tokenizer = tokenizer
        self.seed = seed
        self.batch = batch
        self.first = 0

    def __iter__(self) -> Iterator[Sheet]:
        worker = get_worker_info()
        number, count = (worker.id, worker.num_workers) if worker is not None else (0, 1)
        tokenizer = minilm.load_tokenizer(self.tokenizer)
        for step in itertools.count(self.first + number, count):
            random = np.random.default_rng((*self.seed, step))
            yield make_sheet(random, self.world, tokenizer, self.batch)


def make_sheet(
    random: np.random.Generator, world: World, tokenizer: Tokenizer, batch: int
) -> Sheet:
    """People, what is said of them, and what is asked."""
    scene = sample(random, world, batch)
    said, pointed = captions(random, scene, world), phrases(random, scene, world)
    tokens, mask = _tokens(tokenizer, said.texts)
    lengths = mask.sum(1)
    order = np.argsort(lengths, kind="stable")
    return Sheet(
        scene,
        _without_texts(said, order),
        (tokens[order], mask[order]),
        int((lengths <= SHORT).sum()),
        replace(pointed, captions=_without_texts(pointed.captions, slice(None))),
        _tokens(tokenizer, pointed.captions.texts),
        _asked(random, pointed.captions.owner.astype(np.int64), batch),
    )


def _without_texts(said: Captions, order: Ints | slice) -> Captions:
    """The captions in another order; their texts, which are read already, stay behind."""
    arrays = {field.name: getattr(said, field.name) for field in fields(said)}
    return Captions(**{**{name: one[order] for name, one in arrays.items() if name != "texts"},
                       "texts": ()})  # fmt: skip


def stream(sheets: Sheets, workers: int, first: int) -> Iterator[Sheet]:
    """Sheets from number `first` on, made by so many processes; they start at once."""
    sheets.first = first
    if workers == 0:
        return iter(sheets)
    loader: DataLoader[Any] = DataLoader(
        sheets, batch_size=None, num_workers=workers, prefetch_factor=AHEAD
    )
    return iter(loader)


def worker_count(ranks: int) -> int:
    """Processes that make sheets for one of so many ranks of this machine."""
    return max(1, min(MOST_WORKERS, (os.cpu_count() or 2) // ranks - 2))


def plan_of(world: World) -> TowerPlan:
    """A tower for what may be seen in this world."""
    return TowerPlan(tuple(PLACES), tuple(THINGS), tuple(world.actions))


def drawn(sheet: Sheet, wardrobe: Wardrobe, pixels: int) -> Lesson:
    """Draw the sheet's people and put all that is known of them on the wardrobe's device."""
    device = wardrobe.device
    shown = draw(wardrobe, sheet.scene.people, sheet.scene.shots, pixels)
    labels = sheet.scene.labels
    seen = visible(shown.part, labels)
    part_of_place = _put(labels.part, device).long()
    place = _put(sheet.phrases.place, device).long()
    column = part_of_place[:, place.clamp(min=0)].T.masked_fill(place[:, None] < 0, -1)
    return Lesson(
        shown.pixels,
        shown.part,
        *_read_tokens(sheet.tokens, device),
        sheet.short,
        matches(sheet.captions, labels, seen),
        *_read_tokens(sheet.phrase_tokens, device),
        matches(sheet.phrases.captions, labels, seen),
        column,
        _put(sheet.asked, device),
        targets(labels, seen),
        sheet.scene.people.parts.shape[1],
    )


def _tokens(tokenizer: Tokenizer, texts: Sequence[str]) -> tuple[Tokens, NDArray[np.bool_]]:
    """Padded to a multiple of eight, which attention is fast at."""
    tokens, mask = minilm.tokenise(tokenizer, texts)
    pad = ((0, 0), (0, -tokens.shape[1] % 8))
    padded = np.pad(tokens, pad, constant_values=minilm.PAD)
    return padded.astype(np.int32), np.pad(mask, pad)


def _asked(random: np.random.Generator, owner: Ints, batch: int) -> Ints:
    """(B, OWN + OTHER) numbers of phrases: a picture's own, again if it has few, then any."""
    asked = random.integers(max(1, len(owner)), size=(batch, OWN + OTHER))
    order = np.argsort(owner, kind="stable")
    starts = np.searchsorted(owner[order], np.arange(batch + 1))
    count = np.diff(starts)
    some = count > 0
    turns = np.arange(OWN)[None] % np.maximum(count, 1)[:, None]
    asked[some, :OWN] = order[(starts[:-1, None] + turns)[some]]
    return asked


def targets(labels: Labels, seen: Tensor) -> Targets:
    """What the attribute heads are to tell, where the pictures show it."""
    device = seen.device
    thing = _put(labels.thing, device).long()
    framed = _put(labels.framed, device)
    colored = _put(labels.colored, device)
    body = _put(labels.body, device)
    age = torch.log1p(body[:, :1].clamp(min=0))
    action = _put(labels.action, device).long()
    return Targets(
        presence=(thing >= 0).float(),
        presence_mask=(framed & (seen | (thing < 0))).float(),
        color=_put(labels.lab, device)[:, :, 0].nan_to_num(0.0) / 100,
        color_mask=(seen & colored[:, None]).float(),
        garment=thing.clamp(min=0),
        worn_mask=(seen & (thing >= 0)).float(),
        body=torch.cat([age, body[:, 1:]], 1).nan_to_num(0.0),
        body_mask=body.isfinite().float(),
        action=action.clamp(min=0),
        action_mask=(action >= 0).float(),
    )


def _read_tokens(
    tokens: tuple[Tokens, NDArray[np.bool_]], device: torch.device
) -> tuple[Tensor, Tensor]:
    return _put(tokens[0], device).long(), _put(tokens[1], device)


def _put(values: NDArray[Any], device: torch.device) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values)).to(device, non_blocking=True)

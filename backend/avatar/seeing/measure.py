# SPDX-License-Identifier: Apache-2.0
"""How well an encoder sees: retrieval, order, colors, garments and bodies of held-out scenes."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...kit.encoders.embedded import EmbeddedEncoder
from ...kit.encoders.text_head import TextHead
from ...kit.encoders.tower import BODY_AXES, Attributes, Tower
from ..scenes import evaluation
from ..scenes.arrays import World
from ..scenes.batch import People, Shots
from ..scenes.draw import draw
from ..scenes.evaluation import COLORED, GALLERIES, POLES, TYPES, Choice, Gallery
from ..scenes.labels import Scene
from ..scenes.match import matches, visible
from ..scenes.wardrobe import Wardrobe
from .losses import Targets
from .source import targets

BATCH = 64
BEST = 4
"""Patches whose mean logit is a phrase's score."""


@dataclass(frozen=True)
class Row:
    """One line of the table: shares that are right, by the vectors of whole pictures and by
    phrases and patches (NaN where it is not asked); what guessing gives; how many were asked."""

    name: str
    whole: float
    patches: float
    chance: float
    count: int


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    galleries: int = 6
    choices: int = 300


@dataclass(frozen=True, eq=False)
class Measured:
    """An encoder, and what scenes are made with."""

    encoder: EmbeddedEncoder
    world: World
    """One that is not for training."""
    wardrobe: Wardrobe


@dataclass(frozen=True, eq=False)
class _Shown:
    """N pictures as the encoder sees them."""

    whole: Tensor
    patches: Tensor
    part: Tensor
    attributes: Attributes


def measure(measured: Measured, extent: Extent) -> list[Row]:
    """The whole table of one encoder."""
    with torch.no_grad():
        return [row for test in _tests(measured, extent) for row in test()]


def random_encoder(encoder: EmbeddedEncoder, seed: int = 0) -> EmbeddedEncoder:
    """The same networks before any training."""
    torch.manual_seed(seed)
    device = encoder.tower.places.device
    tower, head = Tower(encoder.plan).to(device).eval(), TextHead().to(device).eval()
    return replace(encoder, tower=tower, head=head)


def table(rows: list[Row]) -> str:
    """Lines for people."""
    lines = [f"{'':34} {'whole':>6} {'patch':>6} {'chance':>6} {'asked':>6}"]
    for row in rows:
        shares = (row.whole, row.patches, row.chance)
        told = " ".join(" " * 6 if math.isnan(value) else f"{value:6.3f}" for value in shares)
        lines.append(f"{row.name:34} {told} {row.count:6d}")
    return "\n".join(lines)


def write(rows: list[Row], path: Path) -> None:
    """The table as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("test", "whole", "patches", "chance", "count"))
        writer.writerows((row.name, row.whole, row.patches, row.chance, row.count) for row in rows)


def _tests(measured: Measured, extent: Extent) -> Iterator[Callable[[], list[Row]]]:
    world, count = measured.world, extent.choices
    for kind in GALLERIES:
        yield partial(_retrieval, measured, kind, extent.galleries)

    def choice(name: str, make: Callable[[], Choice]) -> Callable[[], list[Row]]:
        return lambda: [_choice(measured, name, make())]

    yield partial(_order, measured, count)
    for what in COLORED:
        yield choice(f"color of {what}", partial(evaluation.color_of, world, what, count))
    unseen = partial(evaluation.color_of, world, "shirt", count, unseen=True)
    yield choice("color of shirt, unseen words", unseen)
    for where in TYPES:
        yield choice(f"garment: {where}", partial(evaluation.type_of, world, where, count))
    yield choice("pattern", partial(evaluation.pattern_of, world, count))
    for what in POLES:
        yield partial(_pole, measured, what, count - count % 2)
    yield partial(_attributes, measured, extent.galleries)


def _retrieval(measured: Measured, kind: str, count: int) -> list[Row]:
    """Text to picture and back: the first of a gallery is one for which the caption holds."""
    found: list[tuple[float, float, float, float]] = []
    asked = 0
    for seed in range(count):
        gallery = evaluation.gallery(measured.world, kind, seed)
        shown = _show(measured, gallery.scene)
        holds = _holds(gallery, shown.part)
        texts = measured.encoder.encode_text(gallery.captions.texts).vectors
        scores = (texts @ shown.whole.T).masked_fill(holds < 0, -2)
        right = (holds == 1).float()
        told = (holds >= 0).float()
        any_text, any_picture = right.sum(1) > 0, right.sum(0) > 0
        first = right.gather(1, scores.argmax(1, keepdim=True))[any_text]
        back = right.gather(0, scores.argmax(0, keepdim=True))[:, any_picture]
        guess = (right.sum(1) / told.sum(1).clamp(min=1))[any_text]
        guess_back = (right.sum(0) / told.sum(0).clamp(min=1))[any_picture]
        means = (value.mean().item() for value in (first, back, guess, guess_back))
        found.append((next(means), next(means), next(means), next(means)))
        asked += int(any_text.sum())
    there, back_again, guess_there, guess_again = np.mean(found, axis=0).tolist()
    return [
        Row(f"{kind}: text to picture", there, math.nan, guess_there, asked),
        Row(f"{kind}: picture to text", back_again, math.nan, guess_again, asked),
    ]


def _holds(gallery: Gallery, part: Tensor) -> Tensor:
    labels = gallery.scene.labels
    return matches(gallery.captions, labels, visible(part, labels))


def _choice(measured: Measured, name: str, choice: Choice) -> Row:
    """Which of the texts is likest."""
    shown = _show(measured, choice.scene)
    number = {text: place for place, text in enumerate(dict.fromkeys(sum(choice.texts, ())))}
    texts = measured.encoder.encode_text(tuple(number)).vectors
    phrases = measured.encoder.encode_phrases(tuple(number))
    asked = torch.tensor([[number[text] for text in row] for row in choice.texts])
    asked = asked.to(shown.whole.device)
    whole = (shown.whole @ texts.T).gather(1, asked)
    best = (shown.patches @ phrases.T).topk(BEST, dim=1).values.mean(1)
    right = torch.as_tensor(choice.right, device=asked.device)
    shares = [
        (scores.argmax(1) == right).float().mean().item()
        for scores in (whole, best.gather(1, asked))
    ]
    return Row(name, shares[0], shares[1], 1 / asked.shape[1], len(right))


def _order(measured: Measured, count: int) -> list[Row]:
    """Which way round two colors are; phrases, each on one part, are not asked."""
    row = _choice(measured, "order of two colors", evaluation.order(measured.world, count))
    return [replace(row, patches=math.nan)]


def _pole(measured: Measured, what: str, count: int) -> list[Row]:
    """Which of two pictures that differ in the body alone is likelier called by the second word."""
    choice = evaluation.pole_of(measured.world, what, count)
    shown = _show(measured, choice.scene)
    one, two = measured.encoder.encode_text(choice.texts[0]).vectors
    lean = (shown.whole @ (two - one)).view(-1, 2)
    right = (lean[:, 1] > lean[:, 0]).float().mean().item()
    return [Row(" or ".join(POLES[what]), right, math.nan, 0.5, count // 2)]


def _attributes(measured: Measured, count: int) -> list[Row]:
    """What the attribute heads read off the pictures of clothing."""
    right: dict[str, list[Tensor]] = {}
    for seed in range(count):
        scene = evaluation.gallery(measured.world, "clothing", seed).scene
        shown = _show(measured, scene)
        truth = targets(scene.labels, visible(shown.part, scene.labels))
        for name, values in _read_off(shown.attributes, truth).items():
            right.setdefault(f"head: {name}", []).append(values)
    rows = []
    for name, parts in right.items():
        values = torch.cat(parts).float()
        rows.append(Row(name, values.mean().item(), math.nan, math.nan, len(values)))
    return rows


def _read_off(found: Attributes, truth: Targets) -> dict[str, Tensor]:
    """Whether each thing that can be told is told right."""
    female = BODY_AXES.index("female")
    off = (found.color - truth.color).norm(dim=-1) * 100
    return {
        "worn or not": ((found.presence > 0) == (truth.presence > 0.5))[truth.presence_mask > 0],
        "garment or hair": (found.garment.argmax(-1) == truth.garment)[truth.worn_mask > 0],
        "color within 15 Lab": (off < 15)[truth.color_mask > 0],
        "sex": ((found.body[:, female] > 0) == (truth.body[:, female] > 0.5))[
            truth.body_mask[:, female] > 0
        ],
        "action": (found.action.argmax(-1) == truth.action)[truth.action_mask > 0],
    }


def _show(measured: Measured, scene: Scene) -> _Shown:
    """Draw the scene and let the encoder see it, some pictures at a time."""
    wardrobe, encoder = measured.wardrobe, measured.encoder
    parts: list[_Shown] = []
    for start in range(0, len(scene.people.shape), BATCH):
        rows = slice(start, start + BATCH)
        people = People(**{key: value[rows] for key, value in vars(scene.people).items()})
        shots = Shots(**{key: value[rows] for key, value in vars(scene.shots).items()})
        drawn = draw(wardrobe, people, shots, encoder.pixels)
        seen = encoder.look(drawn.pixels)
        parts.append(_Shown(seen.whole, seen.patches, drawn.part, seen.attributes))
    return _Shown(
        torch.cat([part.whole for part in parts]),
        torch.cat([part.patches for part in parts]),
        torch.cat([part.part for part in parts]),
        Attributes(
            *(
                torch.cat([getattr(part.attributes, name) for part in parts])
                for name in ("presence", "color", "garment", "body", "action")
            )
        ),
    )

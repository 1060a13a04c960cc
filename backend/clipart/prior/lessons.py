# SPDX-License-Identifier: Apache-2.0
"""What the prior learns from: procedural drawings that do what a sentence says, made endlessly."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from ..motion.actions import Kind
from ..motion.anatomy import Anatomy
from ..motion.physics import perform, suits
from ..scenes.creatures import KINDS, make
from ..scenes.draw import Cast, draw, on_white, stack
from ..scenes.parts import Creature
from .captions import STILL, Captions, Grammar, Meaning, load_grammar
from .network import FRAMES, PIXELS
from .pool import CHOICES, Clips

LOOP = 24
"""Frames of a loop, two seconds; the network sees every second one."""
SHEET = 192
"""Clips that are drawn at once."""
AHEAD = 4
SHARES = {"plain": 0.42, "manner": 0.34, "pair": 0.2, "still": 0.04}
"""Of clips that do one thing, one thing in a special manner, two things at once, nothing."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sheet:
    """N creatures, their keypoints in 12 frames and then at rest (N, 13, K, 2), rows of the
    captions' table (N, 4), turns into the loop (N,) at which the frames begin."""

    cast: Cast
    tracks: Tensor
    captions: Tensor
    phases: Tensor


@dataclass(frozen=True)
class Performance:
    """A creature and its keypoints through a loop (24, K, 2)."""

    creature: Creature
    meaning: Meaning
    tracks: Floats


class Repertoire:
    """What a creature of each kind can be asked to do."""

    def __init__(self, asked: dict[Meaning, tuple[int, ...]]) -> None:
        self.grammar: Grammar = load_grammar()
        self._of_kind: dict[Kind, list[Meaning]] = {}
        for meaning in asked:
            self._of_kind.setdefault(meaning.kind, []).append(meaning)

    def _sort(self, meaning: Meaning) -> str:
        if len(meaning.deeds) > 1:
            return "pair"
        if self.grammar.deeds[meaning.deeds[0]].verb == STILL:
            return "still"
        return "manner" if meaning.manner else "plain"

    def choose(self, anatomy: Anatomy, rng: np.random.Generator) -> Meaning:
        """Something that it has the parts for."""
        able: dict[str, list[Meaning]] = {}
        for meaning in self.able(anatomy):
            able.setdefault(self._sort(meaning), []).append(meaning)
        sorts = [sort for sort in SHARES if able.get(sort)]
        shares = np.array([SHARES[sort] for sort in sorts])
        some = able[sorts[rng.choice(len(sorts), p=shares / shares.sum())]]
        return some[rng.integers(len(some))]

    def able(self, anatomy: Anatomy) -> list[Meaning]:
        """All that it has the parts for."""
        return [meaning for meaning in self._of_kind[anatomy.kind] if self._can(anatomy, meaning)]

    def _can(self, anatomy: Anatomy, meaning: Meaning) -> bool:
        actions = meaning.actions(self.grammar) or ()
        return all(suits(action, anatomy) for action in actions)


def performance(repertoire: Repertoire, rng: np.random.Generator) -> Performance:
    """A random creature doing something random."""
    creature = make(KINDS[rng.integers(len(KINDS))], rng)
    meaning = repertoire.choose(creature.anatomy, rng)
    actions = meaning.actions(repertoire.grammar)
    points = creature.points.astype(np.float64)
    if actions is None:
        return Performance(creature, meaning, np.repeat(points[None], LOOP, 0))
    tracks = perform(points, creature.edges, creature.anatomy, actions, LOOP, rng)
    return Performance(creature, meaning, tracks)


def sheet(
    shows: list[Performance], captions: dict[Meaning, tuple[int, ...]], rng: np.random.Generator
) -> Sheet:
    """Performances as one sheet, each begun at an even or an odd frame of its loop."""
    most = max(len(show.creature.points) for show in shows)
    tracks = np.zeros((len(shows), FRAMES + 1, most, 2), np.float32)
    odd = rng.integers(LOOP // FRAMES, size=len(shows))
    rows = [captions[show.meaning] for show in shows]
    for place, (show, start) in enumerate(zip(shows, odd, strict=True)):
        count = len(show.creature.points)
        tracks[place, :FRAMES, :count] = show.tracks[start :: LOOP // FRAMES]
        tracks[place, FRAMES, :count] = show.creature.points
    return Sheet(
        stack([show.creature for show in shows]),
        torch.from_numpy(tracks),
        torch.from_numpy(np.array([rng.choice(own, CHOICES) for own in rows])),
        torch.from_numpy((odd / LOOP).astype(np.float32)),
    )


def drawn(made: Sheet, device: torch.device) -> Clips:
    pictures = draw(made.cast.to(device), made.tracks.to(device), PIXELS)
    clips = (on_white(pictures).clamp(0, 1) * 255).round().byte()
    return Clips(
        clips[:, :FRAMES], clips[:, FRAMES], made.captions.to(device), made.phases.to(device)
    )


class Sheets(IterableDataset[Sheet]):
    """Endless sheets; every process makes its own."""

    def __init__(self, captions: dict[Meaning, tuple[int, ...]], seed: int, count: int) -> None:
        self._captions, self._seed, self._count = captions, seed, count

    def __iter__(self) -> Iterator[Sheet]:
        worker = get_worker_info()
        rng = np.random.default_rng((self._seed, 0 if worker is None else worker.id))
        repertoire = Repertoire(self._captions)
        while True:
            shows = [performance(repertoire, rng) for _ in range(self._count)]
            yield sheet(shows, self._captions, rng)


def stream(captions: Captions, seed: int, count: int = SHEET) -> Iterator[Sheet]:
    """Sheets of `count` clips made by the processes of this machine, which start at once."""
    workers = max(1, (os.cpu_count() or 2) - 1)
    made = Sheets(captions.learnt, seed, count)
    return iter(DataLoader(made, batch_size=None, num_workers=workers, prefetch_factor=AHEAD))

# SPDX-License-Identifier: Apache-2.0
"""What the person detector learns from: procedural people, moved, on all kinds of grounds, and
procedural things that are none."""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
import torch
from torch import Tensor

from ..drawing import CANVAS, PERSON
from ..scenes.creatures import KINDS, MAKERS
from ..scenes.draw import Cast, draw, stack
from ..scenes.framing import fitted, mirrored
from ..scenes.parts import Creature
from ..scenes.poses import EDGES

HELD_OUT = ("rubber", "robot", "cel")
"""Styles (`Creature.looks`) that are measured and never learnt."""
OTHERS = tuple(kind for kind in KINDS if kind != "person")
CHUNK = 64


@dataclass(frozen=True)
class Bank:
    """Creatures on one device; `is_person` (N,)."""

    cast: Cast
    is_person: Tensor


@dataclass(frozen=True)
class Lesson:
    """Pictures (N, 4, P, P), premultiplied RGBA, with the 13 points (N, 13, 2) in 0..1."""

    pictures: Tensor
    points: Tensor
    is_person: Tensor


def make_bank(
    people: int, others: int, seed: int, held_out: bool, processes: int
) -> list[Creature]:
    """Creatures with the styles that are learnt, or people in those that are held out."""
    chunks = [("person", held_out)] * (people // CHUNK) + [("", held_out)] * (others // CHUNK)
    orders = [(kind, out, seed, number) for number, (kind, out) in enumerate(chunks)]
    if processes < 2:
        made = [_chunk(order) for order in orders]
    else:
        with get_context("fork").Pool(processes) as pool:
            made = pool.map(_chunk, orders, chunksize=1)
    return [creature for chunk in made for creature in chunk]


def _chunk(order: tuple[str, bool, int, int]) -> list[Creature]:
    kind, held_out, seed, number = order
    rng = np.random.default_rng((seed, number))
    made: list[Creature] = []
    while len(made) < CHUNK:
        which = kind or str(rng.choice(OTHERS))
        creature = MAKERS[which](rng)
        if kind and held_out != any(look in HELD_OUT for look in creature.looks):
            continue
        share = rng.uniform(0.8, 0.98) if rng.random() < 0.75 else rng.uniform(0.4, 0.8)
        creature = fitted(creature, float(share), (float(rng.random()), float(rng.random())))
        made.append(mirrored(creature) if rng.random() < 0.5 else creature)
    return made


def bank_of(creatures: list[Creature], device: torch.device) -> Bank:
    is_person = torch.tensor([creature.kind == "person" for creature in creatures], device=device)
    return Bank(stack(creatures, device), is_person)


def lesson(bank: Bank, which: Tensor, pixels: int, is_moved: bool) -> Lesson:
    """Pictures of the bank's creatures `which` (N,); `is_moved`: posed, colored and set anew."""
    cast, is_person = bank.cast[which], bank.is_person[which]
    tracks = cast.points[:, None]
    if is_moved:
        tracks = _posed(tracks, is_person)
    pictures = draw(cast, tracks, pixels)[:, 0]
    if is_moved:
        pictures = _on_grounds(_recolored(pictures))
    return Lesson(pictures, tracks[:, 0, : len(PERSON)] / CANVAS, is_person)


def _posed(tracks: Tensor, is_person: Tensor) -> Tensor:
    """People with their limbs turned a bit further: (N, 1, K, 2)."""
    count, device = len(tracks), tracks.device
    amount = 0.35 * torch.rand(count, device=device) * (torch.rand(count, device=device) < 0.7)
    turns = torch.randn((count, len(EDGES) + 1), device=device) * amount[:, None]
    moved, whole = tracks.clone(), torch.zeros_like(turns)
    for first, second in EDGES:
        is_trunk = second in (0, 13, 14, 1, 2, 7, 8)
        whole[:, second] = whole[:, first] + turns[:, second] * (0.2 if is_trunk else 1.0)
        bone = tracks[:, 0, second] - tracks[:, 0, first]
        cosine, sine = whole[:, second].cos(), whole[:, second].sin()
        x = cosine * bone[:, 0] - sine * bone[:, 1]
        y = sine * bone[:, 0] + cosine * bone[:, 1]
        moved[:, 0, second] = moved[:, 0, first] + torch.stack([x, y], -1)
    return torch.where(is_person[:, None, None, None], moved, tracks)


def _recolored(pictures: Tensor) -> Tensor:
    """Channels exchanged, brightness and contrast changed; alpha stays."""
    count, device = len(pictures), pictures.device
    order = torch.rand((count, 3), device=device).argsort(1)
    keeps = torch.rand((count, 1), device=device) < 0.7
    order = torch.where(keeps, torch.arange(3, device=device), order)
    rgb = pictures[:, :3].gather(1, order[:, :, None, None].expand_as(pictures[:, :3]))
    alpha = pictures[:, 3:]
    gray = torch.rand((count, 1, 1, 1), device=device) < 0.08
    rgb = torch.where(gray, rgb.mean(1, keepdim=True), rgb)
    gain = 1 + 0.25 * (torch.rand((count, 1, 1, 1), device=device) - 0.5)
    lift = 0.15 * (torch.rand((count, 1, 1, 1), device=device) - 0.5)
    rgb = torch.minimum((rgb * gain + lift * alpha).clamp(0, 1), alpha)
    return torch.cat([rgb, alpha], 1)


def _on_grounds(pictures: Tensor) -> Tensor:
    """A third on opaque grounds: one color, two that go over, or a disc or band behind."""
    count, device, pixels = len(pictures), pictures.device, pictures.shape[-1]
    ruler = torch.linspace(-1, 1, pixels, device=device)
    y, x = torch.meshgrid(ruler, ruler, indexing="ij")
    turn = 6.3 * torch.rand((count, 1, 1, 1), device=device)
    across = x * turn.cos() + y * turn.sin()
    first, second = torch.rand((2, count, 3, 1, 1), device=device)
    pale = torch.rand((count, 1, 1, 1), device=device) < 0.5
    first, second = (torch.where(pale, 0.7 + 0.3 * color, color) for color in (first, second))
    kind = torch.randint(4, (count, 1, 1, 1), device=device)
    sharp = torch.where(kind == 2, 40.0, 0.6)
    mix = (0.5 + sharp * (across - 0.5)).clamp(0, 1) * (kind > 0)
    ground = first + (second - first) * mix
    radius = (x * x + y * y).sqrt()
    reach = 0.5 + 0.5 * torch.rand((count, 1, 1, 1), device=device)
    covers = torch.where(
        kind == 3, (pixels / 2 * (reach - radius)).clamp(0, 1), torch.ones_like(mix)
    )
    has_ground = torch.rand((count, 1, 1, 1), device=device) < 0.3
    under = torch.cat([ground * covers, covers.expand(-1, 1, -1, -1)], 1) * has_ground
    return pictures + under * (1 - pictures[:, 3:])

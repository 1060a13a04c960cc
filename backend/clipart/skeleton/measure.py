# SPDX-License-Identifier: Apache-2.0
"""What the person detector is worth, beside a template fitted to the drawing's box."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ..drawing import PERSON
from .lessons import Bank, Lesson, lesson
from .network import PIXELS, PersonNetwork, places

CHUNK = 128
SEEN = 0.05
"""Alpha from which a pixel belongs to the drawing's box."""


@torch.no_grad()
def table(network: PersonNetwork, learnt: Bank, tests: Mapping[str, Bank]) -> str:
    """PCK: the share of points that are no farther off than a share of the figure's larger side;
    swapped: pairs that lie nearer to each other's places than to their own."""
    template = _template(learnt)
    lines = [
        "| drawings | by | PCK 0.05 | PCK 0.1 | PCK 0.2 | swapped | person or not |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, bank in tests.items():
        rows: dict[str, list[Tensor]] = {"network": [], "template in the box": []}
        for shown in _shown(bank):
            heat, likeness = network(shown.pictures)
            found, _ = places(heat)
            right = ((likeness > 0) == shown.is_person).float()
            rows["network"].append(_scores(found, shown, right))
            boxed = _boxed(template, shown)
            rows["template in the box"].append(_scores(boxed, shown, right * 0))
        for by, scores in rows.items():
            whole = torch.cat(scores)
            people = whole[whole[:, 5] > 0]
            cells = [f"{100 * value:.1f} %" for value in people[:, :4].mean(0).tolist()]
            cells.append(f"{100 * whole[:, 4].mean().item():.1f} %" if by == "network" else "")
            lines.append(f"| {name} | {by} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _shown(bank: Bank) -> list[Lesson]:
    many = torch.arange(len(bank.is_person), device=bank.is_person.device)
    return [lesson(bank, which, PIXELS, is_moved=False) for which in torch.split(many, CHUNK)]


def _scores(found: Tensor, shown: Lesson, right: Tensor) -> Tensor:
    """(N, 6): three PCK, swapped, told aright, is a person."""
    off = (found - shown.points).norm(dim=-1)
    size = (shown.points.amax(1) - shown.points.amin(1)).amax(-1, keepdim=True)
    hits = [(off < share * size).float().mean(1) for share in (0.05, 0.1, 0.2)]
    left, other = found[:, 1::2], found[:, 2::2]
    own = (left - shown.points[:, 1::2]).norm(dim=-1) + (other - shown.points[:, 2::2]).norm(dim=-1)
    cross = (left - shown.points[:, 2::2]).norm(dim=-1) + (other - shown.points[:, 1::2]).norm(
        dim=-1
    )
    swapped = (cross < own).float().mean(1)
    return torch.stack([*hits, swapped, right, shown.is_person.float()], 1)


def _boxes(shown: Lesson) -> tuple[Tensor, Tensor]:
    """Left upper corner and size (N, 1, 2) of what is drawn, in 0..1."""
    side = shown.pictures.shape[-1]
    drawn = shown.pictures[:, 3] > SEEN
    ruler = torch.arange(side, device=drawn.device)
    low, high = [], []
    for axis in (1, 2):
        along = drawn.any(axis)
        low.append(torch.where(along, ruler, side).amin(1) / side)
        high.append((torch.where(along, ruler, -1).amax(1) + 1) / side)
    corner = torch.stack(low, -1)[:, None]
    return corner, (torch.stack(high, -1)[:, None] - corner).clamp_min(1 / side)


def _template(bank: Bank) -> Tensor:
    """The mean place (13, 2) of each point in the boxes of learnt people."""
    people = bank.is_person.nonzero()[:2048, 0]
    told = torch.zeros((len(PERSON), 2), device=people.device)
    for which in torch.split(people, CHUNK):
        shown = lesson(bank, which, PIXELS, is_moved=False)
        corner, size = _boxes(shown)
        told += ((shown.points - corner) / size).sum(0)
    return told / len(people)


def _boxed(template: Tensor, shown: Lesson) -> Tensor:
    corner, size = _boxes(shown)
    return corner + template * size

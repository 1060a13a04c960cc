# SPDX-License-Identifier: Apache-2.0
"""Which captions hold for which pictures, on the device: yes, no, or the picture cannot tell.

Verdicts are ordered: 0 no, 1 cannot be told, 2 yes; of all that a caption claims the least counts,
of all places where a thing may be the most.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor

from . import hues, sayings
from .captions import Captions
from .clauses import HALVED, SHADED
from .labels import Labels
from .things import BALD, PLACE_OF_THING, THING, nouns

LEAST = 10
"""Pixels of a part that must be seen for a picture to tell of it."""
_NO, _UNSURE, _YES = 0, 1, 2
_PER_NOUN = 4


@dataclass(frozen=True)
class _Tables:
    covers: Tensor
    """(N, T + 1) verdicts; the last column is of no thing."""
    places: Tensor
    """(N, 4) where what a noun may name is; -1 fills up."""
    is_home: Tensor
    """(N, 4) whether what it surely names is there."""
    patterns: Tensor
    halved: Tensor
    shaded: Tensor
    actions: Tensor
    lab: Tensor
    lightness: Tensor
    holds: Tensor
    fails: Tensor
    hues: Tensor


def visible(part: Tensor, labels: Labels, least: int = LEAST) -> Tensor:
    """(B, S) whether enough is seen of what is in each place, from `Pictures.part` (B, H, W)."""
    device, count = part.device, len(part)
    columns = int(labels.part.max(initial=0)) + 2
    rows = torch.arange(count, device=device)[:, None] * columns
    flat = (rows + part.reshape(count, -1).long() + 1).reshape(-1)
    pixels = torch.bincount(flat, minlength=count * columns).reshape(count, columns)
    column = torch.as_tensor(labels.part, device=device).long()
    enough = (pixels.gather(1, column + 1) >= least) & (column >= 0)
    bald = torch.as_tensor((labels.thing == THING[BALD]) & labels.told, device=device)
    return enough | bald


def matches(captions: Captions, labels: Labels, seen: Tensor) -> Tensor:
    """(M, B) int8: 1 where the caption holds for the picture, 0 where not, -1 where it cannot be
    told; `seen` (B, S) is what `visible` returns, and names the device."""
    device = seen.device
    tables = _tables(labels.actions, device)
    verdict = _bodies(captions, labels, device)
    verdict = torch.minimum(verdict, _actions(captions, labels, tables))
    noun = torch.as_tensor(captions.noun, device=device).long()
    row, number = torch.nonzero(noun >= 0, as_tuple=True)
    clause = _clauses(captions, labels, seen, tables, (row, number))
    verdict = verdict.scatter_reduce(0, row[:, None].expand_as(clause), clause, "amin")
    return torch.tensor([0, -1, 1], dtype=torch.int8, device=device)[verdict.long()]


@cache
def _tables(actions: tuple[str, ...], device: torch.device) -> _Tables:
    table, words = nouns(), hues.color_words()
    covers = np.concatenate([table.covers, np.zeros((len(table.names), 1), np.int8)], axis=1)
    places = np.full((len(table.names), _PER_NOUN), -1)
    is_home = np.zeros(places.shape, dtype=bool)
    for noun, row in enumerate(table.covers):
        found = np.unique(PLACE_OF_THING[row != 0])[:_PER_NOUN]
        places[noun, : len(found)] = found
        is_home[noun, : len(found)] = np.isin(found, PLACE_OF_THING[row == 1])

    def moved(values: np.ndarray) -> Tensor:
        return torch.as_tensor(values).to(device)

    return _Tables(
        covers=moved(_ranked(covers)),
        places=moved(places),
        is_home=moved(is_home),
        patterns=moved(_ranked(sayings.patterns_alike())),
        halved=moved(np.array(HALVED)),
        shaded=moved(np.array(SHADED)),
        actions=moved(_ranked(sayings.actions_alike(actions))),
        lab=moved(words.lab),
        lightness=moved(words.lightness),
        holds=moved(words.holds),
        fails=moved(words.fails),
        hues=moved(words.hues),
    )


def _ranked(verdicts: np.ndarray) -> np.ndarray:
    """1, 0, -1 as ordered verdicts."""
    return np.choose(verdicts + 1, [_UNSURE, _NO, _YES]).astype(np.int8)


def _bodies(captions: Captions, labels: Labels, device: torch.device) -> Tensor:
    """(M, B) int8"""
    ranges = torch.as_tensor(captions.ranges, device=device)[:, None]
    value = torch.as_tensor(labels.body, device=device)[None]
    low, first, last, high = ranges.unbind(-1)
    is_said = torch.isfinite(ranges).any(-1)
    fails = (is_said & ((value < low) | (value > high))).any(-1)
    holds = (~is_said | ((value >= first) & (value <= last))).all(-1)
    return torch.where(fails, _NO, torch.where(holds, _YES, _UNSURE)).to(torch.int8)


def _actions(captions: Captions, labels: Labels, tables: _Tables) -> Tensor:
    """(M, B) int8"""
    device = tables.actions.device
    said = torch.as_tensor(captions.action, device=device).long()[:, None]
    done = torch.as_tensor(labels.action, device=device).long()[None]
    verdict = tables.actions[said.clamp(min=0), done.clamp(min=0)]
    verdict = torch.where(done < 0, _UNSURE, verdict)
    return torch.where(said < 0, _YES, verdict).to(torch.int8)


def _clauses(
    captions: Captions, labels: Labels, seen: Tensor, tables: _Tables, at: tuple[Tensor, Tensor]
) -> Tensor:
    """(K, B) int8 of the clauses `at` these rows and columns of the captions."""
    device = seen.device
    noun = torch.as_tensor(captions.noun, device=device).long()[at]
    colors = torch.as_tensor(captions.color, device=device).long()[at]
    pattern = torch.as_tensor(captions.pattern, device=device).long()[at]
    count, width = seen.shape
    inks = _inks(labels, tables).reshape(-1, count * width, 2)
    thing = torch.as_tensor(labels.thing, device=device).long().reshape(-1)
    thing = torch.where(thing < 0, tables.covers.shape[1] - 1, thing)
    worn = torch.as_tensor(labels.pattern, device=device).long().reshape(-1)
    framed = torch.as_tensor(labels.framed, device=device).reshape(-1)
    colored = torch.as_tensor(labels.colored, device=device)
    start = torch.arange(count, device=device) * width
    best = torch.full((len(noun), count), _NO, dtype=torch.int8, device=device)
    for choice in range(_PER_NOUN):
        place = tables.places[noun, choice]
        cell = place.clamp(min=0)[:, None] + start[None]
        kind = tables.covers[noun[:, None], thing[cell]]
        looks = _looks(colors, pattern, inks, worn, cell, tables)
        looks = torch.where(colored[None], looks, looks.clamp(min=_UNSURE))
        if not bool(colored.all()):
            is_said = (colors[:, :1] >= 0) | (pattern[:, None] > 0)
            looks = torch.where(~colored[None] & is_said, _UNSURE, looks)
        verdict = torch.minimum(kind, looks.to(torch.int8))
        verdict = torch.where(seen.reshape(-1)[cell], verdict, verdict.clamp(max=_UNSURE))
        away = torch.where(tables.is_home[noun, choice], _UNSURE, _NO).to(torch.int8)
        verdict = torch.where(framed[cell], verdict, away[:, None])
        verdict = torch.where(place[:, None] < 0, _NO, verdict).to(torch.int8)
        best = torch.maximum(best, verdict)
    return best


def _looks(
    colors: Tensor, pattern: Tensor, inks: Tensor, worn: Tensor, cell: Tensor, tables: _Tables
) -> Tensor:
    """(K, B) verdicts on colors and pattern of what is at each cell."""
    printed = worn[cell]
    is_halved = torch.isin(printed, tables.halved)
    is_shaded = torch.isin(printed, tables.shaded)
    first, second = colors[:, 0, None], colors[:, 1, None]
    a, b = inks[first.clamp(min=0), cell].unbind(-1)
    c, d = inks[second.clamp(min=0), cell].unbind(-1)
    either = torch.maximum(a, b)
    partly = torch.where((either > _NO) & (printed > 0) & ~is_shaded, _UNSURE, _NO)
    one = torch.where(is_halved, partly, torch.where(a == _YES, _YES, torch.maximum(a, partly)))
    both = torch.minimum(a, d)
    turned = torch.where(is_halved, torch.minimum(b, c), _NO)
    two = torch.where(printed > 0, torch.maximum(both, turned), _NO)
    two = torch.where(is_shaded & (a > _NO), _UNSURE, torch.where(is_shaded, _NO, two))
    looks = torch.where(second >= 0, two, torch.where(first >= 0, one, _YES))
    match = tables.patterns[pattern.clamp(min=0)[:, None], printed]
    return torch.minimum(looks, torch.where(pattern[:, None] > 0, match, _YES))


def _inks(labels: Labels, tables: _Tables) -> Tensor:
    """(W, B * S * 2) verdicts of every word for a color on every color; see `hues.judged`."""
    device = tables.lab.device
    seen = torch.as_tensor(labels.lab, device=device).reshape(-1, 3)
    words, chroma = tables.lab, torch.hypot(tables.lab[:, 1], tables.lab[:, 2])[:, None]
    paler = chroma - torch.hypot(seen[:, 1], seen[:, 2])[None]
    lightness = tables.lightness[:, None] * (words[:, :1] - seen[None, :, 0])
    red, yellow = words[:, 1:2] - seen[None, :, 1], words[:, 2:3] - seen[None, :, 2]
    turned = (red**2 + yellow**2 - paler**2).clamp(min=0)
    away = lightness**2 + (paler / (1 + 0.045 * chroma)) ** 2
    away = (away + turned / (1 + 0.015 * chroma) ** 2).sqrt()
    angle = torch.rad2deg(torch.atan2(seen[:, 2], seen[:, 1]))[None]
    first, last = tables.hues[:, :1], tables.hues[:, 1:]
    alike = torch.remainder(angle - first, 360) < last - first
    alike &= torch.hypot(seen[:, 1], seen[:, 2])[None] > hues.COLORED
    verdict = torch.where((away > tables.fails[:, None]) & ~alike, _NO, _UNSURE)
    verdict = torch.where(away < tables.holds[:, None], _YES, verdict)
    return torch.where(torch.isnan(seen[:, 0])[None], _NO, verdict).to(torch.int8)

# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: N803, PLR0913
"""Lookups in bricks and hash grids as Triton kernels for CUDA: no memory for what lies between.

A program reads the eight nodes around each of a run of places; in hash grids, on one level.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import torch
import triton
import triton.language as tl
from torch import Tensor

if TYPE_CHECKING:
    from .bricks import Bricks
    from .hashgrid import Layout

HALF = torch.bfloat16
_RUN = 128
_PRIMES = (-1640531535, 805459861)  # of hashgrid.PRIMES, as int32


def lookup(bricks: Bricks, places: Tensor, first: int, count: int) -> Tensor:
    """(count, P) as `bricks.plain_lookup`."""
    places = places.contiguous()
    found = torch.empty(count, len(places), device=places.device)
    grid = (triton.cdiv(len(places), _RUN),)
    _lookup[grid](
        places, bricks.low, bricks.index, bricks.rows, found, len(places), 1 / bricks.cell,
        *bricks.index.shape, first, count, _RUN,
    )  # fmt: skip
    return found


@triton.jit(do_not_specialize=["count", "across", "deep", "high"])
def _lookup(
    places, low, index, rows, found, count, scale, across, deep, high,
    FIRST: tl.constexpr, CHANNELS: tl.constexpr, RUN: tl.constexpr,
):  # fmt: skip
    number = tl.program_id(0) * RUN + tl.arange(0, RUN)
    there = number < count
    x, sx = _node(places + number * 3, tl.load(low), scale, across * 4, there)
    y, sy = _node(places + number * 3 + 1, tl.load(low + 1), scale, deep * 4, there)
    z, sz = _node(places + number * 3 + 2, tl.load(low + 2), scale, high * 4, there)
    channel = tl.arange(0, 8)
    total = tl.zeros((RUN, 8), tl.float32)
    for corner in tl.static_range(8):
        cx, cy, cz = x + (corner >> 2), y + (corner >> 1 & 1), z + (corner & 1)
        brick = ((cx >> 2) * deep + (cy >> 2)) * high + (cz >> 2)
        row = tl.load(index + brick, there, 0) * 64 + (cx & 3) * 16 + (cy & 3) * 4 + (cz & 3)
        at = rows + row.to(tl.int64)[:, None] * 8 + channel[None, :]
        weight = _side(sx, corner >> 2) * _side(sy, corner >> 1 & 1) * _side(sz, corner & 1)
        total += weight[:, None] * tl.load(at, there[:, None], 0.0).to(tl.float32)
    to = found + (channel[None, :] - FIRST) * count.to(tl.int64) + number[:, None]
    asked = (channel >= FIRST) & (channel < FIRST + CHANNELS)
    tl.store(to, total, there[:, None] & asked[None, :])


@triton.jit
def _node(place, low, scale, nodes, there):
    exact = (tl.load(place, there, 0.0) - low) * scale
    exact = tl.minimum(tl.maximum(exact, 0.0), nodes - 1.001)
    node = tl.math.floor(exact)
    return node.to(tl.int32), exact - node


@triton.jit
def _side(share, far: tl.constexpr):
    return share if far else 1 - share


def encode(table: Tensor, places: Tensor, layout: Layout, shown: Tensor) -> Tensor:
    """(2 L, P) as `hashgrid.plain_encode`, in half precision."""
    found = torch.empty(2 * len(shown), len(places), dtype=HALF, device=places.device)
    grid = (triton.cdiv(len(places), _RUN), len(shown))
    _encode[grid](
        places, table, layout.low, layout.scale, layout.sizes, shown, found, len(places),
        *_PRIMES, _RUN,
    )  # fmt: skip
    return found


def encode_backward(gradient: Tensor, places: Tensor, layout: Layout, shown: Tensor) -> Tensor:
    """(entries, 2) the gradient of the table, from that of what `encode` gave."""
    rows, copies = layout.rows, layout.copies
    firsts = [0, *accumulate(row[1] * many for row, many in zip(rows, copies, strict=True))]
    total = torch.zeros(firsts[-1], 2, device=places.device)
    grid = (triton.cdiv(len(places), _RUN), len(shown))
    _spread[grid](
        places, gradient, layout.low, layout.scale, layout.sizes, shown, total, len(places),
        *_PRIMES, _RUN,
    )  # fmt: skip
    own = zip(torch.split(total, [b - a for a, b in pairwise(firsts)]), copies, strict=True)
    return torch.cat([part.view(many, -1, 2).sum(0) if many > 1 else part for part, many in own])


@triton.jit(do_not_specialize=["count"])
def _encode(
    places, table, low, scale, sizes, shown, found, count,
    ONE: tl.constexpr, TWO: tl.constexpr, RUN: tl.constexpr,
):  # fmt: skip
    level = tl.program_id(1)
    number = tl.program_id(0) * RUN + tl.arange(0, RUN)
    there = number < count
    to = found + (2 * level).to(tl.int64) * count + number
    share = tl.load(shown + level)
    first, second = tl.zeros((RUN,), tl.float32), tl.zeros((RUN,), tl.float32)
    if share > 0:
        x, y, z, sx, sy, sz = _cell(places, low, scale, level, number, there)
        own = sizes + level * 6
        start, entries, wide, deep = _four(own)
        for corner in tl.static_range(8):
            weight = _side(sx, corner >> 2) * _side(sy, corner >> 1 & 1) * _side(sz, corner & 1)
            at = _entry(
                x + (corner >> 2), y + (corner >> 1 & 1), z + (corner & 1),
                entries, wide, deep, ONE, TWO,
            )  # fmt: skip
            row = table + (start + at) * 2
            first += weight * tl.load(row, there, 0.0)
            second += weight * tl.load(row + 1, there, 0.0)
    tl.store(to, first * share, there)
    tl.store(to + count, second * share, there)


@triton.jit(do_not_specialize=["count"])
def _spread(
    places, gradient, low, scale, sizes, shown, total, count,
    ONE: tl.constexpr, TWO: tl.constexpr, RUN: tl.constexpr,
):  # fmt: skip
    level = tl.program_id(1)
    share = tl.load(shown + level)
    if share > 0:
        number = tl.program_id(0) * RUN + tl.arange(0, RUN)
        feature = tl.arange(0, 2)[None, :]
        there = number < count
        of = gradient + (2 * level + feature).to(tl.int64) * count + number[:, None]
        goal = tl.load(of, there[:, None], 0.0).to(tl.float32) * share
        # What has no gradient, as rays without a surface, costs no traffic.
        there = there & (tl.sum(tl.abs(goal), 1) != 0)
        x, y, z, sx, sy, sz = _cell(places, low, scale, level, number, there)
        _, entries, wide, deep = _four(sizes + level * 6)
        # Coarse levels have copies, or many programs would wait for the same few entries.
        copy = tl.program_id(0) % tl.load(sizes + level * 6 + 5)
        start = tl.load(sizes + level * 6 + 4) + copy * entries
        for corner in tl.static_range(8):
            weight = _side(sx, corner >> 2) * _side(sy, corner >> 1 & 1) * _side(sz, corner & 1)
            at = _entry(
                x + (corner >> 2), y + (corner >> 1 & 1), z + (corner & 1),
                entries, wide, deep, ONE, TWO,
            )  # fmt: skip
            row = total + ((start + at) * 2)[:, None] + feature
            tl.atomic_add(row, weight[:, None] * goal, there[:, None], sem="relaxed")


@triton.jit
def _cell(places, low, scale, level, number, there):
    own = tl.load(scale + level)
    at = places + number * 3
    x, sx = _split(at, low, own, there)
    y, sy = _split(at + 1, low + 1, own, there)
    z, sz = _split(at + 2, low + 2, own, there)
    return x, y, z, sx, sy, sz


@triton.jit
def _split(place, low, scale, there):
    exact = tl.maximum((tl.load(place, there, 0.0) - tl.load(low)) * scale, 0.0)
    whole = tl.math.floor(exact)
    return whole.to(tl.int32), exact - whole


@triton.jit
def _four(own):
    return tl.load(own), tl.load(own + 1), tl.load(own + 2), tl.load(own + 3)


@triton.jit
def _entry(x, y, z, entries, wide, deep, ONE: tl.constexpr, TWO: tl.constexpr):
    hashed = (x ^ (y * ONE) ^ (z * TWO)) & (entries - 1)
    # A level that is as large as its lattice has a node at each place; others say 0 wide.
    plain = tl.minimum(x + wide * (y + deep * z), entries - 1)
    return tl.where(wide > 0, plain, hashed)

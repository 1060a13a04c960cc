# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: N803, PLR0913
"""The geometry of `crowd` as Triton kernels for CUDA: the same numbers, without lists in between.

A block works on a run of vertices, or triangles, of one worn thing. Things are rows of eight:
person, column, first vertex, its row of the tables, vertices, first triangle, its row, triangles.
"""

from __future__ import annotations

import numpy as np
import torch
import triton
import triton.language as tl
from numpy.typing import NDArray
from torch import Tensor

BLOCK = 256
THING = 8


def runs(counts: NDArray[np.int64], device: torch.device) -> Tensor:
    """(N, 2) int32: which of the things, of so many elements each, and its first element."""
    many = -(-counts // BLOCK)
    thing = np.repeat(np.arange(len(counts)), many)
    first = (np.arange(len(thing)) - np.repeat(np.cumsum(many) - many, many)) * BLOCK
    return torch.from_numpy(np.stack([thing, first], axis=1).astype(np.int32)).to(device)


@triton.jit(do_not_specialize=["values", "bones_each"])
def pose(
    blocks, things, shape, carry, mean, components, bones, weights, places,
    values, bones_each, K: tl.constexpr, THING: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Write `places` (M, 3); `shape` (B, K), `carry` (B, J, 3, 4), the wardrobe's tables."""
    thing = tl.load(blocks + 2 * tl.program_id(0))
    number = tl.load(blocks + 2 * tl.program_id(0) + 1) + tl.arange(0, BLOCK)
    at = things + thing * THING
    person, start = tl.load(at), tl.load(at + 2)
    there = number < tl.load(at + 4)
    row = tl.load(at + 3) + number
    flat = row.to(tl.int64) * 3
    x = tl.load(mean + flat, there, 0.0)
    y = tl.load(mean + flat + 1, there, 0.0)
    z = tl.load(mean + flat + 2, there, 0.0)
    for one in range(K):
        share = tl.load(shape + person * K + one)
        moved = components + one * values.to(tl.int64) + flat
        x += share * tl.load(moved, there, 0.0).to(tl.float32)
        y += share * tl.load(moved + 1, there, 0.0).to(tl.float32)
        z += share * tl.load(moved + 2, there, 0.0).to(tl.float32)
    right, ahead, up = x * 0, x * 0, x * 0
    for one in tl.static_range(4):
        weight = tl.load(weights + row * 4 + one, there, 0.0)
        bone = tl.load(bones + row * 4 + one, there, 0)
        turn = carry + (person * bones_each + bone) * 12
        right += weight * _row(turn, x, y, z, there)
        ahead += weight * _row(turn + 4, x, y, z, there)
        up += weight * _row(turn + 8, x, y, z, there)
    to = places + (start + number).to(tl.int64) * 3
    tl.store(to, right, there)
    tl.store(to + 1, ahead, there)
    tl.store(to + 2, up, there)


@triton.jit
def _row(turn, x, y, z, there):
    moved = tl.load(turn, there, 0.0) * x + tl.load(turn + 1, there, 0.0) * y
    return moved + tl.load(turn + 2, there, 0.0) * z + tl.load(turn + 3, there, 0.0)


@triton.jit(do_not_specialize=["base", "grown", "hair"])
def hide(
    blocks, things, over, hats, anchors, under, hidden, base, grown, hair,
    THING: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Write `hidden` (M,) int8: inside of what is worn `over` (B, base) int8, or, from row `grown`
    on, `under` one of the `hats` (B,), (hats + 1, hair)."""
    thing = tl.load(blocks + 2 * tl.program_id(0))
    number = tl.load(blocks + 2 * tl.program_id(0) + 1) + tl.arange(0, BLOCK)
    at = things + thing * THING
    person, column, start = tl.load(at), tl.load(at + 1), tl.load(at + 2)
    there = number < tl.load(at + 4)
    row = tl.load(at + 3) + number
    is_hair = row >= grown
    anchor = tl.load(anchors + row, there, 0)
    outer = tl.load(over + person * base + anchor, there & (row < grown), 0)
    hat = tl.load(hats + person)
    cell = hat.to(tl.int64) * hair + row - grown
    held = tl.load(under + cell, there & is_hair, 0)
    inside = tl.where(is_hair, held.to(tl.int32), (outer.to(tl.int32) > column).to(tl.int32))
    tl.store(hidden + start + number, inside.to(tl.int8), there)


@triton.jit
def normals(blocks, things, chords, places, found, THING: tl.constexpr, BLOCK: tl.constexpr):
    """Write unit normals `found` (M, 3) of `places` (M, 3)."""
    thing = tl.load(blocks + 2 * tl.program_id(0))
    number = tl.load(blocks + 2 * tl.program_id(0) + 1) + tl.arange(0, BLOCK)
    at = things + thing * THING
    start = tl.load(at + 2)
    there = number < tl.load(at + 4)
    ends = chords + (tl.load(at + 3) + number) * 4
    ax, ay, az = _chord(ends, places, start, there)
    bx, by, bz = _chord(ends + 2, places, start, there)
    x, y, z = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    length = tl.maximum(tl.sqrt(x * x + y * y + z * z), 1e-12)
    to = found + (start + number).to(tl.int64) * 3
    tl.store(to, x / length, there)
    tl.store(to + 1, y / length, there)
    tl.store(to + 2, z / length, there)


@triton.jit
def _chord(ends, places, start, there):
    first = places + (tl.load(ends, there, 0) + start).to(tl.int64) * 3
    last = places + (tl.load(ends + 1, there, 0) + start).to(tl.int64) * 3
    x = tl.load(first, there, 0.0) - tl.load(last, there, 0.0)
    y = tl.load(first + 1, there, 0.0) - tl.load(last + 1, there, 0.0)
    z = tl.load(first + 2, there, 0.0) - tl.load(last + 2, there, 0.0)
    return x, y, z


@triton.jit
def corners(
    blocks, things, triangles, places, hidden, cameras, drawn, picture, owner, layer,
    THING: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Write what is `drawn` (F, 3, 3) in which `picture` (F,) int32, and of which thing (F,) int32;
    `cameras` (B, 15) are eye, axes, focal and middle; what is hidden gets no depth."""
    thing = tl.load(blocks + 2 * tl.program_id(0))
    number = tl.load(blocks + 2 * tl.program_id(0) + 1) + tl.arange(0, BLOCK)
    at = things + thing * THING
    person, column, start = tl.load(at), tl.load(at + 1), tl.load(at + 2)
    there = number < tl.load(at + 7)
    face = (tl.load(at + 5) + number).to(tl.int64)
    own = triangles + (tl.load(at + 6) + number) * 3
    unseen = there
    for one in tl.static_range(3):
        vertex = start + tl.load(own + one, there, 0)
        unseen = unseen & (tl.load(hidden + vertex, there, 0) != 0)
    for one in tl.static_range(3):
        vertex = (start + tl.load(own + one, there, 0)).to(tl.int64)
        x, y, depth = _project(cameras + person * 15, places + vertex * 3, there)
        depth = tl.where(unseen, -1.0, depth - layer * column)
        to = drawn + face * 9 + one * 3
        tl.store(to, x, there)
        tl.store(to + 1, y, there)
        tl.store(to + 2, depth, there)
    tl.store(picture + face, person + number * 0, there)
    tl.store(owner + face, thing + number * 0, there)


@triton.jit
def _project(camera, place, there):
    x = tl.load(place, there, 0.0) - tl.load(camera)
    y = tl.load(place + 1, there, 0.0) - tl.load(camera + 1)
    z = tl.load(place + 2, there, 0.0) - tl.load(camera + 2)
    right = tl.load(camera + 3) * x + tl.load(camera + 4) * y + tl.load(camera + 5) * z
    down = tl.load(camera + 6) * x + tl.load(camera + 7) * y + tl.load(camera + 8) * z
    ahead = tl.load(camera + 9) * x + tl.load(camera + 10) * y + tl.load(camera + 11) * z
    focal = tl.load(camera + 12)
    across = right / ahead * focal + tl.load(camera + 13)
    return across, down / ahead * focal + tl.load(camera + 14), ahead

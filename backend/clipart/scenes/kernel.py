# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: N803, PLR0913
"""`draw` as one Triton kernel for CUDA: a block paints all parts of a tile of one frame."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from ..drawing import CANVAS
from .draw import Cast

_TILE = 16


def paint(cast: Cast, axes: Tensor, pixels: int) -> Tensor:
    """(N, T, 4, pixels, pixels) as `draw.paint` gives them."""
    count, frames, parts = axes.shape[:3]
    table = torch.cat(
        [cast.forms, cast.colors, cast.shades, cast.is_clipped[..., None].to(cast.forms.dtype)], -1
    ).contiguous()
    picture = axes.new_empty((count, frames, 4, pixels, pixels))
    tiles = triton.cdiv(pixels, _TILE)
    with torch.cuda.device_of(axes):
        _paint[(count * frames, tiles * tiles)](
            axes.contiguous(), table, picture, frames, parts, pixels, tiles, CANVAS / pixels, _TILE
        )
    return picture


@triton.jit
def _profile(t, bell, table):
    q0, q1, q2, q3 = (tl.load(table), tl.load(table + 1), tl.load(table + 2), tl.load(table + 3))
    r0, r1, r2, r3 = (
        tl.load(table + 4),
        tl.load(table + 5),
        tl.load(table + 6),
        tl.load(table + 7),
    )
    q = q0 + t * (q1 + t * (q2 + t * q3))
    steep = bell * (q1 + t * (2 * q2 + t * 3 * q3)) - q * t / bell
    value = bell * q + r0 + t * (r1 + t * (r2 + t * r3))
    return value, steep + r1 + t * (2 * r2 + t * 3 * r3)


@triton.jit(do_not_specialize=["frames", "parts"])
def _paint(axes, table, picture, frames, parts, pixels, tiles, unit, TILE: tl.constexpr):
    frame = tl.program_id(0).to(tl.int64)
    tile = tl.program_id(1)
    lane = tl.arange(0, TILE * TILE)
    column = (tile % tiles) * TILE + lane % TILE
    row = (tile // tiles) * TILE + lane // TILE
    px = (column.to(tl.float32) + 0.5) * unit
    py = (row.to(tl.float32) + 0.5) * unit
    red = tl.zeros((TILE * TILE,), tl.float32)
    green = tl.zeros((TILE * TILE,), tl.float32)
    blue = tl.zeros((TILE * TILE,), tl.float32)
    opaque = tl.zeros((TILE * TILE,), tl.float32)
    mask = tl.zeros((TILE * TILE,), tl.float32) + 1.0
    axis = axes + frame * parts * 5
    own = table + (frame // frames) * parts * 30
    for _ in range(parts):
        right, down = px - tl.load(axis), py - tl.load(axis + 1)
        dx, dy, half = tl.load(axis + 2), tl.load(axis + 3), tl.load(axis + 4)
        t = (right * dx + down * dy) / half
        across = down * dx - right * dy
        inside = tl.minimum(tl.maximum(t, -1.0), 1.0)
        bell = tl.sqrt(tl.maximum(1 - inside * inside, 1e-4))
        width, steep_width = _profile(inside, bell, own)
        center, steep_center = _profile(inside, bell, own + 8)
        off = across - center
        size = tl.abs(off)
        reach = size + width
        sign = tl.where(off > 0, 1.0, tl.where(off < 0, -1.0, 0.0))
        steep = (reach * sign * steep_center + 2 * width * steep_width) / half
        over = (size - width) * reach / tl.sqrt(steep * steep + reach * reach + 1e-6)
        beyond = (tl.abs(t) - 1) * half
        out_x, out_y = tl.maximum(beyond, 0.0), tl.maximum(over, 0.0)
        distance = tl.sqrt(out_x * out_x + out_y * out_y)
        distance += tl.minimum(tl.maximum(over, beyond), 0.0) - tl.load(own + 16)
        covered = tl.minimum(tl.maximum(0.5 - distance / unit, 0.0), 1.0)
        clipped = tl.load(own + 29) > 0.5
        seen = tl.where(clipped, mask * covered, covered)
        mask = tl.where(clipped, mask, covered)
        phase = tl.load(own + 25) * t + tl.load(own + 26) * across + tl.load(own + 27)
        mix = tl.minimum(tl.maximum(0.5 + tl.load(own + 28) * tl.sin(phase), 0.0), 1.0)
        first, second = tl.load(own + 20), tl.load(own + 24)
        alpha = seen * (first + (second - first) * mix)
        first, second = tl.load(own + 17), tl.load(own + 21)
        red += alpha * (first + (second - first) * mix - red)
        first, second = tl.load(own + 18), tl.load(own + 22)
        green += alpha * (first + (second - first) * mix - green)
        first, second = tl.load(own + 19), tl.load(own + 23)
        blue += alpha * (first + (second - first) * mix - blue)
        opaque += alpha * (1 - opaque)
        axis += 5
        own += 30
    there = (column < pixels) & (row < pixels)
    plane = pixels * pixels
    place = picture + frame * 4 * plane + row * pixels + column
    tl.store(place, red, there)
    tl.store(place + plane, green, there)
    tl.store(place + 2 * plane, blue, there)
    tl.store(place + 3 * plane, opaque, there)

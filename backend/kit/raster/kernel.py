# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: N803, PLR0913
"""The z-buffer of `visibility.nearest_keys` as Triton kernels for CUDA: the same keys, sooner.

A triangle of few pixels is one lane's work; larger ones are listed, and a whole block then draws
each. Fused multiply-add is off and division exact, so that the numbers are those of PyTorch.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from .visibility import LIMIT, NEAR, NOTHING, Size

_LANES = 32
_TILE = 256
_SMALL = 64  # pixels in a triangle's box that one lane draws alone
_BLOCKS = 1056


def nearest_keys(corners: Tensor, picture: Tensor, size: Size, perspective: bool) -> Tensor:
    """(B * H * W,) keys as `visibility.nearest_keys` gives them."""
    nearest = torch.full((size[0] * size[1] * size[2],), NOTHING, device=corners.device)
    count = len(corners)
    if count == 0:
        return nearest
    corners, picture = corners.contiguous(), picture.to(torch.int32)
    listed = torch.empty(count + 1, dtype=torch.int32, device=corners.device)
    listed[:1] = 0
    near = NEAR if perspective else -LIMIT
    shared = (corners, picture, nearest, listed)
    exact = {"enable_fp_fusion": False}
    grid = (triton.cdiv(count, _LANES),)
    with torch.cuda.device_of(corners):
        _draw_small[grid](
            *shared, count, *size, near, LIMIT, perspective, _SMALL, _LANES, num_warps=1, **exact
        )
        _draw_large[(_BLOCKS,)](*shared, *size[1:], perspective, _TILE, num_warps=4, **exact)
    return nearest


@triton.jit(do_not_specialize=["count", "pictures", "height", "width"])
def _draw_small(
    corners,
    picture,
    nearest,
    listed,
    count,
    pictures,
    height,
    width,
    near,
    limit,
    PERSPECTIVE: tl.constexpr,
    SMALL: tl.constexpr,
    LANES: tl.constexpr,
):
    face = tl.program_id(0) * LANES + tl.arange(0, LANES)
    there = face < count
    own = tl.load(picture + face, there, other=-1)
    ax, ay, az, bx, by, bz, cx, cy, cz = _corners(corners, face, there)
    left, top, columns, rows = _box(ax, ay, bx, by, cx, cy, height, width)
    # A comparison with NaN fails; infinities are beyond the limit.
    drawn = there & (own >= 0) & (own < pictures)
    drawn &= (tl.abs(ax) <= limit) & (tl.abs(bx) <= limit) & (tl.abs(cx) <= limit)
    drawn &= (tl.abs(ay) <= limit) & (tl.abs(by) <= limit) & (tl.abs(cy) <= limit)
    drawn &= (az <= limit) & (bz <= limit) & (cz <= limit)
    drawn &= (az >= near) & (bz >= near) & (cz >= near)
    drawn &= (bx - ax) * (cy - ay) - (by - ay) * (cx - ax) != 0
    pixels = tl.where(drawn, columns * rows, 0)
    large = pixels > SMALL
    slot = tl.atomic_add(listed + tl.zeros_like(face), 1, large)
    tl.store(listed + 1 + slot, face, large)
    pixels = tl.where(large, 0, pixels)
    if PERSPECTIVE:
        az, bz, cz = tl.div_rn(1.0, az), tl.div_rn(1.0, bz), tl.div_rn(1.0, cz)
    start = own.to(tl.int64) * (height * width)
    x, y = left, top
    for step in range(tl.max(pixels, 0)):
        covered, key = _key(ax, ay, az, bx, by, bz, cx, cy, cz, x, y, face, PERSPECTIVE)
        covered &= step < pixels
        tl.atomic_min(nearest + start + y * width + x, key, covered, sem="relaxed")
        x += 1
        ended = x == left + columns
        x = tl.where(ended, left, x)
        y = tl.where(ended, y + 1, y)


@triton.jit(do_not_specialize=["height", "width"])
def _draw_large(
    corners,
    picture,
    nearest,
    listed,
    height,
    width,
    PERSPECTIVE: tl.constexpr,
    TILE: tl.constexpr,
):
    for slot in range(tl.program_id(0), tl.load(listed), tl.num_programs(0)):
        face = tl.load(listed + 1 + slot)
        ax, ay, az, bx, by, bz, cx, cy, cz = _corners(corners, face, face >= 0)
        left, top, columns, rows = _box(ax, ay, bx, by, cx, cy, height, width)
        if PERSPECTIVE:
            az, bz, cz = tl.div_rn(1.0, az), tl.div_rn(1.0, bz), tl.div_rn(1.0, cz)
        start = tl.load(picture + face).to(tl.int64) * (height * width)
        for first in range(0, columns * rows, TILE):
            place = first + tl.arange(0, TILE)
            x, y = left + place % columns, top + place // columns
            covered, key = _key(ax, ay, az, bx, by, bz, cx, cy, cz, x, y, face, PERSPECTIVE)
            covered &= place < columns * rows
            tl.atomic_min(nearest + start + y * width + x, key, covered, sem="relaxed")


@triton.jit
def _corners(corners, face, there):
    at = corners + face.to(tl.int64) * 9
    ax, ay, az = tl.load(at, there, 0.0), tl.load(at + 1, there, 0.0), tl.load(at + 2, there, 0.0)
    bx, by = tl.load(at + 3, there, 0.0), tl.load(at + 4, there, 0.0)
    bz, cx = tl.load(at + 5, there, 0.0), tl.load(at + 6, there, 0.0)
    cy, cz = tl.load(at + 7, there, 0.0), tl.load(at + 8, there, 0.0)
    return ax, ay, az, bx, by, bz, cx, cy, cz


@triton.jit
def _box(ax, ay, bx, by, cx, cy, height, width):
    left, columns = _span(ax, bx, cx, width)
    top, rows = _span(ay, by, cy, height)
    return left, top, columns, rows


@triton.jit
def _span(a, b, c, length):
    end = length.to(tl.float32)
    low = tl.math.ceil(tl.minimum(tl.minimum(a, b), c) - 0.5)
    high = tl.math.floor(tl.maximum(tl.maximum(a, b), c) - 0.5)
    first = tl.minimum(tl.maximum(low, 0.0), end).to(tl.int32)
    last = tl.minimum(tl.maximum(high, -1.0), end - 1).to(tl.int32)
    return first, tl.maximum(last - first + 1, 0)


@triton.jit
def _key(ax, ay, az, bx, by, bz, cx, cy, cz, x, y, face, PERSPECTIVE: tl.constexpr):
    px, py = x.to(tl.float32) + 0.5, y.to(tl.float32) + 0.5
    ax, bx, cx = ax - px, bx - px, cx - px
    ay, by, cy = ay - py, by - py, cy - py
    a = bx * cy - by * cx
    b = cx * ay - cy * ax
    c = ax * by - ay * bx
    total = a + b + c
    inside = ((a >= 0) & (b >= 0) & (c >= 0)) | ((a <= 0) & (b <= 0) & (c <= 0))
    covered = inside & (total != 0)
    weighted = a * az + b * bz + c * cz
    depth = tl.div_rn(total, weighted) if PERSPECTIVE else tl.div_rn(weighted, total)
    bits = depth.to(tl.int32, bitcast=True).to(tl.int64)
    bits = tl.where(bits < 0, -(bits & 0x7FFFFFFF), bits)
    return covered, (bits << 32) | face.to(tl.int64)

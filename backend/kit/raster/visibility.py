# SPDX-License-Identifier: Apache-2.0
"""Which triangle is nearest at each pixel of a batch of pictures: a z-buffer in plain PyTorch."""

from __future__ import annotations

import torch
from torch import Tensor

# Rows tested in one go: bounds memory (about 60 bytes a row) however large the triangles are.
CANDIDATES_AT_ONCE = 1 << 22
NEAR = 1e-6
"""Triangles with a corner nearer to the eye than this are left out."""
LIMIT = 1e7
"""So are those with a number beyond this: in float32 their edges would be rounding errors."""
NOTHING = torch.iinfo(torch.int64).max

Size = tuple[int, int, int]


def nearest_keys(corners: Tensor, picture: Tensor, size: Size, perspective: bool) -> Tensor:
    """(B * H * W,) the smallest key at each pixel, NOTHING where no triangle is.

    A key holds the depth's bits above the triangle's number, so that the smallest is the nearest
    and, at equal depth, the first triangle. `corners` (F, 3, 3) float32; `picture` (F,) int64.
    """
    nearest = torch.full((size[0] * size[1] * size[2],), NOTHING, device=corners.device)
    columns = corners.reshape(-1, 9).T.contiguous()
    low, counts = _boxes(columns.view(3, 3, -1), picture, size, perspective)
    faces = (counts[0] * counts[1]).nonzero()[:, 0]
    low, counts = low.index_select(1, faces), counts.index_select(1, faces)
    flat = columns.index_select(1, faces)
    if perspective:
        flat[2::3].reciprocal_()
    start = picture.index_select(0, faces) * (size[1] * size[2])
    for part in _chunks(counts):
        owner, x, y = _candidates(low[:, part], counts[:, part])
        covered, depth = _inside(flat[:, part], owner, x, y, perspective)
        owner = owner.index_select(0, covered)
        pixel = (y * size[2] + x).index_select(0, covered) + start[part].index_select(0, owner)
        key = (ordered(depth) << 32) | faces[part].index_select(0, owner)
        nearest.scatter_reduce_(0, pixel, key, "amin")
    return nearest


def signs(columns: Tensor, picture: Tensor, pictures: int, perspective: bool) -> Tensor:
    """(F,) 1 or -1 by the way round that a triangle's corners are seen; 0 if it is left out.

    `columns` are the corners as (3, 3, F): first the corner, then its x, y and depth.
    """
    a, b, c = columns[:, :2]
    area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    # NaN is propagated by all of these, and fails every comparison.
    near, far = columns[:, 2].amin(0), columns[:, 2].amax(0)
    drawn = (columns[:, :2].abs().amax((0, 1)) <= LIMIT) & (far <= LIMIT)
    drawn &= near >= (NEAR if perspective else -LIMIT)
    drawn &= (picture >= 0) & (picture < pictures)
    facing: Tensor = area.sign_().to(torch.int8)
    return facing.mul_(drawn)


def _boxes(
    columns: Tensor, picture: Tensor, size: Size, perspective: bool
) -> tuple[Tensor, Tensor]:
    """(2, F) first column and row whose centre a triangle's box holds, and (2, F) how many.

    Where there are none, the first is any number.
    """
    a, b, c = columns[:, :2]
    least, most = torch.minimum(a, b).minimum(c), torch.maximum(a, b).maximum(c)
    end = torch.tensor([[size[2]], [size[1]]], dtype=torch.float32, device=columns.device)
    low = least.sub_(0.5).ceil_().clamp_(min=0)
    high = torch.minimum(most.sub_(0.5).floor_(), end - 1)
    drawn = signs(columns, picture, size[0], perspective) != 0
    counts = high.sub_(low).add_(1).clamp_(min=0)
    return low.int(), torch.where(drawn, counts, 0).int()


def _chunks(counts: Tensor) -> list[slice]:
    """Split the faces into runs of about CANDIDATES_AT_ONCE pixels to test."""
    ends = (counts[0] * counts[1]).cumsum(0)
    if not len(ends):
        return []
    if ends[-1] <= CANDIDATES_AT_ONCE:
        return [slice(0, len(ends))]
    lengths = torch.bincount((ends - 1) // CANDIDATES_AT_ONCE).cumsum(0).tolist()
    return [slice(a, b) for a, b in zip([0, *lengths], lengths, strict=False) if b > a]


def _candidates(low: Tensor, counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """For each pixel in each triangle's box: whose box, which column, which row."""
    rows = counts[0] * counts[1]
    first = rows.cumsum(0, dtype=torch.int32) - rows
    owner = torch.repeat_interleave(rows)
    box = torch.stack([first, counts[0], low[0], low[1]]).index_select(1, owner)
    place = torch.arange(len(owner), dtype=torch.int32, device=owner.device) - box[0]
    down = place // box[1]
    return owner, place - down * box[1] + box[2], down + box[3]


def _inside(
    flat: Tensor, owner: Tensor, x: Tensor, y: Tensor, perspective: bool
) -> tuple[Tensor, Tensor]:
    """Which candidates lie in their triangle, and the depth of those.

    `flat` (9, F) are the corners' numbers; with `perspective`, one over the depth for the depth.
    """
    a, b, c = edges(flat[[0, 3, 6, 1, 4, 7]].index_select(1, owner), x, y)
    inside = ((a >= 0) & (b >= 0) & (c >= 0)) | ((a <= 0) & (b <= 0) & (c <= 0))
    covered = (inside & (a + b + c != 0)).nonzero()[:, 0]
    a, b, c = (edge.index_select(0, covered) for edge in (a, b, c))
    depths = flat[[2, 5, 8]].index_select(1, owner.index_select(0, covered))
    total, weighted = a + b + c, a * depths[0] + b * depths[1] + c * depths[2]
    return covered, total / weighted if perspective else weighted / total


def edges(flat: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Twice the area opposite each corner, seen from pixel centres; `flat` is (6, N), x's first.

    Measured from the pixel, the edge of one triangle is exactly minus the same edge of its
    neighbour, so no pixel falls between the two.
    """
    right, down = flat[:3] - (x.to(torch.float32) + 0.5), flat[3:] - (y.to(torch.float32) + 0.5)
    return (
        right[1] * down[2] - down[1] * right[2],
        right[2] * down[0] - down[2] * right[0],
        right[0] * down[1] - down[0] * right[1],
    )


def ordered(depth: Tensor) -> Tensor:
    """Depths as int64 in the same order: the bits of a float32 are ordered like integers."""
    bits = depth.to(torch.float32).contiguous().view(torch.int32).to(torch.int64)
    return torch.where(bits < 0, -(bits & 0x7FFFFFFF), bits)

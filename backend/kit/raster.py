# SPDX-License-Identifier: Apache-2.0
"""Which triangle is seen at each pixel, and where on it: a z-buffer in plain PyTorch."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

# Rows tested in one go: bounds memory (about 60 bytes a row) however large the triangles are.
CANDIDATES_AT_ONCE = 1 << 22
_NOTHING = torch.iinfo(torch.int64).max


@dataclass(frozen=True)
class Fragments:
    """Per pixel: `face` (H, W) int64, -1 for none; `barycentrics` (H, W, 3), zero there."""

    face: Tensor
    barycentrics: Tensor

    def interpolate(self, attributes: Tensor) -> Tensor:
        """(H, W, K) from values at the corners (F, 3, K); zero where nothing is seen."""
        values = torch.zeros(
            (*self.face.shape, attributes.shape[-1]),
            dtype=attributes.dtype,
            device=self.face.device,
        )
        seen = self.face >= 0
        shares = self.barycentrics[seen].to(attributes.dtype)
        values[seen] = (shares[:, :, None] * attributes[self.face[seen]]).sum(1)
        return values


def rasterise(triangles: Tensor, height: int, width: int, perspective: bool = False) -> Fragments:
    """Draw triangles (F, 3, 3) of pixel x, pixel y (down) and depth; the smallest depth wins.

    The centre of the pixel in row i and column j is (j + 0.5, i + 0.5). Both sides are drawn and
    shared edges leave no gap; at equal depth the first face wins. Triangles with numbers that are
    not finite or without area are left out. With `perspective`, depth is the distance in front of
    the camera, the barycentrics are perspective-correct, and triangles that reach behind the
    camera (depth <= 0) are left out.
    """
    corners = triangles.detach().to(torch.float32)
    nearest = torch.full((height * width,), _NOTHING, dtype=torch.int64, device=corners.device)
    low, counts = _boxes(corners, height, width, perspective)
    faces = counts.prod(1).nonzero()[:, 0]
    for chunk in _chunks(faces, counts):
        pixel, key = _inside(corners, chunk, low[chunk], counts[chunk], (width, perspective))
        nearest.scatter_reduce_(0, pixel, key, "amin")
    seen = (nearest != _NOTHING).nonzero()[:, 0]
    face = torch.full_like(nearest, -1)
    face[seen] = nearest[seen] & 0xFFFFFFFF
    shares = _barycentrics(corners[face[seen]], seen, width, perspective)
    barycentrics = torch.zeros((height * width, 3), device=corners.device)
    barycentrics[seen] = shares
    return Fragments(face.view(height, width), barycentrics.view(height, width, 3))


def _boxes(corners: Tensor, height: int, width: int, perspective: bool) -> tuple[Tensor, Tensor]:
    """(F, 2) first column and row whose centre a triangle's box holds, and (F, 2) how many."""
    size = torch.tensor([width, height], device=corners.device)
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    drawn = torch.isfinite(corners).all(2).all(1)
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    drawn &= area != 0
    if perspective:
        drawn &= (corners[:, :, 2] > 0).all(1)
    flat = corners[:, :, :2].nan_to_num()
    low = (flat.amin(1) - 0.5).ceil().clamp(min=torch.zeros_like(size), max=size).long()
    high = (flat.amax(1) - 0.5).floor().clamp(min=-torch.ones_like(size), max=size - 1).long()
    return low, (high - low + 1).clamp(min=0) * drawn[:, None]


def _chunks(faces: Tensor, counts: Tensor) -> list[Tensor]:
    """Split the faces into runs of about CANDIDATES_AT_ONCE pixels to test."""
    ends = counts[faces].prod(1).cumsum(0)
    if not len(faces) or ends[-1] <= CANDIDATES_AT_ONCE:
        return [faces] if len(faces) else []
    lengths = torch.bincount((ends - 1) // CANDIDATES_AT_ONCE)
    return list(torch.split(faces, lengths.tolist()))


def _inside(
    corners: Tensor, faces: Tensor, low: Tensor, counts: Tensor, view: tuple[int, bool]
) -> tuple[Tensor, Tensor]:
    """The pixels that the faces cover, and a key that orders first by depth, then by face."""
    width, perspective = view
    rows = counts.prod(1)
    first = rows.cumsum(0) - rows
    owner = torch.repeat_interleave(rows)
    box = torch.stack([first, counts[:, 0], low[:, 0], low[:, 1]]).int().index_select(1, owner)
    place = torch.arange(len(owner), dtype=torch.int32, device=owner.device) - box[0]
    down = place // box[1]
    x, y = place - down * box[1] + box[2], down + box[3]
    edges = _edges(corners[faces], owner, x, y)
    covered = ((edges.amin(0) >= 0) | (edges.amax(0) <= 0)).nonzero()[:, 0]
    edges, owner = edges.index_select(1, covered), faces[owner[covered]]
    shares = edges / edges.sum(0)
    depths = corners[:, :, 2].index_select(0, owner).T
    depth = 1 / (shares / depths).sum(0) if perspective else (shares * depths).sum(0)
    pixel = y[covered].long() * width + x[covered]
    return pixel, (_ordered(depth) << 32) | owner


def _edges(corners: Tensor, owner: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """(3, N) twice the area opposite each corner of the owner, seen from N pixel centres.

    Measured from the pixel, the edge of one triangle is exactly minus the same edge of its
    neighbour, so no pixel falls between the two.
    """
    flat = corners[:, :, :2].permute(2, 1, 0).reshape(6, -1).index_select(1, owner)
    px = flat[:3] - (x.to(torch.float32) + 0.5)
    py = flat[3:] - (y.to(torch.float32) + 0.5)
    pairs = ((1, 2), (2, 0), (0, 1))
    return torch.stack([px[a] * py[b] - py[a] * px[b] for a, b in pairs])


def _barycentrics(corners: Tensor, pixel: Tensor, width: int, perspective: bool) -> Tensor:
    """(N, 3) for triangle n seen at pixel n."""
    own = torch.arange(len(pixel), device=pixel.device)
    shares = _edges(corners, own, pixel % width, pixel // width)
    if perspective:
        # Nearer corners weigh more: divide by depth, scaled so that tiny depths do not overflow.
        depths = corners[:, :, 2].T
        shares = shares * (depths.amin(0) / depths)
    return (shares / shares.sum(0)).T


def _ordered(depth: Tensor) -> Tensor:
    """float32 as int64 in the same order: the bits of a float are ordered like integers."""
    bits = depth.contiguous().view(torch.int32).to(torch.int64)
    return torch.where(bits < 0, -(bits & 0x7FFFFFFF), bits)

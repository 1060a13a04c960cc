# SPDX-License-Identifier: Apache-2.0
"""Pictures of deformed meshes that wear the drawing, with gradients to their vertices.

The ink ends inside the meshes, so what a pixel shows depends smoothly on where the vertices are and
the gradient is known in closed form: moving a triangle's corner i by d moves what a pixel of it
shows by -share_i J d, J being the map from the deformed triangle back to rest. Where a mesh lies
over itself, an arm before the body, its nearest and its farthest triangle are seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..drawing import CANVAS
from .rows import Pixels, Rows, pixels_of, rows_within

THINNEST = 0.05
"""Triangles flatter than this share of their area pass on no greater gradients."""


@dataclass(frozen=True)
class Cover:
    """A mesh at rest: vertices (V, 2) in canvas units, triangles (F, 3).

    Where it lies over itself the triangle with the smallest of `depths` (F,) is on top; no two are
    equal, and whole numbers below 2 ** 24.
    """

    vertices: Tensor
    triangles: Tensor
    depths: Tensor


@dataclass(frozen=True)
class Coat:
    """What mesh `cover` wears: premultiplied RGBA (S, S, 4) of the whole canvas square."""

    cover: int
    picture: Tensor


@dataclass(frozen=True)
class _Mesh:
    """A mesh in all frames: its rows of pixels, and for each of its triangles, frame by frame, the
    map back to rest (2, 2) and how the shares (2,) of its last two corners go with a place."""

    rows: Rows
    back: Tensor
    shares: Tensor
    starts: Tensor


@dataclass(frozen=True)
class _Seen:
    """N pixels, `index` among those of all frames, that see a mesh, and where on it at rest."""

    cover: int
    pixels: Pixels
    index: Tensor
    places: Tensor


@dataclass(frozen=True)
class _Worn:
    """What the backward pass needs of one coat at the pixels that its mesh covers."""

    seen: int
    slopes: Tensor
    below: Tensor
    kept: Tensor


def warp(
    covers: tuple[Cover, ...],
    coats: tuple[Coat, ...],
    moved: tuple[Tensor, ...],
    background: Tensor,
) -> Tensor:
    """(T, C, H, W): the coats one above the other, each mesh with its vertices at (T, V, 2).

    `background` (C, H, W), C being 4: premultiplied RGBA. Pictures show the whole canvas square.
    """
    result: Tensor = _Warp.apply(covers, coats, background, *moved)  # type: ignore[no-untyped-call]
    return result


class _Warp(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        covers: tuple[Cover, ...],
        coats: tuple[Coat, ...],
        background: Tensor,
        *moved: Tensor,
    ) -> Tensor:
        frames, (height, width) = len(moved[0]), background.shape[1:]
        size = (frames, height, width)
        seen: list[_Seen] = []
        meshes = [_in_frames(*pair, size) for pair in zip(covers, moved, strict=True)]
        for index, mesh in enumerate(meshes):
            seen += _seen(index, covers[index], mesh, size)
        canvas = background.permute(1, 2, 0).expand(frames, -1, -1, -1).reshape(-1, 4).clone()
        worn = []
        for coat in coats:
            for index in (i for i, part in enumerate(seen) if part.cover == coat.cover):
                part = seen[index]
                color, slopes = _looked_up(coat.picture, part.places, any(ctx.needs_input_grad))
                below = canvas.index_select(0, part.index)
                kept = 1 - color[:, 3:]
                canvas.index_copy_(0, part.index, torch.addcmul(color, kept, below))
                if slopes is not None:
                    worn.append(_Worn(index, slopes, below, kept))
        ctx.covers, ctx.meshes, ctx.worn, ctx.seen = covers, meshes, worn, seen
        ctx.shapes = [place.shape for place in moved]
        return canvas.view(*size, 4).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        gradient = gradients[0].permute(0, 2, 3, 1).reshape(-1, 4).clone()
        felt = [part.places.new_zeros(part.places.shape) for part in ctx.seen]
        for worn in reversed(ctx.worn):
            pixels = ctx.seen[worn.seen].index
            here = gradient.index_select(0, pixels)
            of_color = here.clone()
            of_color[:, 3] -= (here * worn.below).sum(1)
            felt[worn.seen] += (worn.slopes * of_color[:, None]).sum(2)
            gradient.index_copy_(0, pixels, here * worn.kept)
        of_moved = [gradient.new_zeros(shape) for shape in ctx.shapes]
        for part, of in zip(ctx.seen, felt, strict=True):
            corners = _to_corners(ctx.meshes[part.cover], part.pixels, of)
            triangles = ctx.covers[part.cover].triangles.reshape(-1)
            into = of_moved[part.cover]
            into.index_add_(1, triangles, corners.view(len(into), -1, 2))
        return None, None, None, *of_moved


def _in_frames(cover: Cover, moved: Tensor, size: tuple[int, int, int]) -> _Mesh:
    """A mesh with its vertices at (T, V, 2), all frames' triangles in one list."""
    scale = moved.new_tensor([size[2], size[1]]) / CANVAS
    corners = moved.detach()[:, cover.triangles].flatten(0, 1)
    rows = rows_within(corners * scale, size[1], size[2])
    rest = cover.vertices[cover.triangles].repeat(size[0], 1, 1)
    sides = _sides(rest)
    shares = _inverse(_sides(corners), THINNEST * torch.linalg.det(sides).abs())
    back = sides @ shares
    face = rows.face
    centers = (torch.stack([rows.left, rows.row], 1) + 0.5) / scale - corners[face, 0]
    starts = (shares[face] @ centers[..., None])[..., 0]
    places = rest[face, 0] + (back[face] @ centers[..., None])[..., 0]
    steps = torch.cat([places, back[face, :, 0] / scale[0]], 1)
    return _Mesh(rows, back, shares[..., 0] / scale[0], torch.cat([starts, steps], 1))


def _seen(index: int, cover: Cover, mesh: _Mesh, size: tuple[int, int, int]) -> list[_Seen]:
    """What each pixel sees of a mesh: first what is behind, where it lies over itself."""
    rows, count = mesh.rows, len(cover.triangles)
    pixels = pixels_of(rows)
    frame = rows.face // count
    at = ((frame * size[1] + rows.row) * size[2] + rows.left)[pixels.row] + pixels.step
    marks = torch.zeros(size[0] * size[1] * size[2], dtype=torch.int32, device=at.device)
    marks[at] = torch.arange(len(at), dtype=torch.int32, device=at.device)
    parts = [(pixels, at)]
    if (marks[at] != torch.arange(len(at), device=at.device)).any():
        depth = cover.depths.to(torch.int32)[rows.face % count][pixels.row]
        nearest = marks.fill_(count).scatter_reduce(0, at, depth, "amin")[at] == depth
        farthest = marks.fill_(-1).scatter_reduce(0, at, depth, "amax")[at] == depth
        sides = (farthest & ~nearest, nearest)
        parts = [(pixels.chosen(side), at[side]) for side in sides]
    steps = mesh.starts[:, 2:]
    return [
        _Seen(index, part, where, torch.addcmul(*_along(steps[part.row], part.step)))
        for part, where in parts
    ]


def _along(steps: Tensor, step: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    return steps[:, :2], steps[:, 2:], step[:, None].to(steps)


def _looked_up(picture: Tensor, places: Tensor, sloped: bool) -> tuple[Tensor, Tensor | None]:
    """(N, 4) the picture at places on the canvas, between its four nearest texels, and (N, 2, 4)
    how that changes with the place. There is nothing outside."""
    side = len(picture)
    flat = torch.nn.functional.pad(picture, (0, 0, 1, 1, 1, 1)).view(-1, 4)
    at = (places * (side / CANVAS) + 0.5).clamp(0, side + 0.999)
    low = at.floor()
    share = at - low
    corner = low.long()
    index = corner[:, 1] * (side + 2) + corner[:, 0]
    a, b = flat.index_select(0, index), flat.index_select(0, index + 1)
    c, d = flat.index_select(0, index + side + 2), flat.index_select(0, index + side + 3)
    x, y = share[:, :1], share[:, 1:]
    top, bottom = torch.lerp(a, b, x), torch.lerp(c, d, x)
    color = torch.lerp(top, bottom, y)
    if not sloped:
        return color, None
    slopes = torch.stack([torch.lerp(b - a, d - c, y), bottom - top], 1) * (side / CANVAS)
    return color, slopes


def _to_corners(mesh: _Mesh, pixels: Pixels, felt: Tensor) -> Tensor:
    """(T F, 3, 2) gradients of the triangles' corners from those (N, 2) of the places seen."""
    rows = mesh.rows
    moments = torch.cat([felt, felt * pixels.step[:, None]], 1)
    summed = felt.new_zeros(len(rows.face), 4).index_add_(0, pixels.row, moments)
    whole, stepped = summed[:, :2], summed[:, 2:]
    starts, steps = mesh.starts[:, :2], mesh.shares[rows.face]
    last = starts[..., None] * whole[:, None] + steps[..., None] * stepped[:, None]
    first = whole - last.sum(1)
    shared = torch.cat([first, last.flatten(1)], 1)
    faces = felt.new_zeros(len(mesh.back), 6).index_add_(0, rows.face, shared)
    return -faces.view(-1, 3, 2) @ mesh.back


def _inverse(sides: Tensor, least: Tensor) -> Tensor:
    """The inverses of (F, 2, 2), as if no determinant were nearer to nothing than `least`."""
    (a, b), (c, d) = (row.unbind(1) for row in sides.unbind(1))
    area = a * d - b * c
    area = torch.where(area < 0, torch.minimum(area, -least), torch.maximum(area, least))
    return torch.stack([d, -b, -c, a], 1).view_as(sides) / area[:, None, None]


def _sides(corners: Tensor) -> Tensor:
    """(..., 2, 2): two sides of triangles (..., 3, 2), each a column."""
    return (corners[..., 1:, :] - corners[..., :1, :]).transpose(-1, -2)

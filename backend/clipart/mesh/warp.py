# SPDX-License-Identifier: Apache-2.0
"""Pictures of deformed meshes that wear the drawing, with gradients to their vertices.

The ink ends inside the meshes, so what a pixel shows depends smoothly on where the vertices are and
the gradient is known in closed form: moving a triangle's corner i by d moves what a pixel of it
shows by -share_i J d, J being the map from the deformed triangle back to rest. Where a mesh lies
over itself, an arm before the body, its nearest and its farthest triangle are seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from ...kit.raster import rasterise
from ..drawing import CANVAS

THINNEST = 0.05
"""Triangles flatter than this share of their area pass on no greater gradients."""
FOLDED = 24.0
"""A mesh that hides more square pixels of itself than this in a frame is looked at from behind."""


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
class _Seen:
    """N pixels of the frames, which of the frames' triangles each sees, the shares (N, 3) of its
    corners and the place at rest (N, 2)."""

    cover: int
    pixels: Tensor
    faces: Tensor
    shares: Tensor
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
        for index, (cover, place) in enumerate(zip(covers, moved, strict=True)):
            seen += _seen(index, cover, place, size)
        canvas = background.permute(1, 2, 0).expand(frames, -1, -1, -1).reshape(-1, 4).clone()
        worn = []
        for coat in coats:
            for index in (i for i, part in enumerate(seen) if part.cover == coat.cover):
                part = seen[index]
                color, slopes = _looked_up(coat.picture, part.places, any(ctx.needs_input_grad))
                below = canvas.index_select(0, part.pixels)
                kept = 1 - color[:, 3:]
                canvas.index_copy_(0, part.pixels, torch.addcmul(color, kept, below))
                if slopes is not None:
                    worn.append(_Worn(index, slopes, below, kept))
        ctx.covers, ctx.worn, ctx.seen = covers, worn, seen
        ctx.save_for_backward(*moved)
        return canvas.view(*size, 4).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        gradient = gradients[0].permute(0, 2, 3, 1).reshape(-1, 4).clone()
        felt = [part.places.new_zeros(part.places.shape) for part in ctx.seen]
        for worn in reversed(ctx.worn):
            pixels = ctx.seen[worn.seen].pixels
            here = gradient.index_select(0, pixels)
            of_color = here.clone()
            of_color[:, 3] -= (here * worn.below).sum(1)
            felt[worn.seen] += (worn.slopes * of_color[:, None]).sum(2)
            gradient.index_copy_(0, pixels, here * worn.kept)
        of_moved = [torch.zeros_like(place) for place in ctx.saved_tensors]
        for part, of in zip(ctx.seen, felt, strict=True):
            index = part.cover
            of_moved[index] += _to_vertices(ctx.covers[index], ctx.saved_tensors[index], part, of)
        return None, None, None, *of_moved


def _seen(index: int, cover: Cover, moved: Tensor, size: tuple[int, int, int]) -> list[_Seen]:
    """What each pixel sees of one mesh: first what is behind, where it lies over itself."""
    frames, height, width = size
    count = len(cover.triangles)
    scale = moved.new_tensor([width, height]) / CANVAS
    corners = (moved.detach() * scale)[:, cover.triangles]
    depths = cover.depths.expand(3, frames, -1).permute(1, 2, 0)[..., None]
    flat = torch.cat([corners, depths], -1).flatten(0, 1)
    picture = torch.arange(frames, device=moved.device).repeat_interleave(count)
    front = rasterise(flat, picture, size, perspective=False)
    sides = corners[:, :, 1:] - corners[:, :, :1]
    area = torch.linalg.det(sides).abs().sum(1) / 2
    seen = [front]
    if (area - torch.bincount(front.seen_picture, minlength=frames) > FOLDED).any():
        flat[..., 2] *= -1
        back = rasterise(flat, picture, size, perspective=False)
        other = (back.seen_face != front.seen_face).nonzero()[:, 0]
        back = replace(
            back, seen=back.seen[other], seen_face=back.seen_face[other], shares=back.shares[other]
        )
        seen = [back, front]
    rest = cover.vertices[cover.triangles]
    return [
        _Seen(
            index,
            part.seen,
            part.seen_face,
            part.shares,
            (part.shares[:, :, None] * rest.index_select(0, part.seen_face % count)).sum(1),
        )
        for part in seen
    ]


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


def _to_vertices(cover: Cover, moved: Tensor, seen: _Seen, felt: Tensor) -> Tensor:
    """(T, V, 2) gradients of vertices from those (N, 2) of what the pixels show."""
    frames, count = len(moved), len(cover.triangles)
    weighted = (seen.shares[:, :, None] * felt[:, None]).flatten(1)
    summed = weighted.new_zeros(frames * count, 6).index_add_(0, seen.faces, weighted)
    back = _back_to_rest(cover, moved)
    corners = -summed.view(frames, count, 3, 2) @ back
    flat = corners.flatten(1, 2)
    return torch.zeros_like(moved).index_add_(1, cover.triangles.reshape(-1), flat)


def _back_to_rest(cover: Cover, moved: Tensor) -> Tensor:
    """(T, F, 2, 2): how a step on the deformed triangles is a step on those at rest."""
    rest, now = (_sides(place[..., cover.triangles, :]) for place in (cover.vertices, moved))
    area = now[..., 0, 0] * now[..., 1, 1] - now[..., 0, 1] * now[..., 1, 0]
    least = THINNEST * torch.linalg.det(rest).abs()
    area = torch.where(area < 0, area.clamp(max=-least), area.clamp(min=least))
    a, b, c, d = now[..., 0, 0], now[..., 0, 1], now[..., 1, 0], now[..., 1, 1]
    inverse = torch.stack([d, -b, -c, a], -1).view_as(now) / area[..., None, None]
    back: Tensor = rest @ inverse
    return back


def _sides(corners: Tensor) -> Tensor:
    """(..., 2, 2): two sides of triangles (..., 3, 2), each a column."""
    return (corners[..., 1:, :] - corners[..., :1, :]).transpose(-1, -2)

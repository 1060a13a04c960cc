# SPDX-License-Identifier: Apache-2.0
"""Pictures of deformed meshes that wear the drawing, with gradients to their vertices.

The ink ends inside the meshes, so what a pixel shows depends smoothly on where the vertices are and
the gradient is known in closed form: moving a triangle's corner i by d moves what a pixel of it
shows by -share_i J d, J being the map from the deformed triangle back to rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ...kit.raster import Fragments, rasterise
from ..drawing import CANVAS

THINNEST = 0.05
"""Triangles flatter than this share of their area pass on no greater gradients."""


@dataclass(frozen=True)
class Cover:
    """A mesh at rest: vertices (V, 2) in canvas units, triangles (F, 3)."""

    vertices: Tensor
    triangles: Tensor


@dataclass(frozen=True)
class Coat:
    """What mesh `cover` wears: premultiplied RGBA (S, S, 4) of the whole canvas square."""

    cover: int
    picture: Tensor


@dataclass(frozen=True)
class _Worn:
    """What the backward pass needs of one coat at the pixels that its mesh covers."""

    cover: int
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
        seen = [_seen(cover, place, size) for cover, place in zip(covers, moved, strict=True)]
        canvas = background.permute(1, 2, 0).expand(frames, -1, -1, -1).reshape(-1, 4).clone()
        worn = []
        for coat in coats:
            fragments, places = seen[coat.cover]
            color, slopes = _looked_up(coat.picture, places, any(ctx.needs_input_grad))
            below = canvas.index_select(0, fragments.seen)
            kept = 1 - color[:, 3:]
            canvas.index_copy_(0, fragments.seen, torch.addcmul(color, kept, below))
            if slopes is not None:
                worn.append(_Worn(coat.cover, slopes, below, kept))
        ctx.covers, ctx.worn, ctx.seen = covers, worn, [fragments for fragments, _ in seen]
        ctx.save_for_backward(*moved)
        return canvas.view(*size, 4).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        gradient = gradients[0].permute(0, 2, 3, 1).reshape(-1, 4).clone()
        felt: list[Tensor | None] = [None] * len(ctx.covers)
        for worn in reversed(ctx.worn):
            seen = ctx.seen[worn.cover].seen
            here = gradient.index_select(0, seen)
            of_color = here.clone()
            of_color[:, 3] -= (here * worn.below).sum(1)
            of_place = (worn.slopes * of_color[:, None]).sum(2)
            before = felt[worn.cover]
            felt[worn.cover] = of_place if before is None else before + of_place
            gradient.index_copy_(0, seen, here * worn.kept)
        of_moved = [
            torch.zeros_like(place) if of is None else _to_vertices(cover, place, fragments, of)
            for cover, place, fragments, of in zip(
                ctx.covers, ctx.saved_tensors, ctx.seen, felt, strict=True
            )
        ]
        return None, None, None, *of_moved


def _seen(cover: Cover, moved: Tensor, size: tuple[int, int, int]) -> tuple[Fragments, Tensor]:
    """What each pixel sees of one mesh, and the places at rest (N, 2) of what is seen."""
    frames, height, width = size
    count = len(cover.triangles)
    scale = moved.new_tensor([width, height]) / CANVAS
    corners = (moved.detach() * scale)[:, cover.triangles].flatten(0, 1)
    flat = torch.nn.functional.pad(corners, (0, 1))
    picture = torch.arange(frames, device=moved.device).repeat_interleave(count)
    fragments = rasterise(flat, picture, size, perspective=False)
    rest = cover.vertices[cover.triangles].index_select(0, fragments.seen_face % count)
    return fragments, (fragments.shares[:, :, None] * rest).sum(1)


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


def _to_vertices(cover: Cover, moved: Tensor, fragments: Fragments, felt: Tensor) -> Tensor:
    """(T, V, 2) gradients of vertices from those (N, 2) of what the pixels show."""
    frames, count = len(moved), len(cover.triangles)
    weighted = (fragments.shares[:, :, None] * felt[:, None]).flatten(1)
    summed = weighted.new_zeros(frames * count, 6).index_add_(0, fragments.seen_face, weighted)
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

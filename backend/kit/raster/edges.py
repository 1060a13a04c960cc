# SPDX-License-Identifier: Apache-2.0
"""Antialiased silhouettes: pixels beside one are blended by how much of them it leaves uncovered.

The blend is that of nvdiffrast (Laine et al. 2020, "Modular primitives for high-performance
differentiable rendering"): where a silhouette crosses the line between two pixel centres decides
how much of one color the other pixel gets, and carries gradients to the edge's ends. Theirs looks
for the edge in the triangle that a pixel sees. Here every silhouette edge looks for its pixels,
since a body's triangles are often smaller than a pixel and the edge belongs to one that none sees.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .fragments import Fragments
from .visibility import NOTHING, ordered, signs


def neighbours(triangles: Tensor) -> Tensor:
    """(F, 3) the triangle across the edge opposite each corner; -1 at a border.

    Triangles (F, 3) of vertices that are wound alike; welded, or every seam is a border.
    """
    heads, tails = triangles.roll(-1, 1).reshape(-1), triangles.roll(-2, 1).reshape(-1)
    count = int(triangles.max()) + 1 if len(triangles) else 1
    forth, order = (heads * count + tails).sort()
    back = tails * count + heads
    place = torch.searchsorted(forth, back).clamp_(max=max(len(forth) - 1, 0))
    found = forth[place] == back
    return torch.where(found, order[place] // 3, -1).view(-1, 3)


def antialias(
    colors: Tensor, fragments: Fragments, corners: Tensor, picture: Tensor | None, beside: Tensor
) -> Tensor:
    """(B, H, W, K) the colors blended where silhouettes part two pixels.

    `fragments` are what `rasterise(corners, picture, ...)` gave; `beside` (F, 3) are the
    `neighbours` of each triangle, counted like the corners. Edges pass gradients to `corners`.
    """
    if picture is None:
        picture = torch.zeros(len(corners), dtype=torch.int64, device=corners.device)
    depth = fragments.spread(fragments.at_seen(corners.detach()[:, :, 2:]), torch.inf).view(-1)
    contours = _contours(corners, picture, beside, fragments)
    near, far, offset = _crossings(contours, fragments, depth)
    flat = colors.reshape(-1, colors.shape[-1])
    # Half of the way to the other centre is the border between the two pixels.
    uncovered = (0.5 - offset)[:, None].to(flat.dtype)
    step = (flat.index_select(0, far) - flat.index_select(0, near)) * uncovered
    changed = torch.where(offset < 0.5, near, far)
    return flat.index_add(0, changed, step).view_as(colors)


@dataclass(frozen=True)
class _Contours:
    """M silhouette edges. The coordinates of those that are flat rather than steep are exchanged,
    so that all cross lines of pixel centres that run along the first one."""

    ends: Tensor
    """(M, 2, 3)"""
    corner: Tensor
    """(M, 2) the third corner of the triangle, on whose side the surface lies."""
    picture: Tensor
    is_steep: Tensor


def _contours(corners: Tensor, picture: Tensor, beside: Tensor, seen: Fragments) -> _Contours:
    """The edges at which the surface ends or turns its other side to the eye."""
    columns = corners.detach().permute(1, 2, 0).contiguous()
    facing = signs(columns, picture, seen.face.shape[0], seen.perspective)
    own = facing[:, None]
    across = torch.cat([facing, facing.new_zeros(1)])[beside]
    # The two triangles at a fold share the edge: the one that is seen from its front has it.
    edge = torch.where(own > 0, across < 1, (own < 0) & (across == 0)).view(-1).nonzero()[:, 0]
    face, opposite = edge // 3, edge % 3
    turned = (opposite[:, None] + torch.arange(3, device=edge.device)) % 3
    of = corners.index_select(0, face).take_along_dim(turned[..., None], dim=1)
    span = (of[:, 2] - of[:, 1]).detach().abs()
    is_steep = span[:, 1] >= span[:, 0]
    of = torch.where(is_steep[:, None, None], of, of[:, :, [1, 0, 2]])
    return _Contours(of[:, 1:], of[:, 0, :2].detach(), picture.index_select(0, face), is_steep)


def _crossings(contours: _Contours, seen: Fragments, depth: Tensor) -> tuple[Tensor, ...]:
    """Where edges cross lines of pixel centres in the open: the pixel on the surface, the one
    beyond it, and how far (0 to 1) from the one to the other the crossing lies."""
    _, height, width = seen.face.shape
    edge, line = _lines(contours, height, width)
    ends, is_steep = contours.ends.index_select(0, edge), contours.is_steep[edge]
    a, b = ends[:, 0], ends[:, 1]
    share = (line + 0.5 - a[:, 1]) / (b[:, 1] - a[:, 1])
    place = torch.lerp(a[:, 0], b[:, 0], share)
    left = (place.detach() - 0.5).floor()
    inside = (left >= 0) & (left < torch.where(is_steep, width, height) - 1)
    left = torch.where(inside, left, 0).long()
    first = contours.picture[edge] * (height * width)
    first += torch.where(is_steep, line * width + left, left * width + line)
    second = first + torch.where(is_steep, 1, width)
    flat = ends.detach()
    is_first = _surface_is_before(flat, contours.corner.index_select(0, edge))
    near, far = torch.where(is_first, first, second), torch.where(is_first, second, first)
    at = _depth(flat[:, :, 2], share.detach(), seen.perspective)
    pair = first + torch.where(is_steep, 0, seen.face.numel())
    chosen = _visible((near, far, pair), (at, inside), seen.face.view(-1), depth)
    offset = place - 0.5 - left
    offset = torch.where(is_first, offset, 1 - offset)
    return near[chosen], far[chosen], offset.index_select(0, chosen)


def _lines(contours: _Contours, height: int, width: int) -> tuple[Tensor, Tensor]:
    """The edge and the line of each crossing: lines of centres that the edge spans."""
    down = contours.ends.detach()[:, :, 1]
    count = torch.where(contours.is_steep, height, width)
    bounds = (torch.stack([down.amin(1), down.amax(1)]) - 0.5).ceil().clamp(min=0)
    first, last = torch.minimum(bounds, count).long()
    many = last - first
    edge = torch.repeat_interleave(many)
    start = (many.cumsum(0) - many - first).index_select(0, edge)
    return edge, torch.arange(len(edge), device=edge.device) - start


def _surface_is_before(ends: Tensor, corner: Tensor) -> Tensor:
    """Whether the triangle lies at smaller first coordinates than its edge."""
    a, b = ends[:, 0, :2], ends[:, 1, :2]
    span, away = b - a, corner - a
    side = away[:, 0] * span[:, 1] - away[:, 1] * span[:, 0]
    return (side < 0) == (span[:, 1] > 0)


def _depth(depths: Tensor, share: Tensor, perspective: bool) -> Tensor:
    if perspective:
        return 1 / torch.lerp(1 / depths[:, 0], 1 / depths[:, 1], share)
    return torch.lerp(depths[:, 0], depths[:, 1], share)


def _visible(
    pixels: tuple[Tensor, Tensor, Tensor],
    of_edge: tuple[Tensor, Tensor],
    face: Tensor,
    depth: Tensor,
) -> Tensor:
    """Which crossings are seen: nearer than what lies beyond, and the nearest of their pair."""
    near, far, pair = pixels
    at, inside = of_edge
    beyond = depth[far]
    seen = inside & (face[near] != face[far]) & (depth[near] < beyond) & (at < beyond)
    candidates = seen.nonzero()[:, 0]
    keys = (ordered(at[candidates]) << 32) | candidates
    pair = pair[candidates]
    nearest = torch.full((2 * len(face),), NOTHING, device=face.device)
    nearest.scatter_reduce_(0, pair, keys, "amin")
    return candidates[nearest[pair] == keys]

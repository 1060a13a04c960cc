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
    flat = colors.reshape(-1, colors.shape[-1])
    change = torch.zeros_like(flat)
    for axis in (0, 1):
        near, far, offset = _crossings(contours, axis, fragments, depth)
        # Half of the way to the other centre is the border between the two pixels.
        uncovered = (0.5 - offset)[:, None].to(flat.dtype)
        step = flat.index_select(0, far) - flat.index_select(0, near)
        change = change.index_add(0, near, step * uncovered.clamp(min=0))
        change = change.index_add(0, far, step * uncovered.clamp(max=0))
    return (flat + change).view_as(colors)


@dataclass(frozen=True)
class _Contours:
    """M silhouette edges: their two `ends` (M, 2, 3), the third `corner` (M, 2) of the triangle,
    which says on which side the surface lies, and the `picture` (M,)."""

    ends: Tensor
    corner: Tensor
    picture: Tensor


def _contours(corners: Tensor, picture: Tensor, beside: Tensor, seen: Fragments) -> _Contours:
    """The edges at which the surface ends or turns its other side to the eye."""
    columns = corners.detach().permute(1, 2, 0).contiguous()
    facing = signs(columns, picture, seen.face.shape[0], seen.perspective)
    own = facing[:, None]
    across = torch.cat([facing, facing.new_zeros(1)])[beside]
    # The two triangles at a fold share the edge: the one that is seen from its front has it.
    edge = torch.where(own > 0, across < 1, (own < 0) & (across == 0)).view(-1).nonzero()[:, 0]
    face, opposite = edge // 3, edge % 3
    of = corners.index_select(0, face)
    row = torch.arange(len(edge), device=edge.device)
    ends = torch.stack([of[row, (opposite + 1) % 3], of[row, (opposite + 2) % 3]], dim=1)
    return _Contours(ends, of[row, opposite, :2].detach(), picture.index_select(0, face))


def _crossings(
    contours: _Contours, axis: int, seen: Fragments, depth: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Where edges cross lines of pixel centres along an axis: the pixel on the surface, the one
    beyond it, and how far (0 to 1) from the one to the other the crossing lies.

    Along x (axis 0) only edges that are steep do, along y those that are not.
    """
    _, height, width = seen.face.shape
    lines, length = (height, width) if axis == 0 else (width, height)
    edge, line = _lines(contours.ends.detach(), axis, lines)
    ends = contours.ends.index_select(0, edge)
    share, place = _cross(ends, axis, line)
    left = (place.detach() - 0.5).floor()
    inside = ((left >= 0) & (left < length - 1)).nonzero()[:, 0]
    edge, line, left, share, place = (
        v.index_select(0, inside) for v in (edge, line, left.long(), share, place)
    )
    ends = ends.detach().index_select(0, inside)
    stride = (width, 1) if axis == 0 else (1, width)
    pixel = contours.picture[edge] * (height * width) + line * stride[0] + left * stride[1]
    leftwards = _surface_is_before(ends, contours.corner.index_select(0, edge), axis)
    near = torch.where(leftwards, pixel, pixel + stride[1])
    far = torch.where(leftwards, pixel + stride[1], pixel)
    at = _depth(ends[:, :, 2], share.detach(), seen.perspective)
    chosen = _visible((near, far, pixel), at, seen.face.view(-1), depth)
    offset = place - 0.5 - left
    offset = torch.where(leftwards, offset, 1 - offset)
    return near[chosen], far[chosen], offset.index_select(0, chosen)


def _lines(ends: Tensor, axis: int, lines: int) -> tuple[Tensor, Tensor]:
    """The edge and the line of each crossing: lines of centres that the edge's height spans."""
    span = ends[:, 1, :2] - ends[:, 0, :2]
    along, down = span[:, axis].abs(), span[:, 1 - axis].abs()
    low, high = ends[:, :, 1 - axis].amin(1), ends[:, :, 1 - axis].amax(1)
    first = (low - 0.5).ceil().clamp(0, lines).long()
    last = (high - 0.5).ceil().clamp(0, lines).long()
    steep = down >= along if axis == 0 else down > along
    count = (last - first) * steep
    edge = torch.repeat_interleave(count)
    start = (count.cumsum(0) - count).index_select(0, edge)
    step = torch.arange(len(edge), device=edge.device) - start
    return edge, first.index_select(0, edge) + step


def _cross(ends: Tensor, axis: int, line: Tensor) -> tuple[Tensor, Tensor]:
    """How far along the edge (0 to 1) it meets the line of centres, and where on the line."""
    a, b = ends[:, 0], ends[:, 1]
    share = (line + 0.5 - a[:, 1 - axis]) / (b[:, 1 - axis] - a[:, 1 - axis])
    return share, a[:, axis] + share * (b[:, axis] - a[:, axis])


def _surface_is_before(ends: Tensor, corner: Tensor, axis: int) -> Tensor:
    """Whether the triangle lies at smaller x (axis 0) or y (axis 1) than its edge."""
    a, b = ends[:, 0, :2], ends[:, 1, :2]
    span, away = b - a, corner - a
    side = away[:, axis] * span[:, 1 - axis] - away[:, 1 - axis] * span[:, axis]
    return (side < 0) == (span[:, 1 - axis] > 0)


def _depth(depths: Tensor, share: Tensor, perspective: bool) -> Tensor:
    if perspective:
        return 1 / torch.lerp(1 / depths[:, 0], 1 / depths[:, 1], share)
    return torch.lerp(depths[:, 0], depths[:, 1], share)


def _visible(
    pixels: tuple[Tensor, Tensor, Tensor], at: Tensor, face: Tensor, depth: Tensor
) -> Tensor:
    """Which crossings are seen: nearer than what lies beyond, and the nearest of their pair."""
    near, far, pair = pixels
    seen = (face[near] != face[far]) & (depth[near] < depth[far]) & (at < depth[far])
    candidates = seen.nonzero()[:, 0]
    keys = (ordered(at[candidates]) << 32) | candidates
    nearest = torch.full_like(face, NOTHING)
    nearest.scatter_reduce_(0, pair[candidates], keys, "amin")
    return candidates[nearest[pair[candidates]] == keys]

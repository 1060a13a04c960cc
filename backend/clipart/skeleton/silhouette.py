# SPDX-License-Identifier: Apache-2.0
"""Which pixels of the canvas shapes cover, and how detached pieces hang together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree
from skimage.draw import polygon
from skimage.morphology import remove_small_holes

from ..drawing import CANVAS, Points, Shape
from ..mesh.curves import flattened

Mask = NDArray[np.bool_]
FAINT = 0.15
"""Paint with less alpha than this covers nothing: glints, soft shadows."""
FLECK = 0.004
"""Share of the silhouette below which a detached piece gets no bridge."""
SMALL_HOLE = 0.01
"""Share of the silhouette below which a hole is no hole: eyes, gaps between strokes."""
HAIR, MOST_HAIR = 1.6, 0.15
"""Half the width, in canvas units, of what is hair, and its greatest share of the silhouette."""
STRING = 0.2
"""Share of the extent by which what is as thin must reach out to be a string."""
LINE, WASHED = 5.0, 1.2
"""Half the width of the lines of line art, and how many times larger than they what they enclose
is with them."""
DETOUR = 4.0
"""A piece is bridged to the main one unless another is this many times nearer."""
BRIDGE = 2.0
"""Canvas units from the middle of a bridge between detached pieces to its sides."""


def cover(shape: Shape, pixels: int, is_filled: bool = False) -> Mask:
    """(pixels, pixels): where a shape covers the middle of a pixel, by its rule, and its holes too
    if it shall be filled; faint paint covers nothing."""
    covered = np.zeros((pixels, pixels), bool)
    if shape.paint.colors[:, 3].max() < FAINT or not shape.contours:
        return covered
    rings = [flattened(contour) * pixels / CANVAS - 0.5 for contour in shape.contours]
    places = np.concatenate(rings)
    left, top = (int(v) for v in np.clip(np.floor(places.min(0)), 0, pixels))
    right, bottom = (int(v) for v in np.clip(np.ceil(places.max(0)) + 1, 0, pixels))
    if right <= left or bottom <= top:
        return covered
    turns = np.zeros((bottom - top, right - left + 1), np.int32)
    for ring in rings:
        _add_turns(turns, ring - [left, top])
    winding = np.cumsum(turns, axis=1)[:, :-1]
    inside = winding % 2 == 1 if shape.is_even_odd else winding != 0
    covered[top:bottom, left:right] = ndimage.binary_fill_holes(inside) if is_filled else inside
    return covered


def _add_turns(turns: NDArray[np.int32], ring: Points) -> None:
    """Add how a ring's edges change the winding number from each pixel to the next in its row."""
    a, b = ring[:-1], ring[1:]
    low, high = np.minimum(a[:, 1], b[:, 1]), np.maximum(a[:, 1], b[:, 1])
    first = np.clip(np.ceil(low), 0, len(turns)).astype(int)
    count = np.clip(np.ceil(high), 0, len(turns)).astype(int) - first
    edge = np.repeat(np.arange(len(a)), count)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1])
    across = a[edge, 0] + (row - a[edge, 1]) * slope[edge]
    column = np.clip(np.ceil(across), 0, turns.shape[1] - 1).astype(int)
    np.add.at(turns, (row, column), np.where(b[edge, 1] > a[edge, 1], 1, -1))


def silhouette(covers: Iterable[Mask]) -> Mask:
    """All that shapes cover together, as one connected piece: hair and flecks left out, small holes
    and line art filled, detached pieces joined by narrow bridges where they come nearest."""
    mask = _without_hair(list(covers))
    if _is_line_art(mask):
        mask = np.asarray(ndimage.binary_fill_holes(mask))
    area = int(mask.sum())
    mask = remove_small_holes(mask, max_size=max(4, int(SMALL_HOLE * area)))
    labels, count = ndimage.label(mask, np.ones((3, 3)))
    sizes = ndimage.sum_labels(mask, labels, np.arange(1, count + 1))
    least = min(FLECK * area, sizes.max(initial=0))
    pieces = [labels == n + 1 for n in np.argsort(-sizes) if sizes[n] >= least]
    return _joined(pieces)


def _without_hair(covers: list[Mask]) -> Mask:
    """All together but what is as thin as whiskers, unless there is much of it or it is a string
    that hangs far out."""
    whole = np.any(covers, 0)
    is_thick = [_half_width(mask) > HAIR for mask in covers]
    if not any(is_thick):
        return np.asarray(whole)
    bare = np.any([mask for mask, is_kept in zip(covers, is_thick, strict=True) if is_kept], 0)
    low, high = box_of(bare)
    slack = STRING * (high - low).max()
    for mask in covers:
        own_low, own_high = box_of(mask)
        if (own_low < low - slack).any() or (own_high > high + slack).any():
            bare = bare | mask
    return np.asarray(bare if bare.sum() > (1 - MOST_HAIR) * whole.sum() else whole)


def box_of(mask: Mask) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The lowest and the highest row and column that a mask has."""
    if not mask.any():
        return np.full(2, len(mask) // 2), np.full(2, len(mask) // 2)
    spans = [np.flatnonzero(mask.any(axis)) for axis in (1, 0)]
    return np.array([span[0] for span in spans]), np.array([span[-1] for span in spans])


def _half_width(mask: Mask) -> float:
    """Canvas units from the innermost place of a mask to its contour."""
    low, high = box_of(mask)
    cut = mask[low[0] : high[0] + 1, low[1] : high[1] + 1]
    return float(ndimage.distance_transform_edt(np.pad(cut, 1)).max()) * CANVAS / len(mask)


def _is_line_art(mask: Mask) -> bool:
    """Whether there are only thin lines around much that is empty."""
    return _half_width(mask) < LINE and bool(
        ndimage.binary_fill_holes(mask).sum() > WASHED * mask.sum()
    )


def _joined(pieces: list[Mask]) -> Mask:
    """The pieces and bridges between them, the nearest first; the first is the main one."""
    borders = [_border(piece) for piece in pieces]
    to_main = [_gap(cKDTree(borders[0]), own) for own in borders]
    gaps = list(to_main)
    whole, waiting = pieces[0], list(range(1, len(pieces)))
    while waiting:
        nearest = min(waiting, key=lambda n: gaps[n].far)
        waiting.remove(nearest)
        is_beside = to_main[nearest].far <= DETOUR * gaps[nearest].far
        gap = to_main[nearest] if is_beside else gaps[nearest]
        whole = whole | pieces[nearest] | _bridge(gap.start, gap.end, len(whole))
        tree = cKDTree(borders[nearest])
        for other in waiting:
            gaps[other] = min(gaps[other], _gap(tree, borders[other]), key=lambda gap: gap.far)
    return whole


def _border(mask: Mask) -> NDArray[np.int64]:
    return np.argwhere(mask & ~ndimage.binary_erosion(mask))


class _Gap(NamedTuple):
    """How far two borders are apart at least, and the pixels where they are."""

    far: float
    start: NDArray[np.int64]
    end: NDArray[np.int64]


def _gap(tree: cKDTree, own: NDArray[np.int64]) -> _Gap:
    far, near = tree.query(own)
    best = int(far.argmin())
    return _Gap(float(far[best]), tree.data[near[best]].astype(np.int64), own[best])


def _bridge(start: NDArray[np.int64], end: NDArray[np.int64], pixels: int) -> Mask:
    """A band between two pixels (row, column), a little into both pieces."""
    along = (end - start) / max(float(np.linalg.norm(end - start)), 1e-9)
    half = BRIDGE * pixels / CANVAS
    across = np.array([-along[1], along[0]]) * half
    a, b = start - along * half, end + along * half
    rows, columns = np.array([a - across, b - across, b + across, a + across]).T
    band = np.zeros((pixels, pixels), bool)
    inside = polygon(rows, columns, band.shape)  # type: ignore[no-untyped-call]
    band[inside] = True
    return band

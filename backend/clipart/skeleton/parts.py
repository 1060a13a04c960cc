# SPDX-License-Identifier: Apache-2.0
"""Limbs that are shapes of their own: legs before a body, fins, ears, leaves."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.graph import MCP_Geometric
from skimage.morphology import convex_hull_image

from ..drawing import CANVAS, Points
from .silhouette import FLECK, Mask

LEAST, GREATEST, GREATEST_NAMED = 0.006, 0.22, 0.4
"""Shares of the silhouette's area that a limb has; more where its shape is named as one."""
MOST_SHAPES = 300
"""Only the largest shapes are looked at."""
DETAIL = 0.8
"""Share of a detail that lies on the shape to which it belongs."""
BODY = 1.3
"""How many times larger what a limb hangs on is."""
STICKS_OUT = 0.25
"""Share of a limb that lies beside what it hangs on ..."""
REACHES = 8.0
"""... and the canvas units by which its tip does."""
OUTWARD = 0.5
"""How much being away from what bears it tells of where the tip is, beside the way there."""
FREE = 0.4
"""The tip is away from what a limb hangs on by this share of its way to the joint."""
INNER = 0.015
"""Share of the silhouette that a limb has at least which lies on the body whole: a fin, a wing."""
LIMB_WORDS = frozenset(
    ("arm", "ear", "fin", "flipper", "hand", "leaf", "leg", "paw", "tail", "trunk", "wing")
)
LONG = 1.7
SEEN = 0.8
BORDER = 0.08
"""Share of its contour that may be the silhouette's: else it is a patch or a stripe."""
KNOWN = 12.0
"""Canvas units from the tip of a limb within which it is known already."""
BASE = 0.97
"""Share of the silhouette that the lowest shape of a stack shows."""
LEAST_CORE = 0.25
"""Share of the silhouette that limbs leave."""
END = 0.95


@dataclass(frozen=True)
class Part:
    """A limb: its way from the joint to near its tip, (N, 2) canvas units, and its pieces; whether
    it lies on a shape that shows the whole, as in traced pictures, and is to be cut out of it."""

    track: Points
    pieces: tuple[int, ...]
    is_cut: bool


def find_parts(covers: list[Mask], names: list[str], tips: Points) -> list[Part]:
    """The limbs among pieces of shapes, given what each covers (S, S) in order of paint, the
    largest first. Those whose tip is one of `tips` (N, 2) are known already. What lies on the body
    whole may be a patch as well as a fin: it is a limb if the name of its shape says so."""
    scene = _Scene.of(covers)
    taken: set[int] = set()
    found: list[Part] = []
    for index in scene.largest:
        says_limb = bool(LIMB_WORDS & set(re.findall("[a-z]+", names[index].lower())))
        most = GREATEST_NAMED if says_limb else GREATEST
        if index in taken or not LEAST <= scene.sizes[index] / scene.area <= most:
            continue
        own = scene.belonging_to(index)
        left = [covers[i] for i in range(len(covers)) if i not in taken and i not in own]
        if not left or not _stays_whole(np.any(left, 0), scene.whole, scene.area):
            continue
        track, is_cut = scene.way_through(index, own, says_limb)
        if track is None:
            continue
        track = track * CANVAS / len(scene.whole)
        if np.linalg.norm(tips - track[-1], axis=1).min(initial=np.inf) > KNOWN:
            taken |= set(own)
            found.append(Part(track, tuple(own), is_cut))
    return found


@dataclass(frozen=True)
class _Scene:
    """Pieces of shapes without their holes, their sizes, the largest of them first, and all of them
    together."""

    solids: list[Mask]
    sizes: NDArray[np.int64]
    largest: list[int]
    whole: Mask
    area: int

    @staticmethod
    def of(covers: list[Mask]) -> _Scene:
        solids = [np.asarray(ndimage.binary_fill_holes(mask)) for mask in covers]
        sizes = np.array([mask.sum() for mask in solids])
        largest = np.argsort(-sizes, kind="stable")[:MOST_SHAPES].tolist()
        whole = np.any(covers, 0)
        return _Scene(solids, sizes, largest, whole, int(whole.sum()))

    def belonging_to(self, index: int) -> list[int]:
        return [i for i in self.largest if _belongs(self.solids[i], self.solids[index])]

    def way_through(
        self, index: int, own: list[int], says_limb: bool
    ) -> tuple[Points | None, bool]:
        """The way from joint to tip if this is a limb, and whether it is to be cut out."""
        solid, size = self.solids[index], self.sizes[index]
        bearers = [i for i in self.largest if self.sizes[i] >= BODY * size and i not in own]
        if not bearers:
            return None, False
        bearer = np.any([self.solids[i] for i in bearers], 0)
        track = _outer(solid, bearer)
        if track is None and says_limb and size >= INNER * self.area and self._is_seen(index, own):
            track = _inner(solid, bearer, self.whole)
        if track is not None:
            return track, False
        # Traced pictures are stacks: the first shape shows the whole, others lie on it.
        rest = bearer & ~solid
        is_stacked = self.sizes[self.largest[0]] >= BASE * self.area
        return (_outer(solid, rest) if is_stacked and _bulges(solid, rest) else None), True

    def _is_seen(self, index: int, own: list[int]) -> bool:
        later = [self.solids[i] for i in self.largest if i > index and i not in own]
        seen = self.solids[index] & ~np.any(later, 0) if later else self.solids[index]
        return bool(seen.sum() >= SEEN * self.sizes[index])


def _belongs(mask: Mask, to: Mask) -> bool:
    """Whether a shape is a detail of another, or its outline, or itself."""
    common = (mask & to).sum()
    return bool(common >= DETAIL * mask.sum() and mask.sum() <= 0.5 * to.sum()) or bool(
        common >= 0.75 * (mask | to).sum()
    )


def _stays_whole(core: Mask, whole: Mask, area: int) -> bool:
    """Whether enough is left without a limb and nothing falls off with it."""
    if core.sum() < LEAST_CORE * area:
        return False
    before, after = (_pieces(mask, FLECK * area) for mask in (whole, core))
    return after <= before


def _pieces(mask: Mask, least: float) -> int:
    labels, count = ndimage.label(mask, np.ones((3, 3)))
    return int((ndimage.sum_labels(mask, labels, np.arange(1, count + 1)) >= least).sum())


def _outer(mask: Mask, bearer: Mask) -> Points | None:
    """The way through a limb that sticks out, from where it meets what bears it; None if it does
    not, or meets it at its far end too."""
    unit = CANVAS / len(mask)
    meets = mask & ndimage.binary_dilation(bearer, iterations=max(1, round(2 / unit)))
    if not meets.any() or (mask & ~bearer).sum() < STICKS_OUT * mask.sum():
        return None
    away = ndimage.distance_transform_edt(~bearer) * unit
    joint = np.argwhere(meets).mean(0)
    track = _way(mask, joint, OUTWARD * away / unit)
    if track is None:
        return None
    tip = np.round(track[-1, ::-1] - 0.5).astype(int)
    out = float(away[tip[0], tip[1]])
    length = float(np.linalg.norm(track[-1] - track[0])) * unit
    return track if out >= max(REACHES, FREE * length) else None


def _bulges(mask: Mask, rest: Mask) -> bool:
    """Whether a shape reaches beyond the convex hull of the rest, which a stripe does not."""
    if not rest.any():
        return False
    hull = convex_hull_image(rest)  # type: ignore[no-untyped-call]
    return bool((mask & ~hull).sum() >= STICKS_OUT * mask.sum())


def _inner(mask: Mask, bearer: Mask, whole: Mask) -> Points | None:
    """The way through a limb that lies on the body, from the end that is nearer to its middle; None
    for round things and for what reaches the silhouette's contour."""
    places = np.argwhere(mask).astype(float)
    center = places.mean(0)
    _, spread, axes = np.linalg.svd(places - center, full_matrices=False)
    edge = mask & ~ndimage.binary_erosion(mask)
    rim = whole & ~ndimage.binary_erosion(whole, iterations=4)
    if spread[0] < LONG * spread[1] or (edge & rim).sum() > BORDER * edge.sum():
        return None
    if (mask & bearer).sum() < DETAIL * mask.sum():
        return None
    along = (places - center) @ axes[0]
    ends = [places[int(along.argmin())], places[int(along.argmax())]]
    middle = np.argwhere(bearer).mean(0)
    root = min(ends, key=lambda end: float(np.linalg.norm(end - middle)))
    return _way(mask, root + 0.15 * (center - root), np.zeros(mask.shape))


def _way(mask: Mask, joint: NDArray[np.float64], away: NDArray[np.float64]) -> Points | None:
    """From a joint (row, column) along the middle of a shape to the end that is the farthest from
    there and `away`, x and y in pixels."""
    places = np.argwhere(mask)
    start = places[int(np.linalg.norm(places - joint, axis=1).argmin())]
    depth = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    costs = np.where(mask, 1.0, -1.0)
    lengths, _ = MCP_Geometric(costs).find_costs([start])
    reach = np.where(np.isfinite(lengths) & mask, lengths + away, -1.0)
    tip = np.unravel_index(int(reach.argmax()), mask.shape)
    middling = np.where(mask, 1.0 + (depth.max() / np.maximum(depth, 0.5)) ** 2, -1.0)
    finder = MCP_Geometric(middling)
    finder.find_costs([start], [tip])
    pixels = np.array(finder.traceback(tip))
    if len(pixels) < 3:
        return None
    track = ndimage.gaussian_filter1d(pixels[:, ::-1] + 0.5, 1.5, axis=0, mode="nearest")
    return np.asarray(track[: max(2, round(END * len(track)))])

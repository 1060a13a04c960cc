# SPDX-License-Identifier: Apache-2.0
"""Which limb each shape of a drawing moves with: what is drawn together moves together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .drawing import CANVAS, Shape
from .skeleton.silhouette import Mask, box_of

CARRIES = 0.2
"""Share of a limb's bones inside a shape that makes it part of the limb, if none is nearer ..."""
OTHERS = 0.35
"""... and unless it holds this share of another limb's bones that no shape holds more closely:
trousers are no leg, but a wing before a wing is one."""
CLEARLY = 0.75
"""A detail that lies on nothing is nearer to its limb than to all others by this factor ..."""
MEETS = 0.5
"""... and meets it along this share of what it meets of the rest, or more."""
SMALL = 0.3
"""What meets one limb alone goes with it, if smaller than this share of it."""
LIES_ON = 0.7
"""Share of a detail that lies on the shape with which it moves."""
MOST_OF_ALL = 0.5
"""A group that covers more of the drawing is no single thing."""
REST = -1


def find_owners(
    shapes: Sequence[Shape],
    masks: list[Mask],
    limbs: list[NDArray[np.float64]],
    core: NDArray[np.float64],
) -> list[int]:
    """The limb of each shape, by number; -1 for the rest.

    `masks` (S, S) are what the shapes cover, `limbs` and `core` (S, S) how far pixels are from each
    limb's bones and from those of no limb. A detail goes with what it lies on; the fill and the
    stroke of an element go together, and so do a group's shapes unless they are several things.
    """
    units = _elements(shapes)
    covers = [np.any([masks[i] for i in unit], 0) for unit in units]
    carried = _carried(covers, limbs, core)
    units, carried = _grouped(shapes, units, covers, carried)
    covers = [np.any([masks[i] for i in unit], 0) for unit in units]
    owners = _with_details(covers, carried, limbs, core)
    by_shape = {shape: owner for unit, owner in zip(units, owners, strict=True) for shape in unit}
    return [by_shape[index] for index in range(len(shapes))]


def _elements(shapes: Sequence[Shape]) -> list[list[int]]:
    """The shapes by the elements that paint them, in order of paint."""
    units: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for index, shape in enumerate(shapes):
        units[shape.path or (REST, index)].append(index)
    return list(units.values())


def _carried(
    masks: list[Mask], limbs: list[NDArray[np.float64]], core: NDArray[np.float64]
) -> list[int | None]:
    """The limb, or the rest, whose bones each cover holds; None where it holds none."""
    pixel = CANVAS / len(core)
    held = np.array([[_share(mask, limb < pixel) for limb in limbs] for mask in masks])
    means = np.array([[_mean(limb, mask) for limb in limbs] for mask in masks])
    # Each limb's own shape is the one that holds its bones most closely, and no other limb's so.
    is_first = np.arange(len(limbs)) == means.argmin(1)[:, None]
    best = np.where(held >= CARRIES, np.where(is_first, means, means + CANVAS), np.inf).argmin(0)
    carried: list[int | None] = []
    for index, mask in enumerate(masks):
        nearest = int(means[index].argmin())
        others = (n for n in range(len(limbs)) if n != nearest and held[index][n] > OTHERS)
        is_shared = any(best[n] == index for n in others)
        holds = held[index][nearest] >= CARRIES
        if holds and not is_shared and means[index][nearest] < _mean(core, mask):
            carried.append(nearest)
        else:
            carried.append(REST if is_shared or _share(mask, core < pixel) >= CARRIES else None)
    return carried


def _grouped(
    shapes: Sequence[Shape],
    units: list[list[int]],
    masks: list[Mask],
    carried: list[int | None],
) -> tuple[list[list[int]], list[int | None]]:
    """The units with those of a group as one where they hang together, are no more than a part of
    the drawing and hold the bones of one limb at most; outer groups first."""
    members: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for number, unit in enumerate(units):
        path = shapes[unit[0]].path
        for depth in range(1, len(path)):
            members[path[:depth]].append(number)
    most = MOST_OF_ALL * np.any(masks, 0).sum()
    leader = list(range(len(units)))
    for group in sorted(members, key=len):
        own = members[group]
        free = len(own) > 1 and all(leader[number] == number for number in own)
        if free and _is_one_thing([masks[n] for n in own], [carried[n] for n in own], most):
            for number in own:
                leader[number] = own[0]
    joined: dict[int, list[int]] = defaultdict(list)
    owner: dict[int, int | None] = defaultdict(lambda: None)
    for number, unit in enumerate(units):
        joined[leader[number]] += unit
        if carried[number] is not None:
            owner[leader[number]] = carried[number]
    return list(joined.values()), [owner[number] for number in joined]


def _is_one_thing(masks: list[Mask], carried: list[int | None], most: float) -> bool:
    """Whether what a group covers hangs together and no two limbs, nor one and the rest, are in it:
    nor something larger than the limb that holds no bone."""
    whole = np.any(masks, 0)
    if whole.sum() > most or len({owner for owner in carried if owner is not None}) > 1:
        return False
    sizes = [
        (int(mask.sum()), owner is not None) for mask, owner in zip(masks, carried, strict=True)
    ]
    if any(holds for _, holds in sizes) and not max(sizes)[1]:
        return False
    return bool(ndimage.label(ndimage.binary_dilation(whole))[1] == 1)


def _with_details(
    masks: list[Mask],
    carried: list[int | None],
    limbs: list[NDArray[np.float64]],
    core: NDArray[np.float64],
) -> list[int]:
    """The limb of each cover: a detail's is that of what it lies on, else the one that it meets."""
    stack = np.array(masks)
    sizes = stack.sum((1, 2))
    owners = [REST if owner is None else owner for owner in carried]
    # What each limb covers so far, and last the rest.
    areas = np.zeros((len(limbs) + 1, *core.shape), bool)
    for index, owner in enumerate(carried):
        if owner is not None:
            areas[owner] |= masks[index]
    larger: list[int] = []
    for index in np.argsort(-sizes, kind="stable").tolist():
        if sizes[index] and carried[index] is None:
            carrier = _carrier(index, larger, stack)
            away = np.array([_mean(limb, masks[index]) for limb in [*limbs, core]])
            owners[index] = _met(masks[index], areas, away) if carrier is None else owners[carrier]
            areas[owners[index]] |= masks[index]
        if sizes[index]:
            larger.append(index)
    return owners


def _met(mask: Mask, areas: NDArray[np.bool_], away: NDArray[np.float64]) -> int:
    """The limb of a detail that lies on nothing; `areas` (L + 1, S, S) and `away` (L + 1,) are what
    the limbs and last the rest cover, and how far they are."""
    contact = (areas & ndimage.binary_dilation(mask, iterations=2)).sum((1, 2))
    nearest = int(away[:-1].argmin())
    is_clear = away[nearest] < CLEARLY * np.delete(away, nearest).min()
    if is_clear and (not areas[nearest].any() or contact[nearest] > MEETS * contact[-1]):
        return nearest
    most = int(contact[:-1].argmax())
    is_alone = contact[most] > 0 and contact.sum() == contact[most]
    return most if is_alone and mask.sum() < SMALL * areas[most].sum() else REST


def _share(mask: Mask, bones: Mask) -> float:
    return float((mask & bones).sum() / max(bones.sum(), 1))


def _mean(away: NDArray[np.float64], mask: Mask) -> float:
    return float(away[mask].mean()) if mask.any() else float("inf")


def _carrier(index: int, larger: list[int], stack: NDArray[np.bool_]) -> int | None:
    """The topmost of the larger shapes under a shape that hold most of it, else any above."""
    low, high = box_of(stack[index])
    cut = stack[:, low[0] : high[0] + 1, low[1] : high[1] + 1]
    common = (cut[larger] & cut[index]).sum((1, 2))
    holding = np.array(larger)[common >= LIES_ON * cut[index].sum()] if larger else np.array([])
    below = holding[holding < index]
    chosen = below.max() if len(below) else holding.min() if len(holding) else None
    return None if chosen is None else int(chosen)

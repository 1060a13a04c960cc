# SPDX-License-Identifier: Apache-2.0
"""Which shapes move as one sheet: limbs that are drawn on their own, and the rest."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .drawing import CANVAS, PERSON, Drawing, Layer, Points, Skeleton
from .owners import find_owners
from .skeleton.silhouette import Mask, cover

PIXELS = 256
MOST_LIMBS = 6
FULL = 0.5
"""Share of a bone that shapes of a limb must hold to take it along."""
JOINT = 1.6
"""Half widths of a limb around its joint in which it and the rest must meet."""
CLOSE = 2.5
"""Canvas units within which sheets would stick together."""
BACKED, AT_CONTOUR = 0.9, 0.3
"""Share of a limb that other shapes back, and of its contour that is the silhouette's, if it would
leave its ghost behind."""
STICKS = 0.04
"""Share of a limb that lies on or beside the rest, away from the joint, and makes it a layer."""

PERSON_LIMBS = {
    "left arm": ("left_shoulder", "left_elbow", "left_wrist"),
    "right arm": ("right_shoulder", "right_elbow", "right_wrist"),
    "left leg": ("left_hip", "left_knee", "left_ankle"),
    "right leg": ("right_hip", "right_knee", "right_ankle"),
}


@dataclass(frozen=True)
class _Limb:
    """A chain of keypoints from its joint to its tip, and how far each pixel is from its bones."""

    name: str
    chain: tuple[int, ...]
    away: NDArray[np.float64]


def find_layers(drawing: Drawing, skeleton: Skeleton) -> tuple[Layer, ...]:
    """One layer for what hangs together, and one for each limb that is drawn with shapes of its
    own and would stick to what it lies on or beside. The keypoint where a limb hangs on the rest is
    in both layers. Each shape is in one layer; shapes keep their order."""
    everything = tuple(range(len(drawing.shapes)))
    whole = Layer("drawing", everything, tuple(range(len(skeleton.points))))
    limbs = _limbs(skeleton)
    if not limbs or len(everything) < 2:
        return (whole,)
    masks = [cover(shape, PIXELS, is_filled=True) for shape in drawing.shapes]
    away = [limb.away for limb in limbs]
    owners = find_owners(drawing.shapes, masks, away, _core(skeleton, limbs))
    found = []
    for number, limb in enumerate(limbs):
        own = [index for index in everything if owners[index] == number]
        others = [masks[index] for index in everything if owners[index] != number]
        chain = _held(limb.chain, skeleton.points, [masks[index] for index in own])
        if len(chain) < 2 or not others or _leaves_ghost(masks, own):
            continue
        gain = _gain(np.any([masks[i] for i in own], 0), np.any(others, 0), skeleton.points, chain)
        if gain is not None:
            found.append((gain, Layer(_name(limb.name, drawing, own, masks), tuple(own), chain)))
    found = [(max(g for g, other in found if _pair(other) == _pair(own)), own) for _, own in found]
    found = sorted((each for each in found if each[0] > STICKS), key=lambda item: -item[0])
    return _with_the_rest(whole, [layer for _, layer in found[:MOST_LIMBS]])


def _pair(layer: Layer) -> str | tuple[int, ...]:
    """What a limb has in common with its partner: both arms are layers or none is."""
    side, _, kind = layer.name.partition(" ")
    return kind if side in ("left", "right") and layer.name in PERSON_LIMBS else layer.shapes


def _with_the_rest(whole: Layer, limbs: list[Layer]) -> tuple[Layer, ...]:
    """The limbs and what is left, by their first shapes."""
    if not limbs:
        return (whole,)
    taken = {shape for limb in limbs for shape in limb.shapes}
    inner = {point for limb in limbs for point in limb.keypoints[1:]}
    rest = Layer(
        "body",
        tuple(shape for shape in whole.shapes if shape not in taken),
        tuple(point for point in whole.keypoints if point not in inner),
    )
    if not rest.shapes:
        return (whole,)
    return tuple(sorted([rest, *limbs], key=lambda layer: layer.shapes))


def _limbs(skeleton: Skeleton) -> list[_Limb]:
    if skeleton.is_person and skeleton.names == PERSON:
        chains = {
            name: tuple(PERSON.index(point) for point in points)
            for name, points in PERSON_LIMBS.items()
        }
    else:
        chains = {f"limb {n + 1}": chain for n, chain in enumerate(_branches(skeleton))}
    return [
        _Limb(name, chain, _distance(skeleton.points, list(pairwise(chain))))
        for name, chain in chains.items()
    ]


def _branches(skeleton: Skeleton) -> list[tuple[int, ...]]:
    """Chains from forks to tips, without the bone that leads out of a fork where more follow."""
    near: list[list[int]] = [[] for _ in skeleton.points]
    for a, b in skeleton.edges.tolist():
        near[a].append(b)
        near[b].append(a)
    chains = []
    for tip in (point for point, others in enumerate(near) if len(others) == 1):
        chain = [tip]
        while len(near[chain[-1]]) < 3:
            ahead = [point for point in near[chain[-1]] if point not in chain]
            if not ahead:
                break
            chain.append(ahead[0])
        if len(near[chain[-1]]) > 2:
            chains.append(tuple(chain[-2::-1] if len(chain) > 2 else chain[::-1]))
    return chains


def _core(skeleton: Skeleton, limbs: list[_Limb]) -> NDArray[np.float64]:
    """How far pixels are from the bones of no limb, or from where limbs hang if there are none."""
    taken = {frozenset(bone) for limb in limbs for bone in pairwise(limb.chain)}
    bones = [(a, b) for a, b in skeleton.edges.tolist() if frozenset((a, b)) not in taken]
    bones = bones or [(limb.chain[0], limb.chain[0]) for limb in limbs]
    return _distance(skeleton.points, bones)


def _distance(points: Points, bones: list[tuple[int, int]]) -> NDArray[np.float64]:
    """(PIXELS, PIXELS) canvas units to the nearest of some bones."""
    away = np.full((PIXELS, PIXELS), np.inf)
    centers = (np.indices((PIXELS, PIXELS))[::-1] + 0.5) * CANVAS / PIXELS
    for a, b in bones:
        start, along = points[a], points[b] - points[a]
        offset = centers - start[:, None, None]
        share = np.tensordot(along, offset, 1) / max(float(along @ along), 1e-9)
        offset = offset - np.clip(share, 0, 1) * along[:, None, None]
        away = np.minimum(away, np.hypot(*offset))
    return away


def _held(chain: tuple[int, ...], points: Points, masks: list[Mask]) -> tuple[int, ...]:
    """The part of a limb's chain, out to its tip, whose bones lie in its shapes."""
    if not masks:
        return ()
    grown = ndimage.binary_dilation(np.any(masks, 0), iterations=2)
    first = len(chain) - 1
    for a, b in reversed(list(pairwise(range(len(chain))))):
        share = np.linspace(0, 1, 16)[:, None]
        places = points[chain[a]] + share * (points[chain[b]] - points[chain[a]])
        pixels = np.clip((places * PIXELS / CANVAS).astype(int), 0, PIXELS - 1)
        if grown[pixels[:, 1], pixels[:, 0]].mean() < FULL:
            break
        first = a
    return chain[first:]


def _gain(own: Mask, rest: Mask, points: Points, chain: tuple[int, ...]) -> float | None:
    """Share of a limb that would stick to the rest in one sheet; None where its shapes lie beside
    its bones or no joint holds it."""
    unit = CANVAS / PIXELS
    wide = float(ndimage.distance_transform_edt(own).max()) * unit
    away = _distance(points, [(chain[0], chain[0])])
    at_joint = away < max(JOINT * wide, 6.0)
    near = ndimage.binary_dilation(rest, iterations=round(CLOSE / unit))
    beside = float(_distance(points, list(pairwise(chain)))[own].mean())
    if beside > wide or not (near & own & at_joint).any():
        return None
    return float((near & own & ~at_joint).sum() / own.sum())


def _leaves_ghost(masks: list[Mask], own: list[int]) -> bool:
    """Whether a limb at the silhouette's contour lies wholly on what would stay when it moved, as
    in traced pictures and on outlines that are one shape below all."""
    limb = np.any([masks[index] for index in own], 0)
    below = [mask for index, mask in enumerate(masks[: max(own)]) if index not in own]
    if not below or (limb & np.any(below, 0)).sum() < BACKED * limb.sum():
        return False
    edge = limb & ~ndimage.binary_erosion(limb)
    whole = np.any(masks, 0)
    rim = whole & ~ndimage.binary_erosion(whole, iterations=4)
    return bool((edge & rim).sum() > AT_CONTOUR * edge.sum())


def _name(name: str, drawing: Drawing, own: list[int], masks: list[Mask]) -> str:
    """A limb's name, or where it has none that of its largest shape."""
    if not name.startswith("limb "):
        return name
    largest = drawing.shapes[max(own, key=lambda index: int(masks[index].sum()))].name
    return largest or name

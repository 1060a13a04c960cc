# SPDX-License-Identifier: Apache-2.0
"""What a procedural drawing is made of: rounded shapes that hang on pairs of keypoints.

A part lies in the frame of a *bone*, a pair of keypoints: the origin is the first, x leads to the
second and is counted in lengths of the bone, y stands to the right of it (down, for a bone that
points to the right of the picture) and is counted in canvas units. Where both keypoints are the
same, the frame is upright and both axes are in canvas units. The part's own axis runs from `start`
to `end`; along it, t from -1 to 1, the shape reaches from c(t) - w(t) to c(t) + w(t) across, where

    w(t) or c(t) = sqrt(1 - t^2) (q0 + q1 t + q2 t^2 + q3 t^3) + r0 + r1 t + r2 t^2 + r3 t^3

and is then grown by a radius: capsules, ellipses, trapezoids, leaves, drops and crescents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..motion.anatomy import Anatomy

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Rgba = tuple[float, float, float, float]
Pair = tuple[float, float]
Bone = tuple[int, ...]
"""Two keypoints."""

Eight = tuple[float, float, float, float, float, float, float, float]

NOTHING: Eight = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Fill:
    """A color that goes over into another: by `max(0, min(1, 1/2 + slope sin(phase)))`, where the
    phase is `along` t + `across` y + `offset`, y from the part's axis in canvas units."""

    first: Rgba
    second: Rgba
    along: float = 0.0
    across: float = 0.0
    offset: float = 0.0
    slope: float = 0.5


@dataclass(frozen=True)
class Part:
    """One shape; `is_clipped`: seen only on the last part before it that is not."""

    bone: Bone
    start: Pair
    end: Pair
    fill: Fill
    width: Eight = NOTHING
    center: Eight = NOTHING
    radius: float = 0.0
    is_clipped: bool = False


@dataclass(frozen=True)
class Parts:
    """S parts as arrays, in the order of paint."""

    bones: Ints
    """(S, 2)"""
    axes: Floats
    """(S, 4): start and end."""
    forms: Floats
    """(S, 17): width, center, radius."""
    colors: Floats
    """(S, 8): two colors, straight alpha, sRGB, 0..1."""
    shades: Floats
    """(S, 4): along, across, offset, slope."""
    is_clipped: NDArray[np.bool_]
    """(S,)"""


@dataclass(frozen=True)
class Creature:
    """A drawing whose parts follow its K keypoints (canvas units, y down), and what they are."""

    kind: str
    points: Floats
    edges: Ints
    names: tuple[str, ...]
    anatomy: Anatomy
    parts: Parts
    looks: tuple[str, ...] = ()
    """Names of styles that it is in, so that some can be held out of a training."""


def pack(parts: Sequence[Part]) -> Parts:
    return Parts(
        bones=np.array([part.bone[:2] for part in parts], np.int64),
        axes=np.array([(*part.start, *part.end) for part in parts], np.float32),
        forms=np.array([(*part.width, *part.center, part.radius) for part in parts], np.float32),
        colors=np.array([(*part.fill.first, *part.fill.second) for part in parts], np.float32),
        shades=np.array(
            [
                (part.fill.along, part.fill.across, part.fill.offset, part.fill.slope)
                for part in parts
            ],
            np.float32,
        ),
        is_clipped=np.array([part.is_clipped for part in parts], np.bool_),
    )


def capsule(bone: Bone, radii: Pair, fill: Fill, start: Pair = (0.0, 0.0),
            end: Pair = (1.0, 0.0), bow: float = 0.0) -> Part:  # fmt: skip
    """A limb of two radii with round ends; `bow` bends its middle across."""
    least = min(radii)
    mean, lean = (radii[0] + radii[1]) / 2 - least, (radii[1] - radii[0]) / 2
    width = (0.0, 0.0, 0.0, 0.0, mean, lean, 0.0, 0.0)
    return Part(bone, start, end, fill, width, _bowed(bow), least)


def links(points: Sequence[int], radii: Sequence[float], fill: Fill) -> list[Part]:
    """Capsules from point to point, `radii` wide at each."""
    pairs = zip(pairwise(points), pairwise(radii), strict=True)
    return [capsule(bone, ends, fill) for bone, ends in pairs]


def oval(bone: Bone, start: Pair, end: Pair, half: float, fill: Fill,
         lean: float = 0.0) -> Part:  # fmt: skip
    """An ellipse over the axis, `half` wide to each side; `lean` > 0 puts more to the end."""
    width = (half, half * lean, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    return Part(bone, start, end, fill, width)


def disc(point: int, center: Pair, radius: float, fill: Fill) -> Part:
    """A circle beside one keypoint."""
    x, y = center
    return oval((point, point), (x - radius, y), (x + radius, y), radius, fill)


def plate(bone: Bone, start: Pair, end: Pair, halves: tuple[float, float, float],
          fill: Fill, radius: float = 0.0) -> Part:  # fmt: skip
    """A shape with straight ends, `halves` wide at the start, in the middle and at the end."""
    first, middle, last = halves
    width = (0.0, 0.0, 0.0, 0.0, middle, (last - first) / 2, (first + last) / 2 - middle, 0.0)
    return Part(bone, start, end, fill, width, NOTHING, radius)


def leaf(bone: Bone, start: Pair, end: Pair, half: float, fill: Fill,  # noqa: PLR0913
         lean: float = 0.0, bow: float = 0.0) -> Part:  # fmt: skip
    """A shape with two pointed ends; `lean` in -1..1 puts its belly to the start or the end."""
    width = (0.0, 0.0, 0.0, 0.0, half, half * lean, -half, -half * lean)
    return Part(bone, start, end, fill, width, _bowed(bow))


def spike(bone: Bone, start: Pair, end: Pair, half: float, fill: Fill,
          bow: float = 0.0) -> Part:  # fmt: skip
    """A triangle on the start, pointed at the end."""
    width = (0.0, 0.0, 0.0, 0.0, half / 2, -half / 2, 0.0, 0.0)
    return Part(bone, start, end, fill, width, _bowed(bow))


def dome(bone: Bone, start: Pair, end: Pair, half: float, fill: Fill,
         radius: float = 0.0) -> Part:  # fmt: skip
    """Straight at the start, round at the end."""
    width = (half * 0.34, half * 0.34, 0.0, 0.0, half * 0.5, -half * 0.5, 0.0, 0.0)
    return Part(bone, start, end, fill, width, NOTHING, radius)


def grown(part: Part, by: float, fill: Fill) -> Part:
    """The same shape with a margin, in one color: an outline when painted before it."""
    return replace(part, radius=part.radius + by, fill=fill, is_clipped=False)


def clipped(part: Part) -> Part:
    return replace(part, is_clipped=True)


def plain(color: Rgba) -> Fill:
    return Fill(color, color)


def _bowed(bow: float) -> Eight:
    return (0.0, 0.0, 0.0, 0.0, bow, 0.0, -bow, 0.0)

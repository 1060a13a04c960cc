# SPDX-License-Identifier: Apache-2.0
"""A procedural drawing while it is being made: keypoints, limbs and painted parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..motion.actions import Kind, Role, Side
from ..motion.anatomy import Anatomy, Limb
from .parts import Creature, Part, Rgba, pack
from .style import Style, new_style, painted, shaded, tint


@dataclass(eq=False)
class Sketch:
    """Grows by its methods. `size` is the drawing's own, in its units: outlines go by it."""

    rng: np.random.Generator
    style: Style
    places: list[tuple[float, float]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    edges: list[tuple[int, int]] = field(default_factory=list)
    limbs: list[Limb] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    looks: tuple[str, ...] = ()

    def point(self, x: float, y: float, parent: int = -1, name: str = "") -> int:
        """A new keypoint, joined to `parent` by an edge."""
        self.places.append((x, y))
        self.names.append(name)
        if parent >= 0:
            self.edges.append((parent, len(self.places) - 1))
        return len(self.places) - 1

    def chain(self, start: int, steps: Sequence[tuple[float, float]]) -> tuple[int, ...]:
        """New keypoints one after another, each `steps` from the one before; with the first."""
        points = [start]
        for x, y in steps:
            before = self.places[points[-1]]
            points.append(self.point(before[0] + x, before[1] + y, points[-1]))
        return tuple(points)

    def limb(self, points: Sequence[int], role: Role, side: Side = "", order: int = 0) -> None:
        self.limbs.append(Limb(tuple(points), role, side, order))

    def paint(self, *parts: Part) -> None:
        """Adds parts that share one outline."""
        self.parts += painted(self.style, parts)

    def tint(self) -> Rgba:
        return tint(self.style, self.rng)

    def detail(self, *parts: Part) -> None:
        """Adds parts without an outline, which a silhouette does not show."""
        if self.style.look != "silhouette":
            self.parts += [shaded(self.style, part) for part in parts]

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def one_of(self, shares: Mapping[str, float]) -> str:
        """A name with the chance that is given for it; they add up to 1."""
        return str(self.rng.choice(list(shares), p=list(shares.values())))

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)


def new_sketch(rng: np.random.Generator) -> Sketch:
    return Sketch(rng, new_style(rng))


def finished(sketch: Sketch, kind: str, build: Kind, root: int, forward: float) -> Creature:
    """What was drawn, facing to the right of the picture if `forward` is 1, the viewer if 0."""
    return Creature(
        kind=kind,
        points=np.array(sketch.places, np.float32),
        edges=np.array(sketch.edges, np.int64).reshape(-1, 2),
        names=tuple(sketch.names),
        anatomy=Anatomy(build, root, tuple(sketch.limbs), (forward, 0.0)),
        parts=pack(sketch.parts),
        looks=(sketch.style.look, *sketch.looks),
    )

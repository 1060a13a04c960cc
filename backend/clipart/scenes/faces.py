# SPDX-License-Identifier: Apache-2.0
"""Eyes and mouths of procedural drawings."""

from __future__ import annotations

from collections.abc import Sequence

from .parts import Bone, Pair, Rgba, capsule, oval, plain
from .sketch import Sketch
from .style import BLACK, WHITE


def eye(pen: Sketch, bone: Bone, place: Pair, radius: float) -> None:
    """A dot, a button with a light in it, or a white with a pupil, `place` in the bone's frame."""
    (ax, ay), (bx, by) = pen.places[bone[0]], pen.places[bone[1]]
    unit = 1.0 if bone[0] == bone[1] else max(((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5, 1e-3)
    x, y = place

    def round_(at: Pair, size: float, color: tuple[float, float, float, float]) -> None:
        ends = ((at[0] - size / unit, at[1]), (at[0] + size / unit, at[1]))
        pen.parts.append(oval(bone, *ends, size, plain(color)))

    if pen.style.look == "silhouette":
        return
    kind = pen.rng.random()
    if kind < 0.25:
        return round_(place, radius * 0.7, BLACK)
    if kind < 0.55:
        round_(place, radius, BLACK)
        return round_((x + 0.25 * radius / unit, y - 0.3 * radius), radius * 0.35, WHITE)
    if kind < 0.62:
        ends = ((x - radius / unit, y), (x + radius / unit, y))
        if abs(by - ay) > abs(bx - ax):
            ends = ((x, y - radius), (x, y + radius))
        pen.detail(capsule(bone, (radius * 0.2,) * 2, plain(BLACK), *ends, -radius * 0.6))
        return None
    if kind < 0.8:
        round_(place, radius * 1.4, BLACK)
    round_(place, radius * 1.25, WHITE)
    return round_((x + 0.3 * radius / unit, y), radius * 0.7, BLACK)


def eyes(pen: Sketch, bone: Bone, places: Sequence[Pair], radius: float) -> None:
    """All alike."""
    state = pen.rng.bit_generator.state
    for place in places:
        pen.rng.bit_generator.state = state
        eye(pen, bone, place, radius)


def line(pen: Sketch, bone: Bone, ends: tuple[Pair, Pair], radius: float, color: Rgba,
         bow: float = 0.0) -> None:  # fmt: skip
    """A stroke between two places of the bone's frame."""
    pen.detail(capsule(bone, (radius, radius), plain(color), *ends, bow))

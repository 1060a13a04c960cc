# SPDX-License-Identifier: Apache-2.0
"""Chains of cubic curves as the path data of SVG, in the same commands in every frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....shared.results import VectorShape

STRAIGHT = 0.02
"""Canvas units by which a curve's inner points may leave the thirds of its chord in a line."""


def path_data(shape: VectorShape) -> list[str]:
    """The attribute `d` of each frame. The same commands follow each other in all of them, as
    animation from one to the next wants it (SVG 2, 9.3)."""
    ends = [*shape.starts[1:], shape.points.shape[1]]
    chains = [shape.points[:, a:b] for a, b in zip(shape.starts, ends, strict=True)]
    lines = [_lines(chain) for chain in chains]
    return [
        "".join(_contour(chain[t], line) for chain, line in zip(chains, lines, strict=True))
        for t in range(len(shape.points))
    ]


def _lines(chain: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(S,) which curves of a chain (T, 3 S + 1, 2) are straight in every frame."""
    start, end = chain[:, :-1:3], chain[:, 3::3]
    off = [np.abs(chain[:, n::3] - (start * (3 - n) + end * n) / 3).max((0, 2)) for n in (1, 2)]
    straight: NDArray[np.bool_] = np.maximum(*off) <= STRAIGHT
    return straight


def _contour(points: NDArray[np.float32], lines: NDArray[np.bool_]) -> str:
    words = [_number(value) for value in np.round(points, 2).ravel().tolist()]
    places = [f"{x} {y}" for x, y in zip(words[::2], words[1::2], strict=True)]
    parts = [f"M{places[0]}"]
    for n, is_line in enumerate(lines.tolist()):
        one, two, end = places[3 * n + 1 : 3 * n + 4]
        parts.append(f"L{end}" if is_line else f"C{one} {two} {end}")
    return "".join([*parts, "Z"])


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")

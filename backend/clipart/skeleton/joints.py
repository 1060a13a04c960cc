# SPDX-License-Identifier: Apache-2.0
"""Chooses a person's joints from heat maps: high places that limbs over the drawing join."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..drawing import PERSON

Floats = NDArray[np.float64]
Peaks = tuple[Floats, Floats]
"""Places (N, 2) in cells and the chance (N,) that lies there."""

HIGHEST = 6
"""Places of each heat map that are weighed."""
APART, AROUND = 3, 2
"""Cells between them, and cells to each side that make one."""
BESIDE = 10.0
"""What it costs, in logarithms of chance, that a bone runs all beside the drawing."""
CLASH = 1.0
"""What it costs that both joints of a pair lie on one spot of `SPOT` cells."""
SPOT = 2.0
UNEQUAL = 1.0
"""What it costs per squared logarithm of the ratio of the left bone's length to the right one's."""
FAINT = 1e-5
SAMPLES = 16

LIMBS = (((1, 3, 5), (2, 4, 6)), ((7, 9, 11), (8, 10, 12)))


def likeliest(chance: Floats, drawn: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Of heat maps (13, S, S), each of sum 1, over a drawing (P, P): places (13, 2) in 0..1, and
    how much of each heat map lies round them (13,)."""
    side = chance.shape[-1]
    peaks = [_peaks(each) for each in chance]
    chosen = {0: 0}
    for left, right in LIMBS:
        chosen |= _pair(peaks, left, right, drawn, side)
    places = np.array([peaks[point][0][chosen[point]] for point in range(len(PERSON))])
    held = np.array([peaks[point][1][chosen[point]] for point in range(len(PERSON))])
    return (places + 0.5) / side, np.minimum(held, 1.0)


def _peaks(chance: Floats) -> Peaks:
    left = chance.copy()
    found: list[tuple[float, float]] = []
    held: list[float] = []
    for _ in range(HIGHEST):
        row, column = (int(k) for k in np.unravel_index(int(left.argmax()), left.shape))
        if found and left[row, column] < FAINT:
            break
        rows = np.arange(max(row - AROUND, 0), min(row + AROUND + 1, len(chance)))
        columns = np.arange(max(column - AROUND, 0), min(column + AROUND + 1, len(chance)))
        patch = chance[np.ix_(rows, columns)]
        whole = float(patch.sum())
        found.append((float(patch.sum(0) @ columns) / whole, float(patch.sum(1) @ rows) / whole))
        held.append(whole)
        left[max(row - APART, 0) : row + APART + 1, max(column - APART, 0) : column + APART + 1] = 0
    return np.array(found), np.array(held)


def _pair(
    peaks: list[Peaks], left: tuple[int, ...], right: tuple[int, ...],
    drawn: NDArray[np.bool_], side: int,
) -> dict[int, int]:  # fmt: skip
    """Both limbs of a pair, from the trunk outward: the best of all choices joint by joint."""
    cost = _unlikely(peaks[left[0]], peaks[right[0]])
    ways: list[NDArray[np.int64]] = []
    for depth in (1, 2):
        first = _bones(peaks[left[depth - 1]], peaks[left[depth]], drawn, side)
        second = _bones(peaks[right[depth - 1]], peaks[right[depth]], drawn, side)
        # Axes: where both were before, where both are now.
        ratio = np.log(first[1][:, None, :, None] / second[1][None, :, None, :])
        step = first[0][:, None, :, None] + second[0][None, :, None, :] + UNEQUAL * ratio**2
        total = (cost[:, :, None, None] + step).reshape(cost.size, *step.shape[2:])
        ways.append(total.argmin(0))
        cost = total.min(0) + _unlikely(peaks[left[depth]], peaks[right[depth]])
    chosen: dict[int, int] = {}
    state = np.unravel_index(int(cost.argmin()), cost.shape)
    for depth in (2, 1, 0):
        chosen |= {left[depth]: int(state[0]), right[depth]: int(state[1])}
        if depth:
            before = (len(peaks[left[depth - 1]][1]), len(peaks[right[depth - 1]][1]))
            state = np.unravel_index(int(ways[depth - 1][state]), before)
    return chosen


def _unlikely(left: Peaks, right: Peaks) -> Floats:
    """(N, M): what it costs that a pair of joints is at these places."""
    gap = np.linalg.norm(left[0][:, None] - right[0][None], axis=-1)
    clash = CLASH * np.maximum(0, 1 - gap / SPOT)
    return np.asarray(clash - np.log(left[1])[:, None] - np.log(right[1])[None])


def _bones(start: Peaks, end: Peaks, drawn: NDArray[np.bool_], side: int) -> tuple[Floats, Floats]:
    """(N, M) what it costs that bones run where they do, and their lengths in cells, at least 1."""
    share = (np.arange(SAMPLES) + 0.5) / SAMPLES
    way = end[0][None] - start[0][:, None]
    places = start[0][:, None, None] + share[:, None] * way[:, :, None]
    pixels = np.clip((places + 0.5) / side * len(drawn), 0, len(drawn) - 1).astype(int)
    beside = 1 - drawn[pixels[..., 1], pixels[..., 0]].mean(-1)
    return BESIDE * beside, np.maximum(np.linalg.norm(way, axis=-1), 1.0)

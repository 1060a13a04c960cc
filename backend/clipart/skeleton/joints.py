# SPDX-License-Identifier: Apache-2.0
"""Chooses a person's joints from heat maps: high places that fit together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..drawing import PERSON

Floats = NDArray[np.float64]

HIGHEST = 6
"""Places of each heat map that are weighed."""
APART = 3
"""Cells between them."""
AROUND = 2
CLASH = 4.0
"""What it costs, in logarithms of chance, that both of a pair lie on one spot."""
SPOT = 2.0
"""Cells within which they do."""
UNEQUAL = 1.0
"""What it costs per squared logarithm of the ratio that left and right bones differ in length."""
LEAST = 1e-6

ARMS = ((1, 3, 5), (2, 4, 6))
LEGS = ((7, 9, 11), (8, 10, 12))


def likeliest(chance: Floats) -> tuple[Floats, Floats]:
    """Of heat maps (13, S, S), each of sum 1: places (13, 2) in 0..1, and how much of each heat map
    lies round them (13,)."""
    side = chance.shape[-1]
    peaks = [_peaks(each) for each in chance]
    places = np.zeros((len(PERSON), 2))
    held = np.zeros(len(PERSON))
    chosen = {0: 0}
    for left, right in (ARMS, LEGS):
        chosen |= _pair(peaks, left, right)
    for point, number in chosen.items():
        places[point] = (peaks[point][0][number] + 0.5) / side
        held[point] = min(1.0, peaks[point][1][number])
    return places, held


def _peaks(chance: Floats) -> tuple[Floats, Floats]:
    """(N, 2) places in cells, refined by the mean around, and the chance (N,) that lies there."""
    left = chance.copy()
    found, held = [], []
    for _ in range(HIGHEST):
        row, column = np.unravel_index(int(left.argmax()), left.shape)
        if left[row, column] < LEAST and found:
            break
        rows = slice(max(row - AROUND, 0), row + AROUND + 1)
        columns = slice(max(column - AROUND, 0), column + AROUND + 1)
        patch = chance[rows, columns]
        y, x = np.mgrid[rows, columns][:, : patch.shape[0], : patch.shape[1]]
        whole = float(patch.sum())
        found.append((float((patch * x).sum()) / whole, float((patch * y).sum()) / whole))
        held.append(float(patch.sum()))
        left[max(row - APART, 0) : row + APART + 1, max(column - APART, 0) : column + APART + 1] = 0
    return np.array(found), np.array(held)


def _pair(
    peaks: list[tuple[Floats, Floats]], left: tuple[int, ...], right: tuple[int, ...]
) -> dict[int, int]:
    """Both limbs of a pair from the trunk outward, the best of all choices joint by joint."""
    states = [(number, other) for number in range(len(peaks[left[0]][1]))
              for other in range(len(peaks[right[0]][1]))]  # fmt: skip
    best = {state: (_spot(peaks, left[0], right[0], state), [state]) for state in states}
    for depth in (1, 2):
        first, second = left[depth], right[depth]
        reached = {}
        for a in range(len(peaks[first][1])):
            for b in range(len(peaks[second][1])):
                own = _spot(peaks, first, second, (a, b))
                cost, way = min(
                    (
                        (before + _length(peaks, left, right, depth, state, (a, b)), way)
                        for state, (before, way) in best.items()
                    ),
                    key=lambda entry: entry[0],
                )
                reached[(a, b)] = (cost + own, [*way, (a, b)])
        best = reached
    _, way = min(best.values(), key=lambda entry: entry[0])
    chosen = {left[depth]: state[0] for depth, state in enumerate(way)}
    return chosen | {right[depth]: state[1] for depth, state in enumerate(way)}


def _spot(peaks: list[tuple[Floats, Floats]], first: int, second: int,
          state: tuple[int, int]) -> float:  # fmt: skip
    """How unlikely two joints of a pair are where they are."""
    (places, held), (others, also) = peaks[first], peaks[second]
    gap = float(np.linalg.norm(places[state[0]] - others[state[1]]))
    clash = CLASH * max(0.0, 1 - gap / SPOT)
    return clash - float(np.log(held[state[0]] + LEAST) + np.log(also[state[1]] + LEAST))


def _length(
    peaks: list[tuple[Floats, Floats]], left: tuple[int, ...], right: tuple[int, ...], depth: int,
    before: tuple[int, int], after: tuple[int, int],
) -> float:  # fmt: skip
    """How unequal the bones of both sides are."""
    lengths = [
        1.0 + float(np.linalg.norm(
            peaks[limb[depth]][0][after[side]] - peaks[limb[depth - 1]][0][before[side]]
        ))
        for side, limb in enumerate((left, right))
    ]  # fmt: skip
    return UNEQUAL * float(np.log(lengths[0] / lengths[1])) ** 2

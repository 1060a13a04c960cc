# SPDX-License-Identifier: Apache-2.0
"""Drawings of more points than move well become simpler ones that look the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import shapely

from ..drawing import Points
from .areas import Piece
from .curves import Chain
from .lines import cubics, flat

MAX_POINTS = 20_000
"""Drawings of more control points are simplified."""
MOST_POINTS = 40_000
"""Of drawings that cannot be simplified to `MAX_POINTS` so much is kept."""
_TOLERANCES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
_RUN = 4_000
"""Lines are simplified in runs of so many points: what simplifies them recurses."""


def count(pieces: Sequence[Piece]) -> int:
    """The number of control points."""
    return sum(len(chain.points) for piece in pieces for chain in piece.chains)


def eased(chains: Sequence[Chain], scale: float) -> tuple[Chain, ...]:
    """Chains of very many points as lines that look the same, so that what follows stays quick.

    `scale` is the canvas units of a unit of theirs.
    """
    if sum(len(chain.points) for chain in chains) <= MAX_POINTS or scale <= 0:
        return tuple(chains)
    lines = [flat(chain.points * scale) for chain in chains]
    thin = _thinned(lines, _TOLERANCES[0])
    return tuple(
        Chain(cubics(line) / scale, chain.is_closed)
        if 1 < 3 * len(line) - 2 < len(chain.points)
        else chain
        for chain, line in zip(chains, thin, strict=True)
    )


def simplified(pieces: Sequence[Piece], before: int) -> tuple[list[Piece], str]:
    """The pieces with about `MAX_POINTS` control points, and a note; "" where they were few.

    `before` is the number of points that the drawing came with. Dense curves become straight
    lines within a tolerance that rises until they are few enough; curves that are not dense stay.
    Where that is not enough the smallest pieces go, until `MOST_POINTS` are left.
    """
    before = max(before, count(pieces))
    if before <= MAX_POINTS:
        return list(pieces), ""
    lines = [flat(chain.points) for piece in pieces for chain in piece.chains]
    kept, tolerance = list(pieces), _TOLERANCES[0]
    for tolerance in _TOLERANCES:
        if count(kept) <= MAX_POINTS:
            break
        lines = _thinned(lines, tolerance)
        kept = _rebuilt(pieces, lines, tolerance)
    kept, dropped = _largest(kept)
    note = (
        f"The drawing's {before} points were simplified to {count(kept)}, "
        f"by up to {tolerance / 2.56:.2g} % of its size."
    )
    if dropped:
        note += f" Its {dropped} smallest parts were left out."
    return kept, note


def _thinned(lines: list[Points], tolerance: float) -> list[Points]:
    """Each line within the tolerance of itself with as few points as may be."""
    if not lines:
        return []
    runs, owners = [], []
    for i, line in enumerate(lines):
        for start in range(0, max(len(line) - 1, 1), _RUN):
            run = line[start : start + _RUN + 1]
            runs.append(run if len(run) > 1 else np.repeat(run, 2, axis=0))
            owners.append(i)
    indices = np.repeat(np.arange(len(runs)), [len(run) for run in runs])
    made = shapely.linestrings(np.concatenate(runs), indices=indices)
    thin = shapely.simplify(made, tolerance, preserve_topology=False)
    places, which = shapely.get_coordinates(thin, return_index=True)
    owner = np.asarray(owners)[which]
    fresh = np.ones(len(places), np.bool_)
    fresh[1:] = (owner[1:] != owner[:-1]) | (places[1:] != places[:-1]).any(1)
    places, owner = places[fresh], owner[fresh]
    ends = np.searchsorted(owner, np.arange(len(lines) + 1))
    return [places[a:b] for a, b in pairwise(ends)]


def _rebuilt(pieces: Sequence[Piece], lines: list[Points], tolerance: float) -> list[Piece]:
    rebuilt = []
    following = iter(lines)
    for piece in pieces:
        made = [_chain(old, next(following), tolerance) for old in piece.chains]
        chains = tuple(chain for chain in made if chain is not None)
        if chains:
            rebuilt.append(replace(piece, chains=chains))
    return rebuilt


def _chain(old: Chain, line: Points, tolerance: float) -> Chain | None:
    """The line as a chain of cubics; the old chain where that is shorter; none for a speck."""
    if len(line) < 4 and np.ptp(old.points, axis=0).max() < tolerance:
        return None
    if len(line) < 4 or 3 * len(line) - 2 >= len(old.points):
        return old
    return Chain(cubics(line), True)


def _largest(pieces: list[Piece]) -> tuple[list[Piece], int]:
    """The largest pieces that have at most `MOST_POINTS` together, in their order."""
    sizes = np.array([_extent(piece) for piece in pieces])
    total, keep = 0, np.zeros(len(pieces), np.bool_)
    for i in np.argsort(-sizes, kind="stable"):
        points = count([pieces[i]])
        if total + points <= MOST_POINTS:
            keep[i] = True
            total += points
    return [piece for piece, stays in zip(pieces, keep, strict=True) if stays], int((~keep).sum())


def _extent(piece: Piece) -> float:
    left, top, right, bottom = piece.box()
    return (right - left) * (bottom - top)

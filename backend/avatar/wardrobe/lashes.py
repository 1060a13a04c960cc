# SPDX-License-Identifier: Apache-2.0
"""Upper lashes: single tapering strokes laid on Anny's lash strips, and the lids' margins."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...kit.body import Body, BodyModel, load_body_model
from .noise import Floats, rgb
from .piece import Held, Paint, Piece, Texels, smooth_normals

if TYPE_CHECKING:
    from ..outfit import Looks

_UPPER, _LOWER = "helper-{}-eyelashes-2", "helper-{}-eyelashes-1"
_DENSITY = 1.2

# Lashes on one lid, how far along the strip's rows they reach (4 is all), half a root's width in
# columns of the strip: of women, of everybody else, and with mascara.
_OF_WOMEN, _PLAIN, _MASCARA = (24, 3.2, 0.20), (20, 2.3, 0.16), (26, 4.0, 0.25)
_GROWN = 14.0

_ROOT = 1.0
"""Row of the strip that lies on the lid's edge; what is below lines the lid."""
_LEAN = 0.45
"""Columns by which a tip stands off its root, outwards."""


def piece(model: BodyModel, body: Body, looks: Looks) -> Piece:
    """The lashes of both upper lids; lower ones would look like bags under the eyes."""
    kinds = {mark.kind for mark in looks.marks}
    of_age = _OF_WOMEN if looks.is_female and looks.age_years > _GROWN else _PLAIN
    count, reach, width = _MASCARA if kinds & {"lashes", "makeup", "goth makeup"} else of_age
    sides = [_grid(model, _UPPER.format(side)) for side in ("l", "r")]
    strokes, faces = _strokes(sides[0].shape[1], count, reach, width)
    lined, lining = _lining(sides[0].shape[1])
    places = np.concatenate([strokes, lined])
    quads = np.concatenate([faces, np.where(lining >= 0, lining + len(strokes), -1)])
    corners, shares = _mixed(places)
    columns, rows = corners[..., 0], corners[..., 1]
    base = np.concatenate([grid[rows, columns] for grid in sides])
    shares = np.concatenate([shares, shares])[..., None]
    quads = np.concatenate([quads, np.where(quads >= 0, quads + len(places), -1)]).astype(np.int32)
    strongest = base[np.arange(len(base)), shares[..., 0].argmax(1)]
    canonical = (model.canonical.vertices[base] * shares).sum(1).astype(np.float32)
    flat = (np.tile(places, (2, 1)) / [sides[0].shape[1], 4]).astype(np.float32)
    dark = np.asarray(looks.brows, dtype=np.float32) * 0.25 + rgb(0.008, 0.006, 0.006)
    return Piece(
        name="Lashes",
        vertices=(body.vertices[base] * shares).sum(1).astype(np.float32),
        faces=quads,
        uvs=flat[quads],
        bone_indices=model.bone_indices[strongest],
        weights=model.weights[strongest],
        canonical=canonical,
        canonical_normals=smooth_normals(canonical, quads),
        density=np.full(len(quads), _DENSITY, dtype=np.float32),
        paint=lambda texels: _painted(texels, dark),
        zones=np.zeros(len(quads), dtype=np.int8),
        shares_texels=True,
        held=Held(base, shares[..., 0]),
    )


def _painted(texels: Texels, color: Floats) -> Paint:
    none = np.zeros(len(texels), dtype=np.float32)
    return Paint(np.tile(color, (len(texels), 1)), none + 0.95, none, none)


_Flat = tuple[NDArray[np.float64], NDArray[np.intp]]
"""Places (n, 2) as column and row of a lash strip, and the faces (F, 4) between them."""


def _strokes(columns: int, count: int, reach: float, width: float) -> _Flat:
    """Places (n, 2) as column and row of the strip, and the faces (2 * count, 4) of lashes that
    bend outwards, with neighbours of unlike lengths, as lashes are."""
    random = np.random.default_rng(7)
    root = np.linspace(0.35, columns - 1.4, count) + random.uniform(-0.12, 0.12, count)
    # Shorter where they begin at the nose; the longest stand near the outer corner.
    grown = np.interp(root / columns, (0, 0.35, 0.75, 1), (0.55, 0.85, 1.0, 0.85))
    long = (reach - _ROOT) * grown * random.uniform(0.78, 1.0, count)
    lean = _LEAN * np.linspace(-0.35, 1, count) * (long / 3)
    rows = [(-width, 0.0, 0.0), (width, 0.0, 0.0), (0.65 * width, 0.4, 0.55)]
    rows += [(-0.65 * width, 0.4, 0.55), (0.0, 1.0, 1.0)]
    places = np.stack(
        [
            np.stack([root + aside + lean * bent, _ROOT - 0.15 + long * along], axis=1)
            for aside, bent, along in rows
        ],
        axis=1,
    )
    places[..., 0] = np.clip(places[..., 0], 0, columns - 1)
    first = 5 * np.arange(count)[:, None]
    quads, tips = first + np.arange(4), first + np.array([3, 2, 4, 0])
    tips[:, 3] = -1
    faces = np.concatenate([quads, tips])
    return places.reshape(-1, 2), faces


def _lining(columns: int) -> _Flat:
    """The dark edge of the lid, from which the lashes grow."""
    across = np.arange(columns, dtype=np.float64)
    thick = _ROOT + 0.25 * np.sin(np.pi * across / (columns - 1))
    places = np.concatenate(
        [np.stack([across, 0.35 + 0 * across], 1), np.stack([across, thick], 1)]
    )
    start = np.arange(columns - 1)[:, None]
    return places, start + np.array([0, 1, columns + 1, columns])


def _mixed(places: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The four grid corners (n, 4, 2) around places given as column and row, and their shares."""
    low = np.floor(places).astype(np.intp)
    part = places - low
    steps = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    shares = np.prod(np.where(steps[None] == 1, part[:, None], 1 - part[:, None]), axis=2)
    corners = low[:, None] + steps
    # A corner beyond the last column or row has no share.
    return np.where(shares[..., None] > 0, corners, low[:, None]), shares


def _grid(model: BodyModel, group: str) -> NDArray[np.int32]:
    """(rows, columns) the vertices of a lash strip, from the lid outwards, from the nose on."""
    faces = model.groups[group].corners
    neighbours: dict[int, set[int]] = {}
    for face in faces.tolist():
        for here, after in zip(face, face[1:] + face[:1], strict=True):
            neighbours.setdefault(here, set()).add(after)
            neighbours.setdefault(after, set()).add(here)
    places = model.canonical.vertices
    ends = [vertex for vertex, near in neighbours.items() if len(near) == 2]
    # The innermost corners are at the nose; of those the lid's lies further back.
    inner = sorted(ends, key=lambda vertex: abs(places[vertex, 0]))[:2]
    start, other = sorted(inner, key=lambda vertex: -places[vertex, 1])
    first = _edge(neighbours, start, other)
    grid = [first]
    seen = set(first)
    while len(seen) < len(neighbours):
        column = [next(iter(neighbours[vertex] - seen)) for vertex in grid[-1]]
        grid.append(column)
        seen.update(column)
    return np.array(grid, dtype=np.int32).T


def _edge(neighbours: dict[int, set[int]], start: int, end: int) -> list[int]:
    """The border from one corner of a grid to the next one."""
    for toward in neighbours[start]:
        path = [start, toward]
        while len(neighbours[path[-1]]) == 3:
            ahead = neighbours[path[-1]] - set(path)
            path.append(next(each for each in ahead if len(neighbours[each]) < 4))
        if path[-1] == end:
            return path
    raise ValueError("The strip is no grid.")


@cache
def margins() -> tuple[Floats, Floats]:
    """(n, 3) points close together on the edges of the canonical body's upper and lower lids."""
    model = load_body_model()
    edges = []
    for name in (_UPPER, _LOWER):
        for side in ("l", "r"):
            row = model.canonical.vertices[_grid(model, name.format(side))[1]]
            steps = np.linspace(0, len(row) - 1, 90)
            edges.append([np.interp(steps, np.arange(len(row)), row[:, axis]) for axis in range(3)])
    upper = np.concatenate([np.stack(edge, axis=1) for edge in edges[:2]])
    lower = np.concatenate([np.stack(edge, axis=1) for edge in edges[2:]])
    return upper.astype(np.float32), lower.astype(np.float32)

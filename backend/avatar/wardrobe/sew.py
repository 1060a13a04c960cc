# SPDX-License-Identifier: Apache-2.0
"""Sews strips along the borders of cloth: hems that give it thickness, collars that fold."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from ...kit.surface import triangulate, vertex_normals
from .design import Edge
from .part import ZONES
from .surface import Floats, Ints, Surface, border, join, loops

HEM_DEPTH = 3.5
"""How far a hem reaches up inside, in thicknesses of the cloth."""


def hem(surface: Surface, canonical: Floats, thickness: float) -> Surface:
    """Turn every border inwards, so that cloth shows its thickness."""
    outward = _beyond(surface, canonical)
    depth = HEM_DEPTH * thickness
    rows = ((0.0008, -0.35 * thickness), (0.0, -thickness), (-depth, -1.25 * thickness))
    strips = [surface]
    for ring in loops(surface.faces):
        lining = _strip(
            surface, canonical, _Run(ring, outward[ring], np.ones(len(ring)), True), rows
        )
        zones = np.full(len(lining.faces), surface.zones[0])
        zones[-len(ring) :] = ZONES.index("lining")
        strips.append(replace(lining, zones=zones))
    return join(strips, first_leads=True)


def fold_out(bare: Surface, sewn: Surface, canonical: Floats, edge: Edge, share: Floats) -> Surface:
    """Sew a strip to the borders of `bare`, the first vertices of `sewn`, as `share` (V,) says."""
    outward = _beyond(bare, canonical)
    outward = (1 - edge.upright) * outward + edge.upright * np.array([0.0, 0.0, 1.0])
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)
    strips = [sewn]
    for ring in loops(bare.faces):
        for run in _runs(ring, share[ring] > 0):
            strip = _strip(bare, canonical, _Run(run, outward[run], share[run], False), edge.rows)
            zones = np.full(len(strip.faces), ZONES.index(edge.zone), np.int8)
            # The strip shows what was the inside of the cloth.
            flipped = strip.faces[:, ::-1].copy()
            strips.append(replace(strip, faces=flipped, uvs=strip.uvs[:, ::-1].copy(), zones=zones))
    return join(strips, first_leads=True)


def _beyond(surface: Surface, canonical: Floats) -> Floats:
    """(V, 3) unit: from the cloth over its nearest edge and away, along the surface; 0 inside."""
    face, corners = triangulate(surface.faces)
    triangles = np.take_along_axis(surface.faces[face], corners, 1)
    normals = vertex_normals(canonical, triangles)
    result = np.zeros((surface.count, 3))
    edges = border(surface.faces)
    along = canonical[edges[:, 1]] - canonical[edges[:, 0]]
    for side in range(2):
        # A face goes round counter-clockwise, so outside its border edge is along x normal.
        np.add.at(result, edges[:, side], np.cross(along, normals[edges[:, side]]))
    return _unit(result)


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Floats = vectors / np.maximum(lengths, 1e-12)
    return unit


def _runs(ring: Ints, chosen: NDArray[np.bool_]) -> list[Ints]:
    """The stretches of a closed ring where `chosen` holds, in order."""
    if chosen.all():
        return [np.append(ring, ring[:1])]
    start = int(np.flatnonzero(~chosen)[0])
    ring, chosen = np.roll(ring, -start), np.roll(chosen, -start)
    breaks = np.flatnonzero(np.diff(np.concatenate([[0], chosen.astype(int), [0]])))
    return [ring[a:b] for a, b in breaks.reshape(-1, 2) if b - a > 2]


@dataclass(frozen=True)
class _Run:
    """Border vertices in order, which way is beyond the edge there, and how much each gets."""

    ring: Ints
    outward: Floats
    share: Floats
    is_closed: bool


def _strip(
    surface: Surface, canonical: Floats, run: _Run, rows: tuple[tuple[float, float], ...]
) -> Surface:
    """Rows of quads beside a run of border vertices; the first row doubles the border itself."""
    profile = np.array([(0.0, 0.0), *rows])
    ring, levels, around = run.ring, len(profile), len(run.ring)
    source = np.tile(ring, levels)
    level = np.repeat(np.arange(levels), around)
    reach = profile[level, 0] * np.tile(run.share, levels)
    shift = surface.shift[source] + np.tile(run.outward, (levels, 1)) * reach[:, None]
    off = profile[level, 1] * np.tile(np.minimum(1, 2 * run.share), levels)
    distance = surface.distance[source] + off
    columns = around if run.is_closed else around - 1
    first = np.arange(columns)
    after = (first + 1) % around
    lower = (np.arange(levels - 1) * around)[:, None]
    faces = np.stack(
        [lower + after, lower + first, lower + around + first, lower + around + after], -1
    )
    uvs = _strip_uvs(canonical[ring], profile, columns)
    return Surface(
        mix=sparse.csr_matrix(surface.mix[source]),
        faces=faces.reshape(-1, 4).astype(np.int32),
        uvs=uvs,
        islands=np.zeros(len(faces) * columns, np.int32),
        zones=np.zeros(len(faces) * columns, np.int8),
        distance=distance,
        shift=shift,
        follows=source.astype(np.int32),
    )


def _strip_uvs(ring: Floats, profile: Floats, columns: int) -> Floats:
    """Metres along the border and across the strip: (rows * columns, 4, 2)."""
    steps = np.linalg.norm(np.roll(ring, -1, 0) - ring, axis=1)[:columns]
    along = np.concatenate([[0], np.cumsum(np.maximum(steps, 1e-5))])
    across = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(profile, axis=0).T))])
    u0, v0 = np.meshgrid(along[:-1], across[:-1])
    u1, v1 = np.meshgrid(along[1:], across[1:])
    corners = [(u1, v0), (u0, v0), (u0, v1), (u1, v1)]
    # Across grows away from the border; u is mirrored so that the chart is not inside out.
    return np.stack([np.stack([u, v], -1) for u, v in corners], 2).reshape(-1, 4, 2)

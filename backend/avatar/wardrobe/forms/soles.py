# SPDX-License-Identifier: Apache-2.0
"""Soles with a heel under the feet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial import ConvexHull

from ....kit.body import BodyModel
from ..design import Sole
from ..part import ZONES
from ..surface import Floats, Ints, Surface, join, plain
from .site import near_mix

SOLE_POINTS = 44
# Rows of a sole from the ground up: metres beyond the welt, share of the sole's height.
SOLE_ROWS = (
    (-0.005, 0.0),
    (-0.002, 0.12),
    (-0.001, 0.55),
    (0.0, 0.86),
    (-0.002, 1.0),
    (-0.016, 1.02),
)


def soles(model: BodyModel, sole: Sole, offset: float) -> Surface:
    """The left and the right sole of an upper that stands `offset` metres off the foot."""
    return join([_sole(model, sole, offset, side) for side in (1.0, -1.0)])


def _sole(model: BodyModel, sole: Sole, offset: float, side: float) -> Surface:
    tights = np.unique(model.groups["helper-tights"].corners)
    places = model.canonical.vertices[tights]
    mine = (places[:, 2] < 0.055) & (places[:, 0] * side > 0)
    foot, vertices = places[mine], tights[mine]
    outline, heading = _footprint(foot[:, :2], offset, side)
    rows = [_sole_row(outline, heading, sole, row) for row in SOLE_ROWS]
    points = np.concatenate(rows)
    faces = _sole_faces(side)
    uvs = _sole_uvs(points, faces, outline, sole.height)
    surface = plain(near_mix(model, points, vertices, foot), faces, uvs)
    shift = points - surface.mix @ model.canonical.vertices
    zones = np.full(len(faces), ZONES.index("sole"), np.int8)
    return replace(surface, shift=shift, zones=zones)


def _footprint(foot: Floats, offset: float, side: float) -> tuple[Floats, Floats]:
    """Points round the foot from the middle of the heel, and where its toes point."""
    hull = foot[ConvexHull(foot).vertices]
    centre = hull.mean(0)
    spread = foot - foot.mean(0)
    heading = np.linalg.svd(spread, full_matrices=False)[2][0]
    heading *= -np.sign(heading[1])
    across = np.array([-heading[1], heading[0]]) * side
    local = np.stack([(hull - centre) @ heading, (hull - centre) @ across], 1)
    ring = _resampled(local)
    for _ in range(6):
        ring = 0.5 * ring + 0.25 * (np.roll(ring, 1, 0) + np.roll(ring, -1, 0))
    ring *= 1 + offset / np.linalg.norm(ring, axis=1, keepdims=True)
    # A waist between heel and ball, deeper on the inner side, as every last has.
    along = (ring[:, 0] - ring[:, 0].min()) / np.ptp(ring[:, 0])
    waist = np.exp(-(((along - 0.40) / 0.13) ** 2))
    ring[:, 1] *= 1 - waist * np.where(ring[:, 1] > 0, 0.03, 0.11)
    outline = centre + ring[:, :1] * heading + ring[:, 1:] * across
    return outline, heading


def _resampled(hull: Floats) -> Floats:
    """SOLE_POINTS points at even steps, starting behind the heel."""
    closed = np.concatenate([hull, hull[:1]])
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    fine = np.linspace(0, length[-1], 2000, endpoint=False)
    dense = np.stack([np.interp(fine, length, closed[:, axis]) for axis in range(2)], 1)
    if ((dense * np.roll(dense[:, ::-1], -1, 0)) @ [1, -1]).sum() < 0:
        dense = dense[::-1]
    heel = int(np.argmin(dense[:, 0]))
    return np.roll(dense, -heel, 0)[:: 2000 // SOLE_POINTS][:SOLE_POINTS]


def _sole_row(outline: Floats, heading: Floats, sole: Sole, row: tuple[float, float]) -> Floats:
    centre = outline.mean(0)
    away = outline - centre
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    along = (outline - outline.min(0)) @ heading
    along = (along - along.min()) / np.ptp(along)
    # A heel, an arch that leaves the ground, and toes that spring a little.
    arch = sole.arch * np.clip(np.minimum((along - 0.27) / 0.03, (0.56 - along) / 0.16), 0, 1)
    spring = 0.005 * np.clip((along - 0.75) / 0.25, 0, 1) ** 2
    up = row[1] * sole.height
    height = up + arch * max(0.0, 1 - row[1]) + spring
    return np.column_stack([outline + (sole.welt + row[0]) * away, height])


def _sole_faces(side: float) -> Ints:
    """Walls round the outline, then strips across the bottom from one side to the other."""
    count = SOLE_POINTS
    here = np.arange(count)
    after = (here + 1) % count
    lower = (np.arange(len(SOLE_ROWS) - 1) * count)[:, None]
    walls = np.stack([lower + here, lower + after, lower + count + after, lower + count + here], -1)
    step = np.arange(1, count // 2 - 1)
    bottom = np.stack([step, count - step, count - step - 1, step + 1], 1)
    ends = np.array([[1, 0, count - 1, -1], [count // 2 - 1, count // 2 + 1, count // 2, -1]])
    faces = np.concatenate([walls.reshape(-1, 4), bottom, ends])
    if side < 0:
        quads = faces[:, 3] >= 0
        faces[quads] = faces[quads][:, ::-1]
        faces[~quads, :3] = faces[~quads, 2::-1]
    return faces.astype(np.int32)


def _sole_uvs(points: Floats, faces: Ints, outline: Floats, height: float) -> Floats:
    """Walls along the outline, the bottom as seen from below beside them; metres."""
    count = SOLE_POINTS
    steps = np.linalg.norm(np.roll(outline, -1, 0) - outline, axis=1)
    along = np.concatenate([[0], np.cumsum(steps)])
    uvs = np.zeros((len(faces), 4, 2))
    walls = (len(SOLE_ROWS) - 1) * count
    profile = np.array(SOLE_ROWS) * [1, height]
    across = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(profile, axis=0).T))])
    for face in range(len(faces)):
        for corner in range(4):
            vertex = faces[face, corner] if faces[face, corner] >= 0 else faces[face, 2]
            if face < walls:
                column = vertex % count
                is_last = face % count == count - 1 and column == 0
                uvs[face, corner] = along[count if is_last else column], across[vertex // count]
            else:
                uvs[face, corner] = points[vertex, :2] - outline.min(0) + [0, across[-1] + 0.02]
    return uvs

# SPDX-License-Identifier: Apache-2.0
"""Soles and heels under the feet, to the shape of a last."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import ConvexHull

from ....kit.body import BodyModel
from ..design import Last, Sole
from ..part import ZONES
from ..surface import Floats, Ints, Surface, join, plain
from .lasts import HEEL_SHARE, ease, lasted, lift
from .site import near_mix

SOLE_POINTS = 52
TRIM = 0.003
"""Metres by which a sole stays inside the outline behind."""
# Rows of a sole from the ground up: metres beyond the welt, share of the sole's height.
SOLE_ROWS = (
    (-0.005, 0.0),
    (-0.002, 0.12),
    (-0.001, 0.55),
    (0.0, 0.86),
    (-0.002, 1.0),
    (-0.016, 1.02),
)


# Rows of a heel from the ground up: share of its height, of its narrowing.
HEEL_ROWS = ((0.0, 1.0), (0.12, 0.97), (0.5, 0.72), (0.85, 0.25), (1.0, 0.0))


@dataclass(frozen=True)
class Solid:
    """Places (P, 3) on the canonical body, faces (F, 4), and their UVs (F, 4, 2) in metres."""

    points: Floats
    faces: Ints
    uvs: Floats


def soles(model: BodyModel, sole: Sole, last: Last, offset: float) -> Surface:
    """The left and the right sole, and heels, of an upper `offset` metres off its last."""
    tights = np.unique(model.groups["helper-tights"].corners)
    places = model.canonical.vertices[tights]
    made = []
    for side in (1.0, -1.0):
        mine = (places[:, 2] < 0.055) & (places[:, 0] * side > 0)
        on_last = lasted(model, last, sole, places[mine])
        outline, heading = _footprint(on_last[:, :2], offset, side)
        solids = [_sole(outline, heading, sole, side)]
        if sole.heel:
            solids.append(_heel(outline, heading, sole, side))
        made += [_worn(model, solid, tights[mine], on_last) for solid in solids]
    return join(made)


def _worn(model: BodyModel, solid: Solid, vertices: Ints, on_last: Floats) -> Surface:
    mix = near_mix(model, solid.points, vertices, on_last)
    surface = plain(mix, solid.faces, solid.uvs, ZONES.index("sole"))
    return replace(surface, shift=solid.points - mix @ model.canonical.vertices)


def _sole(outline: Floats, heading: Floats, sole: Sole, side: float) -> Solid:
    rows = [_sole_row(outline, heading, sole, row) for row in SOLE_ROWS]
    points = np.concatenate(rows)
    faces = _sole_faces(side)
    return Solid(points, faces, _sole_uvs(points, faces, outline, sole.height))


def _heel(outline: Floats, heading: Floats, sole: Sole, side: float) -> Solid:
    """A block under the heel, as high as the last lifts it."""
    share = _shares(outline, heading)
    edge, half = _edge(outline, heading, sole), SOLE_POINTS // 2
    ring = np.concatenate(
        [edge[half:][share[half:] < HEEL_SHARE], edge[:half][share[:half] < HEEL_SHARE]]
    )
    count = len(ring)
    centre = ring.mean(0)
    top = float(lift(sole, np.zeros(1))[0]) + 0.35 * sole.height
    rows = []
    for up, narrow in HEEL_ROWS:
        shrunk = centre + (ring - centre) * (1 - sole.spike * narrow)
        rows.append(np.column_stack([shrunk, np.full(count, up * top)]))
    points = np.concatenate([*rows, [[*centre, 0.0]]])
    here = np.arange(count)
    after = (here + 1) % count
    lower = (np.arange(len(HEEL_ROWS) - 1) * count)[:, None]
    walls = np.stack([lower + here, lower + after, lower + count + after, lower + count + here], -1)
    ground = np.stack([after, here, np.full(count, len(points) - 1), np.full(count, -1)], 1)
    faces = np.concatenate([walls.reshape(-1, 4), ground]).astype(np.int32)
    if side < 0:
        faces[:, :3] = np.where(faces[:, 3:] < 0, faces[:, 2::-1], faces[:, :3])
        quads = faces[:, 3] >= 0
        faces[quads] = faces[quads][:, ::-1]
    return Solid(points, faces, _heel_uvs(points, faces, ring))


def _heel_uvs(points: Floats, faces: Ints, ring: Floats) -> Floats:
    """Walls unrolled along the ring, the ground beside them; metres."""
    count = len(ring)
    steps = np.linalg.norm(np.roll(ring, -1, 0) - ring, axis=1)
    along = np.concatenate([[0], np.cumsum(steps)])
    uvs = np.zeros((len(faces), 4, 2))
    for number, face in enumerate(faces):
        for corner, vertex in enumerate(np.where(face < 0, face[2], face)):
            if face[3] < 0:
                uvs[number, corner] = points[vertex, :2] - ring.min(0) + [0, 0.15]
            else:
                wraps = number % count == count - 1 and vertex % count == 0
                column = count if wraps else vertex % count
                uvs[number, corner] = along[column], points[vertex, 2]
    return uvs


def _shares(outline: Floats, heading: Floats) -> Floats:
    along = (outline - outline.min(0)) @ heading
    return np.asarray((along - along.min()) / np.ptp(along))


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
    along = _shares(outline, heading)
    # A heel, an arch that leaves the ground, and toes that spring a little.
    arch = sole.arch * np.clip(np.minimum((along - 0.27) / 0.03, (0.56 - along) / 0.16), 0, 1)
    spring = sole.spring * np.clip((along - 0.75) / 0.25, 0, 1) ** 2
    up = row[1] * sole.height + lift(sole, along)
    height = up + arch * max(0.0, 1 - row[1]) + spring
    return np.column_stack([_edge(outline, heading, sole, row[0]), height])


def _edge(outline: Floats, heading: Floats, sole: Sole, beyond: float = 0.0) -> Floats:
    """The sole's own outline: its welt stands out in front, and is trimmed round the heel."""
    away = outline - outline.mean(0)
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    front = ease(0.16, 0.42, _shares(outline, heading))
    welt = sole.welt * front - TRIM * (1 - front)
    return np.asarray(outline + (welt + beyond)[:, None] * away)


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

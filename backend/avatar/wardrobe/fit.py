# SPDX-License-Identifier: Apache-2.0
"""Puts a tailored garment onto a body: one sparse product, then out of what is beneath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ...kit.body import Body, BodyModel
from .design import Garment
from .part import Part
from .piece import smooth_normals
from .surface import Floats, Ints

LAYER_GAP = 0.0035
"""Metres between two layers of cloth on the canonical body."""
FLARED = 0.02
"""Metres of offset beyond which cloth counts as flared."""
HIPS = 0.88
"""Metres over the floor on the canonical body."""
FLOOR = 0.003
"""Nothing that is worn hangs lower than this."""


@dataclass(frozen=True)
class Pattern:
    """A garment as tailored on the canonical body; the same for every body that wears it."""

    part: Part
    """As fitted to the canonical body."""
    mix: sparse.csr_matrix
    distance: Floats
    shift: Floats
    follows: Ints
    outside: Ints
    """The faces of the cloth itself, without hems and collars."""
    mean: sparse.csr_matrix
    """(V, V) half way to the mean of the neighbours on the outside."""
    is_free: NDArray[np.bool_]
    """(V,) cloth that may be pushed; the rest follows it, or is stiff."""
    is_sole: NDArray[np.bool_]
    """(V,) keeps its height over the floor."""
    flatten: float
    covers: Floats
    """(19158,) metres that each base vertex lies inside the garment's edges; below 0 it is bare."""
    hides: Floats
    """(19158,) above 0 where nothing beneath is seen: `covers` less a margin."""
    garment: Garment
    offset: float
    """Metres that the garment stands off the body where it is tightest."""
    layer: int
    width: float
    """Metres across the skirt, unflared, on the canonical body; 0 without a skirt."""


@dataclass(frozen=True)
class Obstacle:
    """Points of a surface with unit normals, that cloth must stay outside of."""

    points: Floats
    normals: Floats
    tree: cKDTree


def obstacle(points: Floats, normals: Floats) -> Obstacle:
    return Obstacle(points, normals, cKDTree(points))


def body_obstacle(model: BodyModel, body: Body) -> Obstacle:
    """The skin of a body."""
    faces = model.groups["body"].corners
    normals = smooth_normals(body.vertices, faces).astype(np.float64)
    skin = np.unique(faces)
    return obstacle(body.vertices[skin], normals[skin])


def cloth_obstacle(fitted: Part, pattern: Pattern, visible: NDArray[np.bool_]) -> Obstacle:
    """The outside of a garment that is already on, where its faces (F,) are to be seen."""
    own = pattern.follows == np.arange(len(pattern.follows))
    seen = np.zeros(len(own), bool)
    seen[fitted.faces[visible]] = True
    free = np.flatnonzero(own & seen)
    normals = eased_normals(fitted.vertices.astype(np.float64), pattern.outside, pattern.mean)
    return obstacle(fitted.vertices[free].astype(np.float64), normals[free])


def fit(
    pattern: Pattern,
    body: Body,
    skin: Obstacle | None,
    beneath: Sequence[Obstacle] = (),
    over: Sequence[Pattern] = (),
) -> Part:
    """The garment on this body: outside its skin and the earlier garments `beneath` it, flattened
    by the later ones `over` it."""
    pattern = pressed(pattern, over)
    vertices = place(pattern, body)
    moved = vertices.copy()
    if pattern.flatten:
        moved[:, 2] += _into_plane(pattern, vertices)
    if skin is not None:
        gaps = np.minimum(0.75 * pattern.distance, 0.010) * body.stature
        moved = _pushed(pattern, moved, skin, gaps, reach=0.08 * body.stature)
    for other in (other for other in beneath if len(other.points)):
        gaps = np.full(len(moved), LAYER_GAP * body.stature)
        moved = _pushed(pattern, moved, other, gaps, reach=0.045 * body.stature)
    moved[:, 2] = np.maximum(moved[:, 2], FLOOR * body.stature)
    grounded = pattern.part.canonical[pattern.is_sole, 2] * body.stature
    moved[pattern.is_sole, 2] = grounded
    return replace(pattern.part, vertices=moved.astype(np.float32))


def place(pattern: Pattern, body: Body) -> Floats:
    """(V, 3) mix of the body's vertices plus offsets, before anything is pushed."""
    mixed = pattern.mix @ body.vertices + body.stature * pattern.shift
    normals = eased_normals(mixed, pattern.outside, pattern.mean)
    distance = pattern.distance
    if pattern.width:
        # A broad body needs a wider flare, or its skirt would close below the hips.
        girth = skirt_width(pattern.part.canonical, mixed) / (pattern.width * body.stature)
        flared = np.maximum(distance - FLARED, 0)
        distance = distance + (np.clip(girth, 1, 2) ** 2 - 1) * flared
        # Skirts fall outwards, also from hips that face down.
        low = pattern.part.canonical[:, 2] < HIPS
        normals = np.where(low[:, None], normals * [1, 1, 0.25], normals)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    offsets = body.stature * distance[:, None] * normals[pattern.follows]
    placed: Floats = mixed + offsets
    return placed


def skirt_width(canonical: NDArray[np.floating], vertices: Floats) -> float:
    """Metres from side to side of what hangs below the canonical hips."""
    return float(np.ptp(vertices[canonical[:, 2] < HIPS][:, 0]))


def pressed(pattern: Pattern, over: Sequence[Pattern]) -> Pattern:
    """With offsets that fit under later garments: trousers go into boots, shirts into skirts.

    Beside an outer edge cloth billows out again, half a metre per metre.
    """
    distance = pattern.distance.copy()
    for outer in over:
        inside = pattern.mix @ outer.covers
        room = max(outer.offset - LAYER_GAP, 0.0015) + 0.5 * np.maximum(-inside - 0.004, 0)
        distance = np.minimum(distance, np.maximum(room, np.minimum(distance, 0.0015)))
    return replace(pattern, distance=distance)


def outside_of(faces: Ints, follows: Ints) -> Ints:
    """The faces all of whose corners lead themselves."""
    own = follows == np.arange(len(follows))
    kept: Ints = faces[(own[faces] | (faces < 0)).all(1)]
    return kept


def eased_normals(
    vertices: Floats, outside: Ints, mean: sparse.csr_matrix, steps: int = 2
) -> Floats:
    """(V, 3) unit normals, `steps` times moved towards the neighbours', against wrinkles."""
    normals = smooth_normals(vertices, outside).astype(np.float64)
    for _ in range(steps):
        normals = mean @ normals
    unit: Floats = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    return unit


def _pushed(
    pattern: Pattern, vertices: Floats, other: Obstacle, gaps: Floats, reach: float
) -> Floats:
    """Move free cloth along the obstacle's normals to at least `gaps` in front of it."""
    free = np.flatnonzero(pattern.is_free)
    if not len(free):
        return vertices
    total = np.zeros_like(vertices)
    cloth = eased_normals(vertices, pattern.outside, pattern.mean, 1)[free]
    for _ in range(2):
        here = vertices[free] + total[free]
        distances, nearest = other.tree.query(here, distance_upper_bound=reach, workers=-1)
        near = np.isfinite(distances)
        nearest = np.where(near, nearest, 0)
        normals = other.normals[nearest]
        height = ((here - other.points[nearest]) * normals).sum(1)
        # A surface that looks the other way is another limb's.
        near &= (cloth * normals).sum(1) > 0.2
        lack = np.where(near, np.maximum(gaps[free] - height, 0), 0)
        total[free] += lack[:, None] * normals
    moved: Floats = vertices + _eased(pattern, total)[pattern.follows]
    return moved


def _eased(pattern: Pattern, push: Floats) -> Floats:
    """Neighbours give way together; never less than the push itself, lest cloth sinks again."""
    eased = push
    for _ in range(4):
        eased = pattern.mean @ eased
        shorter = np.linalg.norm(eased, axis=1) < np.linalg.norm(push, axis=1)
        eased[shorter] = push[shorter]
    return eased


def _into_plane(pattern: Pattern, vertices: Floats) -> Floats:
    """(V,) how far each vertex must rise to bring the belt's middle line nearer to a plane."""
    own = pattern.is_free
    heights = pattern.part.canonical[:, 2]
    columns = np.column_stack([vertices[:, :2], np.ones(len(vertices))])
    middle = np.abs(heights - np.median(heights[own])) < 0.012
    share = np.linalg.lstsq(columns[middle & own], vertices[middle & own, 2], rcond=None)[0]
    # What the band's own vertices near one angle lie above the plane, on average.
    angle = np.arctan2(vertices[:, 0], -vertices[:, 1])
    excess = vertices[:, 2] - columns @ share
    excess -= heights - np.median(heights[own])
    turns = np.stack(
        [np.ones_like(angle)] + [w(k * angle) for k in range(1, 9) for w in (np.cos, np.sin)], 1
    )
    wave = np.linalg.lstsq(turns[own], excess[own], rcond=None)[0]
    rise: Floats = -pattern.flatten * (turns @ wave)
    return rise[pattern.follows]

# SPDX-License-Identifier: Apache-2.0
"""Locks of hair: tapered, arched strips of mesh along guide lines that stay outside the body."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from .noise import Floats

Points = NDArray[np.float64]
COLUMNS = 5


@dataclass(frozen=True)
class Shell:
    """A surface to stay outside of: points and outward unit normals, dense enough to be planes."""

    points: Points
    normals: Points

    def push(self, places: Points, margin: float | NDArray[np.floating]) -> Points:
        """Places (..., 3) moved out where they are nearer than `margin` metres to the surface."""
        flat = places.reshape(-1, 3).copy()
        margins = np.broadcast_to(np.asarray(margin, dtype=np.float64), places.shape[:-1]).ravel()
        tree = cKDTree(self.points)
        for _ in range(3):
            away, out = self._above(tree, flat)
            flat += np.maximum(margins - away, 0)[:, None] * out
        return np.asarray(flat.reshape(places.shape))

    def settle(
        self, places: Points, center: Points, height: float | NDArray[np.floating]
    ) -> Points:
        """Places (..., 3) moved along their rays from `center` to `height` metres above."""
        flat = places.reshape(-1, 3) - center
        rays = flat / np.linalg.norm(flat, axis=1, keepdims=True)
        heights = np.broadcast_to(np.asarray(height, dtype=np.float64), places.shape[:-1]).ravel()
        radius = np.full(len(rays), 0.11)
        tree = cKDTree(self.points)
        for _ in range(6):
            away, out = self._above(tree, center + rays * radius[:, None])
            steep = np.maximum((out * rays).sum(1), 0.5)
            radius += (heights - away) / steep
        return np.asarray((center + rays * radius[:, None]).reshape(places.shape))

    def normals_at(self, places: Points) -> Points:
        """(..., 3) outward directions of the surface nearest to places."""
        flat = places.reshape(-1, 3)
        return np.asarray(self._above(cKDTree(self.points), flat)[1].reshape(places.shape))

    def _above(self, tree: cKDTree, flat: Points) -> tuple[Points, Points]:
        distance, near = tree.query(flat, k=4)
        share = 1 / (distance + 0.004) ** 2
        share /= share.sum(1, keepdims=True)
        out = (self.normals[near] * share[..., None]).sum(1)
        out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
        above = ((flat[:, None] - self.points[near]) * self.normals[near]).sum(2)
        return (above * share).sum(1), out


@dataclass(frozen=True)
class Locks:
    """L locks of S points: `paths` (L, S, 3) metres, `widths` (L, S) half widths, `layer` (L,) 0
    innermost to 1 outermost, `bulge` metres by which the middle stands out."""

    paths: Points
    widths: Points
    layer: NDArray[np.float64]
    bulge: float

    def join(self, other: Locks) -> Locks:
        return Locks(
            np.concatenate([self.paths, other.paths]),
            np.concatenate([self.widths, other.widths]),
            np.concatenate([self.layer, other.layer]),
            self.bulge,
        )


@dataclass(frozen=True)
class Strips:
    """Locks as a mesh: V = L * S * COLUMNS vertices. `along` 0 root to 1 tip, `across` metres from
    the lock's middle, `edge` -1 to 1, `variant` which column of the texture it shows."""

    vertices: Floats
    faces: NDArray[np.int32]
    uvs: Floats
    lock: NDArray[np.int64]
    step: NDArray[np.int64]
    along: Floats
    across: Floats
    edge: Floats
    variant: Floats
    layer: Floats


def strips(locks: Locks, outward: Points, variants: int, seed: int) -> Strips:
    """Mesh the locks. `outward` (L, S, 3) are the directions away from the head at their points.

    Several locks share one of `variants` columns of texture, outer layers apart from inner ones.
    """
    count, steps = locks.widths.shape
    tangent = np.gradient(locks.paths, axis=1)
    side = np.cross(tangent, outward)
    side /= np.maximum(np.linalg.norm(side, axis=2, keepdims=True), 1e-9)
    out = np.cross(side, tangent)
    out /= np.maximum(np.linalg.norm(out, axis=2, keepdims=True), 1e-9)
    edge = np.linspace(-1, 1, COLUMNS)
    arch = (1 - edge**2) * locks.bulge
    full = locks.widths / locks.widths.max(1, keepdims=True)
    vertices = (
        locks.paths[:, :, None]
        + side[:, :, None] * (locks.widths[..., None] * edge)[..., None]
        + out[:, :, None] * (full[..., None] * arch)[..., None]
    )
    faces, lock, step = _grid(count, steps)
    rng = np.random.default_rng(seed)
    half = variants // 2
    variant = rng.integers(0, half, count) + np.where(locks.layer > 0.5, half, 0)
    along = np.broadcast_to(np.linspace(0, 1, steps)[None, :, None], vertices.shape[:3])
    across = locks.widths[..., None] * edge
    u = (variant[:, None, None] + 0.5 + 0.47 * np.broadcast_to(edge, vertices.shape[:3])) / variants
    uv = np.stack([u, along], axis=-1).reshape(-1, 2)

    def each(values: NDArray[np.floating] | NDArray[np.integer]) -> Floats:
        return np.broadcast_to(values, vertices.shape[:3]).reshape(-1).astype(np.float32)

    return Strips(
        vertices=vertices.reshape(-1, 3).astype(np.float32),
        faces=faces,
        uvs=uv[faces].astype(np.float32),
        lock=lock,
        step=step,
        along=each(along),
        across=each(across),
        edge=each(edge),
        variant=each(variant[:, None, None]),
        layer=each(locks.layer[:, None, None]),
    )


def _grid(count: int, steps: int) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Quads of `count` grids of steps x COLUMNS vertices; each vertex's lock and step."""
    number = np.arange(count * steps * COLUMNS).reshape(count, steps, COLUMNS)
    a, b = number[:, :-1, :-1], number[:, :-1, 1:]
    c, d = number[:, 1:, 1:], number[:, 1:, :-1]
    faces = np.stack([a, b, c, d], axis=-1).reshape(-1, 4).astype(np.int32)
    lock = np.repeat(np.arange(count), steps * COLUMNS)
    step = np.tile(np.repeat(np.arange(steps), COLUMNS), count)
    return faces, lock, step

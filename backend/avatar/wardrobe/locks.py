# SPDX-License-Identifier: Apache-2.0
"""Locks of hair: tapered strips, ribbons and tubes of mesh along guide lines outside the body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from .noise import Floats
from .sphere import Points, unit

STRIP_COLUMNS = 3


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

    def above(self, places: Points) -> Points:
        """(...) metres that places (..., 3) are outside of the surface."""
        flat = places.reshape(-1, 3)
        return np.asarray(self._above(cKDTree(self.points), flat)[0].reshape(places.shape[:-1]))

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
    """L locks of S points each.

    `paths` and `outward` (L, S, 3): where they run, metres, and which way they face, unit;
    `widths` (L, S) half widths, metres; `layer` (L,) 0 innermost to 1 outermost; `held` (L,) the
    step up to which each lies on the head, from where it hangs free.
    """

    paths: Points
    outward: Points
    widths: Points
    layer: Points
    held: NDArray[np.int64]
    bulge: float = 0.0
    """Metres by which a strip's middle stands out."""
    sides: int = 0
    """Of a closed tube; 0 is an open strip."""
    flatness: float = 1.0
    """How thick a tube is for its width."""
    fray: float = 0.3
    """How wide the two tips of a strip are apart, for its width; 0 leaves it one."""
    anchor: Points | None = None
    """(3,) the place on the head that holds all of them, instead of their own."""
    slack: float = 0.0
    """Metres from there to where they begin."""
    lift: float = 0.0
    """Metres by which each second lock lies higher than the others, where hair lies on cloth."""

    def __len__(self) -> int:
        return len(self.paths)

    def keep(self, which: NDArray[np.bool_]) -> Locks:
        """The locks (L,) that are wanted."""
        return replace(
            self,
            paths=self.paths[which],
            outward=self.outward[which],
            widths=self.widths[which],
            layer=self.layer[which],
            held=self.held[which],
        )

    def mirrored(self) -> Locks:
        """The same on the other side of the head."""
        flip = np.array([-1.0, 1, 1])
        return replace(self, paths=self.paths * flip, outward=self.outward * flip)


Taper = tuple[Sequence[float], Sequence[float]]

TAPER: Taper = ((0, 0.15, 0.45, 0.72, 0.9, 1), (0.4, 0.85, 1, 0.8, 0.4, 0.02))
"""How wide a lock is from its root to its soft tip."""


def tapered(half_widths: NDArray[np.floating], steps: int, taper: Taper = TAPER) -> Points:
    """(L, S) half widths of locks that are `half_widths` (L,) metres at their widest."""
    where, shares = taper
    return np.asarray(half_widths[:, None] * np.interp(np.linspace(0, 1, steps), where, shares))


def smoothed(paths: Points, times: int) -> Points:
    """Paths (L, S, 3) without kinks; their ends stay."""
    paths = paths.copy()
    for _ in range(times):
        paths[:, 1:-1] = (paths[:, :-2] + 2 * paths[:, 1:-1] + paths[:, 2:]) / 4
    return paths


@dataclass(frozen=True)
class Strips:
    """Locks as a mesh of V vertices.

    Fields (V,): `along` 0 root to 1 tip, `across` metres from the lock's middle, `edge` -1 to 1,
    `variant` which column of the texture it shows, `layer` as in `Locks`. `anchors` (V, 3) are
    where each is held; `hang` (V,) metres along the lock below that place, negative above;
    `rise` (V,) metres over the innermost hair.
    """

    vertices: Points
    faces: NDArray[np.int32]
    uvs: Floats
    fields: dict[str, Floats]
    anchors: Points
    hang: Floats
    rise: Floats


def strips(groups: Sequence[Locks], variants: int, seed: int) -> Strips:
    """Mesh the locks. Several share one of `variants` columns of texture, outer layers apart from
    inner ones."""
    rng = np.random.default_rng(seed)
    meshed = [_meshed(locks, variants, rng) for locks in groups if len(locks)]
    starts = np.cumsum([0, *(len(one.vertices) for one in meshed)])
    return Strips(
        np.concatenate([one.vertices for one in meshed]),
        np.concatenate([one.faces + start for one, start in zip(meshed, starts, strict=False)]),
        np.concatenate([one.uvs for one in meshed]),
        {name: np.concatenate([one.fields[name] for one in meshed]) for name in meshed[0].fields},
        np.concatenate([one.anchors for one in meshed]),
        np.concatenate([one.hang for one in meshed]),
        np.concatenate([one.rise for one in meshed]),
    )


def _meshed(locks: Locks, variants: int, rng: np.random.Generator) -> Strips:
    count, steps = locks.widths.shape
    columns = locks.sides + 1 if locks.sides else STRIP_COLUMNS
    edge = np.linspace(-1, 1, columns)
    vertices = _swept(locks, edge)
    if locks.fray and not locks.sides:
        _fray(vertices, rng)
    half = variants // 2
    variant = rng.integers(0, half, count) + np.where(locks.layer > 0.5, half, 0)
    shape = vertices.shape[:3]

    def each(values: NDArray[np.floating] | NDArray[np.integer]) -> Floats:
        return np.broadcast_to(values, shape).reshape(-1).astype(np.float32)

    number = np.arange(count * steps * columns).reshape(shape)
    a, b, c, d = number[:, :-1, :-1], number[:, :-1, 1:], number[:, 1:, 1:], number[:, 1:, :-1]
    faces = np.stack([a, b, c, d], axis=-1).reshape(-1, 4).astype(np.int32)
    along = np.linspace(0, 1, steps)[None, :, None]
    u = (variant[:, None, None] + 0.5 + 0.47 * edge) / variants
    uv = np.stack([each(u), each(along)], axis=-1)
    step = np.minimum(np.arange(steps), locks.held[:, None])
    anchors = np.take_along_axis(locks.paths, step[..., None], axis=1)
    if locks.anchor is not None:
        anchors = np.broadcast_to(locks.anchor, anchors.shape)
    tier = locks.lift * (np.arange(count) % 2)[:, None, None]
    arch = locks.bulge * (1 - edge**2) if not locks.sides else locks.widths.max() * (1 - edge**2)
    return Strips(
        vertices=vertices.reshape(-1, 3),
        faces=faces,
        uvs=uv[faces].astype(np.float32),
        fields={
            "along": each(along),
            "across": each(locks.widths.max(1)[:, None, None] * edge),
            "edge": each(edge if not locks.sides else 0.6 * np.abs(edge)),
            "variant": each(variant[:, None, None]),
            "layer": each(locks.layer[:, None, None]),
        },
        anchors=np.broadcast_to(anchors[:, :, None], (*shape, 3)).reshape(-1, 3),
        hang=each(_hang(locks)[:, :, None]),
        rise=each(0.009 * locks.layer[:, None, None] + tier + arch),
    )


def _swept(locks: Locks, edge: Points) -> Points:
    """(L, S, C, 3) the places of each lock's section."""
    tangent = unit(np.gradient(locks.paths, axis=1))
    side = unit(np.cross(tangent, locks.outward))
    out = unit(np.cross(side, tangent))
    width = locks.widths[..., None].copy()
    if locks.sides:
        right = width * np.cos(np.pi * edge)
        up = -width * locks.flatness * np.sin(np.pi * edge)
    else:
        full = locks.widths / locks.widths.max(1, keepdims=True)
        width[:, -1] = np.maximum(width[:, -1], locks.fray * width.max(1))
        right = width * edge
        up = full[..., None] * (1 - edge**2) * locks.bulge
    return np.asarray(
        locks.paths[:, :, None]
        + side[:, :, None] * right[..., None]
        + out[:, :, None] * up[..., None]
    )


def _fray(vertices: Points, rng: np.random.Generator) -> None:
    """Split the ends of strips (L, S, 3, 3) into two tips of unlike length."""
    last = vertices[:, -1] - vertices[:, -2]
    reach = rng.uniform(-0.35, 0.35, (len(vertices), 1))
    vertices[:, -1, 0] += last[:, 1] * reach
    vertices[:, -1, 2] -= last[:, 1] * reach
    vertices[:, -1, 1] -= last[:, 1] * 0.7


def _hang(locks: Locks) -> Points:
    """(L, S) metres along each lock from where it is held."""
    length = np.linalg.norm(np.diff(locks.paths, axis=1), axis=2).cumsum(1)
    length = np.concatenate([np.zeros((len(locks), 1)), length], axis=1)
    last = np.minimum(locks.held, length.shape[1] - 1)
    held = np.take_along_axis(length, last[:, None], axis=1)
    return np.asarray(length - held + locks.slack)

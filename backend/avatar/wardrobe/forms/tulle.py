# SPDX-License-Identifier: Apache-2.0
"""A tutu's stiff skirt: layers of tulle that stand out from the hips."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sparse

from ..surface import Floats, Ints, Surface, join, plain
from .site import Site, near_mix

COLUMNS = 72
RINGS = 7


@dataclass(frozen=True)
class Tulle:
    """So many `layers` sewn on at `height`, the widest `reach` metres beyond the hips."""

    height: float
    reach: float
    layers: int = 5


def tulle(site: Site, values: Tulle) -> Surface:
    """Discs that ruffle towards their rims, the shorter beneath the longer."""
    hips = _hips(site, values.height)
    return join([_layer(site, values, hips, number) for number in range(values.layers)])


def _hips(site: Site, height: float) -> Floats:
    """(COLUMNS, 2) the outline of the hips from above."""
    places = site.model.canonical.vertices[np.unique(site.model.groups["helper-tights"].corners)]
    level = places[(np.abs(places[:, 2] - height) < 0.03) & (np.abs(places[:, 0]) < 0.25), :2]
    middle = (level.max(0) + level.min(0)) / 2
    angle = np.arange(COLUMNS) * 2 * np.pi / COLUMNS
    out = np.stack([np.sin(angle), -np.cos(angle)], 1)
    radii = [np.max((level - middle) @ one) for one in out]
    return np.asarray(middle + np.array(radii)[:, None] * out)


def _layer(site: Site, values: Tulle, hips: Floats, number: int) -> Surface:
    angle = np.arange(COLUMNS) * 2 * np.pi / COLUMNS
    out = np.stack([np.sin(angle), -np.cos(angle)], 1)
    share = np.linspace(0, 1, RINGS)[:, None]
    depth = number / max(values.layers - 1, 1)
    reach = values.reach * (1 - 0.3 * depth)
    phase = 2.1 * number
    ruffle = np.sin(18 * angle + phase) + 0.5 * np.sin(11 * angle + 1.7 * phase)
    rise = 0.035 * share - (0.03 + 0.075 * depth) * share**1.6
    height = values.height - 0.006 * number + rise + 0.011 * share**2 * ruffle
    away = 0.004 + share * (reach + 0.006 * np.cos(9 * angle + phase))
    flat = hips + away[..., None] * out
    points = np.concatenate([flat, height[..., None]], -1).reshape(-1, 3)
    surface = plain(*_grid(site, values.height, points, hips, number))
    return replace(surface, shift=points - surface.mix @ site.model.canonical.vertices)


def _grid(
    site: Site, height: float, points: Floats, hips: Floats, number: int
) -> tuple[sparse.csr_matrix, Ints, Floats]:
    """Mix, faces and UVs: every spoke follows the hips where it is sewn on."""
    vertices = np.unique(site.model.groups["helper-tights"].corners)
    places = site.model.canonical.vertices[vertices]
    near = (places[:, 2] > height - 0.02) & (places[:, 2] < height + 0.09)
    near &= np.abs(places[:, 0]) < 0.25
    seams = np.column_stack([hips, np.full(len(hips), height)])
    mix = near_mix(site.model, np.tile(seams, (RINGS, 1)), vertices[near], places[near])
    here = np.arange(COLUMNS)
    after = (here + 1) % COLUMNS
    low = (np.arange(RINGS - 1) * COLUMNS)[:, None]
    faces = np.stack([low + here, low + COLUMNS + here, low + COLUMNS + after, low + after], -1)
    flat = points.reshape(RINGS, COLUMNS, 3)[..., :2] + [1.2 * number, 0]
    uvs = flat.reshape(-1, 2)[faces.reshape(-1, 4)]
    return mix, faces.reshape(-1, 4).astype(np.int32), uvs

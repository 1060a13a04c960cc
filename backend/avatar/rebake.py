# SPDX-License-Identifier: Apache-2.0
"""Paints another mesh with what the meshes show that it lies on: color, relief and finish."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...shared.results import Material, Media
from ..kit.bake import Coverage, cover, pad_sources
from ..kit.closest import Surface
from ..kit.surface import vertex_normals
from .wardrobe.atlas import Pictures

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_PADDING = 8
_CANDIDATES = 6
_FACING = 0.3
"""The least cosine between the normals of a texel and of what it is painted after."""
_ELSEWHERE = {"color": (0.5, 0.5, 0.5), "normal": (0.0, 0.0, 1.0), "surface": (1.0, 0.8, 0.0)}


@dataclass(frozen=True)
class Painted:
    """Triangles with UVs (F, 3, 2), and the pictures that these show."""

    surface: Surface
    uvs: Floats
    material: Material


def rebaked(source: Painted, vertices: Floats, triangles: Ints, uvs: Floats, size: int) -> Pictures:
    """The pictures of a mesh with UVs (F, 3, 2): what the nearest place of the source shows, its
    relief included."""
    coverage = cover(uvs.astype(np.float32), size)
    corners = vertices[triangles]
    smooth = vertex_normals(vertices, triangles)
    mixed = coverage.interpolate(
        np.concatenate([corners, smooth[triangles]], axis=2).astype(np.float32)
    ).astype(np.float64)
    places, up = mixed[:, :3], _unit(mixed[:, 3:])
    touch = source.surface.touch(places, up, _FACING, _CANDIDATES)
    at = (source.uvs[touch.triangle] * touch.shares[:, :, None]).sum(1)
    frame = _tangents(corners, uvs)[coverage.faces]
    shading = _shading(source, touch.triangle, touch.shares, at)
    # Where only the other side of something thin is near, the mesh's own form is better.
    shading = np.where((touch.agreement > _FACING)[:, None], shading, up)
    maps = {
        "color": _sampled(_picture(source.material.base_color), at),
        "normal": _in_frame(shading, up, frame),
        "surface": _finish(source.material, at),
    }
    done = {name: _spread(coverage, maps[name], _ELSEWHERE[name]) for name in maps}
    return Pictures(**done)


def _spread(
    coverage: Coverage, values: Floats, elsewhere: tuple[float, ...]
) -> NDArray[np.float32]:
    """(S, S, K) the values (N, K) of the texels that are covered, and around them."""
    size = coverage.size
    picture = np.tile(np.asarray(elsewhere, np.float32), (size * size, 1))
    picture[coverage.texels] = values
    source = pad_sources(coverage, _PADDING)
    near = source >= 0
    picture[near] = picture[source[near]]
    return picture.reshape(size, size, -1)


def _finish(material: Material, at: Floats) -> Floats:
    """(N, 3) one, roughness and metallic."""
    if material.roughness_map is not None:
        return _sampled(_picture(material.roughness_map), at)
    return np.tile([1.0, material.roughness, material.metallic], (len(at), 1))


def _sampled(picture: Floats, at: Floats) -> Floats:
    """(N, 3) between the four texels around UVs (N, 2)."""
    size = np.array([picture.shape[1], picture.shape[0]])
    exact = np.stack([at[:, 0], 1 - at[:, 1]], axis=1) * size - 0.5
    first = np.floor(exact).astype(np.int64)
    share = exact - first
    found = np.zeros((len(at), picture.shape[2]))
    for step in ((0, 0), (1, 0), (0, 1), (1, 1)):
        column, row = (first + step).clip(0, size - 1).T
        part = np.where(np.array(step) == 1, share, 1 - share).prod(1)
        found += part[:, None] * picture[row, column]
    return found


def _picture(media: Media) -> Floats:
    with Image.open(io.BytesIO(media.data.tobytes())) as picture:
        return np.asarray(picture.convert("RGB"), dtype=np.float32) / 255


def _shading(source: Painted, triangle: Ints, shares: Floats, at: Floats) -> Floats:
    """(N, 3) unit world normals that the source shows at its UVs (N, 2)."""
    surface = source.surface
    smooth = (surface.normals[surface.triangles[triangle]] * shares[:, :, None]).sum(1)
    up = _unit(smooth)
    if source.material.normal is None:
        return up
    own = 2 * _sampled(_picture(source.material.normal), at) - 1
    corners = surface.vertices[surface.triangles]
    along, across = np.moveaxis(_tangents(corners, source.uvs)[triangle], 1, 0)
    along, across = _square_to(up, along), _square_to(up, across)
    return _unit(own[:, :1] * along + own[:, 1:2] * across + own[:, 2:] * up)


def _in_frame(shading: Floats, up: Floats, frame: Floats) -> Floats:
    """World normals (N, 3) as tangent-space ones of a surface that faces along `up`."""
    along, across = _square_to(up, frame[:, 0]), _square_to(up, frame[:, 1])
    parts = [(shading * axis).sum(1) for axis in (along, across, up)]
    # What leans away more than this is a mistake of the map, not relief.
    parts[2] = np.maximum(parts[2], 0.2)
    return _unit(np.stack(parts, axis=1))


def _tangents(corners: Floats, uvs: Floats) -> Floats:
    """(F, 2, 3) where u and v rise on triangles (F, 3, 3), unit."""
    edges, flat = corners[:, 1:] - corners[:, :1], uvs[:, 1:] - uvs[:, :1]
    determinant = flat[:, 0, 0] * flat[:, 1, 1] - flat[:, 0, 1] * flat[:, 1, 0]
    side = np.where(determinant < 0, -1.0, 1.0)[:, None]
    along = side * (edges[:, 0] * flat[:, 1, 1, None] - edges[:, 1] * flat[:, 0, 1, None])
    across = side * (edges[:, 1] * flat[:, 0, 0, None] - edges[:, 0] * flat[:, 1, 0, None])
    return np.stack([_unit(along), _unit(across)], axis=1)


def _square_to(up: Floats, axis: Floats) -> Floats:
    return _unit(axis - (axis * up).sum(1, keepdims=True) * up)


def _unit(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12))

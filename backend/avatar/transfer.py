# SPDX-License-Identifier: Apache-2.0
"""Paints one surface with what is seen of a dressed character at the same places.

The character is scanned from all around, so that of cloth over cloth over skin the outermost is
found. What lies nearest to a place, and faces the same way, gives it its color.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy.spatial import cKDTree

from ...shared.results import Material, Media, Mesh
from ..kit.raster import look_at, rasterise, towards
from ..kit.surface import triangulate, vertex_normals
from .wardrobe.piece import Paint, Texels

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

PIXEL, FACE_PIXEL = 0.003, 0.0015
"""Metres between the samples of a scan; colors are looked up between them."""
_AROUND, _ABOVE = 8, 4
_STEEP = 0.2
"""The least cosine at which a surface is looked at: what is seen edge on is left to other views."""
_SOLES = 0.06  # metres: what is looked at from below
_CLOTH = 0.005
"""Metres that cloth stands off the skin: below the neck it is looked for there."""
_TURN = 0.03
"""Metres that it counts to face another way: a finger's or an arm's color is not its neighbour's.
"""
_LEFT_OUT = ("Lashes", "Teeth", "Tongue", "Hair")
"""Locks hang before what they would be painted on; the cap below them tells the hair's color."""


@dataclass(frozen=True)
class Scan:
    """M seen places: where, facing where, on which triangle; and what triangles show."""

    places: Floats
    normals: Floats
    triangle: Ints
    corners: Floats
    """(F, 3, 3) metres."""
    uvs: Floats
    """(F, 3, 2)"""
    pictures: tuple[Floats, Floats]
    """Color (S, S, 3) sRGB, and (S, S, 3) with roughness in the second channel and metallic in the
    third."""
    neck: float
    """Metres above the floor."""


def scan(meshes: tuple[Mesh, ...], material: Material, neck: float) -> Scan:
    """Look at meshes that share one material from all sides, and closer at what is higher than the
    neck."""
    shown = [mesh for mesh in meshes if mesh.name not in _LEFT_OUT]
    corners, normals, uvs = _surface(shown, neck)
    seen, triangle = _seen(corners, normals, np.arange(len(corners)), PIXEL)
    above = np.flatnonzero(corners[:, :, 2].min(1) > neck)
    close, close_triangle = _seen(corners, normals, above, FACE_PIXEL)
    seen, triangle = np.concatenate([seen, close]), np.concatenate([triangle, close_triangle])
    # One sample for each triangle in each cell is enough.
    size = np.where(seen[:, 2:3] > neck, FACE_PIXEL, PIXEL)
    cell = np.floor(seen[:, :3] / size).astype(np.int64)
    first = np.unique(np.column_stack([cell, triangle]), axis=0, return_index=True)[1]
    surface = material.roughness_map
    return Scan(
        seen[first, :3],
        seen[first, 3:],
        triangle[first],
        corners,
        uvs,
        (_pixels(material.base_color), _pixels(surface) if surface else _even(material)),
        neck,
    )


def painter(scan: Scan) -> Callable[[Texels], Paint]:
    """What paints texels whose places are on the scanned character."""
    # Distance and turn in one: opposite sides are as far apart as twice the metres of a turn.
    tree = cKDTree(np.hstack([scan.places, _TURN * scan.normals]))

    def paint(texels: Texels) -> Paint:
        off = np.where(texels.positions[:, 2:] < scan.neck, _CLOTH, 0)
        places = np.hstack([texels.positions + off * texels.normals, _TURN * texels.normals])
        sample = tree.query(places, workers=-1)[1]
        # Between the samples, but not far from the one: the triangle may go on below cloth.
        step = texels.positions - scan.places[sample]
        length = np.linalg.norm(step, axis=1, keepdims=True)
        place = scan.places[sample] + step * np.minimum(1, PIXEL / np.maximum(length, 1e-9))
        triangle = scan.triangle[sample]
        shares = _closest(scan.corners[triangle], place)
        uvs = (scan.uvs[triangle] * shares[:, :, None]).sum(1)
        color, surface = (_sampled(picture, uvs) for picture in scan.pictures)
        flat = np.zeros(len(texels), dtype=np.float32)
        return Paint(color, surface[:, 1], flat, surface[:, 2])

    return paint


def _surface(meshes: list[Mesh], neck: float) -> tuple[Floats, Floats, Floats]:
    """Corners (F, 3, 3), their normals (F, 3, 3) and UVs (F, 3, 2) of all triangles.

    Below the neck normals are the triangles' own: smooth ones turn inward already before a hem.
    """
    corners, normals, uvs = [], [], []
    for mesh in meshes:
        face, which = triangulate(mesh.faces)
        own = mesh.faces[face[:, None], which]
        places = mesh.vertices[own].astype(np.float64)
        flat = np.cross(places[:, 1] - places[:, 0], places[:, 2] - places[:, 0])
        flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
        is_head = places[:, :, 2].min(1)[:, None, None] > neck
        normals.append(np.where(is_head, vertex_normals(mesh.vertices, own)[own], flat[:, None]))
        corners.append(places)
        uvs.append(mesh.uvs[face[:, None], which])
    joined = [np.concatenate(part).astype(np.float32) for part in (corners, normals, uvs)]
    return joined[0], joined[1], joined[2]


def _views() -> tuple[NDArray[np.float64], Floats]:
    """(B, 3) from where it is looked at, level, from above, straight down and straight up; and
    (B, 3, 3) what is right, down and away there."""
    level = np.arange(_AROUND) * 2 * np.pi / _AROUND
    above = np.arange(_ABOVE) * 2 * np.pi / _ABOVE
    azimuth = np.concatenate([level, above, [0, 0]])
    elevation = np.concatenate([0 * level, 0 * above + 0.7, [1.5, -1.5]])
    eyes = towards(torch.from_numpy(azimuth), torch.from_numpy(elevation))
    return eyes.numpy(), look_at(eyes, torch.zeros_like(eyes)).numpy().astype(np.float32)


def _seen(corners: Floats, normals: Floats, shown: Ints, pixel: float) -> tuple[Floats, Ints]:
    """Places and normals (M, 6) on the triangles shown that some view sees well, and which
    triangles (M,) those are."""
    found, triangles = [np.zeros((0, 6), np.float32)], [np.zeros(0, np.int64)]
    values = np.concatenate([corners, normals], axis=2)
    for view, axes in zip(*_views(), strict=True):
        toward = shown[(normals[shown] @ view > 0).any(1)]
        if not len(toward):
            continue
        flat = corners[toward] @ axes.T
        flat[..., :2] = (flat[..., :2] - flat[..., :2].reshape(-1, 2).min(0)) / pixel
        width, height = (int(n) + 1 for n in flat[..., :2].reshape(-1, 2).max(0))
        fragments = rasterise(torch.from_numpy(flat), None, (1, height, width), perspective=False)
        seen = fragments.at_seen(torch.from_numpy(values[toward])).numpy()
        well = seen[:, 3:] @ view > _STEEP
        if view[2] < -0.9:
            well &= seen[:, 2] < _SOLES
        found.append(seen[well])
        triangles.append(toward[fragments.seen_face.numpy()[well]])
    return np.concatenate(found), np.concatenate(triangles)


def _closest(corners: Floats, places: Floats) -> Floats:
    """(N, 3) barycentrics of about the nearest place on each triangle (N, 3, 3)."""
    a, b, c = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    p = places - a
    bb, bc, cc = (b * b).sum(1), (b * c).sum(1), (c * c).sum(1)
    pb, pc = (p * b).sum(1), (p * c).sum(1)
    total = np.maximum(bb * cc - bc * bc, 1e-20)
    second, third = (cc * pb - bc * pc) / total, (bb * pc - bc * pb) / total
    shares = np.stack([1 - second - third, second, third], axis=1).clip(0, 1)
    return np.asarray(shares / shares.sum(1, keepdims=True), dtype=np.float32)


def _sampled(picture: Floats, uvs: Floats) -> Floats:
    """(N, 3) between the four texels round each place."""
    size = np.array([picture.shape[1], picture.shape[0]])
    at = np.stack([uvs[:, 0], 1 - uvs[:, 1]], axis=1) * size - 0.5
    first = np.floor(at).astype(np.int64)
    share = (at - first).astype(np.float32)
    made = np.zeros((len(uvs), picture.shape[2]), dtype=np.float32)
    for step in np.array([(0, 0), (1, 0), (0, 1), (1, 1)]):
        column, row = (first + step).clip(0, size - 1).T
        part = np.where(step == 1, share, 1 - share).prod(1, keepdims=True)
        made += part * picture[row, column]
    return made


def _pixels(media: Media) -> Floats:
    with Image.open(io.BytesIO(media.data.tobytes())) as picture:
        return np.asarray(picture.convert("RGB"), dtype=np.float32) / np.float32(255)


def _even(material: Material) -> Floats:
    return np.array([[[0, material.roughness, material.metallic]]], dtype=np.float32)

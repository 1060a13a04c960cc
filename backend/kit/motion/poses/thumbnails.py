# SPDX-License-Identifier: Apache-2.0
"""Small pictures of poses, on a job's own dressed body or a plain one, to choose from."""

from __future__ import annotations

import io
import math

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy.spatial import cKDTree

from .....shared.results import Candidate, Character, Material, Media, Mesh
from ...surface import triangulate
from ...unwrapping import fewer
from .figure import Figure, make_figure
from .render import Backdrop, draw
from .search import Found

PIXELS = 160
FROM = 155.0
"""Degrees: a little from the figure's left, so that depth shows."""
MOST_TRIANGLES = 24000
"""Finer surfaces are simplified: nobody sees them at this size."""
_BACKDROP = Backdrop(grey=0.5, elevation=math.radians(9))


def candidates(found: tuple[Found, ...], figure: Figure) -> tuple[Candidate, ...]:
    """Poses for the strip to choose from, with their pictures."""
    return tuple(
        Candidate(pose.name, pose.score, pose.rotations, picture(pose.rotations, figure))
        for pose in found
    )


def picture(rotations: NDArray[np.floating], figure: Figure, pixels: int = PIXELS) -> Media:
    """A PNG of the side `pixels` of one pose (22, 4) on nothing."""
    turns = torch.tensor(np.asarray(rotations)[None], dtype=torch.float32)
    with torch.no_grad():
        drawn = draw(figure, turns.to(figure.basis.device), pixels, (FROM,), _BACKDROP)[0]
    color, cover = drawn[:3], drawn[3:].clamp(0, 1)
    # What is behind has been mixed into the outline's colors, and is taken out again.
    own = (color - (1 - cover) * _BACKDROP.grey) / cover.clamp(min=1e-3)
    values = torch.cat([own.clamp(0, 1) * (cover > 0), cover]).permute(1, 2, 0)
    data = io.BytesIO()
    pixel = (values * 255).round().to(torch.uint8).cpu().numpy()
    Image.fromarray(pixel, "RGBA").save(data, "PNG")
    return Media.of("pose.png", data.getvalue())


def dressed(character: Character) -> Figure:
    """The character's own body, clothes and hair, each vertex in its texture's color."""
    meshes = [mesh for mesh in character.meshes if len(mesh.faces)]
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    places, indices, weights = (
        np.concatenate([getattr(mesh, part) for mesh in meshes])
        for part in ("vertices", "bone_indices", "weights")
    )
    textures = [_pixels(material) for material in character.materials]
    triangles, colors = [], []
    for mesh, start in zip(meshes, starts, strict=False):
        face, corners = triangulate(mesh.faces)
        triangles.append(mesh.faces[face[:, None], corners] + start)
        colors.append(_painted(mesh, textures[mesh.material]))
    faces, color = np.concatenate(triangles), np.concatenate(colors)
    chosen, faces = _simplified(places, faces)
    return make_figure(
        character.rig,
        places[chosen].astype(np.float64),
        (indices[chosen], weights[chosen]),
        faces,
        color[chosen],
    )


def _painted(mesh: Mesh, texture: NDArray[np.float32]) -> NDArray[np.float32]:
    """(V, 3) sRGB: the mean of what the texture holds at a vertex's corners."""
    there = mesh.faces >= 0
    uvs, vertices = mesh.uvs[there], mesh.faces[there]
    height, width = texture.shape[:2]
    column = np.clip((uvs[:, 0] * width).astype(int), 0, width - 1)
    row = np.clip(((1 - uvs[:, 1]) * height).astype(int), 0, height - 1)
    seen = texture[row, column]
    counts = np.maximum(np.bincount(vertices, minlength=len(mesh.vertices)), 1)
    sums = [np.bincount(vertices, seen[:, each], len(mesh.vertices)) for each in range(3)]
    painted: NDArray[np.float32] = (np.stack(sums, 1) / counts[:, None]).astype(np.float32)
    return painted


def _pixels(material: Material) -> NDArray[np.float32]:
    with Image.open(io.BytesIO(material.base_color.data.tobytes())) as opened:
        return np.asarray(opened.convert("RGB")).astype(np.float32) / np.float32(255)


def _simplified(
    places: NDArray[np.floating], faces: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which vertices stay, and triangles (F, 3) of them: near where the finer ones were."""
    coarse, triangles = fewer(places.astype(np.float64), faces.astype(np.int64), MOST_TRIANGLES)
    drawn = np.unique(faces)
    nearest = drawn[cKDTree(places[drawn]).query(coarse)[1]]
    used, flat = np.unique(nearest[triangles], return_inverse=True)
    kept = flat.reshape(-1, 3).astype(np.int64)
    a, b, c = kept.T
    return used.astype(np.int64), kept[(a != b) & (b != c) & (c != a)]

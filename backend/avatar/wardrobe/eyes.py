# SPDX-License-Identifier: Apache-2.0
"""Eyes: Anny's eyeballs with iris, pupil, catch-light and the lid's shadow painted on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...kit.body import Body, BodyModel
from . import following, lashes
from .noise import Floats, bump, noise, rgb, step
from .piece import Paint, Piece, Texels, smooth_normals

if TYPE_CHECKING:
    from ..outfit import Looks

EYE_DENSITY = 3.4
IRIS, PUPIL = 0.50, 0.20
"""Radians from the gaze."""


def pieces(model: BodyModel, body: Body, looks: Looks) -> tuple[Piece, Piece]:
    """Both eyes as one piece, and the upper lashes. The helpers' UVs differ left and right."""
    return _eyeballs(model, body, looks), lashes.piece(model, body, looks)


def _eyeballs(model: BodyModel, body: Body, looks: Looks) -> Piece:
    both = [model.groups[f"helper-{side}-eye"] for side in ("l", "r")]
    corners = np.concatenate([faces.corners for faces in both])
    uvs = np.concatenate([faces.uvs for faces in both])
    used, faces = _renumbered(corners)
    canonical = np.asarray(model.canonical.vertices[used], dtype=np.float32)
    vertices = np.asarray(body.vertices[used], dtype=np.float32)
    gaze = np.zeros((len(used), 3), dtype=np.float32)
    for sign in (1, -1):
        mine = canonical[:, 0] * sign > 0
        middle = (canonical[mine].max(0) + canonical[mine].min(0)) / 2
        gaze[mine] = canonical[mine] - middle
    gaze /= np.linalg.norm(gaze, axis=1, keepdims=True)
    return Piece(
        name="Eyes",
        vertices=vertices,
        faces=faces,
        uvs=uvs,
        bone_indices=model.bone_indices[used],
        weights=model.weights[used],
        canonical=canonical,
        canonical_normals=smooth_normals(canonical, faces),
        # The back of the eyeball is never seen.
        density=np.where(gaze[faces][..., 1].mean(1) < 0.1, EYE_DENSITY, 0.3).astype(np.float32),
        paint=lambda texels: paint(texels, looks),
        zones=np.zeros(len(faces), dtype=np.int8),
        fields={"right": gaze[:, 0], "back": gaze[:, 1], "up": gaze[:, 2]},
        held=following.itself(used),
    )


def _renumbered(corners: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The base vertices that faces (F, 4) use, and the faces in terms of those."""
    used, faces = np.unique(corners, return_inverse=True)
    return used.astype(np.int32), faces.reshape(corners.shape).astype(np.int32)


def paint(texels: Texels, looks: Looks) -> Paint:
    """Colour of the eyeballs by the angle from the gaze."""
    right, back, up = (texels.fields[name] for name in ("right", "back", "up"))
    length = np.maximum(np.sqrt(right**2 + back**2 + up**2), 1e-6)
    angle = np.arccos(np.clip(-back / length, -1, 1)).astype(np.float32)
    turn = np.arctan2(up, right)
    soft = float(np.clip(np.median(texels.width) / 0.014, 0.02, 0.12))
    color = _white(texels, angle, looks)
    iris = _iris(angle, turn, looks)
    share = step(IRIS + soft, IRIS - soft, angle)[:, None]
    color = color + (iris - color) * share
    pupil = step(PUPIL + soft, PUPIL - soft, angle)[:, None]
    color = color + (rgb(0.012, 0.01, 0.01) - color) * pupil
    # The upper lid shades the eye; without it eyes stare.
    shadow = step(0.05, 0.36, up / length)
    color = color * (1 - 0.58 * shadow[:, None])
    light = np.hypot(right / length + 0.115, up / length - 0.145) / 0.098
    second = np.hypot(right / length - 0.13, up / length + 0.15) / 0.05
    catch = 0.95 * step(1.0 + 4 * soft, 1.0 - 4 * soft, light) + 0.28 * step(1.3, 0.6, second)
    color = color + (1 - color) * np.clip(catch, 0, 1)[:, None]
    return Paint(
        color=np.clip(color, 0, 1).astype(np.float32),
        roughness=np.full(len(texels), 0.12, dtype=np.float32),
        height=np.zeros(len(texels), dtype=np.float32),
        metallic=np.zeros(len(texels), dtype=np.float32),
    )


def _white(texels: Texels, angle: Floats, looks: Looks) -> Floats:
    """The white: warm and a little red towards the corners, yellower in the old."""
    old = float(np.clip((looks.age_years - 55) / 40, 0, 1))
    white = rgb(0.90, 0.885, 0.865) * rgb(1, 1 - 0.02 * old, 1 - 0.06 * old)
    corner = step(0.55, 1.15, angle)[:, None]
    vein = np.clip(noise(texels.positions, (0.0012, 0.004, 0.0012), 3), 0, 1)[:, None] * corner
    return np.asarray(white * (1 - corner * rgb(0.12, 0.25, 0.25) - vein * 0.06), np.float32)


def _iris(angle: Floats, turn: Floats, looks: Looks) -> Floats:
    """Dark limbal ring, rays, a bright inner ring, lighter below where light gathers."""
    base = np.asarray(looks.eyes, dtype=np.float32)
    base = base + 0.05
    spokes = np.stack([np.cos(turn) * 9, np.sin(turn) * 9, angle * 5], axis=1).astype(np.float32)
    rays = noise(spokes, 0.45, 90)
    inner = bump(PUPIL + 0.07, 0.10, angle)
    gathered = step(0.3, -1.0, np.sin(turn)) * step(PUPIL, IRIS, angle)
    shade = 1 + 0.30 * rays + 0.30 * inner + 0.25 * gathered
    color = base * shade[:, None] + inner[:, None] * rgb(0.07, 0.045, 0.01)
    limbal = step(IRIS - 0.13, IRIS + 0.01, angle)[:, None]
    return np.asarray(color * (1 - 0.78 * limbal), dtype=np.float32)

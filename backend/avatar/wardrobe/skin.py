# SPDX-License-Identifier: Apache-2.0
"""Paints the skin: tone, blood, folds, lips, lids, nails and brows, from canonical places."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...kit.body import Body, BodyModel
from . import beards, brows, hairstyles, scalp
from .masks import is_socket, sampled_mask
from .noise import Floats, bump, layered, noise, rgb, step
from .piece import Paint, Piece, Texels, smooth_normals

if TYPE_CHECKING:
    from ..outfit import Looks

_MASKS = ("lips", "eyelids", "ears", "fingernails", "toenails", "inside-mouth", "aureolae")

# Landmarks of the canonical body, metres.
EYE = np.array([0.0298, -0.1228, 1.592])
MOUTH = np.array([0.0, -0.153, 1.5238])
NOSE = np.array([0.0, -0.1654, 1.5539])
CHIN = np.array([0.0, -0.146, 1.488])
EAR = np.array([0.074, -0.045, 1.577])

FACE_DENSITY, HEAD_DENSITY, HAND_DENSITY, SKIN_DENSITY, MOUTH_DENSITY = 2.6, 1.3, 1.25, 1.0, 0.4


def piece(model: BodyModel, body: Body, looks: Looks, seed: int) -> Piece:
    """The body's skin as a piece of the atlas."""
    faces = model.groups["body"]
    canonical = np.asarray(model.canonical.vertices, dtype=np.float32)
    return Piece(
        name="Body",
        vertices=np.asarray(body.vertices, dtype=np.float32),
        faces=faces.corners,
        uvs=faces.uvs,
        bone_indices=model.bone_indices,
        weights=model.weights,
        canonical=canonical,
        canonical_normals=smooth_normals(canonical, faces.corners),
        density=_density(canonical, faces.corners, faces.uvs),
        paint=lambda texels: paint(texels, looks, seed),
        zones=np.zeros(len(faces.corners), dtype=np.int8),
        fields={"fold": folds(body.vertices, faces.corners) / np.float32(body.stature**-1)},
    )


def _density(canonical: Floats, corners: NDArray[np.int32], uvs: NDArray[np.float32]) -> Floats:
    """Faces matter most; the inside of the mouth is hardly seen."""
    middle = canonical[corners].mean(1)
    around, above = scalp.directions(middle)
    is_head = middle[:, 2] > 1.47
    is_hand = np.abs(middle[:, 0]) > 0.44
    density = np.where(is_hand, HAND_DENSITY, SKIN_DENSITY)
    density = np.where(is_head, HEAD_DENSITY, density)
    density = np.where(
        is_head & (around < 62) & (above < 38) & (middle[:, 1] < -0.085), FACE_DENSITY, density
    )
    inside = (sampled_mask("inside-mouth", uvs.mean(1)) > 0.5) | is_socket(uvs.mean(1))
    return np.where(inside, MOUTH_DENSITY, density).astype(np.float32)


def folds(vertices: NDArray[np.floating], corners: NDArray[np.int32]) -> Floats:
    """(V,) how hollow the surface is at each vertex, 1/m, smoothed once: folds are positive.

    The mean curvature by the umbrella operator: the neighbours' mean lies in front of a hollow.
    """
    pairs = np.concatenate([corners[:, [i, (i + 1) % 4]] for i in range(4)])
    pairs = pairs[(pairs >= 0).all(1)]
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    count = len(vertices)
    degree = np.maximum(np.bincount(pairs[:, 0], minlength=count), 1)

    def mean_of_neighbours(values: NDArray[np.floating]) -> NDArray[np.floating]:
        return np.bincount(pairs[:, 0], values[pairs[:, 1]], minlength=count) / degree

    around = np.stack([mean_of_neighbours(vertices[:, axis]) for axis in range(3)], axis=1)
    edges = np.linalg.norm(vertices[pairs[:, 0]] - vertices[pairs[:, 1]], axis=1)
    length = np.bincount(pairs[:, 0], edges, minlength=count) / degree
    lift = ((around - vertices) * smooth_normals(vertices, corners)).sum(1)
    hollow = lift / np.maximum(length, 1e-4) ** 2
    return np.asarray((hollow + mean_of_neighbours(hollow)) / 2, dtype=np.float32)


def paint(texels: Texels, looks: Looks, seed: int) -> Paint:
    """Colour, roughness and relief of skin; `looks.skin` is what its mean comes near to."""
    places = texels.positions
    tone = np.asarray(looks.skin, dtype=np.float32)
    paleness = float(np.clip((tone @ [0.3, 0.59, 0.11] - 0.2) / 0.6, 0, 1))
    head = np.flatnonzero(places[:, 2] > 1.44)
    age = float(np.clip((looks.age_years - 45) / 35, 0, 1))
    color = tone * _mottle(texels, seed)[:, None]
    color = _warmed(color, _blood(texels), paleness)
    color = _shaded(color, texels, age, paleness)
    # Dark skin shows its form by its sheen, pale skin by its shades.
    roughness = np.full(len(texels), 0.50 + 0.06 * paleness, dtype=np.float32)
    height = 0.00006 * layered(places, 0.004, seed + 3, 2, smallest=texels.width)
    height += 0.00011 * layered(places, 0.012, seed + 4, 2, smallest=texels.width)
    masks = {name: sampled_mask(name, texels.uvs) for name in _MASKS}
    color, roughness = _lips(color, roughness, texels, masks["lips"], looks)
    nails = np.maximum(masks["fingernails"], masks["toenails"])[:, None]
    color += nails * (np.minimum(tone * rgb(1.1, 1.0, 0.98) + 0.06, 1) - color) * 0.7
    roughness -= 0.25 * nails[:, 0]
    color *= 1 - masks["inside-mouth"][:, None] * rgb(0.5, 0.75, 0.75)
    color *= 1 - masks["eyelids"][:, None] * rgb(0.05, 0.09, 0.07)
    color *= 1 - masks["aureolae"][:, None] * rgb(0.12, 0.3, 0.28)
    color[head], height[head] = _face(color[head], height[head], texels, head, looks, seed)
    if age > 0:
        lines = age * wrinkles(places[head], seed)
        height[head] -= 0.0004 * lines
        color[head] *= 1 - lines[:, None] * rgb(0.16, 0.24, 0.24)
    shine = bump(0, 0.02, np.linalg.norm(places - NOSE, axis=1))
    roughness -= 0.1 * shine + 0.06 * step(1.615, 1.64, places[:, 2])
    return Paint(
        color=np.clip(color, 0.01, 1).astype(np.float32),
        roughness=np.clip(roughness, 0.2, 1).astype(np.float32),
        height=height.astype(np.float32),
        metallic=np.zeros(len(texels), dtype=np.float32),
    )


def _mottle(texels: Texels, seed: int) -> Floats:
    """(N,) brightness around 1: living skin is never one colour."""
    broad = layered(texels.positions, 0.07, seed, 3, smallest=texels.width * 2)
    fine = layered(texels.positions, 0.004, seed + 1, 1, smallest=texels.width * 1.2)
    return np.asarray(1 + 0.022 * broad + 0.02 * fine, dtype=np.float32)


def _near(
    places: Floats, center: NDArray[np.floating], radii: tuple[float, float, float]
) -> Floats:
    """A soft ellipsoid around a point and its mirror image: 1 in the middle, 0 outside."""
    away = (places - np.asarray(center, np.float32)) / np.asarray(radii, np.float32)
    away[:, 0] = (np.abs(places[:, 0]) - center[0]) / radii[0]
    return np.asarray(np.exp(-(away**2).sum(1)), dtype=np.float32)


def _beside(landmark: NDArray[np.float64], x: float, y: float, z: float) -> NDArray[np.float64]:
    return np.asarray(landmark + np.array([x, y, z]))


def _blood(texels: Texels) -> Floats:
    """(N,) how near the blood is: cheeks, nose, ears, chin, elbows, knees, hands and soles."""
    p = texels.positions
    red = 0.6 * _near(p, _beside(EYE, 0.019, 0, -0.036), (0.022, 0.05, 0.019))
    red += 0.5 * _near(p, _beside(NOSE, 0.004, 0, 0), (0.014, 0.03, 0.014))
    red += 0.6 * _near(p, EAR, (0.03, 0.035, 0.04))
    red += 0.3 * _near(p, CHIN, (0.02, 0.03, 0.016))
    hand = step(0.42, 0.5, np.abs(p[:, 0]))
    red += 0.4 * hand + 0.2 * hand * step(0, -0.6, texels.normals[:, 2])
    red += 0.35 * step(0.06, 0.0, p[:, 2])
    red += (
        0.45
        * _near(p, np.array([0.335, -0.02, 1.17]), (0.05, 0.06, 0.05))
        * (texels.normals[:, 1] > -0.2)
    )
    red += 0.4 * _near(p, np.array([0.13, -0.08, 0.5]), (0.07, 0.06, 0.05))
    return np.asarray(np.clip(red, 0, 1), dtype=np.float32)


def _warmed(color: Floats, red: Floats, paleness: float) -> Floats:
    """Blood shows as red on pale skin and as warmth and depth on dark skin."""
    pale, dark = rgb(1.02, 0.76, 0.74), rgb(1.06, 0.86, 0.82)
    tint = dark + (pale - dark) * paleness
    return np.asarray(color * (1 + red[:, None] * (tint - 1)), dtype=np.float32)


def _shaded(color: Floats, texels: Texels, age: float, paleness: float) -> Floats:
    """Darken and redden the folds, lighten ridges a little, deepen the sockets, shade the neck."""
    fold = texels.fields["fold"]
    depth = step(6, 75, fold) * (0.34 + 0.1 * age)
    ridge = step(6, 60, -fold) * (0.05 + 0.16 * (1 - paleness))
    color = color * (1 - depth[:, None] * rgb(0.85, 1.08, 1.08) + ridge[:, None])
    p = texels.positions
    socket = _near(p, _beside(EYE, -0.001, -0.01, 0.004), (0.019, 0.03, 0.0125))
    under = _near(p, _beside(EYE, -0.004, -0.01, -0.0125), (0.014, 0.03, 0.005))
    color *= 1 - socket[:, None] * rgb(0.10, 0.13, 0.10)
    color *= 1 - (0.4 + 0.6 * age) * under[:, None] * rgb(0.10, 0.13, 0.09)
    below = step(-0.1, -0.75, texels.normals[:, 2]) * step(1.40, 1.46, p[:, 2])
    below *= step(1.51, 1.48, p[:, 2])
    color *= 1 - 0.14 * below[:, None]
    nostril = _near(p, _beside(NOSE, 0.0075, 0.007, -0.0105), (0.0042, 0.006, 0.0032))
    return np.asarray(color * (1 - 0.55 * nostril[:, None]), dtype=np.float32)


def _lips(
    color: Floats, roughness: Floats, texels: Texels, mask: Floats, looks: Looks
) -> tuple[Floats, Floats]:
    p = texels.positions
    tone = np.asarray(looks.skin, dtype=np.float32)
    strength = 0.85 if looks.is_female and looks.age_years > 14 else 0.62
    pink = tone * rgb(0.92, 0.63, 0.65) + rgb(0.025, 0.005, 0.02)
    share = (mask * strength)[:, None]
    color = np.asarray(color + (pink - color) * share, dtype=np.float32)
    lower = step(1.524, 1.519, p[:, 2]) * mask
    shade = 1 + 0.09 * lower - 0.06 * (mask - lower)
    is_middle = np.abs(p[:, 0]) < 0.03
    line = bump(0.0, 0.0022, p[:, 2] - np.float32(MOUTH[2])) * mask * is_middle
    return np.asarray(color * (shade * (1 - 0.3 * line))[:, None], np.float32), np.asarray(
        roughness - 0.12 * mask, np.float32
    )


def _face(
    color: Floats, height: Floats, texels: Texels, head: NDArray[np.intp], looks: Looks, seed: int
) -> tuple[Floats, Floats]:
    """Brows, the shadow of shaved beards, and the scalp under hair."""
    p, width = texels.positions[head], texels.width[head]
    if not looks.is_female and looks.age_years > 17:
        color = color * (1 - _stubble(p, seed)[:, None] * rgb(0.13, 0.10, 0.06))
    whiskers = beards.cover(looks.beard, p, width, seed)[:, None]
    color = color + (np.asarray(looks.beard_color, np.float32) * 0.6 - color) * whiskers
    share = brows.coverage(p, width, seed)[:, None]
    color = color + (np.asarray(looks.brows, np.float32) - color) * share
    if looks.hair_style is not None:
        cover = hairstyles.cover(looks.hair_style, p, seed)[:, None]
        roots = np.asarray(looks.hair_color, np.float32) * 0.55
        color = color + (roots - color) * cover
    return np.asarray(color, np.float32), np.asarray(height + 0.0001 * share[:, 0], np.float32)


def _stubble(p: Floats, seed: int) -> Floats:
    jaw = step(1.537, 1.52, p[:, 2]) * step(1.455, 1.475, p[:, 2]) * step(-0.045, -0.07, p[:, 1])
    cheek = 1 - _near(p, _beside(EYE, 0.016, 0, -0.058), (0.02, 0.06, 0.026)) * 0.8
    moustache = _near(p, _beside(MOUTH, 0.008, 0, 0.0125), (0.016, 0.02, 0.006))
    grain = 0.85 + 0.15 * noise(p, 0.0015, seed + 71)
    return np.asarray(np.clip(jaw * cheek + moustache, 0, 1) * grain, np.float32)


def wrinkles(p: Floats, seed: int) -> Floats:
    """(N,) depth, 0 to 1, of the lines of an old face: across the forehead, at the eyes' corners
    and under them, from the nose past the mouth, and from the mouth's corners down."""
    bend = noise(p, 0.03, seed + 80)
    forehead = _near(p, np.array([0.0, -0.145, 1.634]), (0.045, 0.05, 0.014))
    waves = np.sin((p[:, 2] + 0.06 * np.abs(p[:, 0]) + 0.0016 * bend) * 2 * np.pi / 0.0078)
    feet = _near(p, _beside(EYE, 0.0235, 0.01, 0.0), (0.010, 0.02, 0.012))
    turn = np.arctan2(p[:, 2] - EYE[2], np.abs(p[:, 0]) - 0.041)
    rays = np.sin(turn * 11 + bend)
    depth = 0.55 * forehead * step(0.1, 1, waves) + 0.6 * feet * step(0.1, 1, rays)
    in_front = step(-0.09, -0.105, p[:, 1])
    wander = np.stack([np.abs(p[:, 0]) + 0.0006 * bend, p[:, 2] + 0.0006 * bend], axis=1)
    for line, width, strength in _LINES:
        depth += strength * in_front * _stroke(wander, np.array(line, np.float32), width)
    return np.asarray(np.clip(depth, 0, 1), dtype=np.float32)


# Lines of the left half of a face, as points (x, z), the half width in metres and the strength.
_LINES = (
    (((0.0172, 1.5600), (0.0245, 1.5480), (0.0300, 1.5330), (0.0310, 1.5215)), 0.0034, 0.95),
    (((0.0265, 1.5190), (0.0285, 1.5080), (0.0280, 1.4990)), 0.0026, 0.55),
    (((0.0160, 1.5790), (0.0270, 1.5735), (0.0390, 1.5765)), 0.0026, 0.55),
)


def _stroke(places: Floats, line: Floats, width: float) -> Floats:
    """(N,) 1 on a line of points (P, 2), fading over `width` to its sides and towards its ends."""
    nearest = np.full(len(places), np.inf, dtype=np.float32)
    along = np.zeros(len(places), dtype=np.float32)
    parts = len(line) - 1
    for part, (start, end) in enumerate(itertools.pairwise(line)):
        run = end - start
        share = np.clip((places - start) @ run / (run @ run), 0, 1)
        away = np.linalg.norm(places - (start + share[:, None] * run), axis=1)
        along = np.where(away < nearest, (part + share) / parts, along)
        nearest = np.minimum(nearest, away)
    return np.asarray(bump(0, width, nearest) * np.sin(np.pi * (0.12 + 0.76 * along)), np.float32)

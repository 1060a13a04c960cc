# SPDX-License-Identifier: Apache-2.0
"""Paints the skin: tone, blood, folds, nails and marks, from canonical places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...kit.body import Body, BodyModel
from . import face, following, makeup, scalp, tattoos
from .landmarks import CHIN, EAR, EYE, NOSE, beside, near
from .makeup import Canvas
from .masks import is_socket, sampled_mask
from .noise import Floats, layered, rgb, step
from .piece import Paint, Piece, Texels, smooth_normals

if TYPE_CHECKING:
    from ..outfit import Looks

# Above this height of the canonical body is its head, and beyond this distance from its middle are
# its hands, metres.
_NECK, _WRIST, _ANKLE = 1.44, 0.44, 0.1

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
        held=following.itself(np.arange(len(canonical))),
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
    color = tone * _mottle(texels, seed)[:, None]
    # Dark skin shows its form by its sheen, pale skin by its shades.
    roughness = np.full(len(texels), 0.54 + 0.03 * paleness, dtype=np.float32)
    height = 0.00009 * layered(places, 0.012, seed + 4, 1, smallest=texels.width)
    whole = Canvas(
        places, texels.normals, texels.width, color, roughness, height, {}, paleness, seed
    )
    _bleed(whole)
    _fold(whole, texels.fields["fold"], face.oldness(looks))
    _paint_trunk(whole, texels.uvs)
    _paint_nails(whole, texels.uvs, looks)
    tattoos.apply(whole, looks.marks)
    head = np.flatnonzero(places[:, 2] > _NECK)
    part = _part(whole, head)
    part.masks.update(_masks(texels.uvs[head], "lips", "eyelids", "inside-mouth"))
    face.paint(part, looks)
    _put_back(whole, part, head)
    return Paint(
        color=np.clip(whole.color, 0.01, 1),
        roughness=np.clip(whole.roughness, 0.2, 1),
        height=whole.height,
        metallic=np.zeros(len(texels), dtype=np.float32),
    )


def _part(whole: Canvas, chosen: NDArray[np.intp]) -> Canvas:
    return Canvas(
        whole.places[chosen],
        whole.normals[chosen],
        whole.width[chosen],
        whole.color[chosen],
        whole.roughness[chosen],
        whole.height[chosen],
        {},
        whole.paleness,
        whole.seed,
    )


def _put_back(whole: Canvas, part: Canvas, chosen: NDArray[np.intp]) -> None:
    whole.color[chosen] = part.color
    whole.roughness[chosen] = part.roughness
    whole.height[chosen] = part.height


def _masks(uvs: Floats, *names: str) -> dict[str, Floats]:
    return {name: sampled_mask(name, uvs) for name in names}


def _mottle(texels: Texels, seed: int) -> Floats:
    """(N,) brightness around 1: living skin is never one colour."""
    broad = layered(texels.positions, 0.07, seed, 2, smallest=texels.width * 2)
    fine = layered(texels.positions, 0.004, seed + 1, 1, smallest=texels.width * 1.2)
    return np.asarray(1 + 0.024 * broad + 0.017 * fine, dtype=np.float32)


def _bleed(whole: Canvas) -> None:
    """Redden where the blood is near: cheeks, nose, ears, chin, elbows, knees, hands and soles."""
    p, across = whole.places, np.abs(whole.places[:, 0])
    red = np.zeros(len(p), dtype=np.float32)
    head = np.flatnonzero(p[:, 2] > _NECK)
    red[head] = _blood_of_head(p[head])
    hand = np.flatnonzero((across > 0.42) & (p[:, 2] > 0.6))
    share = step(0.42, 0.5, across[hand])
    red[hand] += share * (0.4 + 0.2 * step(0, -0.6, whole.normals[hand, 2]))
    low = np.flatnonzero(p[:, 2] < 0.7)
    red[low] += 0.35 * step(0.06, 0.0, p[low, 2])
    red[low] += 0.4 * near(p[low], np.array([0.13, -0.08, 0.5]), (0.07, 0.06, 0.05))
    arm = np.flatnonzero((across > 0.25) & (across < 0.45) & (p[:, 2] > 0.9))
    elbow = near(p[arm], np.array([0.335, -0.02, 1.17]), (0.05, 0.06, 0.05))
    red[arm] += 0.45 * elbow * (whole.normals[arm, 1] > -0.2)
    # Blood shows as red on pale skin and as warmth and depth on dark skin.
    pale, dark = rgb(1.02, 0.77, 0.75), rgb(1.06, 0.86, 0.82)
    whole.shade(red, dark + (pale - dark) * whole.paleness)


def _blood_of_head(p: Floats) -> Floats:
    red = 0.5 * near(p, beside(EYE, 0.019, 0, -0.036), (0.022, 0.05, 0.018))
    red += 0.36 * near(p, beside(NOSE, 0.004, 0, 0), (0.013, 0.03, 0.013))
    red += 0.6 * near(p, EAR, (0.03, 0.035, 0.04))
    red += 0.25 * near(p, CHIN, (0.02, 0.03, 0.016))
    return np.asarray(red, dtype=np.float32)


def _fold(whole: Canvas, fold: Floats, age: float) -> None:
    """Darken and redden the folds, lighten ridges a little, most where skin is dark."""
    depth = step(6, 75, fold) * (0.34 + 0.1 * age)
    ridge = step(6, 60, -fold) * (0.05 + 0.16 * (1 - whole.paleness))
    whole.color *= 1 - depth[:, None] * rgb(0.85, 1.08, 1.08) + ridge[:, None]


def _paint_trunk(whole: Canvas, uvs: Floats) -> None:
    p = whole.places
    chest = np.flatnonzero((p[:, 2] > 1.1) & (p[:, 2] < 1.35) & (p[:, 1] < -0.03))
    chest = chest[np.abs(p[chest, 0]) < 0.2]
    aureolae = sampled_mask("aureolae", uvs[chest])
    whole.color[chest] *= 1 - aureolae[:, None] * rgb(0.12, 0.3, 0.28)


def _paint_nails(whole: Canvas, uvs: Floats, looks: Looks) -> None:
    """Paler, glossier nails, and what they are painted with."""
    p = whole.places
    tone = np.asarray(looks.skin, dtype=np.float32)
    ends = (np.abs(p[:, 0]) > _WRIST) & (p[:, 2] > 0.6)
    for chosen, name in ((ends, "fingernails"), (p[:, 2] < _ANKLE, "toenails")):
        part = _part(whole, where := np.flatnonzero(chosen))
        nails = part.masks["nails"] = sampled_mask(name, uvs[where])
        part.tint(0.7 * nails, np.minimum(tone * rgb(1.1, 1.0, 0.98) + 0.06, 1))
        part.roughness -= 0.25 * nails
        makeup.polish(part, looks.marks)
        _put_back(whole, part, where)

# SPDX-License-Identifier: Apache-2.0
"""Skin keeps the asked tone; brows, lips and lids are where Anny's face has them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kinora.backend.avatar.outfit import Looks
from kinora.backend.avatar.wardrobe import atlas, brows, eyes, masks, scalp, skin
from kinora.backend.kit.body import BodyModel, BodyParameters, make_body

SIZE = 384


def lightness(srgb: np.ndarray) -> np.ndarray:
    """CIE L* of sRGB 0 to 1."""
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    return np.where(luminance > 0.008856, 116 * np.cbrt(luminance) - 16, 903.3 * luminance)


def painted(model: BodyModel, looks: Looks, seed: int = 3) -> np.ndarray:
    """The colours of the skin's covered texels."""
    piece = skin.piece(model, model.canonical, looks, seed)
    layouts = atlas.lay_out([piece])
    color = atlas.paint([piece], layouts, SIZE).color.reshape(-1, 3)
    parts = atlas._triangles(piece, layouts[0])
    return color[atlas.cover(parts.atlas, SIZE).texels]


@pytest.mark.parametrize(
    "tone", [(0.96, 0.82, 0.73), (0.8, 0.6, 0.48), (0.55, 0.36, 0.25), (0.24, 0.15, 0.11)]
)
def test_the_mean_skin_is_as_light_as_asked(
    model: BodyModel, looks: Callable[..., Looks], tone: tuple[float, float, float]
) -> None:
    color = painted(model, looks(skin=tone))
    assert abs(lightness(color.mean(0)) - lightness(np.array(tone))) < 3.5
    # And it is alive: it varies, redder and paler, but never far.
    assert 0.8 < lightness(color).std() < 8


def test_the_same_seed_paints_the_same_skin(model: BodyModel, looks: Callable[..., Looks]) -> None:
    first, second, other = (painted(model, looks(), seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, second)
    assert np.abs(first - other).max() > 0.002


def test_masks_lie_on_the_face_parts_that_they_name(model: BodyModel) -> None:
    faces = model.groups["body"]
    middle = model.canonical.vertices[faces.corners].mean(1)
    lips = middle[masks.sampled_mask("lips", faces.uvs.mean(1)) > 0.5]
    assert np.abs(lips.mean(0) - skin.MOUTH).max() < 0.02
    ears = middle[masks.sampled_mask("ears", faces.uvs.mean(1)) > 0.5]
    assert np.abs(ears[:, 0]).min() > 0.05
    nails = middle[masks.sampled_mask("fingernails", faces.uvs.mean(1)) > 0.5]
    assert np.abs(nails[:, 0]).min() > 0.4


def test_brows_lie_above_both_eyes_and_nowhere_else(model: BodyModel) -> None:
    used = np.unique(model.groups["body"].corners)
    skin_places = model.canonical.vertices[used]
    across, up = np.meshgrid(np.linspace(-0.06, 0.06, 120), np.linspace(1.5, 1.68, 180))
    face = np.stack([across, np.full_like(up, -0.14), up], axis=-1).reshape(-1, 3)
    places = np.concatenate([skin_places, face]).astype(np.float32)
    share = brows.coverage(places, np.full(len(places), 0.0008, dtype=np.float32), 1)
    found = places[share > 0.3]
    assert len(found) > 200
    assert (found[:, 2] > skin.EYE[2] + 0.012).all()
    assert (found[:, 1] < -0.09).all()
    assert (found[:, 0] > 0).any() and (found[:, 0] < 0).any()


def test_folds_are_hollows_and_ridges_are_not(model: BodyModel) -> None:
    angle = np.linspace(0, 2 * np.pi, 33)[:-1]
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    tube = np.concatenate([np.c_[ring, np.full(32, z)] for z in (0.0, 0.2, 0.4)])
    first = np.arange(32)
    after = (first + 1) % 32
    faces = np.concatenate(
        [np.stack([first, after, after + 32, first + 32], 1) + 32 * row for row in (0, 1)]
    ).astype(np.int32)
    outside = skin.folds(tube, faces)[32:64]
    inside = skin.folds(tube, faces[:, ::-1])[32:64]
    assert (outside < 0).all()
    np.testing.assert_allclose(outside, -inside, rtol=1e-4)


def test_hair_grows_on_the_crown_and_not_on_the_face(model: BodyModel) -> None:
    face = np.array([skin.NOSE, skin.CHIN, skin.MOUTH, [0, -0.147, 1.64]], dtype=np.float32)
    assert (scalp.inside(face) < 0).all()
    scalp_places = np.array([[0, -0.05, 1.70], [0, 0.045, 1.60], [0.07, -0.05, 1.64]])
    assert (scalp.inside(scalp_places.astype(np.float32)) > 0).all()


def test_both_eyes_look_ahead_with_a_dark_pupil_in_a_coloured_iris(
    model: BodyModel, looks: Callable[..., Looks]
) -> None:
    body = make_body(model, BodyParameters({"age": 0.2, "gender": 1}))
    piece, lashes = eyes.pieces(model, body, looks(eyes=(0.2, 0.5, 0.3)))
    layouts = atlas.lay_out([piece])
    assert lashes.vertices[:, 2].min() > body.vertices[14598:14742, 2].min()
    parts = atlas._triangles(piece, layouts[0])
    coverage = atlas.cover(parts.atlas, SIZE)
    span = atlas._spans(piece, parts, SIZE)[coverage.faces]
    texels = atlas._texels(piece, parts, coverage, span)
    paint = piece.paint(texels)
    gaze = np.stack([texels.fields[name] for name in ("right", "back", "up")], axis=1)
    angle = np.arccos(np.clip(-gaze[:, 1] / np.linalg.norm(gaze, axis=1), -1, 1))
    low = (texels.fields["up"] < 0) & (texels.fields["right"] < 0.05)
    for side in (texels.positions[:, 0] > 0, texels.positions[:, 0] < 0):
        pupil = paint.color[side & low & (angle < 0.12)]
        iris = paint.color[side & low & (angle > 0.26) & (angle < 0.36)]
        white = paint.color[side & low & (angle > 0.62) & (angle < 0.8)]
        assert pupil.mean() < 0.1 < iris.mean() < 0.6 < white.mean()
        assert iris[:, 1].mean() > 1.3 * iris[:, 0].mean()


def test_old_faces_have_lines_beside_nose_and_mouth_and_young_ones_do_not(
    model: BodyModel, looks: Callable[..., Looks]
) -> None:
    left = np.array([[0.0275, -0.14, 1.5405], [0.045, -0.14, 1.5405]])
    both = np.concatenate([left, left * [-1, 1, 1]]).astype(np.float32)
    depth = skin.wrinkles(both, 3)
    assert depth[[0, 2]].min() > 0.5
    assert depth[[1, 3]].max() < 0.1
    behind = both * np.float32([1, -1, 1])
    assert skin.wrinkles(behind, 3).max() < 0.01

    young, middle, old = (painted(model, looks(age_years=age)) for age in (20, 44, 80))
    np.testing.assert_array_equal(young, middle)
    assert (young - old).max() > 0.05
    assert np.abs(young - old).mean() < 0.02

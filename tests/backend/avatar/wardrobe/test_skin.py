# SPDX-License-Identifier: Apache-2.0
"""Skin keeps the asked tone; brows, lips and lids are where Anny's face has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import trimesh

from kinora.backend.avatar.outfit import Looks
from kinora.backend.avatar.wardrobe import (
    atlas,
    brows,
    eyes,
    landmarks,
    lashes,
    lines,
    masks,
    mouth,
    scalp,
    skin,
    tattoos,
)
from kinora.backend.avatar.wardrobe.piece import Texels
from kinora.backend.avatar.words import faces, lexicon
from kinora.backend.avatar.words.faces import Mark
from kinora.backend.kit.body import BodyModel, BodyParameters, load_body_model, make_body
from kinora.backend.kit.relief import texel_spans

SIZE = 384
PLAIN = Looks(
    skin=(0.8, 0.6, 0.48), eyes=(0.3, 0.2, 0.1), brows=(0.2, 0.13, 0.09), hair_style=None,
    hair_color=(0.3, 0.18, 0.1), age_years=25.0, is_female=True,
)  # fmt: skip


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
    assert np.abs(lips.mean(0) - landmarks.MOUTH).max() < 0.02
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
    assert (found[:, 2] > landmarks.EYE[2] + 0.012).all()
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
    face = np.array(
        [landmarks.NOSE, landmarks.CHIN, landmarks.MOUTH, [0, -0.147, 1.64]], dtype=np.float32
    )
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
    span = texel_spans(piece.canonical[parts.vertex], parts.atlas, SIZE)[coverage.faces]
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
    depth = lines.wrinkles(both, 3)
    assert depth[[0, 2]].min() > 0.5
    assert depth[[1, 3]].max() < 0.1
    behind = both * np.float32([1, -1, 1])
    assert lines.wrinkles(behind, 3).max() < 0.01

    young, middle, old = (painted(model, looks(age_years=age)) for age in (20, 44, 80))
    np.testing.assert_array_equal(young, middle)
    assert (young - old).max() > 0.05
    assert np.abs(young - old).mean() < 0.02


@pytest.mark.parametrize("tone", [(0.96, 0.82, 0.73), (0.24, 0.15, 0.11)])
def test_lines_of_age_read_on_every_skin(
    model: BodyModel, looks: Callable[..., Looks], tone: tuple[float, float, float]
) -> None:
    young, old = (lightness(painted(model, looks(skin=tone, age_years=age))) for age in (30, 80))
    lined = np.abs(young - old) > 2.5
    assert 0.002 < lined.mean() < 0.1


@pytest.fixture(scope="module")
def texels() -> Texels:
    """Those of the whole skin, coarse."""
    model = load_body_model()
    piece = skin.piece(model, model.canonical, PLAIN, 3)
    layouts = atlas.lay_out([piece])
    parts = atlas._triangles(piece, layouts[0])
    coverage = atlas.cover(parts.atlas, SIZE)
    span = texel_spans(piece.canonical[parts.vertex], parts.atlas, SIZE)[coverage.faces]
    return atlas._texels(piece, parts, coverage, span)


@pytest.fixture(scope="module")
def plain(texels: Texels) -> np.ndarray:
    return skin.paint(texels, PLAIN, 3).color


def marked_with(texels: Texels, *marks: Mark) -> np.ndarray:
    return skin.paint(texels, replace(PLAIN, marks=marks), 3).color


def test_lipstick_colours_the_lips_and_nothing_else(texels: Texels, plain: np.ndarray) -> None:
    marked, places = marked_with(texels, Mark("lipstick", (0.1, 0.2, 0.9))), texels.positions
    differs = np.abs(plain - marked).max(1) > 0.02
    assert differs.sum() > 30
    assert np.linalg.norm(places[differs] - landmarks.MOUTH, axis=1).max() < 0.05
    assert (marked[differs, 2] > plain[differs, 2]).mean() > 0.95


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("design", ["anchor", "heart", "star", "cross", "skull", "rose", "dragon"])
def test_a_tattoo_lies_on_its_own_upper_arm_only(
    texels: Texels, plain: np.ndarray, design: str, side: str
) -> None:
    mark = Mark("tattoo", None, f"{side} upper arm", design)
    marked, places = marked_with(texels, mark), texels.positions
    differs = np.abs(plain - marked).max(1) > 0.02
    assert differs.sum() > 10
    sign = 1 if side == "left" else -1
    at = places[differs] * [sign, 1, 1]
    assert (at[:, 0] > 0.18).all() and (at[:, 0] < 0.37).all()
    assert (at[:, 2] > 1.1).all() and (at[:, 2] < 1.42).all()
    assert (marked[differs] < plain[differs]).mean() > 0.95


def test_sleeves_cover_arms_and_leave_hands_and_trunk(texels: Texels, plain: np.ndarray) -> None:
    marked, places = marked_with(texels, Mark("tattoo", design="sleeve")), texels.positions
    differs = np.abs(plain - marked).max(1) > 0.02
    across = np.abs(places[differs, 0])
    assert across.min() > 0.14 and across.max() < 0.5
    arm = (np.abs(places[:, 0]) > 0.22) & (np.abs(places[:, 0]) < 0.44) & (places[:, 2] > 0.95)
    assert 0.25 < differs[arm].mean() < 0.95


@pytest.mark.parametrize(
    "kind",
    ["eyeshadow", "eyeliner", "blush", "rosy cheeks", "makeup", "goth makeup", "clown face",
     "white face", "nose", "war paint", "freckles", "mole", "scar", "dirt"],
)  # fmt: skip
def test_marks_of_the_face_stay_on_the_head(texels: Texels, plain: np.ndarray, kind: str) -> None:
    marked, places = marked_with(texels, Mark(kind)), texels.positions
    differs = np.abs(plain - marked).max(1) > 0.02
    assert differs.any()
    assert places[differs, 2].min() > 1.43


def test_polish_colours_nails_of_hands_and_feet(texels: Texels, plain: np.ndarray) -> None:
    marked, places = marked_with(texels, Mark("nail polish", (0.1, 0.1, 0.8))), texels.positions
    differs = np.abs(plain - marked).max(1) > 0.05
    is_hand = np.abs(places[differs, 0]) > 0.44
    is_foot = places[differs, 2] < 0.08
    assert is_hand.any() and is_foot.any() and (is_hand | is_foot).all()


@pytest.mark.parametrize("mood", sorted(lexicon.read("face")["mood"]))
def test_expressions_keep_faces_whole(
    model: BodyModel, looks: Callable[..., Looks], mood: str
) -> None:
    body = make_body(model, BodyParameters({"gender": 1.0}, faces.expression(mood, 2.0)))
    assert np.isfinite(body.vertices).all()
    skin_vertices = np.unique(model.groups["body"].corners)
    moved = np.linalg.norm(body.vertices - make_body(model, BodyParameters()).vertices, axis=1)
    assert np.isfinite(moved[skin_vertices]).all()
    # The lids' edges lie before the eyeball, wherever the lids are.
    eyeball = body.vertices[np.unique(model.groups["helper-l-eye"].corners)]
    middle, radius = (eyeball.max(0) + eyeball.min(0)) / 2, np.ptp(eyeball[:, 0]) / 2
    edge = body.vertices[lashes._grid(model, "helper-l-eyelashes-2")[1]]
    away = np.linalg.norm(edge - middle, axis=1)
    assert (away > 0.93 * radius).all() and (away < 1.6 * radius).all()
    assert lashes.piece(model, body, looks()).vertices.shape[1] == 3


def test_teeth_show_where_an_expression_opens_the_mouth_and_nowhere_else(model: BodyModel) -> None:
    skin_quads = model.groups["body"].corners
    seen = {}
    for name in ("angry", "laughing", ""):
        actions = {"expression": faces.expression(name)} if name else {}
        body = make_body(model, BodyParameters(**actions))
        teeth = mouth.piece(model, body, 0)
        quads = np.concatenate([teeth.faces, skin_quads + len(teeth.vertices)])
        surface = trimesh.Trimesh(
            np.concatenate([teeth.vertices, body.vertices]),
            np.concatenate([quads[:, :3], quads[:, [0, 2, 3]]]),
            process=False,
        )
        low, high = teeth.vertices.min(0), teeth.vertices.max(0)
        x, z = np.meshgrid(np.linspace(low[0], high[0], 30), np.linspace(low[2], high[2], 30))
        starts = np.stack([x.ravel(), np.full(x.size, low[1] - 0.2), z.ravel()], 1)
        hit = surface.ray.intersects_first(starts, np.tile([0.0, 1, 0], (len(starts), 1)))
        seen[name] = (hit % len(quads) < len(teeth.faces)).mean()
    assert seen["angry"] < 0.005 and seen[""] == 0
    assert seen["laughing"] > 0.02


def test_women_have_longer_lashes_and_thinner_brows(
    model: BodyModel, looks: Callable[..., Looks]
) -> None:
    woman, man = (looks(is_female=is_female) for is_female in (True, False))
    reach = [
        np.ptp(lashes.piece(model, model.canonical, one).vertices[:, 1]) for one in (woman, man)
    ]
    assert reach[0] > reach[1]
    across = np.random.default_rng(0).uniform((0.01, -0.14, 1.6), (0.056, -0.14, 1.63), (4000, 3))
    width = np.full(4000, 0.0008, dtype=np.float32)
    hairs = [
        brows.coverage(across.astype(np.float32), width, 1, brows.form(one)).sum()
        for one in (looks(brow_style="thin"), woman, man, looks(brow_style="bushy"))
    ]
    assert hairs == sorted(hairs)


def test_every_design_has_an_inside_and_an_outside() -> None:
    steps = np.linspace(-1.6, 1.6, 81)
    spots = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2).astype(np.float32)
    border = np.abs(spots).max(1) > 1.5
    for design in tattoos._DESIGNS.values():
        distance = design(spots)
        assert np.isfinite(distance).all()
        assert 0.02 < (distance < 0).mean() < 0.4
        assert (distance[border] > 0).all()

# SPDX-License-Identifier: Apache-2.0
"""Drawn shapes are closed and face outwards; what is carried stays stiff and hats clear of eyes."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from kinora.backend.avatar.dress import pattern_of
from kinora.backend.avatar.wardrobe.fit import fit
from kinora.backend.avatar.wardrobe.forms import solids
from kinora.backend.avatar.wardrobe.forms.solids import Section, Solid
from kinora.backend.avatar.wardrobe.garments import GARMENTS
from kinora.backend.avatar.wardrobe.piece import triangles
from kinora.backend.kit.body import Body, BodyModel, BodyParameters, make_body

SHAPES = {
    "toddler": {"age": 0.08},
    "obese": {"gender": 0.0, "age": 1.0, "weight": 1.45},
    "tall": {"gender": 0.0, "height": 1.1, "weight": 0.0},
}
CARRIED = sorted(name for name, one in GARMENTS.items() if "hand" in one.slot and not one.pieces)
"""Carried, and nothing but stiff forms."""
OPEN_FACED = ("hat", "cap", "beanie", "cowboy_hat", "tricorn", "hard_hat", "crown", "fire_helmet")


@pytest.fixture(params=sorted(SHAPES))
def body(request: pytest.FixtureRequest, model: BodyModel) -> Body:
    return make_body(model, BodyParameters(SHAPES[request.param]))


def volume(solid: Solid) -> float:
    """Cubic metres inside; raises if the shape is open or some faces look inwards."""
    face, corners = triangles(solid.faces)
    mesh = trimesh.Trimesh(
        solid.places, np.take_along_axis(solid.faces[face], corners, 1), process=False
    )
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    return float(mesh.volume)


def test_a_straight_sweep_is_a_cylinder() -> None:
    line = np.linspace([0, 0, 0], [0, 0, 0.5], 9)
    section = Section(np.full(9, 0.02), np.full(9, 0.02), sides=64)
    rod = solids.sweep(line, np.array([1.0, 0, 0]), section, "cloth", closed=False)
    assert volume(rod) == pytest.approx(np.pi * 0.02**2 * 0.5, rel=0.005)


def test_a_closed_sweep_is_a_torus() -> None:
    turn = np.arange(96) * 2 * np.pi / 96
    line = np.stack([0.1 * np.cos(turn), 0.1 * np.sin(turn), 0 * turn], 1)
    section = Section(np.full(96, 0.01), np.full(96, 0.01), sides=48)
    ring = solids.sweep(line, np.array([0, 0, 1.0]), section, "cloth", closed=True)
    assert volume(ring) == pytest.approx(2 * np.pi**2 * 0.1 * 0.01**2, rel=0.01)


@pytest.mark.parametrize("turned", [False, True])
def test_a_plate_is_as_large_as_its_outline_whichever_way_it_is_drawn(turned: bool) -> None:
    square = np.array([[-0.1, -0.1], [0.1, -0.1], [0.1, 0.1], [-0.1, 0.1]])
    rows = [(0.5, -0.01), (1.0, -0.01), (1.0, 0.01), (0.5, 0.01)]
    plate = solids.grown(square[::-1] if turned else square, rows, "cloth")
    assert volume(plate) == pytest.approx(0.2 * 0.2 * 0.02, rel=1e-6)
    assert volume(solids.mirrored(plate)) == pytest.approx(0.2 * 0.2 * 0.02, rel=1e-6)


@pytest.mark.parametrize("name", CARRIED)
def test_what_is_carried_keeps_its_shape_and_follows_the_hand(
    name: str, model: BodyModel, body: Body
) -> None:
    pattern = pattern_of(model, name)
    here = fit(pattern, body, None).vertices.astype(float)
    canonical = pattern.part.canonical.astype(float)
    spread = (here - here.mean(0)) - body.stature * (canonical - canonical.mean(0))
    assert np.abs(spread[here[:, 2] > 0.01]).max() < 0.02
    side = "L" if GARMENTS[name].slot == "left hand" else "R"
    wrist = body.rig.heads[model.bone_names.index(f"wrist.{side}")]
    assert np.linalg.norm(here - wrist, axis=1).min() < 0.11 * body.stature


@pytest.mark.parametrize("name", OPEN_FACED)
def test_hats_hide_no_eyes_and_touch_the_head(name: str, model: BodyModel, body: Body) -> None:
    part = fit(pattern_of(model, name), body, None)
    names = model.bone_names
    eye = body.rig.heads[names.index("eye.L")]
    in_front = (part.vertices[:, 1] < eye[1] + 0.03) & (np.abs(part.vertices[:, 0]) < 0.05)
    head = body.vertices[np.unique(model.groups["body"].corners)]
    assert part.vertices[in_front, 2].min() > eye[2] + 0.008 * body.stature
    assert part.vertices[:, 2].min() < head[:, 2].max()
    assert part.vertices[:, 2].max() > head[:, 2].max() - 0.01

# SPDX-License-Identifier: Apache-2.0
"""Cameras, prompts by class of view, losses, limits of offsets, and starts in files."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from dressed_ball import WarmEncoder, dressed_ball

from kinora.backend.avatar.repaint.judge import Asked
from kinora.backend.avatar.sculpt import stored
from kinora.backend.avatar.sculpt.cameras import CLASSES, kinds, shots
from kinora.backend.avatar.sculpt.guidance import (
    captions,
    guide_of,
    likeness,
    rendered,
    unlikeness,
    without_colors,
)
from kinora.backend.avatar.sculpt.losses import silhouette
from kinora.backend.avatar.sculpt.mesh import canvas_of
from kinora.backend.avatar.sculpt.offsets import Grids, directions, limited, skin_of, untwisted
from kinora.backend.avatar.sculpt.pictures import Surface, draw, look
from kinora.backend.avatar.sculpt.plan import Prompts
from kinora.backend.avatar.sculpt.start import PLACES
from kinora.backend.avatar.words import colors

SHIRT = Asked("red", "shirt", colors.named()["red"], ("Shirt",))
PROMPTS = Prompts("a woman in a red shirt", "a red shirt", (SHIRT,))


@pytest.fixture(scope="module")
def start():
    return dressed_ball()


@pytest.mark.parametrize("first", [0, 12345])
def test_views_come_in_their_shares(first):
    count = 1000
    shares = kinds(count, first).bincount(minlength=len(CLASSES)) / count
    by_name = dict(zip(CLASSES, shares.tolist(), strict=True))
    assert by_name["face"] == pytest.approx(0.20, abs=0.01)
    assert by_name["back"] == pytest.approx(0.25, abs=0.01)
    assert by_name["front"] + by_name["side"] == pytest.approx(0.45, abs=0.01)
    assert by_name["hands"] + by_name["feet"] == pytest.approx(0.10, abs=0.01)


def test_every_class_looks_from_its_side_at_its_place(start):
    start = replace(start, places={**start.places, "left_hand": torch.tensor([0.2, 0.0, 0.3])})
    chosen = shots(start, (0, 300), 64, 0.0, 0)
    away = -chosen.cameras.axes[:, 2]
    from_front = torch.rad2deg(torch.atan2(away[:, 0], -away[:, 1])).abs()
    for name, low, high in (("front", 0, 41), ("side", 44, 136), ("back", 134, 181)):
        own = from_front[chosen.kind == CLASSES.index(name)]
        assert own.min() >= low
        assert own.max() <= high
    hands = chosen.kind == CLASSES.index("hands")
    ahead = chosen.cameras.axes[hands, 2]
    left = away[hands, 0] > 0
    to_hand = start.places["left_hand"] - chosen.cameras.eye[hands][left]
    cosine = torch.nn.functional.cosine_similarity(to_hand, ahead[left])
    torch.testing.assert_close(cosine, torch.ones_like(cosine), atol=1e-4, rtol=0)


def test_whole_figures_are_whole_unless_they_are_cropped(start):
    chosen = shots(start, (0, 200), 64, 0.0, 3)
    whole = chosen.some((chosen.kind < 3).nonzero()[:, 0])
    seen = whole.cameras.project_each(start.vertices.expand(len(whole), -1, -1))[..., :2]
    assert seen.min() > -6
    assert seen.max() < 70
    cropped = shots(start, (0, 200), 64, 1.0, 3)
    ratio = cropped.cameras.focal / chosen.cameras.focal
    assert (ratio[chosen.kind < 3] > 1.3).all()
    torch.testing.assert_close(ratio[chosen.kind >= 3], torch.ones_like(ratio[chosen.kind >= 3]))


def test_the_same_numbers_are_the_same_views(start):
    whole, later = shots(start, (0, 20), 64, 0.3, 7), shots(start, (10, 20), 64, 0.3, 7)
    torch.testing.assert_close(whole.cameras.eye[10:], later.cameras.eye)
    assert torch.equal(whole.kind[10:], later.kind)


def test_prompts_are_avatarclips_by_class():
    said = dict(zip(CLASSES, rendered("Iron Man"), strict=True))
    assert said["front"] == "a 3d rendering of Iron Man in unreal engine"
    assert said["face"] == "a 3d rendering of the face of Iron Man in unreal engine"
    assert said["back"] == "a 3d rendering of the back of Iron Man in unreal engine"


def test_captions_of_close_views_speak_of_what_is_there(start):
    said, weights = captions(PROMPTS, start)
    by_name = dict(zip(CLASSES, zip(said, weights, strict=True), strict=True))
    assert by_name["front"] == ("a red shirt", 1.0)
    assert by_name["face"] == ("red shirt", 1.0)
    assert by_name["feet"][1] == 0.0


def test_textureless_pictures_are_asked_for_no_colors():
    assert without_colors("A dark Red coat, a sky blue hat") == "A coat, a hat"


def test_views_of_a_class_are_held_to_its_prompt(start):
    class ByClass(WarmEncoder):
        def encode_text(self, sentences):
            found = super().encode_text(sentences)
            cold = torch.tensor([0.0, 0.0, 1.0])
            rows = [cold if "back" in one else found.vectors[0] for one in sentences]
            return replace(found, vectors=torch.stack(rows))

    guide = guide_of(ByClass(), PROMPTS, start, canvas_of(start, 64))
    blue = torch.zeros(2, 3, 32, 32)
    blue[:, 2] = 1
    kind = torch.tensor([CLASSES.index("back"), CLASSES.index("front")])
    back, front = likeness(guide, (blue, blue), kind)[0].tolist()
    assert back > 0.99
    assert front < 0.3
    coverage = torch.zeros(2, 2, 20, 20)
    worse = unlikeness(guide, (blue, blue), kind, coverage)
    better = unlikeness(guide, (blue[:1], blue[:1]), kind[:1], coverage[:1])
    assert better < worse


def test_holes_cost_much_and_growth_little():
    covered = torch.tensor([[1.0, 1.0, 0.0, 0.0]])
    valid = torch.ones_like(covered)
    same = silhouette(covered, covered, valid)
    hole = silhouette(torch.tensor([[0.0, 1.0, 0.0, 0.0]]), covered, valid)
    grown = silhouette(torch.tensor([[1.0, 1.0, 1.0, 0.0]]), covered, valid)
    assert same == 0
    assert 0 < grown < hole / 10
    outside = torch.tensor([[1.0, 1.0, 0.0, 0.0]])
    assert silhouette(torch.tensor([[1.0, 1.0, 1.0, 0.0]]), covered, outside) == 0


def test_offsets_never_pass_their_limits_and_begin_at_none(start):
    skin = skin_of(start, "all")
    grids = Grids(start, skin)
    assert not limited(skin, grids.share()).any()
    for values in grids.values:
        values.normal_(0, 100)
    offsets = limited(skin, grids.share())
    assert (offsets <= skin.out).all()
    assert (-offsets <= skin.into).all()
    assert (skin.out <= start.slack).all()
    assert offsets.abs().max() > 0.5 * float(start.slack.max())


def test_what_has_a_neighbour_keeps_half_of_the_way_free():
    """Two balls with 12 mm between them may each go 6 mm, and elsewhere 20."""
    one, two = dressed_ball(), dressed_ball()
    shifted = two.vertices + torch.tensor([0.5 + 0.012, 0.0, 0.0])
    both = replace(
        one,
        names=(*one.names, "Vest", "Skirt"),
        vertices=torch.cat([one.vertices, shifted]),
        triangles=torch.cat([one.triangles, two.triangles + len(one.vertices)]),
        uvs=torch.cat([one.uvs, two.uvs]),
        part=torch.cat([one.part, two.part + 2]),
        region=torch.cat([one.region, two.region]),
        slack=torch.full((2 * len(one.vertices),), 0.02),
        finish=one.finish.repeat(2, 1),
    )
    skin = skin_of(both, "all")
    near = (both.vertices - torch.tensor([0.256, 0.0, 0.25])).norm(dim=1) < 0.02
    assert near.any()
    assert skin.out[near].max() <= 0.006
    far = both.vertices[:, 0] < -0.1
    assert skin.out[far].min() > 0.017


def test_triangles_that_would_turn_over_are_held_back(start):
    skin = skin_of(start, "all")
    wild = torch.zeros_like(start.slack)
    wild[start.vertices[:, 2] > 0.45] = -0.45
    calm = untwisted(start, skin, wild)
    along = directions(start)

    def across(vertices):
        a, b, c = vertices[start.triangles].unbind(1)
        return torch.linalg.cross(b - a, c - a)

    turned = (across(start.vertices) * across(start.vertices + wild[:, None] * along)).sum(1) <= 0
    left = (across(start.vertices) * across(start.vertices + calm[:, None] * along)).sum(1) <= 0
    assert turned.any()
    assert not left.any()


def test_pictures_follow_the_surface_and_its_texture(start):
    chosen = shots(start, (0, 4), 32, 0.0, 0)
    looked = look(start, start.vertices, chosen, 32, 8)
    normals = torch.nn.functional.normalize(start.vertices - torch.tensor([0, 0, 0.25]), dim=1)
    vertices, normals = start.vertices, normals.requires_grad_()
    texture = torch.full((3, 64, 64), 0.4).requires_grad_()
    rows = torch.arange(4)
    textured, textureless = draw(start, Surface(vertices, normals, texture), looked, rows, rows)
    assert textured.shape == textureless.shape == (4, 3, 32, 32)
    red = torch.full((3, 64, 64), 0.05)
    red[0] = 0.8
    other, grey = draw(start, Surface(vertices, normals, red), looked, rows, rows)
    torch.testing.assert_close(grey, textureless)
    ball = looked.coverage.sum(1).mean((1, 2)) > 0.2
    assert (other[ball, 0].mean((1, 2)) > other[ball, 2].mean((1, 2)) + 0.1).all()
    fixed, _ = draw(
        start, Surface(vertices, normals, texture), looked, rows, rows, looked.most(len(rows))
    )
    torch.testing.assert_close(fixed, textured)
    textured.sum().backward()
    assert texture.grad.abs().sum() > 0
    assert normals.grad.abs().sum() > 0


def test_a_start_comes_back_from_its_file(start, tmp_path):
    stored.save(start, tmp_path / "start.npz")
    back = stored.load(tmp_path / "start.npz")
    assert back.names == start.names
    assert math.isclose(back.height, start.height)
    assert torch.equal(back.triangles, start.triangles)
    assert torch.equal(back.region, start.region)
    torch.testing.assert_close(back.vertices, start.vertices, atol=1e-5, rtol=0)
    torch.testing.assert_close(back.slack, start.slack, atol=6e-6, rtol=0)
    torch.testing.assert_close(back.texture, start.texture, atol=1 / 500, rtol=0)
    assert set(back.places) == set(PLACES)

# SPDX-License-Identifier: Apache-2.0
"""Refining a ball of two parts, by an encoder that sees nothing but the mean color of patches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import trimesh
from torch.nn import functional

from kinora.backend.avatar.repaint import canvas as canvases
from kinora.backend.avatar.repaint.canvas import Canvas, texel_parts
from kinora.backend.avatar.repaint.judge import Asked, is_better, judged
from kinora.backend.avatar.repaint.lab import to_lab, to_srgb
from kinora.backend.avatar.repaint.refine import Plan, refine
from kinora.backend.avatar.repaint.views import behind, draw, look, shots
from kinora.backend.avatar.scenes import hues
from kinora.backend.avatar.words import colors
from kinora.backend.kit.encoders.encoder import Texts

SIDE = 64  # texels
SHIRT = Asked("red", "shirt", colors.named()["red"], ("Shirt",))
TROUSERS = Asked("blue", "trousers", colors.named()["blue"], ("Trousers",))


class ColorEncoder:
    """Embeds a phrase as its color in Lab and a patch as its mean; nothing as a whole."""

    pixels = 48

    def encode_phrases(self, phrases):
        named = colors.named()
        return torch.stack([to_lab(torch.tensor(named[p.rpartition(" ")[0]])) for p in phrases])

    def encode_text(self, sentences):
        return Texts(functional.normalize(torch.ones(len(sentences), 4), dim=1), ())

    def see(self, pictures, phrases):
        patches = functional.adaptive_avg_pool2d(pictures, 12)
        lab = to_lab(patches.transpose(0, 1)).transpose(0, 1)
        away = (lab[:, None] - phrases[None, :, :, None, None]).square().sum(2).add(1).sqrt()
        return functional.normalize(torch.ones(len(pictures), 4), dim=1), 3 - away / 10


class Blind(ColorEncoder):
    """Finds the opposite of what is asked likeliest."""

    def see(self, pictures, phrases):
        whole, logits = super().see(pictures, phrases)
        return whole, -logits


@pytest.fixture(scope="module")
def ball() -> Canvas:
    """The upper half is a shirt, the lower one trousers, each a disk of the texture."""
    mesh = trimesh.creation.icosphere(3)
    places = torch.tensor(np.array(mesh.vertices), dtype=torch.float32)
    triangles = torch.tensor(np.array(mesh.faces))
    part = (places[triangles][..., 2].mean(1) < 0).long()
    flat = places[triangles][..., :2] * 0.23 + 0.25
    uvs = flat + torch.tensor([[0.0, 0.5], [0.5, 0.0]])[part][:, None]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(canvases, "SIDE", SIDE)
        texel_part, core = texel_parts(uvs.numpy(), part.numpy())
    return Canvas(
        ("Shirt", "Trousers"),
        places[None],
        places[None],
        triangles,
        uvs,
        part,
        torch.tensor([[0.9, 0.0], [0.9, 0.0]]),
        torch.full((3, SIDE, SIDE), 0.5),
        texel_part,
        core,
    )


def test_lab_is_the_one_of_the_captions_and_turns_back():
    color = torch.rand(3, 500, generator=torch.Generator().manual_seed(0))
    expected = hues.to_lab(color.T.numpy()).T
    assert np.abs(to_lab(color).numpy() - expected).max() < 0.05
    torch.testing.assert_close(to_srgb(to_lab(color)), color, atol=1e-4, rtol=0)


def test_texels_know_their_part(ball):
    rows, columns = np.mgrid[:SIDE, :SIDE] / SIDE
    for number, (x, y) in enumerate([(0.25, 0.25), (0.75, 0.75)]):
        inside = np.hypot(columns - x, rows - y) < 0.2
        assert (ball.texel_part.numpy()[inside] == number).all()
        assert ball.core.numpy()[inside & (ball.texel_part.numpy() == number)].mean() > 0.9
    assert (ball.texel_part[:25, 50:] == -1).all()


def test_views_show_the_figure_and_how_much_of_each_cell_a_part_covers(ball):
    texture = torch.zeros_like(ball.texture)
    texture[0], texture[2] = (ball.texel_part == 0).float(), (ball.texel_part == 1).float()
    chosen = shots(ball, [0], torch.arange(6), 40)
    chosen = replace(chosen, unlit=torch.ones(6, dtype=torch.bool))
    views = look(ball, chosen, 40, 10)
    grey = torch.full((4, 80, 80, 3), 0.5)
    both = (draw(views, one, range(1, 5), grey) for one in (texture, 0 * texture))
    cells = functional.adaptive_avg_pool2d(next(both) - next(both), 10)
    coverage = views.coverage[1:5]
    for part, channel in ((0, 0), (1, 2)):
        # Textures are blurred across the seam, by a texel or two.
        assert (cells[:, channel] - coverage[:, part]).abs().mean() < 0.01
    assert coverage.sum(1).max() <= 1.001
    assert coverage.amax((1, 2, 3)).min() > 0.9


def test_light_of_many_views_is_that_of_each_alone(ball):
    """More views than are looked at in one go."""
    chosen = shots(ball, [0], torch.arange(11), 32)
    views = look(ball, chosen, 32, 4)
    seed = torch.tensor([5])
    texture = torch.rand(ball.texture.shape, generator=torch.Generator().manual_seed(1))
    for number in (0, 7, 8, 10):
        alone = look(ball, shots(ball, [0], torch.tensor([number]), 32), 32, 4)
        expected = draw(alone, texture, range(1), behind(alone, seed))
        found = draw(views, texture, range(number, number + 1), behind(views, seed))
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)
        assert not torch.equal(found, draw(views, texture, range(3, 4), behind(views, seed)))


def test_parts_take_the_colors_that_are_asked_of_them(ball):
    plan = Plan(least=30, most=50, views=2, bank=12, trust=0.0)
    found = refine(ball, "a red shirt and blue trousers", (SHIRT, TROUSERS), ColorEncoder(), plan)
    assert found.changed == (True, True)
    for one, before in zip((SHIRT, TROUSERS), found.before, strict=True):
        after = judged(ball, found.texture, one)
        assert after.distance < 20 < before.distance
        assert after.spread <= 4
    assert sum(found.losses[-5:]) < sum(found.losses[:5])
    assert torch.equal(found.texture[:, ball.texel_part < 0], ball.texture[:, ball.texel_part < 0])


def test_what_is_not_asked_for_keeps_its_texels(ball):
    plan = Plan(least=8, most=8, views=2, bank=12, trust=0.0)
    found = refine(ball, "a red shirt", (SHIRT,), ColorEncoder(), plan)
    other = ball.texel_part != 0
    assert torch.equal(found.free[:, other], ball.texture[:, other])
    assert not torch.equal(found.free, ball.texture)


def test_what_the_judge_finds_no_better_is_not_kept(ball):
    plan = Plan(least=8, most=8, views=2, bank=12, trust=0.0)
    found = refine(ball, "a red shirt", (SHIRT,), Blind(), plan)
    assert not torch.equal(found.free, ball.texture)
    assert found.changed == (False,)
    assert torch.equal(found.texture, ball.texture)


def test_a_trusted_start_is_left_less(ball):
    dark = torch.tensor([0.6, 0.1, 0.15])[:, None, None].expand_as(ball.texture)
    ball = replace(ball, texture=dark.contiguous())
    free = {}
    for trust in (0.0, 1.0):
        plan = Plan(least=25, most=25, views=2, bank=12, trust=trust)
        free[trust] = refine(ball, "a red shirt", (SHIRT,), ColorEncoder(), plan).free
    moved = {trust: (to_lab(one) - to_lab(ball.texture)).norm() for trust, one in free.items()}
    assert moved[1.0] < 0.9 * moved[0.0]


def test_a_wrong_start_reaches_its_color_over_the_codebook(ball):
    """Blue is asked of trousers that are orange: few steps would not lead so far."""
    orange = torch.tensor(colors.named()["orange"])[:, None, None].expand_as(ball.texture)
    wrong = replace(ball, texture=orange.contiguous())
    plan = Plan(least=2, most=2, views=2, bank=12, trust=0.0)
    found = refine(wrong, "blue trousers", (TROUSERS,), ColorEncoder(), plan)
    assert found.before[0].distance > 100
    assert found.after[0].distance < 40


def test_a_phrase_about_nothing_that_is_worn_changes_nothing(ball):
    cap = Asked("green", "cap", colors.named()["green"], ("Cap",))
    found = refine(ball, "a green cap", (cap,), ColorEncoder(), Plan(views=1, bank=4))
    assert found.changed == (False,)
    assert torch.equal(found.texture, ball.texture)


def test_the_judge_sees_color_and_stains(ball):
    red = ball.texture * 0 + torch.tensor(SHIRT.color)[:, None, None]
    clean = judged(ball, red, SHIRT)
    assert clean.distance < 0.01 and clean.spread < 0.01
    stained = red.clone()
    stained[:, ::2] = 1.0
    dirty = judged(ball, stained, SHIRT)
    assert dirty.spread > 20
    start = judged(ball, ball.texture, SHIRT)
    assert is_better(clean, start)
    assert not is_better(dirty, start)
    assert not is_better(start, clean)

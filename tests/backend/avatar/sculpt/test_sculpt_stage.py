# SPDX-License-Identifier: Apache-2.0
"""Sculpting a dressed ball by an encoder that only sees how warm a picture's colors are."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from dressed_ball import Told, WarmEncoder, dressed_ball

from kinora.backend.avatar.repaint.judge import Asked
from kinora.backend.avatar.sculpt import checkpoint
from kinora.backend.avatar.sculpt.offsets import directions, skin_of
from kinora.backend.avatar.sculpt.plan import Encoders, Plan, Prompts
from kinora.backend.avatar.sculpt.stage import sculpt
from kinora.backend.avatar.sculpt.start import REGIONS
from kinora.shared.errors import BadResultError, GpuMemoryError, JobCancelledError

PROMPTS = Prompts("a warm ball", "a warm ball")
PLAN = Plan(mesh_steps=8, views=4, pool=8, refresh=5, pixels=24, texels=64)


@pytest.fixture(scope="module")
def start():
    return dressed_ball()


@pytest.fixture(scope="module")
def small():
    return dressed_ball(2, 0.06)


def sculpted(start, plan=PLAN, encoder=None, hooks=None, before=None):
    encoders = Encoders((encoder or WarmEncoder(),))
    return sculpt(start, PROMPTS, encoders, plan, hooks or Told(), before)


class Breaking(WarmEncoder):
    """Does something else at its `at`-th look with gradients."""

    def __init__(self, at, what, times=1):
        self.at, self.what, self.times, self.looks = at, what, times, 0

    def encode_pictures(self, pictures):
        if pictures.requires_grad:
            self.looks += 1
            if self.at <= self.looks < self.at + self.times:
                return self.what(super().encode_pictures(pictures))
        return super().encode_pictures(pictures)


def full(vectors):
    raise torch.OutOfMemoryError("CUDA out of memory")


def test_no_steps_leave_the_very_start(start):
    made = sculpted(start, replace(PLAN, mesh_steps=0))
    assert not made.offsets.any()
    assert torch.equal(made.texture, start.texture)
    assert made.scores["likeness"]["before"] == made.scores["likeness"]["after"]


def test_likeness_rises_and_the_surface_stays_within_its_limits(start):
    hooks = Told()
    made = sculpted(start, hooks=hooks)
    before, after = made.scores["likeness"]["before"], made.scores["likeness"]["after"]
    assert after["all"] > before["all"] + 0.01
    red, _, blue = made.texture.mean((1, 2))
    assert red > blue
    assert (made.offsets <= start.slack).all()
    assert made.views == 8 * PLAN.views
    assert hooks.fractions == sorted(hooks.fractions)
    assert all(one.shape[0] == 3 and one.min() >= 0 and one.max() <= 1 for one in hooks.pictures)


def test_no_triangle_turns_over(start):
    made = sculpted(start, replace(PLAN, mesh_steps=12))
    moved = start.vertices + made.offsets[:, None] * directions(start)

    def across(vertices):
        a, b, c = vertices[start.triangles].unbind(1)
        return torch.linalg.cross(b - a, c - a)

    assert ((across(start.vertices) * across(moved)).sum(1) > 0).all()


def test_the_field_stage_moves_the_surface_and_its_field_is_handed_on(small):
    plan = replace(PLAN, field_steps=3, mesh_steps=0, samples=8, pixels=16, views=2, pool=4)
    made = sculpted(small, plan)
    assert made.field is not None
    assert made.steps == 3
    assert (made.offsets.abs() <= small.slack).all()


def test_a_killed_run_ends_as_if_it_had_not_been_killed(start, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    whole = sculpted(start)

    class Killed(Told):
        def report(self, fraction, note, picture=None):
            super().report(fraction, note, picture)
            if len(self.fractions) == 7:
                raise JobCancelledError("killed")

    with pytest.raises(JobCancelledError):
        sculpted(start, hooks=Killed(tmp_path))
    assert (tmp_path / checkpoint.NAME).exists()
    again = Told(tmp_path)
    made = sculpted(start, hooks=again)
    assert len(again.fractions) < 5
    torch.testing.assert_close(made.offsets, whole.offsets, atol=1e-7, rtol=0)
    torch.testing.assert_close(made.texture, whole.texture, atol=1e-5, rtol=0)
    assert not (tmp_path / checkpoint.NAME).exists()


def test_a_run_killed_after_the_field_stage_keeps_its_field(small, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    plan = Plan(field_steps=1, mesh_steps=3, views=2, pool=4, pixels=16, samples=6, texels=64)

    class Killed(Told):
        def report(self, fraction, note, picture=None):
            super().report(fraction, note, picture)
            if len(self.fractions) == 3:
                raise JobCancelledError("killed")

    with pytest.raises(JobCancelledError):
        sculpted(small, plan, hooks=Killed(tmp_path))
    again = Told(tmp_path)
    made = sculpted(small, plan, hooks=again)
    assert made.field is not None
    assert made.field.paint.last.any()
    assert made.steps == 4
    assert len(again.fractions) == 1
    assert not list(tmp_path.iterdir())


def test_a_checkpoint_of_something_else_is_not_gone_on_from(start, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)

    class Killed(Told):
        def report(self, fraction, note, picture=None):
            super().report(fraction, note, picture)
            if len(self.fractions) == 4:
                raise JobCancelledError("killed")

    with pytest.raises(JobCancelledError):
        sculpted(start, hooks=Killed(tmp_path))
    other = Told(tmp_path)
    sculpted(start, replace(PLAN, seed=1), hooks=other)
    assert len(other.fractions) == PLAN.mesh_steps


def test_a_damaged_checkpoint_is_not_gone_on_from(start, tmp_path):
    (tmp_path / checkpoint.NAME).write_bytes(b"nothing")
    made = sculpted(start, replace(PLAN, mesh_steps=2), hooks=Told(tmp_path))
    assert made.steps == 2


def test_numbers_that_break_once_cost_a_step_and_half_the_rate(start):
    encoder = Breaking(3, lambda vectors: vectors * torch.nan)
    made = sculpted(start, encoder=encoder)
    assert torch.isfinite(made.offsets).all()
    assert torch.isfinite(made.texture).all()
    assert any("Numbers broke" in note for note in made.notes)
    assert made.scores["likeness"]["after"]["all"] > made.scores["likeness"]["before"]["all"]


def test_an_encoder_without_numbers_is_given_up(start):
    encoder = Breaking(1, lambda vectors: vectors * torch.nan, times=100)
    with pytest.raises(BadResultError, match="encoder"):
        sculpted(start, replace(PLAN, mesh_steps=12), encoder)


def test_full_memory_means_fewer_pictures_at_a_time(start):
    made = sculpted(start, encoder=Breaking(3, full))
    assert made.steps == PLAN.mesh_steps
    assert made.views < PLAN.mesh_steps * PLAN.views
    assert any("memory" in note for note in made.notes)
    assert made.scores["likeness"]["after"]["all"] > made.scores["likeness"]["before"]["all"]


def test_memory_that_is_never_enough_is_an_error(start):
    with pytest.raises(GpuMemoryError):
        sculpted(start, encoder=Breaking(1, full, times=100))


def test_other_regions_keep_every_texel_and_vertex(start):
    made = sculpted(start, replace(PLAN, part="head"))
    is_head = start.region == REGIONS.index("head")
    assert not made.offsets[~is_head].any()
    limits = skin_of(start, "head")
    assert limits.out[is_head].max() > 0.01
    assert not limits.out[~is_head].any()
    shirt, trousers = made.texture[:, :32, :32], made.texture[:, 32:, 32:]
    assert (shirt != 0.5).any()
    assert torch.equal(trousers, start.texture[:, 32:, 32:])


def test_texture_alone_leaves_the_surface(start):
    made = sculpted(start, replace(PLAN, works_on="texture", field_steps=2))
    assert not made.offsets.any()
    assert not torch.equal(made.texture, start.texture)


def test_sculpting_alone_leaves_the_texture(start):
    made = sculpted(start, replace(PLAN, works_on="sculpt"))
    assert torch.equal(made.texture, start.texture)


def test_the_best_so_far_is_kept_when_the_user_wants_it(start):
    made = sculpted(start, hooks=Told(stop_after=4))
    assert made.steps == 4
    assert any("as you asked" in note for note in made.notes)
    assert not torch.equal(made.texture, start.texture)


class Cold(WarmEncoder):
    """Reads every sentence as the opposite color."""

    name = "cold"

    def encode_text(self, sentences):
        return replace(super().encode_text(sentences), vectors=torch.tensor([[0.0, 0.1, 1.0]] * 12))


def test_a_judge_of_another_opinion_keeps_the_colors_of_the_start(start):
    encoders = Encoders((WarmEncoder(), WarmEncoder()), judge=Cold())
    made = sculpt(start, PROMPTS, encoders, PLAN, Told())
    assert torch.equal(made.texture, start.texture)
    assert not any(kept["color"] for kept in made.scores["kept"].values())
    after, before = (made.scores["likeness"][when]["all"] for when in ("after", "before"))
    assert after >= before


def test_an_asked_color_is_not_given_up_for_likeness(start):
    """The encoder wants it warm, the words want it blue as it is."""
    blue = torch.tensor([0.1, 0.2, 0.8])
    dyed = replace(start, texture=blue[:, None, None].expand(3, 64, 64).clone())
    asked = Asked("blue", "shirt", (0.1, 0.2, 0.8), ("Shirt", "Trousers"))
    prompts = replace(PROMPTS, asked=(asked,))
    made = sculpt(dyed, prompts, Encoders((WarmEncoder(),)), replace(PLAN, mesh_steps=30), Told())
    shirt = made.texture[:, 16, 16]
    assert shirt[2] > shirt[0] + 0.2


def test_an_earlier_run_is_gone_on_from(start):
    first = sculpted(start)
    second = sculpted(start, replace(PLAN, mesh_steps=0), before=first.state)
    # What is kept in a state is rounded to half precision.
    torch.testing.assert_close(second.texture, first.texture, atol=2e-3, rtol=0)
    torch.testing.assert_close(second.offsets, first.offsets, atol=1e-4, rtol=0)


def test_an_earlier_run_with_a_coarser_texture_is_gone_on_from(start):
    first = sculpted(start)
    second = sculpted(start, replace(PLAN, mesh_steps=0, texels=128), before=first.state)
    torch.testing.assert_close(
        second.texture.mean((1, 2)), first.texture.mean((1, 2)), atol=0.01, rtol=0
    )


def test_parts_that_changed_since_are_refined_anew(start):
    first = sculpted(start)
    finer = dressed_ball(2)
    second = sculpted(finer, replace(PLAN, mesh_steps=0), before=first.state)
    assert not second.offsets.any()
    assert second.notes


def test_the_same_seed_gives_the_same(start):
    one, two = sculpted(start), sculpted(start)
    assert torch.equal(one.texture, two.texture)
    assert torch.equal(one.offsets, two.offsets)

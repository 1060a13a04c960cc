# SPDX-License-Identifier: Apache-2.0
"""The whole method, tiny: it learns, goes on as if never interrupted, and steps back from NaN."""

from __future__ import annotations

import io
from dataclasses import replace

import neus_figures as figures
import numpy as np
import pytest
import torch
import trimesh

from kinora.backend.avatar.neus.checkpoints import read_published
from kinora.backend.avatar.neus.extract import level_set, looked_at
from kinora.backend.avatar.neus.frames import brought_in
from kinora.backend.avatar.neus.learning import learn, learner_of
from kinora.backend.avatar.neus.networks import build
from kinora.backend.avatar.neus.ply import write_ply
from kinora.backend.avatar.neus.published import Settings, published
from kinora.backend.avatar.neus.stage import scene_of, step_loss
from kinora.shared.errors import BadResultError, GpuMemoryError, JobCancelledError

SETTINGS = Settings(fit=figures.TINY_FIT, resolution=32, light=16, seed=3)


def made(config=None, hooks=None, settings=SETTINGS):
    hooks = hooks or figures.Listening()
    config = config or figures.tiny_config()
    return published(figures.template(figures.pill()), config, figures.Daltonian(), hooks, settings)


def started(steps=24, seed=3, train=None):
    """A scene and a learner that has the template's form."""
    config = figures.tiny_config(steps)
    config = replace(config, train=replace(config.train, **(train or {})))
    inner = brought_in(figures.template(figures.sphere()), 0.65)
    scene, _ = scene_of(inner, config, figures.Daltonian(), seed)
    return scene, learner_of(scene, build(config.model, seed), steps)


def test_it_paints_what_the_encoder_asks_for() -> None:
    """From template to mesh: redder at the end than at the start, and still the figure."""
    hooks = figures.Listening()
    few, many = made(figures.tiny_config(1)), made(figures.tiny_config(40), hooks)
    assert many.steps == 40

    def redness(of) -> float:
        return float((of.mesh.colors[:, 0] - of.mesh.colors[:, 1:].mean(1)).mean())

    assert redness(many) > redness(few) + 0.02
    for end in (torch.amin, torch.amax):
        extent = end(many.mesh.vertices, dim=0).numpy()
        wanted = end(torch.tensor(figures.pill().vertices), dim=0).numpy()
        np.testing.assert_allclose(extent, wanted, atol=0.3)
    shares = [share for share, _ in hooks.told]
    assert shares == sorted(shares) and hooks.pictures[0].shape[0] == 3
    assert set(many.timings) == {"template", "loop", "mesh"}
    assert read_published(many.checkpoint).step == 40


def test_the_loss_falls() -> None:
    scene, learner = started(30)

    def mean() -> float:
        losses = [step_loss(scene, learner.networks, n, 400) for n in range(900, 906)]
        return sum(float(loss.total.detach()) for loss in losses)

    before = mean()
    learn(scene, learner, figures.Listening(), {})
    assert mean() < 0.9 * before


def test_a_killed_run_goes_on_as_if_never_interrupted(tmp_path) -> None:
    whole = made(figures.tiny_config(9))

    class KilledError(Exception):
        pass

    count = 0

    def die() -> bool:
        nonlocal count
        count += 1
        if count == 7:
            raise KilledError
        return False

    # Every step is kept, as if each took seconds.
    hooks = figures.Listening(checkpoint=tmp_path, stop=die)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kinora.backend.avatar.neus.learning._SAVE_EVERY_S", 0.0)
        patch.setattr("kinora.backend.avatar.neus.learning._PREVIEW_SHARE", 0)
        with pytest.raises(KilledError):
            made(figures.tiny_config(9), hooks)
    again = figures.Listening(checkpoint=tmp_path)
    resumed = made(figures.tiny_config(9), again)
    assert "step 6" in again.told[0][1]
    for one, other in zip(*(read_published(r.checkpoint).sdf.values() for r in (whole, resumed)),
                          strict=True):  # fmt: skip
        assert torch.equal(one, other)
    assert torch.equal(whole.mesh.colors, resumed.mesh.colors)


def test_another_runs_checkpoint_is_left_alone(tmp_path) -> None:
    made(figures.tiny_config(3), figures.Listening(checkpoint=tmp_path))
    hooks = figures.Listening(checkpoint=tmp_path)
    other = made(figures.tiny_config(3), hooks, replace(SETTINGS, seed=4))
    fresh = made(figures.tiny_config(3), None, replace(SETTINGS, seed=4))
    assert torch.equal(other.mesh.vertices, fresh.mesh.vertices)


def test_a_published_checkpoint_goes_on_from_its_step() -> None:
    first = made(figures.tiny_config(6))
    settings = replace(SETTINGS, checkpoint=read_published(first.checkpoint))
    hooks = figures.Listening()
    assert made(figures.tiny_config(8), hooks, settings).steps == 8
    assert "step 7 of 8" in hooks.told[0][1]
    done = made(figures.tiny_config(6), None, settings)
    assert torch.equal(done.mesh.vertices, first.mesh.vertices)


def test_a_template_checkpoint_is_a_start() -> None:
    config = figures.tiny_config(1)
    single = replace(
        config,
        model=replace(
            config.model,
            rendering_network=replace(config.model.rendering_network, extra_color=False),
        ),
    )
    before = read_published(made(single).checkpoint)
    assert before.is_template
    hooks = figures.Listening()
    assert made(config, hooks, replace(SETTINGS, checkpoint=before)).steps == 1
    assert "step 1 of 1" in hooks.told[0][1]


def test_stopping_keeps_the_best_so_far() -> None:
    count = 0

    def enough() -> bool:
        nonlocal count
        count += 1
        return count > 3

    result = made(hooks=figures.Listening(stop=enough))
    assert result.steps == 3 and len(result.mesh.vertices) > 100
    assert any("Stopped as you wished after 3 steps" in note for note in result.notes)


def test_cancelling_ends_it() -> None:
    def cancel() -> None:
        raise JobCancelledError("The job was cancelled.")

    with pytest.raises(JobCancelledError):
        made(hooks=figures.Listening(fail=cancel))


class Flaw:
    """An encoder that gives what a test says at its n-th look."""

    name, pixels = "flaw", 16
    encode_text = figures.Daltonian.encode_text

    def __init__(self, *when: int, error: type[Exception] | None = None) -> None:
        self.when, self.error, self.looks = when, error, 0

    def encode_pictures(self, pictures):
        self.looks += 1
        if self.looks in self.when:
            if self.error:
                raise self.error("full")
            pictures = pictures * float("nan")
        return figures.Daltonian().encode_pictures(pictures)


def test_nan_steps_back_with_half_the_rate_and_says_so() -> None:
    scene, learner = started(10)
    learn(replace(scene, encoder=Flaw(5)), learner, figures.Listening(), {})
    assert learner.step == 10 and learner.ease == 0.5
    assert all(bool(one.isfinite().all()) for one in learner.networks.parameters())
    (note,) = learner.notes
    assert "Step 4" in note and "step 0" in note and "0.5 of the learning rate" in note


def test_nan_that_stays_is_an_error() -> None:
    scene, learner = started(10)
    with pytest.raises(BadResultError, match="not finite"):
        learn(replace(scene, encoder=Flaw(*range(2, 99))), learner, figures.Listening(), {})


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, GpuMemoryError])
def test_full_memory_means_fewer_rays_and_then_an_error(error: type[Exception]) -> None:
    scene, learner = started(2, train={"max_ray_num": 3000})
    flaw = Flaw(1, error=error)
    learn(replace(scene, encoder=flaw), learner, figures.Listening(), {})
    assert learner.step == 2 and learner.most_rays == 1500
    assert len(learner.notes) == 1 and "1500 rays" in learner.notes[0]
    scene, learner = started(2, train={"max_ray_num": 3000})
    flaw = Flaw(*range(1, 9), error=error)
    with pytest.raises(GpuMemoryError):
        learn(replace(scene, encoder=flaw), learner, figures.Listening(), {})


def test_the_same_seed_gives_the_same_figure() -> None:
    one, other = (made(figures.tiny_config(4)) for _ in range(2))
    assert torch.equal(one.mesh.vertices, other.mesh.vertices)
    assert torch.equal(one.mesh.colors, other.mesh.colors)


def test_what_the_configuration_does_not_get_is_noted() -> None:
    config = figures.tiny_config(1)
    config = replace(config, train=replace(config.train, pretrain="./x.pth"))
    (note,) = made(config).notes
    assert "./x.pth" in note and "checkpoint" in note


def ball(radius: float, center=(0.0, 0, 0)):
    """A distance network that is exactly a sphere."""

    class Ball(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.center = torch.nn.Parameter(torch.tensor(center))

        def forward(self, points):
            distance = (points - self.center).norm(dim=1, keepdim=True) - radius
            return torch.cat([distance, distance.expand(-1, 8)], 1)

        def distance(self, points):
            return self(points)[:, 0]

    return replace(build(figures.tiny_config().model, 0), sdf=Ball())


def test_marching_cubes_finds_the_sphere() -> None:
    center = torch.tensor([0.2, -0.1, 0.3])
    vertices, triangles = level_set(ball(0.4, tuple(center.tolist())), 96)
    radius = (vertices - center).norm(dim=1)
    assert float((radius - 0.4).abs().max()) < 1e-3
    mesh = trimesh.Trimesh(vertices.numpy(), triangles.numpy(), process=False)
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * 0.4**3, rel=0.01)


def test_no_surface_is_an_empty_mesh() -> None:
    vertices, triangles = level_set(ball(-0.5), 48)
    assert len(vertices) == len(triangles) == 0


def test_vertices_are_colored_as_they_are_seen() -> None:
    """By the color network itself, at points that one of the six eyes sees head on."""
    networks = ball(0.5)
    networks.variance.variance.data.fill_(0.7)
    points = torch.cat([torch.eye(3), -torch.eye(3)]) * 0.5
    size = replace(figures.tiny_config().model.neus_renderer, n_samples=32, n_importance=32)
    with torch.no_grad():
        features = networks.sdf(points)[:, 1:]
        expected = networks.color(points, points / 0.5, points, features)[1]
    found = looked_at(networks, size, points)
    torch.testing.assert_close(found, expected, atol=0.02, rtol=0)


def test_ply_files_are_read_by_another_program() -> None:
    mesh = figures.sphere()
    colors = np.linspace(0, 1, 3 * len(mesh.vertices)).reshape(-1, 3)
    content = write_ply(mesh.vertices, mesh.faces, colors)
    found = trimesh.load(io.BytesIO(content), file_type="ply", process=False)
    np.testing.assert_allclose(found.vertices, mesh.vertices, atol=1e-6)
    np.testing.assert_array_equal(found.faces, mesh.faces)
    np.testing.assert_array_equal(found.visual.vertex_colors[:, :3], np.rint(colors * 255))

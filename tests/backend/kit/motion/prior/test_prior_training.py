# SPDX-License-Identifier: Apache-2.0
"""What teaches the motion prior is the movement that was shown, mirrored, faster or slower; a
training goes on where it was cut off."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kinora.backend.kit.motion import clips
from kinora.backend.kit.motion.performance import Performance
from kinora.backend.kit.motion.prior import losses, takes, train
from kinora.backend.kit.motion.prior.losses import moves
from kinora.backend.kit.motion.prior.measure import fidelity
from kinora.backend.kit.motion.prior.network import Sizes
from kinora.backend.kit.motion.prior.prior import load_own
from kinora.backend.kit.motion.prior.takes import Take
from kinora.backend.kit.motion.prior.windows import mirrored, windows_of
from kinora.shared import posing, rotations
from kinora.shared.errors import BadOptionError
from kinora.shared.skeleton import PARENTS

SMALL = Sizes(140, 16, 16, 1, 1, tokens=2)


def body():
    random = np.random.default_rng(3)
    offsets = random.normal(0, 0.2, (22, 3))
    offsets[0] = 0
    offsets[[4, 5, 7, 8]] = [0, 0, -0.4]
    return offsets


def wandering(seed, count=100):
    """Smooth turns of every joint and a winding path: turns, path in leg lengths, contacts."""
    random = np.random.default_rng(seed)
    time = np.arange(count) / clips.FPS
    waves = np.sin(time[:, None, None] * random.uniform(1, 4, (22, 3)) + random.uniform(0, 6, 3))
    vectors = waves * random.uniform(0.1, 0.5, (22, 3))
    angle = np.linalg.norm(vectors, axis=-1)
    turns = rotations.from_axis_angle(vectors / angle[..., None], angle)
    heading = clips.about_z(0.8 * np.sin(time) + 0.4 * time)
    turns[:, 0] = rotations.multiply(heading, turns[:, 0])
    path = np.stack([np.sin(time), -1.2 * time, 0.05 * np.sin(3 * time)], axis=-1)
    return turns, path, random.random((count, 2, 2)) < 0.5


def take(seed, group="walk", count=100):
    return Take(f"take {seed}", group, takes.frames_of(*wandering(seed, count)))


def test_a_mirrored_window_is_the_mirrored_movement():
    turns, path, stands = wandering(1)
    expected = takes.frames_of(*clips.mirror(turns, path), stands[:, ::-1])
    found = mirrored(torch.from_numpy(takes.frames_of(turns, path, stands)))
    assert found.numpy() == pytest.approx(expected, abs=1e-5)


def test_joints_go_where_the_path_leads():
    turns, path, stands = wandering(2)
    offsets = body()
    leg = clips.leg_length(offsets)
    values = torch.from_numpy(takes.frames_of(turns, path, stands))[None].double()
    made = moves(values, torch.from_numpy(offsets))
    start = float(clips.yaw_of(turns[0, 0]))
    back = clips.about_z(np.asarray(-start))
    there = posing.joint_positions(turns, (path - path[0] * [1, 1, 0]) * leg, offsets)
    expected = rotations.rotate(back, there)
    assert np.abs(made.world[0].numpy() - expected).max() < 0.015
    assert len(PARENTS) == made.world.shape[2]


def test_a_window_played_twice_as_fast_turns_and_goes_twice_as_fast():
    windows = windows_of([take(4, count=150)], "cpu")
    zero = torch.zeros(1, dtype=torch.long)
    slow = windows.played(zero, torch.tensor([20.0]), torch.tensor([1.0]))[0]
    fast = windows.played(zero, torch.tensor([20.0]), torch.tensor([2.0]))[0]
    assert torch.allclose(fast[:30, :132], slow[::2, :132], atol=1e-6)
    assert torch.allclose(fast[:30, 132:135], 2 * slow[::2, 132:135], atol=1e-5)
    assert torch.allclose(fast[:30, 135], slow[::2, 135], atol=1e-6)


def test_windows_stay_within_their_take_and_kinds_are_weighed():
    # Each take's height says which it is.
    made = []
    for number, (group, count) in enumerate((("salsa", 1600), ("bow", 100), ("performed bow", 80))):
        values = np.zeros((count, 140), np.float32)
        values[:, 135] = number
        made.append(Take(str(number), group, values))
    windows = windows_of(made, "cpu")
    torch.manual_seed(0)
    which = windows.draw(8000)[..., 135]
    assert torch.equal(which.amin(1), which.amax(1))
    share = torch.bincount(which[:, 0].long(), minlength=3) / 8000
    # Square roots of 1600 and 100 are 40 and 10; performances have their own part.
    assert share.tolist() == pytest.approx([0.55 * 0.8, 0.55 * 0.2, 0.45], abs=0.03)


def test_performances_come_back_from_their_file(tmp_path):
    turns, path, stands = wandering(5)
    takes.write_performances([("walk", Performance(turns, path, stands))], tmp_path / "made.npz")
    [found] = takes.of_performances(tmp_path / "made.npz")
    expected = takes.frames_of(turns, path, stands)
    assert (found.name, found.group) == ("walk", "performed walk")
    assert found.values == pytest.approx(expected, abs=0.03)
    (tmp_path / "made.npz").write_bytes(b"nothing")
    with pytest.raises(BadOptionError, match="holds no performances"):
        takes.of_performances(tmp_path / "made.npz")


def test_rounds_go_on_where_they_ended():
    turns, path, stands = wandering(6, 40)
    once = Performance(turns, path, stands, True, (0.1, -1.7, 0.0))
    played = takes.whole(once)
    assert len(played.root) >= 120
    steps = np.abs(played.root[40:] - played.root[:-40] - [0.1, -1.7, 0.0])
    assert steps.max() < 1e-9


def test_what_is_told_aright_has_no_error_and_a_shift_is_measured():
    offsets = torch.from_numpy(body()).float()
    shown = torch.from_numpy(take(7).values[None, :60])
    right = fidelity(shown, shown, offsets)
    assert right.centimeters < 1e-3 and right.path < 1e-3 and right.stands == 1
    higher = shown.clone()
    higher[..., 135] += 0.1
    leg = float(losses.leg_length(offsets))
    assert fidelity(higher, shown, offsets).centimeters == pytest.approx(10 * leg, rel=1e-3)


@pytest.fixture
def order(tmp_path, monkeypatch):
    made = [take(seed) for seed in range(3)]
    held = Take("held", "walk", take(9).values, is_held_out=True)
    monkeypatch.setattr(takes, "of_clips", lambda mocap: ([*made, held], body()))
    takes.write_performances([("bow", Performance(*wandering(4)))], tmp_path / "made.npz")
    return train.Order(
        tmp_path / "motions.npz",
        tmp_path / "out",
        0.01,
        0.01,
        tmp_path / "made.npz",
        batch=16,
        sizes=SMALL,
    )


def test_training_learns_saves_and_prints_what_it_is_worth(order, capsys):
    train.main(order)
    prior = load_own(order.folder / "motion_vae.safetensors")
    assert prior.latent == 32
    told = capsys.readouterr().out
    assert "32 components" in told and "walk" in told
    with pytest.raises(BadOptionError, match="holds a training already"):
        train.main(order)


def test_a_step_learns_and_a_training_goes_on_where_it_ended(order):
    torch.manual_seed(0)
    lessons = train.prepare(order.mocap, order.performances, "cpu")
    stepper = train.Stepper(train.new_prior(lessons, order, "cpu"), lessons, order)
    stepper.share = 0.1
    stepper.step()
    first = stepper.figures()
    for _ in range(60):
        stepper.step()
    assert stepper.figures()["turns"] < 0.9 * first["turns"]
    order.folder.mkdir()
    train.keep(order.folder, stepper, 12.0)
    other = train.Stepper(train.new_prior(lessons, order, "cpu"), lessons, order)
    assert train.restore(order.folder, other) == 12.0
    other.share = stepper.share
    ends = []
    for each in (stepper, other):
        torch.manual_seed(1)
        each.step()
        ends.append(each.figures())
    assert ends[0] == pytest.approx(ends[1], rel=1e-5)
    (order.folder / train.STATE).write_bytes(b"nothing")
    with pytest.raises(BadOptionError, match="no state"):
        train.restore(order.folder, other)

# SPDX-License-Identifier: Apache-2.0
"""What a job asks of its motion is what the body does: how long, where, in how many ways."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from tube_systems.tube_man import tube_man

from kinora.backend.avatar.cast import Cast
from kinora.backend.avatar.moving import read_motion
from kinora.backend.avatar.params import Params
from kinora.backend.avatar.pipeline import load_models, result_of
from kinora.backend.kit.body import BodyParameters, make_body
from kinora.backend.kit.motion.optimise import optimise
from kinora.backend.kit.motion.optimise.task import Optimised, Plan, Task
from kinora.backend.kit.motion.prior.prior import OwnPrior
from kinora.shared.messages import JobId
from kinora.shared.motion_files.bvh_writing import write_bvh
from kinora.shared.results import Character, Media, MotionResult, Sway


@pytest.fixture(scope="module")
def played() -> Cast:
    model = load_models().body
    return Cast(model, make_body(model, BodyParameters(phenotypes={})), None)


def moved(played: Cast, **asked):
    return read_motion(Params(**asked), load_models().encoder, played)


def test_takes_are_the_motions_of_the_seeds_that_follow(played) -> None:
    found = moved(played, motion_prompt="waves", seed=5, takes=3)
    assert len(found.takes) == 2
    for number, take in enumerate(found.takes, 1):
        alone = moved(played, motion_prompt="waves", seed=5 + number).motion
        assert np.array_equal(take.local_rotations, alone.local_rotations)
        assert not np.array_equal(take.local_rotations, found.motion.local_rotations)


@pytest.mark.parametrize("seconds", [3.0, 8.0])
def test_it_lasts_as_long_as_is_asked(played, seconds: float) -> None:
    motion = moved(played, motion_prompt="walks", seconds=seconds).motion
    assert len(motion.local_rotations) / motion.fps == pytest.approx(seconds, abs=0.04)


def test_in_place_it_stays_over_its_spot(played) -> None:
    away, near = (
        np.abs(moved(played, motion_prompt="runs", in_place=way).motion.root_translation[:, :2])
        for way in (False, True)
    )
    assert away.max() > 1 and near.max() < 0.2


def test_fingers_and_face_live_and_what_is_done_is_told(played) -> None:
    found = moved(played, motion_prompt="walks, then waves")
    assert found.doing == ("walk", "wave")
    assert len(found.motion.fingers) == len(found.motion.local_rotations)
    assert any("Blink" in curve.name for curve in found.motion.face)
    found.motion.check()


def test_prompts_of_a_steering_file_begin_at_their_times(played) -> None:
    prompts = [{"start": 0, "text": "stands"}, {"start": 2, "text": "walks"}]
    file = Media.of("s.json", json.dumps({"prompts": prompts}).encode())
    motion = moved(played, steering=file, seconds=5.0).motion
    assert len(motion.local_rotations) == 150
    gone = np.linalg.norm(motion.root_translation[:, :2] - motion.root_translation[0, :2], axis=1)
    assert gone[:45].max() < 0.2 and gone[-1] > 1


def test_a_motion_of_a_file_is_put_on_the_body(played) -> None:
    made = moved(played, motion_prompt="walks", seconds=2.0).motion
    found = moved(played, motion_file=Media.of("walk.bvh", write_bvh(made).encode()))
    same = np.abs((found.motion.local_rotations * made.local_rotations).sum(-1)).min()
    assert np.degrees(2 * np.arccos(min(same, 1))) < 2
    assert "walk.bvh" in found.notes[0] and not found.doing


def test_what_is_steered_is_optimised_on_the_device_of_the_job(played, monkeypatch) -> None:
    devices = []

    def noted(task: Task, prior: OwnPrior, plan: Plan) -> Optimised:
        devices.extend([plan.device, prior.mean.device.type])
        return whole(task, None, Plan(steps=0))

    whole = optimise.optimise
    monkeypatch.setattr(optimise, "optimise", noted)
    file = Media.of("s.json", b'{"path": {"points": [[0, 0], [0, -2]]}}')
    params = Params(motion_prompt="walks", steering=file, preset="standard")
    read_motion(params, load_models().encoder, played, device="meta")
    assert devices == ["meta", "meta"]


def test_a_note_is_told_once_for_all_takes(played) -> None:
    notes = moved(played, motion_prompt="waves 99 times", takes=2).notes
    assert len(notes) == len(set(notes))


@pytest.fixture
def man() -> Character:
    turns = np.tile(np.float32([1, 0, 0, 0]), (30, 1, 1))
    return replace(tube_man(vertices=700), sway=Sway(np.int32([3]), turns))


def test_a_new_motion_of_a_character_comes_alone_with_what_hangs_on_it(man) -> None:
    asked = Params(shape_prompt="a man", works_on="motion", continue_job=JobId("0a"))
    result = result_of(asked, replace(man, takes=(man.motion,)))
    assert isinstance(result, MotionResult)
    assert result.sway is man.sway and result.takes == (man.motion,) and result.rig is man.rig
    result.check()


def test_a_character_comes_whole_and_a_motion_of_nobody_alone(man) -> None:
    assert result_of(Params(shape_prompt="a man", motion_prompt="waves"), man) is man
    assert isinstance(result_of(Params(motion_prompt="waves"), man), MotionResult)

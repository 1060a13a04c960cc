# SPDX-License-Identifier: Apache-2.0
"""Motions of files on bodies that differ: feet stand where they stood, ways are as many legs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinora.backend.kit.motion import feet
from kinora.backend.kit.motion.taken import on_rig, shortened
from kinora.backend.kit.motion.text import text_to_motion
from kinora.shared import posing, rotations
from kinora.shared.motion_files.array_writing import amass_npz, motion_npz
from kinora.shared.motion_files.bvh_writing import write_bvh
from kinora.shared.motion_files.moving import from_local
from kinora.shared.motion_files.placing import heading, resampled, turned
from kinora.shared.motion_files.reading import read
from kinora.shared.skeleton import INDEX

BODIES = ("adult", "toddler", "obese elder", "giant")


@pytest.fixture(scope="module")
def walk(people, deaf):
    """A walk of an adult's, at 60 frames a second, as another tool would have it."""
    made = text_to_motion("walks", people["adult"].rig, deaf, seed=4).motion
    return resampled(made, 60)


def soles(motion, person):
    """(2, 9, T, 3) the points of both soles."""
    turns = motion.local_rotations.astype(np.float64)
    world = posing.world_rotations(turns)
    body = person.body
    return np.stack(
        [
            feet.sole_points(world, body.offsets, body.soles, foot)
            + motion.joints[None, :, feet.ANKLES[foot]]
            for foot in range(2)
        ]
    )


@pytest.mark.parametrize("form", ["bvh", "amass"])
@pytest.mark.parametrize("who", ["toddler", "obese elder", "giant"])
def test_a_walk_walks_on_any_body(people, walk, who, form):
    data = write_bvh(walk).encode() if form == "bvh" else amass_npz(walk)
    motion = on_rig(read("walk", data).motion, people[who].rig, people[who].body.figure)
    motion.check()
    assert motion.fps == 30
    assert np.abs(motion.root_translation[0, :2]).max() < 1e-6
    assert abs(heading(motion)) < 0.2
    went = np.linalg.norm(motion.root_translation[-1, :2] - motion.root_translation[0, :2])
    asked = np.linalg.norm(walk.root_translation[-1, :2] - walk.root_translation[0, :2])
    assert went / people[who].body.leg == pytest.approx(asked / people["adult"].body.leg, rel=0.05)
    points = soles(motion, people[who])
    assert points[..., 2].min() > -0.005
    # In every frame of a walk a foot stands, and stands still.
    lowest = points[..., 2].min(1)
    assert lowest.min(0).max() < 0.02 * people[who].body.leg
    ball = motion.joints[:, list(feet.BALLS)]
    speed = np.linalg.norm(np.diff(ball[..., :2], axis=0), axis=-1) * motion.fps
    assert (speed.min(1) < 0.05).mean() > 0.8


def test_it_faces_the_front_whichever_way_the_file_did(people, walk):
    aside = turned(walk, 2.0)
    motion = on_rig(read("a.bvh", write_bvh(aside).encode()).motion, people["toddler"].rig)
    straight = on_rig(read("a.bvh", write_bvh(walk).encode()).motion, people["toddler"].rig)
    assert np.abs(motion.joints - straight.joints).max() < 0.02


def test_our_own_motion_on_its_own_body_is_left_alone(people, deaf):
    made = text_to_motion("dances", people["adult"].rig, deaf, seed=1).motion
    again = on_rig(read("motion.npz", motion_npz(made)).motion, people["adult"].rig)
    assert np.allclose(again.joints, made.joints, atol=1e-5)
    assert again.is_cyclic == made.is_cyclic


def test_a_loop_stays_one_on_another_body(people, deaf):
    made = text_to_motion("walks", people["adult"].rig, deaf, seed=2).motion
    assert made.is_cyclic
    motion = on_rig(read("motion.npz", motion_npz(made)).motion, people["giant"].rig)
    assert motion.is_cyclic
    seam = np.abs((motion.local_rotations[0] * motion.local_rotations[-1]).sum(-1))
    steps = np.abs((motion.local_rotations[1:] * motion.local_rotations[:-1]).sum(-1))
    # From the last frame to the first no joint turns much further than between others.
    assert np.arccos(np.clip(seam, 0, 1)).max() < 1.5 * np.arccos(np.clip(steps, 0, 1)).max()


def test_fingers_and_hands_come_along(people, walk):
    curls = np.full((len(walk.joints), 2, 5), 0.5, np.float32)
    motion = on_rig(replace(walk, fingers=curls), people["giant"].rig)
    assert motion.fingers.shape == (len(motion.joints), 2, 5)
    wrists = [INDEX["left_wrist"], INDEX["right_wrist"]]
    kept = resampled(walk, 30).local_rotations[:, wrists]
    assert np.abs((motion.local_rotations[:, wrists] * kept).sum(-1)).min() > 1 - 1e-5


def test_what_is_too_long_is_cut_with_a_word(walk):
    short, notes = shortened(walk, 0.5)
    assert len(short.joints) == 30 and "0.5" in notes[0]
    assert shortened(walk, 20.0) == (walk, ())


@pytest.mark.parametrize("who", BODIES)
def test_who_lies_lies_on_the_floor(people, deaf, who):
    """On whichever body, however thick."""
    stands = text_to_motion("stands", people["adult"].rig, deaf, seed=4).motion
    back = rotations.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.full(len(stands.joints), -1.5))
    turns = stands.local_rotations.astype(np.float64)
    turns[:, 0] = rotations.multiply(back, turns[:, 0])
    root = np.array([0.0, 0.0, 0.12]) + 0 * stands.root_translation
    slim = stands.rest_offsets * np.float32(0.97)
    lying = from_local("lies", 30.0, slim.astype(np.float64), turns, root)
    person = people[who]
    motion = on_rig(lying, person.rig, person.body.figure)
    skin = posing.skin(person.rig, motion, person.vertices, person.bone_indices, person.weights, 20)
    assert -0.03 < skin[:, 2].min() < 0.02
    chest = motion.joints[:, INDEX["neck"], 2]
    assert chest.max() < 0.35

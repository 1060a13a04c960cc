# SPDX-License-Identifier: Apache-2.0
"""Every action on four bodies: feet that stand stay, nothing sinks in, loops close, limbs keep."""

from __future__ import annotations

import numpy as np
import pytest

from kinora.backend.kit.motion import feet
from kinora.backend.kit.motion.key_poses import read_key_motions
from kinora.backend.kit.motion.manners import MOODS, Mood
from kinora.backend.kit.motion.model import Manner, load_model
from kinora.backend.kit.motion.retarget import retarget
from kinora.backend.kit.motion.steps import Step
from kinora.backend.kit.motion.text import perform
from kinora.backend.kit.motion.words import load_lexicon
from kinora.shared import posing, rotations
from kinora.shared.skeleton import INDEX, PARENTS

ENTRIES = sorted(load_lexicon().entries)
BODIES = ("adult", "toddler", "obese elder", "giant")
ON_BODY = [name for name, motion in read_key_motions().items() if motion.on_body]


@pytest.fixture(scope="module")
def play(people):
    """Performances and motions by entry and body, made once."""
    made = {}

    def of(entry_name, who):
        if (entry_name, who) not in made:
            entry = load_lexicon().entries[entry_name]
            mood = MOODS.get(entry.mood, Mood())
            manner = Manner(None, entry.tempo + mood.tempo, entry.amount * mood.amount, None)
            step = Step(entry, manner, mood, entry.is_reversed)
            performance = perform(step, people[who].body, seed=5)
            sink = mood.sink if entry.action in load_model().cycles else 0.0
            made[entry_name, who] = (
                performance,
                retarget(performance, people[who].rig, entry_name, sink),
            )
        return made[entry_name, who]

    return of


def sole_places(motion, body, foot):
    """(2, T, 3) heel and ball in the world, by kinematics of the motion alone."""
    turns = motion.local_rotations.astype(np.float64)
    world = posing.world_rotations(turns)
    places = posing.joint_positions(turns, motion.root_translation.astype(np.float64), body.offsets)
    ankle, ball = INDEX[f"{foot}_ankle"], INDEX[f"{foot}_foot"]
    heel = places[:, ankle] + rotations.rotate(
        world[:, ankle], body.soles.heel[int(foot == "right")]
    )
    return np.stack([heel, places[:, ball]])


@pytest.mark.parametrize("who", BODIES)
@pytest.mark.parametrize("entry", ENTRIES)
def test_standing_feet_do_not_slide(play, people, entry, who):
    performance, motion = play(entry, who)
    leg = people[who].body.leg
    for side, foot in enumerate(("left", "right")):
        heel, ball = sole_places(motion, people[who].body, foot)
        stands = performance.contacts[:, side]
        on_ball = stands[1:, 1] & stands[:-1, 1]
        on_heel = stands[1:, 0] & stands[:-1, 0] & ~stands[1:, 1] & ~stands[:-1, 1]
        for place, planted in ((ball, on_ball), (heel, on_heel)):
            speed = np.linalg.norm(np.diff(place[:, :2], axis=0), axis=1) * motion.fps
            assert speed[planted].max(initial=0.0) < 0.01 * max(1.0, leg)


@pytest.mark.parametrize("who", BODIES)
@pytest.mark.parametrize("entry", ENTRIES)
def test_no_part_of_a_foot_sinks_into_the_floor(play, people, entry, who):
    person = people[who]
    _, motion = play(entry, who)
    leaders = person.rig.joint_of_bone[person.bone_indices[:, 0]]
    soles = np.isin(leaders, [*feet.ANKLES, *feet.BALLS]) & (person.vertices[:, 2] < 0.1)
    # Who rests on knees or seat lays the feet down on their sides: skin gives there.
    allowed = 0.04 if load_lexicon().entries[entry].action in ON_BODY else 0.005
    for frame in range(0, len(motion.joints), 9):
        places = posing.skin(
            person.rig,
            motion,
            person.vertices[soles],
            person.bone_indices[soles],
            person.weights[soles],
            frame,
        )
        assert places[:, 2].min() > -allowed * max(1.0, person.body.leg)


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_cyclic_motion_continues_at_its_beginning(play, entry):
    performance, motion = play(entry, "adult")
    assert motion.is_cyclic == performance.is_cyclic
    if not motion.is_cyclic:
        return
    turns = motion.local_rotations.astype(np.float64)
    steps = between(turns[1:, 1:], turns[:-1, 1:]).max(1)
    seam = between(turns[:1, 1:], turns[-1:, 1:]).max()
    assert seam <= steps.max() * 1.05 + 0.01
    heights = motion.root_translation[:, 2]
    assert abs(heights[-1] - heights[0]) <= np.abs(np.diff(heights)).max() * 1.05 + 1e-3


def between(some, others):
    return 2 * np.arccos(np.clip(np.abs((some * others).sum(-1)), 0, 1))


@pytest.mark.parametrize("entry", ENTRIES)
def test_no_joint_jumps_between_frames(play, entry):
    turns = play(entry, "adult")[1].local_rotations.astype(np.float64)
    assert np.degrees(between(turns[1:], turns[:-1])).max() < 50


@pytest.mark.parametrize("who", BODIES)
@pytest.mark.parametrize("entry", ENTRIES)
def test_bones_keep_their_lengths_and_motions_pass_their_check(play, entry, who):
    _, motion = play(entry, who)
    motion.check()
    arms = motion.joints[:, 1:] - motion.joints[:, list(PARENTS[1:])]
    wanted = np.linalg.norm(motion.rest_offsets[1:], axis=-1)
    assert np.abs(np.linalg.norm(arms, axis=-1) - wanted).max() < 1e-4


@pytest.mark.parametrize("who", BODIES)
@pytest.mark.parametrize("entry", ["walk", "run", "idle", "sit", "squat", "march", "climb"])
def test_knees_bend_forward(play, people, entry, who):
    _, motion = play(entry, who)
    world = posing.world_rotations(motion.local_rotations.astype(np.float64))
    for side in ("left", "right"):
        hip, knee, ankle = (
            motion.joints[:, INDEX[f"{side}_{n}"]] for n in ("hip", "knee", "ankle")
        )
        line = (ankle - hip) / np.linalg.norm(ankle - hip, axis=1, keepdims=True)
        out = (knee - hip) - ((knee - hip) * line).sum(1, keepdims=True) * line
        front = rotations.rotate(world[:, INDEX[f"{side}_hip"]], np.array([0.0, -1.0, 0.0]))
        assert ((out * front).sum(1) > -0.01 * people[who].body.leg).all()


def test_walking_goes_where_the_body_faces(play):
    _, motion = play("walk", "adult")
    way = motion.root_translation[-1] - motion.root_translation[0]
    assert way[1] < -3 and abs(way[0]) < 0.1
    assert np.allclose(motion.root_translation[0, :2], 0)
    left, right = motion.joints[:, INDEX["left_hip"]], motion.joints[:, INDEX["right_hip"]]
    assert ((left - right)[:, 0] > 0).all()


def test_walking_backward_faces_ahead_and_goes_back(play):
    _, motion = play("walk_backward", "adult")
    assert motion.root_translation[-1, 1] > 1
    assert (motion.joints[:, INDEX["left_hip"], 0] > motion.joints[:, INDEX["right_hip"], 0]).all()


def test_a_bigger_body_walks_further(play, people):
    ways = {who: -play("walk", who)[1].root_translation[-1, 1] for who in ("toddler", "giant")}
    legs = {who: people[who].body.leg for who in ways}
    assert ways["giant"] / ways["toddler"] == pytest.approx(legs["giant"] / legs["toddler"], 0.02)


def test_hanging_hands_stay_outside_a_stout_body(play, people):
    flank = people["obese elder"].body.flank
    for entry in ("idle", "walk"):
        _, motion = play(entry, "obese elder")
        left = motion.joints[:, INDEX["left_wrist"]] - motion.joints[:, 0]
        aside = left @ np.array([1.0, 0, 0])
        assert aside.min() > 0.85 * flank

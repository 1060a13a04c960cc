# SPDX-License-Identifier: Apache-2.0
"""Actions do what their names say, told by where joints are: on every body, in metres and legs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import find_peaks

from kinora.backend.kit.motion import figure
from kinora.backend.kit.motion.text import text_to_motion
from kinora.shared.skeleton import INDEX

BODIES = ("adult", "toddler", "obese elder")


@pytest.fixture(scope="module")
def play(people, deaf):
    made = {}

    def of(prompt, who="adult"):
        if (prompt, who) not in made:
            person = people[who]
            made[prompt, who] = text_to_motion(
                prompt, person.rig, deaf, 3, None, person.body.figure
            )
        assert not made[prompt, who].notes
        return made[prompt, who].motion

    return of


def joint(motion, name):
    return motion.joints[:, INDEX[name]].astype(np.float64)


def feet(motion):
    return np.stack([joint(motion, "left_foot"), joint(motion, "right_foot")])


@pytest.mark.parametrize("who", BODIES)
@pytest.mark.parametrize(
    "prompt", ["lies down", "sleeps", "faints", "falls down", "dies", "crawls like a soldier"]
)
def test_who_lies_lies_on_the_floor(play, people, prompt, who):
    motion, body = play(prompt, who), people[who].body
    end = slice(len(motion.joints) - 1, None)
    skin = figure.skin_points(
        motion.local_rotations[end].astype(np.float64),
        motion.root_translation[end].astype(np.float64),
        body.offsets,
        body.figure.hull,
    )
    assert -0.03 < skin[0, :, 2].min() < 0.03
    for name in ("pelvis", "spine3", "head", "left_knee"):
        assert joint(motion, name)[-1, 2] < 0.6 * body.leg


@pytest.mark.parametrize("who", BODIES)
@pytest.mark.parametrize("prompt", ["does a cartwheel", "does a handstand", "does a backflip",
                                    "does a forward roll"])  # fmt: skip
def test_acrobats_turn_over_and_stand_again(play, prompt, who):
    motion = play(prompt, who)
    over = joint(motion, "pelvis")[:, 2] - joint(motion, "neck")[:, 2]
    assert over.max() > 0.05 and over[0] < 0 and over[-1] < 0
    standing = joint(motion, "pelvis")[0, 2]
    assert joint(motion, "pelvis")[-1, 2] == pytest.approx(standing, rel=0.1)


def test_a_handstand_stands_on_hands(play):
    motion = play("does a handstand")
    upturned = joint(motion, "left_ankle")[:, 2] > joint(motion, "head")[:, 2] + 1
    assert upturned.sum() > 20
    assert joint(motion, "left_wrist")[upturned, 2].max() < 0.3


@pytest.mark.parametrize("who", BODIES)
@pytest.mark.parametrize("prompt", ["jumps", "hops on one leg", "jumps rope", "does a backflip",
                                    "does burpees", "shoots a basketball", "skips"])  # fmt: skip
def test_who_jumps_leaves_the_floor(play, people, prompt, who):
    motion, leg = play(prompt, who), people[who].body.leg
    rests = feet(motion)[:, :, 2].min()
    assert feet(motion)[:, :, 2].min(0).max() > rests + 0.06 * leg


@pytest.mark.parametrize("prompt", ["flies", "floats", "flies like a bird"])
def test_who_flies_never_touches_the_floor(play, prompt):
    assert play(prompt).joints[:, :, 2].min() > 0.1


@pytest.mark.parametrize("prompt", ["swims", "swims breaststroke", "flies"])
def test_who_swims_or_flies_goes_ahead_lying(play, prompt):
    motion = play(prompt)
    trunk = joint(motion, "neck") - joint(motion, "pelvis")
    assert (np.abs(trunk[:, 2]) < 0.45 * np.linalg.norm(trunk, axis=1)).all()
    assert motion.root_translation[-1, 1] < -1


@pytest.mark.parametrize("who", BODIES)
@pytest.mark.parametrize(("prompt", "hand"), [("eats", "right_wrist"), ("makes a phone call",
                         "right_wrist"), ("coughs", "right_wrist"), ("facepalms", "right_wrist"),
                         ("takes a photo", "left_wrist")])  # fmt: skip
def test_a_hand_comes_to_the_head(play, prompt, hand, who):
    motion = play(prompt, who)
    arm = np.linalg.norm(motion.rest_offsets[[INDEX["right_elbow"], INDEX["right_wrist"]]], axis=1)
    apart = np.linalg.norm(joint(motion, hand) - joint(motion, "head"), axis=1)
    assert 0.15 * arm.sum() < apart.min() < 0.72 * arm.sum()


@pytest.mark.parametrize("who", BODIES)
@pytest.mark.parametrize("prompt", ["raises both arms", "lifts a barbell overhead", "tree pose",
                                    "cheers", "does a cartwheel"])  # fmt: skip
def test_hands_go_above_the_head(play, prompt, who):
    motion = play(prompt, who)
    for side in ("left", "right"):
        assert (joint(motion, f"{side}_wrist") - joint(motion, "head"))[:, 2].max() > 0


def test_outstretched_arms_are_level(play):
    motion = play("stands with arms outstretched")
    middle = len(motion.joints) // 2
    for side, sign in (("left", 1), ("right", -1)):
        reach = (joint(motion, f"{side}_wrist") - joint(motion, f"{side}_shoulder"))[middle]
        assert sign * reach[0] > 0.95 * np.linalg.norm(reach)


def test_toes_are_touched_with_straight_legs(play, people):
    motion = play("touches his toes")
    low = int(joint(motion, "left_wrist")[:, 2].argmin())
    assert joint(motion, "left_wrist")[low, 2] < 0.3 * people["adult"].body.leg
    leg = joint(motion, "left_hip")[low] - joint(motion, "left_ankle")[low]
    assert np.linalg.norm(leg) > 0.95 * people["adult"].body.leg


@pytest.mark.parametrize("prompt", ["plays the piano", "types on a keyboard", "plays the drums",
                                    "drives a car"])  # fmt: skip
def test_who_plays_seated_sits(play, people, prompt):
    motion = play(prompt)
    hips, knees = joint(motion, "left_hip")[:, 2], joint(motion, "left_knee")[:, 2]
    assert np.abs(hips - knees).max() < 0.2 * people["adult"].body.leg


def test_sidesteps_go_aside_facing_ahead(play):
    left, right = play("sidesteps"), play("steps sideways to the right")
    assert left.root_translation[-1, 0] > 1 and right.root_translation[-1, 0] < -1
    for motion in (left, right):
        hips = joint(motion, "left_hip") - joint(motion, "right_hip")
        assert (hips[:, 0] > 0.8 * np.linalg.norm(hips, axis=1)).all()


def test_a_moonwalk_goes_backward(play):
    assert play("moonwalks").root_translation[-1, 1] > 0.5


def test_push_ups_go_up_and_down_on_hands_and_toes(play, people):
    motion, leg = play("does five push-ups"), people["adult"].body.leg
    height = joint(motion, "neck")[:, 2]
    downs, _ = find_peaks(-np.concatenate([[9], height, [9]]), prominence=0.1)
    assert len(downs) == 5
    assert joint(motion, "left_wrist")[:, 2].max() < 0.3 * leg
    assert np.ptp(joint(motion, "left_wrist"), axis=0)[:2].max() < 0.35 * leg


@pytest.mark.parametrize(("prompt", "signal"), [("jumps", "feet"), ("claps", "hands"),
                                                ("punches", "punch"), ("does jumping jacks", "up"),
                                                ("throws a ball", "speed")])  # fmt: skip
@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_so_many_times_is_so_many_times(play, prompt, signal, count):
    motion = play(f"{prompt} {count} times")
    left, right = joint(motion, "left_wrist"), joint(motion, "right_wrist")
    reach = [wrist - joint(motion, f"{side}_shoulder") for side, wrist in
             (("left", left), ("right", right))]  # fmt: skip
    values, prominence = {
        "feet": (feet(motion)[:, :, 2].min(0), 0.06),
        "hands": (-np.linalg.norm(left - right, axis=1), 0.1),
        "punch": (np.linalg.norm(reach, axis=2).max(0), 0.1),
        "up": (right[:, 2], 0.3),
        "speed": (np.linalg.norm(np.gradient(right, axis=0), axis=1) * 30, 3.0),
    }[signal]
    padded = np.concatenate([[values.min()], values, [values.min()]])
    assert len(find_peaks(padded, prominence=prominence, distance=5)[0]) == count


@pytest.mark.parametrize("prompt", ["climbs a ladder", "climbs the stairs"])
def test_who_climbs_rises(play, people, prompt):
    motion, leg = play(prompt), people["adult"].body.leg
    assert motion.root_translation[-1, 2] > motion.root_translation[0, 2] + 0.5 * leg
    assert not motion.is_cyclic


def test_a_hopper_goes_in_the_air_and_waits_on_the_floor(play):
    motion = play("hops on one leg")
    speed = -np.gradient(motion.root_translation[:, 1]) * 30
    stands = joint(motion, "right_foot")[:, 2] < joint(motion, "right_foot")[:, 2].min() + 0.01
    assert speed[stands].mean() < 0.75 * speed[~stands].mean()


def test_gaits_have_the_speeds_of_people(play):
    def speed(prompt):
        motion = play(prompt)
        return -motion.root_translation[-1, 1] / len(motion.joints) * 30

    # Bohannon 1997 for comfortable and fast walking; sprinters reach eight and more.
    assert 0.5 < speed("walks slowly") < 1.1 < speed("walks") < 1.5
    assert speed("walks briskly") < 2.2 < speed("jogs") < 3.2 < speed("sprints") < 8


@pytest.mark.parametrize("who", BODIES)
@pytest.mark.parametrize("prompt", ["sits down", "runs", "laughs", "sits on the floor"])
def test_hands_lie_on_the_body_and_not_in_it(play, people, prompt, who):
    """Of a thigh as thick as its skin's points say, the wrists stay outside."""
    motion, body = play(prompt, who), people[who].body
    for side in ("left", "right"):
        skin = body.figure.hull[INDEX[f"{side}_hip"]]
        radius = 0.5 * float(np.ptp(skin[:, 1]))
        hip, knee = joint(motion, f"{side}_hip"), joint(motion, f"{side}_knee")
        for hand in ("left", "right"):
            wrist = joint(motion, f"{hand}_wrist")
            axis = knee - hip
            share = np.clip(((wrist - hip) * axis).sum(1) / (axis * axis).sum(1), 0, 1)
            apart = np.linalg.norm(wrist - hip - share[:, None] * axis, axis=1)
            assert apart.min() > 0.6 * radius

# SPDX-License-Identifier: Apache-2.0
"""Actions in a row and at once: seams without jumps or sliding, spans filled, notes given."""

from __future__ import annotations

import numpy as np
import pytest

from kinora.backend.kit.motion.steps import read_steps
from kinora.backend.kit.motion.text import text_to_motion
from kinora.backend.kit.motion.wishes import Wishes
from kinora.shared import posing, rotations
from kinora.shared.skeleton import INDEX
from kinora.shared.steering import Steering, TimedPrompt

BODIES = ("adult", "toddler", "obese elder")
ROWS = (
    "walks, stops, waves",
    "runs, then bows",
    "waves, then walks, then runs",
    "sits down, then drinks, then stands up and walks",
    "kneels, then crawls, then stands up",
    "dances, then kicks, then claps",
    "jumps, then walks in a circle, then sits on the floor",
)


@pytest.fixture(scope="module")
def play(people, deaf):
    made = {}

    def of(prompt, who="adult", wishes=None):
        key = prompt, who, repr(wishes)
        if key not in made:
            person = people[who]
            made[key] = text_to_motion(prompt, person.rig, deaf, 4, wishes, person.body.figure)
        return made[key]

    return of


def joint(motion, name):
    return motion.joints[:, INDEX[name]].astype(np.float64)


def feet_places(motion, body):
    """(2, T, 2, 3) heel and ball of left and right foot."""
    turns = motion.local_rotations.astype(np.float64)
    world = posing.world_rotations(turns)
    both = []
    for side, name in enumerate(("left", "right")):
        ankle = joint(motion, f"{name}_ankle")
        heel = ankle + rotations.rotate(world[:, INDEX[f"{name}_ankle"]], body.soles.heel[side])
        both.append(np.stack([heel, joint(motion, f"{name}_foot")], axis=1))
    return np.array(both)


def seams(reading):
    return [span.start for span in reading.spans if span.start > 0]


@pytest.mark.parametrize("who", BODIES)
@pytest.mark.parametrize("prompt", ROWS)
def test_nothing_jumps_at_a_seam(play, people, prompt, who):
    reading = play(prompt, who)
    assert len(seams(reading)) >= 1
    places = reading.motion.joints.astype(np.float64)
    speed = np.linalg.norm(np.diff(places, axis=0), axis=-1).max(1) * 30
    jolt = np.linalg.norm(np.diff(places, n=2, axis=0), axis=-1).max(1) * 900
    near = np.zeros(len(jolt), dtype=bool)
    for seam in seams(reading):
        near[max(0, seam - 6) : seam + 30] = True
    leg = people[who].body.leg
    assert speed[:-1][near].max() <= max(speed[:-1][~near].max(), 4.5 * leg) * 1.25
    # Gravity is 9.8; a foot that lands stops with several times that in any capture.
    assert jolt[near].max() <= max(1.3 * jolt[~near].max(), 120 * leg)


@pytest.mark.parametrize("who", BODIES)
@pytest.mark.parametrize("prompt", ROWS)
def test_a_foot_never_slides_along_the_floor(play, people, prompt, who):
    """What lies level on the floor for a while keeps still where actions meet."""
    body, reading = people[who].body, play(prompt, who)
    for foot in feet_places(reading.motion, body):
        low = 0.012 * min(1, body.leg)
        flat = (foot[:, 0, 2] < low) & (foot[:, 1, 2] < body.soles.ball_height.mean() + low)
        speed = np.linalg.norm(np.gradient(foot[:, 1, :2], axis=0), axis=-1) * 30
        # Three frames flat on the floor on either side: it stands.
        stands = np.convolve(flat, np.ones(7), mode="same") >= 7
        near = np.zeros(len(flat), dtype=bool)
        for seam in seams(reading):
            near[seam - 1 : seam + 20] = True
        assert np.sort(speed[stands & near])[:-2].max(initial=0) < 0.03


def test_walking_then_stopping_then_waving_comes_in_that_order(play):
    reading = play("walks, stops, waves")
    motion, spans = reading.motion, reading.spans
    assert [span.name for span in spans] == ["walk", "stop", "wave"]
    assert [a.end for a in spans[:-1]] == [b.start for b in spans[1:]]
    speed = np.linalg.norm(np.gradient(motion.root_translation[:, :2], axis=0), axis=1) * 30
    walk, _, wave = spans
    assert speed[10 : walk.end - 10].mean() > 0.8
    assert speed[wave.start + 5 :].max() < 0.2
    above = joint(motion, "right_wrist")[:, 2] - joint(motion, "right_shoulder")[:, 2]
    assert above[: wave.start].max() < 0 < above[wave.start :].max()


def test_eight_actions_are_done_in_order(play):
    prompt = "walks, waves, claps, bows, jumps, nods, kneels, and looks around"
    reading = play(prompt)
    names = [span.name for span in reading.spans]
    wanted = ["walk", "wave", "clap", "bow", "jump", "nod", "kneel", "look_around"]
    assert [name for name in dict.fromkeys(names) if name in wanted] == wanted
    assert not reading.notes


@pytest.mark.parametrize("seconds", [0.5, 3.0, 7.3, 20.0])
@pytest.mark.parametrize("prompt", ["walks", "bows", "sits down", "dances", "walks, stops, waves"])
def test_the_length_is_met_to_the_frame(play, prompt, seconds):
    if seconds < 3 and "," in prompt:
        pytest.skip("three actions need more than half a second")
    motion = play(prompt, "adult", Wishes(seconds=seconds)).motion
    assert len(motion.joints) == pytest.approx(seconds * 30, abs=1)


def test_prompts_fill_their_spans(play):
    prompts = (TimedPrompt(0, "walks"), TimedPrompt(3, "waves"), TimedPrompt(5.5, "sits down"))
    reading = play("", "adult", Wishes(9.0, steering=Steering(prompts=prompts)))
    assert len(reading.motion.joints) == pytest.approx(270, abs=1)
    starts = {span.name: span.start for span in reading.spans}
    assert starts["walk"] == 0
    # A gait ends where a foot is just passing the other, a third of a second off at most.
    assert starts["wave"] == pytest.approx(90, abs=10)
    assert starts["sit"] == pytest.approx(165, abs=10)
    assert joint(reading.motion, "pelvis")[-1, 2] < 0.75 * joint(reading.motion, "pelvis")[0, 2]


def test_a_late_first_prompt_is_waited_for(play):
    steering = Steering(prompts=(TimedPrompt(2, "claps"),))
    reading = play("", "adult", Wishes(5.0, steering=steering))
    assert [span.name for span in reading.spans] == ["idle", "clap"]
    assert reading.spans[1].start == pytest.approx(60, abs=1)


def test_waving_while_walking_walks_on(play):
    alone, both = play("walks").motion, play("walks while waving").motion
    assert both.is_cyclic and len(both.joints) == len(alone.joints)
    for foot in ("left_ankle", "right_ankle"):
        assert np.abs(joint(alone, foot) - joint(both, foot)).max() < 0.02
    above = joint(both, "right_wrist")[:, 2] - joint(both, "right_shoulder")[:, 2]
    assert above.max() > 0.1
    # The other arm swings on.
    assert np.abs(joint(alone, "left_wrist") - joint(both, "left_wrist")).max() < 0.15


def test_waving_and_nodding_happen_together(play):
    reading = play("waves and nods")
    assert [(s.name, s.start) for s in reading.spans] == [("wave", 0), ("nod", 0)]
    above = joint(reading.motion, "right_wrist")[:, 2] - joint(reading.motion, "head")[:, 2]
    alone = play("waves").motion
    nods = np.ptp(joint(reading.motion, "head")[:, 1]) - np.ptp(joint(alone, "head")[:, 1])
    assert above.max() > -0.1 and nods > 0.005


def test_what_needs_no_legs_is_done_sitting(play):
    reading = play("sits down, then drinks, then claps")
    pelvis = joint(reading.motion, "pelvis")[:, 2]
    seated = reading.spans[0].end
    assert pelvis[seated:].max() < 0.75 * pelvis[0]
    assert not reading.motion.is_cyclic


def test_who_sat_gets_up_before_walking(play):
    reading = play("sits down, then walks")
    walk = reading.spans[-1]
    assert walk.name == "walk"
    standing = joint(reading.motion, "pelvis")[0, 2]
    assert joint(reading.motion, "pelvis")[walk.start + 15 :, 2].min() > 0.85 * standing
    speed = np.linalg.norm(np.gradient(reading.motion.root_translation[:, :2], axis=0), axis=1) * 30
    rises = joint(reading.motion, "pelvis")[: walk.start, 2] < 0.7 * standing
    assert speed[: walk.start][rises].max() < 0.8


@pytest.mark.parametrize(
    "prompt", ["stands still while running", "runs while standing still", "walks forward and "
               "backward at once", "sits while running", "kicks while kneeling"],
)  # fmt: skip
def test_a_contradiction_gets_one_note(deaf, prompt):
    assert len(read_steps(prompt, deaf)[1]) == 1


@pytest.mark.parametrize("prompt", ["walks while waving", "walks, stops, waves", "waves and nods"])
def test_what_goes_together_gets_no_note(deaf, prompt):
    assert not read_steps(prompt, deaf)[1]


def test_forward_and_backward_in_a_row_returns(play):
    motion = play("walks forward and backward").motion
    ahead = -motion.root_translation[:, 1]
    assert ahead.max() > 3 and ahead[-1] < 0.75 * ahead.max()
    hips = joint(motion, "left_hip") - joint(motion, "right_hip")
    assert (hips[:, 0] > 0).all()


@pytest.mark.parametrize(("prompt", "degrees"), [("turns left", 90), ("turns right", -90),
                                                 ("turns around", 180)])  # fmt: skip
def test_turning_on_the_spot_faces_another_way(play, prompt, degrees):
    motion = play(prompt).motion
    hips = joint(motion, "left_hip") - joint(motion, "right_hip")
    heading = np.degrees(np.unwrap(np.arctan2(hips[:, 1], hips[:, 0])))
    assert heading[-1] - heading[0] == pytest.approx(degrees, abs=20)
    assert np.linalg.norm(motion.root_translation[-1, :2]) < 0.35


def test_a_circle_comes_back_to_where_it_began(play):
    motion = play("walks in a circle").motion
    away = np.linalg.norm(motion.root_translation[:, :2], axis=1)
    assert away.max() > 1 and away[-1] < 0.3
    hips = joint(motion, "left_hip") - joint(motion, "right_hip")
    heading = np.unwrap(np.arctan2(hips[:, 1], hips[:, 0]))
    assert abs(heading[-1] - heading[0]) == pytest.approx(2 * np.pi, abs=0.4)


@pytest.mark.parametrize("prompt", ["walks", "runs", "walks, stops, waves"])
def test_in_place_keeps_the_steps_and_not_the_way(play, prompt):
    going, staying = play(prompt).motion, play(prompt, "adult", Wishes(in_place=True)).motion
    assert np.linalg.norm(staying.root_translation[:, :2], axis=1).max() < 0.3
    assert np.allclose(going.local_rotations, staying.local_rotations)
    assert np.allclose(going.root_translation[:, 2], staying.root_translation[:, 2])

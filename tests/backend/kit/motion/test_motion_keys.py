# SPDX-License-Identifier: Apache-2.0
"""Key poses reach what they name on any body: hands meet, mouths are reached, seats are sat on."""

from __future__ import annotations

import numpy as np
import pytest

from kinora.backend.kit.motion.key_poses import perform_keys, read_key_motions
from kinora.backend.kit.motion.model import Manner
from kinora.backend.kit.motion.retarget import retarget
from kinora.shared.errors import BadOptionError
from kinora.shared.skeleton import INDEX

BODIES = ("adult", "toddler", "obese elder", "giant")


def play(people, who, name, manner=None):
    person = people[who]
    performance = perform_keys(read_key_motions()[name], person.body, manner or Manner(), 2)
    return retarget(performance, person.rig, name)


def joint(motion, name):
    return motion.joints[:, INDEX[name]]


@pytest.mark.parametrize("who", BODIES)
def test_clapping_hands_meet(people, who):
    motion = play(people, who, "clap")
    arm = np.linalg.norm(motion.rest_offsets[[INDEX["left_elbow"], INDEX["left_wrist"]]], axis=1)
    apart = np.linalg.norm(joint(motion, "left_wrist") - joint(motion, "right_wrist"), axis=1)
    assert apart.min() < 0.22 * arm.sum()
    assert apart.min() > 0.05 * arm.sum()


@pytest.mark.parametrize("who", BODIES)
def test_a_drinking_hand_comes_to_the_head(people, who):
    motion = play(people, who, "drink")
    arm = np.linalg.norm(motion.rest_offsets[[INDEX["right_elbow"], INDEX["right_wrist"]]], axis=1)
    apart = np.linalg.norm(joint(motion, "right_wrist") - joint(motion, "head"), axis=1)
    assert apart.min() < 0.75 * arm.sum() < apart[0]


@pytest.mark.parametrize("who", BODIES)
def test_a_sitter_sits_at_knee_height(people, who):
    motion = play(people, who, "sit")
    hips, knees = joint(motion, "left_hip")[-1, 2], joint(motion, "left_knee")[-1, 2]
    assert hips == pytest.approx(knees, abs=0.2 * people[who].body.leg)
    assert motion.joints[0, 0, 2] > motion.joints[-1, 0, 2] + 0.3 * people[who].body.leg


@pytest.mark.parametrize("who", BODIES)
def test_a_crawler_is_on_hands_and_knees(people, who):
    motion = play(people, who, "crawl")
    low = 0.35 * people[who].body.leg
    for name in ("left_knee", "right_knee", "left_wrist", "right_wrist"):
        assert joint(motion, name)[:, 2].max() < low
    assert motion.root_translation[-1, 1] < -0.3 * people[who].body.leg


def test_pointing_stretches_the_arm_ahead(people):
    motion = play(people, "adult", "point")
    reach = joint(motion, "right_wrist") - joint(motion, "right_shoulder")
    ahead = -reach[:, 1] / np.linalg.norm(reach, axis=1)
    assert ahead.max() > 0.95


@pytest.mark.parametrize("name", ["adult", "obese elder", "giant"])
def test_hands_hang_before_the_thighs_in_a_bow(people, name):
    motion = play(people, name, "bow")
    deepest = int(joint(motion, "head")[:, 2].argmin())
    for side in ("left", "right"):
        wrist, hip, knee = (
            joint(motion, f"{side}_{part}")[deepest] for part in ("wrist", "hip", "knee")
        )
        thigh = float(np.linalg.norm(hip - knee))
        assert wrist[1] < min(hip[1], knee[1]) - 0.2 * thigh
        assert wrist[2] < hip[2]


def test_a_count_repeats_the_loop(people):
    def lengths(count):
        return len(play(people, "adult", "wave", Manner(count=count)).joints)

    assert lengths(3) - lengths(2) == pytest.approx(lengths(2) - lengths(1), abs=2)
    assert lengths(2) > lengths(1) + 10


def test_a_wrong_channel_names_the_motion(tmp_path):
    path = tmp_path / "key_birds.toml"
    path.write_text("[hop]\nkeys = [ { time = 0.0, left_wing = [1, 2, 3] }, { time = 1.0 } ]\n")
    with pytest.raises(BadOptionError, match='"hop" sets "left_wing"'):
        read_key_motions(tmp_path)
    read_key_motions.cache_clear()
    path.write_text('[hop]\nkeys = [ { time = 0.0, use = ["bird"] }, { time = 1.0 } ]\n')
    with pytest.raises(BadOptionError, match="bird"):
        read_key_motions(tmp_path)

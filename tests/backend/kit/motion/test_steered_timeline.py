# SPDX-License-Identifier: Apache-2.0
"""Several actions on one path: it ends where it leads, each begins in time, no step is a lunge."""

from __future__ import annotations

import numpy as np
import pytest

from kinora.backend.kit.motion.text import text_to_motion
from kinora.backend.kit.motion.wishes import Wishes
from kinora.backend.kit.text import load_sentence_encoder
from kinora.shared.skeleton import INDEX
from kinora.shared.steering import Path, Steering, TimedPrompt

SHORT = ((0.0, 0.0), (0.5, -1.5), (2.0, -2.0))
ANKLES = [INDEX["left_ankle"], INDEX["right_ankle"]]
PROMPTS = (TimedPrompt(0.0, "walks"), TimedPrompt(5.0, "waves"))


def moved(people, points, prompts=(), seconds=0.0):
    steering = Steering(path=Path(points, "loose"), prompts=prompts)
    wishes = Wishes(seconds=seconds, steering=steering)
    person = people["adult"]
    words = "" if prompts else "walks, then waves"
    return text_to_motion(
        words, person.rig, load_sentence_encoder(), 0, wishes, person.body.figure
    ).motion


def spread(motion) -> float:
    left, right = (motion.joints[:, ankle, :2] for ankle in ANKLES)
    return float(np.linalg.norm(left - right, axis=1).max())


@pytest.fixture(scope="module")
def free(people):
    """The same words without a path."""
    person = people["adult"]
    words = "walks for 5 seconds, then waves"
    return text_to_motion(words, person.rig, load_sentence_encoder(), 0).motion


@pytest.mark.parametrize("prompts", [(), PROMPTS], ids=["a sentence", "prompts in time"])
def test_a_path_that_is_shorter_than_the_walk_is_gone_to_its_end(people, free, prompts) -> None:
    motion = moved(people, SHORT, prompts)
    assert np.linalg.norm(motion.root_translation[-1, :2] - SHORT[-1]) < 0.15
    assert spread(motion) < 1.15 * spread(free), "a lunge"
    assert motion.root_translation[:, 2].min() > free.root_translation[:, 2].min() - 0.05


@pytest.mark.parametrize("points", [SHORT, ((0.0, 0.0), (0.0, -8.0))], ids=["short", "long"])
def test_what_begins_at_a_time_begins_then(people, points) -> None:
    motion = moved(people, points, PROMPTS, 8.0)
    assert len(motion.local_rotations) / motion.fps == pytest.approx(8.0, abs=0.35)
    wrists = motion.joints[:, [INDEX["left_wrist"], INDEX["right_wrist"]], 2].max(1)
    raised = np.flatnonzero(wrists > motion.joints[:, INDEX["head"], 2] - 0.1)
    assert 4.6 < raised[0] / motion.fps < 6.6
    standing = motion.root_translation[int(5.6 * motion.fps) :, :2]
    assert np.ptp(standing, axis=0).max() < 0.25


def test_an_action_that_the_path_leaves_no_time_for_is_told(people) -> None:
    person = people["adult"]
    steering = Steering(path=Path(((0.0, 0.0), (0.0, -40.0)), "loose"))
    reading = text_to_motion(
        "walks, then waves", person.rig, load_sentence_encoder(), 0, Wishes(steering=steering)
    )
    done = {span.name for span in reading.spans}
    assert ("wave" in done) != any('"wave" is not done' in note for note in reading.notes)

# SPDX-License-Identifier: Apache-2.0
"""Options that do not go together are refused by name before any work."""

import numpy as np
import pytest

from kinora.backend.avatar.options import check_options
from kinora.backend.avatar.params import Params
from kinora.shared.errors import BadOptionError
from kinora.shared.messages import JobId
from kinora.shared.motion_files.average_body import OFFSETS
from kinora.shared.motion_files.bvh_writing import write_bvh
from kinora.shared.motion_files.moving import from_local
from kinora.shared.results import Media
from kinora.shared.skeleton import JOINTS

FILE = Media.of("of_mine.conf", b"x")


@pytest.mark.parametrize("name", ["config", "checkpoint"])
@pytest.mark.parametrize("preset", ["draft", "standard", "quality"])
def test_files_of_the_published_method_are_for_its_preset_alone(name, preset):
    with pytest.raises(BadOptionError, match="published") as caught:
        check_options(Params(shape_prompt="a man", preset=preset, **{name: FILE}))
    assert caught.value.field == name
    check_options(Params(shape_prompt="a man", preset="published", **{name: FILE}))


@pytest.mark.parametrize("blank", ["", " ", "\n\t"])
def test_something_must_be_asked_for_unless_a_job_is_gone_on_from(blank):
    with pytest.raises(BadOptionError, match="empty"):
        check_options(Params(shape_prompt=blank, motion_prompt=blank))
    check_options(Params(shape_prompt=blank, continue_job=JobId("0a")))
    for name in ("shape_prompt", "appearance_prompt", "motion_prompt"):
        check_options(Params(**{name: "a man"}))


def steered(text: str) -> Media:
    return Media.of("steering.json", text.encode())


PROMPTS = steered('{"prompts": [{"start": 0, "text": "walks"}, {"start": 6, "text": "waves"}]}')


def of_mine() -> Media:
    """A file of a body that stands in its T-pose for a tenth of a second."""
    still = np.zeros((3, len(JOINTS), 4))
    still[..., 0] = 1
    motion = from_local("stands", 30.0, OFFSETS, still, np.tile([0, 0, 0.95], (3, 1)))
    return Media.of("of_mine.bvh", write_bvh(motion).encode())


def test_a_motion_file_is_looked_at_before_any_work():
    with pytest.raises(BadOptionError, match="no motion that Kinora can read") as caught:
        check_options(Params(shape_prompt="a man", motion_file=FILE))
    assert caught.value.field == "motion_file"


def test_a_motion_file_or_timed_prompts_are_something_asked_for():
    check_options(Params(motion_file=of_mine()))
    check_options(Params(steering=PROMPTS))
    with pytest.raises(BadOptionError, match="empty"):
        check_options(Params(steering=steered("{}")))


@pytest.mark.parametrize(
    ("field", "given", "words"),
    [
        ("works_on", {"works_on": "motion"}, "no job is gone on from"),
        ("seconds", {"seconds": 0.2}, "0.5 seconds or more"),
        ("motion_file", {"motion_file": FILE}, "both as a file and in words"),
        ("steering", {"steering": steered("[]")}, "steering file cannot be read"),
        ("seconds", {"steering": PROMPTS, "seconds": 4.0}, "until 6 s, the motion lasts 4 s"),
    ],
)
def test_options_of_motion_that_do_not_go_together_are_refused(field, given, words):
    with pytest.raises(BadOptionError, match=words) as caught:
        check_options(Params(motion_prompt="walks", **given))
    assert caught.value.field == field


def test_a_motion_file_is_neither_steered_nor_made_in_several_ways():
    file = Media.of("of_mine.bvh", b"x")
    with pytest.raises(BadOptionError, match="cannot be steered"):
        check_options(Params(motion_file=file, steering=steered("{}")))
    with pytest.raises(BadOptionError, match="one way of moving"):
        check_options(Params(motion_file=file, takes=2))


def test_a_motion_may_last_as_long_as_it_is_steered():
    check_options(Params(steering=PROMPTS))
    check_options(Params(steering=PROMPTS, seconds=6.0))
    check_options(Params(works_on="motion", continue_job=JobId("0a"), motion_prompt="waves"))

# SPDX-License-Identifier: Apache-2.0
"""Options that do not go together are refused by name before any work."""

import pytest

from kinora.backend.avatar.options import check_options
from kinora.backend.avatar.params import Params
from kinora.shared.errors import BadOptionError
from kinora.shared.messages import JobId
from kinora.shared.results import Media

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

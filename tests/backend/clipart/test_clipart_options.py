# SPDX-License-Identifier: Apache-2.0
"""Options that contradict each other are refused before any work, naming the one to change."""

from __future__ import annotations

from typing import Any

import pytest

from kinora.backend.clipart.options import check_options
from kinora.backend.clipart.params import Params
from kinora.shared.errors import BadOptionError
from kinora.shared.results import Media

FILE = Media.of("file", b"")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"skeleton": FILE}, "skeleton"),
        ({"layers": FILE}, "layers"),
        ({"preset": "published"}, "prior"),
        ({"paths": "bezier", "frames": 30}, "frames"),
        ({"preset": "published", "prior": "modelscope", "frames": 30}, "frames"),
    ],
)
def test_a_contradiction_is_refused(given: dict[str, Any], field: str) -> None:
    with pytest.raises(BadOptionError) as refused:
        check_options(Params(FILE, "a ball bounces", **given))
    assert refused.value.field == field


@pytest.mark.parametrize(
    "given",
    [{}, {"skeleton": FILE, "keypoints": FILE}, {"frames": 30}, {"paths": "bezier", "frames": 32}],
)
def test_what_fits_together_is_taken(given: dict[str, Any]) -> None:
    check_options(Params(FILE, "a ball bounces", **given))

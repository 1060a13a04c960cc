# SPDX-License-Identifier: Apache-2.0
"""The published contender has AvatarCLIP's own numbers."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import contenders
import pytest

from kinora.backend.avatar.neus import reading


@pytest.mark.parametrize(("small", "file"), [(False, reading.PUBLISHED), (True, reading.SMALL)])
def test_the_published_contender_is_configured_as_published(small: bool, file) -> None:
    case = SimpleNamespace(shape="a man", appearance="a red coat")
    ours, theirs = contenders.configuration(case, small=small), reading.shipped(file)
    assert ours.model == theirs.model
    # How often it saves and shows decides nothing.
    quiet = {
        name: getattr(theirs.train, name)
        for name in ("save_freq", "val_freq", "val_mesh_freq", "report_freq", "pretrain")
    }
    assert replace(ours.train, **quiet) == theirs.train

# SPDX-License-Identifier: Apache-2.0
"""The poses that are offered are of the actions that are done, and people can see them."""

from __future__ import annotations

import io
from itertools import combinations

import numpy as np
import pytest
from PIL import Image
from tube_systems.tube_man import tube_man

from kinora.backend.avatar.offering import SHOWN, gerund, offered, pose_library
from kinora.backend.kit.text import load_sentence_encoder


@pytest.fixture(scope="module")
def library():
    return pose_library("kinora", "cpu", load_sentence_encoder())


@pytest.fixture(scope="module")
def man():
    return tube_man(vertices=900, frames=2)


def apart(a, b) -> float:
    """Degrees of the joint that differs most."""
    same = np.abs((a.local_rotations * b.local_rotations).sum(-1))
    return float(np.degrees(2 * np.arccos(np.clip(same, 0, 1))).max())


def test_each_action_gets_its_turn(library, man) -> None:
    found = offered(("walk", "wave", "walk"), man, library)
    assert len(found) == SHOWN
    assert {"walk" in each.name for each in found[::2]} == {True}
    assert {"wave" in each.name for each in found[1::2]} == {True}
    for each in found:
        each.check()


def test_they_differ_and_can_be_seen(library, man) -> None:
    found = offered(("walk",), man, library)
    assert len(found) == SHOWN
    assert min(apart(a, b) for a, b in combinations(found, 2)) > 10
    for each in found:
        with Image.open(io.BytesIO(each.picture.data.tobytes())) as picture:
            assert picture.format == "PNG" and picture.mode == "RGBA"
            cover = np.asarray(picture)[..., 3] > 128
        assert 0.02 < cover.mean() < 0.6


def test_nothing_is_offered_where_nothing_was_asked_for(library, man) -> None:
    assert offered((), man, library) == ()


@pytest.mark.parametrize(
    ("action", "words"), [("walk", "walking"), ("sit_down", "sitting down"), ("wave", "waving")]
)
def test_what_is_done_is_put_as_it_is_looked_for(action: str, words: str) -> None:
    assert gerund(action) == words

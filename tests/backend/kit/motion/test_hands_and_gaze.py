# SPDX-License-Identifier: Apache-2.0
"""Fingers and faces of a motion: gestures, grips, blinks, eyes that lead, mouths that talk."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinora.backend.kit.face import EXPRESSIONS, UNITS, VISEMES
from kinora.backend.kit.motion.gaze import blinks, face_for, head_angles
from kinora.backend.kit.motion.hands import fingers_for, read_hands
from kinora.backend.kit.motion.spans import Span
from kinora.shared.results import Motion
from kinora.shared.skeleton import INDEX, JOINTS, PARENTS

FRAMES, FPS = 300, 30.0


def spans(name: str) -> tuple[Span, ...]:
    return (Span(name, name, 0, FRAMES),)


@pytest.fixture
def still() -> Motion:
    turns = np.tile(np.float32([1, 0, 0, 0]), (FRAMES, 22, 1))
    zeros = np.zeros((FRAMES, 22, 3), np.float32)
    parents = np.array(PARENTS, np.int32)
    return Motion("x", FPS, JOINTS, parents, zeros[0], turns, zeros[:, 0], zeros)


def test_a_puncher_makes_fists_and_a_pointer_stretches_one_index() -> None:
    fists = fingers_for(spans("punch"), FRAMES, FPS, (), 0)
    assert fists.shape == (FRAMES, 2, 5)
    assert fists.min() > 0.9
    points = fingers_for(spans("point"), FRAMES, FPS, (), 0)
    assert points[:, 1, 1].max() < -0.3
    assert points[:, 1, 2:].min() > 0.8
    assert np.abs(points[:, 0]).max() < 0.2


def test_what_is_held_is_gripped_whatever_is_done() -> None:
    curls = fingers_for(spans("wave"), FRAMES, FPS, {"right"}, 0)
    assert np.allclose(curls[:, 1], read_hands()[0]["grip"])
    assert curls[:, 0].max() < 0.3


def test_hands_change_gradually_and_live(still: Motion) -> None:
    two = (Span("idle", "idle", 0, 150), Span("punch", "punch", 150, FRAMES))
    curls = fingers_for(two, FRAMES, FPS, (), 3)
    assert np.abs(np.diff(curls, axis=0)).max() < 0.2
    assert np.ptp(curls[:100], axis=0).min() > 0.02
    assert np.array_equal(curls, fingers_for(two, FRAMES, FPS, (), 3))
    assert not np.array_equal(curls, fingers_for(two, FRAMES, FPS, (), 4))


def test_in_a_loop_the_last_gesture_leads_into_the_first() -> None:
    two = (Span("idle", "idle", 0, 150), Span("punch", "punch", 150, FRAMES))
    around = fingers_for(two, FRAMES, FPS, (), 3, is_cyclic=True)
    assert np.abs(around[0] - around[-1]).max() < 0.2
    assert np.abs(np.diff(around, axis=0)).max() < 0.2


@pytest.mark.parametrize("seed", range(6))
def test_blinks_are_whole_short_and_some_seconds_apart(seed: int) -> None:
    lids = blinks(1800, FPS, np.zeros(1800), np.random.default_rng(seed))
    closed = np.flatnonzero((lids[1:] > 0.5) & (lids[:-1] <= 0.5))
    assert 1800 / FPS / 7 < len(closed) < 1800 / FPS / 1.8
    assert lids[0] == lids[-1] == 0
    assert lids.max() > 0.95
    assert (lids > 0).mean() < 0.2


def test_a_loop_that_is_too_short_to_blink_in_does_not() -> None:
    assert blinks(20, FPS, np.zeros(20), np.random.default_rng(0)).max() == 0


def test_eyes_go_before_the_head(still: Motion) -> None:
    yaw = np.radians(60) / (1 + np.exp(-(np.arange(FRAMES) - 150) / 4))
    turns = still.local_rotations.copy()
    turns[:, INDEX["head"]] = Rotation.from_euler("z", yaw[:, None]).as_quat(scalar_first=True)
    turned = replace(still, local_rotations=turns)
    assert np.allclose(head_angles(turned)[0], yaw, atol=1e-4)
    curves = {curve.name: curve.values for curve in face_for(turned, spans("idle"), 0)}
    # To its left: out with the left eye, in with the right one, before the head is half way.
    assert curves["eyeLookOutLeft"][140:150].max() > 0.4
    assert np.array_equal(curves["eyeLookOutLeft"], curves["eyeLookInRight"])
    assert curves["eyeLookOutLeft"][145] > curves["eyeLookOutLeft"][170:175].max()
    assert any(curves["eyeBlinkLeft"][135:175] > 0.9)


def test_curves_are_shapes_of_the_face_from_0_to_1(still: Motion) -> None:
    known = {*UNITS, *VISEMES, *EXPRESSIONS}
    for name in ("talk", "laugh", "cry", "idle"):
        moving = replace(still, face=face_for(still, spans(name), 1))
        moving.check()
        assert {curve.name for curve in moving.face} <= known
        assert all(c.values.min() >= 0 and c.values.max() <= 1 for c in moving.face)


def test_only_who_talks_moves_the_mouth(still: Motion) -> None:
    def mouth(name: str) -> set[str]:
        return {c.name for c in face_for(still, spans(name), 0) if not c.name.startswith("eye")}

    assert {"viseme_aa", "viseme_PP"} <= mouth("talk")
    assert mouth("idle") == set()
    assert "jawOpen" in mouth("laugh")

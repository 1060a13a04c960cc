# SPDX-License-Identifier: Apache-2.0
"""A motion through poses: it reaches each, stays a moment, and closes."""

from __future__ import annotations

import numpy as np
from pose_bodies import HANGING, RAISED, X, posed

from kinora.backend.avatar.motion.clips import leg_length
from kinora.backend.avatar.motion.model import Manner
from kinora.backend.avatar.motion.poses.acting import act
from kinora.shared import posing

POSES = np.concatenate(
    [
        posed(**HANGING).numpy(),
        posed(**RAISED).numpy(),
        posed(**HANGING, left_hip=(-X, 80.0), left_knee=(X, 90.0)).numpy(),
    ]
).astype(np.float64)


def arms(body):
    return body.offsets.numpy().astype(np.float64)


def apart(turns, pose):
    """(T,) mean degrees between frames and a pose, without the chest, which breathes."""
    limbs = [joint for joint in range(22) if joint not in (0, 6, 9)]
    cosine = np.abs((turns[:, limbs] * pose[limbs]).sum(-1)).clip(max=1)
    return np.degrees(2 * np.arccos(cosine)).mean(1)


def test_each_pose_is_reached_and_held(body):
    done = act(POSES, arms(body), Manner(), 1)
    for pose in POSES:
        near = apart(done.rotations, pose) < 2
        assert near.sum() >= 15  # half a second
    assert done.is_cyclic and np.allclose(done.travel, 0, atol=1e-6)


def test_nothing_jumps_not_even_where_the_loop_closes(body):
    done = act(POSES, arms(body), Manner(), 1)
    ring = np.concatenate([done.rotations, done.rotations[:1]])
    steps = np.abs((ring[1:] * ring[:-1]).sum(-1)).clip(max=1)
    assert np.degrees(2 * np.arccos(steps)).max() < 25
    assert np.linalg.norm(np.diff(done.root, axis=0), axis=1).max() < 0.05


def test_the_lower_foot_stays_on_the_floor(body):
    offsets = arms(body)
    done = act(POSES, offsets, Manner(), 1)
    places = posing.joint_positions(done.rotations, np.zeros((len(done.root), 3)), offsets)
    leg = leg_length(offsets)
    balls = places[:, [10, 11], 2] / leg + done.root[:, 2:]
    assert np.ptp(balls.min(1)) < 0.06


def test_tempo_and_seconds_are_kept(body):
    offsets = arms(body)
    usual, fast = (act(POSES, offsets, Manner(tempo=tempo), 1) for tempo in (0.0, 2.0))
    assert len(fast.root) < 0.8 * len(usual.root)
    long = act(POSES, offsets, Manner(seconds=9.0), 1)
    assert 7 < len(long.root) / 30 < 11

# SPDX-License-Identifier: Apache-2.0
"""A body's motion on a drawn person: its view, its limbs, its feet; stretches that close."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from kinora.backend.clipart.drawing import PERSON, PERSON_EDGES, Skeleton
from kinora.backend.clipart.motion.flattening import drawn_view, flattened
from kinora.backend.clipart.motion.looping import looped
from kinora.backend.clipart.motion.people import begun, perform_person
from kinora.backend.clipart.motion.timing import Timing
from kinora.backend.kit.text import load_sentence_encoder
from kinora.shared.skeleton import INDEX, JOINTS

Floats = NDArray[np.float64]
AT = {name: number for number, name in enumerate(PERSON)}
LEFT = {"shoulder": (150, 80), "elbow": (160, 110), "wrist": (166, 140),
        "hip": (140, 145), "knee": (142, 185), "ankle": (143, 225)}  # fmt: skip


def drawn(width: float = 1.0, head: float = 0.0) -> Floats:
    """A person; narrower is turned aside."""
    points = np.zeros((13, 2))
    points[0] = 128 + head, 45
    for part, (x, y) in LEFT.items():
        points[AT[f"left_{part}"]] = 128 + width * (x - 128), y
        points[AT[f"right_{part}"]] = 128 - width * (x - 128), y
    return points


def standing() -> Floats:
    """A body that faces -Y, its arms down; meters."""
    joints = np.zeros((len(JOINTS), 3))
    left = {"hip": (0.1, 0.9), "knee": (0.1, 0.5), "ankle": (0.1, 0.08), "foot": (0.1, 0.02),
            "collar": (0.05, 1.4), "shoulder": (0.18, 1.4), "elbow": (0.2, 1.12),
            "wrist": (0.22, 0.86)}  # fmt: skip
    for name, (x, z) in left.items():
        joints[INDEX[f"left_{name}"]] = x, 0, z
        joints[INDEX[f"right_{name}"]] = -x, 0, z
    heights = {"pelvis": 0.93, "spine1": 1.05, "spine2": 1.15, "spine3": 1.25, "neck": 1.45,
               "head": 1.55}  # fmt: skip
    for name, height in heights.items():
        joints[INDEX[name], 2] = height
    return joints


def arm_up(side: str, height: float = 1.0) -> Floats:
    """One arm out to its side and up, for a loop of eight frames."""
    joints = np.repeat(standing()[None], 8, axis=0)
    out = 1 if side == "left" else -1
    joints[:, INDEX[f"{side}_elbow"]] = 0.35 * out, 0, 1.4 + 0.2 * height
    joints[:, INDEX[f"{side}_wrist"]] = 0.38 * out, 0, 1.4 + 0.45 * height
    return joints


def test_a_body_that_stands_leaves_the_drawn_pose() -> None:
    for points in (drawn(), drawn(0.5, 6), drawn(0.1, 8)):
        tracks = flattened(np.repeat(standing()[None], 4, axis=0), standing(), points, 1.0)
        np.testing.assert_allclose(tracks, np.repeat(points[None], 4, axis=0), atol=0.6)


def test_views_are_told_by_shoulders_and_head() -> None:
    assert drawn_view(drawn()).turn == 0
    assert drawn_view(drawn(-1.0)).turn == np.pi
    assert 0 < drawn_view(drawn(0.5, 6)).turn < np.pi / 2
    assert drawn_view(drawn(0.1, 8)).turn == np.pi / 2
    assert drawn_view(drawn(0.1, -8)).turn == -np.pi / 2


def test_the_left_hand_is_the_drawn_persons_own() -> None:
    points = drawn()
    for side, other in (("left", "right"), ("right", "left")):
        tracks = flattened(arm_up(side), standing(), points, 1.0)
        assert tracks[0, AT[f"{side}_wrist"], 1] < points[AT[f"{side}_shoulder"], 1] - 10
        np.testing.assert_allclose(
            tracks[0, AT[f"{other}_wrist"]], points[AT[f"{other}_wrist"]], atol=3
        )


def test_legs_keep_their_drawn_length_and_arms_look_a_little_shorter() -> None:
    points = drawn(0.1, 8)
    body = arm_up("left")
    body[:, INDEX["left_knee"]] += 0, -0.25, 0.1
    body[:, INDEX["left_ankle"]] += 0, 0.1, 0.25
    tracks = flattened(body, standing(), points, 1.0)
    for first, second, least in (
        ("hip", "knee", 0.95), ("knee", "ankle", 0.95), ("shoulder", "elbow", 0.7)
    ):  # fmt: skip
        pair = AT[f"left_{first}"], AT[f"left_{second}"]
        rest = np.linalg.norm(points[pair[0]] - points[pair[1]])
        lengths = np.linalg.norm(tracks[:, pair[0]] - tracks[:, pair[1]], axis=-1)
        assert (least * rest < lengths).all() and (lengths < 1.05 * rest).all()


def test_feet_stay_on_the_drawn_ground_and_leave_it_in_a_jump() -> None:
    points, jump = drawn(), np.repeat(standing()[None], 8, axis=0)
    jump[4:, :, 2] += 0.3
    tracks = flattened(jump, standing(), points, 1.0)
    ankles = tracks[:, [AT["left_ankle"], AT["right_ankle"]], 1].max(1)
    np.testing.assert_allclose(ankles[:4], 225, atol=0.5)
    leg = 80 / 0.82
    np.testing.assert_allclose(ankles[4:], 225 - 0.3 * leg, rtol=0.02)


def test_a_turned_body_is_seen_as_one_that_is_not() -> None:
    turned = arm_up("left")
    x, y = turned[..., 0].copy(), turned[..., 1].copy()
    turned[..., 0], turned[..., 1] = -y, x
    straight, aside = (flattened(b, standing(), drawn(), 1.0) for b in (arm_up("left"), turned))
    np.testing.assert_allclose(straight, aside, atol=1e-6)


def test_a_stretch_of_something_that_repeats_is_whole_periods() -> None:
    time = np.arange(150) / 30
    joints = np.repeat(standing()[None], 150, axis=0)
    joints[:, INDEX["left_wrist"], 0] += 0.3 * np.sin(2 * np.pi * time / 0.8)
    loop = looped(joints, 30, 24, 2.0, is_cyclic=False)
    wrist = loop[:, INDEX["left_wrist"], 0]
    steps = np.abs(np.diff(wrist, append=wrist[:1]))
    assert steps[-1] <= 1.1 * steps.max()
    rounds = np.abs(np.fft.rfft(wrist - wrist.mean()))
    assert rounds.max() > 0.9 * rounds.sum(), "one frequency: no seam"


def test_what_ends_elsewhere_goes_forth_and_back() -> None:
    joints = np.repeat(standing()[None], 90, axis=0)
    joints[..., 2] -= 0.5 * np.linspace(0, 1, 90)[:, None] ** 0.5
    loop = looped(joints, 30, 24, 2.0, is_cyclic=False)[:, INDEX["pelvis"], 2]
    np.testing.assert_allclose(loop[1:], loop[1:][::-1], atol=1e-9)
    assert np.ptp(loop) > 0.4


def test_captions_move_the_person_that_they_speak_of() -> None:
    points = drawn()
    skeleton = Skeleton(points, np.array(PERSON_EDGES), PERSON, is_person=True)
    encoder = load_sentence_encoder()
    tracks, notes = perform_person("a man waves with his right hand", skeleton, encoder, Timing())
    assert tracks.shape == (24, 13, 2) and np.isfinite(tracks).all()
    assert not notes
    assert tracks[:, AT["right_wrist"], 1].max() < points[AT["right_shoulder"], 1]
    right, left = (
        np.ptp(tracks[:, AT[f"{side}_wrist"]], axis=0).max() for side in ("right", "left")
    )
    assert right > 3 * left


@pytest.mark.filterwarnings("error")
def test_a_person_whose_points_lie_at_one_place_stays_a_picture() -> None:
    folded = drawn()
    folded[AT["left_knee"]] = folded[AT["left_hip"]]
    for points in (folded, np.full((13, 2), 128.0)):
        assert np.isfinite(flattened(arm_up("left"), standing(), points, 1.0)).all()


def test_a_loop_begins_near_the_drawn_pose_where_it_closes_softly() -> None:
    turns = 2 * np.pi * (np.arange(24) / 24 + 0.04 * np.sin(2 * np.pi * np.arange(24) / 24))
    circle = np.stack([np.cos(turns), np.sin(turns)], -1)
    tracks = drawn()[None] + 30 * circle[:, None]
    for roll in (0, 5, 11, 17):
        loop = begun(np.roll(tracks, roll, axis=0), drawn() + np.array([0, 20]))
        steps = np.linalg.norm(np.diff(loop, axis=0, append=loop[:1]), axis=-1).mean(1)
        assert steps[-1] <= np.median(steps)
        assert loop[0, 0, 1] > drawn()[0, 1], "of the soft ones, one near what is drawn"


@pytest.mark.parametrize("caption", ["a man runs", "a girl is running fast", "a boy jogs"])
def test_legs_alternate_in_a_run_and_its_loop_closes(caption: str) -> None:
    skeleton = Skeleton(drawn(0.15, 8), PERSON_EDGES, ("",) * 13, is_person=True)
    for seed in (0, 1):
        tracks, _ = perform_person(caption, skeleton, load_sentence_encoder(), Timing(seed=seed))
        left, right = (tracks[:, AT[f"{side}_ankle"], 0] for side in ("left", "right"))
        assert np.corrcoef(left, right)[0, 1] < -0.8
        steps = np.linalg.norm(np.diff(tracks, axis=0, append=tracks[:1]), axis=-1).mean(1)
        assert steps[-1] <= 1.5 * np.median(steps)

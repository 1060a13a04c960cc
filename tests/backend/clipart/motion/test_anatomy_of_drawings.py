# SPDX-License-Identifier: Apache-2.0
"""Limbs are read from drawings: eyes, mirror images, heads, tails, legs, stems, pots."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from kinora.backend.clipart.caption import read_caption
from kinora.backend.clipart.drawing import PERSON, PERSON_EDGES, Drawing, Skeleton
from kinora.backend.clipart.motion import legless
from kinora.backend.clipart.motion.actions import VERBS, Action, Kind
from kinora.backend.clipart.motion.branches import Graph
from kinora.backend.clipart.motion.looks import eye_of, is_mirrored, silhouette
from kinora.backend.clipart.motion.physics import perform
from kinora.backend.clipart.motion.roles import READERS, read_anatomy
from kinora.backend.clipart.motion.start import kept_on_canvas, start_motion
from kinora.backend.clipart.motion.timing import Timing
from kinora.backend.clipart.reading.read import read_drawing
from kinora.backend.clipart.skeleton.find import find_skeleton
from kinora.backend.kit.text import load_sentence_encoder
from kinora.shared.results import Media

DRAWINGS = Path(__file__).parents[3] / "data" / "drawings"


def drawing(name: str) -> Drawing:
    data = (DRAWINGS / f"{name}.svg").read_bytes()
    return read_drawing(Media(f"{name}.svg", np.frombuffer(data, np.uint8)))


@pytest.mark.parametrize(
    ("name", "is_front"),
    [("dog", False), ("bird", False), ("snake", False), ("robot", True), ("cat", True)],
)
def test_what_looks_at_us_is_mirrored(name: str, is_front: bool) -> None:
    assert is_mirrored(silhouette(drawing(name))) is is_front


@pytest.mark.parametrize(
    ("name", "place"), [("dog", (222, 85)), ("fish", (55, 118)), ("bird", (75, 111))]
)
def test_eyes_are_small_round_spots(name: str, place: tuple[float, float]) -> None:
    found = eye_of(drawing(name))
    assert found is not None
    np.testing.assert_allclose(found, place, atol=8)


def test_a_flower_has_no_eyes() -> None:
    assert eye_of(drawing("flower_pot")) is None


def test_a_dog_has_legs_a_tail_behind_and_a_head_before() -> None:
    shown = drawing("dog")
    skeleton = find_skeleton(shown, False).skeleton
    anatomy = read_anatomy(skeleton, shown, "quadruped", "dog")
    assert anatomy.forward == (1.0, 0.0)
    (head,), tails = anatomy.of_role("head"), anatomy.of_role("tail")
    legs = anatomy.of_role("leg")
    assert 2 <= len(legs) <= 4
    ahead = skeleton.points[head.points[-1], 0]
    assert all(skeleton.points[tail.points[-1], 0] < ahead - 100 for tail in tails) and tails
    low = skeleton.points[:, 1].max() - 0.3 * np.ptp(skeleton.points[:, 1])
    assert all(skeleton.points[leg.points[-1], 1] > low for leg in legs)


def test_arms_that_mirror_each_other_are_neither_head_nor_tail() -> None:
    right = [(175, 100), (200, 70), (165, 180), (190, 215)]
    points = [(128, 170), (128, 120), (128, 100), *right, *((256 - x, y) for x, y in right)]
    edges = [(0, 1), (1, 2), (1, 3), (3, 4), (0, 5), (5, 6), (1, 7), (7, 8), (0, 9), (9, 10)]
    graph = Graph(np.array(points, float), np.array(edges), np.full(11, 10.0), is_mirrored=True)
    frog = READERS["quadruped"](graph, "frog")
    assert {limb.points[-1] for limb in frog.of_role("arm")} == {4, 8}
    assert {limb.points[-1] for limb in frog.of_role("leg")} == {6, 10}
    assert {limb.side for limb in frog.of_role("arm")} == {"left", "right"}


def test_a_fish_swims_the_way_its_eyes_are() -> None:
    shown = drawing("fish")
    skeleton = find_skeleton(shown, False).skeleton
    anatomy = read_anatomy(skeleton, shown, "fish", "fish")
    assert anatomy.forward[0] < -0.9


def test_a_pot_stands_while_its_flower_sways() -> None:
    shown, encoder = drawing("flower_pot"), load_sentence_encoder()
    skeleton = find_skeleton(shown, False).skeleton
    asked = read_caption("a flower sways in the wind", encoder)
    tracks = start_motion(asked, skeleton, shown, Timing(), encoder).candidates[0]
    swings = np.ptp(tracks, axis=0).max(1)
    pot = skeleton.points[:, 1] > 180
    assert swings[pot].max(initial=0.0) < 1e-9
    assert swings[skeleton.points[:, 1].argmin()] > 5


def test_captions_about_something_else_are_told() -> None:
    shown, encoder = drawing("person_standing"), load_sentence_encoder()
    points = np.zeros((13, 2)) + 128 + np.arange(26).reshape(13, 2)
    person = Skeleton(points, np.array(PERSON_EDGES), PERSON, is_person=True)
    asked = read_caption("the fish swims", encoder)
    assert any("fish" in n for n in start_motion(asked, person, shown, Timing(), encoder).notes)


def test_leaps_stay_on_the_canvas() -> None:
    shown = drawing("dog")
    rest = np.array([[128.0, 128.0]])
    leap = rest + np.array([[[0.0, 0.0]], [[0.0, -150.0]], [[0.0, -20.0]]])
    kept = kept_on_canvas(leap, shown, rest)
    assert kept[0, 0, 1] == 128
    assert 128 > kept[2, 0, 1] > kept[1, 0, 1] > 128 - 100


ODD = {
    "two points": ([(70, 70), (180, 150)], [(0, 1)]),
    "one place": ([(100, 100), (100, 100)], [(0, 1)]),
    "two pieces": ([(70, 70), (90, 70), (180, 150), (170, 100)], [(0, 1), (2, 3)]),
    "a loose point": ([(70, 70), (90, 70), (180, 150)], [(0, 1)]),
    "a ring": ([(70, 70), (180, 70), (180, 150), (70, 150)], [(0, 1), (1, 2), (2, 3), (3, 0)]),
    "an edge twice": ([(120, 110), (70, 70), (180, 70)], [(0, 1), (1, 0), (0, 2)]),
}
"""Skeletons that users may give."""


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("kind", READERS)
def test_any_skeleton_can_be_anything_and_do_anything(kind: Kind, name: str) -> None:
    points, edges = (np.array(each) for each in ODD[name])
    skeleton = Skeleton(points.astype(float), edges, ("",) * len(points), is_person=False)
    anatomy = read_anatomy(skeleton, drawing("ball"), kind)
    for verb in VERBS:
        rng = np.random.default_rng(0)
        tracks = perform(skeleton.points, edges, anatomy, (Action(verb),), 8, rng)
        assert tracks.shape == (8, len(points), 2) and np.isfinite(tracks).all(), verb


def test_a_stem_without_thickness_stands_in_its_pot():
    graph = SimpleNamespace(thickness=np.array([9.0, 9.0, 0.0, 0.0, 0.0]))
    assert legless._above_the_pot(graph, (0, 1, 2, 3, 4)) == 2

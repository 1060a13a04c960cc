# SPDX-License-Identifier: Apache-2.0
"""Simple physics: loops close, bones keep their length, feet stand, what is loose follows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from stick_creatures import ALL, BALL, CAR, DOG, FISH, FLOWER, OWL, Stick

from kinora.backend.clipart.motion.actions import VERBS, Action, Role
from kinora.backend.clipart.motion.anatomy import Anatomy, Limb
from kinora.backend.clipart.motion.following import swing
from kinora.backend.clipart.motion.naming import with_named_parts
from kinora.backend.clipart.motion.physics import PERFORMERS, perform, suits
from kinora.backend.clipart.motion.stage import make_stage

FRAMES, FPS = 24, 12.0
SQUASHING = {
    *("hop", "jump", "bounce", "breathe", "pulse", "stretch", "dance", "chew", "settle"),
    *("walk", "run", "drive", "curl", "lift", "nod", "rise"),
}
"""What squashes, or does so where it has no limbs for it."""


class Same(np.random.Generator):
    """Chance that changes nothing: tests are about the action itself."""

    def __init__(self) -> None:
        super().__init__(np.random.PCG64(0))

    def standard_normal(self, size: object = None, *_: object) -> NDArray[np.float64]:  # type: ignore[override]
        return np.zeros(size)  # type: ignore[call-overload, no-any-return]


def moved(stick: Stick, *actions: Action, times: int = 1) -> NDArray[np.float64]:
    """Two seconds of it, at `times` as many frames a second."""
    frames, fps = FRAMES * times, FPS * times
    return perform(stick.points, stick.edges, stick.anatomy, actions, frames, Same(), fps)


def way(tracks: NDArray[np.float64], *points: int) -> float:
    """The mean way of points through the loop."""
    steps = np.diff(tracks[:, list(points)], axis=0, append=tracks[:1, list(points)])
    return float(np.linalg.norm(steps, axis=-1).sum(0).mean())


def test_every_verb_that_is_named_can_be_performed() -> None:
    assert set(VERBS) == set(PERFORMERS)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", ALL)
def test_every_verb_moves_every_creature_in_a_closed_loop(name: str, verb: str) -> None:
    tracks = moved(ALL[name], Action(verb))
    assert np.isfinite(tracks).all()
    assert way(tracks, *range(tracks.shape[1])) > 2.0
    steps = np.linalg.norm(np.diff(tracks, axis=0, append=tracks[:1]), axis=-1).max(1)
    assert steps[-1] <= 1.3 * steps[:-1].max(), "the seam is no jump"


@pytest.mark.parametrize("verb", sorted(set(VERBS) - SQUASHING))
@pytest.mark.parametrize("name", ["dog", "fish", "owl", "flower", "ball"])
def test_bones_keep_their_length(name: str, verb: str) -> None:
    stick = ALL[name]
    tracks = moved(stick, Action(verb))
    first, second = stick.edges.T
    lengths = np.linalg.norm(tracks[:, first] - tracks[:, second], axis=-1)
    rest = np.linalg.norm(stick.points[first] - stick.points[second], axis=-1)
    np.testing.assert_allclose(lengths, np.broadcast_to(rest, lengths.shape), atol=1e-6)


def test_wagging_moves_the_tail_and_leaves_the_feet() -> None:
    tracks = moved(DOG, Action("wag", ("tail",)))
    assert way(tracks, 4) > 60
    assert way(tracks, 9, 11, 13, 15) < 0.5
    assert way(tracks, 4) > 1.5 * way(tracks, 3), "the tip more than the root"


def test_feet_that_stand_in_walking_slide_back_on_the_ground() -> None:
    tracks = moved(DOG, Action("walk"))
    for foot in (9, 11, 13, 15):
        height = DOG.points[foot, 1] - tracks[:, foot, 1]
        speed = (np.roll(tracks[:, foot, 0], -1) - tracks[:, foot, 0]) * FPS
        stands = (height < 0.5) & (np.roll(height, -1) < 0.5)
        assert stands.mean() >= 0.4
        assert (speed[stands] < 0).all(), "it faces right: the ground goes to the left"
        assert np.ptp(speed[stands]) < 0.15 * abs(speed[stands]).mean()
        assert height.max() > 3, "and are lifted forward"


def test_the_body_rises_and_falls_in_walking() -> None:
    tracks = moved(DOG, Action("walk"))
    assert np.ptp(tracks[:, 1, 1]) > 1.5


def test_a_hop_is_prepared_by_a_crouch_and_leaves_the_ground() -> None:
    tracks = moved(DOG, Action("hop"))
    body = tracks[: FRAMES // 2, 1, 1]
    lowest, highest = int(body.argmax()), int(body.argmin())
    assert lowest < highest
    assert body[lowest] > DOG.points[1, 1] + 2
    feet = tracks[highest, [9, 11, 13, 15], 1]
    assert (feet < DOG.points[[9, 11, 13, 15], 1] - 8).all()


def test_a_ball_is_flat_on_the_ground_and_falls_like_a_throw() -> None:
    tracks = moved(BALL, Action("bounce"), times=4)
    height = np.ptp(tracks[..., 1], axis=1)
    bottom = tracks[:, 0, 1]
    assert height[bottom.argmax()] < 0.9 * np.ptp(BALL.points[:, 1])
    middle = tracks[:, 0, 1][10:38]
    bend = np.diff(middle, 2)[2:-2]
    assert bend.mean() > 0, "it is drawn down all the time"
    assert bend.std() < 0.5 * bend.mean(), "about equally"


def test_a_wave_runs_down_a_fish_and_grows() -> None:
    tracks = moved(FISH, Action("swim"), times=4)
    sides = tracks[..., 1] - tracks[..., 1].mean(0)
    assert sides[:, 4].std() > 2 * sides[:, 1].std()
    spectrum = np.fft.rfft(sides[:, [3, 4]] - sides[:, [0]], axis=0)
    main = np.abs(spectrum).sum(1).argmax()
    lag = np.angle(spectrum[main, 0] / spectrum[main, 1])
    assert lag > 0, "the end of the tail comes later than its root"


def test_a_plant_bends_from_its_foot() -> None:
    tracks = moved(FLOWER, Action("sway"))
    swings = np.ptp(tracks[..., 0], axis=0)
    assert swings[0] < 1e-9
    assert swings[1] < swings[2] < swings[3]


def test_wings_beat_as_mirror_images() -> None:
    tracks = moved(OWL, Action("flap"))
    left, right = tracks[:, 6] - tracks[:, 1], tracks[:, 4] - tracks[:, 1]
    np.testing.assert_allclose(left * (-1, 1), right, atol=1e-6)


def test_a_vehicle_bounces_over_wheels_that_stay_down() -> None:
    tracks = moved(CAR, Action("drive"))
    assert np.ptp(tracks[:, 0, 1]) > 2 * np.ptp(tracks[:, [3, 4], 1], axis=0).max() / 1.5
    np.testing.assert_allclose(tracks[:, [3, 4], 0], np.tile(CAR.points[[3, 4], 0], (24, 1)))


def test_spinning_is_rigid_and_goes_all_the_way_round() -> None:
    tracks = moved(DOG, Action("spin"))
    bone = tracks[:, 2] - tracks[:, 0]
    angles = np.unwrap(np.arctan2(bone[:, 1], bone[:, 0]))
    steps = np.diff(angles)
    np.testing.assert_allclose(steps, steps[0], atol=1e-6)
    assert steps[0] * FRAMES == pytest.approx(2 * np.pi)


def test_what_is_done_at_once_is_done_together() -> None:
    both = moved(DOG, Action("walk"), Action("wag", ("tail",)))
    walk = moved(DOG, Action("walk"))
    np.testing.assert_allclose(both[:, [9, 11]], walk[:, [9, 11]], atol=4)
    assert way(both, 4) > 1.5 * way(walk, 4)


def test_less_is_less_and_slower_is_slower() -> None:
    small, large = (moved(DOG, Action("wag", amount=amount)) for amount in (0.5, 1.0))
    assert way(small, 4) < 0.7 * way(large, 4)
    slow, quick = (moved(DOG, Action("wag", speed=speed)) for speed in (0.5, 1.0))
    turns = [np.sum(np.diff(np.sign(np.diff(t[:, 4, 1]))) != 0) for t in (slow, quick)]
    assert turns[0] < turns[1]


@pytest.mark.parametrize(
    ("stick", "action", "fits"),
    [
        (DOG, Action("wag"), True),
        (FLOWER, Action("wag"), False),
        (FISH, Action("swim"), True),
        (DOG, Action("swim"), False),
        (DOG, Action("wiggle", ("ear",)), True),
        (OWL, Action("wiggle", ("ear",)), False),
    ],
)
def test_verbs_suit_what_has_the_parts(stick: Stick, action: Action, fits: bool) -> None:
    assert suits(action, stick.anatomy) is fits


def test_parts_that_are_missing_are_made_up_for() -> None:
    missing: tuple[Role, ...] = ("wing",)
    assert way(moved(FLOWER, Action("shake", missing)), 3) > 2


def test_a_loose_bone_swings_as_a_driven_pendulum_does() -> None:
    """A joint shaken sideways as a sine: amplitude and lag from the equation's closed form."""
    frames = 240
    stage = make_stage(DOG.points, DOG.edges, DOG.anatomy, frames, 2.0)
    drive, push = 2 * np.pi * 1.5, 0.2
    time = np.arange(frames) / 120
    joint = np.stack([push * np.sin(drive * time), np.zeros(frames)], axis=1)
    bone, spring = np.array([0.0, 50.0]), np.array([2.0, 0.3])
    turn = swing(stage, joint, np.zeros(frames), bone, spring)
    own = 2 * np.pi * spring[0]
    gain = -(drive**2) / (own**2 - drive**2 + 2j * spring[1] * own * drive) * push / 50
    expected = gain.real * np.sin(drive * time) + gain.imag * np.cos(drive * time)
    np.testing.assert_allclose(turn, expected, atol=1e-4)


def test_what_takes_off_hangs_in_the_air_and_comes_down() -> None:
    height = BALL.points[:, 1].mean() - moved(BALL, Action("rise"))[..., 1].mean(1)
    size = np.linalg.norm(np.ptp(BALL.points, axis=0))
    assert height.max() > 0.2 * size
    assert (height > 0.8 * height.max()).mean() > 0.25
    assert abs(height[0]) < 0.05 * size


def test_plants_stay_where_they_are_rooted() -> None:
    foot = int(FLOWER.points[:, 1].argmax())
    for verb in ("sway", "shake", "wiggle", "rock", "nod", "wave"):
        tracks = moved(FLOWER, Action(verb))
        assert way(tracks, foot) < 1e-6, verb


def test_a_part_that_is_not_there_rocks_nobody() -> None:
    for verb in ("swing", "curl", "wiggle", "shake", "rock"):
        tracks = moved(CAR, Action(verb, ("trunk",)))
        assert abs(tracks - CAR.points).max() < 0.05 * np.linalg.norm(np.ptp(CAR.points, axis=0))


@pytest.mark.parametrize("verb", ["hop", "jump", "swim", "flap"])
def test_what_looks_at_us_moves_its_pairs_as_mirror_images(verb: str) -> None:
    right = np.array([(160, 110), (175, 160), (150, 100), (190, 80)], float)
    left = right * (-1, 1) + (256, 0)
    points = np.concatenate([[(128, 140), (128, 90)], right, left]).astype(float)
    edges = np.array([(0, 1), (0, 2), (2, 3), (1, 4), (4, 5), (0, 6), (6, 7), (1, 8), (8, 9)])
    limbs = (
        Limb((0, 1), "body"),
        Limb((0, 2, 3), "leg", "left"),
        Limb((0, 6, 7), "leg", "right"),
        Limb((1, 4, 5), "wing", "left"),
        Limb((1, 8, 9), "wing", "right"),
    )
    frog = Anatomy("biped", 0, limbs)
    tracks = perform(points, edges, frog, [Action(verb)], FRAMES, Same(), FPS)
    middle = tracks[:, :1, 0]
    for one, other in ((3, 7), (5, 9)):
        assert way(tracks - tracks[:, :1], one) > 2
        mirrored = 2 * middle[:, 0] - tracks[:, other, 0]
        np.testing.assert_allclose(tracks[:, one, 0], mirrored, atol=1.5)
        np.testing.assert_allclose(tracks[:, one, 1], tracks[:, other, 1], atol=1.5)


def test_a_named_trunk_is_found_among_what_hangs_at_the_head() -> None:
    points = np.concatenate([DOG.points, [(214, 110), (218, 135), (216, 160)]])
    front = max(DOG.anatomy.of_role("head"), key=lambda limb: points[limb.points[-1], 0])
    chain = (front.points[-1], *range(len(DOG.points), len(points)))
    taken = replace(DOG.anatomy, limbs=(*DOG.anatomy.limbs, Limb(chain, "ear")))
    named = with_named_parts(taken, points, [Action("swing", ("trunk",))])
    assert [limb.points for limb in named.of_role("trunk")] == [chain]
    assert with_named_parts(taken, points, [Action("wag", ("tail",))]) == taken

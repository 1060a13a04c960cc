# SPDX-License-Identifier: Apache-2.0
"""Ways over the ground: by arc length, through points, and motions bent onto them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from kinora.backend.kit.motion import clips
from kinora.backend.kit.motion.optimise import lead, routes, warp
from kinora.backend.kit.motion.optimise.lengthen import lengthened
from kinora.backend.kit.motion.optimise.task import Task
from kinora.backend.kit.motion.optimise.timing import Stop, plan_times
from kinora.backend.kit.motion.performance import join
from kinora.shared.steering import Path, Steering, Waypoint

COORDINATE = st.floats(-50, 50, allow_nan=False, width=32)


def gliding(metres: float, frames: int) -> warp.Take:
    """Somebody who glides straight ahead, swaying not at all."""
    root = np.zeros((frames, 3))
    root[:, 1] = -np.linspace(0, metres, frames)
    root[:, 2] = 0.9
    turns = np.zeros((frames, 22, 4))
    turns[..., 0] = 1.0
    none = np.zeros((frames, 2, 2), dtype=bool)
    return warp.Take(turns, root, none, False, np.zeros(3), np.arange(frames))


def circle(radius: float, share: float = 1.0) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi * share, 240)
    return radius * np.stack([1 - np.cos(angle), -np.sin(angle)], -1)


def test_a_straight_way_bent_onto_a_circle_has_that_circles_curvature():
    route = routes.make_route(circle(2.0, 0.8), 0.0)
    take = gliding(route.length, 150)
    seen = warp.course(take)
    done = warp.bent(take, seen, route, seen.gone)
    velocity = np.gradient(done.root[:, :2], axis=0)
    way = np.unwrap(np.arctan2(velocity[:, 1], velocity[:, 0]))
    curvature = np.gradient(way)[10:-10] / np.linalg.norm(velocity, axis=1)[10:-10]
    np.testing.assert_allclose(np.abs(curvature), 1 / 2.0, rtol=0.03)
    facing = np.unwrap(clips.yaw_of(done.rotations[:, 0]))
    ahead = np.unwrap(np.arctan2(velocity[:, 0], -velocity[:, 1]))
    assert np.abs(facing - ahead)[10:-10].max() < np.radians(1.5)


def test_equal_times_go_equal_lengths_along_a_crooked_polyline():
    points = np.array([[0, 0], [0, -1.0], [0.1, -1.05], [3.0, -2.0], [3.0, 1.0]])
    route = routes.make_route(points, 0.0)
    assert route.length == pytest.approx(
        np.linalg.norm(np.diff(points, axis=0), axis=1).sum(), rel=5e-3
    )
    places = route.at(np.linspace(0, route.length, 50))
    assert cKDTree(dense(points)).query(places)[0].max() < 0.02


def dense(points: np.ndarray) -> np.ndarray:
    t = np.linspace(0, 1, 400)[:, None]
    return np.concatenate([a + t * (b - a) for a, b in pairwise(points)])


def test_beyond_its_ends_a_route_goes_straight_on():
    route = routes.make_route(np.array([[0.0, 0.0], [0.0, -4.0]]), 0.05)
    np.testing.assert_allclose(route.at(np.array([-1.0, 6.0])), [[0, 1], [0, -6]], atol=1e-6)


def test_a_curve_passes_its_places_in_their_headings():
    places = np.array([[0.0, 0.0], [1.0, -2.0], [3.0, -2.5]])
    route = routes.through(places, [0.0, None, np.radians(90)])
    near = cKDTree(route.points).query(places)[0]
    assert near.max() < 0.03
    assert route.headings[0] == pytest.approx(0.0, abs=0.25)
    assert route.headings[-1] == pytest.approx(np.radians(90), abs=0.25)


@given(
    st.lists(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=12),
    st.booleans(),
    st.booleans(),
)
@settings(deadline=None, max_examples=40)
def test_any_path_is_a_route_or_none_and_stays_near_its_points(points, is_closed, is_loose):
    path = Path(tuple(points), "loose" if is_loose else "exact", is_closed)
    route = routes.drawn(path)
    if route is None:
        whole = [*points, points[0]] if is_closed else points
        assert np.linalg.norm(np.diff(np.array(whole), axis=0), axis=1).sum() < 2e-3
        return
    assert np.isfinite(route.points).all() and np.isfinite(route.headings).all()
    corners = np.array([*points, points[0]] if is_closed else points)
    slack = 0.5 if is_loose else 0.16
    near = cKDTree(dense(corners)).query(route.points)[0]
    assert near.max() < slack + route.length / 1000


@pytest.mark.parametrize(
    "points",
    [
        [(0, 0), (0, 0), (0, -3), (0, -3)],
        [(0, 0), (0, -0.03)],
        [(0, 0), (500, -800)],
        [(0, 0), (2, -2), (0, -2), (2, 0)],
        [(0, 0), (0, -2), (0, 0), (0, -2)],
    ],
    ids=["coinciding", "tiny", "huge", "crossing itself", "there and back"],
)
@pytest.mark.parametrize("follows", ["exact", "loose"])
def test_a_walk_goes_any_path(points, follows, walk, body):
    steering = Steering(path=Path(tuple(points), follows))
    led = lead.lead(Task(walk, body, steering))
    assert np.isfinite(led.take.root).all() and np.isfinite(led.take.rotations).all()
    assert 2 <= len(led.take) <= 20 * clips.FPS + 1
    np.testing.assert_allclose(led.take.root[0, :2], points[0], atol=0.12)


@pytest.mark.parametrize(("follows", "within"), [("exact", 0.03), ("loose", 0.25)])
def test_a_walk_keeps_to_its_curve(follows, within, walk, body):
    t = np.linspace(0, 2 * np.pi, 60)
    points = np.stack([1.2 * np.sin(t), -1.0 * t], -1)
    led = lead.lead(Task(walk, body, Steering(path=Path(tuple(map(tuple, points)), follows))))
    far = cKDTree(dense(points)).query(led.take.root[:, :2])[0]
    assert np.sqrt(np.square(far).mean()) < within


def test_a_path_too_long_for_its_time_is_left_in_time_and_told(walk, body):
    led = lead.lead(Task(walk, body, Steering(path=Path(((0, 0), (0, -40)))), seconds=2.0))
    assert len(led.take) == pytest.approx(2 * clips.FPS, abs=2)
    gone = float(np.linalg.norm(led.take.root[-1, :2]))
    assert any(f"{gone:.1f} m of it" in note for note in led.notes)


def test_a_closed_path_is_gone_round_and_round(walk, body):
    points = tuple(map(tuple, circle(1.6)[:-1]))
    take = lead.lead(Task(walk, body, Steering(path=Path(points, is_closed=True)))).take
    assert take.is_cyclic
    steps = np.linalg.norm(np.diff(take.root, axis=0), axis=1)
    assert np.linalg.norm(take.root[0] - take.root[-1]) < 1.5 * steps.max()


def test_waypoints_are_met_in_time_and_facing(walk, body):
    ways = (
        Waypoint(2.0, (1.0, -2.0), 20.0),
        Waypoint(4.0, (3.0, -2.5)),
        Waypoint(6.5, (3.5, 0.5), -170.0),
    )
    take = lead.lead(Task(walk, body, Steering(waypoints=ways))).take
    for way in ways:
        frame = min(round(way.time * clips.FPS), len(take) - 1)
        assert np.linalg.norm(take.root[frame, :2] - way.place) < 0.05
        if way.facing is not None:
            turn = np.degrees(clips.yaw_of(take.rotations[frame, 0])) - way.facing
            assert abs((turn + 180) % 360 - 180) < 10


@pytest.mark.parametrize(("seconds", "word"), [(0.5, "fast"), (19.0, "slow")])
def test_a_pace_that_no_walk_has_is_told(seconds, word, walk, body):
    led = lead.lead(Task(walk, body, Steering(waypoints=(Waypoint(seconds, (0.0, -4.0)),))))
    assert any(word in note for note in led.notes)
    frame = min(round(seconds * clips.FPS), len(led.take) - 1)
    assert np.linalg.norm(led.take.root[frame, :2] - (0, -4)) < 0.05


def test_who_goes_nowhere_follows_no_path_and_says_so(idle, body):
    led = lead.lead(Task(idle, body, Steering(path=Path(((0, 0), (0, -4))))))
    assert led.route is None and any("goes nowhere" in note for note in led.notes)


def test_a_walk_inside_of_a_motion_is_lengthened_by_strides(walk, idle, body):
    both = replace(walk, is_cyclic=False)
    take = lead.take_of(join(both, idle), Task(walk, body))
    way = warp.course(take).gone[-1]
    longer = lengthened(take, 2.5 * way)
    assert warp.course(longer).gone[-1] == pytest.approx(2.5 * way, abs=0.9)
    turn = np.abs((longer.rotations[1:] * longer.rotations[:-1]).sum(-1)).min()
    assert turn > np.cos(np.radians(30))
    np.testing.assert_array_equal(longer.frames[-10:], take.frames[-10:])


def test_stops_are_kept_and_time_never_runs_back():
    gone = np.linspace(0, 9, 271)  # 1 m/s
    stops = [Stop(0, 0), Stop(2.0, 3.0), Stop(5.0, 4.5)]
    times = plan_times(gone, stops, None)
    for stop in stops:
        assert times.along[round(stop.time * clips.FPS)] == pytest.approx(stop.along, abs=0.02)
    assert (np.diff(times.at) >= 0).all() and (np.diff(times.along) >= 0).all()

# SPDX-License-Identifier: Apache-2.0
"""Feet that stand: planted soles keep their place, nothing sinks in, knees bend forward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, uniform_filter1d

from ....shared import posing, rotations
from ....shared.results import Rig
from ....shared.rotations import Floats
from ....shared.skeleton import INDEX
from .performance import ANKLES, BALLS

HIPS = (INDEX["left_hip"], INDEX["right_hip"])
KNEES = (INDEX["left_knee"], INDEX["right_knee"])
LAST_TOE_BONES = ("toe1-2", "toe2-3", "toe5-3")
ALL_TOES = "toe2-1"
HALF_WIDTH, LITTLE_TOE = 0.2, 0.5
"""Of a foot without toes: half its width as a share of ankle to tip, and how much of the way from
tip to ball the little toe is shorter."""
STRETCH = 0.998
"""The most of its length that a leg is stretched to."""
EASY_STRETCH = 0.992
"""The most that a standing leg is: a knee that locks snaps."""


@dataclass(frozen=True)
class Soles:
    """Points of the sole in the T-pose's axes, each for left and right foot (2, 3): `heel` seen
    from the ankle, `tips` (2, 3, 3) of three toes from the ball joint, which stands at
    `ball_height` (2,); `edges` (2, 4, 3) are both sides of ball and heel, from the ankle."""

    heel: Floats
    tips: Floats
    ball_height: Floats
    edges: Floats

    @property
    def ankle_height(self) -> float:
        return float(-self.heel[:, 2].mean())


def measure_soles(rig: Rig) -> Soles:
    """The sole lies at z = 0 of the bind pose; the foot's bones tell where it begins and ends."""
    heads, bones = rig.heads.astype(np.float64), posing.joint_bones(rig)
    names = {name: index for index, name in enumerate(rig.bone_names)}
    flat = np.array([1.0, 1.0, 0.0])
    heel, tips, high, edges = [], [], [], []
    for side, letter in enumerate("LR"):
        ankle, toe = heads[bones[ANKLES[side]]], heads[bones[BALLS[side]]]
        ends, outer = _toes(rig, names, letter)
        turn = rig.bind_to_t[ANKLES[side]].astype(np.float64)
        heel.append(rotations.rotate(turn, (ankle - 0.35 * (toe - ankle)) * flat - ankle))
        tips.append(rotations.rotate(turn, ends * flat - toe))
        high.append(toe[2])
        sides = [place - toe for place in outer]
        back = (ankle - 0.35 * (toe - ankle)) * flat
        corners = [toe * flat + 1.3 * side * flat for side in sides]
        corners += [back + 0.6 * side * flat for side in sides]
        edges.append(rotations.rotate(turn, np.array(corners) - ankle))
    return Soles(np.array(heel), np.array(tips), np.array(high), np.array(edges))


def _toes(rig: Rig, names: Mapping[str, int], letter: str) -> tuple[Floats, Floats]:
    """The ends (3, 3) of first, second and last toe, and where (2, 3) the first and last begin.

    A rig without toes has one bone for all of them, from the ball to the tip of the foot.
    """
    heads, tails = rig.heads.astype(np.float64), rig.tails.astype(np.float64)
    if f"{LAST_TOE_BONES[0]}.{letter}" in names:
        last = [names[f"{bone}.{letter}"] for bone in LAST_TOE_BONES]
        first = [names[f"toe{number}-1.{letter}"] for number in (1, 5)]
        return tails[last], heads[first]
    bone = names[f"{ALL_TOES}.{letter}"]
    ball, tip = heads[bone], tails[bone]
    long = float(np.linalg.norm(tip - heads[rig.parents[bone]]))
    inward = np.array([-1.0 if letter == "L" else 1.0, 0, 0])
    across = HALF_WIDTH * long * np.stack([inward, -inward])
    shorter = tip + (ball - tip) * LITTLE_TOE
    return np.stack([tip + across[0], tip, shorter + across[1]]), ball + across


def settle(
    turns: Floats,
    root: Floats,
    offsets: Floats,
    soles: Soles,
    contacts: NDArray[np.bool_],
    sink: float = 0.0,
) -> tuple[Floats, Floats]:
    """Local rotations (T, 22, 4) and pelvis path (T, 3) in metres, feet put right.

    `contacts` (T, 2, 2) says when heel and ball of each foot stand. The pelvis sinks where a leg
    would not reach, and by `sink` metres more: the feet do not.
    """
    return stand(level(turns, contacts), root, offsets, soles, contacts, sink)


def level(turns: Floats, contacts: NDArray[np.bool_]) -> Floats:
    """Local rotations (T, 22, 4) whose feet lie level where they stand."""
    world = posing.world_rotations(turns)
    for foot in range(2):
        _flatten(world, contacts[:, foot], foot)
    return with_legs(turns, world)


def stand(
    turns: Floats,
    root: Floats,
    offsets: Floats,
    soles: Soles,
    contacts: NDArray[np.bool_],
    sink: float = 0.0,
) -> tuple[Floats, Floats]:
    """`settle` for feet that are `level`: doing it again changes nothing more."""
    world = posing.world_rotations(turns)
    places = posing.joint_positions(turns, root, offsets)
    ankles = np.empty((2, len(turns), 3))
    for foot in range(2):
        ankles[foot] = places[:, ANKLES[foot]]
        points = sole_points(world, offsets, soles, foot)
        ankles[foot] += _plant(ankles[foot], points, contacts[:, foot])
        ankles[foot] += _lift(ankles[foot], points, contacts[:, foot])
    drop = np.maximum(_drop(places, ankles, offsets, contacts), sink)
    root = root - drop[:, None] * [0.0, 0.0, 1.0]
    for foot in range(2):
        hip = places[:, HIPS[foot]] - drop[:, None] * [0.0, 0.0, 1.0]
        bend_leg(world, hip, ankles[foot], offsets, foot)
    return with_legs(turns, world), root


def _smooth_flag(flag: NDArray[np.bool_], width: int = 7) -> Floats:
    """0 to 1, one wherever the flag is set, easing in before and out after it."""
    wide = maximum_filter1d(flag.astype(float), width, mode="nearest")
    metres: Floats = np.maximum(uniform_filter1d(wide, width, mode="nearest"), flag)
    return metres


def _flatten(world: Floats, contacts: NDArray[np.bool_], foot: int) -> None:
    """Lay the sole level where heel and ball stand, and the toes where the ball stands."""
    level = _smooth_flag(np.all(contacts, axis=1))
    ankle = world[:, ANKLES[foot]]
    upright = rotations.slerp(ankle, _without_roll(ankle), _smooth_flag(np.any(contacts, axis=1)))
    world[:, BALLS[foot]] = rotations.multiply(
        upright, rotations.multiply(rotations.conjugate(ankle), world[:, BALLS[foot]])
    )
    ankle = world[:, ANKLES[foot]] = upright
    flat = rotations.slerp(ankle, _level(ankle), level)
    toes = rotations.multiply(
        flat, rotations.multiply(rotations.conjugate(ankle), world[:, BALLS[foot]])
    )
    world[:, ANKLES[foot]] = flat
    world[:, BALLS[foot]] = rotations.slerp(toes, _level(flat), _smooth_flag(contacts[:, 1]))


def _without_roll(turn: Floats) -> Floats:
    """The foot's heading and pitch without its lean to a side; toes bend 57 degrees, no more."""
    x, z = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
    aside = rotations.rotate(turn, x)
    ahead = rotations.rotate(turn, np.array([0.0, -1.0, 0.0]))
    # Told from the foot's side: its front may point straight down.
    yaw = np.arctan2(aside[:, 1], aside[:, 0])
    forth = ahead[:, 0] * np.sin(yaw) - ahead[:, 1] * np.cos(yaw)
    pitch = np.clip(np.arctan2(-ahead[:, 2], forth), -0.7, 1.0)
    straight = rotations.multiply(
        rotations.from_axis_angle(z, yaw), rotations.from_axis_angle(x, pitch)
    )
    # A foot that lies on its side has no heading.
    lies = np.clip((np.abs(aside[:, 2]) - 0.7) / 0.2, 0, 1)
    return rotations.slerp(straight, turn, lies)


def _level(turn: Floats) -> Floats:
    """The nearest turn around Z alone."""
    flat = turn * np.array([1.0, 0.0, 0.0, 1.0])
    length = np.linalg.norm(flat, axis=-1, keepdims=True)
    return np.where(length > 1e-6, flat / np.maximum(length, 1e-6), [1.0, 0.0, 0.0, 0.0])


def sole_points(world: Floats, offsets: Floats, soles: Soles, foot: int) -> Floats:
    """(9, T, 3) what may touch the floor, seen from the ankle: heel, ball, tips of toes, edges.

    The ball is the point right below its joint: the toes below it lie flat while the heel rises.
    """
    turn, toes = world[:, ANKLES[foot]], world[:, BALLS[foot]]
    heel = rotations.rotate(turn, soles.heel[foot])
    ball = rotations.rotate(turn, offsets[BALLS[foot]])
    tips = ball + rotations.rotate(toes[None], soles.tips[foot][:, None])
    below = ball - soles.ball_height[foot] * np.array([0.0, 0.0, 1.0])
    edges = rotations.rotate(turn[None], soles.edges[foot][:, None])
    # With the heel up the sole's edges turn about the ball joint and stay above it.
    level = np.maximum(edges[:2, :, 2], below[:, 2])
    rises = (rotations.rotate(turn, np.array([0.0, -1.0, 0.0]))[:, 2] < -0.05)[None]
    edges[:2, :, 2] = np.where(rises, level, edges[:2, :, 2])
    return np.concatenate([np.stack([heel, below]), tips, edges])


def _plant(ankle: Floats, points: Floats, contacts: NDArray[np.bool_]) -> Floats:
    """(T, 3) displacement that holds the standing part of the sole still and on the floor."""
    heel, ball = ankle + points[0], ankle + points[1]
    stands = np.any(contacts, axis=1)
    shift = np.zeros_like(ankle)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], stands, [False]]).astype(int)))
    runs = list(zip(edges[::2], edges[1::2], strict=True))
    for start, end in runs:
        run = slice(start, end)
        on_ball = contacts[run, 1]
        # A step's displacement undoes what the standing part moved in it.
        moved = np.where(on_ball[1:, None], np.diff(ball[run], axis=0), np.diff(heel[run], axis=0))
        path = np.concatenate([np.zeros((1, 3)), -np.cumsum(moved, axis=0)])
        path -= path.mean(0)
        path[:, 2] = -np.where(on_ball, ball[run, 2], heel[run, 2])
        shift[run] = path
    _bridge(shift, runs)
    return shift


def _bridge(shift: Floats, runs: list[tuple[int, int]]) -> None:
    """Between two stands the displacement eases from the one into the other."""
    if not runs:
        return
    shift[: runs[0][0]] = shift[runs[0][0]]
    shift[runs[-1][1] :] = shift[runs[-1][1] - 1]
    for (_, end), (start, _) in pairwise(runs):
        t = np.linspace(0, 1, start - end + 2)[1:-1, None]
        ease = t * t * t * (10 - 15 * t + 6 * t * t)
        shift[end:start] = shift[end - 1] + (shift[start] - shift[end - 1]) * ease


def _lift(ankle: Floats, points: Floats, contacts: NDArray[np.bool_]) -> Floats:
    """(T, 3) upward displacement that keeps heel, ball and toes above the floor."""
    lowest = (ankle + points)[:, :, 2].min(0)
    need = np.maximum(0.0, -lowest)
    smooth = gaussian_filter1d(maximum_filter1d(need, 5, mode="nearest"), 1.2, mode="nearest")
    lift = np.where(np.any(contacts, axis=1), need, np.maximum(need, smooth))
    metres: Floats = lift[:, None] * np.array([0.0, 0.0, 1.0])
    return metres


def _drop(places: Floats, ankles: Floats, offsets: Floats, contacts: NDArray[np.bool_]) -> Floats:
    """(T,) metres that the pelvis sinks so that standing legs reach their feet."""
    need = np.zeros(len(places))
    for foot in range(2):
        reach = EASY_STRETCH * _lengths(offsets, foot).sum()
        gap = places[:, HIPS[foot]] - ankles[foot]
        aside = np.minimum(np.linalg.norm(gap[:, :2], axis=1), 0.9 * reach)
        stands = contacts[:, foot].any(1)
        need = np.maximum(need, stands * (gap[:, 2] - np.sqrt(reach**2 - aside**2)))
    metres: Floats = gaussian_filter1d(
        maximum_filter1d(need, 7, mode="nearest"), 1.6, mode="nearest"
    )
    return metres


def _lengths(offsets: Floats, foot: int) -> Floats:
    metres: Floats = np.linalg.norm(offsets[[KNEES[foot], ANKLES[foot]]], axis=-1)
    return metres


def bend_leg(
    world: Floats, hip: Floats, ankle: Floats, offsets: Floats, foot: int, ahead: float = 0.08
) -> None:
    """Turn thigh and shin (in `world`, in place) so that the ankle comes to its place; the front of
    the thigh leads the knee by `ahead` beside where it was."""
    front = rotations.rotate(world[:, HIPS[foot]], np.array([0.0, -1.0, 0.0]))
    thigh, shin = (
        rotations.rotate(world[:, joint], offsets[bone])
        for joint, bone in ((HIPS[foot], KNEES[foot]), (KNEES[foot], ANKLES[foot]))
    )
    # Where the knee was; the thigh's front decides only while the leg is straight.
    line = (thigh + shin) / np.linalg.norm(thigh + shin, axis=-1, keepdims=True)
    knee = thigh - (thigh * line).sum(-1, keepdims=True) * line
    towards = knee / np.linalg.norm(offsets[KNEES[foot]]) + ahead * front
    # The leg swings over to its new line as a whole before it bends.
    towards = rotations.rotate(rotations.between(line, ankle - hip), towards)
    solved = bend_limb(hip, ankle, towards, _lengths(offsets, foot))
    for joint, bone, wanted in zip(
        (HIPS[foot], KNEES[foot]), (KNEES[foot], ANKLES[foot]), solved, strict=True
    ):
        now = rotations.rotate(world[:, joint], offsets[bone])
        world[:, joint] = rotations.multiply(rotations.between(now, wanted), world[:, joint])


def bend_limb(
    start: Floats, end: Floats, towards: Floats, lengths: Floats
) -> tuple[Floats, Floats]:
    """Directions (T, 3) of a limb's two bones from `start` to `end`, its joint `towards`.

    An end out of reach is met in direction only.
    """
    line = end - start
    far = np.linalg.norm(line, axis=-1, keepdims=True)
    along = line / np.maximum(far, 1e-9)
    upper, lower = lengths
    far = np.clip(far, abs(upper - lower) + 1e-4, STRETCH * (upper + lower))
    aside = towards - (towards * along).sum(-1, keepdims=True) * along
    aside /= np.maximum(np.linalg.norm(aside, axis=-1, keepdims=True), 1e-9)
    cosine = np.clip((upper**2 + far**2 - lower**2) / (2 * upper * far), -1, 1)
    first = cosine * along + np.sqrt(1 - cosine**2) * aside
    return first, (far * along - upper * first) / lower


def with_legs(turns: Floats, world: Floats) -> Floats:
    """Local rotations whose legs and feet follow `world`."""
    turns = turns.copy()
    for foot in range(2):
        parent = world[:, 0]
        for joint in (HIPS[foot], KNEES[foot], ANKLES[foot], BALLS[foot]):
            turns[:, joint] = rotations.multiply(rotations.conjugate(parent), world[:, joint])
            parent = world[:, joint]
    return rotations.normalise(turns)

# SPDX-License-Identifier: Apache-2.0
"""Motions written by hand: key poses from `key_*.toml`, in-betweened, with breath and sway."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d

from ....shared import posing, rotations
from ....shared.errors import BadOptionError
from ....shared.rotations import Floats
from . import clips, feet, figure, limbs, posture
from .clips import FPS
from .model import Manner
from .performance import ANKLES, Performance, calmed
from .posture import CHANNELS, SIDES, Body, Channels

FOLDER = Path(__file__).parent
HOLD_S = 3.0
"""A round of breath and sway while a pose is kept up."""
ENDS = 24
"""Frames held before and after, so that what ends elsewhere than it began is no loop."""
STILL, GOING = 0.02, 0.35
"""Leg lengths a second under which a foot stands: of who stays, and of who goes somewhere."""
ON_FLOOR = 0.012
"""Leg lengths from the floor at which a foot stands on it."""
HOPS, WAITS = (0.15, 0.75), 0.12
"""Shares of the time on the floor between which a gait hops, and its pace there."""
MOST_SCALED = 50.0
"""Degrees beyond which a lean is a posture and not a gesture."""
GRIP = 0.015
"""Leg lengths above the lowest point within which skin lies on the floor."""
# Frames by which a channel follows its pose: a limb's end comes after its root.
DELAYS = {"hand": 1.0, "wrist": 3.0, "palm": 2.0, "head": 1.5, "spine": -0.5, "pelvis": -1.0}


@dataclass(frozen=True)
class KeyMotion:
    """`times` (K,) seconds; `keys` the full channels at each; `loop` is the part that repeats (two
    indices into the keys), where there is one; a cyclic motion's last key is its first again."""

    times: Floats
    keys: Channels
    is_cyclic: bool
    loop: tuple[int, int] | None
    half: int | None
    """The key in the loop at which it was done once, where a round does it twice."""
    on_body: bool
    """Rests on knees, hands or seat rather than on the soles."""
    rolls: bool
    """Goes where what lies on the floor takes it, by its grip."""
    travel: tuple[float, float, float]
    """Leg lengths to the left, forward and up in one round."""
    liveliness: float
    seconds: float | None

    @property
    def returns(self) -> bool:
        """Whether it ends as it began, standing."""
        return not self.is_cyclic and all(
            np.allclose(values[0] % 360, values[-1] % 360, atol=1e-6)
            for name, values in self.keys.items()
            if name.split("_")[-1] not in ("shift", "foot")
        )

    @property
    def held(self) -> KeyMotion:
        """Its last pose, kept up."""
        keys = {name: values[[-1, -1]] for name, values in self.keys.items()}
        times = np.array([0.0, HOLD_S])
        return replace(
            self,
            times=times,
            keys=keys,
            is_cyclic=True,
            loop=None,
            half=None,
            travel=(0.0, 0.0, 0.0),
        )

    @property
    def way_down(self) -> KeyMotion:
        """From its beginning until it first is as low as it ends."""
        sink = self.keys["sink"][:, 0]
        last = int(np.argmax(np.abs(sink - sink[-1]) < 0.02)) + 1
        keys = {name: values[:last] for name, values in self.keys.items()}
        return replace(self, times=self.times[:last], keys=keys, loop=None, half=None, seconds=None)


@cache
def read_key_motions(folder: Path = FOLDER) -> dict[str, KeyMotion]:
    """Every motion of the folder's files key_*.toml, which share their named poses; raises
    BadOptionError naming motion and channel at fault."""
    written: dict[str, Any] = limbs.written()
    poses: dict[str, Any] = {}
    for path in sorted(folder.glob("key_*.toml")):
        with path.open("rb") as file:
            found = tomllib.load(file)
        poses |= found.pop("poses", {})
        written |= found
    return {name: _read_motion(name, entry, poses) for name, entry in written.items()}


def _read_motion(name: str, entry: dict[str, Any], poses: dict[str, dict[str, Any]]) -> KeyMotion:
    base = _full(name, entry.get("base", {}), poses)
    times, rows = [], []
    for key in entry["keys"]:
        times.append(float(key["time"]))
        rows.append(base | _full(name, {k: v for k, v in key.items() if k != "time"}, poses))
    whole = [
        {channel: row.get(channel, value) for channel, value in CHANNELS.items()} for row in rows
    ]
    keys: Channels = {
        channel: np.array([row[channel] for row in whole], dtype=np.float64) for channel in CHANNELS
    }
    on_body = bool(entry.get("on_body", False))
    if on_body:
        keys["rest"][:] = 1
    loop = entry.get("loop")
    return KeyMotion(
        np.array(times),
        keys,
        bool(entry.get("cyclic", False)),
        (loop[0], loop[1]) if loop else None,
        entry.get("half"),
        on_body,
        bool(entry.get("rolls", False)),
        _way(entry.get("travel", 0.0)),
        float(entry.get("liveliness", 1.0)),
        entry.get("seconds"),
    )


def _way(travel: float | list[float]) -> tuple[float, float, float]:
    if isinstance(travel, list):
        left, ahead, up = (*travel, 0.0)[:3]
        return float(left), float(ahead), float(up)
    return 0.0, float(travel), 0.0


def _full(name: str, pose: dict[str, Any], poses: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Channels of a pose: of the poses it uses, then its own; `both_hand` sets both sides."""
    channels: dict[str, Any] = {}
    for used in pose.get("use", ()):
        if used not in poses:
            raise BadOptionError(f'The motion "{name}" uses a pose "{used}" that is not there.')
        channels |= _full(name, poses[used], poses)
    for channel, value in pose.items():
        if channel == "use":
            continue
        value = tuple(value) if isinstance(value, list) else (value,)
        sides = [channel.replace("both", side, 1) for side in SIDES]
        for one in sides if channel.startswith("both_") else [channel]:
            if one not in CHANNELS or len(CHANNELS[one]) != len(value):
                raise BadOptionError(f'The motion "{name}" sets "{channel}" to {value}.')
            channels[one] = value
    return channels


def perform_keys(motion: KeyMotion, body: Body, manner: Manner, seed: int) -> Performance:
    """In-between the keys on this body; `manner.count` or `seconds` repeat its loop."""
    random = np.random.default_rng(seed)
    pace = 1.25**manner.tempo * random.uniform(0.95, 1.05)
    order, times = _unrolled(motion, manner, pace)
    amount = manner.amount * random.uniform(0.95, 1.05)
    channels = _in_between(motion, order, times, amount)
    rounds = (len(order) - 1) // (len(motion.times) - 1) if motion.is_cyclic else 0
    _enliven(channels, random, motion)
    turns, root = posture.solve(channels, body)
    turns = _without_flips(turns, motion.is_cyclic)
    if channels["rest"].any():
        root = let_down(
            turns, root, body, channels["rest"], is_cyclic=motion.is_cyclic, rolls=motion.rolls
        )
    left, ahead, up = motion.travel
    travel = np.array([left, -ahead, up]) * [amount, amount, 1.0] * rounds
    way = travel * _pace(channels, motion)[:, None]
    contacts = _contacts(channels, way)
    root += way * body.leg
    if motion.rolls and motion.is_cyclic:
        travel = (root[-1] - root[0]) / body.leg * len(root) / (len(root) - 1) * [1, 1, 0]
    standing = clips.standing_height(body.offsets, body.soles.ankle_height)
    path = (root - [0.0, 0.0, standing]) / body.leg
    turns = rotations.continuous(turns)
    # Who climbs does not arrive where it began, and stands on what nobody sees.
    closes, contacts = motion.is_cyclic and not up, contacts & (not up)
    goes = (float(travel[0]), float(travel[1]), 0.0) if closes else (0.0, 0.0, 0.0)
    return Performance(turns, path, contacts, closes, goes)


def _pace(channels: Channels, motion: KeyMotion) -> Floats:
    """(T,) the share of the way that is gone: who hops goes in the air and waits on the floor."""
    on_floor = [
        (channels[f"{side}_foot"][:, 2] < ON_FLOOR) & (channels[f"{side}_free"][:, 0] < 0.5)
        for side in SIDES
    ]
    stands = on_floor[0] | on_floor[1]
    even = not motion.is_cyclic or not HOPS[0] < stands.mean() < HOPS[1]
    pace = np.ones(len(stands)) if even else np.where(stands, WAITS, 1.0)
    smooth = pace if even else gaussian_filter1d(pace, 1.5, mode="wrap")
    share: Floats = (np.cumsum(smooth) - smooth) / smooth.sum()
    return share


def _without_flips(turns: Floats, is_cyclic: bool) -> Floats:
    """An elbow whose direction passes through the arm's own would flip in one frame."""
    if is_cyclic:
        return calmed(turns)
    ends = [np.repeat(turns[end : end + 1 or None], ENDS, axis=0) for end in (0, -1)]
    return calmed(np.concatenate([ends[0], turns, ends[1]]))[ENDS:-ENDS]


def _unrolled(motion: KeyMotion, manner: Manner, pace: float) -> tuple[list[int], Floats]:
    """Which key comes when: the loop, or the whole of a cyclic motion, as often as asked for."""
    count = len(motion.times)
    whole = motion.is_cyclic or (manner.count is not None and motion.returns)
    first, last = motion.loop or ((0, count - 1) if whole else (count - 1, count - 1))
    once = motion.times[-1] - (motion.times[last] - motion.times[first])
    round_time = max(motion.times[last] - motion.times[first], 1e-6)
    repeats = manner.count
    if repeats is None:
        wanted = (manner.seconds or motion.seconds or (4.0 if motion.is_cyclic else 0.0)) * pace
        repeats = max(1, round((wanted - once) / round_time)) if wanted and last > first else 1
    is_odd = motion.half is not None and manner.count is not None and manner.count % 2 == 1
    if motion.half is not None and manner.count is not None:
        repeats = manner.count // 2
    repeats = int(np.clip(repeats, 0 if is_odd else 1, 40))
    if motion.is_cyclic and manner.seconds:
        # Whole rounds only: a little faster or slower comes nearer to the length asked for.
        pace *= float(np.clip(repeats * round_time / pace / manner.seconds, 0.75, 1.3))
    order = list(range(first + 1))
    for _ in range(repeats):
        order += list(range(first + 1, last + 1))
    if is_odd and motion.half is not None:
        order += list(range(first + 1, motion.half + 1))
    order += list(range(last + 1, count))
    steps = [motion.times[b] - motion.times[b - 1] if b > 0 else 0.0 for b in order[1:]]
    return order, np.concatenate([[0.0], np.cumsum(steps)]) / pace


def _in_between(motion: KeyMotion, order: list[int], times: Floats, amount: float) -> Channels:
    """Monotone cubic curves through the keys: no overshoot, at rest at every turning point."""
    frames = max(2, round(float(times[-1]) * FPS))
    if not motion.is_cyclic:
        frames += 1
    at = np.arange(frames) / (frames if motion.is_cyclic else frames - 1) * times[-1]
    end = float(times[-1])
    channels: Channels = {}
    for name, values in motion.keys.items():
        # Who rolled goes on from there: a round may end elsewhere than it began.
        way = values[-1] - values[0]
        rounds = np.cumsum(np.diff(order, prepend=0) < 0) if motion.loop is None else 0 * at[:1]
        rows = values[order] + np.atleast_1d(rounds)[:, None] * way
        rows = rows[:1] + (rows - rows[:1]) * _scale(name, rows, amount)
        delay = DELAYS.get(name.split("_")[-1], 0.0) / FPS
        if motion.is_cyclic:
            whole = np.concatenate([times[:-1] - end, times, times[1:] + end])
            turn = rows[-1] - rows[0]
            rows = np.concatenate([rows[:-1] - turn, rows, rows[1:] + turn])
            channels[name] = PchipInterpolator(whole, rows)(at - delay)
        else:
            # Held before and after, so that it starts and ends at rest.
            whole = np.concatenate([[-0.4], times, [end + 0.4]])
            held = np.concatenate([rows[:1], rows, rows[-1:]])
            channels[name] = PchipInterpolator(whole, held)(at - delay)
    return channels


def _scale(name: str, rows: Floats, amount: float) -> float:
    """Feet, seat and what is reached for stay where they are written, and so do whole turns."""
    if np.abs(rows).max() > MOST_SCALED:
        return 1.0
    return amount if name.split("_")[-1] in ("spine", "head", "shrug", "pelvis") else 1.0


def _enliven(channels: Channels, random: np.random.Generator, motion: KeyMotion) -> None:
    """Breath, a little sway and a wandering look, of whole periods so that a loop still closes."""
    frames = len(channels["sink"])
    seconds = frames / FPS
    turn = 2 * np.pi * np.arange(frames) / frames

    def wave(period: float) -> Floats:
        return np.sin(turn * max(1, round(seconds / period)) + random.uniform(0, 2 * np.pi))

    live = motion.liveliness
    breath = wave(3.4)
    channels["spine"][:, 0] -= 0.9 * live * breath
    channels["head"][:, 0] += 0.7 * live * breath + 1.2 * live * wave(4.6)
    channels["head"][:, 2] += 2.2 * live * wave(5.3) + 1.2 * live * wave(2.9)
    channels["head"][:, 1] += 1.0 * live * wave(3.9)
    channels["spine"][:, 2] += 0.9 * live * wave(4.9)
    if not motion.on_body:
        sway = wave(5.1)
        channels["shift"][:, 0] += 0.008 * live * sway
        channels["pelvis"][:, 1] += 0.8 * live * sway
        channels["spine"][:, 1] -= 0.9 * live * sway
        channels["shift"][:, 1] += 0.004 * live * wave(3.1)
    for side in SIDES:
        channels[f"{side}_shrug"][:, 0] += 1.0 * live * breath
        channels[f"{side}_hand"][:, 1] += 0.008 * live * wave(3.7)
        channels[f"{side}_hand"][:, 0] += 0.005 * live * wave(4.3)


def _contacts(channels: Channels, way: Floats) -> NDArray[np.bool_]:
    """(T, 2, 2) a foot stands where its channels, moved along by `way` (T, 3) in leg lengths, keep
    it still on the floor."""
    stands = np.zeros((len(way), 2, 2), dtype=bool)
    slow = GOING if way.any() else STILL
    for side, name in enumerate(SIDES):
        foot, heel = channels[f"{name}_foot"], channels[f"{name}_heel"][:, 0]
        place = way * [1, 1, 0] + foot * [1 - 2 * side, -1, 1]
        still = np.linalg.norm(np.gradient(place, axis=0), axis=1) * FPS < slow
        down = still & (foot[:, 2] < 0.004) & (channels[f"{name}_free"][:, 0] < 0.01)
        stands[:, side, 0] = down & (heel < 2.0)
        stands[:, side, 1] = down & (heel > -2.0)
    return stands


def let_down(
    turns: Floats, root: Floats, body: Body, rest: Floats, *, is_cyclic: bool, rolls: bool
) -> Floats:
    """The path (T, 3) in metres of a body let down until its lowest part lies on the floor where
    `rest` (T, 1) is one; what lies there does not slip where it `rolls`."""
    points = figure.skin_points(turns, root, body.offsets, body.hull)
    world = posing.world_rotations(turns)
    places = posing.joint_positions(turns, root, body.offsets)
    for foot, ankle in enumerate(ANKLES):
        soles = feet.sole_points(world, body.offsets, body.soles, foot)
        points = np.concatenate([points, (places[:, ankle] + soles).swapaxes(0, 1)], axis=1)
    low = points[:, :, 2].min(1)
    smooth = gaussian_filter1d(low, 2.0, mode="wrap" if is_cyclic else "nearest")
    path: Floats = root - rest * smooth[:, None] * np.array([0.0, 0.0, 1.0])
    if rolls:
        weight = np.exp(-(points[:, :, 2] - low[:, None]) / (GRIP * body.leg))
        weight = weight[1:] + weight[:-1]
        steps = np.diff(points[:, :, :2], axis=0)
        slip = (weight[:, :, None] * steps).sum(1) / weight.sum(1)[:, None]
        path[1:, :2] -= np.cumsum(slip, axis=0)
    return path

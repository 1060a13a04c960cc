# SPDX-License-Identifier: Apache-2.0
"""Whether a motion does what a prompt asks, by kinematics alone (`motion_prompts.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from motion_conditions import (
    CONDITIONS,
    FRONT,
    Flags,
    Spec,
    bend,
    distance,
    gap,
    gaze_down,
    holds,
    lean,
    pace,
    sided,
    within,
)
from motion_takes import UP, Floats, Take, take_of
from motion_takes import Build as Build
from scipy.ndimage import gaussian_filter1d

from kinora.shared import rotations
from kinora.shared.results import Motion
from kinora.shared.skeleton import INDEX

PROMPTS = Path(__file__).with_name("motion_prompts.toml")
HELD = 0.1
"""Seconds that a condition is held for unless a check says otherwise."""
ENDS = 0.3
"""Seconds that a motion's start and its end last."""
SHOWN = 3.0
"""A cyclic motion is looked at for so many seconds, as previews show it."""
GOES = 0.15
"""Metres a second under which a body stays."""
LIKE = 0.6
"""How much a round is like the one before it, 1 being the same."""


@dataclass(frozen=True)
class Prompt:
    id: str
    family: str
    text: str
    checks: tuple[Spec, ...]


def load_prompts(which: str, path: Path = PROMPTS) -> list[Prompt]:
    """The prompts of `evaluation` or of `development`."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["prompt"]
    return [
        Prompt(row["id"], row["family"], row["text"], tuple(row["check"]))
        for row in rows
        if row["set"] == which
    ]


def judged(prompt: Prompt, motion: Motion, build: Build) -> list[bool]:
    """Whether each check is met. What is counted or timed is so over one round of a cycle."""
    once, shown = take_of(motion, build), take_of(motion, build, SHOWN)
    return [met(once if _is_counted(check) else shown, check) for check in prompt.checks]


def _is_counted(check: Spec) -> bool:
    counts = check["kind"] == "repeats" and "max" in check
    return counts or check["kind"] == "duration" or "times_max" in check


def met(take: Take, check: Spec) -> bool:
    """Whether a motion passes one check."""
    if check["kind"] in CONDITIONS:
        return _held(holds(take, check), check, take.fps)
    sides = sided(check)
    if sides is not None:
        return any(MEASURES[check["kind"]](take, side) for side in sides)
    return bool(MEASURES[check["kind"]](take, check))


def runs(flags: Flags) -> list[tuple[int, int]]:
    """First frame and the one after the last of each run of true frames."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _needed(check: Spec, fps: float) -> int:
    """Frames that a condition must be held for."""
    return max(1, round(check.get("seconds", HELD) * fps))


def _held(flags: Flags, check: Spec, fps: float) -> bool:
    if "share" in check:
        return bool(flags.mean() >= check["share"])
    long = [run for run in runs(flags) if run[1] - run[0] >= _needed(check, fps)]
    return check.get("times", 1) <= len(long) <= check.get("times_max", len(long))


def _speed(take: Take, check: Spec) -> bool:
    goes = np.linalg.norm(take.velocity(0.25), axis=-1) > GOES * take.scale
    if goes.sum() < 0.4 * take.fps:
        return False
    return _between(float(np.median(pace(take, check["direction"], 0.25)[goes])), check, take.scale)


def _between(value: float, check: Spec, unit: float = 1.0) -> bool:
    return bool(within(np.array(value), check, unit))


def _travels(take: Take, check: Spec) -> bool:
    if check["direction"] == "any":
        places = take.place("pelvis")[:, :2]
        return _between(float(np.linalg.norm(places - places[0], axis=1).max()), check, take.scale)
    way = pace(take, check["direction"], 0.0)[:-1].sum() / take.fps
    return _between(float(way), check, take.scale)


def _in_place(take: Take, check: Spec) -> bool:
    places = take.place("pelvis")[:, :2]
    away = np.linalg.norm(places - np.median(places, axis=0), axis=1)
    return bool(away.max() <= check["max"] * take.scale)


def _turns(take: Take, check: Spec) -> bool:
    """The furthest apart that two headings are, one after the other, in degrees."""
    heading = np.degrees(take.heading)
    to_left = (heading - np.minimum.accumulate(heading)).max()
    to_right = (np.maximum.accumulate(heading) - heading).max()
    most = {"left": to_left, "right": to_right}.get(check.get("direction", ""))
    return _between(float(max(to_left, to_right) if most is None else most), check)


def _cyclic(take: Take, check: Spec) -> bool:
    found = period(take)
    return found is not None and _between(found, check)


def period(take: Take) -> float | None:
    """Seconds after which the pose comes back, None where it does not; a round must be seen more
    than one and a half times."""
    away = take.joints - take.place("pelvis")[:, None]
    axes = np.stack([take.left, take.forward, np.broadcast_to(UP, take.left.shape)], 1)
    poses = np.einsum("tij,tkj->tki", axes, away).reshape(len(take), -1)
    poses -= poses.mean(0)
    likeness = [1.0]
    for lag in range(1, int(len(poses) / 1.5)):
        first, second = poses[:-lag], poses[lag:]
        energy = np.sqrt((first**2).sum() * (second**2).sum())
        likeness.append(float((first * second).sum() / max(energy, 1e-9)))
    values = np.array(likeness)
    peaks = [
        lag
        for lag in range(int(0.2 * take.fps), len(values) - 1)
        if values[lag] >= LIKE and values[lag - 1] <= values[lag] >= values[lag + 1]
    ]
    if not peaks:
        return None
    best = max(values[peaks])
    return next(lag for lag in peaks if values[lag] >= best - 0.1) / take.fps


def signal(take: Take, check: Spec) -> Floats:
    """(T,) metres for a body that is TALL, or degrees."""
    return SIGNALS[check["signal"]](take, check)


def swings(values: Floats, swing: float) -> int:
    """How often values go there and back by `swing` or more: the more of its rises and falls."""
    rises = falls = way = 0
    low = high = values[0]
    for value in values:
        low, high = min(low, value), max(high, value)
        if way <= 0 and value - low >= swing:
            rises, way, high = rises + 1, 1, value
        elif way >= 0 and high - value >= swing:
            falls, way, low = falls + 1, -1, value
    return max(rises, falls)


def _repeats(take: Take, check: Spec) -> bool:
    smooth = gaussian_filter1d(signal(take, check), 0.02 * take.fps, mode="nearest")
    return _between(swings(smooth, check["swing"]), check)


def _range(take: Take, check: Spec) -> bool:
    return _between(float(np.ptp(signal(take, check))), check)


def _head_yaw(take: Take, _: Spec) -> Floats:
    """Degrees that the face is turned from the chest."""
    front, chest = (
        rotations.rotate(take.world[:, INDEX[joint]], FRONT) for joint in ("head", "spine3")
    )
    yaw = np.arctan2(front[:, 1], front[:, 0]) - np.arctan2(chest[:, 1], chest[:, 0])
    degrees: Floats = np.degrees(np.unwrap(yaw))
    return degrees


def _pelvis_yaw(take: Take, _: Spec) -> Floats:
    left = take.place("left_hip") - take.place("right_hip")
    degrees: Floats = np.degrees(np.unwrap(np.arctan2(left[:, 1], left[:, 0])))
    return degrees


def _pelvis_sway(take: Take, _: Spec) -> Floats:
    """The pelvis to the left of the middle between feet and neck."""
    foot = (take.place("left_ankle") + take.place("right_ankle")) / 2
    away = take.place("pelvis") - (foot + take.place("neck")) / 2
    metres: Floats = (away * take.left).sum(-1) / take.scale
    return metres


def _shrug(take: Take, _: Spec) -> Floats:
    """The shoulders above the chest, along the trunk."""
    trunk = take.place("neck") - take.place("spine3")
    trunk /= np.linalg.norm(trunk, axis=-1, keepdims=True)
    middle = (take.place("left_shoulder") + take.place("right_shoulder")) / 2
    metres: Floats = ((middle - take.place("spine3")) * trunk).sum(-1) / take.scale
    return metres


def _height(take: Take, check: Spec) -> Floats:
    ground = take.place(check["b"])[:, 2] if "b" in check else 0.0
    metres: Floats = (take.place(check["a"])[:, 2] - ground) / take.scale
    return metres


SIGNALS: Mapping[str, Callable[[Take, Spec], Floats]] = {
    "height": _height,
    "distance": lambda take, check: distance(take, check) / take.scale,
    "ahead": lambda take, check: gap(take, check, take.forward) / take.scale,
    "aside": lambda take, check: gap(take, check, take.left) / take.scale,
    "angle": bend,
    "lean": lambda take, check: lean(take, check["direction"]),
    "gaze_down": lambda take, _: gaze_down(take),
    "head_yaw": _head_yaw,
    "pelvis_yaw": _pelvis_yaw,
    "pelvis_sway": _pelvis_sway,
    "shrug": _shrug,
}


def peak(take: Take, joint: str, direction: str | None = None) -> float:
    """The fastest that a joint goes as seen from the pelvis, metres a second."""
    away = gaussian_filter1d(
        take.place(joint) - take.place("pelvis"), 0.025 * take.fps, axis=0, mode="nearest"
    )
    speed = np.gradient(away, axis=0) * take.fps
    if direction == "up":
        return float(speed[:, 2].max())
    return float(np.linalg.norm(speed, axis=-1).max())


def _peak_speed(take: Take, check: Spec) -> bool:
    return _between(peak(take, check["joint"], check.get("direction")), check, take.scale)


def _faster(take: Take, check: Spec) -> bool:
    return peak(take, check["a"]) >= check["by"] * peak(take, check["b"])


def unevenness(take: Take) -> float:
    """How much the legs differ, as a share: in how far knees bend, feet swing and reach ahead."""
    knees, ways, reaches = [], [], []
    for side in ("left", "right"):
        least, most = np.quantile(bend(take, {"joint": f"{side}_knee"}), [0.02, 0.98])
        ahead = gap(take, {"a": f"{side}_ankle", "b": "pelvis"}, take.forward)
        behind, before = np.quantile(ahead, [0.05, 0.95])
        knees.append(most - least)
        ways.append(before - behind)
        reaches.append(before)
    pairs = (knees, ways, reaches)
    return float(max(abs(a - b) / max((a + b) / 2, 1e-9) for a, b in pairs))


def _sway(take: Take, check: Spec) -> bool:
    """How far the pelvis strays across its straight way, side to side."""
    places = take.place("pelvis")[:, :2]
    way = places[-1] - places[0]
    way = way / max(float(np.linalg.norm(way)), 1e-9)
    across = (places - places[0]) @ np.array([-way[1], way[0]])
    return _between(float(np.ptp(across)), check, take.scale)


def _still(take: Take, check: Spec) -> bool:
    smooth = gaussian_filter1d(take.joints, 0.05 * take.fps, axis=0, mode="nearest")
    speed = np.linalg.norm(np.gradient(smooth, axis=0), axis=-1).mean(1) * take.fps
    return bool(np.quantile(speed, 0.95) <= check["max"] * take.scale)


def _ends(take: Take) -> tuple[slice, slice]:
    count = max(1, round(ENDS * take.fps))
    return slice(0, count), slice(len(take) - count, None)


def _rises(take: Take, check: Spec) -> bool:
    first, last = (take.place("pelvis")[end, 2].mean() for end in _ends(take))
    return _between(float(last - first), check, take.scale)


def _at_end(take: Take, check: Spec) -> bool:
    end = _ends(take)[check["kind"] == "ends"]
    return all(holds(take, one)[end].mean() >= 0.5 for one in check["of"])


def _never(take: Take, check: Spec) -> bool:
    found = [runs(holds(take, one)) for one in check["of"]]
    longest = max((end - start for each in found for start, end in each), default=0)
    return longest <= 0.06 * take.fps


def _order(take: Take, check: Spec) -> bool:
    """Whether the conditions are met one after the other."""
    now = 0
    for one in check["of"]:
        needed = _needed(one, take.fps)
        later = [run for run in runs(holds(take, one)[now:]) if run[1] - run[0] >= needed]
        if not later:
            return False
        now += later[0][0] + needed
    return True


MEASURES: Mapping[str, Callable[[Take, Spec], bool]] = {
    "speed": _speed,
    "travels": _travels,
    "in_place": _in_place,
    "turns": _turns,
    "cyclic": _cyclic,
    "repeats": _repeats,
    "range": _range,
    "peak_speed": _peak_speed,
    "faster": _faster,
    "uneven": lambda take, check: _between(unevenness(take), check),
    "sway": _sway,
    "still": _still,
    "rises": _rises,
    "starts": _at_end,
    "ends": _at_end,
    "never": _never,
    "order": _order,
    "any": lambda take, check: any(met(take, one) for one in check["of"]),
    "duration": lambda take, check: _between(len(take) / take.fps, check),
}

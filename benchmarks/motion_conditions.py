# SPDX-License-Identifier: Apache-2.0
"""What is true of a motion at each of its frames; `motion_prompts.toml` tells the kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from motion_takes import UP, Floats, Take
from numpy.typing import NDArray

from kinora.shared import rotations
from kinora.shared.skeleton import INDEX

Spec = Mapping[str, Any]
Flags = NDArray[np.bool_]

NEAR_FLOOR = {"hand": 0.12, "wrist": 0.12, "foot": 0.06, "knee": 0.14, "ankle": 0.16}
"""Metres above the floor under which a joint rests on it."""
OFF_FLOOR = 0.03
HEEL_UP = 0.035
LIES = {"pelvis": 0.35, "head": 0.37, "spine3": 0.37}
"""The most of the pelvis's standing height, and metres, of one who lies."""
FRONT = np.array([0.0, -1.0, 0.0])


def holds(take: Take, spec: Spec) -> Flags:
    """(T,) where a condition is met."""
    sides = sided(spec)
    if sides is not None:
        left, right = (holds(take, side) for side in sides)
        return left & right if _is_both(spec) else left | right
    return CONDITIONS[spec["kind"]](take, spec)


def sided(spec: Spec) -> tuple[Spec, Spec] | None:
    """The condition for the left and for the right, where it names either or both."""
    if not any(name.startswith(("either_", "both_")) for name in _names(spec).values()):
        return None
    left, right = ({**spec, **_named(spec, own, other)} for own, other in _SIDES)
    return left, right


_SIDES = (("left", "right"), ("right", "left"))


def _names(spec: Spec) -> dict[str, str]:
    """What a condition names besides its kind."""
    return {key: value for key, value in spec.items() if isinstance(value, str) and key != "kind"}


def _is_both(spec: Spec) -> bool:
    return any(name.startswith("both_") for name in _names(spec).values())


def _named(spec: Spec, own: str, other: str) -> dict[str, str]:
    """The names of joints with the side in place of either, both, own and other."""
    swap = {"either": own, "both": own, "own": own, "other": other}
    found = {}
    for key, name in _names(spec).items():
        word, _, part = name.partition("_")
        if word in swap:
            found[key] = f"{swap[word]}_{part}"
    return found


def within(values: Floats, spec: Spec, unit: float = 1.0) -> Flags:
    """Where values lie between `min` and `max`, given in so many of the values' units."""
    low, high = spec.get("min", -np.inf) * unit, spec.get("max", np.inf) * unit
    flags: Flags = (values >= low) & (values <= high)
    return flags


def gap(take: Take, spec: Spec, direction: Floats) -> Floats:
    """(T,) metres of joint `a` from joint `b` along a direction."""
    away: Floats = ((take.place(spec["a"]) - take.place(spec["b"])) * direction).sum(-1)
    return away


def distance(take: Take, spec: Spec) -> Floats:
    apart: Floats = np.linalg.norm(take.place(spec["a"]) - take.place(spec["b"]), axis=-1)
    return apart


def bend(take: Take, spec: Spec) -> Floats:
    """(T,) degrees between the two bones that meet at a joint, 180 where it is straight."""
    side, _, joint = spec["joint"].partition("_")
    ends = {"elbow": ("shoulder", "wrist"), "knee": ("hip", "ankle")}[joint]
    middle = take.place(spec["joint"])
    arms = [take.place(f"{side}_{end}") - middle for end in ends]
    arms = [arm / np.linalg.norm(arm, axis=-1, keepdims=True) for arm in arms]
    degrees: Floats = np.degrees(np.arccos(np.clip((arms[0] * arms[1]).sum(-1), -1, 1)))
    return degrees


def lean(take: Take, direction: str) -> Floats:
    """(T,) degrees of the trunk from the vertical, or of it towards a side."""
    trunk = take.place("neck") - take.place("pelvis")
    if direction == "any":
        across = np.linalg.norm(trunk[:, :2], axis=-1)
    else:
        across = (trunk * take.side(direction)).sum(-1)
    degrees: Floats = np.degrees(np.arctan2(across, trunk[:, 2]))
    return degrees


def gaze_down(take: Take) -> Floats:
    """(T,) degrees that the head looks below the horizon."""
    front = rotations.rotate(take.world[:, INDEX["head"]], FRONT)
    degrees: Floats = np.degrees(np.arcsin(np.clip(-front[:, 2], -1, 1)))
    return degrees


def pace(take: Take, direction: str, sigma: float = 0.15) -> Floats:
    """(T,) metres a second over the ground, in a direction of the body or in any."""
    velocity = take.velocity(sigma)
    speed: Floats
    if direction == "any":
        speed = np.linalg.norm(velocity, axis=-1)
    else:
        speed = (velocity * take.side(direction)).sum(-1)
    return speed


def _above(take: Take, spec: Spec) -> Flags:
    flags: Flags = gap(take, spec, UP) >= spec.get("margin", 0.0) * take.scale
    return flags


def _below(take: Take, spec: Spec) -> Flags:
    flags: Flags = gap(take, spec, UP) <= -spec.get("margin", 0.0) * take.scale
    return flags


def _height(take: Take, spec: Spec) -> Flags:
    return within(take.place(spec["joint"])[:, 2], spec, take.scale)


def _pelvis(take: Take, spec: Spec) -> Flags:
    return within(take.place("pelvis")[:, 2], spec, take.build.pelvis)


def _distance(take: Take, spec: Spec) -> Flags:
    return within(distance(take, spec), spec, take.scale)


def _ahead(take: Take, spec: Spec) -> Flags:
    return within(gap(take, spec, take.forward), spec, take.scale)


def _behind(take: Take, spec: Spec) -> Flags:
    return within(-gap(take, spec, take.forward), spec, take.scale)


def _aside(take: Take, spec: Spec) -> Flags:
    return within(gap(take, spec, take.side(spec["side"])), spec, take.scale)


def _lean(take: Take, spec: Spec) -> Flags:
    return within(lean(take, spec["direction"]), spec)


def _airborne(take: Take, spec: Spec) -> Flags:
    """Both soles are off the floor and nothing else rests on it."""
    flags: Flags = take.soles[..., 2].min((0, 1)) > OFF_FLOOR * take.scale
    hands = np.minimum(take.place("left_hand")[:, 2], take.place("right_hand")[:, 2])
    flags &= take.place("pelvis")[:, 2] > 0.5 * take.build.pelvis
    flags &= hands > NEAR_FLOOR["hand"] * take.scale
    return flags


def _lying(take: Take, spec: Spec) -> Flags:
    flags: Flags = take.place("pelvis")[:, 2] < LIES["pelvis"] * take.build.pelvis
    for joint in ("head", "spine3"):
        flags &= take.place(joint)[:, 2] < LIES[joint] * take.scale
    face = spec.get("face")
    if face:
        front = rotations.rotate(take.world[:, INDEX["spine3"]], FRONT)[:, 2]
        flags &= (front if face == "up" else -front) > 0.4
    return flags


def _moving(take: Take, spec: Spec) -> Flags:
    return within(pace(take, spec["direction"]), spec, take.scale)


def _on_floor(take: Take, spec: Spec) -> Flags:
    part = spec["joint"].split("_")[-1]
    flags: Flags = take.place(spec["joint"])[:, 2] < NEAR_FLOOR[part] * take.scale
    return flags


def _heels_up(take: Take, _: Spec) -> Flags:
    """The foot that stands, the lower one, does so on its ball."""
    heels, balls = take.soles[:, 0, :, 2], take.soles[:, 1, :, 2]
    lower = np.minimum(heels, balls).argmin(0)
    frames = np.arange(len(take))
    flags: Flags = heels[lower, frames] > HEEL_UP * take.scale
    return flags


def _together(take: Take, spec: Spec) -> Flags:
    flags: Flags = np.all([holds(take, one) for one in spec["of"]], axis=0)
    return flags


def _either_of(take: Take, spec: Spec) -> Flags:
    flags: Flags = np.any([holds(take, one) for one in spec["of"]], axis=0)
    return flags


CONDITIONS: Mapping[str, Callable[[Take, Spec], Flags]] = {
    "above": _above,
    "below": _below,
    "height": _height,
    "pelvis": _pelvis,
    "near": _distance,
    "apart": _distance,
    "ahead": _ahead,
    "behind": _behind,
    "aside": _aside,
    "angle": lambda take, spec: within(bend(take, spec), spec),
    "lean": _lean,
    "airborne": _airborne,
    "lying": _lying,
    "moving": _moving,
    "on_floor": _on_floor,
    "heels_up": _heels_up,
    "gaze_down": lambda take, spec: within(gaze_down(take), spec),
    "together": _together,
    "either_of": _either_of,
}

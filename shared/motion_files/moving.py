# SPDX-License-Identifier: Apache-2.0
"""A moving skeleton of any names, axes, units and rest pose, told as a motion of our 22 joints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .. import posing, rotations
from ..results import Motion
from ..rotations import Floats
from ..skeleton import JOINTS, PARENTS
from .filling import Places, filled
from .finger_curls import curls_of
from .names import Matched, match
from .problems import unreadable
from .units import scale_of

UP = np.array([0.0, 0.0, 1.0])
FRONT = np.array([0.0, -1.0, 0.0])
SIDES = (("left", 1.0), ("right", -1.0))
STEEP = np.radians(60)
"""A foot that points further down than this at rest does not stand flat."""
SNAP = np.radians(10)
STRAIGHT = np.radians(1.5)
PALM = np.radians((15, 120))
"""How far from facing down a palm is drawn to count as turned."""


@dataclass(frozen=True)
class Moving:
    """`rest` (N, 3) and `places` (T, N, 3) of all joints in the file's axes and units; `turns`
    (T, N, 4) are world rotations from the rest pose; `parents` -1 for none."""

    names: tuple[str, ...]
    parents: tuple[int, ...]
    rest: Floats
    places: Floats
    turns: Floats
    fps: float


def to_motion(moving: Moving, name: str) -> tuple[Motion, tuple[str, ...]]:
    """On the source's own proportions, and what there is to say of it. Places and heading are as
    in the file, axes and units ours. Raises BadOptionError where the skeleton is no human body."""
    matched = match(moving.names, moving.parents)
    if not matched.is_body:
        lacking = ", ".join(joint.replace("_", " ") for joint in matched.missing[:4])
        raise unreadable(
            "The skeleton is not known to be a human body: no bone was found for "
            + (lacking or "its limbs"),
            "Name its bones as Mixamo, Rigify, Unreal or SMPL do.",
        )
    index = {bone: number for number, bone in reversed(list(enumerate(moving.names)))}
    bones = {joint: index[bone] for joint, bone in matched.map.items()}
    moving, notes = _with_standing_rest(moving, bones)
    upright = upward({joint: moving.rest[bone] for joint, bone in bones.items()})
    scale, unit_notes = scale_of({joint: moving.rest[bone] for joint, bone in bones.items()})
    level = scale * rotations.rotate(upright, moving.rest)
    heading = facing({joint: level[bone] for joint, bone in bones.items()})
    level = rotations.rotate(rotations.conjugate(heading), level)
    rest, turns = filled(
        {joint: level[bone] for joint, bone in bones.items()},
        {joint: moving.turns[:, bone] for joint, bone in bones.items()},
    )
    lay = t_pose_turns(rest, _knuckles(matched, index, level))
    back = rotations.multiply(rotations.conjugate(upright), heading)
    world = {
        joint: rotations.multiply(
            rotations.multiply(upright, turn), rotations.multiply(back, lay[joint])
        )
        for joint, turn in turns.items()
    }
    root = scale * rotations.rotate(upright, moving.places[:, bones["pelvis"]])
    motion = motion_of(name, moving.fps, _offsets(rest, lay), world, root)
    motion = replace(motion, fingers=_curls(matched, index, moving.turns))
    return motion, (*notes, *unit_notes, *_missing_notes(matched))


def motion_of(
    name: str, fps: float, offsets: Floats, world: Mapping[str, Floats], root: Floats
) -> Motion:
    """From world rotations (T, 4) of each joint and the pelvis' path (T, 3)."""
    turns = np.stack([world[joint] for joint in JOINTS], axis=1)
    return from_local(name, fps, offsets, posing.local_rotations(turns), root)


def from_local(name: str, fps: float, offsets: Floats, local: Floats, root: Floats) -> Motion:
    """From local rotations (T, 22, 4), of any length but zero."""
    local = rotations.continuous(rotations.normalise(local))
    return Motion(
        name=name,
        fps=float(fps),
        joint_names=JOINTS,
        parents=np.array(PARENTS, np.int32),
        rest_offsets=offsets.astype(np.float32),
        local_rotations=local.astype(np.float32),
        root_translation=root.astype(np.float32),
        joints=posing.joint_positions(local, root, offsets).astype(np.float32),
    )


def _offsets(rest: Places, lay: Mapping[str, Floats]) -> Floats:
    """(22, 3) each joint from its parent once all limbs lie in the T-pose."""
    offsets = np.zeros((len(JOINTS), 3))
    for number, parent in enumerate(PARENTS):
        if parent >= 0:
            arm = rest[JOINTS[number]] - rest[JOINTS[parent]]
            offsets[number] = rotations.rotate(rotations.conjugate(lay[JOINTS[parent]]), arm)
    return offsets


def upward(rest: Mapping[str, Floats]) -> Floats:
    """The turn that brings the file's axis along which the body stands onto Z."""
    tall = _legs(rest) + _trunk(rest)
    axis = np.zeros(3)
    longest = int(np.abs(tall).argmax())
    axis[longest] = np.sign(tall[longest])
    return rotations.between(axis, UP)


def facing(rest: Mapping[str, Floats]) -> Floats:
    """The turn about Z that a body of this rest pose (Z up) has taken from facing -Y."""
    left = rest["left_hip"] - rest["right_hip"] + rest["left_shoulder"] - rest["right_shoulder"]
    if np.linalg.norm(left[:2]) < 0.05 * np.linalg.norm(_legs(rest)):
        return np.array([1.0, 0.0, 0.0, 0.0])
    angle = float(np.arctan2(left[1], left[0]))
    square = np.round(angle / (np.pi / 2)) * (np.pi / 2)
    return rotations.from_axis_angle(
        UP, np.asarray(square if abs(angle - square) < SNAP else angle)
    )


def _legs(rest: Mapping[str, Floats]) -> Floats:
    return rest["left_hip"] + rest["right_hip"] - rest["left_ankle"] - rest["right_ankle"]


def _trunk(rest: Mapping[str, Floats]) -> Floats:
    top = rest.get("neck", (rest["left_shoulder"] + rest["right_shoulder"]) / 2)
    return 2 * (top - (rest["left_hip"] + rest["right_hip"]) / 2)


def stands(rest: Mapping[str, Floats]) -> bool:
    """Whether a pose can be a rest pose: legs straight below the trunk, arms not above it."""
    legs, trunk = _legs(rest), _trunk(rest)
    ok = _cosine(legs, trunk) > 0.7
    for side, _ in SIDES:
        hip, knee, ankle = (rest[f"{side}_{part}"] for part in ("hip", "knee", "ankle"))
        arm = rest[f"{side}_elbow"] - rest[f"{side}_shoulder"]
        ok &= _cosine(knee - hip, ankle - knee) > 0.7 and _cosine(arm, trunk) < 0.5
    return bool(ok and abs(_cosine(rest["left_hip"] - rest["right_hip"], trunk)) < 0.5)


def _cosine(a: Floats, b: Floats) -> float:
    return float(a @ b / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-12))


def _with_standing_rest(moving: Moving, bones: Mapping[str, int]) -> tuple[Moving, tuple[str, ...]]:
    """Where the rest pose is none to stand in, as in some files, the first frame may be."""
    if stands({joint: moving.rest[bone] for joint, bone in bones.items()}):
        return moving, ()
    first = moving.places[0]
    if stands({joint: first[bone] for joint, bone in bones.items()}):
        start = rotations.conjugate(moving.turns[:1])
        turns = rotations.multiply(moving.turns, np.broadcast_to(start, moving.turns.shape))
        said = "The skeleton's rest pose does not stand; its first frame was taken for it."
        return replace(moving, rest=first, turns=turns), (said,)
    return moving, ("The skeleton's rest pose does not stand; limbs may be twisted.",)


def t_pose_turns(rest: Places, knuckles: Mapping[str, Floats]) -> dict[str, Floats]:
    """The world rotation from the T-pose to this rest pose (Z up, facing -Y) of each joint.

    `knuckles["left_index"]` is the place of that finger's first bone, where there is one.
    """
    lay = {joint: np.array([1.0, 0.0, 0.0, 0.0]) for joint in JOINTS}
    for side, sign in SIDES:
        out = np.array([sign, 0.0, 0.0])
        chains: Sequence[tuple[str, str, str, Floats]] = (
            ("pelvis", "hip", "knee", -UP),
            ("hip", "knee", "ankle", -UP),
            ("pelvis", "shoulder", "elbow", out),
            ("shoulder", "elbow", "wrist", out),
        )
        for above, part, end, along in chains:
            before = lay.get(f"{side}_{above}", lay["pelvis"])
            bone = rest[f"{side}_{end}"] - rest[f"{side}_{part}"]
            lay[f"{side}_{part}"] = _laid(before, along, bone)
        lay[f"{side}_wrist"] = _hand(rest, knuckles, side, lay[f"{side}_elbow"])
        lay[f"{side}_ankle"] = lay[f"{side}_foot"] = _foot(rest, side, lay[f"{side}_knee"])
    return lay


def _hand(rest: Places, knuckles: Mapping[str, Floats], side: str, elbow: Floats) -> Floats:
    """In the T-pose hands go on from the arms, palms down. Hands that were drawn with the palm
    elsewhere, as index and little finger tell, are turned from there."""
    wrist = rest[f"{side}_wrist"]
    seen = [knuckles[key] - wrist for key in _palm_of(side) if key in knuckles]
    if f"{side}_middle" not in knuckles:
        return elbow
    out = dict(SIDES)[side]
    along = seen[0]
    turn = _laid(elbow, np.array([out, 0.0, 0.0]), along)
    if len(seen) < 3:
        return turn
    palm = np.cross(seen[2], seen[1]) * out
    palm -= (palm @ along) / max(float(along @ along), 1e-12) * along
    away = np.arccos(np.clip(_cosine(rotations.rotate(turn, -UP), palm), -1, 1))
    low, high = PALM
    return _laid(turn, -UP, palm) if low < away < high and palm.any() else turn


def _palm_of(side: str) -> tuple[str, str, str]:
    return f"{side}_middle", f"{side}_index", f"{side}_little"


def _laid(before: Floats, along: Floats, bone: Floats) -> Floats:
    """Goes on from the turn `before` so that the T-pose's direction `along` comes to `bone`."""
    if np.linalg.norm(bone) < 1e-6:
        return before
    return rotations.multiply(rotations.between(rotations.rotate(before, along), bone), before)


def _foot(rest: Places, side: str, shin: Floats) -> Floats:
    """Feet stand flat at rest, whatever the height of the ankle: only their heading counts. Where
    legs are drawn apart, feet that lie straight ahead as the shin sees it lean with it."""
    sole = rest[f"{side}_foot"] - rest[f"{side}_ankle"]
    flat = sole * [1, 1, 0]
    seen = rotations.rotate(rotations.conjugate(shin), sole)
    if abs(_aside(seen)) < STRAIGHT < abs(_aside(sole)) and seen[1] < 0:
        return shin
    if np.arctan2(-sole[2], np.linalg.norm(flat)) > STEEP:
        return rotations.between(np.array([0.0, -0.92, -0.39]), sole)
    return rotations.between(FRONT, flat)


def _aside(sole: Floats) -> float:
    return float(np.arctan2(sole[0], -sole[1]))


def _knuckles(matched: Matched, index: Mapping[str, int], level: Floats) -> dict[str, Floats]:
    return {key: level[index[bones[0]]] for key, bones in matched.fingers.items()}


def _curls(matched: Matched, index: Mapping[str, int], turns: Floats) -> Floats:
    wrists = {
        side: turns[:, index[matched.map[f"{side}_wrist"]]]
        for side, _ in SIDES
        if f"{side}_wrist" in matched.map
    }
    bones = {}
    for key, chain in matched.fingers.items():
        side, finger = key.split("_")
        # SOMA's first bones lie in the palm.
        own = chain[1:] if matched.kind == "SOMA" and finger != "thumb" else chain
        if side in wrists and own:
            bones[key] = [turns[:, index[bone]] for bone in own]
    return curls_of(len(turns), wrists, bones)


def _missing_notes(matched: Matched) -> tuple[str, ...]:
    if not matched.missing:
        return ()
    lacking = ", ".join(joint.replace("_", " ") for joint in matched.missing)
    return (f"The skeleton has no {lacking}; they go with what is next to them.",)

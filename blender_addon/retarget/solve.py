# SPDX-License-Identifier: GPL-3.0-or-later
"""How the bones of any body turn and where it goes when it does a motion; no Blender in it.

Every bone is followed by the world turn that carries it, and what it holds, out of its rest: the
turn of its joint in the motion, after the turn that brings its rest to Kinora's T-pose. So neither
rolls, nor an A-pose, nor the unit of length matter. Bones that lie between two joints share what
happens between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...shared import posing, rotations
from ...shared.results import Motion
from ...shared.skeleton import INDEX, JOINTS, PARENTS
from . import feet
from .reshape import headings, mean_rotation
from .stance import Stance, alignments

Floats = NDArray[np.floating[Any]]
_SPINE = ("spine1", "spine2", "spine3")
_NECK = ("neck", "head")


@dataclass(frozen=True)
class Body:
    """An armature at rest, seen upright: x to its left, z up, facing -y; in its own unit.

    Bones come parents first (-1 for none). `bones[joint]` is the bone whose head is the joint, -1
    where there is none; `mover` is the bone that takes the whole body along.
    """

    parents: NDArray[np.integer[Any]]
    heads: Floats
    bones: NDArray[np.integer[Any]]
    mover: int
    stance: Stance


@dataclass(frozen=True)
class Doing:
    """`turns` (T, B, 4) carry the bones out of rest, `place` (T, 3) is the mover's head, and
    `driven` the bones that have to be keyed; the others go along."""

    turns: Floats
    place: Floats
    driven: NDArray[np.integer[Any]]


def solve(motion: Motion, body: Body) -> Doing:
    """The turns of all bones that lie on the way to a joint, and the way of the whole body."""
    scale = scale_of(motion, body)
    source = posing.world_rotations(motion.local_rotations.astype(np.float64))
    t_pose = alignments(body.stance, motion.rest_offsets.astype(np.float64))
    own = rotations.multiply(source, t_pose[None])
    deform = _all_turns(body, own)
    place = _hips_place(motion, body, deform, scale)
    joints = joint_places(body, deform, place)
    stands = feet.standing_heights(motion)
    place = place + feet.planted(motion, joints, scale)
    place[:, 2] += feet.lifts(motion, stands, joints, body.stance.standing, scale)
    return Doing(deform, place, np.array(sorted(_ways(body)), dtype=np.int64))


def bone_space(parents: NDArray[np.integer[Any]], rest: Floats, deform: Floats) -> Floats:
    """(T, B, 4) what a pose bone's rotation must be so that its deformation becomes `deform`.

    With R a bone's rest matrix (B, 3, 3) and D the world rotation of what it carries, the pose is
    D R. Blender composes it as (D_parent R_parent)(R_parent' R) x, so x = R' D_parent' D R.
    """
    rest_turns = rotations.from_matrix(rest)
    above = deform[:, np.maximum(parents, 0)].copy()
    above[:, np.asarray(parents) < 0] = (1, 0, 0, 0)
    step = rotations.multiply(rotations.conjugate(above), deform)
    own = rotations.multiply(rotations.multiply(rotations.conjugate(rest_turns), step), rest_turns)
    own *= np.where(own[:1, :, :1] < 0, -1.0, 1.0)
    return rotations.continuous(own)


def scale_of(motion: Motion, body: Body) -> float:
    """Units of the body's for each metre of the motion: legs to legs."""
    return body.stance.leg_length / feet.leg_length(motion.rest_offsets)


def joint_places(body: Body, deform: Floats, place: Floats) -> Floats:
    """(T, 22, 3) where the joints are; one without a bone goes along with the bone above it."""
    heads = bone_places(body, deform, place)
    rest = body.stance.joints
    places = np.empty((len(place), len(JOINTS), 3))
    carriers = [body.mover] * len(JOINTS)
    for joint, parent in enumerate(PARENTS):
        bone = int(body.bones[joint])
        if bone < 0:
            carriers[joint] = bone = carriers[max(parent, 0)]
            arm = rest[joint] - body.heads[bone]
            places[:, joint] = heads[:, bone] + rotations.rotate(deform[:, bone], arm)
        else:
            carriers[joint], places[:, joint] = bone, heads[:, bone]
    return places


def bone_places(body: Body, deform: Floats, place: Floats) -> Floats:
    """(T, B, 3) the heads of all bones, those above the mover at rest."""
    heads = np.broadcast_to(body.heads, (len(place), *body.heads.shape)).copy()
    moved = np.zeros(len(body.parents), bool)
    for bone, parent in enumerate(body.parents):
        if bone == body.mover:
            heads[:, bone], moved[bone] = place, True
        elif parent >= 0 and moved[parent]:
            arm = body.heads[bone] - body.heads[parent]
            heads[:, bone] = heads[:, parent] + rotations.rotate(deform[:, parent], arm)
            moved[bone] = True
    return heads


def _hips_place(motion: Motion, body: Body, deform: Floats, scale: float) -> Floats:
    """(T, 3) the mover's place at which the middle of the hips is where the motion has it."""
    hips = [INDEX["left_hip"], INDEX["right_hip"]]
    flat = motion.rest_offsets[hips].mean(axis=0) * [1.0, 1.0, 0.0]
    begins = body.stance.hips * [1.0, 1.0, 0.0] - scale * flat
    wanted = motion.joints[:, hips].astype(np.float64).mean(axis=1) * scale + begins
    at_origin = joint_places(body, deform, np.zeros((len(wanted), 3)))
    return np.asarray(wanted - at_origin[:, hips].mean(axis=1))


def _all_turns(body: Body, own: Floats) -> Floats:
    """(T, B, 4) what carries each bone, from `own` (T, 22, 4), that of each joint."""
    deform = np.zeros((len(own), len(body.parents), 4))
    deform[..., 0] = 1
    leading = _shared(body, own)
    for bone, parent in enumerate(body.parents):
        if bone in leading:
            deform[:, bone] = leading[bone]
        elif parent >= 0:
            deform[:, bone] = deform[:, parent]
    return deform


def _shared(body: Body, own: Floats) -> dict[int, Floats]:
    """The turns of the bones that have one of their own."""
    bones = {name: int(body.bones[INDEX[name]]) for name in JOINTS}
    leading = {bone: own[:, INDEX[name]] for name, bone in bones.items() if bone >= 0}
    leading[body.mover] = own[:, INDEX["pelvis"]]
    if bones["pelvis"] >= 0:
        leading[bones["pelvis"]] = own[:, INDEX["pelvis"]]
    for chain in (("pelvis", *_SPINE), _NECK):
        leading |= _along(body, chain, bones, own)
    for side in ("left", "right"):
        leading |= _forearm(body, bones, side, own)
    return leading


def _along(
    body: Body, chain: tuple[str, ...], bones: Mapping[str, int], own: Floats
) -> dict[int, Floats]:
    """The turns of a row of bones of the trunk: what a joint does, the middle of its span does; a
    joint without a bone is done by the one before it."""
    present = [name for name in chain if bones[name] >= 0]
    if not present:
        return {}
    after = bones["neck"] if chain[0] == "pelvis" else -1
    last = after if after >= 0 else bones[present[-1]]
    row = _way(body, last, bones[present[0]])
    if not row:
        return {}
    ends = [body.heads[bone] for bone in row]
    if after < 0:
        ends.append(2 * ends[-1] - ends[-2] if len(ends) > 1 else ends[-1])
    else:
        row = row[:-1]
    lengths = np.linalg.norm(np.diff(ends, axis=0), axis=1)
    begin = np.concatenate([[0.0], np.cumsum(lengths)])
    middles = (begin[:-1] + begin[1:]) / 2
    starts = [begin[row.index(bones[name])] for name in present]
    nodes = [(a + b) / 2 for a, b in zip(starts, [*starts[1:], begin[-1]], strict=True)]
    values = [mean_rotation(own[:, group].swapaxes(0, 1))[0] for group in _groups(chain, present)]
    found = {}
    for bone, middle in zip(row, middles, strict=True):
        found[bone] = _between(middle, nodes, values)
    found[bones[present[0]]] = values[0]
    return found


def _groups(chain: tuple[str, ...], present: list[str]) -> list[list[int]]:
    """For each joint that has a bone, which joints that bone does; the pelvis keeps to itself."""
    groups: list[list[int]] = [[] for _ in present]
    waiting: list[int] = []
    at = -1
    for name in chain:
        if name in present:
            at = present.index(name)
            groups[at] = [*waiting, INDEX[name]]
            waiting = []
        elif at < 0 or present[at] == "pelvis":
            waiting.append(INDEX[name])
        else:
            groups[at].append(INDEX[name])
    return groups


def _between(middle: float, nodes: list[float], values: list[Floats]) -> Floats:
    after = int(np.searchsorted(nodes, middle))
    if after == 0 or after == len(nodes):
        return values[min(after, len(nodes) - 1)]
    share = (middle - nodes[after - 1]) / max(nodes[after] - nodes[after - 1], 1e-9)
    return rotations.slerp(values[after - 1], values[after], np.full(len(values[0]), share))


def _forearm(body: Body, bones: Mapping[str, int], side: str, own: Floats) -> dict[int, Floats]:
    """Bones between elbow and wrist take their share of how far the hand is turned about them."""
    elbow, wrist = bones[f"{side}_elbow"], bones[f"{side}_wrist"]
    if elbow < 0 or wrist < 0:
        return {}
    row = _way(body, wrist, elbow)[1:-1]
    along = body.heads[wrist] - body.heads[elbow]
    length = float(np.linalg.norm(along))
    if not row or length < 1e-9:
        return {}
    axis = along / length
    upper, hand = own[:, INDEX[f"{side}_elbow"]], own[:, INDEX[f"{side}_wrist"]]
    step = rotations.multiply(rotations.conjugate(upper), hand)
    twist = headings(_to_vertical(step, axis))
    angle = 2 * np.arctan2(twist[:, 3], twist[:, 0])
    angle = np.arctan2(np.sin(angle), np.cos(angle))
    found = {}
    for bone in row:
        share = float((body.heads[bone] - body.heads[elbow]) @ axis) / length
        turn = rotations.from_axis_angle(axis, angle * np.clip(share, 0, 1))
        found[bone] = rotations.multiply(upper, turn)
    return found


def _to_vertical(turns: Floats, axis: Floats) -> Floats:
    """The same rotations in axes in which `axis` is the vertical."""
    to_up = rotations.between(axis, np.array([0.0, 0.0, 1.0]))
    return rotations.multiply(rotations.multiply(to_up[None], turns), rotations.conjugate(to_up))


def _way(body: Body, bone: int, top: int) -> list[int]:
    """From `top` down to `bone`; empty where `bone` does not hang from it."""
    row = [bone]
    while row[-1] >= 0 and row[-1] != top:
        row.append(int(body.parents[row[-1]]))
    return row[::-1] if row[-1] == top else []


def _ways(body: Body) -> set[int]:
    """The mover, the joints' bones, and those between: all that has to be keyed."""
    found = {body.mover}
    for bone in body.bones[body.bones >= 0]:
        found |= set(_way(body, int(bone), body.mover)) or {int(bone)}
    return found

# SPDX-License-Identifier: GPL-3.0-or-later
"""Any armature as a body that motions go onto: which of its bones are joints, and how it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...shared.errors import BadOptionError
from ...shared.motion_files import names as bone_names
from ...shared.motion_files.average_body import OFFSETS
from ...shared.motion_files.guessing import FINGERS
from ...shared.skeleton import INDEX, JOINTS, PARENTS
from .feet import leg_length
from .solve import Body
from .stance import Stance, find_axes

Floats = NDArray[np.floating[Any]]
RIGIFY, RIGIFY_JOINTS = "Rigify controls", "Rigify originals"
_LONG = ("spine2", "spine3", "left_collar", "right_collar")
"""Joints that many rigs do without and nobody misses."""


@dataclass(frozen=True)
class Target:
    """`names` are the body's bones, `rest` (B, 3, 3) their axes at rest and `axes` (3, 3) the
    body's, in the armature's own space. `kind` is the rig's name. `root` names the bone above all
    of it that takes it along, "" where it has none. `fingers["left_index"]` are a finger's bones,
    from the palm outwards."""

    kind: str
    names: tuple[str, ...]
    rest: Floats
    axes: Floats
    body: Body
    root: str
    missing: tuple[str, ...]
    fingers: Mapping[str, tuple[str, ...]]

    @property
    def has_controls(self) -> bool:
        """Whether other bones than these have to be keyed."""
        return self.kind == RIGIFY

    @property
    def notes(self) -> tuple[str, ...]:
        missed = [joint.replace("_", " ") for joint in self.missing if joint not in _LONG]
        if not missed:
            return ()
        return (f"The armature has no bones for: {', '.join(missed)}.",)


def read_target(armature: Any) -> Target:
    """Find the body in an armature object. Raises `BadOptionError` where it has none."""
    bones = _parents_first(armature.data.bones)
    names = [bone.name for bone in bones]
    index = {name: number for number, name in enumerate(names)}
    parents = [index[bone.parent.name] if bone.parent else -1 for bone in bones]
    matched = bone_names.match(names, parents)
    if not matched.is_body:
        raise _no_body(armature.name, matched)
    mapping = matched.map
    if matched.kind == RIGIFY:
        joints = bone_names.match(names, parents, only=RIGIFY_JOINTS)
        if joints.is_body:
            mapping = joints.map
            bones, parents = _joints_alone([bones[index[mapping[j]]] for j in mapping], mapping)
            index = {bone.name: number for number, bone in enumerate(bones)}
    places = np.array([index[mapping[joint]] if joint in mapping else -1 for joint in JOINTS])
    return _target(armature, matched, bones, parents, places)


def _target(
    armature: Any,
    matched: bone_names.Matched,
    bones: Sequence[Any],
    parents: Sequence[int],
    places: NDArray[Any],
) -> Target:
    heads = np.array([bone.head_local for bone in bones], np.float64)
    rest = np.array([bone.matrix_local.to_3x3() for bone in bones], np.float64)
    axes = find_axes(_joints(heads, places))
    upright = heads @ axes
    palms = _palms(armature, matched) @ axes
    stance = _with_feet(Stance(_joints(upright, places), places >= 0, palms))
    if stance.leg_length < 1e-6:
        raise BadOptionError(f'The legs of "{armature.name}" have no length.', "Check its bones.")
    mover = _mover(bones, parents, places)
    body = Body(np.array(parents, np.int64), upright, places, mover, stance)
    return Target(
        kind=matched.kind,
        names=tuple(bone.name for bone in bones),
        rest=np.einsum("ji,bjk->bik", axes, rest),
        axes=axes,
        body=body,
        root=_root(armature, bones[mover]),
        missing=tuple(joint for joint, place in zip(JOINTS, places, strict=True) if place < 0),
        fingers=matched.fingers,
    )


def _parents_first(bones: Any) -> list[Any]:
    return sorted(bones, key=lambda bone: len(bone.parent_recursive))


def _joints_alone(bones: Sequence[Any], mapping: Mapping[str, str]) -> tuple[list[Any], list[int]]:
    """The joints' bones hung from each other as joints are, whatever lies between them."""
    order = [joint for joint in JOINTS if joint in mapping]
    parents = []
    for joint in order:
        above = PARENTS[INDEX[joint]]
        while above >= 0 and JOINTS[above] not in mapping:
            above = PARENTS[above]
        parents.append(order.index(JOINTS[above]) if above >= 0 else -1)
    return list(bones), parents


def _joints(heads: Floats, places: NDArray[Any]) -> Floats:
    """(22, 3); a joint without a bone is where its parent is."""
    joints = np.zeros((len(JOINTS), 3))
    for joint, parent in enumerate(PARENTS):
        joints[joint] = heads[places[joint]] if places[joint] >= 0 else joints[max(parent, 0)]
    return joints


def _palms(armature: Any, matched: bone_names.Matched) -> Floats:
    """(2, 2, 3) as in `Stance`, in the armature's own axes, of hands with two fingers or more."""
    palms = np.zeros((2, 2, 3))
    for hand, side in enumerate(("left", "right")):
        named = [f"{side}_{finger}" for finger in FINGERS[1:]]
        bones = [matched.fingers[name][0] for name in named if name in matched.fingers]
        wrist = matched.map.get(f"{side}_wrist")
        if len(bones) > 1 and wrist is not None:
            roots = np.array([armature.data.bones[bone].head_local for bone in bones])
            palms[hand, 0] = roots.mean(axis=0) - armature.data.bones[wrist].head_local
            palms[hand, 1] = roots[-1] - roots[0]
    return palms


def _with_feet(stance: Stance) -> Stance:
    """The stance with the balls of feet without toes where an average body has them."""
    joints = stance.joints.copy()
    for side in ("left", "right"):
        foot, ankle = INDEX[f"{side}_foot"], INDEX[f"{side}_ankle"]
        if not stance.has[foot]:
            joints[foot] = joints[ankle] + OFFSETS[foot] * stance.leg_length / leg_length(OFFSETS)
    return replace(stance, joints=joints)


def _mover(bones: Sequence[Any], parents: Sequence[int], places: NDArray[Any]) -> int:
    """The lowest bone from which both legs and the back hang and that can be moved."""
    ways = []
    for joint in ("pelvis", "left_hip", "right_hip", "spine1", "spine3", "left_shoulder"):
        bone, way = int(places[INDEX[joint]]), []
        while bone >= 0:
            way.append(bone)
            bone = parents[bone]
        if way:
            ways.append(way)
    common = [bone for bone in ways[0] if all(bone in way for way in ways)]
    free = [bone for bone in common if not (bones[bone].use_connect and bones[bone].parent)]
    if not free:
        raise BadOptionError(
            "Legs and back of this armature hang from nothing in common.",
            "Parent hips and spine to one bone.",
        )
    return free[0]


def _root(armature: Any, mover: Any) -> str:
    """The bone above all others, if the hips are not it."""
    above = mover.parent_recursive
    if above:
        return str(above[-1].name)
    named = armature.data.bones.get("root")
    return "root" if named is not None and named != mover and not named.parent else ""


def _no_body(name: str, matched: bone_names.Matched) -> BadOptionError:
    missing = [joint.replace("_", " ") for joint in bone_names.NEEDED if joint not in matched.map]
    return BadOptionError(
        f'"{name}" is no armature of a human body: no bones were found for {", ".join(missing)}.',
        "Name its bones as Mixamo, Rigify, Unreal or SMPL do, or select another armature.",
    )

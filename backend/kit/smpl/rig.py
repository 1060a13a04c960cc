# SPDX-License-Identifier: Apache-2.0
"""An SMPL body in our bind pose: a symmetric A-pose, Z up, soles at z = 0, with a rig of ours."""

from __future__ import annotations

import numpy as np

from ....shared.results import Rig
from ....shared.rotations import from_axis_angle, rotate
from ....shared.skeleton import INDEX, JOINTS
from .. import bind_pose
from .families import Family
from .model import Floats, SmplModel, joints_of, posed, shaped

ARMS_DOWN = np.radians(45.0)
"""How far below the horizon the upper arms point."""
_SIDES = (("left", "L", 1.0), ("right", "R", -1.0))
_FINGERTIP = 0.8
"""The last bone of a finger, as a share of the one before."""
_LONGEST_TIP = 0.03  # metres: eyes and jaw, which end in nothing


def in_bind_pose(model: SmplModel, betas: Floats) -> tuple[Floats, Rig]:
    """Vertices (V, 3) and the rig of a shape, the pelvis over the origin."""
    turns = _a_pose(joints_of(model, shaped(model, betas)))
    vertices, joints = (_upright(places) for places in posed(model, betas, turns))
    shift = np.array([joints[0, 0], joints[0, 1], vertices[:, 2].min()])
    vertices, joints = vertices - shift, joints - shift
    return vertices, _rig(model, vertices, joints, turns)


def _upright(places: Floats) -> Floats:
    """Y up, facing +Z, becomes Z up, facing -Y."""
    return np.stack([places[:, 0], -places[:, 2], places[:, 1]], axis=1)


def _a_pose(joints: Floats) -> Floats:
    """(J, 3) axis-angle turns of the shoulders, by which the upper arms of this rest shape point
    alike on both sides."""
    turns = np.zeros_like(joints)
    for side, _, outward in _SIDES:
        shoulder = INDEX[f"{side}_shoulder"]
        arm = joints[INDEX[f"{side}_elbow"]] - joints[shoulder]
        above = np.arctan2(arm[1], outward * arm[0])
        turns[shoulder, 2] = -outward * (ARMS_DOWN + above)
    return turns


def _rig(model: SmplModel, vertices: Floats, joints: Floats, turns: Floats) -> Rig:
    family = model.family
    tails = _tails(model, vertices, joints)
    place = dict(zip(family.bones, joints, strict=True))
    palms = {}
    for side, letter, _ in _SIDES:
        # In the T-pose palms face down; what follows the shoulder turns with it. Our Y is minus
        # the axis about which the files turn.
        angle = turns[INDEX[f"{side}_shoulder"], 2]
        turn = from_axis_angle(np.array([0.0, -1.0, 0.0]), np.asarray(angle))
        palms[letter] = rotate(turn, bind_pose.DOWN)
        hand = place.get(f"hand.{letter}")
        if hand is not None:
            place[f"finger3-1.{letter}"] = hand
    return Rig(
        bone_names=family.bones,
        parents=np.array(family.parents, np.int32),
        heads=joints.astype(np.float32),
        tails=tails.astype(np.float32),
        joint_of_bone=leaders(family),
        bind_to_t=bind_pose.turns_to_t(place, palms).astype(np.float32),
        relaxed=bind_pose.curled(family.bones, joints, tails, palms).astype(np.float32),
    )


def leaders(family: Family) -> np.ndarray:
    """(J,) int32, the nearest of the 22 joints at or above each bone."""
    found: list[int] = []
    for bone, parent in enumerate(family.parents):
        found.append(bone if bone < len(JOINTS) else found[parent])
    return np.array(found, np.int32)


def _tails(model: SmplModel, vertices: Floats, joints: Floats) -> Floats:
    """(J, 3) the next joint, or the end of the flesh that the bone carries."""
    family = model.family
    tails = np.empty_like(joints)
    carried = model.weights.argmax(1)
    for bone, (name, parent) in enumerate(zip(family.bones, family.parents, strict=True)):
        below = [child for child, above in enumerate(family.parents) if above == bone]
        own = vertices[carried == bone]
        if below and bone not in (INDEX["head"], INDEX["left_wrist"], INDEX["right_wrist"]):
            # The spine goes on rather than aside; a list of children begins with the hips.
            straight = [child for child in below if _goes_on(family.bones[child])]
            tails[bone] = joints[(straight or below)[0]]
        elif name == "head":
            tails[bone] = (*joints[bone, :2], vertices[:, 2].max())
        elif name.startswith("toe") and len(own):
            tails[bone] = (joints[bone, 0], own[:, 1].min(), own[:, 2].min())
        elif name.startswith("wrist"):
            middle = [family.bones.index(n) for n in family.bones if n in _KNUCKLES[name[-1]]]
            tails[bone] = joints[middle[0]]
        elif name.startswith(("eye", "jaw")):
            tails[bone] = joints[bone] + _LONGEST_TIP * bind_pose.FORWARD
        else:
            tails[bone] = joints[bone] + _FINGERTIP * (joints[bone] - joints[parent])
    return tails


_KNUCKLES = {letter: (f"hand.{letter}", f"finger3-1.{letter}") for letter in "LR"}


def _goes_on(name: str) -> bool:
    return name.startswith(("spine", "neck"))

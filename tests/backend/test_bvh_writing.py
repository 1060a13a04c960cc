# SPDX-License-Identifier: Apache-2.0
"""A written BVH, read by a parser of the test's own, puts every joint where the motion has it."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinora.shared import posing
from kinora.shared.motion_files.bvh_writing import write_bvh
from kinora.shared.skeleton import INDEX, JOINTS


def read_hierarchy(text):
    """The joints in the file's order: name, parent, offset, channels."""
    joints, stack = [], []
    words = iter(text.split()[1:])
    for word in words:
        if word in ("ROOT", "JOINT", "End"):
            name, parent = next(words), stack[-1] if stack else None
            joints.append({"name": name, "parent": parent, "channels": []})
            assert next(words) == "{"
            stack.append(len(joints) - 1)
        elif word == "OFFSET":
            joints[stack[-1]]["offset"] = np.array([float(next(words)) for _ in range(3)])
        elif word == "CHANNELS":
            joints[stack[-1]]["channels"] = [next(words) for _ in range(int(next(words)))]
        else:
            assert word == "}"
            stack.pop()
    assert not stack
    return joints


def read_bvh(text):
    """Joint places (T, N, 3) by name, and the frame time, by the usual reading of the format."""
    hierarchy, motion = text.split("MOTION\n")
    joints = read_hierarchy(hierarchy)
    count, time, *rows = motion.strip().split("\n")
    values = np.array([[float(number) for number in row.split()] for row in rows])
    assert count == f"Frames: {len(rows)}"
    at = 0
    for joint in joints:
        columns = {name: values[:, at + i] for i, name in enumerate(joint["channels"])}
        at += len(columns)
        turn = Rotation.identity(len(rows))
        for channel, angles in columns.items():
            if channel.endswith("rotation"):
                turn *= Rotation.from_euler(channel[0].lower(), angles[:, None], degrees=True)
        if joint["parent"] is None:
            joint["turn"] = turn
            joint["at"] = np.stack([columns[f"{axis}position"] for axis in "XYZ"], 1)
        else:
            above = joints[joint["parent"]]
            joint["turn"] = above["turn"] * turn
            joint["at"] = above["at"] + above["turn"].apply(joint["offset"])
    assert at == values.shape[1]
    return {joint["name"]: joint["at"] for joint in joints}, float(time.split()[-1]), values


def z_up(places):
    x, y, z = np.moveaxis(places, -1, 0)
    return np.stack([x, -z, y], -1)


def test_joints_stand_where_the_motion_has_them(box_character):
    motion = box_character.motion
    named, time, _ = read_bvh(write_bvh(motion))
    found = np.stack([z_up(named[joint]) for joint in JOINTS], 1)
    assert np.abs(found - motion.joints).max() < 1e-4
    assert time == pytest.approx(1 / 24)


def test_angles_do_not_jump_by_whole_turns(box_character):
    _, _, values = read_bvh(write_bvh(box_character.motion))
    assert values[:, 3:].max() > 200  # the box person turns around more than once
    assert np.abs(np.diff(values[:, 3:], axis=0)).max() < 180


def test_a_joint_turned_by_exactly_a_right_angle_is_not_lost(box_character):
    """Straight up, where Euler angles lock."""
    motion = box_character.motion
    local = motion.local_rotations[:3].astype(np.float64)
    for frame, others in enumerate([(0, 0), (40, 0), (40, -70)]):
        turn = Rotation.from_euler("ZXY", [others[0], 90, others[1]], degrees=True)
        x, y, z, w = turn.as_quat()
        local[frame, INDEX["left_hip"]] = [w, x, -z, y]
    joints = posing.joint_positions(local, motion.root_translation[:3], motion.rest_offsets)
    locked = dataclasses.replace(
        motion, local_rotations=local, root_translation=motion.root_translation[:3], joints=joints
    )
    named, _, _ = read_bvh(write_bvh(locked))
    found = np.stack([z_up(named[joint]) for joint in JOINTS], 1)
    assert np.abs(found - joints).max() < 1e-4


BLENDER_READS = """
import bpy, json, sys
bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.ops.import_anim.bvh(filepath=sys.argv[1], axis_forward="-Z", axis_up="Y")
armature = bpy.context.scene.objects[0]
frames = []
for frame in range(int(sys.argv[2])):
    bpy.context.scene.frame_set(frame + 1)
    frames.append({b.name: list(armature.matrix_world @ b.head) for b in armature.pose.bones})
print("RESULT" + json.dumps(frames))
"""


@pytest.mark.blender
def test_blender_reads_it_back(box_character, tmp_path):
    interpreters = os.environ.get("KINORA_BPY", "").split(os.pathsep)
    if not interpreters[0]:
        pytest.skip("KINORA_BPY lists no Python with the bpy module")
    path, script = tmp_path / "box.bvh", tmp_path / "read.py"
    path.write_text(write_bvh(box_character.motion))
    script.write_text(BLENDER_READS)
    for interpreter in interpreters:
        command = [interpreter, script, path, str(len(box_character.motion.joints))]
        run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
        assert "RESULT" in run.stdout, run.stderr
        frames = json.loads(run.stdout.split("RESULT")[1])
        heads = np.array([[frame[name] for name in JOINTS] for frame in frames])
        assert np.abs(heads - box_character.motion.joints).max() < 1e-3

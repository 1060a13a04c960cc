# SPDX-License-Identifier: Apache-2.0
"""Rigs of other programs as armature objects of Blender's, and where their bones are over time."""

from __future__ import annotations

import math

import bpy
import numpy as np
from mathutils import Matrix

from .other_rigs import Bones

CM_Y_UP = Matrix.Rotation(math.radians(90), 4, "X") @ Matrix.Scale(0.01, 4)
CM = Matrix.Scale(0.01, 4)


def build(rig: Bones, world: Matrix, seed: int = 3):
    """The rig as an armature object whose world matrix is `world`, its bones rolled at random."""
    generator = np.random.default_rng(seed)
    made = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(made)
    made.matrix_world = world
    bpy.context.view_layer.objects.active = made
    made.select_set(True)
    into = np.array(world.inverted())
    bpy.ops.object.mode_set(mode="EDIT")
    bones = [made.data.edit_bones.new(name) for name in rig.names]
    for number, bone in enumerate(bones):
        bone.head, bone.tail = (
            into[:3, :3] @ place[number] + into[:3, 3] for place in (rig.heads, rig.tails)
        )
        bone.roll = generator.uniform(-3, 3)
    for bone, parent in zip(bones, rig.parents, strict=True):
        bone.parent = bones[parent] if parent >= 0 else None
    bpy.ops.object.mode_set(mode="OBJECT")
    return made


def places(armature, names: list[str], first: int, count: int) -> np.ndarray:
    """(count, N, 3) world places of the heads of bones, from the frame `first` on."""
    found = []
    for frame in range(first, first + count):
        bpy.context.scene.frame_set(frame)
        world = armature.matrix_world
        found.append([world @ armature.pose.bones[name].head for name in names])
    return np.array(found)

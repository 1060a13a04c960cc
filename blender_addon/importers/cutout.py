# SPDX-License-Identifier: GPL-3.0-or-later
"""An animated drawing as cut-out animation: planes with its pictures, held by an armature."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...shared.results import Mesh
from ...shared.vector_clip import CANVAS, VectorClip, VectorLayer
from .. import compat
from ..retarget.actions import STILL, repeat
from .material import make_cutout_material
from .mesh import make_mesh
from .page import Page, extend_range, key_frames, upright

Floats = NDArray[np.floating[Any]]
STEP_M = 0.005
"""How much nearer to the viewer each layer is than the one that it is painted over."""
SHORTEST_M = 0.001
"""Blender deletes bones without length."""
SHEET = "kinora_layer"
"""Custom property of the planes: the layer's own name."""
SIDES = {"left_": ".L", "right_": ".R"}


def make_cutout(context: Any, clip: VectorClip, name: str, collection: Any) -> Any:
    """The armature, at the 3D cursor, with a plane for each layer parented to it."""
    page = Page.of(clip)
    armature = bpy.data.objects.new(name, bpy.data.armatures.new(name))
    collection.objects.link(armature)
    armature.location = context.scene.cursor.location
    armature.show_in_front = True
    armature.data.display_type = "STICK"
    names = _make_bones(context, armature, clip, page)
    for number, layer in enumerate(clip.layers):
        if len(layer.triangles):
            sheet = make_mesh(_plane(layer, page), names)
            sheet[SHEET] = layer.name
            sheet.data.materials.append(make_cutout_material(layer.name, layer.picture))
            collection.objects.link(sheet)
            sheet.parent = armature
            # The object itself is nearer, for Blender sorts what is transparent by objects.
            sheet.location.y = -STEP_M * number
            sheet.modifiers.new("Armature", "ARMATURE").object = armature
    _animate(context.scene, armature, clip, page, names)
    return armature


def _plane(layer: VectorLayer, page: Page) -> Mesh:
    """The layer as a mesh in XZ that faces the viewer, at -Y."""
    corners = layer.vertices[layer.triangles].astype(np.float64)
    sides = corners[:, 1:] - corners[:, :1]
    turns = sides[:, 0, 0] * sides[:, 1, 1] - sides[:, 0, 1] * sides[:, 1, 0]
    # On the canvas y runs down: what turns to the left there shows its back.
    triangles = np.where(turns[:, None] > 0, layer.triangles[:, ::-1], layer.triangles)
    faces = np.concatenate([triangles, np.full((len(triangles), 1), -1)], axis=1)
    spots = layer.vertices[triangles] / CANVAS
    uvs = np.stack([spots[..., 0], 1 - spots[..., 1]], axis=-1)
    return Mesh(
        layer.name,
        upright(page.stand(layer.vertices)),
        faces.astype(np.int32),
        np.pad(uvs, ((0, 0), (0, 1), (0, 0))).astype(np.float32),
        layer.bone_indices,
        layer.weights,
    )


def _make_bones(context: Any, armature: Any, clip: VectorClip, page: Page) -> list[str]:
    """The bones as the drawing came; returns their names, which Blender makes different."""
    if context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    places = page.stand(clip.rest_keypoints)
    previous = context.view_layer.objects.active
    context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    bones: list[Any] = []
    for number, (first, last) in enumerate(clip.bones):
        bone = armature.data.edit_bones.new(_name(clip, number))
        bone.head, bone.tail = upright(places[[first, last]]).tolist()
        if bone.length < SHORTEST_M:
            bone.tail = (*bone.head[:2], bone.head[2] + 10 * SHORTEST_M)
        # The local Z axis looks at the viewer, so that a bone turns by its Z angle alone.
        bone.align_roll((0, -1, 0))
        parent = int(clip.parents[number])
        bone.parent = bones[parent] if parent >= 0 else None
        bone.inherit_scale = "NONE"
        bones.append(bone)
    names = [bone.name for bone in bones]
    bpy.ops.object.mode_set(mode="OBJECT")
    context.view_layer.objects.active = previous
    for bone in armature.pose.bones:
        bone.rotation_mode = "XYZ"
    return names


def sided(name: str) -> str:
    """A keypoint's name with its side as Blender has it: "elbow.L"."""
    for side, ending in SIDES.items():
        if name.startswith(side):
            return name.removeprefix(side) + ending
    return name


def _name(clip: VectorClip, number: int) -> str:
    """A bone is called by what it reaches to."""
    return sided(clip.keypoint_names[int(clip.bones[number, 1])]) or f"bone_{number + 1:02}"


def _animate(scene: Any, armature: Any, clip: VectorClip, page: Page, names: list[str]) -> None:
    """Key every bone so that it lies on its keypoints, and repeat that where it is a round."""
    keypoints, frames = clip.keypoints, key_frames(scene, clip)
    if clip.is_cyclic:
        keypoints = np.concatenate([keypoints, keypoints[:1]])
        frames = np.append(frames, 2 * frames[-1] - frames[-2] if len(frames) > 1 else frames[0])
    poses = _poses(page.stand(clip.rest_keypoints), page.stand(keypoints), clip)
    bag = compat.open_action(bpy.data.actions.new(clip.name), armature)
    for number, name in enumerate(names):
        group = bag.groups.new(name)
        path = armature.pose.bones[name].path_from_id()
        for channel, index, values in poses[number]:
            moves = np.ptp(values) >= STILL
            keys = np.stack([frames, values], axis=1).astype(np.float32)
            compat.write_curve(bag, f"{path}.{channel}", index, keys if moves else keys[:1], group)
    if clip.is_cyclic:
        repeat(bag)
    extend_range(scene, clip)


Channels = list[tuple[str, int, Floats]]


def _poses(rest: Floats, places: Floats, clip: VectorClip) -> list[Channels]:
    """What each bone's channels must be for the keypoints (T, K, 2) to be met, all in metres.

    A bone turns with its parent and goes along as it stretches, but does not stretch with it.
    """
    heads, tails = clip.bones.T
    still = [_lengthened(rest[tail] - rest[head]) for head, tail in clip.bones]
    moving = places[:, tails] - places[:, heads]
    stretch = np.linalg.norm(moving, axis=-1) / np.linalg.norm(still, axis=-1)
    begun = np.array([np.arctan2(way[1], way[0]) for way in still])
    angles = np.arctan2(moving[..., 1], moving[..., 0])
    found: list[Channels] = []
    for number, parent in enumerate(clip.parents.tolist()):
        turned = angles[:, number] - begun[number]
        head = heads[number]
        if parent < 0:
            gone = places[:, head] - rest[head]
        else:
            turned = turned - (angles[:, parent] - begun[parent])
            above = heads[parent]
            seen = (places[:, head] - places[:, above])[:, None] @ _axes(angles[:, parent])
            long = np.maximum(stretch[:, parent], SHORTEST_M)
            seen = seen[:, 0] / np.stack([np.ones_like(long), long], axis=-1)
            gone = seen @ _axes(begun[parent]).T - (rest[head] - rest[above])
        place = gone @ _axes(begun[number])
        found.append(
            [
                ("location", 0, place[:, 0]),
                ("location", 1, place[:, 1]),
                ("rotation_euler", 2, np.unwrap((turned + np.pi) % (2 * np.pi) - np.pi)),
                ("scale", 1, stretch[:, number]),
            ]
        )
    return found


def _axes(angle: Any) -> Floats:
    """(..., 2, 2): in its columns the X and Y axes of a bone that points that way; X is to its
    right."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.stack([np.stack([sine, cosine], -1), np.stack([-cosine, sine], -1)], -2)


def _lengthened(way: Floats) -> Floats:
    return way if np.linalg.norm(way) >= SHORTEST_M else np.array([0.0, 10 * SHORTEST_M])

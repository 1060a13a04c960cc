# SPDX-License-Identifier: GPL-3.0-or-later
"""File > Import and File > Export: motions of other tools onto armatures, and back to files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import bpy
import numpy as np
from bpy_extras.io_utils import ExportHelper, ImportHelper

from ...shared.errors import BadOptionError
from ...shared.motion_files import array_writing, bvh_writing, reading
from ...shared.results import Motion, Rig
from ...shared.skeleton import BONE_OF_JOINT, JOINTS, PARENTS
from ..attempts import Outcome, attempt
from ..heartbeat import SESSION
from ..importers.armature import read_rig
from ..importers.motion import place_held, selected_armature
from .held import Held
from .operators import is_ready
from .reading import read_motion

FORMATS = {"bvh": ".bvh", "amass": ".npz", "kinora": ".npz"}
_GLOB = "*.bvh;*.npz;*.npy"


class ImportMotion(bpy.types.Operator, ImportHelper):
    bl_idname = "kinora.import_motion"
    bl_label = "Import Kinora Motion"
    bl_description = (
        "Put a motion of another tool onto the selected armature, or onto a new one: BVH, AMASS, "
        "HumanML3D, Kimodo, HY-Motion"
    )
    bl_options: ClassVar = {"REGISTER", "UNDO"}

    filename_ext = ".bvh"
    filter_glob: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Filter", default=_GLOB, options={"HIDDEN"}, description="Which files are shown"
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        if context.mode not in ("OBJECT", "POSE"):
            cls.poll_message_set("Change to Object Mode or Pose Mode")
            return False
        return True

    def execute(self, context: Any) -> Outcome:
        return attempt(self, lambda: self._read(context))

    def _read(self, context: Any) -> None:
        path = Path(self.filepath)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise BadOptionError(
                f"{path} cannot be read ({error.strerror}).", "Choose another file."
            ) from error
        taken = reading.read(path.name, data)
        motion = taken.motion
        armature, notes = place_held(context, Held((motion,)), neutral_rig(motion), motion.name)
        SESSION.notes, SESSION.error = (*notes, *taken.notes), None
        for other in context.view_layer.objects:
            other.select_set(other == armature)
        context.view_layer.objects.active = armature
        words = f'"{motion.name}" ({taken.source}, {len(motion.joints)} frames).'
        self.report({"INFO"}, " ".join((words, *SESSION.notes)))


class ExportMotion(bpy.types.Operator, ExportHelper):
    bl_idname = "kinora.export_motion"
    bl_label = "Export Kinora Motion"
    bl_description = "Write what the selected armature does as a BVH or npz file"
    bl_options: ClassVar = {"REGISTER"}

    filename_ext = ".bvh"
    check_extension = None  # The format chooses it.
    filter_glob: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Filter",
        default="*.bvh;*.npz",
        options={"HIDDEN"},
        description="Which files are shown",
    )
    form: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Format",
        items=(
            ("bvh", "BVH", "Joints and angles as text, for nearly every program"),
            ("amass", "AMASS npz", "Poses of SMPL-H's average body, for research"),
            ("kinora", "Kinora npz", "All that a motion of Kinora's is"),
        ),
        description="What kind of file",
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        return is_ready(cls, context)

    def execute(self, context: Any) -> Outcome:
        return attempt(self, lambda: self._write(context))

    def _write(self, context: Any) -> None:
        armature = selected_armature(context)
        rig = read_rig(armature)
        bar = context.window_manager
        bar.progress_begin(0, 1)
        try:
            t_pose = None if rig is None else rig.bind_to_t.astype(np.float64)
            motion = read_motion(context.scene, armature, t_pose, bar.progress_update)
        finally:
            bar.progress_end()
        path = Path(self.filepath).with_suffix(FORMATS[self.form])
        try:
            path.write_bytes(_written(motion, self.form))
        except OSError as error:
            raise BadOptionError(
                f"{path} cannot be written ({error.strerror}).", "Choose another place."
            ) from error
        self.report({"INFO"}, f"{len(motion.joints)} frames are in {path.name}.")


CLASSES = (ImportMotion, ExportMotion)


def add_menus() -> None:
    bpy.types.TOPBAR_MT_file_import.append(_draw_import)
    bpy.types.TOPBAR_MT_file_export.append(_draw_export)


def remove_menus() -> None:
    bpy.types.TOPBAR_MT_file_import.remove(_draw_import)
    bpy.types.TOPBAR_MT_file_export.remove(_draw_export)


def _draw_import(menu: Any, context: Any) -> None:
    menu.layout.operator("kinora.import_motion", text="Kinora Motion (.bvh, .npz, .npy)")


def _draw_export(menu: Any, context: Any) -> None:
    menu.layout.operator("kinora.export_motion", text="Kinora Motion (.bvh, .npz)")


def neutral_rig(motion: Motion) -> Rig:
    """A bone for each joint, in the T-pose of the motion's own proportions, feet on the floor."""
    heads = np.zeros((len(JOINTS), 3))
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            heads[joint] = heads[parent] + motion.rest_offsets[joint]
    heads[:, 2] += float(motion.joints[..., 2].min()) - heads[:, 2].min()
    still = np.tile(np.array([1.0, 0, 0, 0], np.float32), (len(JOINTS), 1))
    steps = heads - heads[np.maximum(PARENTS, 0)]
    return Rig(
        bone_names=tuple(BONE_OF_JOINT[joint] for joint in JOINTS),
        parents=np.array(PARENTS, np.int32),
        heads=heads.astype(np.float32),
        tails=(heads + 0.5 * steps).astype(np.float32),
        joint_of_bone=np.arange(len(JOINTS), dtype=np.int32),
        bind_to_t=still,
        relaxed=still,
    )


def _written(motion: Motion, form: str) -> bytes:
    if form == "bvh":
        return bvh_writing.write_bvh(motion).encode()
    return array_writing.amass_npz(motion) if form == "amass" else array_writing.motion_npz(motion)

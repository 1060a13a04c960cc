# SPDX-License-Identifier: Apache-2.0
"""What systems make: plain frozen values that cross the wire whole and check themselves.

Metres, radians, seconds; Z up, characters face -Y; quaternions w, x, y, z; pictures sRGB.
Array fields name their dtype and shape; equal letters within one value must be equal numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np

from .arrays import Array as Array
from .arrays import Bytes as Bytes
from .arrays import Floats as Floats
from .arrays import Ints as Ints
from .arrays import Media as Media
from .arrays import check_finite, check_unit
from .errors import BadResultError
from .skeleton import JOINTS
from .vector_clip import CANVAS as CANVAS
from .vector_clip import Paint as Paint
from .vector_clip import VectorClip as VectorClip
from .vector_clip import VectorLayer as VectorLayer
from .vector_clip import VectorShape as VectorShape


@dataclass(frozen=True)
class CoarseMesh:
    """A preview in three dimensions: triangles in metres, Z up."""

    vertices: Annotated[Floats, Array("float32", ("V", 3))]
    triangles: Annotated[Ints, Array("int32", ("F", 3))]


@dataclass(frozen=True)
class Rig:
    """A body's bones in the A-pose in which its mesh is bound, and their link to the joints.

    Motion speaks of `skeleton.JOINTS`, whose identity rotation is the T-pose; the mesh is bound in
    the pose that its makers drew. `bind_to_t[j]` turns what follows joint `j` from the bind pose
    to the T-pose, as a world rotation. `relaxed[b]` is a turn, in bind-pose world axes, that every
    bone always carries on top of its joint (curled fingers; identity elsewhere).
    """

    bone_names: tuple[str, ...]
    parents: Annotated[Ints, Array("int32", ("B",))]
    heads: Annotated[Floats, Array("float32", ("B", 3))]
    tails: Annotated[Floats, Array("float32", ("B", 3))]
    joint_of_bone: Annotated[Ints, Array("int32", ("B",))]
    bind_to_t: Annotated[Floats, Array("float32", ("J", 4))]
    relaxed: Annotated[Floats, Array("float32", ("B", 4))]


@dataclass(frozen=True)
class FaceCurve:
    """How far the face does one of its shapes (`Mesh.shapes`) in each frame, 0 to 1."""

    name: str
    values: Annotated[Floats, Array("float32", ("T",))]


@dataclass(frozen=True)
class Motion:
    """Joint rotations over time on one body's proportions (design section 5).

    `rest_offsets[j]` is joint `j` seen from its parent in the T-pose; the pelvis has none, its
    place is `root_translation`. `joints` are world places, so that nobody needs kinematics.
    `fingers[t, side, finger]` is how far a finger is curled, left hand first, thumb to little
    finger: 0 as the rig holds it at ease, 1 a fist, -0.5 straight; no frames where fingers rest.
    `face` are curves of as many frames as the motion.
    """

    name: str
    fps: float
    joint_names: tuple[str, ...]
    parents: Annotated[Ints, Array("int32", ("J",))]
    rest_offsets: Annotated[Floats, Array("float32", ("J", 3))]
    local_rotations: Annotated[Floats, Array("float32", ("T", "J", 4))]
    root_translation: Annotated[Floats, Array("float32", ("T", 3))]
    joints: Annotated[Floats, Array("float32", ("T", "J", 3))]
    is_cyclic: bool = False
    fingers: Annotated[Floats, Array("float32", ("G", 2, 5))] = field(
        default_factory=lambda: np.zeros((0, 2, 5), np.float32)
    )
    face: tuple[FaceCurve, ...] = ()

    def check(self) -> None:
        if self.joint_names != JOINTS:
            raise BadResultError("The motion does not name the 22 body joints.")
        check_finite(self, "motion")
        frames = len(self.local_rotations)
        if len(self.fingers) not in (0, frames):
            raise BadResultError("The fingers move for another time than the body.")
        if np.abs(self.fingers).max(initial=0) > MOST_CURL:
            raise BadResultError("A finger is curled further than fingers go.")
        for curve in self.face:
            check_finite(curve, f'The face\'s curve "{curve.name}"')
            if len(curve.values) != frames or not curve.name:
                raise BadResultError("The face moves for another time than the body.")
        if not len(self.local_rotations):
            raise BadResultError("The motion has no frames.")
        if not 1 <= self.fps <= 240:
            raise BadResultError(f"The motion runs at {self.fps} frames a second.")
        check_unit(self.local_rotations, "The motion's rotations")


MOST_CURL = 1.25
"""No finger curls further than this, a fist being 1."""


@dataclass(frozen=True)
class Candidate:
    """A pose that fits the words of a motion, to choose from and to generate again from.

    `local_rotations` as in `Motion`; `score` is its likeness, comparable within one job alone.
    """

    name: str
    score: float
    local_rotations: Annotated[Floats, Array("float32", ("J", 4))]
    picture: Media

    def check(self) -> None:
        check_finite(self, f'The pose "{self.name}"')
        if len(self.local_rotations) != len(JOINTS) or not np.isfinite(self.score):
            raise BadResultError(f'The pose "{self.name}" is none of the 22 body joints.')
        check_unit(self.local_rotations, "The pose's rotations")


@dataclass(frozen=True)
class Sway:
    """How cloth and hair move: frame by frame a turn for each of K bones.

    `turns[t, k]` is, in bind-pose world axes, what bone `bones[k]` carries on top of its joint and
    of `Rig.relaxed`; bones below it go with it.
    """

    bones: Annotated[Ints, Array("int32", ("K",))]
    turns: Annotated[Floats, Array("float32", ("T", "K", 4))]

    def check(self, bones: int, frames: int) -> None:
        check_finite(self, "sway")
        if len(self.bones) and not 0 <= self.bones.min() <= self.bones.max() < bones:
            raise BadResultError("A bone that does not exist sways.")
        if len(np.unique(self.bones)) != len(self.bones):
            raise BadResultError("A bone sways in two ways at once.")
        if self.turns.shape != (frames, len(self.bones), 4):
            raise BadResultError("The sway has other frames or bones than the motion.")
        check_unit(self.turns, "The sway's turns")


@dataclass(frozen=True)
class Material:
    """One texture set. `roughness` and `metallic` are constants where no map says otherwise.

    `roughness_map`, where present, is laid out as glTF wants it: green roughness, blue metallic.
    """

    name: str
    base_color: Media
    normal: Media | None = None
    roughness_map: Media | None = None
    roughness: float = 0.8
    metallic: float = 0.0


@dataclass(frozen=True)
class Shape:
    """What a part's vertices do when a face does something: those that move, in rising order, and
    by how much when it is done wholly, in bind pose. Half of it moves them half as far."""

    name: str
    vertices: Annotated[Ints, Array("int32", ("N",))]
    offsets: Annotated[Floats, Array("float32", ("N", 3))]

    def check(self, vertices: int) -> None:
        what = f'The shape "{self.name}"'
        check_finite(self, what)
        if not self.name or not len(self.vertices):
            raise BadResultError(f"{what} has no name or moves nothing.")
        if (np.diff(self.vertices) <= 0).any():
            raise BadResultError(f"{what} does not list its vertices in rising order.")
        if self.vertices[0] < 0 or self.vertices[-1] >= vertices:
            raise BadResultError(f"{what} moves a vertex that does not exist.")


@dataclass(frozen=True)
class Mesh:
    """A part of a character in bind pose: quads and triangles (-1 fills a triangle's last corner).

    `weights[v]` are the shares of the bones `bone_indices[v]`, summing to one. `uvs` are given per
    corner, origin at the lower left. `material` indexes the character's materials. `inks` are the
    colors, sRGB 0 to 1, in which it was painted, so that they can be changed: at most two are used.
    `shapes` are what the face can do; parts that share a shape's name do it together.
    """

    name: str
    vertices: Annotated[Floats, Array("float32", ("V", 3))]
    faces: Annotated[Ints, Array("int32", ("F", 4))]
    uvs: Annotated[Floats, Array("float32", ("F", 4, 2))]
    bone_indices: Annotated[Ints, Array("int32", ("V", 4))]
    weights: Annotated[Floats, Array("float32", ("V", 4))]
    material: int = 0
    inks: Annotated[Floats, Array("float32", ("I", 3))] = field(
        default_factory=lambda: np.zeros((0, 3), np.float32)
    )
    shapes: tuple[Shape, ...] = ()

    def check(self, bones: int, materials: int) -> None:
        what = f'The part "{self.name}"'
        check_finite(self, what)
        corners = self.faces[:, :3]
        if self.faces.size and (corners.min() < 0 or self.faces.max() >= len(self.vertices)):
            raise BadResultError(f"{what} has a face with a corner that does not exist.")
        if self.faces.size and self.faces[:, 3].min() < -1:
            raise BadResultError(f"{what} has a face with a corner that does not exist.")
        if (
            len(self.vertices)
            and not 0 <= self.bone_indices.min() <= self.bone_indices.max() < bones
        ):
            raise BadResultError(f"{what} is weighted to a bone that does not exist.")
        if np.abs(self.weights.sum(1) - 1).max(initial=0) > 1e-3 or self.weights.min(initial=0) < 0:
            raise BadResultError(f"{what} has weights that do not sum to one.")
        if not 0 <= self.material < materials:
            raise BadResultError(f"{what} uses a material that does not exist.")
        if len({shape.name for shape in self.shapes}) < len(self.shapes):
            raise BadResultError(f"{what} has two shapes of one name.")
        for shape in self.shapes:
            shape.check(len(self.vertices))


@dataclass(frozen=True)
class Character:
    """A dressed, rigged body and, when a motion was asked for, what it does and how its cloth and
    hair sway meanwhile; `takes` are other ways of doing it, `candidates` poses that fit its words.
    """

    name: str
    meshes: tuple[Mesh, ...]
    materials: tuple[Material, ...]
    rig: Rig
    height_m: float
    motion: Motion | None = None
    notes: tuple[str, ...] = ()
    provenance: dict[str, str] = field(default_factory=dict)
    sway: Sway | None = None
    takes: tuple[Motion, ...] = ()
    candidates: tuple[Candidate, ...] = ()

    def check(self) -> None:
        check_finite(self.rig, "rig")
        bones = len(self.rig.bone_names)
        if len(self.rig.parents) != bones or (self.rig.parents >= np.arange(bones)).any():
            raise BadResultError("The rig's bones are not listed parents first.")
        check_unit(self.rig.bind_to_t, "The rig's bind rotations")
        for mesh in self.meshes:
            mesh.check(bones, len(self.materials))
        if not 0.2 < self.height_m < 4:
            raise BadResultError(f"The body is {self.height_m:.2f} m tall.")
        if self.motion is not None:
            self.motion.check()
        _check_all(self.takes, self.candidates)
        if self.sway is not None:
            frames = 0 if self.motion is None else len(self.motion.local_rotations)
            self.sway.check(bones, frames)


@dataclass(frozen=True)
class MotionResult:
    """A motion asked for alone: on the rig of a character that there is already, with the sway of
    what hangs on it, or on a neutral one until it meets an armature."""

    motion: Motion
    rig: Rig
    notes: tuple[str, ...] = ()
    provenance: dict[str, str] = field(default_factory=dict)
    takes: tuple[Motion, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    sway: Sway | None = None

    def check(self) -> None:
        if self.sway is not None:
            self.sway.check(len(self.rig.bone_names), len(self.motion.local_rotations))
        self.motion.check()
        _check_all(self.takes, self.candidates)


Result = Character | MotionResult | VectorClip
Kind = Literal["Character", "MotionResult", "VectorClip"]


def _check_all(takes: tuple[Motion, ...], candidates: tuple[Candidate, ...]) -> None:
    for take in takes:
        take.check()
    for candidate in candidates:
        candidate.check()

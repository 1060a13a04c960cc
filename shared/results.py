# SPDX-License-Identifier: Apache-2.0
"""What systems make: plain frozen values that cross the wire whole and check themselves.

Metres, radians, seconds; Z up, characters face -Y; quaternions w, x, y, z; pictures sRGB.
Array fields name their dtype and shape; equal letters within one value must be equal numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from .errors import BadResultError
from .skeleton import JOINTS


@dataclass(frozen=True)
class Array:
    """Dtype and shape of an array field; a str in `shape` is a length shared within the value."""

    dtype: str
    shape: tuple[int | str, ...]


Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

Bytes = Annotated[NDArray[np.uint8], Array("uint8", ("n",))]


@dataclass(frozen=True)
class Media:
    """An encoded file (PNG, JPEG, MP4, ...) as its name and its bytes."""

    name: str
    data: Bytes

    @staticmethod
    def of(name: str, data: bytes) -> Media:
        return Media(name, np.frombuffer(data, dtype=np.uint8))


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
        _finite(self, "motion")
        frames = len(self.local_rotations)
        if len(self.fingers) not in (0, frames):
            raise BadResultError("The fingers move for another time than the body.")
        if np.abs(self.fingers).max(initial=0) > MOST_CURL:
            raise BadResultError("A finger is curled further than fingers go.")
        for curve in self.face:
            _finite(curve, f'The face\'s curve "{curve.name}"')
            if len(curve.values) != frames or not curve.name:
                raise BadResultError("The face moves for another time than the body.")
        if not len(self.local_rotations):
            raise BadResultError("The motion has no frames.")
        if not 1 <= self.fps <= 240:
            raise BadResultError(f"The motion runs at {self.fps} frames a second.")
        _unit(self.local_rotations, "The motion's rotations")


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
        _finite(self, f'The pose "{self.name}"')
        if len(self.local_rotations) != len(JOINTS) or not np.isfinite(self.score):
            raise BadResultError(f'The pose "{self.name}" is none of the 22 body joints.')
        _unit(self.local_rotations, "The pose's rotations")


@dataclass(frozen=True)
class Sway:
    """How cloth and hair move: frame by frame a turn for each of K bones.

    `turns[t, k]` is, in bind-pose world axes, what bone `bones[k]` carries on top of its joint and
    of `Rig.relaxed`; bones below it go with it.
    """

    bones: Annotated[Ints, Array("int32", ("K",))]
    turns: Annotated[Floats, Array("float32", ("T", "K", 4))]

    def check(self, bones: int, frames: int) -> None:
        _finite(self, "sway")
        if len(self.bones) and not 0 <= self.bones.min() <= self.bones.max() < bones:
            raise BadResultError("A bone that does not exist sways.")
        if len(np.unique(self.bones)) != len(self.bones):
            raise BadResultError("A bone sways in two ways at once.")
        if self.turns.shape != (frames, len(self.bones), 4):
            raise BadResultError("The sway has other frames or bones than the motion.")
        _unit(self.turns, "The sway's turns")


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
        _finite(self, what)
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
        _finite(self, what)
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
        _finite(self.rig, "rig")
        bones = len(self.rig.bone_names)
        if len(self.rig.parents) != bones or (self.rig.parents >= np.arange(bones)).any():
            raise BadResultError("The rig's bones are not listed parents first.")
        _unit(self.rig.bind_to_t, "The rig's bind rotations")
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


@dataclass(frozen=True)
class Paint:
    """What fills a shape of a drawing: one color, or a gradient of S stops along 0 to 1.

    `colors` are sRGB and alpha, 0 to 1. `frame` takes its own unit space to the canvas: the
    two rows of an affine map of (u, v, 1). A linear gradient runs along u from 0 to 1; a radial one
    from the center (0, 0) to the unit circle. It is the identity where one color fills.
    """

    kind: Literal["solid", "linear", "radial"]
    colors: Annotated[Floats, Array("float32", ("S", 4))]
    stops: Annotated[Floats, Array("float32", ("S",))]
    frame: Annotated[Floats, Array("float32", (2, 3))]
    spread: Literal["pad", "reflect", "repeat"] = "pad"

    def check(self) -> None:
        _finite(self, "A shape's paint")
        if not len(self.colors) or self.colors.min() < 0 or self.colors.max() > 1:
            raise BadResultError("A shape's paint has no color, or one outside 0 to 1.")


@dataclass(frozen=True)
class VectorShape:
    """A filled shape of a drawing in T frames: closed chains of cubic Bezier curves.

    `points[t]` are places in canvas units; contour c is `points[t, starts[c]:starts[c + 1]]`:
    3 n + 1 of them for n curves, the last on the first. `layer` indexes the clip's layers.
    """

    name: str
    layer: int
    paint: Paint
    is_even_odd: bool
    starts: Annotated[Ints, Array("int32", ("C",))]
    points: Annotated[Floats, Array("float32", ("T", "P", 2))]

    def check(self, frames: int, layers: int) -> None:
        what = f'The shape "{self.name}"'
        _finite(self, what)
        self.paint.check()
        if len(self.points) != frames:
            raise BadResultError(f"{what} has other frames than the clip.")
        if not 0 <= self.layer < layers:
            raise BadResultError(f"{what} lies in a layer that does not exist.")
        ends = np.append(self.starts, self.points.shape[1])
        counts = np.diff(ends)
        if (
            not len(self.starts)
            or self.starts[0] != 0
            or (counts < 4).any()
            or (counts % 3 != 1).any()
        ):
            raise BadResultError(f"{what} is not made of whole curves.")


@dataclass(frozen=True)
class VectorLayer:
    """Shapes that move as one sheet: its triangles at rest, its bones' shares, its picture.

    `vertices` are canvas units at rest, `weights[v]` the shares of `bone_indices[v]`. `picture` (a
    PNG with alpha) shows the layer's shapes on the whole canvas square, so that vertex (x, y) has
    the texture coordinate (x, y) / CANVAS, from the picture's upper left corner.
    """

    name: str
    vertices: Annotated[Floats, Array("float32", ("V", 2))]
    triangles: Annotated[Ints, Array("int32", ("F", 3))]
    bone_indices: Annotated[Ints, Array("int32", ("V", 4))]
    weights: Annotated[Floats, Array("float32", ("V", 4))]
    picture: Media

    def check(self, bones: int) -> None:
        what = f'The layer "{self.name}"'
        _finite(self, what)
        if self.triangles.size and not (
            0 <= self.triangles.min() <= self.triangles.max() < len(self.vertices)
        ):
            raise BadResultError(f"{what} has a triangle with a corner that does not exist.")
        if (
            len(self.vertices)
            and not 0 <= self.bone_indices.min() <= self.bone_indices.max() < bones
        ):
            raise BadResultError(f"{what} hangs on a bone that does not exist.")
        if np.abs(self.weights.sum(1) - 1).max(initial=0) > 1e-3 or self.weights.min(initial=0) < 0:
            raise BadResultError(f"{what} has weights that do not sum to one.")


CANVAS = 256.0
"""Drawings are scaled so that the larger side of their page is this, and centered in its square."""


@dataclass(frozen=True)
class VectorClip:
    """An animated drawing: T frames of shapes in canvas units (x right, y down, `CANVAS` wide).

    `box` is the page: left, top, right, bottom. `keypoints` are its K skeleton points by frame,
    `rest_keypoints` those of the drawing as it came. A bone leads from keypoint `bones[b, 0]` to
    `bones[b, 1]`; `parents[b]` is the bone that it hangs on, -1 for none; parents come first.
    A cyclic clip's frame after the last is its first.
    """

    name: str
    fps: float
    box: Annotated[Floats, Array("float32", (4,))]
    shapes: tuple[VectorShape, ...]
    layers: tuple[VectorLayer, ...]
    keypoint_names: tuple[str, ...]
    rest_keypoints: Annotated[Floats, Array("float32", ("K", 2))]
    keypoints: Annotated[Floats, Array("float32", ("T", "K", 2))]
    bones: Annotated[Ints, Array("int32", ("B", 2))]
    parents: Annotated[Ints, Array("int32", ("B",))]
    is_person: bool
    is_cyclic: bool = True
    notes: tuple[str, ...] = ()
    provenance: dict[str, str] = field(default_factory=dict)

    def check(self) -> None:
        _finite(self, "clip")
        if not 1 <= self.fps <= 240:
            raise BadResultError(f"The clip runs at {self.fps} frames a second.")
        if not len(self.keypoints) or not self.shapes or not self.layers:
            raise BadResultError("The clip has no frames or shows nothing.")
        if len(self.keypoint_names) != len(self.rest_keypoints):
            raise BadResultError("The clip does not name its keypoints.")
        if not len(self.bones) or (self.parents >= np.arange(len(self.bones))).any():
            raise BadResultError("The clip's bones are not listed parents first.")
        if not 0 <= self.bones.min() <= self.bones.max() < len(self.rest_keypoints):
            raise BadResultError("A bone leads to a keypoint that does not exist.")
        for shape in self.shapes:
            shape.check(len(self.keypoints), len(self.layers))
        for layer in self.layers:
            layer.check(len(self.bones))


Result = Character | MotionResult | VectorClip
Kind = Literal["Character", "MotionResult", "VectorClip"]


def _check_all(takes: tuple[Motion, ...], candidates: tuple[Candidate, ...]) -> None:
    for take in takes:
        take.check()
    for candidate in candidates:
        candidate.check()


def _finite(value: object, what: str) -> None:
    for name, array in vars(value).items():
        if (
            isinstance(array, np.ndarray)
            and array.dtype.kind == "f"
            and not np.isfinite(array).all()
        ):
            raise BadResultError(f"{what}: {name} holds numbers that are not finite.")


def _unit(quaternions: NDArray[np.float32], what: str) -> None:
    if np.abs(np.linalg.norm(quaternions, axis=-1) - 1).max(initial=0) > 1e-3:
        raise BadResultError(f"{what} are not of unit length.")

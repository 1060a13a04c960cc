# SPDX-License-Identifier: Apache-2.0
"""An animated drawing as it crosses the wire: shapes in frames, layers with their sheets, bones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np

from .arrays import Array, Floats, Ints, Media, check_finite
from .errors import BadResultError


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
        check_finite(self, "A shape's paint")
        if not len(self.colors) or self.colors.min() < 0 or self.colors.max() > 1:
            raise BadResultError("A shape's paint has no color, or one outside 0 to 1.")


@dataclass(frozen=True)
class VectorShape:
    """A filled shape of a drawing in T frames: closed chains of cubic Bezier curves.

    `points[t]` are places in canvas units; contour c is `points[t, starts[c]:starts[c + 1]]`:
    3 n + 1 of them for n curves, the last on the first. `layer` indexes the clip's layers.
    `paint_frames` are the paint's `frame` in each of the clip's, where a gradient moves; else none.
    """

    name: str
    layer: int
    paint: Paint
    is_even_odd: bool
    starts: Annotated[Ints, Array("int32", ("C",))]
    points: Annotated[Floats, Array("float32", ("T", "P", 2))]
    paint_frames: Annotated[Floats, Array("float32", ("G", 2, 3))] = field(
        default_factory=lambda: np.zeros((0, 2, 3), np.float32)
    )

    def check(self, frames: int, layers: int) -> None:
        what = f'The shape "{self.name}"'
        check_finite(self, what)
        self.paint.check()
        if len(self.points) != frames or len(self.paint_frames) not in (0, frames):
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
        check_finite(self, what)
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
        check_finite(self, "clip")
        if not 1 <= self.fps <= 240:
            raise BadResultError(f"The clip runs at {self.fps} frames a second.")
        if not (self.box[2:] > self.box[:2]).all():
            raise BadResultError("The clip's page has no area.")
        if not len(self.keypoints) or not self.shapes or not self.layers:
            raise BadResultError("The clip has no frames or shows nothing.")
        if len(self.keypoint_names) != len(self.rest_keypoints):
            raise BadResultError("The clip does not name its keypoints.")
        self._check_bones()
        for shape in self.shapes:
            shape.check(len(self.keypoints), len(self.layers))
        for layer in self.layers:
            layer.check(len(self.bones))

    def _check_bones(self) -> None:
        if not len(self.bones) or (self.parents >= np.arange(len(self.bones))).any():
            raise BadResultError("The clip's bones are not listed parents first.")
        if not 0 <= self.bones.min() <= self.bones.max() < len(self.rest_keypoints):
            raise BadResultError("A bone leads to a keypoint that does not exist.")

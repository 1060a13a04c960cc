# SPDX-License-Identifier: Apache-2.0
"""A puppet and what its keypoints do become the clip that crosses the wire."""

from __future__ import annotations

import io
import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image

from ...shared.results import Media, VectorClip, VectorLayer, VectorShape
from .bones import bones_of
from .drawing import Drawing, Points
from .mesh.puppet import MovedShape, Puppet
from .mesh.weights import bone_weights, strongest
from .painting import paint

SHEET = 1024
"""Pixels along a side of a layer's picture."""
MARGIN = 1.0
"""Canvas units that stay free around what leaves the page."""
SLACK = 0.5
"""Canvas units that something may leave it by and no more is shown."""


@dataclass(frozen=True)
class About:
    """What travels with a clip: its name, rate, what there is to tell, and how it was made."""

    name: str
    fps: float
    notes: tuple[str, ...]
    provenance: Mapping[str, str]


def make_clip(puppet: Puppet, tracks: Points, about: About) -> VectorClip:
    """The clip of a puppet whose keypoints go along `tracks` (T, K, 2)."""
    drawing, skeleton = puppet.drawing, puppet.skeleton
    bones, parents = bones_of(skeleton)
    moved = puppet.shapes(torch.tensor(tracks, dtype=torch.float32))
    runs = _runs([to.layer for to in moved])
    run_of = [number for number, (_, shapes) in enumerate(runs) for _ in shapes]
    shapes = zip(drawing.shapes, moved, run_of, strict=True)
    return VectorClip(
        name=about.name,
        fps=about.fps,
        box=_box(drawing, moved),
        shapes=tuple(
            VectorShape(
                shape.name,
                run,
                shape.paint,
                shape.is_even_odd,
                to.starts,
                to.points,
                to.paint_frames,
            )
            for shape, to, run in shapes
        ),
        layers=_layers(puppet, runs, bones),
        keypoint_names=skeleton.names,
        rest_keypoints=skeleton.points.astype(np.float32),
        keypoints=tracks.astype(np.float32),
        bones=bones.astype(np.int32),
        parents=parents.astype(np.int32),
        is_person=skeleton.is_person,
        is_cyclic=len(tracks) > 1,
        notes=about.notes,
        provenance=dict(about.provenance),
    )


def _runs(layers: list[int]) -> list[tuple[int, tuple[int, ...]]]:
    """A layer and the shapes of it that are painted in one go; what is painted between shapes of a
    layer parts it in two, so that layers over each other look as the drawing does."""
    numbers = itertools.groupby(range(len(layers)), lambda shape: layers[shape])
    return [(layer, tuple(shapes)) for layer, shapes in numbers]


def _layers(
    puppet: Puppet, runs: list[tuple[int, tuple[int, ...]]], bones: np.ndarray
) -> tuple[VectorLayer, ...]:
    whole = [_layer(puppet, index, bones) for index in range(len(puppet.layers))]
    times: Counter[int] = Counter()
    found = []
    for index, shapes in runs:
        times[index] += 1
        name = whole[index].name + (f" {times[index]}" if times[index] > 1 else "")
        found.append(
            replace(whole[index], name=name, picture=_picture(puppet.drawing, shapes, name))
        )
    return tuple(found)


def _box(drawing: Drawing, moved: tuple[MovedShape, ...]) -> np.ndarray:
    """The page, larger where what moves would leave it; what reaches over its edge as it came
    does not make it so."""
    page = np.array(drawing.box).reshape(2, 2)
    ink = np.concatenate([contour for shape in drawing.shapes for contour in shape.contours])
    reach = np.concatenate([shape.points.reshape(-1, 2) for shape in moved])
    low, high = np.minimum(page[0], ink.min(0)), np.maximum(page[1], ink.max(0))
    least, most = reach.min(0), reach.max(0)
    sides = (
        np.where(least < low - SLACK, np.floor(least - MARGIN), page[0]),
        np.where(most > high + SLACK, np.ceil(most + MARGIN), page[1]),
    )
    return np.concatenate(sides).astype(np.float32)


def _layer(puppet: Puppet, index: int, bones: np.ndarray) -> VectorLayer:
    """A sheet without its picture."""
    layer = puppet.layers[index]
    vertices = layer.vertices.double().cpu().numpy()
    triangles = layer.triangles.cpu().numpy()
    held = set(puppet.sheets[index].keypoints)
    # A layer hangs on the bones between its own keypoints, or else on those that touch one.
    own = [b for b, ends in enumerate(bones.tolist()) if held >= set(ends)]
    own = own or [b for b, ends in enumerate(bones.tolist()) if held & set(ends)]
    own = own or list(range(len(bones)))
    points = puppet.skeleton.points
    weights = bone_weights(vertices, triangles, points[bones[own, 0]], points[bones[own, 1]])
    indices, shares = strongest(weights)
    return VectorLayer(
        layer.name,
        vertices.astype(np.float32),
        triangles.astype(np.int32),
        np.array(own, np.int32)[indices],
        shares,
        Media.of("", b""),
    )


def _picture(drawing: Drawing, shapes: tuple[int, ...], name: str) -> Media:
    pixels = paint(drawing, SHEET, [drawing.shapes[shape] for shape in shapes])
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return Media.of(f"{name}.png", file.getvalue())


def still(puppet: Puppet, frames: int) -> Points:
    """Tracks in which nothing moves."""
    return np.repeat(puppet.skeleton.points[None], frames, 0)

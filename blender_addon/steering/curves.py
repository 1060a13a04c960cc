# SPDX-License-Identifier: GPL-3.0-or-later
"""A curve object as points along its way, evenly apart, as Blender evaluates it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...shared.errors import BadOptionError

Floats = NDArray[np.floating[Any]]
STEP = 0.05
"""Metres between two points of a short curve."""
MOST_POINTS = 400


def is_closed(curve: Any) -> bool:
    return bool(curve.data.splines[0].use_cyclic_u)


def way_of(curve: Any, depsgraph: Any) -> Floats:
    """(N, 3) the curve in the world, from its first point to its last.

    Hooks and other modifiers count where the curve has no thickness. Raises `BadOptionError` for
    one that is not a single line.
    """
    if len(curve.data.splines) != 1:
        raise BadOptionError(
            f'The path "{curve.name}" has {len(curve.data.splines)} lines instead of one.',
            "Delete or separate the others in Edit Mode.",
            "steering",
        )
    with _as_line(curve.evaluated_get(depsgraph)) as mesh:
        if len(mesh.polygons):  # Thick or filled: its surface is of no use here.
            with _thin(curve) as thin, _as_line(thin) as line:
                places = _places(line)
        else:
            places = _places(mesh)
    matrix = np.array(curve.matrix_world)
    return _evenly(places @ matrix[:3, :3].T + matrix[:3, 3])


@contextmanager
def _as_line(thing: Any) -> Iterator[Any]:
    mesh = thing.to_mesh()
    try:
        yield mesh
    finally:
        thing.to_mesh_clear()


@contextmanager
def _thin(curve: Any) -> Iterator[Any]:
    """A copy without thickness or filling, in no scene."""
    data = curve.data.copy()
    copy = bpy.data.objects.new(curve.name, data)
    data.dimensions = "3D"
    data.bevel_mode, data.bevel_object, data.bevel_depth, data.extrude = "ROUND", None, 0.0, 0.0
    try:
        yield copy
    finally:
        bpy.data.objects.remove(copy)
        bpy.data.curves.remove(data)


def _places(mesh: Any) -> Floats:
    places = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", places)
    return places.reshape(-1, 3).astype(np.float64)


def _evenly(places: Floats) -> Floats:
    """The same line through at most `MOST_POINTS` points of equal distance along it."""
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    count = int(np.clip(np.ceil(along[-1] / STEP) + 1, 2, MOST_POINTS))
    wanted = np.linspace(0.0, along[-1], count)
    return np.stack([np.interp(wanted, along, places[:, axis]) for axis in range(3)], axis=1)

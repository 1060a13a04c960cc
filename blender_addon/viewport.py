# SPDX-License-Identifier: GPL-3.0-or-later
"""What a running job looks like so far, drawn over the 3D views of the scene that asked for it.

Picture and mesh are drawn, not added: no data of the file's, no undo step and no saved file can
hold them, and they are gone with the job. Blender in the background has no view to draw in.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import blf
import bpy
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader
from numpy.typing import NDArray

from ..shared.errors import BadMessageError
from ..shared.results import CoarseMesh
from . import preferences
from .job import NOTHING_SHOWN, Shown
from .pictures import read_png

log = logging.getLogger(__name__)
MARGIN, FRAME = 16, 2
"""Pixels at a user interface scale of one: from the view's edge, and around the picture."""
LARGEST_SHARE = 0.33
"""Of the view's width and height that the picture may take."""
CLAY = np.array([0.74, 0.72, 0.70])
LIGHT = np.array([-0.35, -0.75, 0.56])


@dataclass
class _Canvas:
    """What is drawn, and the means to draw it, made when a view first needs them."""

    shown: Shown = NOTHING_SHOWN
    scene: str = ""
    pixels: NDArray[np.uint8] | None = None
    texture: Any = None
    mesh: Any = None
    is_refused: bool = False
    """Whether this Blender's graphics could not draw it."""


_canvas = _Canvas()
_handlers: list[Any] = []


def show(shown: Shown, scene: str) -> None:
    """Draw this from now on in the views of the scene of this name; called at every tick."""
    if not _is_wanted(shown):
        clear()
        return
    if shown is _canvas.shown and scene == _canvas.scene:
        return
    if shown.picture is not _canvas.shown.picture:
        _canvas.pixels, _canvas.texture = _read(shown), None
    if shown.mesh is not _canvas.shown.mesh:
        _canvas.mesh = None
    _canvas.shown, _canvas.scene = shown, scene
    if not _handlers:
        add = bpy.types.SpaceView3D.draw_handler_add
        _handlers.append(add(_draw_over, (), "WINDOW", "POST_PIXEL"))
        _handlers.append(add(_draw_in, (), "WINDOW", "POST_VIEW"))
    _redraw()


def clear() -> None:
    """Draw nothing any more."""
    global _canvas
    if not _handlers:
        return
    while _handlers:
        bpy.types.SpaceView3D.draw_handler_remove(_handlers.pop(), "WINDOW")
    _redraw()
    _canvas = _Canvas()


def _is_wanted(shown: Shown) -> bool:
    if bpy.app.background or shown is NOTHING_SHOWN:
        return False
    settings = preferences.read_preferences()
    return settings is None or settings.shows_previews


def _read(shown: Shown) -> NDArray[np.uint8] | None:
    """The picture's pixels; None where it is of a kind that only other programs read."""
    if shown.picture is None:
        return None
    try:
        return read_png(shown.picture.data.tobytes())
    except BadMessageError as error:
        log.info("A preview is not shown: %s", error)
        return None


def _redraw() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas if window.scene.name == _canvas.scene else ():
            if area.type == "VIEW_3D":
                area.tag_redraw()


def _draw_over() -> None:
    _guarded(_draw_picture)


def _draw_in() -> None:
    _guarded(_draw_mesh)


def _guarded(draw: Any) -> None:
    """A driver that refuses something must cost the preview alone."""
    context = bpy.context
    if _canvas.is_refused or context.scene.name != _canvas.scene:
        return
    try:
        draw(context)
    except (RuntimeError, SystemError, TypeError, ValueError):
        log.exception("The preview cannot be drawn")
        _canvas.is_refused = True


def _draw_picture(context: Any) -> None:
    if _canvas.pixels is None:
        return
    if _canvas.texture is None:
        _canvas.texture = _make_texture(_canvas.pixels)
    scale = context.preferences.system.ui_scale
    height, width = _canvas.pixels.shape[:2]
    region = context.region
    zoom = min(scale, LARGEST_SHARE * region.width / width, LARGEST_SHARE * region.height / height)
    width, height = round(zoom * width), round(zoom * height)
    x = region.width - _sidebar_width(context) - width - round(MARGIN * scale)
    y = round(MARGIN * scale)
    edge = round(FRAME * scale)
    gpu.state.blend_set("ALPHA")
    frame = gpu.shader.from_builtin("UNIFORM_COLOR")
    frame.uniform_float("color", (0.08, 0.08, 0.08, 0.9))
    corners = _corners(x - edge, y - edge, width + 2 * edge, height + 2 * edge)
    batch_for_shader(frame, "TRI_STRIP", {"pos": corners}).draw(frame)
    shader = gpu.shader.from_builtin("IMAGE")
    places = {"pos": _corners(x, y, width, height), "texCoord": _corners(0, 0, 1, 1)}
    shader.uniform_sampler("image", _canvas.texture)
    batch_for_shader(shader, "TRI_STRIP", places).draw(shader)
    gpu.state.blend_set("NONE")
    _write(x, y + height + 3 * edge, scale)


def _write(x: int, y: int, scale: float) -> None:
    blf.size(0, 11 * scale)
    blf.color(0, 1.0, 1.0, 1.0, 0.8)
    blf.position(0, x, y, 0)
    blf.draw(0, "Kinora: so far")


def _corners(x: float, y: float, width: float, height: float) -> tuple[tuple[float, float], ...]:
    return (x, y), (x + width, y), (x, y + height), (x + width, y + height)


def _sidebar_width(context: Any) -> int:
    """Pixels that the sidebar covers of the view's right side."""
    if not context.preferences.system.use_region_overlap:
        return 0
    return sum(region.width for region in context.area.regions if region.type == "UI")


def _make_texture(pixels: NDArray[np.uint8]) -> Any:
    height, width = pixels.shape[:2]
    values = np.ascontiguousarray(pixels[::-1], np.float32).ravel() / np.float32(255)
    buffer = gpu.types.Buffer("FLOAT", len(values), values)
    return gpu.types.GPUTexture((width, height), format="RGBA8", data=buffer)


def _draw_mesh(context: Any) -> None:
    """The coarse mesh where the result will stand, hidden by what is before it."""
    mesh = _canvas.shown.mesh
    if mesh is None or not len(mesh.triangles):
        return
    shader = gpu.shader.from_builtin("SMOOTH_COLOR")
    if _canvas.mesh is None:
        content = {"pos": mesh.vertices, "color": _shaded(mesh)}
        _canvas.mesh = batch_for_shader(shader, "TRIS", content, indices=mesh.triangles)
    with gpu.matrix.push_pop():
        gpu.matrix.translate(context.scene.cursor.location)
        gpu.state.depth_test_set("LESS_EQUAL")
        gpu.state.depth_mask_set(True)
        _canvas.mesh.draw(shader)
        gpu.state.depth_mask_set(False)
        gpu.state.depth_test_set("NONE")


def _shaded(mesh: CoarseMesh) -> NDArray[np.float32]:
    """(V, 4) the color of clay in a light from the front."""
    corners = mesh.vertices[mesh.triangles]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros((len(mesh.vertices), 3))
    for corner in range(3):
        np.add.at(normals, mesh.triangles[:, corner], across)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    bright = 0.5 + 0.5 * np.clip(normals @ LIGHT, 0, 1)
    colors = np.ones((len(normals), 4), np.float32)
    colors[:, :3] = CLAY * bright[:, None]
    return colors

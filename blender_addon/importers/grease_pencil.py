# SPDX-License-Identifier: GPL-3.0-or-later
"""An animated drawing as Grease Pencil: a layer for each of its own, filled strokes on each key."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...shared.vector_clip import VectorClip, VectorShape
from .. import compat
from .gradients import Ramp, color_of, make_image, ramp_of, texture_space
from .outlines import Outline, outlines_of, straightened, with_bridges
from .page import UNIT_M, Page, extend_range, key_frames, round_frames, upright

Floats = NDArray[np.floating[Any]]
LOOP = "Loop"
"""The name of the modifier that repeats the drawings."""


@dataclass(frozen=True)
class Stroke:
    """An outline in metres, its material's number, the fill that it belongs to, its texture."""

    outline: Outline
    material: int
    fill: int
    texture: tuple[Floats, Floats, Floats] | None


def make_grease_pencil(context: Any, clip: VectorClip, name: str, collection: Any) -> Any:
    """The object, at the 3D cursor; its drawings are repeated where the clip is cyclic.

    What is painted between shapes of one layer parts it in two, so that all is seen in its order.
    """
    data = compat.grease_pencils().new(name)
    made = bpy.data.objects.new(name, data)
    collection.objects.link(made)
    made.location = context.scene.cursor.location
    made.use_grease_pencil_lights = False
    kinds = compat.stroke_kinds(data)
    palette = _Palette(data, kinds)
    page = Page.of(clip)
    keys = _keys(key_frames(context.scene, clip))
    for number, run in itertools.groupby(clip.shapes, lambda shape: shape.layer):
        strokes = _strokes(list(run), page, palette, kinds)
        own = data.layers.new(clip.layers[number].name)
        own.use_lights = False
        for frame, index in keys.items():
            _write(own.frames.new(frame).drawing, strokes, index, kinds)
    extend_range(context.scene, clip)
    if clip.is_cyclic:
        _repeat(made, context.scene, clip)
    return made


class _Palette:
    """The materials of one drawing: one for each color, one for each gradient."""

    def __init__(self, data: Any, kinds: compat.StrokeKinds) -> None:
        self.data = data
        self.kinds = kinds
        self.known: dict[tuple[int, ...], int] = {}

    def color(self, color: Sequence[float]) -> int:
        """The number of the material that fills with an sRGB color and alpha."""
        bits = tuple(round(255 * value) for value in color)
        if bits not in self.known:
            name = "#" + "".join(f"{value:02x}" for value in bits[: 3 if bits[3] == 255 else 4])
            self.known[bits] = self._add(name, fill_color=_linear(color))
        return self.known[bits]

    def ramp(self, name: str, ramp: Ramp) -> int:
        """The number of a new material that fills with a gradient."""
        return self._add(
            name,
            fill_style="TEXTURE",
            fill_image=make_image(name, ramp.picture),
            fill_color=(1, 1, 1, 1),
            mix_factor=0.0,
            texture_offset=(0, 0),
            texture_scale=(1, 1),
            texture_angle=0.0,
        )

    def _add(self, name: str, **settings: Any) -> int:
        material = bpy.data.materials.new(name)
        bpy.data.materials.create_gpencil_data(material)
        if not self.kinds.by_fill:
            settings |= {"show_stroke": False, "show_fill": True}
        for setting, value in settings.items():
            setattr(material.grease_pencil, setting, value)
        self.data.materials.append(material)
        return len(self.data.materials) - 1


def _strokes(
    shapes: Sequence[VectorShape], page: Page, palette: _Palette, kinds: compat.StrokeKinds
) -> list[Stroke]:
    """A layer's strokes in the order of paint."""
    found: list[Stroke] = []
    fill = 0
    for shape in shapes:
        ramp = ramp_of(shape)
        material = palette.ramp(shape.name, ramp) if ramp else palette.color(color_of(shape.paint))
        for outlines in outlines_of(shape):
            fill += 1
            if not kinds.by_fill:
                outlines = [with_bridges(outlines)]
            for outline in outlines:
                standing = _standing(outline if kinds.has_handles else straightened(outline), page)
                texture = _texture(standing, ramp, page) if ramp else None
                found.append(Stroke(standing, material, fill, texture))
    return found


def _standing(outline: Outline, page: Page) -> Outline:
    return Outline(*(page.stand(each) for each in (outline.knots, outline.left, outline.right)))


def _texture(standing: Outline, ramp: Ramp, page: Page) -> tuple[Floats, Floats, Floats]:
    back = np.array([[1 / UNIT_M, 0, page.middle], [0, -1 / UNIT_M, page.foot], [0, 0, 1]])
    return texture_space(standing.knots, ramp.from_canvas @ back)


def _keys(frames: Floats) -> dict[int, int]:
    """Whole scene frames and which of the clip's frames each shows."""
    keys: dict[int, int] = {}
    for index, frame in enumerate(frames):
        keys.setdefault(round(float(frame)), index)
    return keys


def _write(drawing: Any, strokes: Sequence[Stroke], index: int, kinds: compat.StrokeKinds) -> None:
    sizes = [stroke.outline.knots.shape[1] for stroke in strokes]
    drawing.add_strokes(sizes)
    if kinds.has_handles:
        drawing.set_types(type="BEZIER")
    _set(drawing, "position", "FLOAT_VECTOR", "POINT", _places(strokes, "knots", index))
    if kinds.has_handles:
        for side in ("left", "right"):
            _set(drawing, f"handle_{side}", "FLOAT_VECTOR", "POINT", _places(strokes, side, index))
            free = np.zeros(sum(sizes), np.int8)
            _set(drawing, f"handle_type_{side}", "INT8", "POINT", free)
    count = len(strokes)
    materials = np.array([stroke.material for stroke in strokes], np.int32)
    _set(drawing, "material_index", "INT", "CURVE", materials)
    _set(drawing, "cyclic", "BOOLEAN", "CURVE", np.ones(count, np.bool_))
    if kinds.by_fill:
        fills = np.array([stroke.fill for stroke in strokes], np.int32)
        _set(drawing, "fill_id", "INT", "CURVE", fills)
        _set(drawing, "hide_stroke", "BOOLEAN", "CURVE", np.ones(count, np.bool_))
    if any(stroke.texture for stroke in strokes):
        _write_textures(drawing, strokes, index)
    drawing.tag_positions_changed()


def _write_textures(drawing: Any, strokes: Sequence[Stroke], index: int) -> None:
    rotation = np.zeros(len(strokes), np.float32)
    translation = np.zeros((len(strokes), 2), np.float32)
    scale = np.ones((len(strokes), 2), np.float32)
    for number, stroke in enumerate(strokes):
        if stroke.texture:
            rotation[number], translation[number], scale[number] = (
                each[index] for each in stroke.texture
            )
    _set(drawing, "uv_rotation", "FLOAT", "CURVE", rotation)
    _set(drawing, "uv_translation", "FLOAT2", "CURVE", translation)
    _set(drawing, "uv_scale", "FLOAT2", "CURVE", scale)


def _places(strokes: Sequence[Stroke], what: str, index: int) -> NDArray[np.float32]:
    return upright(np.concatenate([getattr(stroke.outline, what)[index] for stroke in strokes]))


def _set(drawing: Any, name: str, kind: str, domain: str, values: Any) -> None:
    attribute = drawing.attributes.get(name) or drawing.attributes.new(name, kind, domain)
    content = "vector" if kind in ("FLOAT_VECTOR", "FLOAT2") else "value"
    attribute.data.foreach_set(content, values.ravel())


def _repeat(made: Any, scene: Any, clip: VectorClip) -> None:
    """Show one round over and over, before and after its keys."""
    loop = made.modifiers.new(LOOP, "GREASE_PENCIL_TIME")
    loop.mode = "NORMAL"
    loop.use_keep_loop = True
    loop.use_custom_frame_range = True
    loop.frame_start = scene.frame_start
    loop.frame_end = scene.frame_start + max(round(round_frames(scene, clip)), 1) - 1


def _linear(color: Sequence[float]) -> tuple[float, ...]:
    """sRGB and alpha as Blender keeps a material's colors."""
    values = np.array(color[:3], np.float64)
    low = values <= 0.04045
    linear = np.where(low, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return (*linear.tolist(), float(color[3]))

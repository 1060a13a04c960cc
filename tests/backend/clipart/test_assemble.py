# SPDX-License-Identifier: Apache-2.0
"""The clip that crosses the wire looks as the drawing does, layer over layer."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
from PIL import Image

from kinora.backend.clipart.assemble import About, make_clip, still
from kinora.backend.clipart.drawing import Drawing, Layer, Paint, Shape, Skeleton
from kinora.backend.clipart.mesh.making import make_puppet
from kinora.backend.clipart.painting import paint

SKELETON = Skeleton(
    np.array([(60.0, 120), (128, 120), (200, 120)]), np.array([(0, 1), (1, 2)]), ("",) * 3, False
)


def square(name: str, left: float, top: float, color: tuple[float, float, float]) -> Shape:
    corners = [(left, top), (left + 120, top), (left + 120, top + 120), (left, top + 120)]
    ends = np.array([*corners, corners[0]], np.float64)
    chain = [ends[0]]
    for start, end in pairwise(ends):
        chain += [start + (end - start) / 3, end + (start - end) / 3, end]
    colors = np.array([(*color, 1)], np.float32)
    solid = Paint("solid", colors, np.zeros(1, np.float32), np.eye(2, 3, dtype=np.float32))
    return Shape(name, solid, False, (np.array(chain),))


def test_what_is_painted_between_shapes_of_a_layer_stays_between_them() -> None:
    drawing = Drawing(
        "squares",
        (
            square("back", 30, 60, (1, 0, 0)),
            square("arm", 70, 40, (0, 1, 0)),
            square("front", 110, 80, (0, 0, 1)),
        ),
        (0, 0, 256, 256),
    )
    layers = (Layer("body", (0, 2), (0, 1, 2)), Layer("arm", (1,), (0, 1, 2)))
    puppet = make_puppet(drawing, SKELETON, layers, "cpu")
    clip = make_clip(puppet, still(puppet, 1), About("squares", 12.0, (), {}))
    clip.check()
    assert [layer.name for layer in clip.layers] == ["body", "arm", "body 2"]
    assert [shape.layer for shape in clip.shapes] == [0, 1, 2]
    seen = Image.new("RGBA", (1024, 1024))
    for layer in clip.layers:
        seen.alpha_composite(Image.open(io.BytesIO(layer.picture.data.tobytes())))
    wanted = paint(drawing, 1024).astype(int)
    assert np.abs(np.asarray(seen).astype(int) - wanted).max() <= 2


def test_the_page_grows_for_what_moves_out_of_it_and_for_nothing_else() -> None:
    page = (0.0, 0.0, 256.0, 256.0)
    drawing = Drawing("squares", (square("wide", -40, 60, (1, 0, 0)),), page)
    puppet = make_puppet(drawing, SKELETON, (Layer("all", (0,), (0, 1, 2)),), "cpu")
    about = About("squares", 12.0, (), {})
    tracks = still(puppet, 2)
    assert make_clip(puppet, tracks, about).box.tolist() == list(page)
    tracks[1] += (0, 100)
    left, top, right, bottom = make_clip(puppet, tracks, about).box.tolist()
    assert (left, top, right) == page[:3] and 280 < bottom < 284

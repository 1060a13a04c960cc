# SPDX-License-Identifier: Apache-2.0
"""Parts drawn edge to edge, bent at their common joint."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from drawn_shapes import polygon, solid

from kinora.backend.clipart.drawing import Drawing, Layer, Shape, Skeleton
from kinora.backend.clipart.mesh.binding import bind
from kinora.backend.clipart.mesh.making import make_puppet

BODY = polygon((40, 60), (100, 60), (100, 180), (40, 180))
ARM = polygon((100, 80), (190, 80), (190, 104), (100, 104))
POINTS = np.array([[70.0, 92], [100, 92], [145, 92], [186, 92], [70, 170]])
EDGES = np.array([[0, 1], [1, 2], [2, 3], [0, 4]])


@pytest.fixture(scope="module")
def butted():
    drawing = Drawing(
        "butted",
        (
            Shape("body", solid(0, 0, 1), False, (BODY,)),
            Shape("arm", solid(1, 0, 0), False, (ARM,)),
        ),
        (0, 0, 256, 256),
    )
    skeleton = Skeleton(POINTS, EDGES, ("",) * 5, False)
    layers = (Layer("body", (0,), (0, 1, 4)), Layer("arm", (1,), (1, 2, 3)))
    return make_puppet(drawing, skeleton, layers)


@pytest.mark.parametrize("degrees", [45, -45, 20])
def test_parts_that_touch_still_touch_all_along_when_bent(butted, degrees):
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = POINTS.copy()
    points[2:4] = (points[2:4] - points[1]) @ turn.T + points[1]
    moved = butted.unfolded(torch.tensor(points)[None])
    seam = np.stack([np.full(13, 100.0), np.linspace(80, 104, 13)], 1)
    body, arm = (
        bind(seam, layer.vertices.double().numpy(), layer.triangles.numpy()).carried(place[0])
        for layer, place in zip(butted.layers, moved, strict=True)
    )
    assert np.linalg.norm(body - arm, axis=1).max() < 1
    assert np.linalg.norm(np.diff(arm, axis=0), axis=1).sum() > 20

# SPDX-License-Identifier: Apache-2.0
"""A drawn person made of ellipses and rods, as one sheet and with an arm of its own."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_shapes import ellipse, polygon, rod, solid

from kinora.backend.clipart.drawing import (
    PERSON,
    PERSON_EDGES,
    Drawing,
    Layer,
    Paint,
    Points,
    Shape,
    Skeleton,
)
from kinora.backend.clipart.mesh.making import make_puppet

PLACES = """128 46  148 86  108 86  170 116  86 116  182 150  74 150
140 146  116 146  144 188  112 188  146 230  110 230"""


def person_shapes(points: Points) -> tuple[Shape, ...]:
    skin, shirt, jeans = solid(0.95, 0.75, 0.6), solid(0.9, 0.5, 0.2), solid(0.2, 0.3, 0.5)

    def limb(name: str, start: int, end: int, radius: float, paint: Paint) -> Shape:
        return Shape(name, paint, False, (rod(points[start], points[end], radius),))

    return (
        *(limb("leg", a, b, 9, jeans) for a, b in ((7, 9), (9, 11), (8, 10), (10, 12))),
        limb("right arm", 2, 4, 7, shirt),
        limb("right arm", 4, 6, 6, skin),
        Shape("torso", shirt, False, (polygon((106, 78), (150, 78), (152, 154), (104, 154)),)),
        limb("left arm", 1, 3, 7, shirt),
        limb("left arm", 3, 5, 6, skin),
        Shape("head", skin, False, (ellipse((128, 48), (22, 34)),)),
        Shape(
            "eyes", solid(0, 0, 0), False, (ellipse((120, 44), (3, 4)), ellipse((136, 44), (3, 4)))
        ),
        Shape("fleck", solid(0.8, 0, 0), False, (ellipse((200, 60), (3, 3)),)),
    )


@pytest.fixture(scope="session")
def skeleton():
    points = np.array(PLACES.split(), float).reshape(-1, 2)
    return Skeleton(points, np.array(PERSON_EDGES), PERSON, True)


@pytest.fixture(scope="session")
def drawing(skeleton):
    return Drawing("person", person_shapes(skeleton.points), (0, 0, 256, 256))


@pytest.fixture(scope="session")
def puppet(drawing, skeleton):
    whole = Layer("all", tuple(range(len(drawing.shapes))), tuple(range(13)))
    return make_puppet(drawing, skeleton, (whole,))


@pytest.fixture(scope="session")
def layered(drawing, skeleton):
    arm = tuple(i for i, shape in enumerate(drawing.shapes) if shape.name == "left arm")
    rest = tuple(i for i in range(len(drawing.shapes)) if i not in arm)
    body = Layer("body", rest, tuple(key for key in range(13) if key not in (3, 5)))
    return make_puppet(drawing, skeleton, (body, Layer("arm", arm, (1, 3, 5))))


@pytest.fixture(scope="session")
def mesh(puppet):
    """The whole person's vertices and triangles."""
    return puppet.layers[0].vertices.double().numpy(), puppet.layers[0].triangles.numpy()

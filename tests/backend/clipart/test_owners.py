# SPDX-License-Identifier: Apache-2.0
"""What is drawn together moves together: an element's fill and ink, a group's shapes."""

import numpy as np

from kinora.backend.clipart.drawing import Paint, Shape
from kinora.backend.clipart.owners import REST, find_owners

SIDE = 64
PAINT = Paint(
    "solid", np.ones((1, 4), np.float32), np.zeros(1, np.float32), np.eye(2, 3, dtype="f4")
)


def shape(*path: int) -> Shape:
    return Shape("", PAINT, False, (), path)


def box(top: int, left: int, bottom: int, right: int) -> np.ndarray:
    mask = np.zeros((SIDE, SIDE), bool)
    mask[top:bottom, left:right] = True
    return mask


def column(x: float, rows: slice) -> np.ndarray:
    """How far pixels are, in canvas units, from an upright bone."""
    y, at = np.mgrid[:SIDE, :SIDE] + 0.5
    away = np.hypot(at - x, np.maximum(np.maximum(rows.start - y, y - rows.stop), 0))
    return away * 256 / SIDE


LEG = column(10, slice(30, 60))
BODY = column(40, slice(4, 60))


def test_a_fill_takes_its_ink_along_wherever_that_lies():
    body, leg, ink = box(2, 30, 62, 50), box(28, 6, 62, 14), box(28, 22, 62, 30)
    shapes = [shape(1, 2), shape(1, 3), shape(1, 3)]
    assert find_owners(shapes, [body, leg, ink], [LEG], BODY) == [REST, 0, 0]
    apart = [shape(1, 2), shape(1, 3), shape(1, 4)]
    assert find_owners(apart, [body, leg, ink], [LEG], BODY)[2] == REST


def test_a_group_that_hangs_together_moves_as_one():
    body, leg, shoe = box(2, 30, 62, 50), box(28, 6, 58, 14), box(56, 6, 63, 29)
    grouped = [shape(1, 2), shape(1, 3, 4), shape(1, 3, 5)]
    assert find_owners(grouped, [body, leg, shoe], [LEG], BODY) == [REST, 0, 0]


def test_a_group_of_two_limbs_is_not_one_thing():
    arm = column(56, slice(30, 60))
    body, leg, other = box(2, 30, 62, 50), box(28, 6, 62, 14), box(28, 52, 62, 60)
    grouped = [shape(1, 2), shape(1, 3, 4), shape(1, 3, 5)]
    assert find_owners(grouped, [body, leg, other], [LEG, arm], BODY) == [REST, 0, 1]

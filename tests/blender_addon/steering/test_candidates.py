# SPDX-License-Identifier: Apache-2.0
"""A thumbnail fills its place."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.blender
pytest.importorskip("bpy", reason="needs the bpy module")

from kinora.blender_addon.steering.candidates import filled  # noqa: E402


@pytest.mark.parametrize(("height", "width"), [(60, 20), (20, 60), (1, 1)])
def test_what_is_drawn_fills_a_square_in_its_middle(height: int, width: int) -> None:
    pixels = np.zeros((100, 120, 4), np.uint8)
    pixels[30 : 30 + height, 50 : 50 + width] = (10, 200, 30, 255)
    square = filled(pixels)
    assert square.shape[:2] == (max(height, width),) * 2
    rows, columns = np.nonzero(square[..., 3])
    assert np.ptp(rows) + 1 == height and np.ptp(columns) + 1 == width
    assert abs(rows.mean() - (len(square) - 1) / 2) <= 0.5
    assert abs(columns.mean() - (len(square) - 1) / 2) <= 0.5


def test_an_empty_picture_stays_as_it_is() -> None:
    assert filled(np.zeros((8, 6, 4), np.uint8)).shape == (8, 6, 4)

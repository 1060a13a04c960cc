# SPDX-License-Identifier: Apache-2.0
"""Which shapes move as one sheet."""

from __future__ import annotations

from .drawing import Drawing, Layer, Skeleton


def find_layers(drawing: Drawing, skeleton: Skeleton) -> tuple[Layer, ...]:
    """The whole drawing as one sheet, held by every keypoint."""
    everything = tuple(range(len(drawing.shapes)))
    return (Layer("drawing", everything, tuple(range(len(skeleton.points)))),)

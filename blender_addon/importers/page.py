# SPDX-License-Identifier: GPL-3.0-or-later
"""How a drawing stands in the scene: upright in XZ, facing -Y, its page's foot at the origin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...shared.vector_clip import CANVAS, VectorClip

Floats = NDArray[np.floating[Any]]
SIDE_M = 2.0
"""The larger side of a page, in metres: a drawn person is about as tall as a real one."""
UNIT_M = SIDE_M / CANVAS


@dataclass(frozen=True)
class Page:
    """Canvas units: the middle of the page from the left, its foot from the top."""

    middle: float
    foot: float

    @staticmethod
    def of(clip: VectorClip) -> Page:
        left, _, right, bottom = clip.box.tolist()
        return Page((left + right) / 2, bottom)

    def stand(self, points: Floats) -> Floats:
        """Places (..., 2) on the canvas as (..., 2) metres to the right and up."""
        return (np.asarray(points, np.float64) - (self.middle, self.foot)) * (UNIT_M, -UNIT_M)

    def lay(self, standing: Floats) -> Floats:
        """The same backwards."""
        return np.asarray(standing, np.float64) / (UNIT_M, -UNIT_M) + (self.middle, self.foot)


def upright(standing: Floats, depth: float = 0.0) -> NDArray[np.float32]:
    """(..., 2) metres to the right and up as (..., 3) places; `depth` is towards the viewer."""
    shape = (*standing.shape[:-1], 1)
    places = np.concatenate([standing[..., :1], np.full(shape, -depth), standing[..., 1:]], axis=-1)
    return places.astype(np.float32)


def key_frames(scene: Any, clip: VectorClip) -> Floats:
    """(T,) scene frames of the clip's, in real time from the scene's first."""
    return np.asarray(scene.frame_start + np.arange(len(clip.keypoints)) * _step(scene, clip))


def extend_range(scene: Any, clip: VectorClip) -> None:
    """Let the scene last for one round of the clip; it is never cut."""
    last = scene.frame_start + np.ceil(len(clip.keypoints) * _step(scene, clip) - 1e-3) - 1
    scene.frame_end = max(scene.frame_end, int(last))


def round_frames(scene: Any, clip: VectorClip) -> float:
    """How many scene frames one round of the clip lasts."""
    return float(len(clip.keypoints) * _step(scene, clip))


def _step(scene: Any, clip: VectorClip) -> float:
    return float(scene.render.fps / scene.render.fps_base / clip.fps)

# SPDX-License-Identifier: Apache-2.0
"""The pipeline of the stand-in: whatever drawing comes, a figure waves."""

from __future__ import annotations

from dataclasses import replace

import drawn_figure

from kinora.backend.clipart.params import Params
from kinora.backend.system import Run
from kinora.shared import keypoints_file
from kinora.shared.vector_clip import VectorClip


def preload(device: str) -> None:
    """Nothing to load."""


def run(params: Params, run: Run) -> VectorClip:
    """As many frames as were asked for, or one; the keypoints given are its provenance."""
    run.report(0.5, "Waving")
    clip = drawn_figure.figure(1 if params.only_keypoints else params.frames)
    provenance = {"caption": params.caption, "drawing": params.drawing.name}
    if params.keypoints is not None:
        given = keypoints_file.from_json(params.keypoints.data.tobytes())
        provenance["places"] = str(given.places.round(2).tolist())
    return replace(clip, name=params.caption, provenance=provenance)

# SPDX-License-Identifier: Apache-2.0
"""What is asked of a clip that cannot be done is refused before any work."""

from __future__ import annotations

from ...shared.errors import BadOptionError
from .params import Params


def check_options(params: Params) -> None:
    """Raises BadOptionError where options contradict each other."""
    if params.keypoints is None and (params.skeleton or params.layers):
        lone = "skeleton" if params.skeleton else "layers"
        raise BadOptionError(
            f"A {lone} file speaks of keypoints by number, but no keypoints are given.",
            "Give keypoints too, or neither.",
            lone,
        )
    if params.preset == "published" and params.prior in ("kinora", "none"):
        raise BadOptionError(
            "The published preset distils a published video model, and none is chosen.",
            "Choose the prior modelscope or animatediff (--prior), whose files are yours to bring.",
            "prior",
        )
    if (params.paths == "bezier" or params.preset == "published") and params.frames % 4:
        raise BadOptionError(
            f"Bezier paths go forth and back twice: {params.frames} frames are not divisible by 4.",
            "Choose 24 frames, or other paths and another preset than published.",
            "frames",
        )

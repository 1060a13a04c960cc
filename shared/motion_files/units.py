# SPDX-License-Identifier: Apache-2.0
"""Which unit a skeleton without one is in: the one that gives its legs a human length."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..rotations import Floats
from .problems import unreadable

UNITS = (
    *(("metres", 1.0), ("centimetres", 0.01), ("millimetres", 0.001), ("inches", 0.0254)),
    ("units of the Carnegie Mellon files", 0.0564),
)
USUAL_LEG = (0.55, 1.15)
"""Metres from hip to ankle; who is smaller or taller is taken for usual in another unit."""
MEAN_LEG = 0.82


def leg_of(rest: Mapping[str, Floats]) -> float:
    bones = (("hip", "knee"), ("knee", "ankle"))
    lengths = [
        float(np.linalg.norm(rest[f"{side}_{end}"] - rest[f"{side}_{start}"]))
        for side in ("left", "right")
        for start, end in bones
    ]
    return sum(lengths) / 2


def scale_of(rest: Mapping[str, Floats]) -> tuple[float, tuple[str, ...]]:
    """Metres in a unit of the file, and a note where that is not one."""
    leg = leg_of(rest)
    if not 1e-4 < leg < 1e5:
        raise unreadable("The skeleton's legs have no length")
    likely = [unit for unit in UNITS if USUAL_LEG[0] < leg * unit[1] < USUAL_LEG[1]]
    if likely:
        title, scale = likely[0]
    else:
        title, scale = min(UNITS[:3], key=lambda unit: abs(np.log(leg * unit[1] / MEAN_LEG)))
        if not 0.15 < leg * scale < 2.5:
            title, scale = "a unit of its own", MEAN_LEG / leg
    if scale == 1:
        return 1.0, ()
    said = f"The file names no unit; by the legs' length it is read as {title}."
    return scale, (said,)

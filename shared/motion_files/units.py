# SPDX-License-Identifier: Apache-2.0
"""Which unit a skeleton without one is in: the one that gives its legs a human length."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..rotations import Floats
from .problems import unreadable

UNITS = (
    ("metres", 1.0, (0.25, 1.3)),
    ("centimetres", 0.01, (0.46, 1.3)),
    ("millimetres", 0.001, (0.25, 1.3)),
    ("inches", 0.0254, (0.45, 1.17)),
    ("units of the Carnegie Mellon files", 0.0564, (0.6, 1.0)),
)
"""Name, metres, and the legs, hip to ankle, of bodies that are likely in files of this unit: so
chosen that no length of leg is likely in two."""
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
    likely = [(title, scale) for title, scale, (low, high) in UNITS if low < leg * scale <= high]
    title, scale = likely[0] if likely else ("a unit of its own", MEAN_LEG / leg)
    if scale == 1:
        return 1.0, ()
    said = f"The file names no unit; by the legs' length it is read as {title}."
    return scale, (said,)

# SPDX-License-Identifier: Apache-2.0
"""Batches of pictures of triangles, on the processor and on CUDA, with gradients."""

from .cameras import Cameras, look_at, orbit, towards
from .fragments import Fragments, rasterise
from .looks import BACKGROUNDS, SHADINGS, Lights, backgrounds, jittered_lights, shaded

__all__ = [
    "BACKGROUNDS",
    "SHADINGS",
    "Cameras",
    "Fragments",
    "Lights",
    "backgrounds",
    "jittered_lights",
    "look_at",
    "orbit",
    "rasterise",
    "shaded",
    "towards",
]

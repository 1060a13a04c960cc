# SPDX-License-Identifier: Apache-2.0
"""Batches of pictures of triangles, on the processor and on CUDA, with gradients."""

from .cameras import Cameras, look_at, orbit, towards
from .edges import antialias, neighbours
from .fragments import Fragments, rasterise
from .looks import BACKGROUNDS, SHADINGS, Lights, backgrounds, jittered_lights, shaded
from .texture import Mipmaps, footprint, mipmaps, sample

__all__ = [
    "BACKGROUNDS",
    "SHADINGS",
    "Cameras",
    "Fragments",
    "Lights",
    "Mipmaps",
    "antialias",
    "backgrounds",
    "footprint",
    "jittered_lights",
    "look_at",
    "mipmaps",
    "neighbours",
    "orbit",
    "rasterise",
    "sample",
    "shaded",
    "towards",
]

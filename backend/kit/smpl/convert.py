# SPDX-License-Identifier: Apache-2.0
"""Turns a published body file, once, into an .npz that holds arrays of numbers and nothing else.

No checksum is published for most of these files, so their content is checked instead: the shapes,
the tree of joints, the ranges of indices and weights.
"""

from __future__ import annotations

import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....shared.errors import MissingWeightsError, StorageError
from .families import FAMILIES, BodyFile, Family, find_body_file
from .pickles import read_arrays

Arrays = dict[str, NDArray[Any]]

MOST_BYTES = 1 << 30
"""The largest published file, an SMPL-X pickle, is half of that."""
FEWEST_BETAS = 10


def load(body: BodyFile, models_folder: Path) -> Arrays:
    """The arrays of the user's copy; one that is as published is converted first.

    Raises `MissingWeightsError` where there is no copy or it is no such body, and `StorageError`.
    """
    path = find_body_file(body, models_folder)
    if not path.is_file():
        raise MissingWeightsError(
            f"The body {body.title} is not here; its licence: {body.family.title} is for "
            "non-commercial use.",
            f"Get it from {body.family.origin}, then run `kinora models add FILE`.",
        )
    if path != models_folder / body.path:
        path = convert(body, path, models_folder)
    return checked(_read_npz(path), body.family, path)


def convert(body: BodyFile, file: Path, models_folder: Path) -> Path:
    """Put the user's copy of a body into its place, converted.

    Raises `MissingWeightsError` where the file is no such body, and `StorageError`.
    """
    arrays = checked(read(file), body.family, file)
    target = models_folder / body.path
    aside = target.with_name(f".{target.stem}.{os.getpid()}.npz")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        kept = {name: array for name, array in arrays.items() if name in _KEPT}
        np.savez(aside, allow_pickle=False, **kept)
        os.replace(aside, target)
    except OSError as error:
        aside.unlink(missing_ok=True)
        reason = error.strerror or error
        raise StorageError(f"{target} cannot be written: {reason}.") from error
    return target


def read(file: Path) -> Arrays:
    """The arrays of a published .pkl or .npz by their published names."""
    try:
        if file.stat().st_size > MOST_BYTES:
            raise _refused(file, f"it is larger than {MOST_BYTES >> 20} MiB, as no body is")
        with file.open("rb") as opened:
            is_archive = opened.read(2) == b"PK"
        return _read_npz(file) if is_archive else read_arrays(file.read_bytes())
    except pickle.UnpicklingError as error:
        raise _refused(file, str(error)) from error
    except (MemoryError, RecursionError) as error:
        raise _refused(file, "it asks for more memory than a body needs") from error
    except OSError as error:
        raise StorageError(f"{file} cannot be read: {error.strerror or error}.") from error


def is_whole(file: Path) -> bool:
    """Whether a copy can be a body, by its table of contents or its first byte; reads no array."""
    try:
        with file.open("rb") as opened:
            start = opened.read(2)
        if start != b"PK":
            # The oldest protocol begins with the mark of a dictionary, the others with their own.
            return start[:1] in (b"\x80", b"(", b"}")
        with zipfile.ZipFile(file) as archive:
            return {f"{name}.npy" for name in _NEEDED} <= set(archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def _read_npz(file: Path) -> Arrays:
    """Arrays of numbers alone: what would have to be unpickled is left out."""
    found: Arrays = {}
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
                raise _refused(file, f"it unpacks to more than {MOST_BYTES >> 20} MiB")
        with np.load(file, allow_pickle=False) as stored:
            for name in stored.files:
                try:
                    found[name] = stored[name]
                except ValueError as error:
                    if "allow_pickle" not in str(error):
                        raise
    except MissingWeightsError:
        raise
    except MemoryError as error:
        raise _refused(file, "it asks for more memory than a body needs") from error
    except Exception as error:  # bent archives raise BadZipFile, zlib.error, SyntaxError, ...
        raise _refused(file, "it is cut off or damaged") from error
    return {name: array for name, array in found.items() if isinstance(array, np.ndarray)}


_NEEDED = ("v_template", "shapedirs", "posedirs", "J_regressor", "weights", "kintree_table", "f")
_KEPT = (
    *_NEEDED, "vt", "ft", "lmk_faces_idx", "lmk_bary_coords", "dynamic_lmk_faces_idx",
    "dynamic_lmk_bary_coords", "hands_componentsl", "hands_componentsr", "hands_meanl",
    "hands_meanr",
)  # fmt: skip
"""What the package smplx reads of such a file, and the texture coordinates."""


def checked(arrays: Arrays, family: Family, file: Path) -> Arrays:
    """The arrays, if they are those of this family. Raises `MissingWeightsError`."""
    lost = [name for name in _NEEDED if name not in arrays]
    if lost:
        raise _refused(file, f"it has no {' and no '.join(lost)}")
    other = _family_of(arrays)
    if other is not None and other != family:
        raise _refused(file, f"it is {other.title}, not {family.title}")
    count, joints = family.vertices, len(family.bones)
    shapes = {
        "v_template": (count, 3),
        "posedirs": (count, 3, 9 * (joints - 1)),
        "J_regressor": (joints, count),
        "weights": (count, joints),
        "kintree_table": (2, joints),
        "f": (family.triangles, 3),
    }
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise _refused(file, f"its {name} has the shape {arrays[name].shape}, not {shape}")
    blend = arrays["shapedirs"].shape
    if len(blend) != 3 or blend[:2] != (count, 3) or blend[2] < FEWEST_BETAS:
        raise _refused(file, f"its shapedirs have the shape {blend}")
    _check_numbers(arrays, family, file)
    return arrays


def _family_of(arrays: Arrays) -> Family | None:
    sizes = arrays["weights"].shape
    return next((f for f in FAMILIES if (f.vertices, len(f.bones)) == sizes), None)


def _check_numbers(arrays: Arrays, family: Family, file: Path) -> None:
    for name in ("v_template", "shapedirs", "posedirs", "J_regressor", "weights"):
        if arrays[name].dtype.kind != "f" or not np.isfinite(arrays[name]).all():
            raise _refused(file, f"its {name} holds what is no number")
    for name in ("kintree_table", "f"):
        if arrays[name].dtype.kind not in "iu":
            raise _refused(file, f"its {name} holds what is no index")
    if tuple(arrays["kintree_table"][0, 1:].astype(np.int64)) != family.parents[1:]:
        raise _refused(file, f"its joints are not linked as {family.title}'s are")
    if not 0 <= arrays["f"].min() <= arrays["f"].max() < family.vertices:
        raise _refused(file, "a triangle has a corner that does not exist")
    if arrays["weights"].min() < -1e-4 or np.abs(arrays["weights"].sum(1) - 1).max() > 0.01:
        raise _refused(file, "its weights do not sum to one")


def _refused(file: Path, why: str) -> MissingWeightsError:
    return MissingWeightsError(
        f"{file.name} is no body that can be used: {why}.",
        "Get it anew from its publisher; `kinora models list` says where.",
    )

# SPDX-License-Identifier: Apache-2.0
"""Reads the arrays of a published body's pickle without ever running what is in it.

Those files hold arrays of numpy, sparse matrices of scipy and, in old releases, chumpy's wrappers
of arrays. A pickle names what is to be called; here every name that is allowed stands for one of
the classes below, which only keep numbers, and every other name ends the reading. None of the three
packages' own code is called.
"""

from __future__ import annotations

import io
import pickle
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

MOST_ENTRIES = 10_000_000
"""Of a sparse matrix made dense: four times what the largest body has."""
_NUMBERS = re.compile(r"[fiu][1248]|b1")
_BROKEN = pickle.UnpicklingError


class _Refusing:
    """What stands for an allowed name. A class with `__setstate__` cannot be given new attributes
    by a pickle that names the class itself where it should name an object."""

    def __new__(cls, *_: object) -> Any:
        return object.__new__(cls)

    def __setstate__(self, _state: Any) -> None:
        raise _BROKEN("this object has no state")


class _Type(_Refusing):
    """A number's type: `code` as numpy spells it, None for anything that is no number."""

    def __new__(cls, code: object = "", *_: object) -> Any:
        made = object.__new__(cls)
        is_number = isinstance(code, str) and _NUMBERS.fullmatch(code)
        made.code = str(code) if is_number else None
        return made

    code: str | None

    def __setstate__(self, state: Any) -> None:
        order = state[1]
        if order not in ("<", ">", "|", "="):
            raise _BROKEN("a number's type is damaged")
        if self.code is not None and order in ("<", ">"):
            self.code = order + self.code


class _Numbers(_Refusing):
    """An array; `value` is None where it holds objects."""

    value: Array | None = None

    def __setstate__(self, state: Any) -> None:
        shape, kind, is_fortran, raw = state[-4:]
        self.value = _array(raw, kind, shape, "F" if is_fortran else "C")


class _Buffer(_Refusing):
    """An array as protocol 5 writes it."""

    def __new__(cls, raw: object = b"", kind: object = None, *layout: Any) -> Any:
        made = object.__new__(_Numbers)
        made.value = _array(raw, kind, layout[0], layout[1])
        return made


class _Scalar(_Refusing):
    """One number, which bodies do not need."""


class _Text(_Refusing):
    """Bytes, as newer Pythons write them for older ones."""

    def __new__(cls, text: object = "", encoding: object = "latin1", *_: object) -> Any:
        if not isinstance(text, str) or encoding != "latin1":
            raise _BROKEN("bytes are damaged")
        return text.encode("latin1")


class _Rebuilt(_Refusing):
    """An object as the oldest protocols write it: its class, and what that derives from."""

    def __new__(cls, kind: object = None, *_: object) -> Any:
        if not isinstance(kind, type) or not issubclass(kind, _Fields):
            raise _BROKEN("an object is of no known kind")
        return kind()


class _Fields(_Refusing):
    """An object's attributes by name."""

    fields: dict[str, Any]

    def __setstate__(self, state: Any) -> None:
        if not isinstance(state, dict):
            raise _BROKEN("an object's fields are damaged")
        self.fields = state


class _Columns(_Fields):
    """A sparse matrix, column by column."""


class _Rows(_Fields):
    """A sparse matrix, row by row."""


class _Wrapped(_Fields):
    """chumpy's array."""


class _Selected(_Fields):
    """chumpy's choice among another's entries."""


def _allowed() -> dict[tuple[str, str], type]:
    found: dict[tuple[str, str], type] = {
        ("numpy", "ndarray"): _Numbers,
        ("numpy", "dtype"): _Type,
        ("_codecs", "encode"): _Text,
        ("copy_reg", "_reconstructor"): _Rebuilt,
        ("copyreg", "_reconstructor"): _Rebuilt,
        ("__builtin__", "object"): _Refusing,
        ("builtins", "object"): _Refusing,
        ("__builtin__", "set"): set,
        ("builtins", "set"): set,
        ("chumpy.ch", "Ch"): _Wrapped,
        ("chumpy.reordering", "Select"): _Selected,
    }
    for core in ("numpy.core", "numpy._core"):
        found[f"{core}.multiarray", "_reconstruct"] = _Numbers
        found[f"{core}.multiarray", "scalar"] = _Scalar
        found[f"{core}.numeric", "_frombuffer"] = _Buffer
    for letter, kind in (("c", _Columns), ("r", _Rows)):
        for module in (f"scipy.sparse.cs{letter}", f"scipy.sparse._cs{letter}"):
            found[module, f"cs{letter}_matrix"] = kind
    return found


_ALLOWED = _allowed()


# Python's own reader in Python: the one in C sets memory aside for whatever number a pickle names.
class _Reader(pickle._Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        made = _ALLOWED.get((module, name))
        if made is None:
            raise _BROKEN(f"it names {module}.{name}, which no body needs")
        return made


def read_arrays(data: bytes) -> dict[str, Array]:
    """The arrays of numbers in a pickled dictionary; what else it holds is left out.

    Raises `pickle.UnpicklingError` for a pickle that names anything not allowed or is damaged.
    """
    try:
        content = _Reader(io.BytesIO(data), encoding="latin1").load()
    except (_BROKEN, MemoryError):
        raise
    except Exception as error:  # what bent bytes raise is anything: IndexError, TypeError, ...
        raise _BROKEN("it is cut off or damaged") from error
    if not isinstance(content, dict):
        raise _BROKEN("it holds no table of arrays")
    found = {str(key): _value(value) for key, value in content.items()}
    return {key: value for key, value in found.items() if value is not None}


def _array(raw: Any, kind: Any, shape: Any, order: Any) -> Array | None:
    if not isinstance(kind, _Type):
        raise _BROKEN("an array's type is damaged")
    if kind.code is None:
        return None
    content = raw.encode("latin1") if isinstance(raw, str) else raw
    return np.frombuffer(content, dtype=kind.code).reshape(shape, order=order)


def _value(held: Any) -> Array | None:
    """What an object of the classes above is as an array; None where it is no array."""
    if isinstance(held, _Numbers):
        return held.value
    if isinstance(held, _Wrapped):
        return _value(held.fields.get("x"))
    if isinstance(held, _Selected):
        return _selected(held.fields)
    if isinstance(held, _Columns | _Rows):
        return _dense(held)
    return None


def _selected(fields: dict[str, Any]) -> Array:
    whole, chosen = (_value(fields.get(name)) for name in ("a", "idxs"))
    if whole is None or chosen is None:
        raise _BROKEN("a choice of entries is damaged")
    try:
        return whole.ravel()[chosen].reshape(fields.get("preferred_shape", chosen.shape))
    except (IndexError, ValueError, TypeError) as error:
        raise _BROKEN("a choice of entries is damaged") from error


def _dense(matrix: _Columns | _Rows) -> Array:
    """The matrix with its zeros, (rows, columns)."""
    names = ("data", "indices", "indptr")
    data, indices, starts = (_value(matrix.fields.get(name)) for name in names)
    shape = matrix.fields.get("_shape") or matrix.fields.get("shape")
    if data is None or indices is None or starts is None or shape is None:
        raise _BROKEN("a sparse matrix is damaged")
    try:
        rows, columns = (int(length) for length in shape)
        if rows * columns > MOST_ENTRIES:
            raise _BROKEN("a sparse matrix is larger than any body's")
        made = np.zeros((rows, columns))
        lengths = np.asarray(np.diff(starts.astype(np.int64)), dtype=np.int64)
        along = np.repeat(np.arange(len(lengths)), lengths)
        place = (indices, along) if isinstance(matrix, _Columns) else (along, indices)
        np.add.at(made, place, data)
    except (IndexError, ValueError, TypeError) as error:
        raise _BROKEN("a sparse matrix is damaged") from error
    return made

# SPDX-License-Identifier: Apache-2.0
"""How cattrs reads and writes our dataclasses: where its defaults would convert, ours refuse."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from types import NoneType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import cattrs
import numpy as np
from cattrs.gen import make_dict_structure_fn, override
from numpy.typing import NDArray

from .results import Array

# What cattrs and our own hooks raise at JSON that does not fit; anything else would be our bug.
MISFITS = (
    KeyError,
    TypeError,
    ValueError,
    OverflowError,
    AttributeError,
    RecursionError,
    cattrs.errors.ForbiddenExtraKeysError,
)


def _exactly(kind: type) -> Callable[[Any, Any], Any]:
    def read(value: Any, _: Any) -> Any:
        if kind is float and type(value) is int:
            return float(value)
        if not isinstance(value, kind) or type(value) is not kind:
            raise TypeError(f"{kind.__name__} expected, {type(value).__name__} came")
        if isinstance(value, str):
            value.encode("utf-8")  # Half a surrogate pair would break whoever stores it.
        return value

    return read


def _sequence(converter: cattrs.Converter, kind: Any) -> Callable[[Any, Any], tuple[Any, ...]]:
    item = get_args(kind)[0]
    read = converter.get_structure_hook(item)

    def structure(value: Any, _: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise TypeError("a list was expected")
        return tuple(read(each, item) for each in value)

    return structure


def _array(wanted: Array) -> Callable[[Any, Any], NDArray[Any]]:
    def read(value: Any, _: Any) -> NDArray[Any]:
        if not isinstance(value, np.ndarray) or value.dtype.name != wanted.dtype:
            raise TypeError(f"an array of {wanted.dtype} was expected")
        if value.ndim != len(wanted.shape) or any(
            isinstance(want, int) and want != got
            for want, got in zip(wanted.shape, value.shape, strict=True)
        ):
            raise ValueError(f"shape {value.shape} where {wanted.shape} was expected")
        return value

    return read


def _wanted(kind: Any) -> Array | None:
    if get_origin(kind) is not Annotated:
        return None
    return next((note for note in get_args(kind)[1:] if isinstance(note, Array)), None)


def _dataclass(converter: cattrs.Converter, kind: type[Any]) -> Callable[[Any, Any], Any]:
    """cattrs's own reading of a dataclass, then the lengths that its arrays share."""
    hints = get_type_hints(kind, include_extras=True)
    arrays = [(f.name, want) for f in fields(kind) if (want := _wanted(hints[f.name]))]
    # cattrs itself loses what `Annotated` says when annotations are strings.
    hooks: dict[str, Any] = {name: override(struct_hook=_array(want)) for name, want in arrays}
    read = make_dict_structure_fn(kind, converter, **hooks)

    def structure(value: Any, _: Any) -> Any:
        if not isinstance(value, dict):
            raise TypeError(f"{kind.__name__} expected, {type(value).__name__} came")
        made = read(value, kind)
        lengths: dict[str, int] = {}
        for name, want in arrays:
            for letter, length in zip(want.shape, getattr(made, name).shape, strict=True):
                if isinstance(letter, str) and lengths.setdefault(letter, length) != length:
                    raise ValueError(f"{name} has {length} where {lengths[letter]} was expected")
        return made

    return structure


def _origin(kind: Any) -> Any:
    return get_origin(kind)


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, types.UnionType)


def _choose(converter: cattrs.Converter, kind: Any) -> Callable[[Any, Any], Any]:
    """A union: dataclasses by their "$kind", the rest by what JSON says they are."""
    named: dict[str, Any] = {e.__name__: e for e in get_args(kind) if isinstance(e, type)}
    named = {name: each for name, each in named.items() if is_dataclass(each)}
    plain = {_json_type(each): each for each in get_args(kind) if not is_dataclass(each)}

    def structure(value: Any, _: Any) -> Any:
        if isinstance(value, dict):
            content = dict(value)
            return converter.structure(content, named[content.pop("$kind")])
        if value is None and NoneType in plain:
            return None
        number = type(value) is int and int not in plain
        return converter.structure(value, plain[float if number else type(value)])

    return structure


def _json_type(kind: Any) -> Any:
    return str if get_origin(kind) is Literal else kind


def _name_kind(converter: cattrs.Converter, kind: Any) -> Callable[[Any], Any]:
    def unstructure(value: Any) -> Any:
        if is_dataclass(value) and not isinstance(value, type):
            content = converter.unstructure(value, type(value))
            return {"$kind": type(value).__name__, **content}
        return value

    return unstructure


def _literal(kind: Any) -> Callable[[Any, Any], Any]:
    def read(value: Any, _: Any) -> Any:
        if type(value) is not str or value not in get_args(kind):
            raise ValueError("a choice that does not exist")
        return value

    return read


def make_converter() -> cattrs.Converter:
    made = cattrs.Converter(forbid_extra_keys=True, detailed_validation=False)
    for kind in (str, int, float, bool):
        made.register_structure_hook(kind, _exactly(kind))
    made.register_structure_hook_factory(is_dataclass, lambda kind: _dataclass(made, kind))
    made.register_structure_hook_factory(
        lambda kind: _origin(kind) is tuple, lambda kind: _sequence(made, kind)
    )
    made.register_structure_hook_factory(lambda kind: _origin(kind) is Literal, _literal)
    made.register_structure_hook_factory(_is_union, lambda kind: _choose(made, kind))
    made.register_unstructure_hook_factory(_is_union, lambda kind: _name_kind(made, kind))
    return made

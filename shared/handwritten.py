# SPDX-License-Identifier: Apache-2.0
"""JSON that people write by hand, read as dataclasses: what does not fit is named by its place."""

from __future__ import annotations

import json
import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Made = TypeVar("Made")
_WORDS = {float: "a number", int: "a whole number", str: "a text", bool: "true or false"}


class MisfitError(ValueError):
    """Says in words what is wrong and where: `"waypoints[1].place" takes 2 values, not 3`."""


def read_json(text: str | bytes, kind: type[Made]) -> Made:
    """A dataclass of dataclasses, tuples, mappings, choices and plain values, of JSON that has a
    member for each field; those with a default may be left out. Raises `MisfitError`."""
    try:
        content = json.loads(text, parse_constant=_refuse, object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        raise MisfitError("it is not UTF-8 text") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise MisfitError(f"it is not JSON from {place} on ({error.msg})") from error
    except RecursionError as error:
        raise MisfitError("its lists are nested too deeply") from error
    except MisfitError:
        raise
    except ValueError as error:
        raise MisfitError("it holds a number of too many digits") from error
    made: Made = _read(kind, content, "")
    return made


def _refuse(text: str) -> float:
    raise MisfitError(f"{text} is no number that it may hold")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, _ in pairs if [n for n, _ in pairs].count(name) > 1)
        raise MisfitError(f'it says "{twice[:40]}" twice in one place')
    return found


def _read(kind: Any, value: Any, where: str) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        kind = next(each for each in get_args(kind) if each is not types.NoneType)
        return None if value is None else _read(kind, value, where)
    if is_dataclass(kind):
        return _object(kind, value, where)
    if origin is tuple:
        return _list(get_args(kind), value, where)
    if origin is Mapping:
        return _mapping(get_args(kind)[1], value, where)
    if origin is Literal:
        return _choice(get_args(kind), value, where)
    return _plain(kind, value, where)


def _object(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise _misfit(where, "an object in braces", value)
    hints = get_type_hints(kind)
    if unknown := sorted(set(value) - set(hints)):
        known = ", ".join(hints)
        raise MisfitError(f'{_at(where)} has no "{unknown[0][:40]}": it takes {known}')
    for field in fields(kind):
        is_needed = field.default is MISSING and field.default_factory is MISSING
        if is_needed and field.name not in value:
            raise MisfitError(f'{_at(where)} lacks its "{field.name}"')
    inner = {n: _read(hints[n], v, f"{where}.{n}".strip(".")) for n, v in value.items()}
    return kind(**inner)


def _list(kinds: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _misfit(where, "a list", value)
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    elif len(kinds) != len(value):
        raise MisfitError(f"{_at(where)} takes {len(kinds)} values, not {len(value)}")
    pairs = enumerate(zip(kinds, value, strict=True))
    return tuple(_read(kind, each, f"{where}[{number}]") for number, (kind, each) in pairs)


def _mapping(kind: Any, value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _misfit(where, "an object in braces", value)
    return {name: _read(kind, each, f"{where}.{name[:40]}") for name, each in value.items()}


def _choice(choices: tuple[str, ...], value: Any, where: str) -> str:
    if not isinstance(value, str) or value not in choices:
        raise _misfit(where, f"one of {', '.join(choices)}", value)
    return value


def _plain(kind: type, value: Any, where: str) -> Any:
    if kind is float and type(value) is int and abs(value) < 1e15:
        return float(value)
    is_lone = isinstance(value, str) and any(0xD800 <= ord(letter) <= 0xDFFF for letter in value)
    is_endless = isinstance(value, float) and not math.isfinite(value)
    if type(value) is not kind or is_lone or is_endless:
        raise _misfit(where, _WORDS[kind], value)
    return value


def _misfit(where: str, wanted: str, value: Any) -> MisfitError:
    shown = json.dumps(value)
    shown = shown if len(shown) <= 40 else f"{shown[:40]}..."
    return MisfitError(f"{_at(where)} takes {wanted}, not {shown}")


def _at(where: str) -> str:
    return f'"{where}"' if where else "it"

# SPDX-License-Identifier: Apache-2.0
"""Messages to frames and back: an envelope and a body in JSON, then every array as raw bytes.

`docs/protocol.md` is the authority. Whatever is not exactly as described there is refused with
`BadMessageError` before it reaches anybody.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from .convert import MISFITS, make_converter
from .errors import BadMessageError, KinoraError, VersionMismatchError
from .messages import PROTOCOL, Message, Received

MAX_ENVELOPE_BYTES = 1024
MAX_BODY_BYTES = 1 << 20
MAX_FRAME_BYTES = 1 << 29
MAX_FRAMES = 1024
MAX_MESSAGE_BYTES = 1 << 31
MAX_DIMENSIONS = 4
MAX_LENGTH = 1 << 30
MAX_ID = 1 << 53

Frame = bytes | memoryview
DTYPES = {name: np.dtype(name).newbyteorder("<") for name in ("float32", "int32", "uint8")}


def encode(message: object, id: int, answers: int = 0) -> list[Frame]:
    """All frames of a message: envelope, body, arrays. Nothing big is copied."""
    return [envelope(type(message).__name__, id, answers), *encode_body(message)]


def envelope(type_name: str, id: int, answers: int = 0) -> bytes:
    """The first frame, alone: the server puts one before a stored body."""
    return _dump({"protocol": PROTOCOL, "type": type_name, "id": id, "answers": answers})


def encode_body(message: object) -> list[Frame]:
    """The body and array frames: what is stored of a result or a request."""
    arrays: list[Frame] = []

    def append(array: object) -> dict[str, object]:
        if not isinstance(array, np.ndarray) or array.dtype.name not in DTYPES:
            raise TypeError(f"{getattr(array, 'dtype', type(array))} does not cross the wire")
        plain = np.ascontiguousarray(array, DTYPES[array.dtype.name])
        arrays.append(plain.reshape(-1).view(np.uint8).data if plain.size else b"")
        return {"$array": [len(arrays) - 1, array.dtype.name, list(array.shape)]}

    body = _dump(_CONVERTER.unstructure(message, type(message)), append)
    return [body, *arrays]


def decode(frames: Sequence[Frame], kinds: Mapping[str, type[Any]] | None = None) -> Received:
    """The message in these frames, or `BadMessageError`; arrays are read-only views of them."""
    if not 2 <= len(frames) <= MAX_FRAMES or sum(map(len, frames)) > MAX_MESSAGE_BYTES:
        raise BadMessageError("A message has too few frames, too many or too much in them.")
    kinds = KINDS if kinds is None else kinds
    type_name, id, answers = open_envelope(frames[0])
    if type_name not in kinds:
        raise BadMessageError("A message is of a kind that does not exist.")
    return Received(decode_body(kinds[type_name], frames[1:]), id, answers)


def open_envelope(frame: Frame) -> tuple[str, int, int]:
    """(type, id, answers). Raises `VersionMismatchError` for another protocol, whatever follows."""
    content = _parse(frame, MAX_ENVELOPE_BYTES, [])
    if not isinstance(content, dict) or type(content.get("protocol")) is not int:
        raise BadMessageError("A message does not say which protocol it speaks.")
    if content["protocol"] != PROTOCOL:
        raise _other_protocol(content["protocol"])
    if set(content) != {"protocol", "type", "id", "answers"}:
        raise BadMessageError("A message's envelope has unknown or missing fields.")
    numbers = (content["id"], content["answers"])
    if any(type(number) is not int or not 0 <= number < MAX_ID for number in numbers):
        raise BadMessageError("A message's number is not a number.")
    if not isinstance(content["type"], str):
        raise BadMessageError("A message's kind is not a word.")
    return content["type"], *numbers


def id_of(frames: Sequence[Frame]) -> int:
    """The number of a message that may make no sense otherwise, or 0: its refusal names it."""
    try:
        content = _parse(frames[0], MAX_ENVELOPE_BYTES, [])
        number = content["id"]
    except (KinoraError, LookupError, TypeError):
        return 0
    return number if type(number) is int and 0 <= number < MAX_ID else 0


def decode_body(kind: type[Any], frames: Sequence[Frame]) -> Any:
    """The message whose body and arrays these are."""
    arrays = _Arrays(frames[1:])
    content = _parse(frames[0], MAX_BODY_BYTES, arrays)
    arrays.check_all_used()
    try:
        return _CONVERTER.structure(content, kind)
    except KinoraError:
        raise
    except MISFITS as error:
        raise BadMessageError(f"A {kind.__name__} message does not fit: {_brief(error)}") from None


def _other_protocol(theirs: int) -> VersionMismatchError:
    which = "this side is the older one" if theirs > PROTOCOL else "the other side is the older one"
    return VersionMismatchError(
        f"The other side speaks protocol {theirs}, this side {PROTOCOL}: {which}.",
        "Update the older one, so that add-on and backend are of the same release.",
    )


def _brief(error: Exception) -> str:
    return f"{type(error).__name__} {error}"[:200]


def _dump(value: object, default: Callable[[Any], object] | None = None) -> bytes:
    text = json.dumps(
        value, default=default, allow_nan=False, ensure_ascii=False, separators=(",", ":")
    )
    return text.encode("utf-8")


class _Arrays(list[Frame]):
    """The array frames of one message, each to be named by its body exactly once."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        super().__init__(frames)
        self.used: set[int] = set()

    def read(self, reference: object) -> NDArray[Any]:
        match reference:
            case [int(number), str(dtype), list(shape)]:
                return self._view(number, dtype, shape)
        raise BadMessageError("An array is not described by its number, dtype and shape.")

    def _view(self, number: int, dtype: str, shape: list[object]) -> NDArray[Any]:
        if not 0 <= number < len(self) or number in self.used:
            raise BadMessageError("A message names an array frame that is not there, or twice.")
        if dtype not in DTYPES:
            raise BadMessageError(f"Arrays of {dtype[:20]} do not cross the wire.")
        lengths = [n for n in shape if type(n) is int and 0 <= n <= MAX_LENGTH]
        if len(lengths) != len(shape) or len(shape) > MAX_DIMENSIONS:
            raise BadMessageError("An array has a shape that makes no sense.")
        frame = self[number]
        if math.prod(lengths) * DTYPES[dtype].itemsize != len(frame):
            raise BadMessageError("An array frame is longer or shorter than its shape says.")
        self.used.add(number)
        if not len(frame):
            return np.empty(lengths, DTYPES[dtype])
        array = np.frombuffer(frame, DTYPES[dtype]).reshape(lengths)
        if not array.flags.aligned:
            array = array.copy()
        array.flags.writeable = False
        return array

    def check_all_used(self) -> None:
        if len(self.used) != len(self):
            raise BadMessageError("A message has more array frames than it names.")


def _parse(frame: Frame, limit: int, arrays: _Arrays | list[Frame]) -> Any:
    """JSON without repeated keys, NaN or infinity, in which every array reference is its array."""
    if len(frame) > limit:
        raise BadMessageError(f"A message's header is longer than {limit} bytes.")

    def pairs(items: list[tuple[str, Any]]) -> Any:
        if isinstance(arrays, _Arrays) and len(items) == 1 and items[0][0] == "$array":
            return arrays.read(items[0][1])
        if len(found := dict(items)) != len(items):
            raise BadMessageError("A message names a field twice.")
        return found

    try:
        return json.loads(
            bytes(frame).decode("utf-8"),
            object_pairs_hook=pairs,
            parse_constant=_number,
            parse_float=_number,
        )
    except (ValueError, RecursionError) as error:
        raise BadMessageError(f"A message's header is not JSON: {_brief(error)}") from None


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise BadMessageError("A message holds a number that is not finite.")
    return value


_CONVERTER = make_converter()
KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Message)}

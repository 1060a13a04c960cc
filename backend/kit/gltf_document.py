# SPDX-License-Identifier: Apache-2.0
"""A glTF 2.0 file as it grows: its lists, and the bytes that they point into."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .surface import Floats

Json = dict[str, Any]

COMPONENTS = {"float32": 5126, "uint16": 5123, "uint32": 5125}
_TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}


@dataclass(frozen=True)
class Document:
    """The glTF lists as they grow, and the bytes that they point into."""

    lists: dict[str, list[Json]] = field(default_factory=dict)
    blob: bytearray = field(default_factory=bytearray)

    def add(self, kind: str, entry: Json) -> int:
        entries = self.lists.setdefault(kind, [])
        entries.append(entry)
        return len(entries) - 1

    def add_bytes(self, data: bytes, **extra: int) -> int:
        self.blob.extend(bytes(-len(self.blob) % 4))
        view = {"buffer": 0, "byteOffset": len(self.blob), "byteLength": len(data), **extra}
        self.blob.extend(data)
        return self.add("bufferViews", view)

    def add_array(
        self, array: NDArray[Any], target: int = 0, bounds: Json | None = None, **extra: bool
    ) -> int:
        """(N,) or (N, K) as an accessor; `target` says what a graphics card would do with it."""
        array = np.ascontiguousarray(array)
        view = self.add_bytes(array.tobytes(), **({"target": target} if target else {}))
        entry = {
            "bufferView": view,
            "componentType": COMPONENTS[array.dtype.name],
            "count": len(array),
            "type": _TYPES[array.size // len(array)],
        }
        return self.add("accessors", entry | (bounds or {}) | extra)


def pack(document: Document, head: Json) -> bytes:
    body = bytes(document.blob) + bytes(-len(document.blob) % 4)
    head = head | {"buffers": [{"byteLength": len(body)}]} | document.lists
    text = json.dumps(head, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    chunks += struct.pack("<I4s", len(body), b"BIN\0") + body
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def y_up(places: Floats) -> NDArray[np.float32]:
    """Z up, facing -Y, to Y up, facing +Z: a quarter turn around X."""
    x, y, z = np.moveaxis(places, -1, 0)
    return np.stack([x, z, -y], axis=-1).astype(np.float32)


def xyzw(turns: Floats) -> NDArray[np.float32]:
    """The same quarter turn for rotations, in glTF's order."""
    w, x, y, z = np.moveaxis(turns, -1, 0)
    return np.stack([x, z, -y, w], axis=-1).astype(np.float32)

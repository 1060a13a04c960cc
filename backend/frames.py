# SPDX-License-Identifier: Apache-2.0
"""A message's frames in a file or a pipe: how many, how long each, then the bytes."""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from ..shared.errors import StorageError
from ..shared.wire import MAX_FRAMES, MAX_MESSAGE_BYTES, Frame

MAGIC = b"KINORA01"


def write_stream(stream: BinaryIO, frames: Sequence[Frame]) -> None:
    stream.write(struct.pack(f"<I{len(frames)}Q", len(frames), *map(len, frames)))
    for frame in frames:
        stream.write(frame)
    stream.flush()


def read_stream(stream: BinaryIO) -> list[bytes] | None:
    """The next message's frames, or None where the stream ends or makes no sense."""
    head = stream.read(4)
    if len(head) < 4 or (count := struct.unpack("<I", head)[0]) > MAX_FRAMES:
        return None
    lengths = stream.read(8 * count)
    if len(lengths) < 8 * count:
        return None
    sizes = struct.unpack(f"<{count}Q", lengths)
    if sum(sizes) > MAX_MESSAGE_BYTES:
        return None
    frames = [stream.read(size) for size in sizes]
    whole = all(len(frame) == size for frame, size in zip(frames, sizes, strict=True))
    return frames if whole else None


def write_file(path: Path, frames: Sequence[Frame]) -> None:
    """Whole or not at all, and on the disk when this returns."""
    aside = path.with_name(path.name + ".new")
    try:
        with open(aside, "wb") as file:
            file.write(MAGIC)
            write_stream(file, frames)
            os.fsync(file.fileno())
        os.replace(aside, path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def map_file(path: Path) -> list[memoryview]:
    """The frames of a file, read only as they are used. Raises `StorageError` if it is damaged."""
    try:
        with open(path, "rb") as file:
            content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError) as error:
        raise StorageError(f"{path.name} of this job cannot be read: {error}.") from error
    sizes = _sizes(content)
    if sizes is None:
        raise StorageError(f"{path.name} of this job is damaged.", "Run the job again.")
    frames = []
    start = len(MAGIC) + 4 + 8 * len(sizes)
    for size in sizes:
        frames.append(content[start : start + size])
        start += size
    return frames


def _sizes(content: memoryview) -> tuple[int, ...] | None:
    place = len(MAGIC) + 4
    if len(content) < place or content[: len(MAGIC)] != MAGIC:
        return None
    (count,) = struct.unpack("<I", content[len(MAGIC) : place])
    if count > MAX_FRAMES or len(content) < place + 8 * count:
        return None
    sizes: tuple[int, ...] = struct.unpack(f"<{count}Q", content[place : place + 8 * count])
    return sizes if place + 8 * count + sum(sizes) == len(content) else None

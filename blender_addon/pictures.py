# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the backend's pictures without making images of Blender's, which files and undo hold.

PNG as it is used here: 8 bits, gray, RGB or either with alpha, not interlaced.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from ..shared.errors import BadMessageError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}
MAX_PIXELS = 1 << 19
"""What can be read between two frames of the interface; larger pictures are left out."""


def read_png(data: bytes) -> NDArray[np.uint8]:
    """(height, width, 4) RGBA, the top row first. Raises `BadMessageError` for anything else."""
    try:
        width, height, channels, packed = _chunks(data)
        if not 0 < width * height <= MAX_PIXELS:
            raise BadMessageError("A picture is larger than previews are.")
        most = height * (1 + width * channels)
        rows = np.frombuffer(zlib.decompressobj().decompress(packed, most), np.uint8)
        plain = _unfiltered(rows.reshape(height, 1 + width * channels), channels)
    except (ValueError, KeyError, struct.error, zlib.error) as error:
        raise BadMessageError("A picture is damaged.") from error
    return _with_alpha(plain)


def _chunks(data: bytes) -> tuple[int, int, int, bytes]:
    """Width, height, channels and the packed rows."""
    if not data.startswith(SIGNATURE):
        raise ValueError("no PNG")
    at, packed, head = len(SIGNATURE), [], b""
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        content = data[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            head = content
        elif kind == b"IDAT":
            packed.append(content)
        at += 12 + length
    width, height, depth, color, _, _, interlaced = struct.unpack(">IIBBBBB", head)
    if depth != 8 or interlaced:
        raise ValueError("a kind of PNG that is not read here")
    return width, height, CHANNELS[color], b"".join(packed)


def _unfiltered(rows: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """(height, width, channels): each pixel is told by its difference from those before it.

    All pixels of a diagonal depend on earlier diagonals alone, so they are done at once: in
    `slanted` one is a row, and the neighbours to the left, above and between are slices.
    """
    height = len(rows)
    kinds = rows[:, 0]
    told = rows[:, 1:].reshape(height, -1, channels)
    width = told.shape[1]
    if kinds.max(initial=0) > 4:
        raise ValueError("a filter that does not exist")
    lines = np.arange(height)
    # One line and two diagonals of zeros stand before the first, as the format wants.
    slanted = np.zeros((height + width + 1, height + 1, channels), np.int16)
    slanted[lines[:, None] + np.arange(width) + 2, lines[:, None] + 1] = told
    takes = [np.flatnonzero(kinds == kind) for kind in range(5)]
    for number in range(2, height + width + 1):
        first, last = max(0, number - 1 - width), min(height, number - 1)
        here = slice(first + 1, last + 1)
        left, above = slanted[number - 1, here], slanted[number - 1, first:last]
        corner = slanted[number - 2, first:last]
        active = [one[slice(*np.searchsorted(one, (first, last)))] - first for one in takes]
        slanted[number, here] += _guess(active, left, above, corner)
        slanted[number, here] &= 255
    plain = slanted[lines[:, None] + np.arange(width) + 2, lines[:, None] + 1]
    return np.asarray(plain, np.uint8)


def _guess(
    takes: list[NDArray[np.intp]],
    left: NDArray[np.int16],
    above: NDArray[np.int16],
    corner: NDArray[np.int16],
) -> NDArray[np.int16]:
    """What the filter of each line (none, left, above, mean, Paeth's) expects of its next pixel."""
    guess = np.zeros_like(left)
    guess[takes[1]] = left[takes[1]]
    guess[takes[2]] = above[takes[2]]
    if len(takes[3]):
        guess[takes[3]] = (left[takes[3]] + above[takes[3]]) // 2
    if len(takes[4]):
        a, b, c = left[takes[4]], above[takes[4]], corner[takes[4]]
        to_a, to_b, to_c = np.abs(b - c), np.abs(a - c), np.abs(a + b - 2 * c)
        rest = np.where(to_b <= to_c, b, c)
        guess[takes[4]] = np.where((to_a <= to_b) & (to_a <= to_c), a, rest)
    return guess


def _with_alpha(plain: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width, channels = plain.shape
    color = plain[..., : 1 if channels < 3 else 3]
    full = np.full((height, width, 4), 255, np.uint8)
    full[..., :3] = color
    if channels in (2, 4):
        full[..., 3] = plain[..., -1]
    return full

# SPDX-License-Identifier: Apache-2.0
"""Pictures with alpha are traced; photographs, opaque and broken ones end in a sentence."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import resvg_py
from numpy.typing import NDArray
from PIL import Image

from kinora.backend.clipart.drawing import Drawing
from kinora.backend.clipart.painting import paint_page
from kinora.backend.clipart.reading.read import read_drawing
from kinora.shared.errors import BadOptionError
from kinora.shared.results import Media

DRAWINGS = Path(__file__).parents[3] / "data/drawings"


def encoded(pixels: NDArray[np.uint8], kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **({"lossless": True} if kind == "WEBP" else {}))
    return file.getvalue()


def read(data: bytes) -> Drawing:
    return read_drawing(Media.of("picture.png", data))


def disc(side: int = 200) -> NDArray[np.uint8]:
    """A red disc with a blue square in it and a hole, on nothing."""
    y, x = np.mgrid[:side, :side] / side
    pixels = np.zeros((side, side, 4), np.uint8)
    pixels[np.hypot(x - 0.5, y - 0.5) < 0.4] = (220, 30, 30, 255)
    pixels[(abs(x - 0.4) < 0.1) & (abs(y - 0.4) < 0.1)] = (20, 40, 200, 255)
    pixels[np.hypot(x - 0.65, y - 0.65) < 0.08] = 0
    return pixels


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_a_flat_picture_becomes_its_areas(kind: str) -> None:
    drawing = read(encoded(disc(), kind))
    assert 2 <= len(drawing.shapes) <= 6
    assert "traced" in drawing.notes[0]
    picture = paint_page(drawing, 200, 200)
    known = disc()
    assert (np.abs(picture[..., 3].astype(int) - known[..., 3]) > 128).mean() < 0.004
    inside = known[..., 3] > 0
    off = np.abs(picture[inside][:, :3].astype(int) - known[inside][:, :3]).max(1)
    assert (off > 40).mean() < 0.02
    assert picture[130, 130, 3] == 0


@pytest.mark.parametrize("name", ["dog", "flower_pot"])
@pytest.mark.parametrize("width", [200, 900])
def test_our_drawings_are_recognized_from_their_pixels(name: str, width: int) -> None:
    svg = (DRAWINGS / f"{name}.svg").read_text("utf-8")
    data = bytes(resvg_py.svg_to_bytes(svg_string=svg, width=width))
    drawing = read(data)
    with Image.open(io.BytesIO(data)) as source:
        known = np.array(source.convert("RGBA"))
    height, width = known.shape[:2]
    left, top, right, bottom = drawing.box
    assert (right - left) / (bottom - top) == pytest.approx(width / height, rel=0.02)
    picture = paint_page(drawing, width, height)
    both = (picture[..., 3] > 127) & (known[..., 3] > 127)
    either = (picture[..., 3] > 127) | (known[..., 3] > 127)
    assert both.sum() / either.sum() > 0.97
    assert np.abs(picture[both][:, :3].astype(int) - known[both][:, :3]).mean() < 8


def test_an_opaque_picture_is_refused() -> None:
    opaque = disc()
    opaque[..., 3] = 255
    for data in (encoded(opaque), encoded(opaque[..., :3], "JPEG")):
        with pytest.raises(BadOptionError, match="no transparent background") as caught:
            read(data)
        assert "PNG" in caught.value.hint


def test_a_photograph_cut_out_of_its_background_is_refused() -> None:
    rng = np.random.default_rng(1)
    noise = sum(
        np.kron(rng.normal(0, 60 / 1.5**k, (n, n, 3)), np.ones((256 // n, 256 // n, 1)))
        for k, n in enumerate((4, 16, 64, 128, 256))
    )
    colors = np.clip(128 + np.asarray(noise), 0, 255).astype(np.uint8)
    y, x = np.mgrid[:256, :256]
    alpha = np.where(np.hypot(x - 128, y - 128) < 110, 255, 0).astype(np.uint8)
    with pytest.raises(BadOptionError, match="photograph"):
        read(encoded(np.dstack([colors, alpha])))


def test_an_empty_and_a_cut_off_picture_are_refused() -> None:
    with pytest.raises(BadOptionError, match="transparent"):
        read(encoded(np.zeros((50, 50, 4), np.uint8)))
    with pytest.raises(BadOptionError, match="cannot be read"):
        read(encoded(disc())[:300])


def test_a_picture_of_absurd_size_is_refused_before_it_is_unpacked() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0))
    rows = chunk(b"IDAT", zlib.compress(bytes(10_000)))
    with pytest.raises(BadOptionError, match="million pixels"):
        read(b"\x89PNG\r\n\x1a\n" + header + rows + chunk(b"IEND", b""))

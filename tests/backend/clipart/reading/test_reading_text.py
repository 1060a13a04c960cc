# SPDX-License-Identifier: Apache-2.0
"""Text becomes outlines of a font on the system, placed and anchored as the text says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from kinora.backend.clipart.drawing import CANVAS, Drawing
from kinora.backend.clipart.reading import lettering
from kinora.backend.clipart.reading.read import read_drawing
from kinora.shared.results import Media


def block_font(path: Path, width: int) -> None:
    """A font whose every letter is a block of half its advance, as tall as half an em."""
    pen = TTGlyphPen(None)
    for x, y in ((0, 0), (0, 500), (width // 2, 500), (width // 2, 0)):
        (pen.lineTo if (x, y) != (0, 0) else pen.moveTo)((x, y))
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "block", "space"])
    letters = {code: "block" for code in range(33, 127)}
    builder.setupCharacterMap({**letters, 32: "space"})
    empty = TTGlyphPen(None).glyph()
    builder.setupGlyf({".notdef": empty, "block": pen.glyph(), "space": empty})
    metrics = {".notdef": (width, 0), "block": (width, 0), "space": (width, 0)}
    builder.setupHorizontalMetrics(metrics)
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": path.stem, "styleName": "Regular"})
    builder.setupPost()
    builder.save(path)


@pytest.fixture(autouse=True)
def fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    block_font(tmp_path / "Block Face.ttf", 600)
    block_font(tmp_path / "Block Face Bold.ttf", 800)
    folders = {platform: (str(tmp_path),) for platform in ("linux", "darwin", "win32")}
    monkeypatch.setattr(lettering, "_FOLDERS", folders)
    for cached in (lettering._fonts, lettering.find_font, lettering._opened):
        cached.cache_clear()
    yield
    for cached in (lettering._fonts, lettering.find_font, lettering._opened):
        cached.cache_clear()


def read(text: str) -> Drawing:
    page = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 256 256">{text}</svg>'
    return read_drawing(Media.of("text.svg", page.encode()))


def boxes(drawing: Drawing) -> list[list[float]]:
    """Left, top, right, bottom of every letter, in units of the page."""
    contours = [contour for shape in drawing.shapes for contour in shape.contours]
    return [[*contour.min(0).tolist(), *contour.max(0).tolist()] for contour in contours]


def test_letters_stand_on_their_line_one_advance_apart() -> None:
    drawing = read('<text x="20" y="100" font-family="Block Face" font-size="50">ab c</text>')
    expected = [[20 + 30 * i, 75, 35 + 30 * i, 100] for i in (0, 1, 3)]
    np.testing.assert_allclose(boxes(drawing), expected, atol=1e-3)
    assert not drawing.notes


@pytest.mark.parametrize(("anchor", "shift"), [("start", 0), ("middle", -30), ("end", -60)])
def test_anchors_move_the_whole_line(anchor: str, shift: float) -> None:
    text = f'<text x="128" y="60" text-anchor="{anchor}" font-family="Block Face" font-size="50">'
    left = boxes(read(text + "ab</text>"))[0][0]
    assert left == pytest.approx(128 + shift, abs=1e-3)


def test_spans_have_fonts_colors_and_lines_of_their_own() -> None:
    drawing = read(
        '<text x="10" y="60" font-family="Block Face" font-size="50" fill="red">a'
        '<tspan font-weight="bold" fill="blue">b</tspan><tspan x="10" dy="1em">c</tspan></text>'
    )
    found = boxes(drawing)
    np.testing.assert_allclose([box[0] for box in found], (10, 40, 10), atol=1e-3)
    np.testing.assert_allclose([box[3] for box in found], (60, 60, 110), atol=1e-3)
    assert found[1][2] - found[1][0] == pytest.approx(20, abs=1e-3)
    assert [tuple(shape.paint.colors[0, :3]) for shape in drawing.shapes] == [
        (1, 0, 0),
        (0, 0, 1),
        (1, 0, 0),
    ]


def test_another_font_stands_in_and_is_named_in_a_note() -> None:
    drawing = read('<text x="9" y="90" font-family="Nowhere Sans" font-size="50">a</text>')
    assert len(drawing.shapes) == 1
    assert "another font" in drawing.notes[0]


def test_without_any_font_text_is_left_out_with_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lettering, "_FOLDERS", {"linux": (), "darwin": (), "win32": ()})
    drawing = read(f'<text y="90">a</text><rect width="{CANVAS / 2}" height="90"/>')
    assert len(drawing.shapes) == 1
    assert "no font" in drawing.notes[0]

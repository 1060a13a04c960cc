# SPDX-License-Identifier: Apache-2.0
"""What is read looks as resvg shows the source."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import resvg_py
from numpy.typing import NDArray
from PIL import Image

from kinora.backend.clipart.drawing import CANVAS, Drawing
from kinora.backend.clipart.painting import paint, paint_page
from kinora.backend.clipart.reading.read import read_drawing
from kinora.shared.results import Media

DRAWINGS = sorted(Path(__file__).parents[3].glob("data/drawings/*.svg"))

BODIES = {
    "gradients": """
        <defs><linearGradient id="a"><stop offset="10%" stop-color="red"/>
        <stop offset=".9" style="stop-color:blue;stop-opacity:.5"/></linearGradient>
        <linearGradient id="b" xlink:href="#a" gradientTransform="rotate(30)"
        spreadMethod="reflect" x2=".3"/>
        <radialGradient id="c" href="#a" cx="60" cy="140" r="40"
        gradientUnits="userSpaceOnUse" spreadMethod="repeat"/></defs>
        <rect x="10" y="10" width="120" height="60" fill="url(#b)"/>
        <path d="M100 80h90v110h-180z" fill="url(#c)" stroke="url(#a)" stroke-width="8"/>""",
    "gradient transform": """
        <radialGradient id="r" gradientUnits="userSpaceOnUse" cx="0" cy="0" r="50"
        gradientTransform="translate(100 100) scale(1.5 .5) rotate(20)">
        <stop offset="0" stop-color="#ff0"/><stop offset="1" stop-color="#080"/></radialGradient>
        <g transform="skewX(10) translate(-10,0)">
        <rect width="150" height="180" x="20" y="10" rx="20" fill="url(#r)"/></g>""",
    "strokes": """
        <g fill="none" stroke="#036" stroke-width="10"><path d="M20 20L60 80L100 20"/>
        <path d="M120 20l30 60 30-60" stroke-linejoin="round" stroke-linecap="round"/>
        <path d="M20 110h160" stroke-dasharray="20 10 5"/>
        <path d="M20 130h160" stroke-dasharray="0 20" stroke-linecap="round"/>
        <path d="M20 150 q40 40 80 0 t80 0" stroke-linecap="square" stroke-dasharray="10%"/>
        <path d="M20 190l60-8-60-2" stroke-linejoin="bevel" stroke-width="5"/></g>""",
    "unevenly scaled strokes": """
        <g transform="scale(3 1)"><circle cx="30" cy="50" r="20" fill="#fc0" stroke="#c00"
        stroke-width="6"/><path d="M10 100h40v40z" fill="none" stroke="#0c0" stroke-width="6"
        vector-effect="non-scaling-stroke"/></g>""",
    "opacity of a group and of a stroked shape": """
        <g opacity=".5"><rect x="20" y="20" width="100" height="100" fill="red"/>
        <circle cx="120" cy="120" r="60" fill="blue" stroke="#000" stroke-width="10"/></g>
        <rect x="10" y="150" width="60" height="40" fill="lime" stroke="black"
        stroke-width="12" opacity="0.4"/>""",
    "clip paths": """
        <clipPath id="c"><circle cx="80" cy="80" r="60"/>
        <rect x="100" y="100" width="80" height="60" transform="rotate(10 100 100)"/></clipPath>
        <clipPath id="d" clipPathUnits="objectBoundingBox"><path d="M0 0L1 0L.5 1z"/></clipPath>
        <clipPath id="e" clip-path="url(#c)">
        <path clip-rule="evenodd" d="M0 0h200v200h-200zM60 60h60v60h-60z"/></clipPath>
        <g clip-path="url(#e)"><rect width="190" height="200" fill="#58c"/>
        <path d="M0 100L200 60v60z" fill="#fc0"/></g><g transform="translate(120 120) scale(.4)">
        <rect width="180" height="180" fill="#a3c" clip-path="url(#d)"/></g>""",
    "a mask of black and white": """
        <mask id="m" fill="white"><path d="M20 20h160v160h-160z"/>
        <circle cx="100" cy="100" r="40" fill="black"/></mask>
        <g mask="url(#m)"><circle cx="100" cy="100" r="90" fill="#7a3"/></g>""",
    "even-odd holes": """
        <path fill-rule="evenodd" d="M100 10L40 190L190 70L10 70L160 190z" fill="#c33"/>
        <path transform="translate(60,60) scale(.4)" style="fill-rule:evenodd" fill="#33c"
        d="M100 10L40 190L190 70L10 70L160 190z"/>""",
    "symbols and inner viewports": """
        <symbol id="s" viewBox="0 0 10 10"><circle cx="5" cy="5" r="6"/>
        <path d="M0 0L10 10" stroke="#fff"/></symbol>
        <g fill="#284"><use href="#s" width="80" height="60" x="10" y="10"/>
        <use xlink:href="#s" x="100" y="100" width="90" height="90" opacity=".6"/></g>
        <svg x="110" y="10" width="80" height="40" viewBox="0 0 40 40"
        preserveAspectRatio="xMaxYMin slice"><rect width="40" height="40" fill="#ddd"/>
        <circle cx="20" cy="20" r="18" fill="#48a"/></svg>""",
    "style sheets": """
        <style><![CDATA[ .a, g > .b { fill: #e33; stroke: #000 }
        g.x rect.b {fill:rgb(0,128,255);} #z {fill:hsl(120,50%,40%)} path {stroke-width:6}
        ]]></style><path class="a" d="M10 10h50v50z"/><g class="x">
        <rect class="b" x="80" y="10" width="50" height="50"/>
        <g><circle class="b" cx="170" cy="40" r="20"/></g></g>
        <ellipse id="z" class="a" cx="100" cy="140" rx="60" ry="30" style="stroke-width:3pt"/>""",
    "arcs": """
        <path d="M40 100a60 40 30 1 0 120 0 A30 30 0 0 1 100 20z" fill="#a66"/>
        <path d="M10,180A20,20,0,0150,180z" fill="#66a"/>
        <path d="M120 150 a 30 30 0 1 0 60 0 a 30 30 0 1 0 -60 0" fill="none" stroke="teal"/>""",
    "nested transforms": """
        <g transform="translate(100,100)"><g transform="rotate(30)">
        <g transform="scale(1.5,.8) skewY(15)"><rect x="-40" y="-40" width="80" height="80"
        rx="10" fill="#a5c" stroke="#204" stroke-width="5"/></g></g></g>
        <path transform="matrix(.5 .2 -.2 .5 20 20)" d="M0 0h60v40z"/>""",
    "what is hidden": """
        <switch><foreignObject requiredExtensions="x"/><g><rect width="90" height="90"
        fill="#39c"/></g></switch><g visibility="hidden"><rect x="100" width="100" height="100"/>
        <rect x="120" y="20" width="50" height="50" visibility="visible" fill="#c39"/></g>
        <g display="none"><rect width="200" height="200"/></g>""",
    "colors": """
        <g color="#0a0"><rect width="50" height="50" fill="currentColor"/>
        <rect x="50" width="50" height="50" fill="rgba(255,0,0,.5)"/>
        <rect x="100" width="50" height="50" fill="#f80c"/>
        <rect y="50" width="50" height="50" fill="hsla(200,80%,50%,0.7)"/>
        <rect x="50" y="50" width="50" height="50" fill="Tomato"/>
        <rect x="150" y="50" width="50" height="50" fill="none" stroke="currentColor"/></g>""",
    "stroke below fill": """
        <circle cx="100" cy="100" r="60" fill="#fc0" stroke="#000" stroke-width="30"
        paint-order="stroke"/>""",
    "a fleck apart and a hair line": """
        <circle cx="60" cy="60" r="50" fill="#26a"/><circle cx="190" cy="190" r="2"/>
        <path d="M10 190C60 130 120 200 150 140" fill="none" stroke="#333" stroke-width=".4"/>""",
}


def read(svg: str | bytes, name: str = "drawing.svg") -> Drawing:
    data = svg.encode() if isinstance(svg, str) else svg
    return read_drawing(Media.of(name, data))


def svg_of_body(body: str, head: str = 'viewBox="0 0 200 200"') -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f"{head}>{body}</svg>"
    )


def on_white(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    alpha = pixels[..., 3:] / 255
    return np.asarray(pixels[..., :3] * alpha + 255 * (1 - alpha))


def likeness(svg: str, drawing: Drawing, zoom: float = 2) -> float:
    """The peak signal-to-noise ratio, in dB, to what resvg makes of the source's page.

    The page's sides times `zoom` must be whole numbers, or resvg shows it a little stretched.
    """
    shown = resvg_py.svg_to_bytes(svg_string=svg, zoom=zoom, dpi=96.0)
    source = np.array(Image.open(io.BytesIO(bytes(shown))).convert("RGBA"))
    height, width = source.shape[:2]
    error = (on_white(paint_page(drawing, width, height)) - on_white(source)) ** 2
    return float(10 * np.log10(255**2 / max(error.mean(), 1e-9)))


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
def test_our_drawings_look_as_they_did(path: Path) -> None:
    svg = path.read_text("utf-8")
    drawing = read(svg)
    assert likeness(svg, drawing) > 40
    assert not drawing.notes


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_features_of_svg_look_as_they_did(body: str) -> None:
    svg = svg_of_body(body)
    drawing = read(svg)
    assert likeness(svg, drawing) > 40
    assert not drawing.notes


@pytest.mark.parametrize(
    ("head", "shape"),
    [
        ('viewBox="20 10 280 100"', 2.8),
        ('viewBox="0,0 100 100" width="300" height="150"', 2.0),
        ('viewBox="0 0 100 100" width="300" height="150" preserveAspectRatio="none"', 2.0),
        ('width="120px" height="240"', 0.5),
        ('viewBox="0 0 100 400" width="100%" height="100%"', 0.25),
        ('viewBox="0 0 100 100" width="2in"', 1.0),
    ],
)
def test_pages_of_any_shape_are_centered_on_the_canvas(head: str, shape: float) -> None:
    body = '<circle cx="50" cy="50" r="40" fill="#0bf" stroke="#000" stroke-width="6"/>'
    svg = svg_of_body(body, head)
    drawing = read(svg)
    left, top, right, bottom = drawing.box
    assert (right - left) / (bottom - top) == pytest.approx(shape)
    assert max(right - left, bottom - top) == pytest.approx(CANVAS)
    assert left + right == pytest.approx(CANVAS) == pytest.approx(top + bottom)
    assert likeness(svg, drawing) > 37


def test_without_any_size_the_page_is_what_is_drawn() -> None:
    body = '<g transform="translate(500 -40)"><rect x="10" width="300" height="100"/></g>'
    drawing = read(svg_of_body(body, ""))
    points = np.concatenate([c for shape in drawing.shapes for c in shape.contours])
    np.testing.assert_allclose(points.min(0), drawing.box[:2], atol=1e-6)
    np.testing.assert_allclose(points.max(0), drawing.box[2:], atol=1e-6)
    assert drawing.box[3] - drawing.box[1] == pytest.approx(CANVAS / 3)


def test_shapes_keep_order_names_and_chains_that_close() -> None:
    body = """<g id="arm"><rect width="50" height="50" fill="red"/><circle id="hand" r="30"
        fill="blue"/></g><use href="#hand" id="other_hand" x="100" y="100"/>
        <path d="M10 100h50v50h-50" fill="none" stroke="lime"/>"""
    drawing = read(svg_of_body(body))
    assert [shape.name for shape in drawing.shapes] == ["arm", "hand", "other_hand", "shape 4"]
    for shape in drawing.shapes:
        for contour in shape.contours:
            assert len(contour) % 3 == 1 and len(contour) >= 4
            np.testing.assert_array_equal(contour[0], contour[-1])


def test_a_circle_stays_a_circle_through_arcs_strokes_and_clips() -> None:
    body = """<clipPath id="c"><rect x="-500" y="-500" width="1000" height="1000"
        transform="rotate(1)"/></clipPath><path d="M20 100a80 80 0 1 1 160 0 80 80 0 1 1-160 0"
        clip-path="url(#c)" fill="#888"/>
        <circle cx="100" cy="100" r="70" fill="none" stroke="red" stroke-width="20"/>"""
    drawing = read(svg_of_body(body))
    for shape in drawing.shapes:
        ends = np.concatenate([contour[::3] for contour in shape.contours])
        radii = np.linalg.norm(ends - CANVAS / 2, axis=1) / CANVAS * 200
        assert np.minimum(np.abs(radii - 80), np.abs(radii - 60)).max() < 0.05


def test_a_gradient_lies_where_its_frame_says() -> None:
    body = """<linearGradient id="g" x1="0.25" x2="0.75"><stop stop-color="#000"/>
        <stop offset="1" stop-color="#fff" stop-opacity=".5"/></linearGradient>
        <g transform="translate(0 100)"><rect x="100" width="80" height="40"
        fill="url(#g)" fill-opacity=".5"/></g>"""
    (shape,) = read(svg_of_body(body)).shapes
    unit = CANVAS / 200
    start, end = shape.paint.frame @ [0, 0, 1], shape.paint.frame @ [1, 0, 1]
    np.testing.assert_allclose(start, (120 * unit, 100 * unit), rtol=1e-6)
    np.testing.assert_allclose(end, (160 * unit, 100 * unit), rtol=1e-6)
    np.testing.assert_allclose(shape.paint.colors[:, 3], (0.5, 0.25))


def test_a_background_that_fills_the_page_is_left_out_and_said_so() -> None:
    body = '<rect width="100%" height="100%" fill="#eef"/><circle cx="90" cy="90" r="50"/>'
    drawing = read(svg_of_body(body))
    assert len(drawing.shapes) == 1
    assert "background" in drawing.notes[0]
    alone = read(svg_of_body('<rect width="200" height="200" fill="#eef"/>'))
    assert len(alone.shapes) == 1


def test_what_lies_beyond_the_page_is_cut_off() -> None:
    body = '<circle cx="200" cy="100" r="80"/><rect x="300" width="50" height="50"/>'
    (shape,) = read(svg_of_body(body)).shapes
    assert max(contour[:, 0].max() for contour in shape.contours) <= CANVAS + 1e-3


def test_the_square_is_painted_whole_and_shapes_alone() -> None:
    drawing = read(
        svg_of_body('<rect width="200" height="100" fill="red"/>', 'viewBox="0 0 200 100"')
    )
    picture = paint(drawing, 64)
    assert picture.shape == (64, 64, 4)
    assert (picture[:15, :, 3] == 0).all() and (picture[17:47] == (255, 0, 0, 255)).all()
    assert not paint(drawing, 64, ()).any()


def test_half_transparent_red_is_straight_not_premultiplied() -> None:
    drawing = read(svg_of_body('<path d="M0 0h150v150h-150z" fill="red" opacity=".5"/>'))
    np.testing.assert_allclose(paint(drawing, 32)[8, 8], (255, 0, 0, 128), atol=1)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ('<g filter="url(#f)"><rect width="50" height="50"/></g>', "Filter"),
        ('<pattern id="p"><g fill="red"/></pattern><path d="M0 0h9v9" fill="url(#p)"/>', "Pattern"),
        ('<rect width="50" height="50"/><image href="data:image/png;base64,AA"/>', "icture"),
        ('<rect width="50" height="50" fill="nonsense"/>', "nonsense"),
        ('<path d="M10 10h50v50h-50z L nothing"/>', "broken"),
        ('<rect width="50" height="50"/><use href="#gone"/>', "not there"),
        ('<rect width="50" height="50"><animate attributeName="x"/></rect>', "animation"),
        ('<path d="M10 10h50v50" marker-end="url(#m)"/>', "marker"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_noted(body: str, word: str) -> None:
    drawing = read(svg_of_body(body))
    assert any(word in note for note in drawing.notes)
    assert drawing.shapes

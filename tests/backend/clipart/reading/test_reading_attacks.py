# SPDX-License-Identifier: Apache-2.0
"""Drawings that are broken or mean harm: a sentence, no fetching, no flood of memory."""

from __future__ import annotations

import gzip
import socket
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinora.backend.clipart.drawing import CANVAS, Drawing
from kinora.backend.clipart.reading.read import read_drawing
from kinora.backend.clipart.reading.simplify import MAX_POINTS
from kinora.shared.errors import BadOptionError, KinoraError
from kinora.shared.results import Media

RECT = '<rect width="50" height="50" fill="red"/>'


def read(svg: str | bytes) -> Drawing:
    data = svg.encode() if isinstance(svg, str) else svg
    return read_drawing(Media.of("drawing.svg", data))


def document(body: str, head: str = 'viewBox="0 0 200 200"') -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f"{head}>{body}</svg>"
    )


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a drawing opened a connection")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


LINKED = {
    "picture": '<image href="http://example.org/a.png" width="9" height="9"/>',
    "picture by file": '<image xlink:href="file:///etc/passwd" width="9" height="9"/>',
    "picture by path": '<image xlink:href="../../secret.png" width="9" height="9"/>',
    "use": '<use href="https://example.org/a.svg#x"/>',
    "use by another prefix": '<use xmlns:y="http://www.w3.org/1999/xlink" y:href="a.svg#x"/>',
    "gradient": '<linearGradient xlink:href="other.svg#g"/>',
    "link": '<a href="javascript:alert(1)"><rect/></a>',
    "fill": '<rect fill="url(http://example.org/#a)"/>',
    "filter in a style": "<rect style=\"filter:url('//example.org/f.svg#a')\"/>",
    "imported sheet": '<style>@import "http://example.org/a.css";</style>',
    "imported sheet by url": "<style>@IMPORT url(a.css);</style>",
    "font": "<style>@font-face{font-family:a;src:url(http://example.org/a.woff)}</style>",
    "cursor": "<style>rect{cursor:url('file:///etc/passwd')}</style>",
    "escaped": '<image href="&#104;ttp://example.org/a.png"/>',
}
SCRIPTED = {
    "script": "<script>alert(1)</script>",
    "script by link": '<script href="http://example.org/a.js"/>',
    "prefixed script": '<s:script xmlns:s="http://www.w3.org/2000/svg">alert(1)</s:script>',
    "script in metadata": "<metadata><script>alert(1)</script></metadata>",
    "handler": '<rect onclick="alert(1)"/>',
    "handler in capitals": '<g OnLoad="alert(1)"/>',
}


@pytest.mark.parametrize("body", LINKED.values(), ids=LINKED.keys())
def test_links_to_elsewhere_are_refused(body: str) -> None:
    with pytest.raises(BadOptionError, match=r"outside|elsewhere") as caught:
        read(document(RECT + body))
    assert caught.value.field == "drawing"


@pytest.mark.parametrize("body", SCRIPTED.values(), ids=SCRIPTED.keys())
def test_scripts_are_refused(body: str) -> None:
    with pytest.raises(BadOptionError, match="script"):
        read(document(RECT + body))


def test_a_handler_on_the_root_and_a_linked_style_sheet_are_refused() -> None:
    with pytest.raises(BadOptionError, match="script"):
        read(document(RECT, 'onload="alert(1)"'))
    with pytest.raises(BadOptionError, match="elsewhere"):
        read('<?xml version="1.0"?><?xml-stylesheet href="a.css"?>' + document(RECT))


DECLARED = {
    "billion laughs": "<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>",
    "external": "<!ENTITY a SYSTEM 'file:///etc/passwd'>",
    "external by web": "<!ENTITY a PUBLIC 'x' 'http://example.org/a'>",
    "parameter": "<!ENTITY % a SYSTEM 'http://example.org/a.dtd'> %a;",
    "markup": "<!ENTITY a '<script>alert(1)</script>'>",
    "long": f"<!ENTITY a '{'x' * 1000}'>",
}


@pytest.mark.parametrize("declared", DECLARED.values(), ids=DECLARED.keys())
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_that_grow_or_read_files_are_refused(declared: str, encoding: str) -> None:
    svg = f"<!DOCTYPE svg [{declared}]>" + document("<desc>&a;</desc>" + RECT)
    with pytest.raises(BadOptionError, match="entit"):
        read(svg.encode(encoding))


def test_many_uses_of_a_middling_entity_are_refused() -> None:
    svg = f"<!DOCTYPE svg [<!ENTITY a '{'x' * 250}'>]>" + document("&a;" * 400_000 + RECT)
    with pytest.raises(BadOptionError, match="grow too large"):
        read(svg)


def test_an_external_document_type_is_not_fetched_and_namespace_entities_are_read() -> None:
    svg = (
        '<?xml version="1.0" encoding="iso-8859-1"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
        '"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" '
        '[<!ENTITY ns "http://www.w3.org/2000/svg">]>'
        f'<svg xmlns="&ns;" viewBox="0 0 200 200">{RECT}</svg>'
    )
    assert len(read(svg).shapes) == 1


@pytest.mark.parametrize("depth", [90, 150, 50_000])
def test_deep_nesting_is_read_or_refused(depth: int) -> None:
    svg = document("<g>" * depth + RECT + "</g>" * depth)
    if depth < 100:
        assert len(read(svg).shapes) == 1
    else:
        with pytest.raises(BadOptionError, match="nested"):
            read(svg)


def test_parts_that_use_each_other_end_in_a_sentence() -> None:
    loop = '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'
    with pytest.raises(BadOptionError, match="without end"):
        read(document(RECT + loop))
    itself = '<clipPath id="c" clip-path="url(#c)"><rect width="9" height="9"/></clipPath>'
    with pytest.raises(BadOptionError, match="without end"):
        read(document(itself + '<rect width="50" height="50" clip-path="url(#c)"/>'))
    mask = '<mask id="m"><rect width="90" height="90" fill="#fff" mask="url(#m)"/></mask>'
    with pytest.raises(BadOptionError, match="without end"):
        read(document(mask + '<rect width="50" height="50" mask="url(#m)"/>'))


def test_a_gradient_that_refers_to_itself_paints_by_what_it_has() -> None:
    body = '<linearGradient id="g" href="#g"><stop stop-color="red"/></linearGradient>'
    assert read(document(body + '<rect width="50" height="50" fill="url(#g)"/>')).shapes


def test_exponential_reuse_is_refused() -> None:
    levels = "".join(f'<g id="l{i + 1}">{f"""<use href="#l{i}"/>""" * 10}</g>' for i in range(12))
    with pytest.raises(BadOptionError, match="too often"):
        read(document(f'<g id="l0">{RECT}</g>{levels}'))


def test_millions_of_dashes_are_a_plain_line() -> None:
    body = (
        '<path d="M0 0h150v150" fill="none" stroke="red" stroke-width="9" stroke-dasharray="1e-6"/>'
    )
    (shape,) = read(document(body)).shapes
    assert sum(len(contour) for contour in shape.contours) < 100


def test_a_gzip_bomb_stops_at_the_limit() -> None:
    bomb = gzip.compress(b"<svg>" + b" " * 80_000_000, 9)
    with pytest.raises(BadOptionError, match="larger than"):
        read(bomb)
    assert len(read(gzip.compress(document(RECT).encode())).shapes) == 1


HUGE = ("1e300", "-1e300", "nan", "inf", "1e-300", "99999999999", "0", "")


@pytest.mark.parametrize("value", HUGE)
@pytest.mark.parametrize(
    "head",
    ['width="{0}" height="{0}"', 'viewBox="0 0 {0} {0}"', 'viewBox="{0} 0 200 200"'],
)
def test_pages_of_absurd_size_are_read_or_refused(head: str, value: str) -> None:
    _check(document(RECT, head.format(value)))


@pytest.mark.parametrize("value", HUGE)
def test_absurd_numbers_are_drawn_or_left_out(value: str) -> None:
    body = (
        f'<rect x="{value}" width="{value}" height="20" rx="{value}"/>'
        f'<path d="M{value} 0L10 {value} A{value} 3 {value} 0 1 9 9z" stroke="red" '
        f'stroke-width="{value}" stroke-miterlimit="{value}"/>'
        f'<g transform="scale({value}) rotate({value})"><circle r="{value}"/></g>'
        f'<text font-size="{value}" x="{value}">a</text>'
    )
    _check(document(RECT + body))


def _check(svg: str | bytes) -> None:
    """A drawing that is finite and on its canvas, or a sentence."""
    try:
        drawing = read(svg)
    except KinoraError as error:
        assert error.message.endswith(".")
        return
    assert drawing.shapes
    for shape in drawing.shapes:
        assert np.isfinite(shape.paint.frame).all()
        assert 0 <= shape.paint.colors.min() <= shape.paint.colors.max() <= 1
        for contour in shape.contours:
            assert len(contour) % 3 == 1 and len(contour) >= 4
            assert np.isfinite(contour).all()
            np.testing.assert_array_equal(contour[0], contour[-1])
            assert contour[::3].min() >= -0.1 and contour[::3].max() <= CANVAS + 0.1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"   \n",
        b"hello",
        b"<svg",
        b"<html><body/></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><g/></svg>",
        b"\xff\xfe\x00<",
        b"\x1f\x8bnonsense",
        document('<rect width="50" height="50"/><g>').encode(),
        document('<rect width="50" height="50" fill="none"/>').encode(),
        document('<circle cx="900" cy="900" r="20"/>').encode(),
    ],
)
def test_empty_and_broken_files_are_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(BadOptionError) as caught:
        read(data)
    assert caught.value.message.endswith(".") and caught.value.hint


def test_a_drawing_that_only_holds_a_picture_says_so() -> None:
    with pytest.raises(BadOptionError, match="picture of pixels"):
        read(document('<image href="data:image/png;base64,AAAA" width="50" height="50"/>'))


def test_a_million_points_are_simplified_and_said_so() -> None:
    angles = np.linspace(0, 2 * np.pi, 300_000, endpoint=False)
    radii = 80 + 8 * np.sin(40 * angles)
    x, y = 100 + radii * np.cos(angles), 100 + radii * np.sin(angles)
    data = "M" + "L".join(f"{a:.4f} {b:.4f}" for a, b in zip(x, y, strict=True)) + "z"
    (shape,) = (drawing := read(document(f'<path d="{data}" fill="red"/>'))).shapes
    points = np.concatenate(shape.contours)
    assert len(points) <= MAX_POINTS
    assert "900001 points were simplified" in drawing.notes[0]
    places = (points / CANVAS * 200 - 100) @ (1, 1j)
    wave = 80 + 8 * np.sin(40 * np.angle(places))
    assert np.abs(np.abs(places) - wave).max() < 0.5


def test_many_dense_shapes_are_simplified_together_and_specks_go_first() -> None:
    rng = np.random.default_rng(3)
    blobs = []
    for center in rng.uniform(30, 170, (60, 2)):
        angles = np.linspace(0, 2 * np.pi, 400, endpoint=False)
        ring = (
            center + (20 + rng.normal(0, 0.3, 400))[:, None] * np.c_[np.cos(angles), np.sin(angles)]
        )
        blobs.append("M" + "L".join(f"{x:.3f} {y:.3f}" for x, y in ring) + "z")
    specks = "".join(f'<rect x="{x}" y="5" width=".01" height=".01"/>' for x in range(190))
    body = specks + "".join(f'<path d="{data}"/>' for data in blobs)
    drawing = read(document(body))
    assert sum(len(c) for shape in drawing.shapes for c in shape.contours) <= MAX_POINTS
    assert len(drawing.shapes) >= 60


_WORDS = st.sampled_from(
    [
        *"MmLlHhVvCcSsQqTtAaZz",
        "0",
        "1",
        "-3.5",
        "1e3",
        ".",
        "-",
        "e",
        ",",
        " ",
        "9e99",
        "#",
        "10 20",
    ]
)


@given(st.lists(_WORDS, max_size=40))
def test_any_path_data_is_drawn_or_refused(words: list[str]) -> None:
    data = "".join(words)
    _check(document(f'{RECT}<path d="{data}" stroke="red" fill-rule="evenodd"/>'))


_NAMES = (
    "fill stroke stroke-width transform opacity stroke-dasharray style r cx clip-path mask "
    "font-size class stroke-linecap viewBox points"
)
_VALUES = (
    "red|url(#a)|url(#|1e9|-5|50%|rotate(|matrix(1 2 3)|none|0 0 1|scale(0)|rgb(,,)|hsl(1)|;;:;|"
    "fill:url(#b);opacity:2|3em|1 2 3 4 5|\u2603|"
)
_TAGS = (
    "rect circle g path text svg use clipPath mask polygon symbol linearGradient radialGradient "
    "stop switch line style tspan image"
)
_PAIRS = st.lists(
    st.tuples(st.sampled_from(_NAMES.split()), st.sampled_from(_VALUES.split("|"))), max_size=4
)
_TAG = st.sampled_from(_TAGS.split())
_NODES = st.recursive(
    st.builds(lambda tag, pairs: (tag, dict(pairs), ()), _TAG, _PAIRS),
    lambda inner: st.builds(
        lambda tag, pairs, children: (tag, dict(pairs), tuple(children)),
        _TAG,
        _PAIRS,
        st.lists(inner, max_size=3),
    ),
    max_leaves=8,
)


def _markup(node: tuple[str, dict[str, str], tuple[object, ...]], i: int = 0) -> str:
    tag, attributes, children = node
    words = "".join(f' {name}="{value}"' for name, value in attributes.items())
    inner = "".join(_markup(child, i + k) for k, child in enumerate(children))  # type: ignore[arg-type]
    name = "abc"[(len(tag) + i) % 3]
    return (
        f'<{tag} id="{name}" width="40" height="30" href="#{"bca"[i % 3]}"{words}>{inner}</{tag}>'
    )


@given(_NODES)
def test_any_tree_is_drawn_or_refused(node: tuple[str, dict[str, str], tuple[object, ...]]) -> None:
    _check(document(RECT + _markup(node)))


@given(st.data())
def test_a_drawing_with_bytes_changed_is_drawn_or_refused(data: st.DataObject) -> None:
    path = Path(__file__).parents[3] / "data/drawings/flower_pot.svg"
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    _check(bytes(content))

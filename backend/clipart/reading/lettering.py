# SPDX-License-Identifier: Apache-2.0
"""Text to outlines, by a font that is found on the system."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont, TTLibError

from .curves import Chain, ChainPen, mapped
from .document import Node
from .values import length, lengths, matrix

MAX_LETTERS = 2_000
MAX_FONTS = 5_000

_FOLDERS = {
    "win32": ("%WINDIR%/Fonts", "%LOCALAPPDATA%/Microsoft/Windows/Fonts"),
    "darwin": ("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts"),
    "linux": ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts"),
}
_GENERIC = {
    "serif": ("dejavuserif", "liberationserif", "timesnewroman", "times", "notoserif"),
    "sansserif": ("dejavusans", "liberationsans", "arial", "helvetica", "notosans", "segoeui"),
    "monospace": ("dejavusansmono", "liberationmono", "couriernew", "courier", "menlo"),
}
_BOLD = ("bold", "bolder", "600", "700", "800", "900")


@dataclass(frozen=True)
class Lettering:
    """What a text paints: styles of its own and chains in user units; and notes."""

    chains: tuple[tuple[dict[str, str], tuple[Chain, ...]], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Run:
    """Letters of one style; where they start, as far as the text says so."""

    text: str
    style: dict[str, str]
    x: float | None
    y: float | None
    dx: float
    dy: float


def runs(node: Node, style: Mapping[str, str], viewport: tuple[float, float]) -> Lettering:
    """The outlines of a `text` element: anchored, placed and sized; of a right size at least
    where its font is not on this system, which a note then says."""
    spans = list(_runs(node, dict(style), viewport))
    if not "".join(run.text for run in spans).strip():
        return Lettering((), ())
    faces = [_face(run.style) for run in spans]
    if faces[0][0] is None:
        return Lettering((), ("Text is left out: no font was found on this computer.",))
    is_same = all(same for _, same in faces)
    note = () if is_same else ("Text is set in another font: its own is not on this computer.",)
    try:
        return Lettering(tuple(_set(spans)), note)
    except (TTLibError, KeyError, AssertionError, OSError):
        return Lettering((), ("Text is left out: its font cannot be read.",))


def _face(style: Mapping[str, str]) -> tuple[Path | None, bool]:
    """The file of a style's font, and whether it is one that was asked for."""
    is_bold = style.get("font-weight", "") in _BOLD
    is_italic = style.get("font-style") in ("italic", "oblique")
    return find_font(style.get("font-family", ""), is_bold, is_italic)


def _runs(
    node: Node, style: dict[str, str], viewport: tuple[float, float], is_first: bool = True
) -> Iterator[_Run]:
    """The runs of a text and its spans, white space folded."""
    own = {**style, **{k: v for k, v in node.attributes.items() if k in _STYLES}}
    em = length(style.get("font-size"), 16.0, 16.0)
    if node.tag == "tspan" and "font-size" in node.attributes:
        own["font-size"] = str(length(node.attributes["font-size"], em, em, em))
    get = node.attributes.get
    at = [lengths(get(key, ""), whole, em) for key, whole in zip("xy", viewport, strict=True)]
    by = [
        lengths(get(key, ""), whole, em) for key, whole in zip(("dx", "dy"), viewport, strict=True)
    ]
    x, y = (values[0] if values else None for values in at)
    dx, dy = (values[0] if values else 0.0 for values in by)
    for child in node.children:
        if isinstance(child, Node):
            if child.tag in ("tspan", "a"):
                yield from _runs(child, own, viewport, False)
            continue
        text = " ".join(child.split())
        if child[:1].isspace() and text and not is_first:
            text = " " + text
        if child[-1:].isspace() and text:
            text += " "
        yield _Run(text, own, x, y, dx, dy)
        x, y, dx, dy, is_first = None, None, 0.0, 0.0, False


_STYLES = (
    "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "font-size",
    "font-family", "font-weight", "font-style", "text-anchor", "letter-spacing",
)  # fmt: skip


def _set(spans: list[_Run]) -> Iterator[tuple[dict[str, str], tuple[Chain, ...]]]:
    """Each run's letters, one after the other; a run that says its x starts a new line."""
    lines: list[list[_Run]] = []
    for run in spans:
        if run.x is not None or not lines:
            lines.append([])
        lines[-1].append(run)
    pen_y = 0.0
    for line in lines:
        wide = sum(run.dx + _advance(run) for run in line)
        wide -= _trailing(line)
        anchor = line[0].style.get("text-anchor", "start")
        pen_x = (line[0].x or 0.0) - wide * {"middle": 0.5, "end": 1.0}.get(anchor, 0.0)
        for run in line:
            pen_x, pen_y = pen_x + run.dx, (pen_y if run.y is None else run.y) + run.dy
            yield run.style, tuple(_letters(run, pen_x, pen_y))
            pen_x += _advance(run)


def _trailing(line: list[_Run]) -> float:
    """The width of the space that a line ends on, which no anchor counts."""
    last = line[-1]
    if not last.text.endswith(" "):
        return 0.0
    return _advance(replace(last, text=" "))


def _scale(run: _Run) -> float:
    units = float(_font(run.style)["head"].unitsPerEm)
    return length(run.style.get("font-size"), 16.0, 16.0) / units


def _glyphs(run: _Run) -> list[str]:
    cmap = _font(run.style).getBestCmap() or {}
    return [cmap.get(ord(letter), ".notdef") for letter in run.text[:MAX_LETTERS]]


def _advance(run: _Run) -> float:
    widths = _font(run.style)["hmtx"]
    wide = sum(widths[glyph][0] for glyph in _glyphs(run)) * _scale(run)
    return float(wide) + _spacing(run) * len(run.text)


def _spacing(run: _Run) -> float:
    size = length(run.style.get("font-size"), 16.0, 16.0)
    return length(run.style.get("letter-spacing"), size, 0.0, size)


def _letters(run: _Run, x: float, y: float) -> Iterator[Chain]:
    font, scale = _font(run.style), _scale(run)
    glyphs = font.getGlyphSet()
    for glyph in _glyphs(run):
        pen = ChainPen(glyphs)
        glyphs[glyph].draw(pen)
        yield from mapped(pen.chains(), matrix(scale, 0, 0, -scale, x, y))
        x += font["hmtx"][glyph][0] * scale + _spacing(run)


def _font(style: Mapping[str, str]) -> Any:
    path, _ = _face(style)
    return _opened(path)


@lru_cache(maxsize=8)
def _opened(path: Path) -> Any:
    return TTFont(path, fontNumber=0, lazy=True)


@lru_cache(maxsize=64)
def find_font(families: str, is_bold: bool, is_italic: bool) -> tuple[Path | None, bool]:
    """The file of the first family that is there, else of any plain font; and whether it is one
    of those that were asked for. Files are told by their names."""
    known = _fonts()
    for family in families.split(","):
        key = "".join(letter for letter in family.lower() if letter.isalnum())
        for name in _GENERIC.get(key, (key,)):
            found = _of_family(known, name, is_bold, is_italic)
            if name and found is not None:
                return found, True
    for name in _GENERIC["sansserif"] + _GENERIC["serif"]:
        found = _of_family(known, name, is_bold, is_italic)
        if found is not None:
            return found, not families.strip()
    return next(iter(known.values()), None), False


def _of_family(known: dict[str, Path], name: str, is_bold: bool, is_italic: bool) -> Path | None:
    weights = ("bold", "bd", "b") if is_bold else ("", "regular", "book", "roman")
    slants = ("italic", "oblique", "i") if is_italic else ("",)
    for weight in (*weights, "", "regular"):
        for slant in (*slants, ""):
            found = known.get(name + weight + slant)
            if found is not None:
                return found
    return None


@lru_cache(maxsize=1)
def _fonts() -> dict[str, Path]:
    """The system's font files by their names in small letters, signs left out."""
    found: dict[str, Path] = {}
    for folder in _FOLDERS.get(sys.platform, _FOLDERS["linux"]):
        root = Path(os.path.expandvars(folder)).expanduser()
        for path in sorted(root.rglob("*"))[:MAX_FONTS] if root.is_dir() else ():
            if path.suffix.lower() in (".ttf", ".otf", ".ttc"):
                key = "".join(letter for letter in path.stem.lower() if letter.isalnum())
                found.setdefault(key, path)
    return found

# SPDX-License-Identifier: Apache-2.0
"""The bytes of an SVG to a tree of nodes, refusing what could fetch, run or explode."""

from __future__ import annotations

import codecs
import re
import zlib
from dataclasses import dataclass, field
from xml.parsers import expat

from ....shared.errors import BadOptionError

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 100
MAX_NODES = 300_000
MAX_ENTITY = 256

_HINT = "Export the drawing again as a plain SVG, or as a PNG with a transparent background."
_DATA = ("metadata", "title", "desc")
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def refuse(message: str, hint: str = _HINT) -> BadOptionError:
    """The error for a drawing that cannot be read."""
    return BadOptionError(message, hint, field="drawing")


@dataclass
class Node:
    """An element: local name, attributes by local name, and its elements and text in order."""

    tag: str
    attributes: dict[str, str]
    children: list[Node | str] = field(default_factory=list)

    def elements(self) -> list[Node]:
        return [child for child in self.children if isinstance(child, Node)]

    def text(self) -> str:
        """All text below, in order."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)


def read_document(data: bytes) -> Node:
    """The root `svg` of a document, without what tells of it but is not drawn.

    Raises BadOptionError for what is broken or too large, and for scripts, event handlers, links
    to other files and entities that could expand: the sentence says which.
    """
    text = _decoded(_unpacked(data))
    builder = _Builder(text)
    try:
        builder.parse(text)
    except expat.ExpatError as error:
        raise refuse(
            f"The drawing is not a whole SVG file: line {error.lineno} cannot be read."
        ) from None
    root = builder.root
    if root is None or root.tag != "svg":
        raise refuse("The file is not an SVG: its outermost element is not <svg>.")
    return root


def _unpacked(data: bytes) -> bytes:
    """The bytes themselves, or what a gzipped drawing (.svgz) unpacks to."""
    if data[:2] == b"\x1f\x8b":
        unpacker = zlib.decompressobj(wbits=31)
        try:
            data = unpacker.decompress(data, MAX_BYTES + 1)
        except zlib.error:
            raise refuse("The compressed drawing is damaged.") from None
    if len(data) > MAX_BYTES:
        raise refuse(f"The drawing is larger than {MAX_BYTES // 2**20} MiB.")
    return data


def _decoded(data: bytes) -> str:
    declared = re.match(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.-]{1,40})", data)
    name = declared[1].decode("ascii") if declared else "utf-8"
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            data, name = data[len(mark) :], encoding
    try:
        text = data.decode(name)
    except (UnicodeDecodeError, LookupError):
        text = data.decode("latin-1")
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1).lstrip()


class _Builder:
    """Collects expat's calls; prefixes are kept out of names, foreign elements out of the tree."""

    def __init__(self, text: str) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._skipped = 0
        self._nodes = 0
        self._references = text.count("&")

    def parse(self, text: str) -> None:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._entity
        parser.ProcessingInstructionHandler = self._instruction
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.Parse(text.encode("utf-8", "replace"), True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        prefix, _, tag = name.rpartition(":")
        self._nodes += 1
        if len(self._open) + self._skipped >= MAX_DEPTH:
            raise refuse(f"The drawing's groups are nested more than {MAX_DEPTH} deep.")
        if self._nodes > MAX_NODES:
            raise refuse(f"The drawing has more than {MAX_NODES} elements.")
        if tag == "script":
            raise refuse("The drawing holds a script; such a drawing is not read.")
        foreign = prefix not in ("", "svg") and tag != "svg"
        if self._skipped or tag in _DATA or (foreign and self._open):
            self._skipped += 1
            return
        node = Node(tag, _checked(tag, attributes))
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def _end(self, name: str) -> None:
        if self._skipped:
            self._skipped -= 1
        else:
            self._open.pop()

    def _characters(self, text: str) -> None:
        if self._open and not self._skipped:
            self._open[-1].children.append(text)

    def _entity(self, name: str, is_parameter: bool, value: str | None, *source: object) -> None:
        if value is None:
            raise refuse("The drawing wants to read another file (an external entity).")
        if "&" in value or "%" in value or "<" in value:
            raise refuse("The drawing declares entities made of entities; it is not read.")
        if len(value) > MAX_ENTITY or len(value) * self._references > MAX_BYTES:
            raise refuse("The drawing declares an entity that would grow too large.")

    def _instruction(self, target: str, data: str) -> None:
        if target == "xml-stylesheet":
            raise refuse("The drawing wants to load a style sheet from elsewhere.")


def _checked(tag: str, attributes: dict[str, str]) -> dict[str, str]:
    """Attributes by local name; a plain one wins over a prefixed one of the same name."""
    checked: dict[str, str] = {}
    for name, value in attributes.items():
        prefix, _, local = name.rpartition(":")
        if prefix in ("xmlns", "sodipodi") or name == "xmlns":
            continue
        if prefix == "inkscape" and local != "label":
            continue
        if local.lower().startswith("on") and not prefix:
            raise refuse(f"The drawing holds a script ({local}); such a drawing is not read.")
        if local == "href" and not _is_inside(value):
            raise refuse(f"The drawing's <{tag}> links to something outside the file.")
        check_links(value)
        if local not in checked or not prefix:
            checked[local] = value
    return checked


def _is_inside(link: str) -> bool:
    link = link.strip()
    return not link or link.startswith(("#", "data:image/"))


def check_links(css: str) -> None:
    """Refuse a value or a style sheet that would load something from outside the file."""
    if "url" in css.lower():
        for link in re.findall(r"url\(\s*[\"']?([^\"')]*)", css, re.IGNORECASE):
            if not _is_inside(link) and not link.strip().startswith("data:"):
                raise refuse("The drawing's styles link to something outside the file.")

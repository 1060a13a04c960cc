# SPDX-License-Identifier: Apache-2.0
"""Reads HOCON text by pyhocon into dotted keys, and knows on which line each stands.

Files come from users, perhaps over the wire, so `include` and `${...}` are refused: they would read
this machine's files and environment. An unquoted `{TOREPLACE}`, which HOCON takes for an object, is
quoted first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyhocon
import pyparsing

from ....shared.errors import BadOptionError

FIELD = "config"
MARKER = re.compile(r"\{[A-Z_]+\}")
_MOST_CHARACTERS = 100_000
_DEEPEST = 20
_TOKEN = re.compile(
    r'(?P<comment>(?:\#|//)[^\n]*)|(?P<quoted>"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*")|(?P<line>\n)'
    rf"|(?P<marker>{MARKER.pattern})"
    r"|(?P<sign>\+?=|[{}\[\],:])|(?P<space>[ \t\r\f]+)"
    r'|(?P<text>(?:/(?!/)|[^\s{}\[\],:=\#/"+]|\+(?!=))+|["+/])'
)
_INCLUDE = re.compile(r"include\s*(\"|(required|url|file|package|classpath)\s*\()", re.IGNORECASE)


@dataclass(frozen=True)
class Settings:
    """Values by dotted key, the line of each key, and what was written there, word for word."""

    values: dict[str, Any]
    lines: dict[str, int]
    written: dict[str, str]


@dataclass(frozen=True)
class _Entry:
    key: str
    line: int
    start: int
    end: int


def wrong(message: str, hint: str = "Mend that line of the configuration.") -> BadOptionError:
    """The error of a bad configuration."""
    return BadOptionError(message, hint, FIELD)


def parse(text: str) -> Settings:
    """Raises `BadOptionError` that names line and key in one sentence."""
    if len(text) > _MOST_CHARACTERS:
        raise wrong(
            f"The configuration has {len(text)} characters; at most {_MOST_CHARACTERS} are read.",
            "Choose AvatarCLIP's .conf file.",
        )
    entries = list(_entries(text))
    lines = {entry.key: entry.line for entry in entries}
    try:
        tree = pyhocon.ConfigFactory.parse_string(_quoted(text, entries), resolve=False)
    except pyparsing.ParseBaseException as error:
        key = _last_key(entries, error.lineno)
        raise wrong(f"Line {error.lineno} of the configuration, {key}, is no HOCON.") from error
    except (pyhocon.exceptions.ConfigException, RecursionError, ValueError) as error:
        raise wrong(f"The configuration is no HOCON: {error}.") from error
    values: dict[str, Any] = {}
    _flatten(tree, "", values, lines)
    written = {entry.key: text[entry.start : entry.end] for entry in entries}
    return Settings(values, lines, written)


def _flatten(tree: Any, above: str, into: dict[str, Any], lines: dict[str, int]) -> None:
    for name, value in tree.items():
        key = above + name.strip('"')
        if isinstance(value, pyhocon.ConfigTree):
            _flatten(value, f"{key}.", into, lines)
        elif value is None or isinstance(value, bool | int | float | str | list | timedelta):
            into[key] = value
        else:
            raise wrong(f"Line {lines.get(key, '?')} of the configuration, {key}, has no value.")


def _quoted(text: str, entries: list[_Entry]) -> str:
    for entry in reversed(entries):
        value = text[entry.start : entry.end]
        if '"' not in value and MARKER.search(value):
            escaped = value.replace("\\", "\\\\")
            text = f'{text[: entry.start]}"{escaped}"{text[entry.end :]}'
    return text


def _last_key(entries: list[_Entry], line: int) -> str:
    before = [entry.key for entry in entries if entry.line <= line]
    return f"after {before[-1]}" if before else "at the top"


class _Reader:
    """Where in the text it is: the keys that are open, the key at hand and what was read since."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.key: str | None = None
        self.line = 1
        self.lists = 0
        self.words: list[re.Match[str]] = []

    def full_key(self) -> str:
        return ".".join([*self.path, self.key or ""])

    def text(self) -> str:
        return self.words[0].string[self.words[0].start() : self.words[-1].end()]


def _entries(text: str) -> Iterator[_Entry]:
    """Each key with a value, in order, and where its value stands."""
    reader, line = _Reader(), 1
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup
        if kind in ("text", "quoted", "marker"):
            reader.words.append(found)
            _refuse(reader.text(), kind, line)
        elif kind == "line":
            yield from _ended(reader, line)
            line += 1
        elif kind == "sign":
            yield from _signed(reader, found.group(), line)
    yield from _ended(reader, line)
    if reader.path:
        key = ".".join(reader.path)
        raise wrong(f"Line {line} of the configuration ends the file, but {key} is still open.")


def _signed(reader: _Reader, sign: str, line: int) -> Iterator[_Entry]:
    if sign in "[]" or reader.lists > 0:
        _in_list(reader, sign)
    elif sign == "{":
        _open(reader, line)
    elif sign in "},":
        yield from _ended(reader, line)
        if sign == "}":
            _close(reader, line)
    elif reader.key is None:
        if not reader.words:
            raise wrong(f'Line {line} of the configuration has "{sign}" without a key.')
        reader.key, reader.line = reader.text().strip('"'), line
        reader.words.clear()


def _in_list(reader: _Reader, sign: str) -> None:
    if sign not in "[],":
        key = reader.full_key()
        raise wrong(f"Line {reader.line} of the configuration, {key}, has an open list.")
    reader.lists += {"[": 1, "]": -1, ",": 0}[sign]


def _close(reader: _Reader, line: int) -> None:
    if not reader.path:
        raise wrong(f'Line {line} of the configuration has a "}}" too many.')
    reader.path.pop()


def _open(reader: _Reader, line: int) -> None:
    name = reader.key or (reader.text().strip('"') if reader.words else "")
    if not name:
        raise wrong(f'Line {line} of the configuration has "{{" without a key.')
    reader.path.append(name)
    if len(reader.path) > _DEEPEST:
        raise wrong(f"Line {line} of the configuration opens more than {_DEEPEST} braces.")
    reader.key = None
    reader.words.clear()


def _ended(reader: _Reader, line: int) -> Iterator[_Entry]:
    """A value ends with its line, a comma or a brace, but not inside of a list."""
    if reader.lists > 0:
        return
    if reader.key is not None and reader.words:
        start, end = reader.words[0].start(), reader.words[-1].end()
        yield _Entry(reader.full_key(), reader.line, start, end)
        reader.key = None
    elif reader.key is None and reader.words:
        key = ".".join([*reader.path, reader.text()])
        raise wrong(f"Line {line} of the configuration, {key}, has no value.")
    elif reader.key is not None and reader.line < line:
        raise wrong(f"Line {reader.line} of the configuration, {reader.full_key()}, has no value.")
    reader.words.clear()


def _refuse(text: str, kind: str, line: int) -> None:
    if _INCLUDE.match(text):
        raise wrong(
            f"Line {line} of the configuration includes another file, which is not read.",
            "Copy its keys into this one.",
        )
    if kind == "text" and text.endswith("$"):
        raise wrong(
            f"Line {line} of the configuration has a substitution, which is not read.",
            "Write the value itself.",
        )

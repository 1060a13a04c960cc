# SPDX-License-Identifier: Apache-2.0
"""The protocol page and the code say the same."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest

from kinora.shared import errors, messages, wire

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
DOCUMENTED = [*wire.KINDS.values(), messages.JobRow]


def written(field: dataclasses.Field[Any]) -> str:
    """A field as the page writes it."""
    if field.default is dataclasses.MISSING:
        return f"`{field.name}`"
    return f"`{field.name}` = {json.dumps(field.default)}"


def test_the_page_names_the_protocol_of_the_code() -> None:
    (found,) = re.findall(r"\*\*Protocol version: (\d+)\.\*\*", PAGE)
    assert int(found) == messages.PROTOCOL


@pytest.mark.parametrize("kind", DOCUMENTED, ids=lambda kind: kind.__name__)
def test_the_page_lists_every_field_of_every_message(kind: type) -> None:
    fields = ", ".join(written(field) for field in dataclasses.fields(kind)) or "none"
    assert f"| `{kind.__name__}` | {fields} |" in PAGE


def test_the_page_lists_no_message_that_does_not_exist() -> None:
    section = PAGE[PAGE.index("## 3.") : PAGE.index("## 6.")]
    listed = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert sorted(listed) == sorted(kind.__name__ for kind in DOCUMENTED)


def test_the_page_names_the_limits_of_the_code() -> None:
    assert f"{wire.MAX_ENVELOPE_BYTES:,} bytes" in PAGE
    assert f"{wire.MAX_BODY_BYTES >> 20} MiB |" in PAGE
    assert f"{wire.MAX_FRAME_BYTES >> 20} MiB each" in PAGE
    assert f"{wire.MAX_FRAMES:,} frames and {wire.MAX_MESSAGE_BYTES >> 30} GiB" in PAGE
    assert f"at most {wire.MAX_DIMENSIONS} dimensions" in PAGE
    for dtype in wire.DTYPES:
        assert f"`{dtype}`" in PAGE


def test_every_error_comes_back_as_itself() -> None:
    for code, kind in errors.BY_CODE.items():
        again = errors.rebuild(code, "What happened.", "What to do.", "steps")
        assert type(again) is kind
        assert str(again) == "What happened. What to do."

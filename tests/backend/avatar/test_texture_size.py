# SPDX-License-Identifier: Apache-2.0
"""Textures are as fine as asked for, or as the memory allows, and the user is told which."""

from __future__ import annotations

import pytest

from kinora.backend.avatar import texture_size
from kinora.backend.avatar.texture_size import fitting_size
from kinora.shared.errors import BadOptionError

PLENTY = 1 << 40


@pytest.mark.parametrize(
    ("asked", "preset", "size"),
    [
        ("auto", "draft", 1024),
        ("auto", "quality", 4096),
        ("4096", "draft", 4096),
        ("1024", "quality", 1024),
    ],
)
@pytest.mark.parametrize("free", [PLENTY, None])
def test_what_is_asked_for_is_made_where_there_is_room(asked, preset, size, free) -> None:
    assert fitting_size(asked, preset, free) == (size, ())


def test_what_does_not_fit_becomes_the_next_smaller_with_a_note() -> None:
    size, (note,) = fitting_size("4096", "draft", 4096**2 * texture_size.BYTES - 1)
    assert size == 2048
    assert "2048" in note and "4096" in note
    size, (note,) = fitting_size("auto", "quality", 1024**2 * texture_size.BYTES)
    assert size == 1024 and "1024" in note


def test_where_nothing_fits_it_is_said_how_much_is_needed() -> None:
    with pytest.raises(BadOptionError, match=r"231 MB.*100 MB") as error:
        fitting_size("auto", "draft", 100_000_000)
    assert error.value.field == "texture_size"


def test_a_container_s_limit_counts_besides_the_machine_s_memory(tmp_path, monkeypatch) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:  3000 kB\n")
    monkeypatch.setattr(texture_size, "_MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(texture_size, "_LIMITS", tmp_path)
    assert texture_size.free_memory() == 3_072_000
    (tmp_path / "memory.max").write_text("2000000\n")
    (tmp_path / "memory.current").write_text("1500000\n")
    (tmp_path / "memory.stat").write_text("anon 7\ninactive_file 100000\n")
    assert texture_size.free_memory() == 600_000
    (tmp_path / "memory.max").write_text("max\n")
    assert texture_size.free_memory() == 3_072_000


def test_where_nobody_tells_the_memory_nothing_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(texture_size, "_MEMORY", tmp_path / "none")
    monkeypatch.setattr(texture_size, "_LIMITS", tmp_path)
    assert texture_size.free_memory() is None

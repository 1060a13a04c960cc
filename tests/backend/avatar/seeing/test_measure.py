# SPDX-License-Identifier: Apache-2.0
"""The table of an encoder whose answers are known."""

from __future__ import annotations

import csv
import math

from kinora.backend.avatar.seeing.measure import Row, table, write

ROWS = [
    Row("clothing: text to picture", 0.5, math.nan, 0.01, 100),
    Row("color of shoes", 0.25, 0.75, 1 / 12, 300),
]


def test_the_table_leaves_blank_what_is_not_asked():
    lines = table(ROWS).splitlines()
    assert len(lines) == 3
    assert "nan" not in table(ROWS)
    assert lines[1].split() == ["clothing:", "text", "to", "picture", "0.500", "0.010", "100"]
    assert lines[2].split()[-4:] == ["0.250", "0.750", "0.083", "300"]


def test_the_file_holds_every_number(tmp_path):
    path = tmp_path / "measures.csv"
    write(ROWS, path)
    rows = list(csv.DictReader(path.open()))
    assert [row["test"] for row in rows] == [row.name for row in ROWS]
    assert float(rows[1]["patches"]) == 0.75

# SPDX-License-Identifier: Apache-2.0
"""The appearance benchmark's tables count what got worse, and its blind sheet hides who is who."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from appearance_tables import BLIND, write_sheets, write_tables
from turntables import CLASSES


def part(texels: float, judge: float, error: float) -> dict[str, Any]:
    return {
        "phrase": "red shirt",
        "wears": True,
        "texel_distance": texels,
        "nearest": "red",
        "right": True,
        "distance": 3.0,
        "guide": 1.0,
        "judge": judge,
        "judge_error": error,
        "type_guide": 0.0,
        "type_judge": math.nan,
    }


def marks(*parts: dict[str, Any], floaters: int = 0) -> dict[str, Any]:
    likeness = dict.fromkeys((*CLASSES, "all"), 0.3)
    sound = {"floaters": floaters, "inside": 0.0, "uncovered": 0.0, "turned": 0}
    return {
        "guide": likeness,
        "judge": likeness,
        "judge_rank": 0.0,
        "soundness": {**sound, "smear": 1.0, "face_mm": 0.0},
        "parts": list(parts),
        "seconds": 1.0,
        "steps": 1,
        "views": 1,
        "notes": [],
    }


def test_only_what_is_surely_worse_is_counted(tmp_path: Path) -> None:
    before = [part(5.0, 1.0, 0.0)] * 4
    after = [part(9.0, 1.0, 0.1), part(5.0, 0.5, 0.1), part(5.0, 0.5, 0.4), part(6.0, -0.2, 0.1)]
    found = {
        "name": "one",
        "contenders": {"start": marks(*before), "standard": marks(*after, floaters=2)},
        "failures": {},
    }
    lines = write_tables([found], tmp_path)
    with (tmp_path / "parts.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["contender"] == "standard"]
    assert [row["texels_worse"] for row in rows] == ["True", "False", "False", "False"]
    assert [row["judge_worse"] for row in rows] == ["False", "True", "False", "True"]
    assert [row["judge_lost"] for row in rows] == ["False", "False", "False", "True"]
    assert sum(line.startswith("worse: one") for line in lines) == 3
    beyond = next(line for line in lines if line.startswith("standard") and "0.0000" in line)
    assert beyond.split()[1] == "2"


def test_the_key_of_the_blind_sheet_holds_every_contender_once(tmp_path: Path) -> None:
    cell = np.zeros((64, 256, 3), dtype=np.uint8)
    names = [f"prompt {number}" for number in range(12)]
    write_sheets(names, [dict.fromkeys(("start", "standard", "published"), cell)] * 12, tmp_path)
    key = json.loads((tmp_path / "blind_key.json").read_text(encoding="utf-8"))
    assert list(key) == names
    assert all(sorted(order) == sorted(BLIND) for order in key.values())
    assert len({tuple(order) for order in key.values()}) > 1
    assert len(list(tmp_path.glob("turntables_*.png"))) == 4

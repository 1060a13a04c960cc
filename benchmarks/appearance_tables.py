# SPDX-License-Identifier: Apache-2.0
"""Tables and sheets of the appearance benchmark, from what its prompts left."""

from __future__ import annotations

import csv
import json
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from appearance_marks import NOTICED
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from turntables import CLASSES

ORDER = ("start", "standard", "quality", "published")
BLIND = ("start", "standard", "published")
SHEETS = 4
_LABEL = 20
_BODY = 0.62  # of a square cell: what a body's three views are cut to
_BLIND = 0.75
_SURE = 2.0  # standard errors
_LESS = 0.25  # logits from which a part is less like what was asked

Found = Mapping[str, Any]
Picture = NDArray[np.uint8]


def write_tables(found: Sequence[Found], out: Path) -> list[str]:
    """appearance.csv and parts.csv; lines for people."""
    wholes = [
        {"prompt": one["name"], "contender": name, **_flat(marks)}
        for one, name, marks in _each(found)
    ]
    _write(out / "appearance.csv", wholes)
    parts = [
        {"prompt": one["name"], "contender": name, **part, **_worse(one, name, number)}
        for one, name, marks in _each(found)
        for number, part in enumerate(marks["parts"])
    ]
    _write(out / "parts.csv", parts)
    lines = [*_likeness(found), "", *_parts(parts), "", *_soundness(found), "", *_worst(parts)]
    failures = [f"{one['name']}: {told}" for one in found for told in one["failures"].items()]
    return [*lines, *(["", "failed:", *failures] if failures else [])]


def write_sheets(
    names: Sequence[str], pictures: Sequence[Mapping[str, Picture]], out: Path
) -> None:
    """turntables_N.png, all contenders side by side, and blind.png, whose order within each row
    only blind_key.json knows."""
    per = max(1, math.ceil(len(names) / SHEETS))
    for sheet in range(math.ceil(len(names) / per)):
        rows = []
        for name, row in list(zip(names, pictures, strict=True))[sheet * per : (sheet + 1) * per]:
            shown = [one for one in ORDER if one in row]
            cells = [_labeled(_cut(row[one]), f"{name}: {one}") for one in shown]
            rows.append(np.concatenate(cells, axis=1))
        Image.fromarray(_stacked(rows)).save(out / f"turntables_{sheet + 1}.png", optimize=True)
    # Not from a seed: who knows the code must not know the order.
    dice, key, rows = random.SystemRandom(), {}, []
    for name, row in zip(names, pictures, strict=True):
        shown = [one for one in BLIND if one in row]
        dice.shuffle(shown)
        key[name] = shown
        cells = [
            _labeled(_smaller(_cut(row[one])), f"{name}: {letter}")
            for one, letter in zip(shown, "ABC", strict=False)
        ]
        rows.append(np.concatenate(cells, axis=1))
    Image.fromarray(_stacked(rows)).save(out / "blind.png", optimize=True)
    (out / "blind_key.json").write_text(json.dumps(key, indent=1), encoding="utf-8")


def _each(found: Sequence[Found]) -> Iterator[tuple[Found, str, Found]]:
    for one in found:
        for name in ORDER:
            if name in one["contenders"]:
                yield one, name, one["contenders"][name]


def _flat(marks: Found) -> dict[str, Any]:
    likeness = {
        f"{who}_{name}": round(marks[who][name], 4)
        for who in ("guide", "judge")
        for name in (*CLASSES, "all")
    }
    told = {name: marks[name] for name in ("seconds", "steps", "views", "judge_rank")}
    return {**told, **likeness, **marks["soundness"], "notes": " ".join(marks["notes"])}


def _worse(one: Found, name: str, number: int) -> dict[str, Any]:
    """Whether this part is worse than the start's: by texels (where there are any, else by unlit
    pictures) noticeably farther from the asked color; by the judge surely less like the words."""
    now = one["contenders"][name]["parts"][number]
    before = one["contenders"]["start"]["parts"][number]
    of = "distance" if math.isnan(now["texel_distance"]) else "texel_distance"
    lost = now["judge"] - before["judge"]
    sure = lost < -_SURE * (now["judge_error"] or 0.0)
    return {
        "judge_change": round(lost, 3),
        "texels_worse": now[of] > before[of] + NOTICED,
        "judge_worse": bool(lost < -_LESS and sure),
        "judge_lost": before["judge"] > 0 >= now["judge"],
    }


def _likeness(found: Sequence[Found]) -> list[str]:
    head = "".join(f"{name:>8}" for name in (*CLASSES, "all"))
    lines = [f"{'likeness':22}{head}{'rank':>7}{'seconds':>9}{'views':>8}{'prompts':>9}"]
    for name in ORDER:
        own = [marks for _, which, marks in _each(found) if which == name]
        if not own:
            continue
        for who in ("judge", "guide"):
            means = [np.mean([marks[who][kind] for marks in own]) for kind in (*CLASSES, "all")]
            row = f"{name:10} by {who:8}" + "".join(f"{mean:8.3f}" for mean in means)
            if who == "judge":
                rank, seconds, views = (
                    np.mean([marks[key] for marks in own])
                    for key in ("judge_rank", "seconds", "views")
                )
                row += f"{rank:7.2f}{seconds:9.1f}{views:8.0f}{len(own):9d}"
            lines.append(row)
        if name != "start":
            lines.append(_gain(found, name))
    return lines


def _gain(found: Sequence[Found], name: str) -> str:
    """Of how many prompts the judge likes it better than the start, by class."""
    pairs = [
        (one["contenders"][name]["judge"], one["contenders"]["start"]["judge"])
        for one in found
        if name in one["contenders"]
    ]
    shares = [np.mean([now[kind] > was[kind] for now, was in pairs]) for kind in (*CLASSES, "all")]
    return f"{'  judge: better than start':22}"[:22] + "".join(f"{one:8.2f}" for one in shares)


def _parts(parts: Sequence[Found]) -> list[str]:
    lines = [
        f"{'parts':12}{'worn':>7}{'right':>7}{'dE':>7}{'judge':>8}{'guide':>8}{'type':>7}"
        f"{'worse: texels':>15}{'judge':>7}{'lost':>6}{'asked':>7}"
    ]
    for name in ORDER:
        own = [part for part in parts if part["contender"] == name]
        if not own:
            continue
        seen = [part for part in own if not math.isnan(part["judge"])]
        typed = [part["type_guide"] == 0 for part in own if not math.isnan(part["type_guide"])]
        both = np.mean([part["wears"] and part["right"] for part in own])
        lines.append(
            f"{name:12}{np.mean([part['wears'] for part in own]):7.3f}{both:7.3f}"
            f"{np.nanmean([part['distance'] for part in own]):7.1f}"
            f"{np.mean([part['judge'] > 0 for part in seen]):8.3f}"
            f"{np.mean([part['guide'] > 0 for part in seen]):8.3f}"
            f"{np.mean(typed):7.3f}"
            f"{sum(part['texels_worse'] for part in own):15d}"
            f"{sum(part['judge_worse'] for part in own):7d}"
            f"{sum(part['judge_lost'] for part in own):6d}{len(own):7d}"
        )
    return lines


def _soundness(found: Sequence[Found]) -> list[str]:
    lines = [
        f"{'beyond start':12}{'floaters':>10}{'inside':>9}{'uncovered':>11}{'turned':>8}"
        f"{'smeared':>9}{'face mm':>9}{'face less like':>16}"
    ]
    for name in ORDER:
        pairs = [
            (one["contenders"][name], one["contenders"]["start"])
            for one in found
            if name in one["contenders"]
        ]
        if not pairs:
            continue
        now, was = ([marks["soundness"] for marks in side] for side in zip(*pairs, strict=True))
        rows = list(zip(now, was, strict=True))
        floating = sum(max(a["floaters"] - b["floaters"], 0) for a, b in rows)
        inside = max(a["inside"] - b["inside"] for a, b in rows)
        uncovered = max(a["uncovered"] - b["uncovered"] for a, b in rows)
        smeared = sum(a["smear"] > 1.5 * b["smear"] for a, b in rows)
        lost = sum(a["judge"]["face"] < b["judge"]["face"] - 0.02 for a, b in pairs)
        face = np.nanmax([a["face_mm"] for a in now])
        turned = sum(a["turned"] - b["turned"] for a, b in rows)
        lines.append(
            f"{name:12}{floating:10d}{inside:9.4f}{uncovered:11.4f}{turned:8d}"
            f"{smeared:9d}{face:9.2f}{lost:16d}"
        )
    return [
        *lines,
        "floaters, turned: sums; inside, uncovered, face mm: the worst; others: prompts",
    ]


def _worst(parts: Sequence[Found]) -> list[str]:
    """Which parts got worse, by name, and which are not right."""
    lines = []
    for part in parts:
        if part["contender"] in ("standard", "quality") and (
            part["texels_worse"] or part["judge_worse"] or part["judge_lost"]
        ):
            lines.append(
                f"worse: {part['prompt']}, {part['contender']}: {part['phrase']}: texels"
                f" {part['texel_distance']:.1f}, judge {part['judge_change']:+.2f}"
            )
        if part["contender"] == "standard" and not (part["right"] and part["wears"]):
            seen = part["nearest"] if part["wears"] else "not worn"
            lines.append(f"not right: {part['prompt']}: {part['phrase']}: {seen}")
    return lines


def _write(path: Path, rows: Sequence[Found]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(
            {
                key: round(value, 4) if isinstance(value, float) else value
                for key, value in row.items()
            }
            for row in rows
        )


def _cut(row: Picture) -> Picture:
    """Three bodies and a face, the bodies' cells without their empty sides."""
    side = row.shape[0]
    edge = round(side * (1 - _BODY) / 2)
    cells = [row[:, number * side : (number + 1) * side] for number in range(4)]
    return np.concatenate([*(cell[:, edge : side - edge] for cell in cells[:3]), cells[3]], axis=1)


def _labeled(picture: Picture, label: str) -> Picture:
    cell = Image.new("RGB", (picture.shape[1], picture.shape[0] + _LABEL), "white")
    cell.paste(Image.fromarray(picture), (0, _LABEL))
    ImageDraw.Draw(cell).text((4, 2), label, "black", ImageFont.load_default(13))
    return np.asarray(cell)


def _smaller(picture: Picture) -> Picture:
    size = (round(picture.shape[1] * _BLIND), round(picture.shape[0] * _BLIND))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))


def _stacked(rows: Sequence[Picture]) -> Picture:
    wide = max(row.shape[1] for row in rows)
    filled = [
        np.pad(row, ((0, 0), (0, wide - row.shape[1]), (0, 0)), constant_values=255) for row in rows
    ]
    return np.concatenate(filled)

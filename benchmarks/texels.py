# SPDX-License-Identifier: Apache-2.0
"""The texel test: does refining by the encoder paint the asked colors on the asked parts?

    python benchmarks/texels.py --write texels.npz.xz     where Kinora is installed, once
    python benchmarks/texels.py texels.npz.xz --processes 8 --out out

Three starts: grey; the wardrobe as the words dress it; the same in other prompts' colors. Of each:
as it is, as the encoder alone leaves it, and as the second judge keeps it. Right is a part whose
mean Lab is nearest to the asked of twelve colors. Weights are chosen on other prompts, those of
texels_development.toml: --development writes them.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from texels_file import Case, Stored, asked_for, load, write
from torch import Tensor

from kinora.backend.avatar.repaint.canvas import Canvas
from kinora.backend.avatar.repaint.goal import PLAIN
from kinora.backend.avatar.repaint.judge import judged, numbers
from kinora.backend.avatar.repaint.lab import to_lab, to_srgb
from kinora.backend.avatar.repaint.refine import Plan, refine
from kinora.backend.avatar.repaint.views import Shots, draw, look
from kinora.backend.avatar.words import colors

STARTS = ("grey", "words", "wrong")
HOW = ("untouched", "encoder alone", "judged")
PIXELS = 160  # of the sheet's pictures
_UNLIKE = 30.0  # Lab, between a wrong start's color and the asked one

Color = tuple[float, float, float]


@dataclass(frozen=True)
class Mark:
    """What the texels of one asked part are like: `hue` is its error in degrees, NaN of greys."""

    row: int
    start: str
    how: str
    asked: str
    nearest: str
    right: bool
    lightness: float
    a: float
    b: float
    distance: float
    hue: float
    spread: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--development", action="store_true", help="write those prompts instead")
    parser.add_argument("--device", choices=("cpu", "cuda"))
    parser.add_argument("--prompts", type=int, default=40)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--steps", type=int, default=Plan.most)
    parser.add_argument("--views", type=int, default=8)
    parser.add_argument("--out", type=Path, default=Path("out"), help="for texels.csv and .png")
    parser.add_argument("--share", type=int, help="what of the prompts a process does")
    options = parser.parse_args()
    if options.write:
        write(options.write, asked_for(options.development)[: options.prompts])
        return
    options.out.mkdir(parents=True, exist_ok=True)
    rows = range(options.prompts)
    if options.share is not None or options.processes == 1:
        device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
        stored = load(options.file, device)
        plan = Plan(least=min(options.steps, Plan.least), most=options.steps, views=options.views)
        for row in rows[options.share or 0 :: options.processes]:
            run(stored, row, replace(plan, seed=row), options.out)
    else:
        shares = [
            subprocess.Popen([*sys.orig_argv, "--share", str(share)])
            for share in range(options.processes)
        ]
        if any([share.wait() for share in shares]):
            raise SystemExit("A share of the prompts failed.")
    if options.share is None:
        finish(options.out, rows)


def run(stored: Stored, row: int, plan: Plan, folder: Path) -> None:
    """Refine a prompt's character from every start; leaves its marks and a row of pictures."""
    begun = time.perf_counter()
    case = stored.case(row)
    marks, cells = [], []
    for start in STARTS:
        textures = refined(stored, row, case, start, plan)
        for how, texture in zip(HOW, textures, strict=True):
            marks += marked(case, texture, (row, start, how))
            cells.append(front(case.canvas, texture))
    pictures = (torch.cat(cells, dim=1).clamp(0, 1) * 255).byte().numpy()
    Image.fromarray(pictures).save(folder / f"{row}.png")
    told = json.dumps([asdict(mark) for mark in marks])
    (folder / f"{row}.json").write_text(told, encoding="utf-8")
    sys.stdout.write(f"prompt {row}: {time.perf_counter() - begun:.0f} s\n")
    sys.stdout.flush()


def finish(folder: Path, rows: range) -> None:
    """Gather what the prompts left: texels.csv, texels.png, and the table, which is printed."""
    marks: list[Mark] = []
    pictures = []
    for row in rows:
        told, picture = folder / f"{row}.json", folder / f"{row}.png"
        marks += [Mark(**mark) for mark in json.loads(told.read_text(encoding="utf-8"))]
        pictures.append(np.asarray(Image.open(picture)))
        told.unlink()
        picture.unlink()
    # A row for each prompt; columns: of each start untouched, encoder alone, judged.
    Image.fromarray(np.concatenate(pictures)).save(folder / "texels.png")
    with (folder / "texels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(asdict(marks[0])))
        writer.writeheader()
        writer.writerows(asdict(mark) for mark in marks)
    sys.stdout.write("\n".join(table(marks)) + "\n")


def refined(
    stored: Stored, row: int, case: Case, start: str, plan: Plan
) -> tuple[Tensor, Tensor, Tensor]:
    """The start, what the encoder makes of it, and what the judge keeps of that."""
    texture = case.canvas.texture
    if start == "grey":
        texture = torch.full_like(texture, 0.5)
    elif start == "wrong":
        texture = miscolored(case, [one.color for one in stored.others(row)])
    # Only the words' own start is to be trusted.
    plan = replace(plan, trust=1.0 if start == "words" else 0.0)
    canvas = replace(case.canvas, texture=texture)
    found = refine(canvas, case.prompt, case.asked, stored.encoder, plan)
    return texture, found.free, found.texture


def miscolored(case: Case, others: Sequence[Color]) -> Tensor:
    """The case's texture, its parts moved to the colors that other prompts ask for."""
    others = list(others)
    lab = to_lab(case.canvas.texture)
    for one in case.asked:
        wanted, canvas = _lab(one.color), case.canvas
        wrong = next(c for c in others if float((_lab(c) - wanted).norm()) > _UNLIKE)
        others.remove(wrong)
        parts = torch.tensor(numbers(canvas, one), device=lab.device)
        mine = torch.isin(canvas.texel_part, parts)
        mean = torch.tensor(judged(canvas, canvas.texture, one).mean, device=lab.device)
        shift = _lab(wrong).to(lab.device) - mean.nan_to_num(0.0)
        lab = torch.where(mine, lab + shift[:, None, None], lab)
    moved = to_srgb(lab).clamp(0, 1)
    return torch.where((lab != to_lab(case.canvas.texture)).any(0), moved, case.canvas.texture)


def marked(case: Case, texture: Tensor, where: tuple[int, str, str]) -> list[Mark]:
    marks = []
    for one in case.asked:
        verdict = judged(case.canvas, texture, one)
        mean, wanted = torch.tensor(verdict.mean), _lab(one.color)
        nearest = min(PLAIN, key=lambda name: float((_lab(colors.named()[name]) - mean).norm()))
        right = nearest == one.color_name and bool(mean.isfinite().all())
        turn = math.atan2(wanted[2], wanted[1]) - math.atan2(mean[2], mean[1])
        grey = float(wanted[1:].norm()) < 15
        hue = math.nan if grey else abs(math.degrees(math.remainder(turn, 2 * math.pi)))
        told = (one.phrase(), nearest, right, *verdict.mean, verdict.distance, hue, verdict.spread)
        marks.append(Mark(*where, *told))
    return marks


def table(marks: Sequence[Mark]) -> list[str]:
    lines = [f"{'start':8}{'texture':16}{'right':>7}{'whole':>7}{'dE':>7}{'hue':>7}{'spread':>8}"]
    for start in STARTS:
        for how in HOW:
            own = [mark for mark in marks if (mark.start, mark.how) == (start, how)]
            rows = sorted({mark.row for mark in own})
            wholes = [all(mark.right for mark in own if mark.row == row) for row in rows]
            right, whole = np.mean([mark.right for mark in own]), np.mean(wholes)
            distance = np.nanmean([mark.distance for mark in own])
            hue = np.nanmedian([mark.hue for mark in own])
            spread = np.nanmean([mark.spread for mark in own])
            cells = f"{right:7.3f}{whole:7.3f}{distance:7.1f}{hue:7.1f}{spread:8.1f}"
            lines.append(f"{start:8}{how:16}{cells}")
    return [*lines, f"{len(own)} parts of {len(rows)} prompts"]


def front(canvas: Canvas, texture: Tensor) -> Tensor:
    """(H, W, 3) the figure from the front."""
    from kinora.backend.avatar.camera import FIELD_OF_VIEW
    from kinora.backend.kit.raster import Cameras, look_at, orbit

    device = texture.device
    low, high = canvas.places[0].amin(0), canvas.places[0].amax(0)
    target = ((low + high) / 2)[None]
    tall = float((high - low).max()) * 1.08
    away = torch.tensor([tall / 2 / math.tan(FIELD_OF_VIEW / 2)], device=device)
    eye = orbit(
        target, torch.tensor([0.3], device=device), torch.tensor([0.1], device=device), away
    )
    focal = away * 2 * PIXELS / tall
    middle = torch.full((1, 2), float(PIXELS), device=device)
    cameras = Cameras(eye, look_at(eye, target), focal, middle)
    one = torch.zeros(1, dtype=torch.int64, device=device)
    views = look(canvas, Shots(one, cameras, one > 0, one), PIXELS, 1)
    white = torch.ones(1, 2 * PIXELS, 2 * PIXELS, 3, device=device)
    return draw(views, texture, range(1), white)[0].permute(1, 2, 0).cpu()


def _lab(color: Color) -> Tensor:
    return to_lab(torch.tensor(color))


if __name__ == "__main__":
    main()

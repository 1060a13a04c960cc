# SPDX-License-Identifier: Apache-2.0
"""Appearance by prompts: the wardrobe's start, sculpted, and as AvatarCLIP published it.

    python benchmarks/appearance_file.py FOLDER              where Kinora is installed, once
    python benchmarks/appearance_file.py FOLDER --judge JUDGE
    python benchmarks/appearance.py FOLDER --judge TOWER --processes 6 --out out

The guide is the embedded encoder; the judge another one, trained from another seed, that no
contender is shown to. A prompt that is done is left in --work, so that a second call goes on.
`start` is dressed by words alone; `standard` and `quality` are Kinora's presets, kept or not by
nothing but their own guide; `published` is AvatarCLIP with its small networks, ended by the clock.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import traceback
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from appearance_file import GUIDE, JUDGE, STARTS, Case, Recalling, load_cases, load_recalling
from appearance_marks import bench_of, marked, seen_of
from appearance_tables import write_sheets, write_tables
from contenders import Made, Watched, configuration, machine, road, sculpted, walked
from PIL import Image
from soundness import soundness
from turntables import figure_of, sheet_row

from kinora.backend.avatar.neus.fitting import Fit
from kinora.backend.avatar.sculpt.plan import Plan, plan_for

SIDE = 256
FULL, TINY = 256, 12


@dataclass(frozen=True, eq=False)
class Setting:
    """What is run: how long `published` may take, which prompts get it and `quality` too."""

    cases: list[Case]
    guide: Recalling
    judge: Recalling
    seconds: float
    quality: tuple[int, ...]
    published: tuple[int, ...]
    device: str
    is_tiny: bool
    work: Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--judge", type=Path, required=True, help="the other picture tower")
    parser.add_argument("--out", type=Path, default=Path("out"))
    parser.add_argument("--work", type=Path, default=Path("out/prompts"))
    parser.add_argument("--prompts", type=int, default=24)
    parser.add_argument("--quality", type=int, default=4, help="so many prompts get it")
    parser.add_argument("--as-published", type=int, default=24, help="so many prompts get it")
    parser.add_argument("--published", type=float, default=60, help="seconds for its steps")
    parser.add_argument("--seconds", type=float, default=480, help="begin no prompt after these")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--tiny", action="store_true", help="a few small steps, to try it out")
    parser.add_argument("--share", type=int, help="what of the prompts a process does")
    options = parser.parse_args()
    begun = time.monotonic()
    for folder in (options.out, options.work):
        folder.mkdir(parents=True, exist_ok=True)
    if options.share is None and options.processes > 1:
        shares = [
            subprocess.Popen([*sys.orig_argv, "--share", str(share)])
            for share in range(options.processes)
        ]
        failed = [share.wait() for share in shares]
        sys.stdout.write(f"{sum(map(bool, failed))} of {len(shares)} processes failed\n")
    else:
        own = setting(options)
        for row in range(len(own.cases))[options.share or 0 :: options.processes]:
            if not done(own, row) and time.monotonic() - begun < options.seconds:
                attempt(own, row)
    if options.share is None:
        sys.stdout.write(f"{machine()}\n")
        finish(options.work, options.out)


def setting(options: argparse.Namespace) -> Setting:
    device = "cpu"
    if torch.cuda.is_available():
        device = f"cuda:{(options.share or 0) % torch.cuda.device_count()}"
        torch.cuda.set_device(device)
    cases = load_cases(options.folder / STARTS, "cpu")[: options.prompts]
    guide = load_recalling(options.folder / GUIDE, device)
    judge = load_recalling(options.folder / JUDGE, device, options.judge)
    chosen = [
        tuple(range(len(cases)))[:: max(1, len(cases) // max(many, 1))][:many]
        for many in (options.quality, options.as_published)
    ]
    return Setting(
        cases=cases,
        guide=guide,
        judge=judge,
        seconds=options.published,
        quality=chosen[0],
        published=chosen[1],
        device=device,
        is_tiny=options.tiny,
        work=options.work,
    )


def done(own: Setting, row: int) -> bool:
    """Whether an earlier call did it, and nothing failed."""
    told = own.work / f"{row}.json"
    return told.exists() and not json.loads(told.read_text(encoding="utf-8"))["failures"]


def attempt(own: Setting, row: int) -> None:
    """A contender that fails is told of, and costs none of the others."""
    begun = time.perf_counter()
    case = replace(own.cases[row], start=own.cases[row].start.to(own.device))
    names = ["start", "standard", *(["quality"] if row in own.quality else [])]
    names += ["published"] if row in own.published else []
    bench = bench_of(case, own.guide, own.judge, [one.appearance for one in own.cases], own.device)
    seen = seen_of(bench, figure_of(case.start))
    told, failures = {}, {}
    for name in names:
        try:
            made = contender(own, case, name)
            marks = marked(bench, made.figure, soundness(made.figure, case.start), seen)
            told[name] = {**asdict(marks), **took(made)}
            picture = sheet_row(made.figure, case.start, SIDE)
            Image.fromarray(picture).save(own.work / f"{row}_{name}.png")
        except Exception as error:  # noqa: BLE001
            traceback.print_exc()
            failures[name] = repr(error)
    whole = {"name": case.name, "contenders": told, "failures": failures}
    (own.work / f"{row}.json").write_text(json.dumps(whole), encoding="utf-8")
    spent = {name: round(one["seconds"], 1) for name, one in told.items()}
    sys.stdout.write(f"{case.name}: {time.perf_counter() - begun:.0f} s, of which {spent}\n")
    sys.stdout.flush()


def contender(own: Setting, case: Case, name: str) -> Made:
    if name == "start":
        return Made(figure_of(case.start), 0.0, 0, 0)
    if name == "published":
        return as_published(own, case)
    plan, _ = plan_for(name, own.device)
    if own.is_tiny:
        plan = Plan(field_steps=2, mesh_steps=3, views=2, pool=4, pixels=32, texels=128)
    return sculpted(case, case.start, own.guide, plan)


def as_published(own: Setting, case: Case) -> Made:
    settings, fit = configuration(case, small=True), Fit()
    if own.is_tiny:
        settings = replace(settings, train=replace(settings.train, max_ray_num=64))
        fit = Fit(steps=20, batch=512, points=4000)
    # TF32 was what its framework did by itself.
    torch.set_float32_matmul_precision("high")
    way = road(case, case.start, own.guide, settings, fit)
    made = walked(way, Watched(own.seconds), TINY if own.is_tiny else FULL)
    torch.set_float32_matmul_precision("highest")
    return made


def took(made: Made) -> dict[str, object]:
    return {
        "seconds": made.seconds,
        "steps": made.steps,
        "views": made.views,
        "notes": list(made.notes),
    }


def finish(work: Path, out: Path) -> None:
    """CSV files, sheets and, last, the table, of all prompts that are done."""
    rows = sorted(int(path.stem) for path in work.glob("*.json"))
    found = [json.loads((work / f"{row}.json").read_text(encoding="utf-8")) for row in rows]
    pictures = [
        {name: np.asarray(Image.open(work / f"{row}_{name}.png")) for name in one["contenders"]}
        for row, one in zip(rows, found, strict=True)
    ]
    if not found:
        sys.stdout.write("No prompt is done.\n")
        return
    write_sheets([one["name"] for one in found], pictures, out)
    sys.stdout.write("\n".join(write_tables(found, out)) + "\n")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""The published method beside Kinora's presets: seconds, memory, and likeness against wall time.

    python benchmarks/published.py FOLDER --speed --out out
    python benchmarks/published.py FOLDER --judge TOWER --out out

FOLDER is what appearance_file.py writes. With --speed the encoder is CLIP ViT-B/32 with random
weights: speed.csv. Else the embedded encoder guides and another judges, between the steps, what
there is by then: likeness_by_time.csv and .png. One prompt, one GPU.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from appearance_file import GUIDE, JUDGE, STARTS, Case, load_cases, load_recalling
from appearance_marks import Bench, bench_of, marked
from contenders import (
    Road,
    Watched,
    configuration,
    machine,
    mesh_of,
    road,
    sculpted,
    synchronize,
    walked,
)
from curves import Curve, plotted
from encoders import random_clip
from soundness import Soundness
from turntables import Figure, figure_of

from kinora.backend.avatar.neus.fitting import Fit
from kinora.backend.avatar.neus.learning import learn
from kinora.backend.avatar.neus.schedule import steps_of
from kinora.backend.avatar.sculpt.plan import PLANS, Encoders, Plan
from kinora.backend.avatar.sculpt.stage import sculpt
from kinora.backend.kit.encoders.clip import ClipEncoder
from kinora.backend.kit.encoders.encoder import Encoder

WARM, TIMED = 20, 200
LIMITS = (4.0, 8.0, math.inf)
"""Seconds after which a run of Kinora's is ended; each is a run of its own."""
MARKS = (20.0, 60.0)
"""Seconds of steps after which the published method is looked at."""
TINY = Plan(field_steps=2, mesh_steps=3, views=2, pool=4, pixels=32, texels=128)


@dataclass(frozen=True)
class Row:
    """`seconds` for a whole avatar; of `published` (X) it is extrapolated from `steps` timed ones
    to as many as are published. `views_s` are views a second while it optimizes."""

    what: str
    seconds: float
    is_extrapolated: bool
    steps: int
    ms_a_view: float
    views_s: float
    peak_gib: float


@dataclass(eq=False)
class Counted(Watched):
    """Ends a run after so many steps."""

    steps: int = 0

    def stops(self) -> bool:
        self.steps -= 1
        return self.steps < 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--judge", type=Path, help="the other picture tower")
    parser.add_argument("--out", type=Path, default=Path("out"))
    parser.add_argument("--prompt", type=int, default=0)
    parser.add_argument("--tiny", action="store_true", help="a few small steps, to try it out")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    cases = load_cases(options.folder / STARTS, "cpu")
    case = cases[options.prompt]
    case = replace(case, start=case.start.to(device))
    sys.stdout.write(f"{machine()}; {case.name}\n")
    if options.speed:
        speed(case, options.out, options.tiny)
        return
    guide = load_recalling(options.folder / GUIDE, device)
    judge = load_recalling(options.folder / JUDGE, device, options.judge)
    bench = bench_of(case, guide, judge, [one.appearance for one in cases], device)
    by_time(bench, guide, options.out, options.tiny)


def speed(case: Case, out: Path, is_tiny: bool) -> None:
    device = case.start.vertices.device.type
    network = random_clip(device)
    encoder = ClipEncoder("ViT-B/32 of random weights", 224, network)
    if device == "cuda":
        network.half()
    rows: list[Row] = []
    presets = {"standard": TINY} if is_tiny else PLANS
    # The first run of a process also builds kernels.
    for name in ("standard", "standard", "quality"):
        if name in presets:
            rows.append(preset(case, encoder, name, presets[name]))
            say(rows[-1])
    for small in (False, True):
        rows += published(case, encoder, small=small, is_tiny=is_tiny)
    with (out / "speed.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(asdict(rows[0])))
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
    sys.stdout.write(f"{'':34}{'avatar s':>10}{'steps':>8}{'ms/view':>9}{'views/s':>9}{'GiB':>7}\n")
    for row in rows:
        say(row)


def preset(case: Case, encoder: Encoder, name: str, plan: Plan) -> Row:
    """A whole run, its loops and what is around them."""
    with remembered() as peak:
        begun = time.perf_counter()
        made = sculpt(case.start, case.prompts, Encoders((encoder,)), plan, Watched())
        synchronize(case.start.vertices.device)
        seconds = time.perf_counter() - begun
    parts = ", ".join(f"{part} {took:.1f}" for part, took in made.timings.items())
    sys.stdout.write(f"{name}: {parts}; {' '.join(made.notes)}\n")
    loops = made.timings["field"] + made.timings["mesh"]
    views_s = made.views / loops
    return Row(name, seconds, False, made.steps, 1000 / views_s, views_s, peak[0])


def published(case: Case, encoder: Encoder, *, small: bool, is_tiny: bool) -> list[Row]:
    """The published loop in TF32 and, if it is not the small one, in full precision, timed and
    extrapolated."""
    settings, fit, resolution = configuration(case, small=small), Fit(), 256
    warm, timed = WARM, TIMED
    if is_tiny:
        settings = replace(settings, train=replace(settings.train, max_ray_num=64))
        fit, resolution, warm, timed = Fit(steps=10, batch=256, points=2000), 10, 1, 2
    way = road(case, case.start, encoder, settings, fit)
    rows = []
    for precision in ("high",) if small else ("highest", "high"):
        torch.set_float32_matmul_precision(precision)
        learned_for(way, warm)
        with remembered() as peak:
            took = learned_for(way, timed)
        each, total = took / timed, steps_of(settings.train)
        begun = time.perf_counter()
        mesh_of(way, way.learner.networks, resolution)
        around = way.seconds + time.perf_counter() - begun
        name = (
            f"published {'small ' if small else ''}{'fp32' if precision == 'highest' else 'TF32'}"
        )
        rows.append(Row(name, each * total + around, True, timed, 1000 * each, 1 / each, peak[0]))
        say(rows[-1])
    torch.set_float32_matmul_precision("highest")
    return rows


def learned_for(way: Road, steps: int) -> float:
    """Seconds for so many steps, previews included."""
    begun = time.perf_counter()
    learn(way.scene, way.learner, Counted(steps=steps), {})
    synchronize(way.scene.device)
    return time.perf_counter() - begun


def by_time(bench: Bench, guide: Encoder, out: Path, is_tiny: bool) -> None:
    """What another encoder says of the figures after so many seconds."""
    case = bench.case
    curves = [Curve("start", [(0.0, liked(bench, figure_of(case.start)))], is_level=True)]
    plan, marks, limits = PLANS["standard"], MARKS, LIMITS
    if is_tiny:
        plan, marks, limits = TINY, (1.0, 2.0), (1.0, math.inf)
    # Kernels are built once in a process.
    sculpted(case, case.start, guide, replace(plan, field_steps=2, mesh_steps=2))
    curve = Curve("standard", [])
    for limit in limits:
        made = sculpted(case, case.start, guide, plan, Watched(limit))
        curve.points.append((made.seconds, liked(bench, made.figure)))
    curves.append(curve)
    for small in (False, True):
        curves.append(published_by_time(bench, guide, marks, small=small, is_tiny=is_tiny))
    with (out / "likeness_by_time.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("what", "seconds", "likeness"))
        writer.writerows((one.name, *point) for one in curves for point in one.points)
    plotted(curves, f"Likeness by the judge: {case.name}").save(out / "likeness_by_time.png")
    for one in curves:
        told = "  ".join(f"{seconds:.1f} s {likeness:.3f}" for seconds, likeness in one.points)
        sys.stdout.write(f"{one.name:16}{told}\n")


def published_by_time(
    bench: Bench, guide: Encoder, marks: Sequence[float], *, small: bool, is_tiny: bool
) -> Curve:
    settings, fit, resolution = configuration(bench.case, small=small), Fit(), 256
    if is_tiny:
        settings = replace(settings, train=replace(settings.train, max_ray_num=64))
        fit, resolution = Fit(steps=10, batch=256, points=2000), 10
    # Its own way to be fast: TF32, which was its framework's default.
    torch.set_float32_matmul_precision("high")
    way = road(bench.case, bench.case.start, guide, settings, fit)
    curve, before = Curve(f"published{' small' if small else ''}", []), 0.0
    for mark in marks[: -1 if small else None]:
        made = walked(way, Watched(mark - before), resolution)
        curve.points.append((way.seconds + mark, liked(bench, made.figure)))
        sys.stdout.write(f"{curve.name}: {mark:.0f} s, {made.steps} steps\n")
        sys.stdout.flush()
        before = mark
    torch.set_float32_matmul_precision("highest")
    return curve


def liked(bench: Bench, figure: Figure) -> float:
    """The judge's mean cosine over the classes of views."""
    none = Soundness(0, 0.0, 0.0, 0, 0.0, 0.0)
    return marked(bench, figure, none).judge["all"]


@contextmanager
def remembered() -> Iterator[list[float]]:
    """The most memory that tensors took within, in GiB."""
    peak = [math.nan]
    if torch.cuda.is_available():
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    yield peak
    if torch.cuda.is_available():
        peak[0] = torch.cuda.max_memory_allocated() / 2**30


def say(row: Row) -> None:
    total = f"{row.seconds:.1f}{' X' if row.is_extrapolated else ''}"
    sys.stdout.write(
        f"{row.what:34}{total:>10}{row.steps:8d}{row.ms_a_view:9.2f}{row.views_s:9.1f}"
        f"{row.peak_gib:7.2f}\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    main()

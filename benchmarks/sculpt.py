# SPDX-License-Identifier: Apache-2.0
"""Sculpting timed: seconds of each stage, views a second, peak memory, and where the time goes.

    python benchmarks/sculpt.py FOLDER --out OUT [--encoder clip|kinora] [--preset standard]

FOLDER holds what `benchmarks/appearance_file.py` wrote. `clip` is ViT-B/32 with random weights: its
times are those of the real one, its pictures mean nothing.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from appearance_file import GUIDE, STARTS, Case, load_cases, load_recalling
from encoders import random_clip
from PIL import Image
from torch import Tensor

from kinora.backend.avatar.sculpt.cameras import facing
from kinora.backend.avatar.sculpt.mesh import fitted
from kinora.backend.avatar.sculpt.offsets import directions, normals
from kinora.backend.avatar.sculpt.pictures import Surface, before_grey, draw, look
from kinora.backend.avatar.sculpt.plan import PLANS, Encoders, Plan
from kinora.backend.avatar.sculpt.stage import sculpt
from kinora.backend.kit.encoders.clip import ClipEncoder
from kinora.backend.kit.encoders.encoder import Encoder

PIXELS = 384
SIDES = (20.0, 90.0, 180.0, 270.0)


@dataclass
class Hooks:
    """Says at which speed it goes; keeps the last picture."""

    begun: float = 0.0
    checkpoint: Path | None = None
    picture: Tensor | None = None
    reports: int = 0

    def report(self, fraction: float, note: str, picture: Tensor | None = None) -> None:
        self.reports += 1
        if picture is not None:
            self.picture = picture
        if self.reports % 50 == 1:
            say(f"  {time.perf_counter() - self.begun:6.2f} s  {fraction:.3f}  {note}")

    def stops(self) -> bool:
        return False


def main() -> None:
    """Read the options, sculpt a case twice (the first time kernels are built), print and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("out"))
    parser.add_argument("--encoder", choices=("clip", "kinora"), default="clip")
    parser.add_argument("--preset", choices=tuple(PLANS), default="standard")
    parser.add_argument("--case", type=int, default=0)
    parser.add_argument("--views", type=int)
    parser.add_argument("--field", type=int, help="steps of the field stage")
    parser.add_argument("--mesh", type=int, help="steps of the mesh stage")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    options.out.mkdir(parents=True, exist_ok=True)
    case = load_cases(options.folder / STARTS, device)[options.case]
    encoder = encoder_of(options.encoder, options.folder, device)
    given = {"views": options.views, "field_steps": options.field, "mesh_steps": options.mesh}
    plan = replace(PLANS[options.preset], **{n: v for n, v in given.items() if v is not None})
    for number in range(options.rounds):
        say(f"{options.encoder}, {options.preset}, round {number + 1}, {device}: {plan}")
        once(case, encoder, plan, options.out / f"{options.encoder}_{case.name}.png")
    if options.profile:
        profile(case, encoder, plan)


def encoder_of(name: str, folder: Path, device: str) -> Encoder:
    if name == "kinora":
        return load_recalling(folder / GUIDE, device)
    network = random_clip(device)
    if device == "cuda":
        network = network.half()
    return ClipEncoder("random ViT-B/32", 224, network)


def once(case: Case, encoder: Encoder, plan: Plan, file: Path) -> None:
    """Sculpt a case; print what it took and draw it beside its start."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    hooks = Hooks(time.perf_counter())
    found = sculpt(case.start, case.prompts, Encoders((encoder,)), plan, hooks)
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    seconds = time.perf_counter() - hooks.begun
    taken = "  ".join(f"{name} {value:.2f} s" for name, value in found.timings.items())
    say(f"{seconds:.2f} s in all: {taken}")
    learning = found.timings["field"] + found.timings["mesh"]
    say(f"{found.steps} steps, {found.views} views, {found.views / learning:.0f} views/s all in")
    if torch.cuda.is_available():
        say(f"peak {torch.cuda.max_memory_allocated() / 2**30:.2f} GiB")
    say(json.dumps(found.scores) + f" {found.notes}")
    moved = case.start.vertices + found.offsets[:, None] * directions(case.start)
    rows = [shown(case, case.start.vertices, case.start.texture)]
    rows.append(shown(case, moved, found.texture))
    picture = torch.cat(rows, dim=1).clamp(0, 1).permute(1, 2, 0)
    Image.fromarray((picture * 255).byte().cpu().numpy()).save(file)
    if hooks.picture is not None:
        last = (hooks.picture.permute(1, 2, 0).clamp(0, 1) * 255).byte().cpu().numpy()
        Image.fromarray(np.ascontiguousarray(last)).save(file.with_name("progress.png"))


def shown(case: Case, vertices: Tensor, texture: Tensor) -> Tensor:
    """(3, H, W) from all sides; below without color."""
    start = case.start
    surface = Surface(vertices, normals(vertices, start.triangles), fitted(texture, 512))
    looked = before_grey(look(start, vertices, facing(start, PIXELS, SIDES), PIXELS, 1))
    rows = torch.arange(len(SIDES), device=vertices.device)
    both = draw(start, surface, looked, rows, torch.ones_like(rows))
    return torch.cat([torch.cat(one.unbind(), dim=2) for one in both], dim=1)


def profile(case: Case, encoder: Encoder, plan: Plan) -> None:
    """Which kernels take the time of some steps of the mesh stage, as the graph plays them."""
    from torch.profiler import ProfilerActivity, profile

    own = replace(plan, field_steps=0, mesh_steps=24)
    hooks = Hooks(time.perf_counter())
    with profile(activities=[ProfilerActivity.CUDA]) as found:
        sculpt(case.start, case.prompts, Encoders((encoder,)), own, hooks)
    times: dict[str, list[float]] = {}
    for event in found.events():
        times.setdefault(event.name[:110], []).append(event.time_range.elapsed_us())
    for name, each in sorted(times.items(), key=lambda one: -sum(one[1]))[:16]:
        say(f"{sum(each) / 1000:9.2f} ms {len(each):6} times  {name}")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

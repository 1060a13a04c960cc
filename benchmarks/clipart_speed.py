# SPDX-License-Identifier: Apache-2.0
"""Milliseconds a frame to deform a drawing, draw it and carry the gradient back to its keypoints.

    python benchmarks/clipart_speed.py [DRAWING.svg ...] [--threads 2] [--device cuda]

24 frames of 256 x 256, every keypoint moving by noise of two units; medians of the rounds' wall
clock, and the processor's time beside it where others use the machine too. `ratio` is against
diffvg's 1,647 ms a frame, forward and backward, the mean of 13 drawings on two cores; where
pydiffvg is installed it is timed here as well.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from kinora.backend.clipart.layers import find_layers
from kinora.backend.clipart.mesh import diffvg
from kinora.backend.clipart.mesh.making import make_puppet
from kinora.backend.clipart.mesh.puppet import Puppet
from kinora.backend.clipart.reading.read import read_drawing
from kinora.backend.clipart.skeleton.find import find_skeleton
from kinora.shared.results import Media

DRAWINGS = Path(__file__).parent.parent / "tests" / "data" / "drawings"
DIFFVG = 1647.0
"""Milliseconds a frame, recorded."""
FRAMES = 24
PIXELS = 256
NOISE = 2.0
HEAD = "drawing             V    F  K  layers  make s  deform   draw   back    all  cpu ms  ratio"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("drawings", type=Path, nargs="*")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    timed = puppets(options.drawings or sorted(DRAWINGS.glob("*.svg")))
    lines = [
        f"{options.device}, {options.threads} threads, {FRAMES} frames of {PIXELS} x {PIXELS}",
        HEAD,
    ]
    lines += [row(each, options.device, options.rounds) for each in timed]
    sys.stdout.write("\n".join(lines) + "\n")


@dataclass(frozen=True)
class Timed:
    name: str
    puppet: Puppet
    seconds: float


def puppets(paths: list[Path]) -> list[Timed]:
    made = []
    for path in paths:
        drawing = read_drawing(Media.of(path.name, path.read_bytes()))
        skeleton = find_skeleton(drawing, None).skeleton
        layers = find_layers(drawing, skeleton)
        start = time.perf_counter()
        puppet = make_puppet(drawing, skeleton, layers)
        made.append(Timed(path.stem, puppet, time.perf_counter() - start))
    return made


def row(timed: Timed, device: str, rounds: int) -> str:
    puppet = timed.puppet.to(device)
    timings = [times(puppet, puppet.render) for _ in range(rounds + 1)][1:]
    deform, draw, back, spent = (statistics.median(column) for column in zip(*timings, strict=True))
    vertices, triangles = (
        sum(len(getattr(layer, name)) for layer in puppet.layers)
        for name in ("vertices", "triangles")
    )
    whole = deform + draw + back
    text = (
        f"{timed.name[:16]:16} {vertices:4} {triangles:4} {len(puppet.points):2} "
        f"{len(puppet.layers):7} {timed.seconds:7.2f} {deform:7.2f} {draw:6.2f} {back:6.2f} "
        f"{whole:6.2f} {spent:7.2f} {DIFFVG / whole:6.0f}"
    )
    if diffvg.is_available():
        other = times(puppet, lambda tracks, pixels: diffvg.render(puppet, tracks, pixels))
        text += f"  (diffvg here {other[1] + other[2]:.0f} ms)"
    return text


def times(
    puppet: Puppet, render: Callable[[Tensor, int], Tensor]
) -> tuple[float, float, float, float]:
    """Milliseconds a frame: to deform, to draw what is deformed, to go back; processor's in all."""
    noise = np.random.default_rng(0).normal(0, NOISE, (FRAMES, *puppet.points.shape))
    tracks = (puppet.points + torch.tensor(noise).to(puppet.points)).requires_grad_()
    aim = torch.zeros(FRAMES, 3, PIXELS, PIXELS, device=puppet.device)
    spent = time.process_time()
    with torch.no_grad():
        deform = clock(lambda: puppet.deform(tracks), puppet.device)
    at = time.perf_counter()
    pictures = render(tracks, PIXELS)
    settle(puppet.device)
    draw = (time.perf_counter() - at) * 1000 / FRAMES - deform
    aim.copy_(pictures.detach())
    back = clock(lambda: pictures.backward(aim), puppet.device)
    return deform, draw, back, (time.process_time() - spent) * 1000 / FRAMES


def clock(run: Callable[[], object], device: torch.device) -> float:
    settle(device)
    at = time.perf_counter()
    run()
    settle(device)
    return (time.perf_counter() - at) * 1000 / FRAMES


def settle(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""Milliseconds a view of the field that is sculpted, with and without a picture encoder.

    python benchmarks/field.py start.npz     a start that sculpt/stored.py wrote

A step sees a batch of views textured and textureless, asks for gradients and moves the parameters.
The encoder has the size of CLIP's ViT-B/32 and random weights: times do not depend on them.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from kinora.backend.avatar.sculpt import bricks, hashgrid
from kinora.backend.avatar.sculpt.band import compose, render
from kinora.backend.avatar.sculpt.distance import BaseField, base_field
from kinora.backend.avatar.sculpt.field import Field, new_field
from kinora.backend.avatar.sculpt.outlook import outlook
from kinora.backend.avatar.sculpt.rays import Rays
from kinora.backend.avatar.sculpt.shells import pool
from kinora.backend.avatar.sculpt.start import Start
from kinora.backend.avatar.sculpt.stored import load
from kinora.backend.kit import raster
from kinora.backend.kit.encoders.clip import Sizes, VisionTransformer
from kinora.backend.kit.nearest import spread

B32 = Sizes(512, 768, 12, 32, 7, 8, 1, 8)
POOL = 48
Step = Callable[[], None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("start", type=Path)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--batches", type=int, nargs="+", default=[4, 8, 16])
    parser.add_argument("--pixels", type=int, default=224)
    parser.add_argument("--rays", type=int, default=8192)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    device = torch.device(options.device)
    start = load(options.start)
    base, seconds = timed_once(lambda: base_field(start.to(device)), device)
    say(f"{name_of(device)}, torch {torch.__version__}; base field {seconds:.2f} s")
    start = start.to(device)
    say(f"mean |distance| on the surface {1000 * accuracy(start, base):.3f} mm")
    cameras = around(start, POOL, options.pixels)
    for _ in range(2):
        rays, seconds = timed_once(
            lambda: pool(start, base, cameras, options.pixels, options.rays), device
        )
        say(f"pool of {POOL}: {1000 * seconds / POOL:.2f} ms a view")
    say(f"{rays.valid.float().mean():.3f} of {options.rays} rays a view used")
    field = new_field(base)
    if device.type == "cuda":
        say(sameness(field, rays))
    see = encoder(device)
    for batch in options.batches:
        row(field, rays, batch, see, device)
    if device.type == "cuda":
        levels(field, rays, options.batches[-1], device)
    if options.profile:
        profile(field, rays, options.batches[-1], see)


def row(field: Field, rays: Rays, batch: int, see: nn.Module, device: torch.device) -> None:
    """Print what a step of a batch costs, in every way."""
    eye = torch.arange(batch, device=device)

    def forward() -> None:
        with torch.no_grad():
            render(field, rays.of(eye), seed=eye)

    kinds: list[tuple[str, Step, bool]] = [("forward", forward, True)]
    for label, network in (("step", None), ("step + encoder", see)):
        kinds.append((label, stepper(field, rays, batch, network), True))
    kinds.append(("step, plain PyTorch", stepper(field, rays, batch, None), False))
    for label, step, kernels in kinds:
        with nullcontext() if kernels else plainly():
            if device.type == "cuda":
                torch.cuda.empty_cache()
                torch.cuda.reset_peak_memory_stats()
            eager = timed(step, device)
            graph = timed(captured(step), device) if device.type == "cuda" else float("nan")
            peak = torch.cuda.max_memory_allocated() / 2**30 if device.type == "cuda" else 0.0
        views = batch / graph
        say(
            f"batch {batch:3d} {label:20s} eager {1000 * eager / batch:8.3f} graph"
            f" {1000 * graph / batch:8.3f} ms a view, {views:7.0f} views/s, peak {peak:.2f} GiB"
        )


def stepper(field: Field, rays: Rays, batch: int, network: nn.Module | None) -> Step:
    """A step of learning: two pictures of each view towards random vectors, or towards grey."""
    device = rays.origin.device
    optimizer = torch.optim.Adam(
        field.parameters(), lr=torch.tensor(1e-3, device=device) if rays.origin.is_cuda else 1e-3,
        fused=rays.origin.is_cuda, capturable=rays.origin.is_cuda,
    )  # fmt: skip
    which = torch.arange(batch, device=device)
    seed = torch.arange(batch, device=device)
    behind = torch.rand(batch, 3, rays.pixels, rays.pixels, device=device)
    towards = functional.normalize(torch.randn(batch, 3, device=device), dim=1)
    light = raster.Lights(towards, torch.full((batch,), 0.2, device=device))
    goal = torch.randn(2 * batch, B32.shared, device=device)
    half = torch.bfloat16

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        own = rays.of(which)
        seed.add_(batch)
        seen = render(field, own, seed=seed)
        both = torch.cat(compose(seen, own, behind, light))
        if network is None:
            loss = (both - 0.5).square().mean()
        else:
            vectors = network(functional.interpolate(both, 224).to(half)).float()
            loss = 1 - functional.cosine_similarity(vectors, goal).mean()
        loss = loss + 0.1 * seen.eikonal + 0.1 * (1 - seen.opacity).square().mean()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    return step


def captured(step: Step) -> Step:
    """The step as one CUDA graph."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def encoder(device: torch.device) -> nn.Module:
    torch.manual_seed(0)
    network = VisionTransformer(B32, "quick")
    for parameter in network.parameters():
        nn.init.normal_(parameter.requires_grad_(False), std=0.02)
    return network.to(device, torch.bfloat16)


def around(start: Start, count: int, pixels: int) -> raster.Cameras:
    """Cameras on a circle that see the whole figure."""
    turn = torch.arange(count, device=start.vertices.device) / count
    middle = (start.vertices.amin(0) + start.vertices.amax(0)) / 2
    target = middle.expand(count, 3)
    distance = torch.full_like(turn, 3.0)
    eye = raster.orbit(target, turn * 6.2832, 0.3 * (turn * 50).sin(), distance)
    focal = torch.full_like(turn, 0.9 * pixels * 3.0 / start.height)
    return raster.Cameras(
        eye, raster.look_at(eye, target), focal, focal.new_full((count, 2), pixels / 2)
    )


def accuracy(start: Start, base: BaseField) -> float:
    """Mean metres that the field is off on what is seen of the start."""
    places, _ = spread(start.vertices[start.triangles])
    seen = outlook(places).sees(places, 0.003, from_below=True)
    return float(base.distance(places[seen]).abs().mean())


def sameness(field: Field, rays: Rays) -> str:
    """How far the kernels are from plain PyTorch."""
    places = some_places(rays, 1)
    base, learnt = field.base.bricks, field.shape
    table = torch.randn_like(learnt.table).requires_grad_()
    found = bricks.lookup(base, places, 0, 6) - bricks.plain_lookup(base, places, 0, 6)
    one = hashgrid.encode(table, places, learnt.layout, field.shown).float()
    two = hashgrid.plain_encode(table, places, learnt.layout, field.shown)
    goal = torch.randn_like(two)
    first, second = (torch.autograd.grad((x * goal).sum(), table)[0] for x in (one, two))
    apart = (first - second).norm() / second.norm()
    encoded = (one - two).norm() / two.norm()
    return (
        f"kernels off plain PyTorch: lookup {found.abs().max():.1e}, encoding {encoded:.1e},"
        f" its gradient {apart:.1e}"
    )


def levels(field: Field, rays: Rays, batch: int, device: torch.device) -> None:
    """Print what each level of the hash grid costs."""
    places, learnt = some_places(rays, batch), field.shape
    times = []
    for level in range(field.grid.levels):
        shown = torch.zeros_like(field.shown)
        shown[level] = 1
        found = hashgrid.encode(learnt.table, places, learnt.layout, shown)

        def back(found: Tensor = found) -> None:
            torch.autograd.grad(found, learnt.table, found.detach() + 1, retain_graph=True)

        times.append(f"{1000 * timed(back, device):.2f}")
    say(f"backward of each level, ms for {len(places):,} places: {' '.join(times)}")


def some_places(rays: Rays, views: int) -> Tensor:
    """(P, 3) where the knots of some views are."""
    own = rays.of(torch.arange(views, device=rays.place.device))
    return own.places(own.knots[:, :, :-1]).view(-1, 3).contiguous()


def profile(field: Field, rays: Rays, batch: int, see: nn.Module) -> None:
    step = stepper(field, rays, batch, see)
    step()
    with torch.profiler.profile() as found:
        step()
    say(
        found.key_averages().table(
            sort_by="cuda_time_total", row_limit=40, max_name_column_width=70
        )
    )


@contextmanager
def plainly() -> Iterator[None]:
    works = bricks.triton_works
    modules = (bricks, hashgrid)
    for module in modules:
        module.triton_works = lambda: False
    try:
        yield
    finally:
        for module in modules:
            module.triton_works = works


def timed(step: Step, device: torch.device) -> float:
    """Median seconds of a step, after one that does not count."""
    rounds = 15 if device.type == "cuda" else 1
    return statistics.median([timed_once(step, device)[1] for _ in range(rounds + 1)][1:])


def timed_once(work: Callable[[], Any], device: torch.device) -> tuple[Any, float]:
    wait(device)
    begun = time.perf_counter()
    found = work()
    wait(device)
    return found, time.perf_counter() - begun


def wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def name_of(device: torch.device) -> str:
    return torch.cuda.get_device_name() if device.type == "cuda" else "processor"


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""CLIP ViT-B/32 with random weights: milliseconds of a batch, forward and with its gradient.

    python benchmarks/encoders.py [cpu|cuda]

On a GPU also through torch.compile and as a CUDA graph, with what preparing each takes, and the
cosine between half and full precision. Needs no files and nothing of Kinora but this repository.
"""

from __future__ import annotations

import importlib
import statistics
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

ROOT = Path(__file__).parents[1]
ROUNDS = 10
See = Callable[[Tensor], Tensor]


def kinora(module: str) -> types.ModuleType:
    """A module of this repository, whether Kinora is installed or not."""
    if "kinora" not in sys.modules:
        package = types.ModuleType("kinora")
        package.__path__ = [str(ROOT)]
        sys.modules["kinora"] = package
    return importlib.import_module(f"kinora.{module}")


def random_clip(device: str) -> torch.nn.Module:
    clip = kinora("backend.kit.encoders.clip")
    torch.manual_seed(0)
    sizes = clip.Sizes(512, 768, 12, 32, 7, 512, 12, 49408)
    network = clip.Clip(sizes, "quick")
    for name, tensor in network.named_parameters():
        if "norm" not in name and "ln_" not in name:
            torch.nn.init.normal_(tensor, std=tensor.shape[-1] ** -0.5)
    return network.to(device).eval().requires_grad_(False)


def milliseconds(step: Callable[[], object]) -> float:
    for _ in range(3):
        step()
    took = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        step()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        took.append(1000 * (time.perf_counter() - start))
    return statistics.median(took)


def say(label: str, see: See, pictures: Tensor, prepared: float) -> None:
    wanted = pictures.clone().requires_grad_()

    def forward() -> Tensor:
        with torch.no_grad():
            return see(pictures)

    def both() -> Tensor:
        found = see(wanted)
        return torch.autograd.grad(functional.normalize(found.float(), dim=-1).sum(), wanted)[0]

    sys.stdout.write(
        f"{label:<10} {len(pictures):>4} pictures  forward {milliseconds(forward):8.2f} ms  "
        f"with gradient {milliseconds(both):8.2f} ms  prepared in {prepared:5.1f} s\n"
    )
    sys.stdout.flush()


def timed(make: Callable[[], See], pictures: Tensor) -> tuple[See, float]:
    start = time.perf_counter()
    see = make()
    see(pictures.clone().requires_grad_()).float().sum().backward()
    with torch.no_grad():
        see(pictures)
    torch.cuda.synchronize()
    return see, time.perf_counter() - start


def main() -> None:
    device = sys.argv[1] if len(sys.argv) > 1 else "cpu"
    network = random_clip(device).visual
    torch.manual_seed(1)
    if device == "cpu":
        say("float32", network, torch.rand(4, 3, 224, 224), 0)
        return
    pictures = torch.randn(64, 3, 224, 224, device=device)
    with torch.no_grad():
        exact = network(pictures)
        network.half()
        half = network(pictures.half()).float()
    cosine = functional.cosine_similarity(exact, half).min().item()
    sys.stdout.write(f"half against full precision: least cosine {cosine:.6f}\n")
    for count in (4, 16, 64, 256):
        compare(count)


def compare(count: int) -> None:
    """Plain calls, a CUDA graph and torch.compile, in halves."""
    device = "cuda"
    batch = torch.randn(count, 3, 224, 224, device=device, dtype=torch.float16)
    network = random_clip(device).visual.half()
    say("eager", network, batch, 0)
    compiled, took = timed(lambda: torch.compile(network, dynamic=False), batch)
    say("compiled", compiled, batch, took)
    sample = batch.clone().requires_grad_()
    graph, took = timed(lambda: torch.cuda.make_graphed_callables(network, (sample,)), batch)
    say("graph", graph, batch, took)


if __name__ == "__main__":
    main()

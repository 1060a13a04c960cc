# SPDX-License-Identifier: Apache-2.0
"""The embedded encoder with random weights: milliseconds of pictures, and of a step of training.

    python benchmarks/encoder.py [cpu|cuda] [batch]

Needs no files and nothing of Kinora but this repository.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import Any

import torch
from encoders import See, kinora, say, timed
from torch import Tensor

ROUNDS = 12
SLOTS, THINGS, ACTIONS = 25, 283, 40


def plan() -> Any:
    tower = kinora("backend.kit.encoders.tower")
    return tower.TowerPlan(
        tuple(f"slot {number}" for number in range(SLOTS)),
        tuple(f"thing {number}" for number in range(THINGS)),
        tuple(f"action {number}" for number in range(ACTIONS)),
    )


def random_minilm(device: str, precision: torch.dtype) -> Any:
    minilm = kinora("backend.kit.encoders.minilm")

    def table(rows: int, columns: int) -> Tensor:
        return torch.randn(rows, columns) * 0.03

    width, hidden = minilm.WIDTH, minilm.HIDDEN
    weights = {
        minilm.WORDS: table(3000, width),
        "embeddings.position_embeddings.weight": table(minilm.LONGEST, width),
        "embeddings.token_type_embeddings.weight": table(2, width),
    }
    norms = ["embeddings.LayerNorm"]
    for number in range(minilm.LAYERS):
        layer = f"encoder.layer.{number}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            weights[f"{layer}.attention.{part}.weight"] = table(width, width)
            weights[f"{layer}.attention.{part}.bias"] = torch.zeros(width)
        weights[f"{layer}.intermediate.dense.weight"] = table(hidden, width)
        weights[f"{layer}.intermediate.dense.bias"] = torch.zeros(hidden)
        weights[f"{layer}.output.dense.weight"] = table(width, hidden)
        weights[f"{layer}.output.dense.bias"] = torch.zeros(width)
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
    for name in norms:
        weights[f"{name}.weight"], weights[f"{name}.bias"] = torch.ones(width), torch.zeros(width)
    return minilm.MiniLM(weights).to(device, precision)


def random_lesson(batch: int, device: str) -> Any:
    """Pictures of noise with as many captions and phrases as true lessons have."""
    lesson = kinora("backend.avatar.seeing.lesson")
    losses = kinora("backend.avatar.seeing.losses")
    captions, phrases, columns = 6 * batch, 4 * batch, 12

    def whole(high: int, *shape: int) -> Tensor:
        return torch.randint(high, shape, device=device)

    def ones(*shape: int) -> Tensor:
        return torch.ones(shape, device=device)

    part = (whole(columns + 1, batch, 20, 20) - 1).to(torch.int8)
    return lesson.Lesson(
        torch.rand(batch, 3, 160, 160, device=device),
        part.repeat_interleave(8, 1).repeat_interleave(8, 2),
        whole(3000, captions, 24),
        ones(captions, 24).bool(),
        captions * 2 // 3,
        (whole(20, captions, batch) == 0).to(torch.int8),
        whole(3000, phrases, 8),
        ones(phrases, 8).bool(),
        (whole(20, phrases, batch) == 0).to(torch.int8),
        whole(columns, phrases, batch),
        whole(phrases, batch, 8),
        losses.Targets(
            ones(batch, SLOTS),
            ones(batch, SLOTS),
            torch.rand(batch, SLOTS, 3, device=device),
            ones(batch, SLOTS),
            whole(THINGS, batch, SLOTS),
            ones(batch, SLOTS),
            ones(batch, 5),
            ones(batch, 5),
            whole(ACTIONS, batch),
            ones(batch),
        ),
        columns,
    )


def steps(device: str, batch: int) -> None:
    """Whole steps of training, with the attack and without it."""
    student_module = kinora("backend.avatar.seeing.student")
    is_cuda = device != "cpu"
    minilm = random_minilm(device, torch.bfloat16 if is_cuda else torch.float32)
    lesson = random_lesson(batch, device)
    student = student_module.new_student(plan(), torch.device(device), 0, compiles=is_cuda)
    random = torch.Generator(device)
    for name, progress in (("clean", 0.0), ("with attack", 0.5)):
        start = time.perf_counter()
        took = []
        for number in range(ROUNDS + 3):
            begin = time.perf_counter()
            student_module.learn(student, minilm, lesson, progress, random)
            if is_cuda:
                torch.cuda.synchronize()
            took.append(1000 * (time.perf_counter() - begin))
            if number == 2:
                prepared = time.perf_counter() - start
        sys.stdout.write(
            f"training step of {batch}, {name}: {statistics.median(took[3:]):.1f} ms, "
            f"prepared in {prepared:.0f} s\n"
        )
        sys.stdout.flush()


def compare(see: See, count: int) -> None:
    """Plain calls, torch.compile and a CUDA graph."""
    pictures = torch.rand(count, 3, 160, 160, device="cuda")
    say("eager", see, pictures, 0)
    compiled, took = timed(lambda: torch.compile(see, dynamic=False), pictures)
    say("compiled", compiled, pictures, took)
    sample = pictures.clone().requires_grad_()
    graph, took = timed(lambda: torch.cuda.make_graphed_callables(see, (sample,)), pictures)
    say("graph", graph, pictures, took)


def main() -> None:
    device = sys.argv[1] if len(sys.argv) > 1 else "cpu"
    batch = int(sys.argv[2]) if len(sys.argv) > 2 else 256 if device == "cuda" else 8
    torch.set_float32_matmul_precision("high")
    torch.manual_seed(0)
    tower = kinora("backend.kit.encoders.tower").Tower(plan()).to(device).eval()
    tower.requires_grad_(False)

    def see(pictures: Tensor) -> Tensor:
        found: Tensor = tower(pictures)[0]
        return found

    if device == "cpu":
        torch.set_num_threads(2)
        for count in (1, 4):
            say("float32", see, torch.rand(count, 3, 160, 160), 0)
    else:
        for count in (4, 64):
            compare(see, count)
    steps(device, batch)


if __name__ == "__main__":
    main()

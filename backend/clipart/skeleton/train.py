# SPDX-License-Identifier: Apache-2.0
"""Trains the person detector on procedural people: `kinora train clipart-people`."""

from __future__ import annotations

import argparse
import copy
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from .lessons import Bank, Lesson, bank_of, lesson, make_bank
from .measure import table
from .network import CELLS, PIXELS, PersonNetwork

WEIGHTS, LOG = "people.safetensors", "people.txt"
RATE, DECAY, MEAN = 2e-3, 0.05, 0.998
SPREAD = 1.1
"""Cells: how far a target spreads on the heat map."""
SAID = 10.0
"""Seconds between lines."""


@dataclass(frozen=True)
class Order:
    """`minutes` counts from the first step; the bank holds `people` and a third as many others."""

    folder: Path
    minutes: float
    people: int = 32768
    batch: int = 512
    seed: int = 0


def main(order: Order) -> None:
    """Train, measure, and write the weights (half precision) and a log to the order's folder."""
    order.folder.mkdir(parents=True, exist_ok=True)
    with (order.folder / LOG).open("w", encoding="utf-8") as log:

        def say(line: str) -> None:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
            log.write(line + "\n")
            log.flush()

        begun = time.monotonic()
        processes = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
        creatures = make_bank(order.people, order.people // 3, order.seed, False, processes)
        count = max(128, order.people // 16)
        tests = {
            "styles that it learnt": make_bank(count, count // 2, order.seed + 1, False, processes),
            "styles held out": make_bank(count, count // 2, order.seed + 2, True, processes),
        }
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        bank = bank_of(creatures, device)
        say(f"{len(creatures)} drawings made in {time.monotonic() - begun:.0f} s; {device}")
        network = _train(bank, order, say)
        state = {
            name: value.half().cpu().contiguous() for name, value in network.state_dict().items()
        }
        save_file(state, order.folder / WEIGHTS)
        say(table(network, bank, {name: bank_of(made, device) for name, made in tests.items()}))


def _train(bank: Bank, order: Order, say: Callable[[str], None]) -> PersonNetwork:
    device = bank.is_person.device
    torch.manual_seed(order.seed)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    network = PersonNetwork().to(device)
    mean = copy.deepcopy(network).eval()
    say(f"{sum(value.numel() for value in network.parameters())} weights")
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    begun = said = time.monotonic()
    step, share = 0, 0.0
    while share < 1:
        which = torch.randint(len(bank.is_person), (order.batch,), device=device)
        loss, parts = _loss(network, lesson(bank, which, PIXELS, is_moved=True))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1.0, step / 200) * (1 - share) ** 0.9
        optimizer.step()
        _follow(mean, network, min(MEAN, step / (step + 10)))
        step += 1
        now = time.monotonic()
        if now - said > SAID or step == 1:
            said = now
            say(
                f"{now - begun:6.0f} s  step {step:6}  heat {parts[0]:.3f}  likeness {parts[1]:.3f}"
            )
        share = (now - begun) / (60 * order.minutes)
    say(f"{step} steps of {order.batch} pictures in {time.monotonic() - begun:.0f} s")
    return mean


def _loss(network: PersonNetwork, shown: Lesson) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    is_swift = shown.pictures.is_cuda
    with torch.autocast(shown.pictures.device.type, torch.bfloat16, enabled=is_swift):
        heat, likeness = network(shown.pictures)
    is_person = shown.is_person.float()
    on_page = ((shown.points > 0) & (shown.points < 1)).all(-1) * is_person[:, None]
    wanted = _targets(shown.points)
    surprise = -(wanted * heat.float().flatten(2).log_softmax(-1)).sum(-1)
    mapped = (surprise * on_page).sum() / on_page.sum().clamp_min(1)
    told = functional.binary_cross_entropy_with_logits(likeness.float(), is_person)
    return mapped + 0.5 * told, (mapped.detach(), told.detach())


def _targets(points: Tensor) -> Tensor:
    """(N, 13, 64 * 64): a bell round each point, in all 1."""
    ruler = torch.arange(CELLS, device=points.device) + 0.5
    off = (ruler - points[..., None] * CELLS) / SPREAD
    bells = torch.softmax(-0.5 * off * off, -1)
    return (bells[:, :, 1, :, None] * bells[:, :, 0, None, :]).flatten(2)


@torch.no_grad()
def _follow(mean: nn.Module, network: nn.Module, share: float) -> None:
    for slow, fast in zip(mean.parameters(), network.parameters(), strict=True):
        slow.lerp_(fast, 1 - share)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--people", type=int, default=Order.people)
    parser.add_argument("--batch", type=int, default=Order.batch)
    given = parser.parse_args()
    main(Order(given.output, given.minutes, given.people, given.batch))

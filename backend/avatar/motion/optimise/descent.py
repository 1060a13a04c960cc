# SPDX-License-Identifier: Apache-2.0
"""Several starts at once run downhill; the best end is kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from .problem import Change, Problem, weigh

Tensor = torch.Tensor
Report = Callable[[float], None]

RATE = 0.25
"""Of Adam, in units of what one costs (`problem.TURN` and so on)."""
FAR_START = 0.6
"""How far starts but the first begin from no change, in the same units."""
WARM = 3
"""Steps before a CUDA graph is recorded."""
SHOWN = 10
"""Steps between reports."""


@dataclass(frozen=True)
class Descent:
    """The best `change` (of one start), and the sum of its losses at the beginning (of no change)
    and at the end."""

    change: Change
    first: float
    last: float


def descend(problem: Problem, steps: int, starts: int, seed: int, report: Report) -> Descent:
    """Adam from no change and, with more starts, from random ones; a cosine rate."""
    change = _beginning(problem, starts, seed)
    own = [change.knots] if change.latents is None else [change.knots, change.latents]
    with torch.no_grad():
        first = float(_total(problem, change)[0])
    rate = torch.tensor(RATE, device=problem.root.device)
    on_card = problem.root.is_cuda
    adam = torch.optim.Adam(own, lr=rate if on_card else RATE, betas=(0.9, 0.98), capturable=on_card)

    def step() -> None:
        adam.zero_grad(set_to_none=False)
        _total(problem, change).sum().backward()  # type: ignore[no-untyped-call]
        adam.step()

    run = _recorded(step) if on_card and problem.picture is None and steps > 2 * WARM else step
    for number in range(steps):
        now = RATE * (0.02 + 0.98 * (1 + math.cos(math.pi * number / steps)) / 2)
        if on_card:
            rate.fill_(now)
        else:
            adam.param_groups[0]["lr"] = now
        run()
        if number % SHOWN == 0:
            report(number / steps)
    with torch.no_grad():
        last = _total(problem, change)
        last = torch.where(last.isfinite(), last, torch.inf)
        best = int(last.argmin())
        kept = slice(best, best + 1)
        latents = None if change.latents is None else change.latents.detach()[kept]
        return Descent(Change(change.knots.detach()[kept], latents), first, float(last[best]))


def _total(problem: Problem, change: Change) -> Tensor:
    return torch.stack(list(weigh(problem, change).values())).sum(0)


def _beginning(problem: Problem, starts: int, seed: int) -> Change:
    """No change for the first start, small random ones for the others."""
    dice = torch.Generator().manual_seed(seed)
    like = problem.root

    def drawn(*shape: int) -> Tensor:
        values = FAR_START * torch.randn(starts, *shape, generator=dice, dtype=torch.float32)
        values[0] = 0.0
        return values.to(like.device, like.dtype).requires_grad_()

    latents = None if problem.latent is None else drawn(*problem.latent.start.shape)
    if latents is None:
        return Change(drawn(problem.basis.shape[1], 69), None)
    # The prior's starts differ in what is likely; the free change begins at none.
    knots = torch.zeros(starts, problem.basis.shape[1], 69, dtype=like.dtype, device=like.device)
    return Change(knots.requires_grad_(), latents)


def _recorded(step: Callable[[], None]) -> Callable[[], None]:
    """The step as a CUDA graph: hundreds of small kernels launched as one."""
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(WARM):
            step()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay

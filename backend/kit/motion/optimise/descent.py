# SPDX-License-Identifier: Apache-2.0
"""Several starts at once run downhill; the best end is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from .problem import Change, Problem, weigh
from .quasi_newton import Valued, minimise

Tensor = torch.Tensor
Report = Callable[[float], None]

FAR_START = 0.6
"""How far starts but the first begin from no change, in units of what costs one."""
WARM = 3
"""Evaluations before a CUDA graph is recorded."""


@dataclass(frozen=True)
class Descent:
    """The best `change` (of one start), and the sum of its losses at the beginning (of no change)
    and at the end."""

    change: Change
    first: float
    last: float


def descend(problem: Problem, steps: int, starts: int, seed: int, report: Report) -> Descent:
    """Quasi-Newton from no change and, with more starts, from random ones."""
    begin = _beginning(problem, starts, seed)
    valued = _valued(problem)
    if problem.root.is_cuda and problem.picture is None:
        valued = _recorded(valued, begin)
    with _one_thread():
        first = float(valued(begin)[0][0])
        here, cost = minimise(valued, begin, steps, report)
    best = int(cost.argmin())
    return Descent(split(problem, here[best : best + 1]), first, float(cost[best]))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Hundreds of small products take longer to be shared out than to be done."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def split(problem: Problem, flat: Tensor) -> Change:
    """(B, N) numbers as a change."""
    knots = problem.basis.shape[1] * 69
    curves = flat[:, :knots].reshape(len(flat), -1, 69)
    if problem.latent is None:
        return Change(curves, None)
    return Change(curves, flat[:, knots:].reshape(len(flat), *problem.latent.start.shape))


def _valued(problem: Problem) -> Valued:
    def valued(flat: Tensor) -> tuple[Tensor, Tensor]:
        leaf = flat.detach().requires_grad_()
        with torch.enable_grad():
            losses = weigh(problem, split(problem, leaf))
            cost = torch.stack(list(losses.values())).sum(0)
            (slope,) = torch.autograd.grad(cost.sum(), leaf)
        return cost.detach(), slope

    return valued


def _beginning(problem: Problem, starts: int, seed: int) -> Tensor:
    """(B, N): no change for the first start, small random ones for the others."""
    dice = torch.Generator().manual_seed(seed)
    knots = problem.basis.shape[1] * 69
    count = knots + (0 if problem.latent is None else problem.latent.start.numel())
    values = FAR_START * torch.randn(starts, count, generator=dice)
    values[0] = 0.0
    if problem.latent is not None:
        # The prior's starts differ in what is likely; the free change begins at none.
        values[:, :knots] = 0.0
    return values.to(problem.root)


def _recorded(valued: Valued, like: Tensor) -> Valued:
    """The same as a CUDA graph: hundreds of small kernels launched as one."""
    place = like.clone()
    aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(WARM):
            valued(place)
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        cost, slope = valued(place)

    def replayed(flat: Tensor) -> tuple[Tensor, Tensor]:
        place.copy_(flat)
        graph.replay()
        return cost.clone(), slope.clone()

    return replayed

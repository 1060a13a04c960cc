# SPDX-License-Identifier: Apache-2.0
"""One step of learning: loss, gradients, Adam; on CUDA all of it in one graph."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import torch
from torch import Tensor

log = logging.getLogger("kinora.sculpt")

Loss = Callable[[Tensor, Tensor], Tensor]
"""Of rows of views (n,) and seeds (n,)."""
BETAS = (0.8, 0.95)
LAST = 0.1
"""Share of the rate that is left at the last step."""
_SCALE = 256.0
"""Of losses: gradients through encoders in half precision would vanish."""
_WARM = 3


Groups = Sequence[tuple[Sequence[Tensor], float]]
"""Parameters and the rate at which they are learnt."""


class Learner:
    """Parameters, their moments, and how fast they are learnt, which recovery may halve."""

    def __init__(self, groups: Groups) -> None:
        groups = [(own, rate) for own, rate in groups if own]
        self.parameters = [one.requires_grad_() for own, _ in groups for one in own]
        is_cuda = self.parameters[0].is_cuda
        self.speed = 1.0
        self._rates = [rate for _, rate in groups]
        device = self.parameters[0].device
        self.optimizer = torch.optim.Adam(
            [
                {"params": own, "lr": torch.tensor(rate, device=device) if is_cuda else rate}
                for own, rate in groups
            ],
            betas=BETAS,
            eps=1e-8,
            fused=is_cuda,
            capturable=is_cuda,
        )

    def anneal(self, share: float) -> None:
        """The rates when this share (0 to 1) of the steps is done."""
        for group, first in zip(self.optimizer.param_groups, self._rates, strict=True):
            rate = self.speed * first * (1 - (1 - LAST) * share)
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate

    def tensors(self) -> dict[str, Tensor]:
        """The parameters and their moments, by name."""
        found = {f"p{number}": one.detach() for number, one in enumerate(self.parameters)}
        return found | self.moments()

    def moments(self) -> dict[str, Tensor]:
        """What Adam remembers; nothing before the first step."""
        found = {}
        for number, one in enumerate(self.parameters):
            for name, value in self.optimizer.state.get(one, {}).items():
                found[f"{name}{number}"] = value
        return found

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """What `tensors` or `moments` gave, into the same memory where there is some."""
        for number, one in enumerate(self.parameters):
            if f"p{number}" in tensors:
                one.data.copy_(tensors[f"p{number}"])
            state = self.optimizer.state[one]
            for name in ("step", "exp_avg", "exp_avg_sq"):
                value = tensors.get(f"{name}{number}")
                if name in state:
                    state[name].copy_(torch.zeros_like(state[name]) if value is None else value)
                elif value is not None:
                    like = one if name != "step" or one.is_cuda else torch.zeros(())
                    state[name] = value.detach().clone().to(like.device)

    def step(self, loss: Tensor) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        (loss * _SCALE).backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()


class Stepper:
    """Runs steps of one loss; remembers on the device whether one was no number."""

    def __init__(self, loss: Loss, learner: Learner, views: int) -> None:
        device = learner.parameters[0].device
        self._loss, self._learner = loss, learner
        self._rows = torch.zeros(views, dtype=torch.int64, device=device)
        self._seed = torch.zeros(views, dtype=torch.int64, device=device)
        self._is_bad = torch.zeros((), dtype=torch.bool, device=device)
        self._graph: torch.cuda.CUDAGraph | None = None
        self._has_tried = device.type != "cuda"

    def __call__(self, rows: Tensor, seed: Tensor) -> None:
        self._rows.copy_(rows)
        self._seed.copy_(seed)
        if not self._has_tried:
            self._has_tried = True
            self._capture()
        if self._graph is not None:
            self._graph.replay()
        else:
            self._step()

    def take_faults(self) -> bool:
        """Whether a loss was no number since this was last asked. Waits for the device."""
        found = bool(self._is_bad)
        self._is_bad.zero_()
        return found

    def _step(self) -> None:
        loss = self._loss(self._rows, self._seed)
        self._learner.step(loss)
        sound = torch.isfinite(loss.detach())
        for one in self._learner.parameters:
            sound = sound & torch.isfinite(one.detach()).all()
        self._is_bad |= ~sound

    def _capture(self) -> None:
        """Record a step; where that fails, go on without a graph."""
        before = {name: one.clone() for name, one in self._learner.tensors().items()}
        aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(_WARM):
                self._step()
        torch.cuda.current_stream().wait_stream(aside)
        self._learner.load(before)
        graph = torch.cuda.CUDAGraph()
        try:
            self._learner.optimizer.zero_grad(set_to_none=True)
            with torch.cuda.graph(graph):
                self._step()
            self._graph = graph
        except torch.OutOfMemoryError:
            raise
        except RuntimeError:
            log.warning("This step runs without a CUDA graph.", exc_info=True)
            with suppress(RuntimeError):
                torch.cuda.synchronize()
            self._learner.optimizer.zero_grad(set_to_none=True)
        self._learner.load(before)
        self._is_bad.zero_()

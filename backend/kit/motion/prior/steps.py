# SPDX-License-Identifier: Apache-2.0
"""One step of learning the motion prior; on a GPU recorded once and replayed."""

from __future__ import annotations

import copy
import math
from typing import Any, Protocol

import torch
from torch import Tensor

from . import losses
from .prior import OwnPrior
from .windows import Windows

WARM = 3
"""Steps before one is recorded."""
RISE = 0.02
"""Share of the training in which the rate rises."""
OPENING = 0.25
"""Share of the training after which the latent's numbers cost their full price."""
AVERAGED = 0.999
STEEPEST = 1.0


class Wanted(Protocol):
    @property
    def windows(self) -> Windows: ...
    @property
    def offsets(self) -> Tensor: ...


class Terms(Protocol):
    @property
    def batch(self) -> int: ...
    @property
    def rate(self) -> float: ...
    @property
    def divergence(self) -> float: ...


class Stepper:
    """Takes steps; `share` of the training that is over sets their rate."""

    def __init__(self, prior: OwnPrior, lessons: Wanted, terms: Terms) -> None:
        self.prior, self._lessons, self._terms = prior, lessons, terms
        self.share, self.taken = 0.0, 0
        self._network = prior.network.train()
        self._mean = copy.deepcopy(prior.network).eval().requires_grad_(False)
        self._device = prior.mean.device
        on_gpu = self._device.type == "cuda"
        # The rate and the price change, so a recorded step reads them from the device.
        self._rate = torch.zeros((), device=self._device)
        self._price = torch.zeros((), device=self._device)
        self._follow = torch.ones((), device=self._device)
        self._figures = torch.zeros(len(losses.WEIGHTS) + 1, device=self._device)
        self._optimizer = torch.optim.AdamW(
            self._network.parameters(),
            lr=self._rate if on_gpu else 0.0,
            betas=(0.9, 0.98),
            weight_decay=0.01,
            capturable=on_gpu,
        )
        self._graph: torch.cuda.CUDAGraph | None = None

    def step(self) -> None:
        self._rate.fill_(self._terms.rate * rise(self.share))
        self._price.fill_(self._terms.divergence * min(1.0, self.share / OPENING))
        self._follow.fill_(max(1 - AVERAGED, 1 / (1 + self.taken / 5)))
        if self._device.type == "cpu":
            self._optimizer.param_groups[0]["lr"] = float(self._rate)
            self._learn()
        elif self._graph is None:
            self._record()
        else:
            self._graph.replay()
        self.taken += 1

    def figures(self) -> dict[str, float]:
        """The last step's losses."""
        names = [*losses.WEIGHTS, "nats"]
        return dict(zip(names, self._figures.tolist(), strict=True))

    def mean_prior(self) -> OwnPrior:
        """The prior with its weights averaged over the last thousand steps."""
        return OwnPrior(self._mean, self.prior.mean, self.prior.deviation)

    def _learn(self) -> None:
        on_gpu = self._device.type == "cuda"
        shown = self._lessons.windows.draw(self._terms.batch)
        with torch.autocast("cuda", torch.bfloat16, enabled=on_gpu, cache_enabled=False):
            mean, spread = self.prior.spread(shown)
            chance = torch.randn_like(mean)
            told = self._network.decoder(mean + (spread.float() / 2).exp() * chance)
        told = self.prior.unscaled(told.float())
        found = losses.losses(told, shown, self.prior.deviation, self._lessons.offsets)
        nats = losses.divergence(mean.float(), spread.float())
        loss = self._price * nats
        for name, weight in losses.WEIGHTS.items():
            loss = loss + weight * found[name]
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), STEEPEST)
        self._optimizer.step()
        for held, new in zip(self._mean.parameters(), self._network.parameters(), strict=True):
            held.lerp_(new.detach(), self._follow)
        self._figures.copy_(torch.stack([*found.values(), nats]).detach())

    def _record(self) -> None:
        """Take a few steps aside, then record one, which counts too when it is replayed."""
        aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(WARM):
                self._learn()
        torch.cuda.current_stream().wait_stream(aside)
        self._optimizer.zero_grad(set_to_none=True)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._learn()
        self._graph = graph

    def state(self) -> dict[str, Any]:
        return {
            "network": self._network.state_dict(),
            "mean": self._mean.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "scales": [self.prior.mean, self.prior.deviation],
            "taken": self.taken,
        }

    def load(self, state: dict[str, Any]) -> None:
        """Go on from `state`. Raises KeyError, RuntimeError where it is of another training."""
        self._network.load_state_dict(state["network"])
        self._mean.load_state_dict(state["mean"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._optimizer.param_groups[0]["lr"] = self._rate
        self.prior.mean.copy_(state["scales"][0])
        self.prior.deviation.copy_(state["scales"][1])
        self.taken = int(state["taken"])


def rise(share: float) -> float:
    """The rate at a share of the training: up in the beginning, then down along a cosine."""
    if share < RISE:
        return max(0.02, share / RISE)
    return 0.01 + 0.99 * (1 + math.cos(math.pi * min(1.0, (share - RISE) / (1 - RISE)))) / 2

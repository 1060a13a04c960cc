# SPDX-License-Identifier: Apache-2.0
"""One step of learning to denoise clips; on a GPU recorded once and replayed."""

from __future__ import annotations

import copy
import math
from typing import Any

import torch
from torch import Tensor

from .network import DEVIATION, LOUDEST, QUIETEST, Condition, ScoreNetwork, denoised
from .pool import Pool

WARM = 3
"""Steps before one is recorded."""
RISE = 0.02
"""Share of the training in which the rate rises."""
AVERAGED = 0.9995
STEEPEST = 1.0
USUAL = 0.01
"""Mean square by which the pixels of a clip differ from the still drawing, as clips go."""
BANDS = 4
"""Levels of noise that the figures tell apart."""


class Stepper:
    """Takes steps; `share` of the training that is over sets their rate."""

    def __init__(self, network: ScoreNetwork, pool: Pool, batch: int, rate: float) -> None:
        self.share, self.taken = 0.0, 0
        self._pool, self._batch, self._highest = pool, batch, rate
        self._network = network.train()
        self._mean = copy.deepcopy(network).eval().requires_grad_(False)
        self._device = pool.words.device
        on_gpu = self._device.type == "cuda"
        # The rate changes, so a recorded step reads it from the device.
        self._rate = torch.zeros((), device=self._device)
        self._follow = torch.ones((), device=self._device)
        self._figures = torch.zeros(BANDS, device=self._device)
        self._counts = torch.zeros(BANDS, device=self._device)
        self._optimizer = torch.optim.AdamW(
            network.parameters(),
            lr=self._rate if on_gpu else 0.0,
            betas=(0.9, 0.99),
            weight_decay=0.01,
            capturable=on_gpu,
        )
        self._graph: torch.cuda.CUDAGraph | None = None

    def step(self) -> None:
        self._rate.fill_(self._highest * rise(self.share))
        self._follow.fill_(max(1 - AVERAGED, 1 / (1 + self.taken / 5)))
        if self._device.type == "cpu":
            self._optimizer.param_groups[0]["lr"] = float(self._rate)
            self._learn()
        elif self._graph is None:
            self._record()
        else:
            self._graph.replay()
        self.taken += 1

    def figures(self) -> list[float]:
        """Mean errors since they were last asked for, from the least noise to the most; 1 is what
        the still drawing would get."""
        found: list[float] = (self._figures / self._counts.clamp(min=1)).tolist()
        self._figures.zero_()
        self._counts.zero_()
        return found

    def mean_network(self) -> ScoreNetwork:
        """The network with its weights averaged over the last steps."""
        return self._mean

    def _learn(self) -> None:
        on_gpu = self._device.type == "cuda"
        clips, known = self._pool.draw(self._batch)
        noise, position = loudness(len(clips), self._device)
        noisy = clips + noise[:, None, None, None, None] * torch.randn_like(clips)
        with torch.autocast("cuda", torch.bfloat16, enabled=on_gpu, cache_enabled=False):
            told = denoised(self._network, noisy, noise, known)
        loss, error = _loss(told, clips, noise, known)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), STEEPEST)
        self._optimizer.step()
        both = zip(self._mean.parameters(), self._network.parameters(), strict=True)
        with torch.no_grad():
            for held, new in both:
                held.lerp_(new, self._follow)
        band = (position * BANDS).long()
        self._figures.index_add_(0, band, error)
        self._counts.index_add_(0, band, torch.ones_like(error))

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
            "taken": self.taken,
        }

    def load(self, state: dict[str, Any]) -> None:
        """Go on from `state`. Raises KeyError, RuntimeError where it is of another training."""
        self._network.load_state_dict(state["network"])
        self._mean.load_state_dict(state["mean"])
        self._optimizer.load_state_dict(state["optimizer"])
        if self._device.type == "cuda":
            self._optimizer.param_groups[0]["lr"] = self._rate
        self.taken = int(state["taken"])


def loudness(count: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Deviations of noise (count,), evenly spread on a logarithmic scale, and where on it, 0..1."""
    position = (torch.rand((), device=device) + torch.arange(count, device=device) / count) % 1
    return QUIETEST * (LOUDEST / QUIETEST) ** position, position.clamp(max=1 - 1e-6)


def _loss(told: Tensor, clips: Tensor, noise: Tensor, known: Condition) -> tuple[Tensor, Tensor]:
    """What to lower, and each clip's error (N,) as a share of the still drawing's.

    Weighed so that all noise counts alike, and small movements nearly as much as big ones.
    """
    every = (1, 2, 3, 4)
    error = (told - clips).square().mean(every)
    moved = (clips - known.rest[:, None]).square().mean(every)
    by_noise = (noise**2 + DEVIATION**2) / (noise * DEVIATION) ** 2
    by_size = (0.1 + moved / USUAL).rsqrt()
    return (error * by_noise * by_size).mean(), (error / (moved + 1e-4)).detach()


def rise(share: float) -> float:
    """The rate at a share of the training: up in the beginning, then down along a cosine."""
    if share < RISE:
        return max(0.02, share / RISE)
    return 0.01 + 0.99 * (1 + math.cos(math.pi * min(1.0, (share - RISE) / (1 - RISE)))) / 2

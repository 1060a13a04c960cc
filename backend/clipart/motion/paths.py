# SPDX-License-Identifier: Apache-2.0
"""AniClipart's own model of motion: each keypoint goes to and fro on one cubic Bezier curve."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from ....shared.errors import BadOptionError
from ..drawing import CANVAS
from .model import Model

MARGIN = 5.0
"""Control points start this far inside the canvas."""


@dataclass(frozen=True)
class PathPlan:
    """The published settings."""

    frames: int = 24
    loops: int = 2
    """How often the points go to and fro; 0 is once forth and not back."""
    radius: float = 0.01
    """How far, in canvas units, a control point lies from the one before at the start."""
    is_start_fixed: bool = True
    """Whether the first control point stays on the keypoint."""
    has_network: bool = True
    """Whether a network gives the control points' offsets, or they are learnt themselves."""
    width: int = 128


def playback(frames: int, loops: int) -> Tensor:
    """Which of the distinct frames each frame is, (frames,) int64.

    Raises BadOptionError where the frames cannot be shared out evenly.
    """
    if loops == 0:
        return torch.arange(frames)
    if frames % (2 * loops):
        raise BadOptionError(
            f"{frames} frames cannot go to and fro {loops} times.",
            f"Choose a multiple of {2 * loops} frames.",
        )
    forth = torch.arange(frames // (2 * loops))
    return torch.cat([forth, forth.flip(0)]).repeat(loops)


class Paths(Model):
    """Cubics (4, K, 2), sampled at S places from end to end and played as `playback` says."""

    basis: Tensor
    first: Tensor

    def __init__(self, first: Tensor, plan: PathPlan, generator: Generator) -> None:
        super().__init__()
        self._plan = plan
        order = playback(plan.frames, plan.loops)
        share = torch.linspace(0, 1, int(order.max()) + 1)
        self.register_buffer("playback", order.to(first.device))
        self.register_buffer("basis", _bernstein(share).to(first))
        self.register_buffer("first", first.detach().clone())
        points = first.shape[1]
        if plan.has_network:
            self.network = OffsetNetwork(4 * points, plan.width, generator).to(first)
        else:
            self.offsets = nn.Parameter(torch.zeros_like(first))

    def controls(self) -> Tensor:
        """The control points, (4, K, 2) in canvas units."""
        if self._plan.has_network:
            offsets = self.network(self.first.reshape(-1, 2) / CANVAS).reshape(self.first.shape)
        else:
            offsets = self.offsets
        if self._plan.is_start_fixed:
            offsets = torch.cat([torch.zeros_like(offsets[:1]), offsets[1:]])
        moved: Tensor = self.first + offsets
        return moved

    def poses(self) -> Tensor:
        return torch.einsum("sn,nkc->skc", self.basis, self.controls())


def paths_at_rest(keypoints: Tensor, plan: PathPlan, generator: Generator) -> Paths:
    """The published start: hardly any motion away from the keypoints (K, 2)."""
    draws = torch.rand(3, *keypoints.shape, generator=generator).to(keypoints) - 0.5
    steps = torch.cat([keypoints[None], plan.radius * draws])
    return Paths(steps.cumsum(dim=0).clamp(MARGIN, CANVAS - MARGIN), plan, generator)


def paths_along(tracks: Tensor, plan: PathPlan, generator: Generator) -> Paths:
    """The cubics that come nearest to tracks (T, K, 2) when they are played to and fro.

    Where the start is fixed, they start at the tracks' first frame.
    """
    order = playback(plan.frames, plan.loops)
    share = torch.linspace(0, 1, int(order.max()) + 1, dtype=torch.float64)
    weights = _bernstein(share)[order]
    wanted = tracks.detach().double().cpu()
    held = wanted[:1] if plan.is_start_fixed else wanted[:0]
    free = len(held)
    rest = wanted - torch.einsum("tn,nkc->tkc", weights[:, :free], held)
    found = torch.linalg.lstsq(weights[:, free:], rest.flatten(1)).solution
    controls = torch.cat([held, found.reshape(-1, *wanted.shape[1:])])
    return Paths(controls.to(tracks), plan, generator)


def _bernstein(share: Tensor) -> Tensor:
    back = 1 - share
    return torch.stack([back**3, 3 * back**2 * share, 3 * back * share**2, share**3], dim=-1)


class OffsetNetwork(nn.Module):
    """Offsets of N points in canvas units from where they start, (N, 2) within 0..1.

    As its input never changes, it only conditions the steps. Its first offsets are not zero, and
    a tenth of its positional code is dropped at every step, as in the published loop.
    """

    code: Tensor

    def __init__(self, points: int, width: int, generator: Generator) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=()):
            torch.manual_seed(int(torch.randint(2**31, (1,), generator=generator)))
            self.project = nn.Sequential(*_layer(2, width), nn.Linear(width, width))
            self.mix = nn.Sequential(*_layer(points * width, width))
            self.trunk = nn.Sequential(*_layer(width, width), *_layer(width, width))
            self.head = nn.Linear(width, 2 * points)
        self.drop = nn.Dropout(0.1)
        self.register_buffer("code", _positional_code(points, width))

    def forward(self, points: Tensor) -> Tensor:
        features = self.project(points) + self.drop(self.code)
        offsets: Tensor = self.head(self.trunk(self.mix(features.flatten())))
        return offsets.reshape(-1, 2)


def _layer(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    return nn.Linear(inputs, outputs), nn.LayerNorm(outputs), nn.LeakyReLU()


def _positional_code(rows: int, width: int) -> Tensor:
    """Sines and cosines in turn, of wavelengths up to 10,000 turns, (rows, width)."""
    rates = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
    phase = torch.arange(rows)[:, None] * rates
    return torch.stack([torch.sin(phase), torch.cos(phase)], dim=-1).flatten(1)

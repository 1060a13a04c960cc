# SPDX-License-Identifier: Apache-2.0
"""What a motion prior is worth: held-out windows told again, beside principal components."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..clips import FEATURES, FPS
from ..performance import BALLS
from .frames import turns_of
from .losses import Moves, moves
from .prior import OwnPrior
from .windows import Windows

TAUGHT = 16384
"""Windows that teach the principal components."""
CHANCE = 512
"""Latents of chance that are looked at."""
LOW = 0.06
"""Metres: a ball of the foot that is lower is taken to stand."""


@dataclass(frozen=True)
class Fidelity:
    """Mean errors: `degrees` of a joint's turn, `centimeters` of a joint's place seen from the
    pelvis' path, `speed` of it in m/s, `path` centimeters of the pelvis after two seconds, and the
    share of `stands` told aright."""

    degrees: float
    centimeters: float
    speed: float
    path: float
    stands: float

    def row(self) -> str:
        return (
            f"{self.degrees:8.2f}{self.centimeters:8.2f}{self.speed:8.3f}{self.path:8.1f}"
            f"{100 * self.stands:8.1f}"
        )


@dataclass(frozen=True)
class Manners:
    """Of moving feet and all joints: `slide` of low balls of the feet in cm/s, their mean `sink`
    below the floor in millimeters, and `jerk` in m/s³."""

    slide: float
    sink: float
    jerk: float

    def row(self) -> str:
        return f"{self.slide:8.1f}{self.sink:8.1f}{self.jerk:8.0f}"


@torch.no_grad()
def fidelity(told: Tensor, shown: Tensor, offsets: Tensor) -> Fidelity:
    """Of windows (W, 60, 140) told and shown, both with contacts as 0..1."""
    made, true = moves(told, offsets), moves(shown, offsets)
    turn = turns_of(told).transpose(-1, -2) @ turns_of(shown)
    cosine = (turn.diagonal(dim1=-2, dim2=-1).sum(-1) - 1) / 2
    off = made.places - true.places
    end = (made.world - true.world)[:, -1, 0]
    agreed = (told[..., FEATURES:] > 0.5) == (shown[..., FEATURES:] > 0.5)
    return Fidelity(
        float(torch.rad2deg(cosine.clamp(-1, 1).acos().mean())),
        float(100 * off.norm(dim=-1).mean()),
        float((off.diff(dim=1) * FPS).norm(dim=-1).mean()),
        float(100 * end[:, :2].norm(dim=-1).mean()),
        float(agreed.float().mean()),
    )


@torch.no_grad()
def manners(values: Tensor, offsets: Tensor, rest: float) -> Manners:
    """Of windows (W, 60, 140); `rest` is the height of the ball of a foot that stands."""
    made: Moves = moves(values, offsets)
    # Heights are from standing straight: up to the floor they rise by that.
    high = offsets.new_tensor(0.0) - _standing(offsets)
    feet = made.world[:, :, BALLS]
    above = feet[..., 2] - high - rest
    pace = (feet[..., :2].diff(dim=1) * FPS).norm(dim=-1)
    low = (above[:, 1:] < LOW) & (above[:, :-1] < LOW) & (values[:, 1:, FEATURES + 1 :: 2] > 0.5)
    jerk = made.world.diff(n=3, dim=1) * FPS**3
    return Manners(
        float(100 * pace[low].mean()),
        float(1000 * (-above).clamp(min=0).mean()),
        float(jerk.norm(dim=-1).mean()),
    )


def _standing(offsets: Tensor) -> Tensor:
    """How far below the pelvis the balls of the feet are, of a body that stands straight."""
    chain = offsets[[1, 4, 7, 10], 2].sum() + offsets[[2, 5, 8, 11], 2].sum()
    return -chain / 2


@dataclass(frozen=True, eq=False)
class Components:
    """Windows as a mean and so many principal components of their features."""

    mean: Tensor
    axes: Tensor
    prior: OwnPrior

    def told(self, windows: Tensor) -> Tensor:
        flat = self._flat(windows) - self.mean
        values = (self.mean + (flat @ self.axes) @ self.axes.T).reshape(windows.shape)
        moved = values[..., :FEATURES] * self.prior.deviation + self.prior.mean
        return torch.cat([moved, (values[..., FEATURES:] + 1) / 2], -1)

    def _flat(self, windows: Tensor) -> Tensor:
        return scaled(windows, self.prior).flatten(1)


def scaled(windows: Tensor, prior: OwnPrior) -> Tensor:
    """(..., 140) as the network sees them."""
    moved = (windows[..., :FEATURES] - prior.mean) / prior.deviation
    return torch.cat([moved, 2 * windows[..., FEATURES:] - 1], -1)


@torch.no_grad()
def components(taught: Windows, prior: OwnPrior, count: int) -> Components:
    """As many components as the prior's latent has numbers, of the same windows that taught it."""
    shown = scaled(taught.draw(count), prior).flatten(1)
    mean = shown.mean(0)
    _, _, axes = torch.svd_lowrank(shown - mean, prior.latent, niter=3)
    return Components(mean, axes, prior)


@torch.no_grad()
def report(
    prior: OwnPrior, taught: Windows, held_out: dict[str, Tensor], offsets: Tensor, is_small: bool
) -> str:
    """A table: each kind of movement told by the prior, beside components of the same size, then
    how feet and jerk are in the capture, told again, and of latents of chance."""
    linear = components(taught, prior, 4 * prior.latent if is_small else TAUGHT)
    lines = [
        f"{'held out':24}{'windows':>8}{'deg':>8}{'cm':>8}{'m/s':>8}{'path cm':>8}{'stand %':>8}"
    ]
    for group, shown in held_out.items():
        row = fidelity(prior.decode(prior.encode(shown)), shown, offsets).row()
        lines.append(f"{group:24}{len(shown):8}{row}")
    every = torch.cat(list(held_out.values()))
    again = prior.decode(prior.encode(every))
    lines.append(f"{'all':24}{len(every):8}{fidelity(again, every, offsets).row()}")
    told = fidelity(linear.told(every), every, offsets).row()
    lines.append(f"{f'{prior.latent} components':24}{len(every):8}{told}")
    some = taught.draw(CHANCE)
    learnt = fidelity(prior.decode(prior.encode(some)), some, offsets).row()
    lines.append(f"{'learnt ones':24}{len(some):8}{learnt}")
    lines.append(f"\n{'':24}{'':8}{'slide':>8}{'sink mm':>8}{'jerk':>8}")
    chance = torch.randn(CHANCE, prior.latent, device=some.device)
    rest = _rest(every, offsets)
    for name, values in (
        ("capture", every),
        ("told again", again),
        ("components", linear.told(every)),
        ("of chance", prior.decode(chance)),
    ):
        lines.append(f"{name:32}{manners(values, offsets, rest).row()}")
    mean, spread = prior.spread(every)
    lines.append(
        f"\nlatents held out: mean square {float(mean.square().mean()):.2f}, "
        f"deviation {float((spread / 2).exp().mean()):.2f}, "
        f"numbers that tell: {int((mean.std(0) > 0.3).sum())} of {prior.latent}"
    )
    return "\n".join(lines)


def _rest(values: Tensor, offsets: Tensor) -> float:
    """The median height of balls of the feet that stand, from where straight legs put them."""
    feet = moves(values, offsets).world[:, :, BALLS, 2]
    return float((feet + _standing(offsets))[values[..., FEATURES + 1 :: 2] > 0.5].median())

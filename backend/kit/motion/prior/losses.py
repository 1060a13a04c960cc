# SPDX-License-Identifier: Apache-2.0
"""How far a told window is from the shown one: turns, joints, path, standing feet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

from ..clips import FEATURES, FORTH, FPS, HEIGHT, SIDE, YAW
from ..kinematics import place_matrices
from ..performance import ANKLES, BALLS
from .frames import turns_of

WEIGHTS = {
    "turns": 1.0,
    "rates": 0.25,
    "places": 40.0,
    "speeds": 0.1,
    "path": 2.0,
    "stands": 0.02,
    "slide": 0.05,
}
"""What each costs beside the squared deviations of turns: square metres, and metres a second."""
DIVERGENCE = 0.1
"""What a nat costs that a number of the latent tells on average."""
FREE = 0.02
"""Nats that each number may tell for nothing, so that none is given up."""


@dataclass(frozen=True)
class Moves:
    """`places` (W, T, 22, 3) of the joints in metres over the pelvis' path, seen from the heading;
    `world` the same where they are, the first frame over the origin; `yaw` (W, T)."""

    places: Tensor
    world: Tensor
    yaw: Tensor


def moves(values: Tensor, offsets: Tensor) -> Moves:
    """Where the body of `offsets` (22, 3) goes by features (W, T, 136 or more)."""
    leg = leg_length(offsets)
    pelvis = torch.zeros_like(values[..., :3])
    pelvis[..., 2] = values[..., HEIGHT] * leg
    places = place_matrices(turns_of(values), pelvis, offsets).places
    # Rates are central differences: between two frames goes their mean.
    yaw = _summed(values[..., YAW])
    step = values[..., SIDE : FORTH + 1] * leg
    cosine, sine = yaw.cos(), yaw.sin()
    ahead = torch.stack(
        [
            cosine * step[..., 0] - sine * step[..., 1],
            sine * step[..., 0] + cosine * step[..., 1],
        ],
        -1,
    )
    path = torch.stack([_summed(ahead[..., 0]), _summed(ahead[..., 1])], -1)
    x, y, z = places.unbind(-1)
    c, s = cosine[..., None], sine[..., None]
    world = torch.stack([c * x - s * y + path[..., :1], s * x + c * y + path[..., 1:], z], -1)
    return Moves(places, world, yaw)


def leg_length(offsets: Tensor) -> Tensor:
    """Hip to ankle, as `clips.leg_length`."""
    bones: Tensor = torch.linalg.vector_norm(torch.cat([offsets[4:6], offsets[7:9]]), dim=-1)
    return bones.sum() / 2


def _summed(rate: Tensor) -> Tensor:
    """(W, T) what a rate (W, T) a second adds up to, from zero on."""
    between = (rate[:, 1:] + rate[:, :-1]) / (2 * FPS)
    return functional.pad(between.cumsum(1), (1, 0))


@cache
def _feet(device: torch.device) -> Tensor:
    """The joints that the four contacts are of."""
    joints = [joint for pair in zip(ANKLES, BALLS, strict=True) for joint in pair]
    return torch.tensor(joints, device=device)


def losses(told: Tensor, shown: Tensor, deviation: Tensor, offsets: Tensor) -> dict[str, Tensor]:
    """Each loss of WEIGHTS: of `told` (W, 60, 140), whose contacts are logits, against `shown`."""
    off = (told[..., :FEATURES] - shown[..., :FEATURES]) / deviation
    made, true = moves(told, offsets), moves(shown, offsets)
    stands = shown[..., FEATURES:]
    steps = made.world.index_select(2, _feet(told.device)).diff(dim=1)
    held = torch.minimum(stands[:, 1:], stands[:, :-1])
    return {
        "turns": off[..., :YAW].square().mean(),
        "rates": off[..., YAW:].square().mean(),
        "places": (made.places - true.places).square().sum(-1).mean(),
        "speeds": ((made.places - true.places).diff(dim=1) * FPS).square().sum(-1).mean(),
        "path": (made.world[:, :, 0] - true.world[:, :, 0]).square().sum(-1).mean(),
        "stands": functional.binary_cross_entropy_with_logits(told[..., FEATURES:], stands),
        "slide": ((steps * FPS).square().sum(-1) * held).mean(),
    }


def divergence(mean: Tensor, spread: Tensor) -> Tensor:
    """Nats that a number of the latent tells on average, `spread` its log variance; at least FREE
    each."""
    nats = 0.5 * (mean.square() + spread.exp() - 1 - spread)
    return nats.mean(0).clamp(min=FREE).mean()

# SPDX-License-Identifier: Apache-2.0
"""Motion from candidate poses as AvatarCLIP makes it, to set Kinora's own way against.

`interpolate` is its MotionInterpolation, `optimise` its MotionOptimizer. Both give a body that
stays where it is, upright: neither knows the pelvis' turn or its path.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from .....shared.errors import BadOptionError
from ..kinematics import to_matrix
from ..poses.network import to_quaternions, to_vectors
from ..poses.prior import PosePrior
from .frames import published_six, six_of, turns_of
from .network import FRAMES
from .prior import MotionPrior

ANCHORS = (0, 14, 29, 44, 59)
"""Frames at which the interpolated poses are met."""
REPORTED = 50
"""Steps between reports."""

Likeness = Callable[[Tensor], Tensor]
"""Cosines (N,) between pictures of local rotations (N, 22, 4) and the sentence."""


@dataclass(frozen=True)
class Terms:
    """The published numbers; `ranks` weigh the candidate poses, best first."""

    ranks: tuple[float, ...] = (1.0, 0.8, 0.6, 0.4, 0.2)
    clip: float = 0.001
    delta: float = 0.01
    """A reward for movement; below zero it calms."""
    parts: int = 30
    """Frames between the two that are looked at."""
    rate: float = 0.01
    steps: int = 5000


def interpolate(poses: Tensor, prior: PosePrior) -> Tensor:
    """(60, 22, 4) local rotations through five poses (5, 22, 4), straight in the pose prior.

    Raises BadOptionError for another number of poses.
    """
    if len(poses) != len(ANCHORS):
        raise BadOptionError(
            f"{len(ANCHORS)} poses are interpolated, not {len(poses)}.", "Choose five candidates."
        )
    codes = prior.encode(poses)
    anchors = torch.tensor(ANCHORS, dtype=codes.dtype, device=codes.device)
    frame = torch.arange(FRAMES, dtype=codes.dtype, device=codes.device)
    before = torch.searchsorted(anchors, frame, right=True).clamp(max=len(ANCHORS) - 1) - 1
    share = (frame - anchors[before]) / (anchors[before + 1] - anchors[before])
    return prior.decode(torch.lerp(codes[before], codes[before + 1], share[:, None]))


def optimise(
    prior: MotionPrior,
    poses: Tensor,
    likeness: Likeness | None,
    terms: Terms = Terms(),
    seed: int = 0,
    report: Callable[[int, float], None] = lambda step, loss: None,
) -> Tensor:
    """(60, 22, 4) local rotations that pass through poses (K, 22, 4), best first, at any time.

    Raises BadOptionError for no pose or more than there are ranks.
    """
    chance = torch.Generator().manual_seed(seed)
    latent = torch.randn(prior.latent, generator=chance).to(poses.device).requires_grad_()
    adam = torch.optim.Adam([latent], lr=terms.rate)
    wanted = wanted_of(poses, terms)
    for step in range(terms.steps):
        start = int(torch.randint(terms.parts, (), generator=chance))
        found = loss(prior.decode(latent[None])[0], wanted, likeness, start, terms)
        adam.zero_grad()
        found.backward()  # type: ignore[no-untyped-call]
        adam.step()
        if step % REPORTED == 0:
            report(step, float(found.detach()))
    with torch.no_grad():
        return rotations_of(prior.decode(latent[None])[0])


def wanted_of(poses: Tensor, terms: Terms) -> Tensor:
    """(K, 21, 6) the turns of poses (K, 22, 4) as they are compared. Raises BadOptionError."""
    if not 1 <= len(poses) <= len(terms.ranks):
        raise BadOptionError(
            f"{len(poses)} candidate poses are too many or none: there are weights for "
            f"{len(terms.ranks)}.",
            f"Choose 1 to {len(terms.ranks)} candidates.",
        )
    return published_six(six_of(to_matrix(poses)).flatten(-2))


def loss(
    features: Tensor, wanted: Tensor, likeness: Likeness | None, start: int, terms: Terms
) -> Tensor:
    """The published loss of one motion (60, 140), its pictures those of frame `start` and half the
    motion later."""
    total = pose_loss(features, wanted, terms) - terms.delta * delta(features)
    if likeness is not None and terms.clip:
        total = total + terms.clip * picture_loss(features, likeness, start, terms)
    return total


def pose_loss(features: Tensor, wanted: Tensor, terms: Terms) -> Tensor:
    """Of each pose (K, 21, 6) how far the nearest frame is, weighted by its rank."""
    apart = published_six(features)[None] - wanted[:, None]
    nearest = apart.square().mean((-2, -1)).amin(1)
    return (nearest * nearest.new_tensor(terms.ranks[: len(nearest)])).sum()


def delta(features: Tensor) -> Tensor:
    """Mean square of what 63 numbers of rotation vectors change by from frame to frame."""
    vectors = to_vectors(to_quaternions(turns_of(features)[..., 1:, :, :]))
    return vectors.diff(dim=0).square().mean()


def picture_loss(features: Tensor, likeness: Likeness, start: int, terms: Terms) -> Tensor:
    """What two frames are unlike the sentence; the later one of a motion counts the more."""
    frames = [start, start + terms.parts]
    unlike = 1 - likeness(rotations_of(features[frames]))
    return (unlike * unlike.new_tensor(frames) / FRAMES).sum()


def rotations_of(features: Tensor) -> Tensor:
    """(T, 22, 4) local rotations of (T, 140), the pelvis upright as published."""
    turns = to_quaternions(turns_of(features)[..., 1:, :, :])
    still = turns.new_tensor([1.0, 0.0, 0.0, 0.0]).expand(len(turns), 1, 4)
    return torch.cat([still, turns], 1)

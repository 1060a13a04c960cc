# SPDX-License-Identifier: Apache-2.0
"""A trained motion VAE: Kinora's own, or AvatarCLIP's from the user's copy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from .....shared.errors import BadOptionError, MissingWeightsError
from ...encoders.checkpoints import read_checkpoint
from ..clips import FEATURES
from . import frames
from .network import FRAMES, PUBLISHED, MotionVAE, Sizes, load_weights, sizes_of

WEIGHTS = Path(__file__).with_name("motion_vae.safetensors")
EMBEDDED_PRIOR = "kinora"
AVATARCLIP = "avatarclip"
PRIORS = (EMBEDDED_PRIOR, AVATARCLIP)
AVATARCLIP_FILE = "avatarclip/motion_vae.pth"
"""Relative to the folder of the user's models."""
USED_WITH = "clip-vit-b32"
"""The encoder that AvatarCLIP's motions were made with."""
CHANNELS = FEATURES + 4
"""Of a frame: `clips.features` and the chance that left heel, left ball, right heel and right ball
stand."""


class MotionPrior(Protocol):
    """Latents of 60 frames at 30 a second: likely ones have numbers near zero, about as far from
    it as any other."""

    @property
    def name(self) -> str: ...
    @property
    def frames(self) -> int: ...
    @property
    def latent(self) -> int: ...

    def encode(self, features: Tensor) -> Tensor:
        """(W, frames, CHANNELS) to (W, latent)."""

    def decode(self, latents: Tensor) -> Tensor:
        """(W, latent) to (W, frames, CHANNELS); differentiable."""


@dataclass(frozen=True, eq=False)
class OwnPrior:
    """`mean` and `deviation` (136,) are those of the features that taught it."""

    network: MotionVAE
    mean: Tensor
    deviation: Tensor
    name: str = EMBEDDED_PRIOR
    frames: int = FRAMES

    @property
    def latent(self) -> int:
        return self.network.sizes.latent

    def encode(self, features: Tensor) -> Tensor:
        return self.spread(features)[0]

    def spread(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (W, latent) of the latents of (W, frames, CHANNELS)."""
        moved = (features[..., :FEATURES] - self.mean) / self.deviation
        stands = 2 * features[..., FEATURES:] - 1
        mean, spread = self.network.encoder(torch.cat([moved, stands], -1))
        return mean, torch.zeros_like(mean) if spread is None else spread

    def decode(self, latents: Tensor) -> Tensor:
        told = self.unscaled(self.network.decoder(latents))
        return torch.cat([told[..., :FEATURES], told[..., FEATURES:].sigmoid()], -1)

    def unscaled(self, told: Tensor) -> Tensor:
        """(..., CHANNELS) what the network tells, as features; contacts stay logits."""
        moved = told[..., :FEATURES] * self.deviation + self.mean
        return torch.cat([moved, told[..., FEATURES:]], -1)


@dataclass(frozen=True, eq=False)
class PublishedPrior:
    """AvatarCLIP's network: turns of 55 joints and no path, so the body stays where it is."""

    network: MotionVAE
    name: str = AVATARCLIP
    frames: int = FRAMES

    @property
    def latent(self) -> int:
        return self.network.sizes.latent

    def encode(self, features: Tensor) -> Tensor:
        latents: Tensor = self.network.encoder(frames.to_published(features))[0]
        return latents

    def decode(self, latents: Tensor) -> Tensor:
        return frames.from_published(self.network.decoder(latents), CHANNELS)


def prior_for(encoder: str, models_folder: Path) -> str:
    """AvatarCLIP's where its file is there and the encoder is the one that it was used with, else
    Kinora's own."""
    is_there = (models_folder / AVATARCLIP_FILE).is_file()
    return AVATARCLIP if encoder == USED_WITH and is_there else EMBEDDED_PRIOR


@cache
def load_motion_prior(name: str, models_folder: Path, device: str = "cpu") -> MotionPrior:
    """The motion prior of this name, one of PRIORS, read once a process.

    Raises `BadOptionError` for another name, `MissingWeightsError` for missing or bad weights.
    """
    if name == EMBEDDED_PRIOR:
        return load_own(WEIGHTS, device)
    if name == AVATARCLIP:
        return load_published(models_folder / AVATARCLIP_FILE, device)
    known = ", ".join(PRIORS)
    raise BadOptionError(f'There is no motion prior "{name}".', f"Choose one of {known}.")


def load_own(path: Path, device: str = "cpu") -> OwnPrior:
    """Kinora's own kind from a file of `save_own`. Raises `MissingWeightsError`."""
    again = "Install Kinora again, or make it with `kinora train motion-prior --mocap FILE`."
    try:
        weights = {name: value.float() for name, value in load_file(path).items()}
        mean, deviation = weights.pop("mean"), weights.pop("deviation")
        network = _network(sizes_of(weights), weights)
        if network.sizes.features != CHANNELS or len(mean) != FEATURES:
            raise ValueError(f"its frames have {network.sizes.features} numbers")
    except (FileNotFoundError, SafetensorError, LookupError, ValueError) as error:
        told = "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read: {error}"
        raise MissingWeightsError(f"The motion prior {path.name} {told}.", again) from error
    return OwnPrior(network.to(device), mean.to(device), deviation.to(device))


def load_published(path: Path, device: str = "cpu") -> PublishedPrior:
    """AvatarCLIP's from the user's copy. Raises `MissingWeightsError` unless each tensor fits."""
    if not path.is_file():
        raise MissingWeightsError(
            "AvatarCLIP's motion VAE is not here; its licence allows no commercial use.",
            f"`kinora models list` tells where to get it; put your copy at {path}.",
        )
    try:
        network = _network(PUBLISHED, read_checkpoint(path, "state_dict"))
    except ValueError as error:
        raise MissingWeightsError(
            f"{path.name} is not AvatarCLIP's motion VAE: {error}.",
            "Bring the file motion_vae.pth of its data folder (`kinora models list`).",
        ) from error
    return PublishedPrior(network.to(device))


def _network(sizes: Sizes, weights: dict[str, Tensor]) -> MotionVAE:
    network = MotionVAE(sizes)
    load_weights(network, weights)
    if not all(bool(value.isfinite().all()) for value in network.parameters()):
        raise ValueError("a weight is no number")
    return network.eval().requires_grad_(False)


def save_own(prior: OwnPrior, path: Path) -> None:
    """Write the weights in half precision."""
    held = {**prior.network.state_dict(), "mean": prior.mean, "deviation": prior.deviation}
    save_file(
        {name: value.detach().cpu().half().contiguous() for name, value in held.items()}, path
    )

# SPDX-License-Identifier: Apache-2.0
"""Score distillation: what a denoiser that knows the caption would change about a clip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Generator, Tensor

Prediction = Literal["epsilon", "v_prediction"]
Denoise = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""Noisy latents (1, C, T, h, w) and the noise level (1,) int64 to what the network predicts without
the caption and with it, each of the latents' shape."""


@dataclass(frozen=True)
class Noise:
    """How a model was trained: `kept` (L,) float32 is the share of the signal's variance at each
    level ("alpha bar"); `prediction` is what its network gives."""

    kept: Tensor
    prediction: Prediction = "epsilon"


@dataclass(frozen=True)
class Guidance:
    """How far the caption is followed, and at which noise levels (both ends are drawn too).

    Pairs are the values at the loop's start and at its end. These are the published ones.
    """

    scale: tuple[float, float] = (50.0, 50.0)
    lowest: int = 50
    highest: tuple[int, int] = (948, 948)

    def scale_at(self, progress: float) -> float:
        return _between(self.scale, progress)

    def draw_level(self, progress: float, levels: int, generator: Generator) -> Tensor:
        """A noise level (1,) int64 on the CPU."""
        highest = min(int(_between(self.highest, progress)), levels - 2)
        return torch.randint(self.lowest, highest + 1, (1,), generator=generator)


PUBLISHED = Guidance()
ANNEALED = Guidance(scale=(50.0, 20.0), highest=(948, 600))
"""Large moves first, then details, less saturated."""


def _between(ends: tuple[float, float], share: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * share


def blend(latents: Tensor, noise: Tensor, kept: Tensor) -> Tensor:
    """Latents with noise: their variance keeps the share `kept`."""
    return kept.sqrt() * latents + (1 - kept).sqrt() * noise


def noise_in(noisy: Tensor, predicted: Tensor, kept: Tensor, prediction: Prediction) -> Tensor:
    """The noise that the network finds."""
    if prediction == "epsilon":
        return predicted
    return kept.sqrt() * predicted + (1 - kept).sqrt() * noisy


@torch.no_grad()
def sds_gradient(
    latents: Tensor,
    denoise: Denoise,
    noise: Noise,
    guidance: Guidance,
    progress: float,
    generator: Generator,
) -> Tensor:
    """w (eps_hat - eps) with w = 1 - alpha bar, for latents (1, C, T, h, w); float32.

    It is the gradient of the published loss, a sum over all elements. Each frame has its own noise.
    """
    level = guidance.draw_level(progress, len(noise.kept), generator)
    kept = noise.kept[level].to(latents.device)
    drawn = torch.randn(latents.shape, generator=generator).to(latents.device)
    noisy = blend(latents.float(), drawn, kept)
    plain, told = (
        noise_in(noisy, predicted.float(), kept, noise.prediction)
        for predicted in denoise(noisy, level.to(latents.device))
    )
    guided = plain + guidance.scale_at(progress) * (told - plain)
    return (1 - kept) * (guided - drawn)


@torch.no_grad()
def caption_gain(latents: Tensor, denoise: Denoise, noise: Noise, levels: tuple[int, ...]) -> float:
    """How much better noise is found with the caption than without, for latents (1, C, T, h, w).

    Mean squared error, meant over noise levels; the same noise at every call.
    """
    generator = torch.Generator().manual_seed(0)
    gains = []
    for step in levels:
        level = torch.tensor([step])
        kept = noise.kept[level].to(latents.device)
        drawn = torch.randn(latents.shape, generator=generator).to(latents.device)
        noisy = blend(latents.float(), drawn, kept)
        plain, told = (
            (noise_in(noisy, predicted.float(), kept, noise.prediction) - drawn).square().mean()
            for predicted in denoise(noisy, level.to(latents.device))
        )
        gains.append(plain - told)
    return float(torch.stack(gains).mean())

# SPDX-License-Identifier: Apache-2.0
"""The embedded video prior: says how a drawing moves when it does what a sentence says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as functional
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Generator, Tensor

from ....shared.errors import MissingWeightsError
from .network import FRAMES, PIXELS, Condition, ScoreNetwork, denoised

WEIGHTS = Path(__file__).with_name("clipart_prior.safetensors")
NAME = "kinora-clipart-prior-1"


@dataclass(frozen=True)
class Guidance:
    """How the caption is followed; pairs are the values at the loop's start and at its end.

    `noise` is the deviation that hides the clip, in pixels' values (0..1), `scale` how far the
    caption is followed beyond what it says, `blur` over how many pixels (a deviation) the
    difference from what was denoised is spread, so that it is felt beside a part too.
    """

    noise: tuple[float, float] = (3.0, 0.4)
    scale: tuple[float, float] = (4.0, 2.0)
    blur: tuple[float, float] = (2.0, 0.5)
    jitter: float = 0.3
    """Deviation of the noise's logarithm about what is due."""


class EmbeddedPrior:
    """Bound to a drawing at rest (3, 96, 96) within 0..1 on white and a caption's vector (384,).

    `phase` is in turns how far the clip's first frame is into the action: 0 where clips begin at
    rest, as those of `motion.physics` do, and None where it is not known.
    """

    name = NAME
    pixels = 2 * PIXELS
    is_augmented = False

    def __init__(
        self,
        network: ScoreNetwork,
        rest: Tensor,
        words: NDArray[np.float32],
        phase: float | None = 0.0,
        guidance: Guidance | None = None,
    ) -> None:
        self._network = network
        self._device = next(network.parameters()).device
        self._rest = _shrunk(rest[None].to(self._device, torch.float32))
        self._words = torch.from_numpy(np.asarray(words, np.float32)).to(self._device)
        self._phase = math.nan if phase is None else phase
        self._guidance = guidance or Guidance()

    @torch.no_grad()
    def step(
        self, frames: Tensor, playback: Tensor, progress: float, generator: Generator
    ) -> Tensor:
        """How `frames` (S, 3, 96, 96) differ from the clip that the network sees in them when they
        are hidden by noise: the gradient of half their squared distance, if that clip stays.

        It is the published score distillation, whose `eps_hat - eps` is this difference over the
        noise's deviation, with a weight of that deviation.
        """
        shown, lag = _shown(playback, float(torch.rand((), generator=generator)))
        clip = _shrunk(frames.to(self._device, torch.float32))[shown]
        known = self._known(lag)
        pull = wanted_change(self._network, clip[None], known, self._guidance, progress, generator)[
            0
        ]
        gradient = torch.zeros_like(frames)
        gradient.index_add_(0, shown.to(frames.device), _spread(pull).to(frames))
        return gradient

    @torch.no_grad()
    def score(self, frames: Tensor, playback: Tensor) -> float:
        """How much better the clip is denoised by the caption than without it: the mean over
        levels of noise of the share of the error that the caption takes away."""
        clip_of_all = _shrunk(frames.to(self._device, torch.float32))
        generator = Generator().manual_seed(0)
        gains = []
        for number, loud in enumerate(LEVELS):
            shown, lag = _shown(playback, (number % 2) / 2)
            clip = clip_of_all[shown]
            drawn = torch.randn(clip.shape, generator=generator).to(clip)
            seen = both_ways(self._network, (clip + loud * drawn)[None], loud, self._known(lag))
            errors = [(made[0] - clip).square().mean() for made in seen]
            gains.append((errors[0] - errors[1]) / (errors[0] + errors[1] + 1e-6))
        return float(torch.stack(gains).mean())

    def _known(self, lag: float) -> Condition:
        phase = torch.full((1,), self._phase + lag, device=self._device)
        return Condition(self._rest, self._words[None], phase)


@torch.no_grad()
def wanted_change(
    network: ScoreNetwork,
    clips: Tensor,
    known: Condition,
    guidance: Guidance,
    progress: float,
    generator: Generator,
) -> Tensor:
    """How clips (N, 12, 3, 48, 48) differ from what is seen in them once noise hides them."""
    first, last = (math.log(end) for end in guidance.noise)
    jitter = guidance.jitter * float(torch.randn((), generator=generator))
    loud = math.exp(_between((first, last), progress) + jitter)
    drawn = torch.randn(clips.shape, generator=generator).to(clips)
    plain, told = both_ways(network, clips + loud * drawn, loud, known)
    wanted = plain + _between(guidance.scale, progress) * (told - plain)
    change = (clips - wanted.clamp(-DARKER, 1 + DARKER)).flatten(0, 1)
    return _blurred(change, _between(guidance.blur, progress)).view_as(clips)


def both_ways(
    network: ScoreNetwork, noisy: Tensor, loud: float, known: Condition
) -> tuple[Tensor, Tensor]:
    """Noisy clips (N, 12, 3, 48, 48) as they are seen without their captions and with them."""
    twice = Condition(
        known.rest.repeat(2, 1, 1, 1),
        torch.cat([torch.zeros_like(known.words), known.words]),
        known.phase.repeat(2),
    )
    noise = torch.full((2 * len(noisy),), loud, device=noisy.device)
    plain, told = denoised(network, noisy.repeat(2, 1, 1, 1, 1), noise, twice).chunk(2)
    return plain, told


DARKER = 0.2
"""What is denoised may be so much darker than black and lighter than white."""
LEVELS = (0.5, 1.2, 2.0, 5.0)
"""Deviations of the noise that a clip is judged at."""


@cache
def load_network(device: str = "cpu") -> ScoreNetwork:
    """The shipped weights. Raises MissingWeightsError."""
    return read_network(WEIGHTS, torch.device(device))


def read_network(path: Path, device: torch.device) -> ScoreNetwork:
    """Weights that training wrote. Raises MissingWeightsError."""
    network = ScoreNetwork()
    try:
        weights = {name: value.float() for name, value in load_file(path).items()}
        network.load_state_dict(weights)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise MissingWeightsError(
            f"{path} holds no weights of the clipart prior.",
            "Install Kinora again, or make them by `kinora train clipart-prior`.",
        ) from error
    return network.to(device).eval().requires_grad_(False)


def embedded_prior(
    caption: str, rest: Tensor, device: str, phase: float | None = 0.0
) -> EmbeddedPrior:
    """For one drawing and one sentence, as `EmbeddedPrior` says. Raises MissingWeightsError."""
    from ...kit.text import load_sentence_encoder

    words = load_sentence_encoder().encode([caption])[0]
    return EmbeddedPrior(load_network(device), rest, words, phase)


def _shown(playback: Tensor, start: float) -> tuple[Tensor, float]:
    """Which of the distinct frames the network sees, (12,), and how far into the loop, in turns,
    they begin: `start` of the way to the second of them."""
    first = int(start * len(playback) / FRAMES)
    steps = torch.arange(FRAMES) * len(playback) / FRAMES
    return playback[(first + steps.round().long()) % len(playback)], first / len(playback)


def _between(ends: tuple[float, float], share: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * share


def _shrunk(frames: Tensor) -> Tensor:
    """(S, 3, 48, 48) of frames twice as large."""
    return functional.avg_pool2d(frames, 2)


def _spread(pull: Tensor) -> Tensor:
    """What `_shrunk` makes of a gradient."""
    return functional.interpolate(pull, scale_factor=2.0, mode="nearest") / 4


def _blurred(pictures: Tensor, deviation: float) -> Tensor:
    """Pictures (S, C, H, W) under a Gaussian of so many pixels."""
    reach = max(1, math.ceil(3 * deviation))
    places = torch.arange(-reach, reach + 1, device=pictures.device)
    kernel = torch.exp(-0.5 * (places / deviation) ** 2)
    kernel = (kernel / kernel.sum()).expand(pictures.shape[1], 1, 1, -1)
    across = functional.conv2d(pictures, kernel, padding=(0, reach), groups=pictures.shape[1])
    return functional.conv2d(across, kernel.mT, padding=(reach, 0), groups=pictures.shape[1])

# SPDX-License-Identifier: Apache-2.0
"""A published video diffusion model as a prior: score distillation through its image encoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from .latents import Encode, frames_gradient, latents_of, moments_of, pulled_back
from .recorded import Recorded
from .sds import ANNEALED, Guidance, Noise, caption_gain, sds_gradient

Predict = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Noisy latents (N, C, T, h, w), the noise level (N,) and texts (N, L, W) to what the network
predicts, of the latents' shape."""
JUDGED_AT = (250, 450, 650)
"""Noise levels, of 1000, at which a clip is judged."""


@dataclass(frozen=True)
class Profile:
    """How a step is computed; none of it changes the result by more than rounding."""

    chunk: int = 3
    """Frames of 256 x 256 at a time whose encoding is kept for the gradient; fewer larger ones."""
    is_sequential: bool = False
    """The network runs without the caption and then with it, at half the memory of both at once."""
    is_recorded: bool = True
    """On CUDA, as graphs."""


LOW_MEMORY = Profile(chunk=1, is_sequential=True)


@dataclass(frozen=True)
class Parts:
    """What is taken of a published model: no decoder and, once the caption is read, no text tower.

    `texts` (2, L, W) are those of the empty sentence and of the caption.
    """

    name: str
    predict: Predict
    encode: Encode
    texts: Tensor
    noise: Noise
    scale: float
    """Of latents, as the network wants them."""
    pixels: int = 256
    longest: int = 24
    """Frames that the network is shown at most: it was trained on clips no longer."""


def compiled(parts: Parts) -> Parts:
    """Parts that are compiled when they are first used, which takes a minute or two: their small
    operations are joined. What cannot be compiled runs as it is."""
    torch._dynamo.config.suppress_errors = True
    predict: Predict = torch.compile(parts.predict, dynamic=False)
    encode: Encode = torch.compile(parts.encode, dynamic=False)
    return replace(parts, predict=predict, encode=encode)


class DiffusionPrior:
    """Score distillation with one caption: `Prior`'s step and score."""

    is_augmented = True

    def __init__(
        self,
        parts: Parts,
        profile: Profile = Profile(),
        guidance: Guidance = ANNEALED,
    ) -> None:
        self.name, self.pixels = parts.name, parts.pixels
        self._parts, self._guidance = parts, guidance
        self._chunk = max(1, profile.chunk * 256**2 // parts.pixels**2)
        self._is_sequential = profile.is_sequential
        self._predict: Callable[..., Tensor] = torch.no_grad()(parts.predict)
        self._encode = parts.encode
        self._pull: Callable[..., Tensor] = pulled_back(parts.encode)
        if profile.is_recorded and parts.texts.is_cuda:
            pool = torch.cuda.graph_pool_handle()
            self._predict = Recorded(self._predict, pool)
            self._encode = Recorded(torch.no_grad()(parts.encode), pool)
            self._pull = Recorded(self._pull, pool)

    def step(
        self, frames: Tensor, playback: Tensor, progress: float, generator: Generator
    ) -> Tensor:
        """The gradient of frames (S, 3, pixels, pixels) within 0..1, float32.

        Of a clip that is too long every n-th frame is looked at, others at each step.
        """
        stride = self._stride(playback)
        playback = playback[int(torch.randint(stride, (1,), generator=generator)) :: stride]
        shown, moments = self._moments(frames)
        moments.requires_grad_()
        shape = (len(playback), moments.shape[1] // 2, *moments.shape[2:])
        drawn = torch.randn(shape, generator=generator).to(moments)
        latents = latents_of(moments, playback, drawn, self._parts.scale)
        pull = sds_gradient(
            latents.detach(), self._denoise, self._parts.noise, self._guidance, progress, generator
        )
        (wanted,) = torch.autograd.grad(latents, moments, pull)
        return 2 * frames_gradient(self._pull, shown, wanted, self._chunk)

    def score(self, frames: Tensor, playback: Tensor) -> float:
        """How much better the network finds the noise in the clip when it is told the caption."""
        _, moments = self._moments(frames)
        shown = playback[:: self._stride(playback)]
        latents = latents_of(moments, shown, None, self._parts.scale)
        levels = tuple(level * len(self._parts.noise.kept) // 1000 for level in JUDGED_AT)
        return caption_gain(latents, self._denoise, self._parts.noise, levels)

    def _stride(self, playback: Tensor) -> int:
        return -(-len(playback) // self._parts.longest)

    def _moments(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        shown = (2 * frames.detach() - 1).to(self._parts.texts)
        return shown, moments_of(self._encode, shown, self._chunk)

    def _denoise(self, noisy: Tensor, level: Tensor) -> tuple[Tensor, Tensor]:
        texts = self._parts.texts
        noisy = noisy.to(texts.dtype)
        if self._is_sequential:
            first = self._predict(noisy, level, texts[:1]).clone()
            return first, self._predict(noisy, level, texts[1:])
        both = self._predict(noisy.expand(2, -1, -1, -1, -1), level.expand(2), texts)
        return both[:1], both[1:]


class FrameConv(nn.Module):
    """A convolution over three frames, (3, 1, 1), as one of two dimensions: frames and pixels.

    The same numbers; a step without graphs takes a seventh less time (H200), with them the same.
    """

    def __init__(self, known: nn.Conv3d) -> None:
        super().__init__()
        self.weight = nn.Parameter(known.weight.detach().squeeze(-1), requires_grad=False)
        self.bias = known.bias

    def forward(self, clip: Tensor) -> Tensor:
        """(N, C, T, h, w), of any layout."""
        plane = clip.flatten(3)
        found = functional.conv2d(plane, self.weight, self.bias, padding=(1, 0))
        return found.reshape(*found.shape[:3], *clip.shape[3:])


def with_plane_convolutions(network: nn.Module) -> nn.Module:
    """The network with its convolutions over three frames exchanged for `FrameConv`."""
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if (
                isinstance(child, nn.Conv3d)
                and child.kernel_size == (3, 1, 1)
                and child.padding == (1, 0, 0)
                and child.stride == (1, 1, 1)
            ):
                setattr(module, name, FrameConv(child))
    return network

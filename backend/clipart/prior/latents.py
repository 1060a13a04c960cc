# SPDX-License-Identifier: Apache-2.0
"""Frames to a video model's latents and gradients back, at the memory of a few frames.

What an image encoder finds in a frame does not depend on the others: each distinct frame is encoded
once, however often the clip shows it, and gradients come back a few frames at a time. Both are
exact. Its *moments* are the mean and the logarithm of the variance, one after the other, of the
latents that a frame may have.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Encode = Callable[[Tensor], Tensor]
"""Frames (N, 3, H, W) within -1..1 to moments (N, 2 C, h, w); differentiable."""
PullBack = Callable[[Tensor, Tensor], Tensor]
"""Frames and the gradient of their moments to the gradient of the frames."""


@torch.no_grad()
def moments_of(encode: Encode, frames: Tensor, chunk: int) -> Tensor:
    """The moments of frames (S, 3, H, W), `chunk` frames at a time; float32."""
    return torch.cat(
        [encode(part).to(torch.float32, copy=True) for part in torch.split(frames, chunk)]
    )


def pulled_back(encode: Encode) -> PullBack:
    """Encodes again, with what the gradient needs, and lets it go at once."""

    def pull(frames: Tensor, gradient: Tensor) -> Tensor:
        with torch.enable_grad():
            frames = frames.detach().requires_grad_()
            (found,) = torch.autograd.grad(encode(frames), frames, gradient)
        return found

    return pull


def frames_gradient(pull: PullBack, frames: Tensor, gradient: Tensor, chunk: int) -> Tensor:
    """The gradient of frames (S, 3, H, W) from that of their moments, a chunk at a time; float32.

    It is scaled to 1 on the way: in half precision it might overflow, or vanish.
    """
    size = gradient.abs().amax().clamp(min=1e-30)
    shares = torch.split((gradient / size).to(frames.dtype), chunk)
    found = [
        pull(part, share).to(torch.float32, copy=True)
        for part, share in zip(torch.split(frames, chunk), shares, strict=True)
    ]
    return torch.cat(found) * size


def latents_of(moments: Tensor, playback: Tensor, noise: Tensor | None, scale: float) -> Tensor:
    """Latents (1, C, T, h, w) of a clip whose frame t has the moments (S, 2 C, h, w) `playback[t]`.

    `noise` (T, C, h, w) draws them from what the moments tell, None takes their mean; `scale` is
    what the video model wants them multiplied by.
    """
    mean, spread = moments[playback].chunk(2, dim=1)
    if noise is not None:
        mean = mean + torch.exp(0.5 * spread.clamp(-30.0, 20.0)) * noise
    return (scale * mean).transpose(0, 1)[None]

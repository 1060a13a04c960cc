# SPDX-License-Identifier: Apache-2.0
"""Draws many procedural drawings at once, wherever their keypoints are, on the CPU or on CUDA."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib.util import find_spec

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..drawing import CANVAS
from .parts import Creature

SHORTEST = 0.25
"""Canvas units: no part's axis has a shorter half."""
NO_LENGTH = 1e-4


@dataclass(frozen=True)
class Cast:
    """N creatures padded to as many keypoints and parts: tensors on one device."""

    points: Tensor
    """(N, K, 2) at rest; those beyond a creature's own repeat its first."""
    counts: Tensor
    """(N,) how many keypoints are its own."""
    bones: Tensor
    """(N, S, 2) int64"""
    axes: Tensor
    """(N, S, 4)"""
    forms: Tensor
    """(N, S, 17)"""
    colors: Tensor
    """(N, S, 8); what pads it is clear."""
    shades: Tensor
    """(N, S, 4)"""
    is_clipped: Tensor
    """(N, S)"""

    def __getitem__(self, which: Tensor | slice) -> Cast:
        return Cast(**{field.name: getattr(self, field.name)[which] for field in fields(self)})

    def to(self, device: torch.device) -> Cast:
        return Cast(**{field.name: getattr(self, field.name).to(device) for field in fields(self)})


def stack(creatures: Sequence[Creature], device: torch.device | None = None) -> Cast:
    parts = [creature.parts for creature in creatures]
    most = max(len(each.bones) for each in parts)
    points = max(len(creature.points) for creature in creatures)

    def padded(arrays: Sequence[NDArray[np.generic]]) -> Tensor:
        whole = np.zeros((len(arrays), most, *arrays[0].shape[1:]), arrays[0].dtype)
        for row, array in zip(whole, arrays, strict=True):
            row[: len(array)] = array
        return torch.from_numpy(whole).to(device)

    places = [
        np.concatenate([own, np.repeat(own[:1], points - len(own), 0)])
        for own in (creature.points.astype(np.float32) for creature in creatures)
    ]
    return Cast(
        points=torch.from_numpy(np.stack(places)).to(device),
        counts=torch.tensor([len(creature.points) for creature in creatures], device=device),
        bones=padded([each.bones for each in parts]),
        axes=padded([each.axes for each in parts]),
        forms=padded([each.forms for each in parts]),
        colors=padded([each.colors for each in parts]),
        shades=padded([each.shades for each in parts]),
        is_clipped=padded([each.is_clipped for each in parts]),
    )


@torch.no_grad()
def draw(cast: Cast, tracks: Tensor, pixels: int) -> Tensor:
    """(N, T, 4, pixels, pixels) premultiplied RGBA of the whole canvas, 0..1, for keypoints at
    `tracks` (N, T, K, 2)."""
    axes = placed(cast, tracks)
    painter = _swift() if tracks.is_cuda else paint
    return painter(cast, axes, pixels)


@cache
def _swift() -> Callable[[Cast, Tensor, int], Tensor]:
    """The Triton kernel, if it is there and paints here what PyTorch paints."""
    if not find_spec("triton"):
        return paint
    cast = _sample(torch.device("cuda"))
    axes = placed(cast, cast.points[:, None])
    try:
        from .kernel import paint as swift

        agrees = torch.allclose(swift(cast, axes, 24), paint(cast, axes, 24), atol=1e-3)
    except Exception:  # noqa: BLE001 (whatever a compiler of kernels may raise)
        return paint
    return swift if agrees else paint


def _sample(device: torch.device) -> Cast:
    """Forty random parts of one creature."""
    generator = torch.Generator().manual_seed(0)

    def within(low: float, high: float, *shape: int) -> Tensor:
        return (low + (high - low) * torch.rand((1, *shape), generator=generator)).to(device)

    return Cast(
        points=within(20, 236, 8, 2),
        counts=torch.tensor([8], device=device),
        bones=within(0, 7.99, 40, 2).long(),
        axes=within(-0.2, 1.2, 40, 4),
        forms=within(-8, 16, 40, 17),
        colors=within(0, 1, 40, 8),
        shades=within(-1, 1, 40, 4),
        is_clipped=within(0, 1, 40) > 0.7,
    )


def on_white(pictures: Tensor) -> Tensor:
    """RGB (..., 3, H, W) of premultiplied RGBA (..., 4, H, W)."""
    return pictures[..., :3, :, :] + 1 - pictures[..., 3:, :, :]


def placed(cast: Cast, tracks: Tensor) -> Tensor:
    """(N, T, S, 5): middle, direction and half the length of every part's axis on the canvas."""
    frames = tracks.shape[1]
    first, second = (
        tracks.gather(2, cast.bones[:, None, :, end, None].expand(-1, frames, -1, 2))
        for end in (0, 1)
    )
    is_upright = (cast.bones[..., 0] == cast.bones[..., 1])[:, None, :, None]
    x, length = _direction(second - first)
    y = torch.stack([-x[..., 1], x[..., 0]], dim=-1)
    scale = torch.where(is_upright, 1.0, length)
    axes = cast.axes[:, None]
    start = first + scale * axes[..., 0:1] * x + axes[..., 1:2] * y
    end = first + scale * axes[..., 2:3] * x + axes[..., 3:4] * y
    along, half = _direction((end - start) / 2)
    return torch.cat([(start + end) / 2, along, half.clamp_min(SHORTEST)], dim=-1)


def _direction(vectors: Tensor) -> tuple[Tensor, Tensor]:
    """Unit vectors (..., 2), to the right for those of no length, and the lengths (..., 1)."""
    length = vectors.norm(dim=-1, keepdim=True)
    unit = vectors / length.clamp_min(NO_LENGTH)
    right = torch.stack([torch.ones_like(unit[..., 0]), torch.zeros_like(unit[..., 0])], -1)
    return torch.where(length > NO_LENGTH, unit, right), length


def paint(cast: Cast, axes: Tensor, pixels: int) -> Tensor:
    """What `draw` gives, of axes that `placed` gave; it carries gradients to them."""
    count, frames = axes.shape[:2]
    unit = CANVAS / pixels
    ruler = (torch.arange(pixels, device=axes.device) + 0.5) * unit
    picture = axes.new_zeros((4, count, frames, pixels, pixels))
    mask = axes.new_ones((count, frames, pixels, pixels))
    for part in range(cast.bones.shape[1]):
        x, y, dx, dy, half = (axes[:, :, part, k, None, None] for k in range(5))
        right, down = ruler - x, ruler[:, None] - y
        t = (right * dx + down * dy) / half
        across = down * dx - right * dy
        form = cast.forms[:, part, :, None, None, None].unbind(1)
        covered = (0.5 - _distance(t, across, half, form) / unit).clamp(0, 1)
        is_clipped = cast.is_clipped[:, part, None, None, None]
        mask, covered = (
            torch.where(is_clipped, mask, covered),
            torch.where(is_clipped, mask * covered, covered),
        )
        along, over, offset, slope = cast.shades[:, part, :, None, None, None].unbind(1)
        mix = (0.5 + slope * torch.sin(along * t + over * across + offset)).clamp(0, 1)
        color = cast.colors[:, part, :, None, None, None].unbind(1)
        alpha = covered * (color[3] + (color[7] - color[3]) * mix)
        for channel in range(3):
            shade = color[channel] + (color[channel + 4] - color[channel]) * mix
            picture[channel] += alpha * (shade - picture[channel])
        picture[3] += alpha * (1 - picture[3])
    return picture.permute(1, 2, 0, 3, 4)


def _distance(t: Tensor, across: Tensor, half: Tensor, form: tuple[Tensor, ...]) -> Tensor:
    """About how far a place lies outside the part, in canvas units; less than 0 inside."""
    inside = t.clamp(-1, 1)
    bell = (1 - inside * inside).clamp_min(1e-4).sqrt()
    width, steep_width = _profile(inside, bell, form[:8])
    center, steep_center = _profile(inside, bell, form[8:16])
    off = across - center
    # (off^2 - width^2) over the length of its gradient, which is finite at round ends; but as far
    # from a thin part as from a line.
    reach = off.abs() + width
    steep = (reach * off.sign() * steep_center + 2 * width * steep_width) / half
    over = (off.abs() - width) * reach * torch.rsqrt(steep * steep + reach * reach + 1e-6)
    beyond = (t.abs() - 1) * half
    # Not quite 0: the gradient of a length of nothing is no number.
    outside = torch.hypot(over.clamp_min(1e-6), beyond.clamp_min(1e-6))
    return outside + torch.maximum(over, beyond).clamp_max(0) - form[16]


def _profile(t: Tensor, bell: Tensor, form: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
    """A profile's value and its derivative by t."""
    q0, q1, q2, q3, r0, r1, r2, r3 = form
    q = q0 + t * (q1 + t * (q2 + t * q3))
    steep = bell * (q1 + t * (2 * q2 + t * 3 * q3)) - q * t / bell
    value = bell * q + r0 + t * (r1 + t * (r2 + t * r3))
    return value, steep + r1 + t * (2 * r2 + t * 3 * r3)

# SPDX-License-Identifier: Apache-2.0
"""Renders a field as NeuS does (Wang et al. 2021), but only in the band around its start.

All shapes are fixed by those of the rays, and nothing waits for the device, so that one CUDA graph
can hold a step. Samples say where the surface is and how opaque; color and normal are asked for
once a ray, at that point.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ...kit.raster import Lights
from .field import Field
from .rays import Rays

_CLEAR = 1e-6


@dataclass(frozen=True, eq=False)
class Seen:
    """What M rays of n pictures see; nothing where a ray is not valid. `depth` (n, M), metres along
    the ray, has no gradient."""

    color: Tensor
    """(n, M, 3) sRGB."""
    opacity: Tensor
    """(n, M)"""
    normal: Tensor
    """(n, M, 3) the gradient of the distance, about unit."""
    depth: Tensor
    eikonal: Tensor
    """() how far the gradient is from unit length at the surface."""


def render(
    field: Field, rays: Rays, sharpness: float | Tensor = 500.0, seed: Tensor | None = None
) -> Seen:
    """See the field along rays. `sharpness` is one over NeuS' s, in 1 / metres. With seeds (n,)
    samples lie anywhere in their strata, else in the middle."""
    depth = strata(rays, seed)
    distance = field.distance(rays.places(depth).view(-1, 3)).view(depth.shape)
    opacity, surface = meet(depth, distance, sharpness)
    opacity = opacity * rays.valid
    places = rays.places(surface).view(-1, 3)
    normal = slope(field, places).view(*surface.shape, 3)
    color = field.color(places).view(*surface.shape, 3)
    stretch = (normal.square().sum(2) + 1e-12).sqrt() - 1
    seen = opacity.detach()
    eikonal = (stretch.square() * seen).sum() / seen.sum().clamp(min=1)
    return Seen(color, opacity, normal, surface, eikonal)


def strata(rays: Rays, seed: Tensor | None) -> Tensor:
    """(n, M, K) depths, one in each stratum; in the last it is the end, so that what is deep inside
    is opaque."""
    low, high = rays.knots[:, :, :-2], rays.knots[:, :, 1:-1]
    among = (low + high) / 2 if seed is None else torch.lerp(low, high, chance(seed, low))
    return torch.cat([among, rays.knots[:, :, -1:]], dim=2)


def chance(seed: Tensor, like: Tensor) -> Tensor:
    """Numbers in [0, 1) as many as in `like` (n, ...), by a 32-bit hash of a seed (n,) and their
    place: the same on every device."""
    number = torch.arange(like[0].numel(), device=like.device, dtype=torch.int32)
    bits = number + (seed.to(torch.int32) * -1640531535)[:, None]
    for shift, factor in ((16, 0x21F0AAAD), (15, 0x735A2D97)):
        bits = (bits ^ (bits >> shift)) * factor
    return ((bits ^ (bits >> 15)) & 0xFFFFFF).view(like.shape).float() / (1 << 24)


def weights(distance: Tensor, sharpness: float | Tensor) -> Tensor:
    """(n, M, K - 1) how much each section between samples adds: of what reaches it, the part that
    the logistic function of the distance falls by."""
    held = torch.sigmoid(distance * sharpness)
    alpha = ((held[:, :, :-1] - held[:, :, 1:]) / (held[:, :, :-1] + 1e-5)).clamp(0, 1 - _CLEAR)
    # Sums of those before, as a product, which is much faster here than a scan.
    earlier = alpha.new_ones(alpha.shape[2], alpha.shape[2]).triu(1)
    return alpha * (torch.log1p(-alpha) @ earlier).exp()


def meet(depth: Tensor, distance: Tensor, sharpness: float | Tensor) -> tuple[Tensor, Tensor]:
    """(n, M) how opaque the surface is whose distances (n, M, K) were found at depths, and (n, M)
    at which depth it is first met, or would be if it were nearer, without gradient."""
    weight = weights(distance, sharpness)
    with torch.no_grad():
        near, far = distance[:, :, :-1], distance[:, :, 1:]
        fall = near - far
        share = torch.where(fall.abs() > 1e-9, near / fall, 0.5).clamp(0, 1)
        at = torch.lerp(depth[:, :, :-1], depth[:, :, 1:], share)
        # A mean over layers would lie in the air between them.
        entered = (near > 0) & (far <= 0)
        first = at.gather(2, entered.int().argmax(2, keepdim=True))[:, :, 0]
        some = weight + _CLEAR
        mean = (some * at).sum(2) / some.sum(2)
    return weight.sum(2), torch.where(entered.any(2), first, mean)


def slope(field: Field, places: Tensor) -> Tensor:
    """(P, 3) the gradient of the distance at places (P, 3), by four taps around each."""
    around = (places[:, None] + field.taps * (field.tap / 3**0.5)).view(-1, 3)
    a, b, c, d = field.distance(around).view(-1, 4).unbind(1)
    gradient = torch.stack([a + b - c - d, a - b + c - d, a - b - c + d], dim=1)
    return gradient * (3**0.5 / (4 * field.tap))


def compose(seen: Seen, rays: Rays, background: Tensor, light: Lights) -> tuple[Tensor, Tensor]:
    """(n, 3, S, S) twice: pictures in the light, and without color, both before backgrounds
    (n, 3, S, S)."""
    length = (seen.normal.square().sum(2, keepdim=True) + 1e-12).sqrt()
    normal = seen.normal / length
    # What is seen faces the eye, whatever differences say where layers meet.
    away = (normal * rays.direction).sum(2, keepdim=True).clamp(min=0)
    normal = normal - 2 * away * rays.direction
    cosine = (normal * light.direction[:, None]).sum(2, keepdim=True)
    ambient = light.ambient[:, None, None]
    shade = ambient + (1 - ambient) * cosine.clamp(0, 1)
    opacity = seen.opacity[..., None]
    both = torch.cat([seen.color * shade, shade], dim=2) * opacity
    whole = rays.spread(torch.cat([both, opacity], dim=2))
    behind = (1 - whole[:, 4:]) * background
    return whole[:, :3] + behind, whole[:, 3:4] + behind

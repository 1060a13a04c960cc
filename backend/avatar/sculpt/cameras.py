# SPDX-License-Identifier: Apache-2.0
"""Where a character is looked at from: evenly by class, with more of face and back than chance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ...kit.raster import Cameras, look_at, orbit, towards
from ...kit.raster.chance import uniform
from ..camera import FIELD_OF_VIEW
from .start import Start

CLASSES = ("front", "side", "back", "face", "hands", "feet")
SHARES = (0.25, 0.20, 0.25, 0.20, 0.05, 0.05)
WHOLE = 3
"""The first so many classes show the whole figure."""
_GOLDEN = 0.6180339887498949  # its multiples fill a circle evenly, however many there are
_AZIMUTH = ((0, 40), (90, 45), (180, 45), (0, 50), (65, 45), (0, 75))
"""Degrees by class: the middle and how far to either side; hands from their own side."""
_ELEVATION = ((-12, 30), (-12, 30), (-10, 35), (-10, 20), (-10, 35), (0, 40))
_ZOOM = (0.9, 1.2)
_NEARER = (1.4, 2.2)
"""Of whole figures that leave the picture."""
_SHIFT = 0.05  # of the picture's side
_MARGIN = 0.05  # metres around a whole figure
_FACE, _HAND, _FOOT = 2.6, 0.07, 0.13
"""What a picture's half holds: of a face, multiples of how far the eyes are before the middle of
the head; of hands and feet, of the figure's height."""
_STREAM = 51
_AT_ONCE = 32


@dataclass(frozen=True, eq=False)
class Shots:
    """N views: which of CLASSES each is, its camera, and the seed of its light and background."""

    kind: Tensor
    cameras: Cameras
    seed: Tensor

    def __len__(self) -> int:
        return len(self.kind)

    def some(self, rows: Tensor) -> Shots:
        """Those of these rows (n,)."""
        seen_by = self.cameras
        own = Cameras(
            seen_by.eye.index_select(0, rows),
            seen_by.axes.index_select(0, rows),
            seen_by.focal.index_select(0, rows),
            seen_by.middle.index_select(0, rows),
        )
        return Shots(self.kind.index_select(0, rows), own, self.seed.index_select(0, rows))


def kinds(count: int, first: int = 0) -> Tensor:
    """(count,) rows of CLASSES: of any run of views each class has about its share."""
    number = torch.arange(first, first + count, dtype=torch.float64)
    place = (number * _GOLDEN + 0.5 * _GOLDEN) % 1
    ends = torch.tensor(SHARES, dtype=torch.float64).cumsum(0)[:-1]
    return torch.searchsorted(ends, place, right=True)


def shots(start: Start, numbers: tuple[int, int], pixels: int, crops: float, seed: int) -> Shots:
    """The views of these numbers (from, below): the same at every call.

    `pixels` is the side of the pictures; `crops` the share of whole figures seen from nearer.
    """
    device = start.vertices.device
    own = torch.arange(*numbers) + (seed << 24)
    kind = kinds(numbers[1] - numbers[0], numbers[0])
    chance = uniform(own, 8, _STREAM)
    azimuth, elevation = _directions(kind, chance)
    kind, own, chance = kind.to(device), own.to(device), chance.to(device)
    away = towards(azimuth.to(device), elevation.to(device))
    axes = look_at(away, torch.zeros_like(away))
    target, distance = _framed(start, kind, axes, chance)
    eye = orbit(target, azimuth.to(device), elevation.to(device), distance)
    zoom = _between(_ZOOM, chance[:, 2])
    is_near = (kind < WHOLE) & (chance[:, 3] < crops)
    nearer = torch.where(is_near, _between(_NEARER, chance[:, 4]), 1.0)
    focal = pixels / 2 / math.tan(FIELD_OF_VIEW / 2) * zoom * nearer
    shift = _SHIFT * (2 * chance[:, 5:7] - 1)
    # Up and down the figure, which stays in the middle: what leaves the picture is above or below.
    along = torch.where(is_near, (2 * chance[:, 7] - 1) * (nearer - 1) / 2 * 0.85, 0.0)
    shift = torch.stack([shift[:, 0], shift[:, 1] + along], dim=1)
    return Shots(kind, Cameras(eye, axes, focal, pixels * (0.5 + shift)), own)


def facing(start: Start, pixels: int, degrees: tuple[float, ...] = (20.0,)) -> Shots:
    """The whole figure as a preview shows it, once from each of these sides."""
    device = start.vertices.device
    azimuth = torch.deg2rad(torch.tensor(degrees, device=device))
    elevation = torch.full_like(azimuth, math.radians(6))
    away = towards(azimuth, elevation)
    axes = look_at(away, torch.zeros_like(away))
    target, distance = _whole(start, axes)
    eye = orbit(target, azimuth, elevation, distance)
    focal = torch.full_like(azimuth, pixels / 2 / math.tan(FIELD_OF_VIEW / 2))
    middle = torch.full((len(degrees), 2), pixels / 2, device=device)
    none = torch.zeros(len(degrees), dtype=torch.int64, device=device)
    return Shots(none, Cameras(eye, axes, focal, middle), none)


def _directions(kind: Tensor, chance: Tensor) -> tuple[Tensor, Tensor]:
    """(N,) azimuths and elevations, in radians."""
    middle, spread = torch.tensor(_AZIMUTH, dtype=torch.float32)[kind].unbind(1)
    # Left and right by turns: `side` is no chance of another number.
    side = torch.where((chance[:, 2] * 1024).floor() % 2 > 0, 1.0, -1.0)
    azimuth = side * (middle + (2 * chance[:, 0] - 1) * spread)
    low, high = torch.tensor(_ELEVATION, dtype=torch.float32)[kind].unbind(1)
    return torch.deg2rad(azimuth), torch.deg2rad(low + (high - low) * chance[:, 1])


def _framed(start: Start, kind: Tensor, axes: Tensor, chance: Tensor) -> tuple[Tensor, Tensor]:
    """(N, 3) what each looks at, and (N,) metres from which it fills the picture."""
    target, distance = _whole(start, axes)
    places = start.places
    # The eye is on the side towards which the camera's own axis leans.
    is_left = -axes[:, 2, :1] > 0
    hand = torch.where(is_left, places["left_hand"], places["right_hand"])
    foot = torch.where(chance[:, 3:4] < 0.5, places["left_foot"], places["right_foot"])
    both = (places["left_foot"] + places["right_foot"]) / 2
    reach = (both - places["left_foot"]).norm() + 0.5 * _FOOT * start.height
    face = (2 * places["face"] + places["head"]) / 3
    deep = _FACE * (places["face"] - places["head"]).norm()
    tall = torch.tensor(start.height, device=axes.device)
    close = (
        ("face", face, deep.clamp(min=0.06 * start.height)),
        ("hands", hand, _HAND * tall),
        ("feet", torch.where(chance[:, 3:4] < 0.3, foot, both), reach.clamp(max=0.35 * tall)),
    )
    for name, place, half in close:
        own = kind == CLASSES.index(name)
        target = torch.where(own[:, None], place, target)
        distance = torch.where(own, half / math.sin(FIELD_OF_VIEW / 2), distance)
    return target, distance


def _whole(start: Start, axes: Tensor) -> tuple[Tensor, Tensor]:
    """The middle of the figure as each camera sees it, and from where it just fits."""
    middles, distances = [], []
    for some in torch.split(axes, _AT_ONCE):
        turned = start.vertices @ some.mT
        middle = (turned.amin(1) + turned.amax(1)) / 2
        turned = turned - middle[:, None]
        reach = turned[..., :2].abs().amax(2) + _MARGIN
        distances.append((reach / math.tan(FIELD_OF_VIEW / 2) - turned[..., 2]).amax(1))
        middles.append((middle[:, None] @ some)[:, 0])
    return torch.cat(middles), torch.cat(distances)


def _between(ends: tuple[float, float], share: Tensor) -> Tensor:
    return ends[0] + (ends[1] - ends[0]) * share

# SPDX-License-Identifier: Apache-2.0
"""Where the cameras of a batch stand: each shows what its view is of."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ...kit.raster import Cameras, look_at, orbit
from ...kit.raster.cameras import towards
from ..camera import FIELD_OF_VIEW
from .batch import VIEWS, Shots
from .crowd import Crowd
from .wardrobe import Wardrobe

FAR, MIDDLE, TALLEST = 5.6, 1.0, 2.3
"""The metric camera: metres away, metres over the floor that it looks at, metres that it holds."""
_MARGIN = {"body": 0.06, "back": 0.06, "face": 0.02, "head": 0.03, "hands": 0.06, "feet": 0.08}
"""Metres around what is framed."""
_TAN = math.tan(FIELD_OF_VIEW / 2)


def cameras(wardrobe: Wardrobe, crowd: Crowd, shots: Shots, pixels: int) -> Cameras:
    """A camera for each of the people; `pixels` is the side of the picture."""
    device = wardrobe.device
    azimuth, elevation, zoom = (
        torch.from_numpy(one.astype(np.float32)).to(device)
        for one in (shots.azimuth, shots.elevation, shots.zoom)
    )
    shift = torch.from_numpy(shots.shift.astype(np.float32)).to(device)
    view = torch.from_numpy(shots.view.astype(np.int64)).to(device)
    azimuth = azimuth + torch.where(_is(view, "face", "head"), _yaw(wardrobe, crowd), 0.0)
    away = towards(azimuth, elevation)
    axes = look_at(away, torch.zeros_like(away))
    low, high = _framed(wardrobe, crowd, view, azimuth, axes)
    middle = (low + high) / 2
    margin = torch.tensor([_MARGIN.get(name, 0.0) for name in VIEWS], device=device)[view]
    half = (high - low)[:, :2].amax(1) / 2 + margin * _grown(crowd)
    # Deep things come nearer to the eye, and so need more room.
    distance = half / _TAN + (high - low)[:, 2] / 2
    target = torch.einsum("bij,bi->bj", axes, middle)
    metric = _is(view, "metric")
    centre = crowd.carry[:, 0, :, 3] * 0
    centre[:, 2] = MIDDLE
    target = torch.where(metric[:, None], centre, target)
    distance = torch.where(metric, FAR, distance)
    focal = torch.where(metric, pixels * FAR / TALLEST, pixels / 2 / _TAN * zoom)
    eye = orbit(target, azimuth, elevation, distance)
    return Cameras(eye, axes, focal, (0.5 + shift) * pixels)


def _is(view: Tensor, *names: str) -> Tensor:
    return torch.stack([view == VIEWS.index(name) for name in names]).any(0)


def _yaw(wardrobe: Wardrobe, crowd: Crowd) -> Tensor:
    """(B,) where each head looks, around Z from -Y towards +X."""
    ahead = -crowd.carry[:, wardrobe.skeleton.bone["head"], :, 1]
    return torch.atan2(ahead[:, 0], -ahead[:, 1])


def _grown(crowd: Crowd) -> Tensor:
    """(B,) about the stature, for margins: a child's hand is small."""
    tall = crowd.skin(len(crowd.carry))[..., 2].amax(1)
    return (tall / 1.7).clamp(0.3, 1.3)


def _framed(
    wardrobe: Wardrobe, crowd: Crowd, view: Tensor, azimuth: Tensor, axes: Tensor
) -> tuple[Tensor, Tensor]:
    """(B, 3) twice: the box, right, down and forward, of what each view is of."""
    people = len(view)
    everything = crowd.starts[:, None] + wardrobe.extremes[crowd.part]
    turned = torch.einsum("lij,lsj->lsi", axes[crowd.person], crowd.places[everything])
    index = crowd.person[:, None].expand(-1, 3)
    nothing = turned.new_zeros((people, 3))
    low = nothing.scatter_reduce(0, index, turned.amin(1), "amin", include_self=False)
    high = nothing.scatter_reduce(0, index, turned.amax(1), "amax", include_self=False)
    skin = crowd.skin(people)
    # The hand on the side from which the camera looks.
    left = azimuth.sin() > 0
    for name, chosen in (
        ("face", _is(view, "face")),
        ("head", _is(view, "head")),
        ("feet", _is(view, "feet")),
        ("left_hand", _is(view, "hands") & left),
        ("right_hand", _is(view, "hands") & ~left),
    ):
        spots = skin.index_select(1, wardrobe.spots[name])
        seen = torch.einsum("bij,bsj->bsi", axes, spots)
        low = torch.where(chosen[:, None], seen.amin(1), low)
        high = torch.where(chosen[:, None], seen.amax(1), high)
    return low, high

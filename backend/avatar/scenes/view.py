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
from ..wardrobe.garments import GARMENTS
from .batch import VIEWS, People, Shots
from .crowd import Crowd
from .parts import NAMES
from .wardrobe import Wardrobe

FAR, MIDDLE, TALLEST = 5.6, 1.0, 2.5
"""The metric camera: metres away, metres over the floor that it looks at, metres that it holds."""
_MARGIN = {"body": 0.06, "back": 0.06, "face": 0.02, "head": 0.03, "hands": 0.09, "feet": 0.08}
"""Metres around what is framed."""
_TAN = math.tan(FIELD_OF_VIEW / 2)


def cameras(wardrobe: Wardrobe, crowd: Crowd, people: People, shots: Shots, pixels: int) -> Cameras:
    """A camera for each of the people; `pixels` is the side of the picture."""
    device = wardrobe.device
    azimuth, elevation, zoom = (
        torch.from_numpy(one.astype(np.float32)).to(device)
        for one in (shots.azimuth, shots.elevation, shots.zoom)
    )
    shift = torch.from_numpy(shots.shift.astype(np.float32)).to(device)
    view = torch.from_numpy(shots.view.astype(np.int64)).to(device)
    azimuth = azimuth + torch.where(_is(view, "face", "head"), _yaw(wardrobe, crowd), 0.0)
    is_left = _left_hand(people, shots).to(device)
    # From the side on which the hand is, or the body would stand before it.
    own_side = torch.where(is_left, azimuth.abs(), -azimuth.abs())
    azimuth = torch.where(_is(view, "hands"), own_side, azimuth)
    away = towards(azimuth, elevation)
    axes = look_at(away, torch.zeros_like(away))
    margin = torch.tensor([_MARGIN.get(name, 0.0) for name in VIEWS], device=device)[view]
    middle, distance = _framed(wardrobe, crowd, (view, is_left), axes, margin * _grown(crowd))
    target = torch.einsum("bij,bi->bj", axes, middle)
    metric = _is(view, "metric")
    centre = crowd.carry[:, 0, :, 3] * 0
    centre[:, 2] = MIDDLE
    target = torch.where(metric[:, None], centre, target)
    distance = torch.where(metric, FAR, distance)
    focal = torch.where(metric, pixels * FAR / TALLEST, pixels / 2 / _TAN * zoom)
    eye = orbit(target, azimuth, elevation, distance)
    return Cameras(eye, axes, focal, (0.5 + shift) * pixels)


def _left_hand(people: People, shots: Shots) -> Tensor:
    """(B,) whether a view of one hand is of the left one: of the one that holds something, else of
    the one on the camera's side."""
    held = [
        [NAMES.index(name) for name, garment in GARMENTS.items() if garment.slot == slot]
        for slot in ("left hand", "right hand")
    ]
    holds = [np.isin(people.parts, rows).any(1) for rows in held]
    return torch.from_numpy(np.where(holds[0] != holds[1], holds[0], np.sin(shots.azimuth) > 0))


def _is(view: Tensor, *names: str) -> Tensor:
    return torch.stack([view == VIEWS.index(name) for name in names]).any(0)


def _yaw(wardrobe: Wardrobe, crowd: Crowd) -> Tensor:
    """(B,) where each head looks, around Z from -Y towards +X."""
    ahead = -crowd.carry[:, wardrobe.skeleton.bone["head"], :, 1]
    return torch.atan2(ahead[:, 0], -ahead[:, 1])


def _grown(crowd: Crowd) -> Tensor:
    """(B,) about the stature, for margins: a child's hand is small."""
    tall = crowd.skin[..., 2].amax(1)
    return (tall / 1.7).clamp(0.3, 1.3)


def _framed(
    wardrobe: Wardrobe, crowd: Crowd, shown: tuple[Tensor, Tensor], axes: Tensor, margin: Tensor
) -> tuple[Tensor, Tensor]:
    """(B, 3) the middle, right, down and forward, of what each view is of, and (B,) the distance
    from which it fills the picture but for a margin (B,); `shown` is the view (B,) and whether its
    hand is the left one (B,)."""
    view, is_left = shown
    person = crowd.worn.person
    spots = crowd.worn.on_device[:, 2:3] + wardrobe.extremes[crowd.worn.part_on_device]
    turned = torch.einsum("lij,lsj->lsi", axes[person], crowd.places[spots])
    middle = _middle(*_reduced(crowd, turned.amin(1), turned.amax(1)))
    near = _needed(turned - middle[person][:, None], margin[person])
    distance = near.new_zeros(len(view)).scatter_reduce(0, person, near, "amax")
    skin = crowd.skin
    for name, chosen in (
        ("face", _is(view, "face")),
        ("head", _is(view, "head")),
        ("feet", _is(view, "feet")),
        ("left_hand", _is(view, "hands") & is_left),
        ("right_hand", _is(view, "hands") & ~is_left),
    ):
        seen = torch.einsum("bij,bsj->bsi", axes, skin.index_select(1, wardrobe.spots[name]))
        own = _middle(seen.amin(1), seen.amax(1))
        middle = torch.where(chosen[:, None], own, middle)
        distance = torch.where(chosen, _needed(seen - own[:, None], margin), distance)
    return middle, distance


def _reduced(crowd: Crowd, low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    """(B, 3) twice: the box of each person from boxes (L, 3) of what they wear."""
    index = crowd.worn.person[:, None].expand(-1, 3)
    nothing = low.new_zeros((len(crowd.carry), 3))
    return (
        nothing.scatter_reduce(0, index, low, "amin", include_self=False),
        nothing.scatter_reduce(0, index, high, "amax", include_self=False),
    )


def _middle(low: Tensor, high: Tensor) -> Tensor:
    return (low + high) / 2


def _needed(places: Tensor, margin: Tensor) -> Tensor:
    """(B,) the distance from which places (B, S, 3) around the target are all seen."""
    reach = places[..., :2].abs().amax(2) + margin[:, None]
    return (reach / _TAN - places[..., 2]).amax(1)

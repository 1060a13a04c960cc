# SPDX-License-Identifier: Apache-2.0
"""What a view can tell: which places it shows, and what of the body."""

from __future__ import annotations

import math

from .labels import AXES
from .outfits import Outfit, hidden
from .things import PLACES

_FACE = ("hair", "beard", "skin", "iris", "eyes", "face", "head")
_WORN = tuple(place for place in PLACES if place != "iris")
SHOWN: dict[str, tuple[str, ...]] = {
    "body": _WORN,
    "metric": _WORN,
    "back": tuple(
        place for place in _WORN if place not in ("neck", "eyes", "face", "beard", "apron")
    ),
    "face": _FACE,
    "head": (*_FACE[:3], "eyes", "face", "head", "neck"),
    "hands": ("hands", "right hand", "left hand", "skin"),
    "feet": ("feet", "legwear"),
}
"""By view the places that are in the picture, from that side."""
_FRONT_ONLY = ("eyes", "face", "beard", "iris", "apron")
"""Places that are seen from the front alone."""
_BODY_SHOWN: dict[str, tuple[str, ...]] = {
    "body": ("age", "female", "weight", "muscle"),
    "metric": AXES,
    "back": ("female", "weight", "muscle"),
    "face": ("age", "female"),
    "head": ("age", "female"),
}
_WIDE = (
    "coat", "long_coat", "lab_coat", "trench_coat", "parka", "raincoat", "pirate_coat",
    "firefighter_coat",
    "robe", "cassock", "bathrobe", "kimono", "spacesuit", "gown", "wedding_dress", "cloak", "cape",
    "tabard", "breastplate", "hauberk", "nightgown",
)  # fmt: skip
"""Clothes that hide how fat or thin one is."""


def shown(view: str, azimuth: float) -> set[str]:
    """The places that are in a picture of this view from this side."""
    places = set(SHOWN[view])
    if math.cos(azimuth) < 0.35:
        places -= set(_FRONT_ONLY)
    return places


def told(view: str, azimuth: float, worn: Outfit) -> set[str]:
    """The places of which enough is seen to speak of what is there."""
    return (shown(view, azimuth) & set(worn)) - hidden(worn)


def told_axes(view: str, azimuth: float, worn: Outfit, age: float) -> set[str]:
    """Of `labels.AXES` those that the picture tells."""
    axes = set(_BODY_SHOWN.get(view, ()))
    if any(name in _WIDE for name in worn.values()):
        axes -= {"weight", "muscle"}
    if "outer" in worn or "mid" in worn:
        axes.discard("muscle")
    if age < 9:
        axes -= {"female", "muscle"}
    if math.cos(azimuth) < 0.2:
        axes.discard("age")
    covered = hidden(worn)
    if "iris" in covered and view in ("face", "head"):
        axes -= {"age", "female"}
    return axes

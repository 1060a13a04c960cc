# SPDX-License-Identifier: Apache-2.0
"""Mittens: bags round the four fingers and the thumb of each hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....kit.body import BodyModel
from ..surface import Floats, Ints, Surface, join
from . import solids
from .holds import surface as sewn
from .site import Site, near_mix

LEVELS, AROUND = 15, 20


@dataclass(frozen=True)
class Mittens:
    """Bags `ease` metres off the hand, `stuffing` metres thicker on its back; the cuff begins
    `cuff` metres before the wrist. `thumb` is the ease of the thumb's own bag."""

    ease: float = 0.008
    stuffing: float = 0.0
    cuff: float = 0.07
    thumb: float = 0.006


@dataclass(frozen=True)
class Hand:
    """Skin of a hand: base vertices, places (N, 3), which of them are the thumb's; its frame of
    rows along the fingers, across them to the thumb, and out of the back."""

    vertices: Ints
    places: Floats
    is_thumb: NDArray[np.bool_]
    frame: Floats
    wrist: Floats


def mittens(site: Site, values: Mittens) -> Surface:
    made = []
    for side in "LR":
        hand = _hand(site.model, side, values.cuff)
        fingers = ~hand.is_thumb
        made.append(
            _bag(site, hand, hand.places[fingers], hand.frame, values.ease, values.stuffing)
        )
        thumb = hand.places[hand.is_thumb]
        axis = np.linalg.svd(thumb - thumb.mean(0), full_matrices=False)[2][0]
        axis *= np.sign(axis @ hand.frame[0])
        back = hand.frame[2] - (hand.frame[2] @ axis) * axis
        back /= np.linalg.norm(back)
        sign = np.sign(np.linalg.det(hand.frame))
        frame = np.stack([axis, np.cross(back, axis) * sign, back])
        made.append(_bag(site, hand, thumb, frame, values.thumb, 0.4 * values.stuffing))
    return join(made)


def _hand(model: BodyModel, side: str, cuff: float) -> Hand:
    heads, names = model.canonical.rig.heads, model.bone_names
    wrist, middle, index, little = (
        heads[names.index(f"{bone}.{side}")].astype(float)
        for bone in ("wrist", "finger3-1", "finger2-1", "finger5-1")
    )
    along = solids.unit(middle - wrist)
    across = index - little
    across = solids.unit(across - (across @ along) * along)
    back = np.cross(along, across) * (1 if side == "R" else -1)
    thumbs = [n for n, name in enumerate(names) if name.startswith("finger1-") and name[-1] == side]
    skin = np.unique(model.groups["body"].corners)
    places = model.canonical.vertices[skin]
    near = (places - wrist) @ along > -cuff
    near &= np.linalg.norm(places - wrist, axis=1) < 0.26
    share = model.bones.weights[skin[near]][:, thumbs].sum(1)
    frame = np.stack([along, across, back])
    return Hand(skin[near].astype(np.int32), places[near], share > 0.5, frame, wrist)


def _bag(
    site: Site, hand: Hand, points: Floats, frame: Floats, ease: float, stuffing: float
) -> Surface:
    """Rings round the points along the frame's first row, closed at the tip."""
    local = points @ frame.T
    low, high = local[:, 0].min(), local[:, 0].max() + ease
    levels = low + (high - low) * (1 - (1 - np.linspace(0, 1, LEVELS)) ** 1.5)
    spans = np.array([_span(local, level) for level in levels])
    for _ in range(2):
        spans[1:-1] = 0.5 * spans[1:-1] + 0.25 * (spans[2:] + spans[:-2])
    share = (levels - low) / (high - low)
    # The tip closes like the end of an egg.
    tip = np.sqrt(np.clip(1 - np.clip((share - 0.72) / 0.28, 0, 1) ** 2.4, 0.004, 1))
    middle = (spans[:, :2] + spans[:, 2:]) / 2
    half = (spans[:, 2:] - spans[:, :2]) / 2 + ease
    puff = stuffing * np.clip((share - 0.25) / 0.3, 0, 1)
    middle[:, 1] += 0.6 * puff
    half = (half + puff[:, None] * [0.7, 1.0]) * tip[:, None]
    turn = np.arange(AROUND) * 2 * np.pi / AROUND
    circle = np.stack([np.cos(turn), np.sin(turn)], 1)
    circle = np.sign(circle) * np.abs(circle) ** 0.8
    flat = middle[:, None] + half[:, None] * circle[None]
    rings = np.concatenate([np.repeat(levels[:, None, None], AROUND, 1), flat], 2)
    made = solids.rings(rings @ frame, ["cloth"] * (LEVELS - 1))
    if np.linalg.det(frame) < 0:
        made = solids.flipped(made)
    mix = near_mix(site.model, made.places, hand.vertices, hand.places)
    return sewn(made, mix, made.places - mix @ site.model.canonical.vertices)


def _span(local: Floats, level: float) -> Floats:
    """Least and greatest across and out, near a level."""
    near = local[np.abs(local[:, 0] - level) < 0.012]
    if len(near) < 4:
        near = local[np.argsort(np.abs(local[:, 0] - level))[:8]]
    return np.concatenate([near[:, 1:].min(0), near[:, 1:].max(0)])

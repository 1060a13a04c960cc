# SPDX-License-Identifier: GPL-3.0-or-later
"""Gradients as pictures that fill strokes, and where in a stroke's own plane the picture lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...shared.vector_clip import Paint, VectorShape

Floats = NDArray[np.floating[Any]]
LONG, SHORT = 256, 4
"""Pixels of a gradient's picture: along a linear one and across it; a radial one is square."""
MARGIN = 4 / LONG
"""The share that a picture reaches beyond what it has to cover."""
SMALLEST = 1e-6
"""Canvas units; a gradient that is flatter than this is one color, its last."""


@dataclass(frozen=True)
class Ramp:
    """A gradient's picture and, frame by frame, the canvas seen from it: (T, 2, 3) maps to 0 to 1
    along its sides that turn, mirror and scale alone, for strokes can do no more."""

    picture: NDArray[np.float32]
    from_canvas: Floats


def ramp_of(shape: VectorShape) -> Ramp | None:
    """None for a paint of one color. Linear gradients move as they should in each frame, radial
    ones but for how they become longer or skewed."""
    paint = shape.paint
    frames = shape.paint_frames if len(shape.paint_frames) else paint.frame[None]
    frames = np.broadcast_to(frames.astype(np.float64), (len(shape.points), 2, 3))
    if paint.kind == "solid" or np.abs(np.linalg.det(frames[..., :2])).min() < SMALLEST:
        return None
    seen = _along(frames) if paint.kind == "linear" else _around(frames)
    spots = np.einsum("tij,tpj->tpi", seen[..., :2], shape.points) + seen[:, None, :, 2]
    if paint.kind == "linear":
        low, high = spots[..., 0].min(), spots[..., 0].max()
    else:
        high = np.linalg.norm(spots, axis=-1).max()
        low = -high
    reach = max(high - low, SMALLEST) * (1 + 2 * MARGIN)
    low -= MARGIN * reach
    fitted = seen / reach
    fitted[..., 2] -= low / reach
    along = low + reach * (np.arange(LONG) + 0.5) / LONG
    if paint.kind == "linear":
        return Ramp(np.repeat(_colors(paint, along)[None], SHORT, axis=0), fitted)
    grid = np.stack(np.meshgrid(along, along), axis=-1)
    unit = grid @ np.linalg.inv(frames[0, :, :2]).T
    return Ramp(_colors(paint, np.linalg.norm(unit, axis=-1)), fitted)


def color_of(paint: Paint) -> tuple[float, ...]:
    """The one color of a paint that has no picture."""
    return tuple(float(value) for value in paint.colors[-1])


def make_image(name: str, picture: NDArray[np.float32]) -> Any:
    """A packed image; the picture's rows are from below."""
    height, width = picture.shape[:2]
    image = bpy.data.images.new(name, width, height, alpha=True)
    image.pixels.foreach_set(picture.ravel())
    image.pack()
    return image


def texture_space(knots: Floats, from_plane: Floats) -> tuple[Floats, Floats, Floats]:
    """Rotations (T,), translations (T, 2) and scales (T, 2), as Blender keeps them for each stroke
    of Grease Pencil, of maps (T, 2, 3) from metres to the right and up.

    A stroke's own axes begin at its first knot, the first along its first piece, the second at
    right angles to it in the stroke's plane, whose side is the sense of its knots (T, n, 2). A
    place on them is divided by the scales, turned, moved by the translation and by half a picture.
    """
    origin = knots[:, 0]
    first = knots[:, 1] - origin
    first = first / np.maximum(np.linalg.norm(first, axis=-1, keepdims=True), 1e-12)
    side = np.where(_turns(knots) > 0, 1.0, -1.0)[:, None]
    second = side * np.stack([first[:, 1], -first[:, 0]], axis=-1)
    axes = np.stack([first, second], axis=-1)
    turned = from_plane[..., :2] @ axes
    begins = np.einsum("tij,tj->ti", from_plane[..., :2], origin) + from_plane[..., 2]
    rotation = np.arctan2(turned[:, 1, 0], turned[:, 0, 0])
    across = np.stack([-np.sin(rotation), np.cos(rotation)], axis=-1)
    wide = np.linalg.norm(turned[:, :, 0], axis=-1)
    high = (turned[:, :, 1] * across).sum(-1)
    return rotation, begins - 0.5, 1 / np.stack([wide, high], axis=-1)


def _turns(knots: Floats) -> Floats:
    """(T,) the part towards +Y of a closed line's normal, by Newell, in the plane XZ."""
    x, z = knots[..., 0], knots[..., 1]
    before_x, before_z = np.roll(x, 1, axis=1), np.roll(z, 1, axis=1)
    return np.asarray(((before_z - z) * (before_x + x)).sum(1))


def _along(frames: Floats) -> Floats:
    """(T, 2, 3) maps of the canvas to a linear gradient's own place in the first axis; the second
    is as long and at right angles to it, since nothing changes along it."""
    first = np.linalg.inv(frames[..., :2])[:, 0]
    turn = np.stack([first, np.stack([-first[:, 1], first[:, 0]], -1)], axis=-2)
    return _begun_at(frames[..., 2], turn)


def _around(frames: Floats) -> Floats:
    """(T, 2, 3) maps of the canvas to how a radial gradient lay in the first frame, its center at
    the origin: for each frame the turn and scale that come nearest to how it went on."""
    went = frames[..., :2] @ np.linalg.inv(frames[0, :, :2])
    cosine = (went[:, 0, 0] + went[:, 1, 1]) / 2
    sine = (went[:, 1, 0] - went[:, 0, 1]) / 2
    back = np.stack([np.stack([cosine, sine], -1), np.stack([-sine, cosine], -1)], axis=-2)
    return _begun_at(frames[..., 2], back / (cosine**2 + sine**2)[:, None, None])


def _begun_at(origins: Floats, turns: Floats) -> Floats:
    shift = -np.einsum("tij,tj->ti", turns, origins)
    return np.concatenate([turns, shift[..., None]], axis=-1)


def _colors(paint: Paint, at: Floats) -> NDArray[np.float32]:
    """(..., 4) sRGB and alpha of places on the gradient."""
    if paint.spread == "repeat":
        at = at % 1.0
    elif paint.spread == "reflect":
        at = 1.0 - np.abs(at % 2.0 - 1.0)
    channels = [np.interp(at, paint.stops, paint.colors[:, channel]) for channel in range(4)]
    return np.stack(channels, axis=-1).astype(np.float32)

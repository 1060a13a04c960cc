# SPDX-License-Identifier: Apache-2.0
"""Finds a drawn person's joints with a small network and fits them to what is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from scipy.ndimage import distance_transform_edt, label
from torch import Tensor
from torch.nn import functional

from ..drawing import CANVAS, Points
from .joints import LIMBS, likeliest
from .network import PIXELS, PersonNetwork

WEIGHTS = Path(__file__).with_name("people.safetensors")
FILLS = 0.9
"""The share of the network's picture that the drawing's larger side takes."""
DRAWN = 0.2
"""Alpha from which a pixel is drawn."""
FOLDED = 0.2
"""A forearm or shin that is so short beside the limb's upper bone was not seen."""
INSIDE = 1.5
"""Canvas units that a joint keeps from the silhouette's edge, where the limb is so wide."""


@dataclass(frozen=True)
class Person:
    """`points` (13, 2) in canvas units, in the order of `PERSON`.

    `confidence` (13,) is how much of its heat map lies where a point was found, `likeness` how
    sure it is that this is a person at all; both 0..1.
    """

    points: Points
    confidence: NDArray[np.float64]
    likeness: float


def find_person(picture: NDArray[np.uint8]) -> Person:
    """The joints in a picture (256, 256, 4) of the whole canvas, straight alpha; one person."""
    corner, side = _window(picture)
    shown = _cut(picture, corner, side)
    with torch.no_grad():
        heat, likeness = _load()(torch.cat([shown, shown.flip(-1)]))
    chance = heat[0].flatten(1).double().softmax(-1).view_as(heat[0]).numpy()
    places, confidence = likeliest(chance, (shown[0, 3] > DRAWN).numpy())
    # A person is one in the mirror, too.
    sure = float(likeness.min().sigmoid())
    points = _fitted(_unfolded(corner + places * side), picture)
    return Person(points, confidence, sure)


@cache
def _load() -> PersonNetwork:
    network = PersonNetwork()
    network.load_state_dict({name: value.float() for name, value in load_file(WEIGHTS).items()})
    return network.eval()


def _window(picture: NDArray[np.uint8]) -> tuple[Points, float]:
    """Left upper corner and side, in canvas units, of the square that the network sees."""
    rows, columns = np.nonzero(picture[..., 3] > 255 * DRAWN)
    unit = CANVAS / len(picture)
    if not len(rows):
        return np.zeros(2), float(CANVAS)
    low = np.array([columns.min(), rows.min()]) * unit
    high = np.array([columns.max() + 1, rows.max() + 1]) * unit
    side = float((high - low).max()) / FILLS
    return (low + high - side) / 2, side


def _cut(picture: NDArray[np.uint8], corner: Points, side: float) -> Tensor:
    """(1, 4, PIXELS, PIXELS) premultiplied, of the square."""
    whole = torch.from_numpy(picture.astype(np.float32) / 255).permute(2, 0, 1)[None]
    premultiplied = torch.cat([whole[:, :3] * whole[:, 3:], whole[:, 3:]], 1)
    # Sampled more finely than it is shown, then averaged.
    fine = 4 * PIXELS
    ruler = (torch.arange(fine) + 0.5) / fine * side
    x, y = ((corner[axis] + ruler) / CANVAS * 2 - 1 for axis in (0, 1))
    grid = torch.stack([x[None].expand(fine, -1), y[:, None].expand(-1, fine)], -1)[None].float()
    sampled = functional.grid_sample(premultiplied, grid, align_corners=False)
    return functional.avg_pool2d(sampled, 4)


def _unfolded(points: Points) -> Points:
    """Elbows and knees that lie on the limb's end go to its middle."""
    points = points.copy()
    for start, middle, end in (limb for pair in LIMBS for limb in pair):
        lower = np.linalg.norm(points[end] - points[middle])
        if lower < FOLDED * np.linalg.norm(points[middle] - points[start]):
            points[middle] = (points[start] + points[end]) / 2
    return points


def _fitted(points: Points, picture: NDArray[np.uint8]) -> Points:
    """Points that lie beside the drawing go to the nearest place well inside its largest pieces."""
    drawn = picture[..., 3] > 255 * DRAWN
    if not drawn.any():
        return points
    pieces, count = label(drawn)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    body = np.isin(pieces, 1 + np.flatnonzero(sizes >= 0.05 * sizes.max()))
    unit = CANVAS / len(picture)
    depth = distance_transform_edt(body) * unit
    rows, columns = np.nonzero(body & (depth >= min(INSIDE, float(depth.max()))))
    inner = (np.stack([columns, rows], -1) + 0.5) * unit
    fitted = points.copy()
    for number, point in enumerate(points):
        column, row = np.clip((point / unit).astype(int), 0, len(picture) - 1)
        if depth[row, column] < INSIDE:
            fitted[number] = inner[((inner - point) ** 2).sum(1).argmin()]
    return fitted

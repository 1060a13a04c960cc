# SPDX-License-Identifier: Apache-2.0
"""Makes a puppet of a drawing: its layers' meshes, what holds them, what they wear."""

from __future__ import annotations

import numpy as np
import shapely
import torch
from shapely.geometry.base import BaseGeometry
from torch import Tensor
from torch.nn.functional import avg_pool2d

from ..drawing import Drawing, Layer, Points, Skeleton
from ..painting import paint
from .arap import Arap, prepare
from .handles import find_handles
from .puppet import Puppet, PuppetLayer, Texture
from .seams import Seam, find_seams
from .silhouette import filled, ink_of, region_around
from .triangulate import triangulate

TEXTURE = 1024
SMALLEST_TEXTURE = 64
UNSEEN = shapely.box(120, 120, 136, 136)
"""Where the mesh of a layer without ink lies."""


def make_puppet(
    drawing: Drawing,
    skeleton: Skeleton,
    layers: tuple[Layer, ...],
    device: torch.device | str = "cpu",
) -> Puppet:
    """A puppet ready to follow tracks. Every shape belongs to exactly one of the layers."""
    inks = [ink_of(drawing.shapes[index] for index in layer.shapes) for layer in layers]
    seams = find_seams(skeleton, layers, inks)
    parts = tuple(
        _layer(drawing, skeleton, layers[index], inks[index], seams[index], device)
        for index in range(len(layers))
    )
    runs = _runs(drawing, layers)
    textures = tuple(
        Texture(index, _levels(_painted(drawing, shapes), device)) for index, shapes in runs
    )
    points = torch.tensor(skeleton.points, dtype=torch.float32, device=device)
    edges = torch.tensor(skeleton.edges, device=device)
    return Puppet(drawing, skeleton, layers, parts, textures, points, edges)


def _layer(
    drawing: Drawing,
    skeleton: Skeleton,
    layer: Layer,
    ink: BaseGeometry,
    seams: list[Seam],
    device: torch.device | str,
) -> PuppetLayer:
    region = region_around(ink) or [UNSEEN]
    vertices, triangles = triangulate(region, skeleton.points[list(layer.keypoints)])
    handles = find_handles(vertices, triangles, skeleton, layer, seams)
    arap = prepare(vertices, triangles, handles.shares, handles.weights)

    def put(array: np.ndarray) -> Tensor:
        return torch.tensor(array, dtype=torch.float32, device=device)

    return PuppetLayer(
        layer.name,
        put(vertices),
        torch.tensor(triangles, device=device),
        put(_depths(drawing, layer, vertices[triangles])),
        Arap(*(part.to(device, torch.float32) for part in vars(arap).values())),
        put(handles.anchors),
        put(handles.turns),
        put(handles.offsets),
        put(handles.edge_turns),
        handles.pinned,
    )


def _depths(drawing: Drawing, layer: Layer, corners: Points) -> np.ndarray:
    """(F,) places in an order: triangles (F, 3, 2) that the last shapes reach into come first."""
    inward = (corners + corners.mean(1, keepdims=True)) / 2
    places = np.concatenate([corners, inward], 1)
    top = np.full(len(corners), -1)
    for index in layer.shapes:
        area = filled(drawing.shapes[index])
        shapely.prepare(area)
        top[shapely.contains_xy(area, places[..., 0], places[..., 1]).any(1)] = index
    return np.argsort(np.argsort(-top, kind="stable"))


def _runs(drawing: Drawing, layers: tuple[Layer, ...]) -> list[tuple[int, list[int]]]:
    """Shapes of one layer that may be painted in one go, as (layer, shapes), in order of paint.

    A shape joins an earlier run of its layer if nothing painted in between touches it.
    """
    owner = {shape: index for index, layer in enumerate(layers) for shape in layer.shapes}
    runs: list[tuple[int, list[int]]] = []
    covered: list[BaseGeometry] = []
    for index, shape in enumerate(drawing.shapes):
        area = filled(shape)
        place = len(runs)
        for earlier in range(len(runs) - 1, -1, -1):
            if runs[earlier][0] == owner[index]:
                place = earlier
                break
            if covered[earlier].intersects(area):
                break
        if place == len(runs):
            runs.append((owner[index], []))
            covered.append(shapely.MultiPolygon())
        runs[place][1].append(index)
        covered[place] = shapely.union_all([covered[place], area])
    return runs


def _painted(drawing: Drawing, shapes: list[int]) -> np.ndarray:
    return paint(drawing, TEXTURE, [drawing.shapes[index] for index in shapes])


def _levels(picture: np.ndarray, device: torch.device | str) -> tuple[Tensor, ...]:
    """Premultiplied RGBA 0 to 1 of a picture (S, S, 4) uint8, and its halves."""
    straight = torch.tensor(picture, dtype=torch.float32, device=device) / 255
    levels = [torch.cat([straight[..., :3] * straight[..., 3:], straight[..., 3:]], -1)]
    while len(levels[-1]) > SMALLEST_TEXTURE:
        halved = avg_pool2d(levels[-1].permute(2, 0, 1), 2)
        levels.append(halved.permute(1, 2, 0).contiguous())
    return tuple(levels[1:])

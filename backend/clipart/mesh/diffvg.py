# SPDX-License-Identifier: Apache-2.0
"""A puppet's pictures by diffvg, where the user has built it; its gradients are the curves' own.

`pydiffvg` is not on PyPI; https://github.com/BachiLi/diffvg tells how it is built.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..drawing import CANVAS, Paint, Points, Shape
from .binding import bind
from .curves import at_parameters
from .puppet import Puppet

LONGEST = 5.0
"""Curves are cut into pieces about this long, in canvas units, for the mesh to bend them."""
SAMPLES = 2


def is_available() -> bool:
    return find_spec("pydiffvg") is not None


@dataclass(frozen=True)
class _Chain:
    """Closed cubics of n pieces on a layer: of each control point (3 n) its triangle's corners and
    their shares (3 n, 3)."""

    layer: int
    corners: Tensor
    shares: Tensor


def render(puppet: Puppet, tracks: Tensor, pixels: int) -> Tensor:
    """(T, 3, pixels, pixels) on white, as `Puppet.render`; differentiable."""
    chains = [_chains(puppet, index) for index in range(len(puppet.drawing.shapes))]
    moved = puppet.deform(tracks)
    painted = puppet.shapes(tracks)
    frames = []
    for frame in range(len(tracks)):
        shapes: list[list[Tensor]] = []
        fills = []
        for index, shape in enumerate(puppet.drawing.shapes):
            places = [moved[chain.layer][frame] for chain in chains[index]]
            pairs = zip(chains[index], places, strict=True)
            shapes.append([
                (chain.shares[..., None] * place[chain.corners]).sum(1) * (pixels / CANVAS)
                for chain, place in pairs
            ])  # fmt: skip
            follows = painted[index].paint_frames
            fills.append(_fill(shape.paint, follows[frame : frame + 1], pixels / CANVAS))
        frames.append(_drawn(puppet.drawing.shapes, shapes, fills, pixels))
    return torch.stack(frames).to(puppet.device)


def _chains(puppet: Puppet, index: int) -> list[_Chain]:
    layer = next(i for i, sheet in enumerate(puppet.sheets) if index in sheet.shapes)
    mesh = puppet.layers[layer]
    vertices, triangles = mesh.vertices.double().cpu().numpy(), mesh.triangles.cpu().numpy()
    chains = []
    for contour in puppet.drawing.shapes[index].contours:
        bound = bind(_pieces(contour), vertices, triangles)
        corners = torch.tensor(bound.corners, device=puppet.device)
        shares = torch.tensor(bound.shares, dtype=torch.float32, device=puppet.device)
        chains.append(_Chain(layer, corners, shares))
    return chains


def _pieces(contour: Points) -> Points:
    """(3 n, 2): a chain of cubics cut into equal parts of each, without its last point."""
    cut = []
    for start in range(0, len(contour) - 1, 3):
        curve = contour[start : start + 4]
        length = np.linalg.norm(np.diff(curve, axis=0), axis=1).sum()
        count = max(1, int(np.ceil(length / LONGEST)))
        ticks = np.linspace(0, 1, 3 * count + 1)
        places = at_parameters(curve[None], ticks)[0]
        for piece in range(count):
            a, b, c, d = places[3 * piece : 3 * piece + 4]
            # The cubic through four places at equal steps.
            inner = (-5 * a + 18 * b - 9 * c + 2 * d, 2 * a - 9 * b + 18 * c - 5 * d)
            cut += [a, inner[0] / 6, inner[1] / 6]
    return np.array(cut)


def _drawn(
    shapes: tuple[Shape, ...], chains: list[list[Tensor]], fills: list[Any], pixels: int
) -> Tensor:
    """(3, pixels, pixels) of closed cubics with their fills, on white."""
    import pydiffvg

    pydiffvg.set_use_gpu(chains[0][0].is_cuda)
    paths: list[Any] = []
    groups = []
    for shape, closed, fill in zip(shapes, chains, fills, strict=True):
        own = torch.arange(len(paths), len(paths) + len(closed))
        for points in closed:
            inner = torch.full((len(points) // 3,), 2, dtype=torch.int32)
            paths.append(
                pydiffvg.Path(
                    inner, points.contiguous(), is_closed=True, stroke_width=torch.tensor(0.0)
                )
            )
        groups.append(pydiffvg.ShapeGroup(own, fill, use_even_odd_rule=shape.is_even_odd))
    scene = pydiffvg.RenderFunction.serialize_scene(pixels, pixels, paths, groups)
    seen = pydiffvg.RenderFunction.apply(pixels, pixels, SAMPLES, SAMPLES, 0, None, *scene)
    picture: Tensor = seen[..., :3] * seen[..., 3:] + 1 - seen[..., 3:]
    return picture.permute(2, 0, 1)


def _fill(paint: Paint, follows: np.ndarray, scale: float) -> Any:
    """diffvg's color or gradient; gradients that are skewed become the nearest that are not."""
    import pydiffvg

    colors = torch.tensor(paint.colors)
    if paint.kind == "solid":
        return colors[0]
    frame = torch.tensor(follows[0] * scale, dtype=torch.float32)
    stops = torch.tensor(paint.stops)
    if paint.kind == "linear":
        across = torch.linalg.inv(frame[:, :2])[0]
        end = frame[:, 2] + across / across.square().sum()
        return pydiffvg.LinearGradient(frame[:, 2], end, stops, colors)
    radii = frame[:, :2].norm(dim=0)
    return pydiffvg.RadialGradient(frame[:, 2], radii, stops, colors)

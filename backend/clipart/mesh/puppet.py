# SPDX-License-Identifier: Apache-2.0
"""A drawing that its keypoints move: vertices, pictures with gradients, and curves, frame by frame.

Only torch and numpy are needed here; `making.make_puppet` makes a puppet.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..drawing import Drawing, Layer, Points, Skeleton
from .arap import Arap, solve, turned, turns, unit
from .binding import bind, carried_curves
from .guard import unfolded
from .triangles import Triangles
from .warp import Coat, Cover, warp

STIFF = 0.9
"""How much of a mesh edge's turn is that of the bones it belongs to; the rest is step one's."""
MOST_STRETCH = 2.5
"""Bones stretch and shrink what is beside them by no more."""
SHARP = 1.3
"""Texels that a pixel's side should at least have."""


@dataclass(frozen=True)
class PuppetLayer:
    """A layer's mesh at rest, (V, 2) float32 and (F, 3) int64, and what moves it.

    `depths` (F,) order the triangles by what is painted on them, the topmost first; `pinned` are
    the vertices at keypoints.
    """

    name: str
    vertices: Tensor
    triangles: Tensor
    depths: Tensor
    arap: Arap
    anchors: Tensor
    turns: Tensor
    offsets: Tensor
    edge_turns: Tensor
    pinned: NDArray[np.int64]


@dataclass(frozen=True)
class Texture:
    """A run of shapes of one layer: premultiplied RGBA (S, S, 4), and its halves, and theirs."""

    layer: int
    levels: tuple[Tensor, ...]


@dataclass(frozen=True)
class MovedShape:
    """A shape in T frames, as `VectorShape` has it: float32 `points` (T, P, 2), int32 `starts`.

    `paint_frames` (T, 2, 3) float32 are where its gradient goes, (0, 2, 3) with a single color.
    """

    layer: int
    starts: NDArray[np.int32]
    points: NDArray[np.float32]
    paint_frames: NDArray[np.float32]


@dataclass(frozen=True)
class Puppet:
    """`points` (K, 2) and `edges` (M, 2) are the skeleton's; tracks are (T, K, 2) canvas units."""

    drawing: Drawing
    skeleton: Skeleton
    sheets: tuple[Layer, ...]
    layers: tuple[PuppetLayer, ...]
    textures: tuple[Texture, ...]
    points: Tensor
    edges: Tensor

    @property
    def device(self) -> torch.device:
        return self.points.device

    def to(self, device: torch.device | str) -> Puppet:
        moved: Puppet = _put(self, device)
        return moved

    def deform(self, tracks: Tensor) -> tuple[Tensor, ...]:
        """For each layer (T, V, 2), differentiable."""
        points = tracks.to(self.points)
        edge_turns = self._edge_turns(points)
        stretch = self._stretch(edge_turns)
        return tuple(_deformed(layer, points, edge_turns, stretch) for layer in self.layers)

    def _edge_turns(self, points: Tensor) -> Tensor:
        """(T, M, 2): how each of the skeleton's edges is turned and scaled, as (c, s)."""
        rest, now = (
            place[..., self.edges[:, 1], :] - place[..., self.edges[:, 0], :]
            for place in (self.points, points)
        )
        square = rest.square().sum(-1).clamp(min=1e-6)
        c = (rest * now).sum(-1) / square
        s = (rest[..., 1] * now[..., 0] - rest[..., 0] * now[..., 1]) / square
        return torch.stack([c, s], -1)

    def _stretch(self, edge_turns: Tensor) -> Tensor:
        """(T, M, 3): xx, xy and yy of what stretching the skeleton's edges adds to the identity.

        Things and animals keep their area: what is pressed flat widens. People's limbs that
        shorten point at us and keep their width.
        """
        rest = self.points[self.edges[:, 1]] - self.points[self.edges[:, 0]]
        x, y = (rest / rest.norm(dim=1, keepdim=True).clamp(min=1e-3)).unbind(1)
        size = (edge_turns.square().sum(-1) + 1e-8).sqrt().clamp(1 / MOST_STRETCH, MOST_STRETCH)
        along = size - 1
        across = torch.zeros_like(size) if self.skeleton.is_person else 1 / size - 1
        parts = (along * x * x + across * y * y, (along - across) * x * y)
        return torch.stack([*parts, along * y * y + across * x * x], -1)

    def render(self, tracks: Tensor, pixels: int, alpha: bool = False) -> Tensor:
        """(T, 3, pixels, pixels) on white or, with `alpha`, (T, 4, ...) premultiplied on nothing.

        sRGB 0 to 1 of the canvas square; differentiable.
        """
        background = torch.full((4, pixels, pixels), float(not alpha), device=self.device)
        covers = tuple(
            Cover(layer.vertices, layer.triangles, layer.depths) for layer in self.layers
        )
        coats = tuple(Coat(run.layer, _level(run, pixels)) for run in self.textures)
        pictures = warp(covers, coats, self.deform(tracks), background)
        return pictures if alpha else pictures[:, :3]

    def unfolded(self, tracks: Tensor) -> tuple[Points, ...]:
        """As `deform`, but without folds and without gradients: for what will be kept."""
        with torch.no_grad():
            moved = [place.double().cpu().numpy() for place in self.deform(tracks)]
        return tuple(
            unfolded(*_mesh(layer), place, layer.pinned)
            for layer, place in zip(self.layers, moved, strict=True)
        )

    def shapes(self, tracks: Tensor) -> tuple[MovedShape, ...]:
        """The drawing's shapes in order, as curves; a curve has more pieces only where it bends."""
        moved = self.unfolded(tracks)
        owner = {shape: index for index, layer in enumerate(self.sheets) for shape in layer.shapes}
        return tuple(
            self._moved_shape(index, owner[index], moved[owner[index]])
            for index in range(len(self.drawing.shapes))
        )

    def _moved_shape(self, index: int, layer: int, moved: Points) -> MovedShape:
        shape = self.drawing.shapes[index]
        rest, triangles = _mesh(self.layers[layer])
        change = moved - rest

        def carry(places: Points) -> Points:
            return places + bind(places, rest, triangles).carried(change)

        chains = [carried_curves(contour, carry) for contour in shape.contours]
        starts = np.cumsum([0, *(chain.shape[1] for chain in chains)])[:-1]
        frames = np.zeros((0, 2, 3))
        if shape.paint.kind != "solid":
            at_rest = np.concatenate(shape.contours)
            frames = _followed(at_rest, carry(at_rest), shape.paint.frame.astype(float))
        points = np.concatenate(chains, 1).astype(np.float32)
        return MovedShape(layer, starts.astype(np.int32), points, frames.astype(np.float32))


def _put(value: Any, device: torch.device | str) -> Any:
    """The same value with every tensor within it on a device."""
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, tuple):
        return tuple(_put(part, device) for part in value)
    if isinstance(value, Puppet | PuppetLayer | Texture | Arap):
        parts = {field.name: getattr(value, field.name) for field in fields(value)}
        return replace(value, **{name: _put(part, device) for name, part in parts.items()})
    return value


def _mesh(layer: PuppetLayer) -> tuple[Points, Triangles]:
    return layer.vertices.double().cpu().numpy(), layer.triangles.cpu().numpy()


def _deformed(layer: PuppetLayer, points: Tensor, edge_turns: Tensor, stretch: Tensor) -> Tensor:
    ahead = points.new_tensor([1e-4, 0.0])
    offsets = turned(layer.offsets, unit(layer.turns @ edge_turns + ahead))
    targets = layer.anchors @ points + offsets
    stiff = unit(layer.edge_turns @ edge_turns + ahead)
    share = STIFF * layer.edge_turns.sum(1, keepdim=True)
    turn = unit(torch.lerp(turns(layer.arap, targets), stiff, share))
    xx, xy, yy = (layer.edge_turns @ stretch).unbind(-1)
    x, y = layer.arap.edges.unbind(-1)
    longer = torch.stack([x + xx * x + xy * y, y + xy * x + yy * y], -1)
    return solve(layer.arap, targets, turned(longer, turn))


def _level(texture: Texture, pixels: int) -> Tensor:
    """The smallest picture that is still sharp in frames of this many pixels."""
    sharp = [level for level in texture.levels if len(level) >= SHARP * pixels]
    return sharp[-1] if sharp else texture.levels[0]


def _followed(rest: Points, moved: Points, frame: Points) -> Points:
    """(T, 2, 3): a paint's frame carried by the affine map nearest to how places moved."""
    center = rest.mean(0)
    columns = np.column_stack([rest - center, np.ones(len(rest))])
    # A line of places says nothing of what is across it: that stays as it was.
    kept = 1e-3 * np.eye(3)[:2]
    given = np.concatenate([columns, kept])
    aims = np.concatenate([moved, np.broadcast_to(kept[:, :2], (len(moved), 2, 2))], 1)
    solved = np.swapaxes(np.linalg.pinv(given) @ aims, 1, 2)
    linear, shift = solved[:, :, :2], solved[:, :, 2:]
    return np.concatenate(
        [linear @ frame[:, :2], linear @ (frame[:, 2:] - center[:, None]) + shift], 2
    )

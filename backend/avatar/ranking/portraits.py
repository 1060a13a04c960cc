# SPDX-License-Identifier: Apache-2.0
"""Pictures of bare grey bodies for an encoder to judge, differentiable towards their vertices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ....shared import posing
from ....shared.results import Motion
from ....shared.skeleton import INDEX, JOINTS, PARENTS
from ...kit.body import Body, load_body_model
from ...kit.raster import Cameras, antialias, backgrounds, look_at, neighbours, orbit, rasterise
from ...kit.surface import triangulate
from ..camera import FIELD_OF_VIEW
from ..lights import Recipe
from ..scenes import lighting
from ..scenes.batch import BACKGROUNDS
from ..scenes.view import FAR, MIDDLE, TALLEST
from ..shading import tone

Floats = NDArray[np.float64]

SAMPLES = 2
"""Drawn pixels for each side of a shown one."""
MARGIN = 0.06
"""Metres around a body that is fitted to its picture."""
_DROP, _BEND = 1.25, 0.15
"""Radians by which the upper arms hang down from a T-pose, and the elbows are bent."""
_RECIPE = Recipe()
_FINISH = (0.9, 0.0)


@dataclass(frozen=True)
class View:
    """From where a body is seen: fitted to the picture or, `metric`, from a fixed place, so that
    the short are small. Radians; azimuth 0 sees the front."""

    azimuth: float
    elevation: float
    is_metric: bool
    background: str
    seed: int
    color: tuple[float, float, float]
    """sRGB of the body."""


GREY, LIGHT, SKIN = (0.6, 0.6, 0.6), (0.8, 0.8, 0.8), (0.8, 0.62, 0.52)
VIEWS = (
    View(0.45, 0.08, True, "white", 1, GREY),
    View(-0.5, 0.1, False, "black", 2, LIGHT),
    View(-1.1, 0.05, True, "black", 3, SKIN),
    View(math.pi - 0.4, 0.1, False, "white", 4, LIGHT),
)


@dataclass(frozen=True, eq=False)
class Mannequin:
    """The skin's N `vertices` among the body's, its `triangles` (F, 3) of them, and the triangle
    `beside` each edge (F, 3)."""

    vertices: NDArray[np.int64]
    bone_indices: NDArray[np.int32]
    weights: NDArray[np.float32]
    triangles: Tensor
    beside: Tensor


@cache
def mannequin(device: str) -> Mannequin:
    """The skin of all bodies, without eyes and mouth."""
    model = load_body_model()
    corners = model.groups["body"].corners
    face, columns = triangulate(corners)
    triangles = corners[face[:, None], columns]
    vertices, flat = np.unique(triangles, return_inverse=True)
    faces = torch.from_numpy(flat.reshape(-1, 3).astype(np.int64)).to(device)
    return Mannequin(
        vertices.astype(np.int64),
        model.bone_indices[vertices],
        model.weights[vertices],
        faces,
        neighbours(faces),
    )


def standing(body: Body) -> NDArray[np.float32]:
    """(N, 3) the skin of a body that stands with its arms down, soles at z = 0."""
    of = mannequin("cpu")
    motion = _stance(body)
    places = posing.skin(
        body.rig, motion, body.vertices[of.vertices], of.bone_indices, of.weights, 0
    )
    places[:, 2] -= places[:, 2].min()
    return places.astype(np.float32)


def _stance(body: Body) -> Motion:
    turns = np.zeros((1, len(JOINTS), 4))
    turns[..., 0] = 1
    for side, sign in (("left", 1.0), ("right", -1.0)):
        turns[0, INDEX[f"{side}_shoulder"]] = _turned((0, 1, 0), sign * _DROP)
        turns[0, INDEX[f"{side}_elbow"]] = _turned((0, 0, 1), -sign * _BEND)
    offsets = posing.rest_offsets(body.rig)
    root = np.zeros((1, 3))
    joints = posing.joint_positions(turns, root, offsets)
    return Motion(
        "stance",
        30.0,
        JOINTS,
        np.array(PARENTS, np.int32),
        offsets.astype(np.float32),
        turns.astype(np.float32),
        root.astype(np.float32),
        joints.astype(np.float32),
    )


def _turned(axis: tuple[float, float, float], angle: float) -> Floats:
    return np.array([math.cos(angle / 2), *(math.sin(angle / 2) * np.array(axis))])


def draw(of: Mannequin, places: Tensor, views: Sequence[View], pixels: int) -> Tensor:
    """(B * W, 3, S, S) sRGB of bodies (B, N, 3) in W views, each body's views together.

    Gradients reach the places through light and silhouettes.
    """
    count, side = len(places) * len(views), pixels * SAMPLES
    each = places.repeat_interleave(len(views), 0)
    cameras = _cameras(each, list(views) * len(places), side)
    number = torch.arange(count, device=places.device)
    triangles = (of.triangles + (number * places.shape[1])[:, None, None]).view(-1, 3)
    corners = cameras.project_each(each).reshape(-1, 3)[triangles]
    picture = number.repeat_interleave(len(of.triangles))
    fragments = rasterise(corners, picture, (count, side, side))
    seeds = torch.tensor([view.seed for view in views] * len(places), device=places.device)
    surface = torch.cat([each, _normals(each, of.triangles)], 2).view(-1, 6)
    base = torch.tensor([view.color for view in views] * len(places), device=places.device)
    lights = lighting.lighting(cameras, seeds, _RECIPE)
    color = _lit(
        fragments.at_seen(surface, triangles), fragments.seen_picture, cameras.eye, base, lights
    )
    kinds = torch.tensor([BACKGROUNDS.index(view.background) for view in views] * len(places))
    empty = backgrounds(kinds.to(places.device), seeds, (side, side)).reshape(-1, 3)
    seen = empty.index_copy(0, fragments.seen, color).view(count, side, side, 3)
    beside = of.beside + (number * len(of.triangles))[:, None, None]
    beside = torch.where(of.beside < 0, -1, beside).view(-1, 3)
    smooth = antialias(seen, fragments, corners, picture, beside)
    return functional.avg_pool2d(smooth.permute(0, 3, 1, 2), SAMPLES)


def _cameras(places: Tensor, views: Sequence[View], side: int) -> Cameras:
    """A camera for each of the places (B, N, 3)."""
    rows = [(view.azimuth, view.elevation, float(view.is_metric)) for view in views]
    azimuth, elevation, metric = torch.tensor(rows, device=places.device).unbind(1)
    is_metric = metric > 0
    away = orbit(places.new_zeros(len(places), 3), azimuth, elevation, torch.ones_like(azimuth))
    axes = look_at(away, torch.zeros_like(away))
    turned = places @ axes.mT
    low, high = turned.amin(1), turned.amax(1)
    half = (high - low)[:, :2].amax(1) / 2 + MARGIN
    tan = math.tan(FIELD_OF_VIEW / 2)
    distance = torch.where(is_metric, FAR, half / tan + (high - low)[:, 2] / 2)
    middle = torch.einsum("bij,bi->bj", axes, (low + high) / 2)
    target = torch.where(is_metric[:, None], middle.new_tensor([0.0, 0.0, MIDDLE]), middle)
    focal = torch.where(is_metric, side * FAR / TALLEST, side / 2 / tan)
    centre = torch.full((len(views), 2), side / 2, device=places.device)
    return Cameras(orbit(target, azimuth, elevation, distance), axes, focal, centre)


def _normals(places: Tensor, triangles: Tensor) -> Tensor:
    """(B, N, 3) unit normals at the vertices."""
    a, b, c = (places[:, triangles[:, corner]] for corner in range(3))
    face = torch.linalg.cross(b - a, c - a)
    total = torch.zeros_like(places)
    for corner in range(3):
        total = total.index_add(1, triangles[:, corner], face)
    return functional.normalize(total, dim=2)


def _lit(
    surface: Tensor, picture: Tensor, eye: Tensor, base: Tensor, lights: lighting.Lighting
) -> Tensor:
    """(N, 3) sRGB of surface points, places and normals (N, 6), each in its picture, of which there
    are an eye, a color (B, 3) and lights."""
    place, normal = torch.split(surface, 3, dim=1)
    normal = functional.normalize(normal, dim=1)
    to_eye = functional.normalize(eye.index_select(0, picture) - place, dim=1)
    color = lighting.linear(base.index_select(0, picture))
    finish = place.new_tensor(_FINISH).expand(len(place), 2)
    return lighting.display(
        tone(lighting.lit(color, normal, to_eye, finish, lights.of(picture), _RECIPE))
    )

# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a sculpted surface: loose pieces, holes, smears, folds, lost faces."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from torch import Tensor
from torch.nn import functional
from turntables import Figure, figure_of, painted, seen_by, unlit

from kinora.backend.avatar.repaint.lab import to_lab
from kinora.backend.avatar.sculpt.start import REGIONS, Start
from kinora.backend.kit.raster import Cameras, look_at, orbit

SIDE = 320
FAR = 0.02
"""Metres between the points of two surfaces from which they do not touch."""
_LEAST = 12  # triangles of a piece worth counting
_POINTS = 60_000
_FIELD = math.radians(24)
_AROUND = (0, 45, 90, 135, 180, 225, 270, 315)
_HEIGHTS = (-50, 0, 50)
_UNSEEN = 0.25  # Lab
_FACE = 0.10  # metres around the place between the eyes


@dataclass(frozen=True)
class Soundness:
    """`floaters`: pieces that touch nothing. `inside`: of what is seen from around, above and
    below, the share that is a surface's back. `uncovered`: of the bare body's silhouette, the share
    where nothing is. `turned`: triangles that face away from where they faced. `smear`: how much
    sharper front than back is. `face_mm`: how far the face has moved, the 95th percentile."""

    floaters: int
    inside: float
    uncovered: float
    turned: int
    smear: float
    face_mm: float


def soundness(figure: Figure, start: Start) -> Soundness:
    """Of a figure made from a start; of the start itself, what it is to be held against."""
    inside, uncovered = holes(figure, start)
    return Soundness(
        floaters=floaters(figure),
        inside=inside,
        uncovered=uncovered,
        turned=turned(figure, start),
        smear=smear(figure, start),
        face_mm=1000 * face_moved(figure, start),
    )


def floaters(figure: Figure) -> int:
    """Pieces of connected triangles that nothing joins to the largest, not even by being near."""
    vertices = figure.vertices.cpu().numpy().astype(np.float64)
    triangles = figure.triangles.cpu().numpy()
    piece = _pieces(vertices, triangles)
    points, face = scattered(vertices, triangles, _POINTS)
    used, first = np.unique(triangles, return_index=True)
    points = np.concatenate([points, vertices[used]])
    of = np.concatenate([piece[face], piece[first // 3]])
    near = cKDTree(points).query_pairs(FAR, output_type="ndarray")
    pairs = of[near[of[near[:, 0]] != of[near[:, 1]]]]
    count = int(piece.max()) + 1
    linked = coo_matrix((np.ones(len(pairs), dtype=bool), pairs.T), shape=(count, count))
    _, group = connected_components(linked, directed=False)
    sizes = np.bincount(piece, minlength=count)
    apart = group != group[sizes.argmax()]
    return len(np.unique(group[apart & (sizes >= _LEAST)]))


def holes(figure: Figure, start: Start) -> tuple[float, float]:
    """`Soundness.inside` and `uncovered`."""
    bare = painted(start.solid_vertices, start.solid_triangles, start.solid_vertices)
    backs = seen = missing = whole = 0
    for height in _HEIGHTS:
        chosen = _around(start, height)
        fragments, corners = seen_by(figure, chosen, SIDE)
        there = fragments.face >= 0
        ahead = _winding(corners)[fragments.seen_face]
        backs += int((ahead > 0).sum())
        seen += int(there.sum())
        body = seen_by(bare, chosen, SIDE)[0].face >= 0
        inner = ~functional.max_pool2d((~body)[:, None].float(), 5, 1, 2)[:, 0].bool()
        missing += int((inner & ~there).sum())
        whole += int(inner.sum())
    return backs / max(seen, 1), missing / max(whole, 1)


def turned(figure: Figure, start: Start) -> int:
    """Triangles that face more than a right angle away from where they did; 0 of another mesh."""
    if figure.triangles.shape != start.triangles.shape:
        return 0
    one, two = (_across(mesh.vertices, start.triangles) for mesh in (figure, start))
    # What has no area faces nowhere.
    wide = two.norm(dim=1) > 1e-9
    return int(((one * two).sum(1) < 0)[wide].sum())


def smear(figure: Figure, start: Start) -> float:
    """How many times sharper the front is than the back: the mean step of Lab between pixels."""
    pictures = unlit(figure, start, (("front", 0.0), ("back", 180.0)), SIDE)
    steps = []
    for picture in pictures:
        lab = to_lab(picture[:3])
        is_in = picture[3] > 0.5
        inner = ~functional.max_pool2d((~is_in)[None, None].float(), 5, 1, 2)[0, 0].bool()
        right = (lab[:, :-1, 1:] - lab[:, :-1, :-1]).norm(dim=0)
        down = (lab[:, 1:, :-1] - lab[:, :-1, :-1]).norm(dim=0)
        steps.append(float((right + down)[inner[:-1, :-1]].mean()))
    # A plain figure is neither: as much is added as no eye sees.
    return (steps[0] + _UNSEEN) / (steps[1] + _UNSEEN)


def face_moved(figure: Figure, start: Start) -> float:
    """Metres from points of the start's face to the figure, the 95th percentile."""
    near = (start.vertices - start.places["face"]).norm(dim=1) < _FACE
    body = start.names.index("Body") if "Body" in start.names else 0
    used = torch.zeros(len(start.vertices), dtype=torch.bool, device=near.device)
    used[start.triangles[start.part == body].reshape(-1)] = True
    own = near & used & (start.region == REGIONS.index("head"))
    own &= start.vertices[:, 1] < start.places["head"][1]
    points = start.vertices[own]
    if not len(points):
        return math.nan
    if figure.vertices.shape == start.vertices.shape:
        moved = (figure.vertices[own] - points).norm(dim=1)
        return float(moved.quantile(0.95))
    surface, face = scattered(
        figure.vertices.cpu().numpy().astype(np.float64), figure.triangles.cpu().numpy(), 400_000
    )
    _, nearest = cKDTree(surface).query(points.cpu().numpy())
    # Across the surface there: the points on it lie millimetres apart.
    way = functional.normalize(_across(figure.vertices, figure.triangles), dim=1)
    way = way[torch.from_numpy(face[nearest]).to(way.device)]
    offset = points - torch.from_numpy(surface[nearest]).to(points)
    return float((offset * way).sum(1).abs().quantile(0.95))


def _pieces(vertices: NDArray[np.float64], triangles: NDArray[np.int64]) -> NDArray[np.int64]:
    """(F,) the number of the connected piece, over vertices at one place (0.01 mm)."""
    _, same = np.unique(np.round(vertices / 1e-5).astype(np.int64), axis=0, return_inverse=True)
    welded = same.reshape(-1)[triangles]
    ones = np.ones(2 * len(welded), dtype=bool)
    pairs = (welded[:, [0, 0]].T.reshape(-1), welded[:, [1, 2]].T.reshape(-1))
    count = int(same.max()) + 1
    _, piece = connected_components(coo_matrix((ones, pairs), shape=(count, count)), directed=False)
    return np.asarray(piece[welded[:, 0]], dtype=np.int64)


def scattered(
    vertices: NDArray[np.float64], triangles: NDArray[np.int64], count: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points (N, 3) spread over the surface by area, and the triangle of each."""
    random = np.random.default_rng(0)
    a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    face = random.choice(len(triangles), count, p=area / area.sum())
    u, v = random.random((2, count, 1))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    return a[face] + u * (b - a)[face] + v * (c - a)[face], face


def outermost(start: Start) -> Tensor:
    """(N, 3) points of the start that are seen from around, above and below."""
    figure, found = figure_of(start), []
    for height in _HEIGHTS:
        fragments, _ = seen_by(figure, _around(start, height), SIDE)
        corners = start.vertices[start.triangles[fragments.seen_face % len(start.triangles)]]
        found.append((fragments.shares[:, :, None] * corners).sum(1))
    return torch.cat(found)


def _around(start: Start, height: float) -> Cameras:
    device = start.vertices.device
    azimuth = torch.tensor([math.radians(one) for one in _AROUND], device=device)
    low, high = start.vertices.amin(0), start.vertices.amax(0)
    target = ((low + high) / 2).expand(len(azimuth), 3)
    away = torch.full_like(azimuth, float((high - low).norm()) * 0.55 / math.tan(_FIELD / 2))
    eye = orbit(target, azimuth, torch.full_like(azimuth, math.radians(height)), away)
    focal = torch.full_like(azimuth, SIDE / 2 / math.tan(_FIELD / 2))
    middle = torch.full((len(azimuth), 2), SIDE / 2, device=device)
    return Cameras(eye, look_at(eye, target), focal, middle)


def _winding(corners: Tensor) -> Tensor:
    """(F,) twice the signed area in the picture: positive where the back is seen, for y is down."""
    a, b, c = corners[..., :2].unbind(1)
    return (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]


def _across(vertices: Tensor, triangles: Tensor) -> Tensor:
    a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
    return torch.linalg.cross(b - a, c - a)

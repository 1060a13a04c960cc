# SPDX-License-Identifier: Apache-2.0
"""Kinora's body, seen from all around, against Embree's rays through the same pixels."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import trimesh

from kinora.backend.kit.body import BodyParameters, load_body_model, make_body
from kinora.backend.kit.raster import Cameras, look_at, orbit, rasterise
from kinora.backend.kit.surface import triangulate

embree = pytest.importorskip(
    "trimesh.ray.ray_pyembree", reason="needs embreex", exc_type=ImportError
)

SIDE = 224
VIEWS = 20


@pytest.fixture(scope="module")
def body():
    model = load_body_model()
    skin = model.groups["body"].corners
    face, corner = triangulate(skin)
    vertices = make_body(model, BodyParameters({"gender": 0.9, "weight": 0.8})).vertices
    return vertices.astype(np.float32), skin[face[:, None], corner].astype(np.int64)


@pytest.fixture(scope="module")
def cameras():
    """From all around, above and below, whole figures and close-ups."""
    number = torch.arange(VIEWS)
    azimuth = number * (2 * math.pi / VIEWS)
    elevation = 0.9 * torch.sin(number * 1.7)
    distance = torch.tensor([3.2, 4.0, 0.9, 6.0])[number % 4]
    target = torch.tensor([[0.0, 0, 0.85], [0, 0, 0.9], [0.0, -0.05, 1.5], [0, 0, 0.8]])[number % 4]
    eye = orbit(target, azimuth, elevation, distance)
    focal = torch.full((VIEWS,), 300.0)
    return Cameras(eye, look_at(eye, target), focal, torch.full((VIEWS, 2), SIDE / 2))


def test_silhouettes_and_depths_are_embrees(body, cameras):
    vertices, triangles = body
    places = torch.from_numpy(vertices).expand(VIEWS, -1, -1)
    corners = cameras.project_each(places)[:, torch.from_numpy(triangles)].flatten(0, 1)
    picture = torch.arange(VIEWS).repeat_interleave(len(triangles))
    seen = rasterise(corners, picture, (VIEWS, SIDE, SIDE))
    depths = seen.spread(seen.at_seen(corners[:, :, 2:]), math.inf)[..., 0].numpy()
    rays = embree.RayMeshIntersector(trimesh.Trimesh(vertices, triangles, process=False))
    for number in range(VIEWS):
        expected = traced(rays, cameras, number)
        ours, theirs = np.isfinite(depths[number]), np.isfinite(expected)
        assert theirs.sum() > 500
        assert (ours & theirs).sum() / (ours | theirs).sum() > 0.995
        off = np.abs(depths[number][ours & theirs] - expected[ours & theirs])
        assert off.max() < 0.001


def traced(rays, cameras, number):
    """(H, W) distance ahead of the camera at which rays through pixel centres hit, inf for none."""
    row, column = np.mgrid[:SIDE, :SIDE] + 0.5
    middle, focal = cameras.middle[number].numpy(), cameras.focal[number].item()
    flat = [(column - middle[0]) / focal, (row - middle[1]) / focal, np.ones_like(row)]
    directions = np.stack(flat, -1).reshape(-1, 3).astype(np.float64) @ cameras.axes[number].numpy()
    eye = cameras.eye[number].numpy().astype(np.float64)
    places, index, _ = rays.intersects_location(
        np.broadcast_to(eye, directions.shape), directions, multiple_hits=False
    )
    depth = np.full(SIDE * SIDE, math.inf)
    depth[index] = (places - eye) @ cameras.axes[number, 2].numpy().astype(np.float64)
    return depth.reshape(SIDE, SIDE)

# SPDX-License-Identifier: Apache-2.0
"""Starts of which everything is known: a ball, bare or in a shirt that is a larger half ball."""

from __future__ import annotations

import math

import torch

from kinora.backend.avatar.sculpt.start import PLACES, Start
from kinora.backend.kit.raster import Cameras, look_at, orbit

RADIUS = 0.15
SHELL = 0.21


def ball(radius=RADIUS, rings=24):
    """(V, 3) and (F, 3): a closed ball about the origin, wound outwards."""
    columns = 2 * rings
    polar = torch.arange(1, rings) * math.pi / rings
    turn = torch.arange(columns) * 2 * math.pi / columns
    level = polar.sin()[:, None]
    ring = torch.stack(
        [level * turn.cos(), level * turn.sin(), polar.cos()[:, None].expand(-1, columns)], 2
    ).view(-1, 3)
    poles = torch.tensor([[0.0, 0, 1], [0, 0, -1]])
    vertices = torch.cat([ring, poles]) * radius
    here = torch.arange(columns)
    beside = (here + 1) % columns
    faces = []
    for row in range(rings - 2):
        a, b = row * columns + here, row * columns + beside
        faces += [
            torch.stack([a, a + columns, b], 1),
            torch.stack([b, a + columns, b + columns], 1),
        ]
    top, last = len(ring), (rings - 2) * columns
    faces += [torch.stack([torch.full_like(here, top), here, beside], 1)]
    faces += [torch.stack([torch.full_like(here, top + 1), last + beside, last + here], 1)]
    return vertices, torch.cat(faces)


def start(shell=False, upright=True, slack=0.01):
    """A red ball; with a shell, a blue half ball hangs around its upper half, or like a cape around
    the side towards +X."""
    body, triangles = ball()
    names, vertices, faces = ["Body"], [body], [triangles]
    if shell:
        around, over = ball(SHELL)
        upper = over[(around[over][:, :, 2 if upright else 0] > -1e-6).all(1)]
        names.append("Shirt")
        vertices.append(around)
        faces.append(upper + len(body))
    part = torch.cat([torch.full((len(f),), n) for n, f in enumerate(faces)])
    triangles, vertices = torch.cat(faces), torch.cat(vertices)
    uvs = torch.where(part == 0, 0.25, 0.75)[:, None, None].expand(-1, 3, 2).contiguous()
    texture = torch.zeros(3, 16, 16)
    texture[0, :, :8], texture[2, :, 8:] = 0.8, 0.8
    return Start(
        tuple(names), vertices, triangles, uvs, part,
        torch.zeros(len(vertices), dtype=torch.int64), torch.full((len(vertices),), slack),
        torch.tensor([[0.9, 0.0]] * len(names)), texture, *ball(),
        {name: torch.zeros(3) for name in PLACES}, 2 * RADIUS,
    )  # fmt: skip


def cameras(azimuth=(0.0,), pixels=32, distance=1.0, reach=0.3):
    turn = torch.tensor(azimuth)
    target = torch.zeros(len(turn), 3)
    eye = orbit(target, turn, 0.2 + 0 * turn, distance + 0 * turn)
    focal = torch.full_like(turn, pixels / 2 * distance / reach)
    return Cameras(eye, look_at(eye, target), focal, torch.full((len(turn), 2), pixels / 2))

# SPDX-License-Identifier: Apache-2.0
"""A ball in a shirt and trousers, and an encoder that likes one color: sculpted in seconds."""

from __future__ import annotations

import numpy as np
import torch
import trimesh
from torch.nn import functional

from kinora.backend.avatar.sculpt.start import PLACES, REGIONS, Start
from kinora.backend.kit.encoders.encoder import Texts

WARM = (1.0, 0.5, 0.2)


class WarmEncoder:
    """Sees the mean color of a picture, and reads every sentence as the same warm color."""

    name = "warm"
    pixels = 32

    def encode_text(self, sentences):
        vector = functional.normalize(torch.tensor(WARM), dim=0)
        return Texts(vector.expand(len(sentences), 3), ())

    def encode_pictures(self, pictures):
        return functional.normalize(pictures.mean((2, 3)) + 1e-3, dim=1)


class Told:
    """Hooks that remember what they are told of steps; `stop_after` so many the user wants the best
    so far."""

    def __init__(self, checkpoint=None, stop_after=None):
        self.checkpoint, self.stop_after = checkpoint, stop_after
        self.fractions, self.pictures = [], []

    def report(self, fraction, note, picture=None):
        if " of " in note:
            self.fractions.append(fraction)
        if picture is not None:
            self.pictures.append(picture)

    def stops(self):
        return self.stop_after is not None and len(self.fractions) >= self.stop_after


def dressed_ball(detail: int = 3, radius: float = 0.25) -> Start:
    """On the floor; its upper half is a shirt on the head, the lower one trousers on the legs;
    each is a disk of the texture."""
    mesh = trimesh.creation.icosphere(detail, radius)
    mesh.apply_translation([0, 0, radius])
    solid = torch.tensor(np.array(mesh.vertices), dtype=torch.float32)
    faces = torch.tensor(np.array(mesh.faces))
    is_low = solid[faces][..., 2].mean(1) < radius
    vertices, triangles, uvs, parts = [], [], [], []
    for number, own in enumerate((faces[~is_low], faces[is_low])):
        used, local = own.unique(return_inverse=True)
        triangles.append(local + sum(map(len, vertices)))
        vertices.append(solid[used])
        flat = (solid[own][..., :2] / radius) * 0.23 + 0.25
        uvs.append(flat + torch.tensor([[0.0, 0.5], [0.5, 0.0]])[number])
        parts.append(torch.full((len(own),), number))
    every = torch.cat(vertices)
    region = torch.where(every[:, 2] > radius, REGIONS.index("head"), REGIONS.index("legs"))
    # Hands and feet are held far out, so that no camera stands inside of the ball.
    places = {name: torch.tensor([0.0, -0.4 * radius, radius]) for name in PLACES}
    for side, sign in (("left", 2.0), ("right", -2.0)):
        for limb in ("hand", "foot"):
            places[f"{side}_{limb}"] = torch.tensor([sign * radius, 0.0, radius])
    places["head"] = torch.tensor([0.0, 0.0, radius])
    return Start(
        names=("Shirt", "Trousers"),
        vertices=every,
        triangles=torch.cat(triangles),
        uvs=torch.cat(uvs),
        part=torch.cat(parts),
        region=region,
        slack=torch.full((len(every),), 0.08 * radius),
        finish=torch.tensor([[0.9, 0.0], [0.9, 0.0]]),
        texture=torch.full((3, 64, 64), 0.5),
        solid_vertices=solid,
        solid_triangles=faces,
        places=places,
        height=2 * radius,
    )

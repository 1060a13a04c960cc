# SPDX-License-Identifier: Apache-2.0
"""Small things to sculpt, and an encoder that sees little: for the published method's tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
import trimesh
from torch import Tensor
from torch.nn import functional

from kinora.backend.avatar.neus.config import Config
from kinora.backend.avatar.neus.fitting import Fit
from kinora.backend.avatar.neus.frames import Template
from kinora.backend.avatar.neus.reading import SMALL, prompts_for, shipped
from kinora.backend.kit.encoders.encoder import Texts


def template(mesh: trimesh.Trimesh) -> Template:
    vertices = torch.tensor(mesh.vertices, dtype=torch.float32)
    return Template(vertices, torch.tensor(mesh.faces, dtype=torch.int64))


def pill() -> trimesh.Trimesh:
    """A closed figure in Kinora's world: taller than wide, off the origin, its front marked by a
    nose towards -Y."""
    body = trimesh.creation.capsule(height=1.0, radius=0.3, count=(24, 24))
    nose = trimesh.creation.icosphere(subdivisions=2, radius=0.1)
    nose.apply_translation([0.0, -0.3, 0.5])
    return trimesh.util.concatenate([body, nose]).apply_translation([0.2, 0.1, 0.4])


def sphere(radius: float = 0.8) -> trimesh.Trimesh:
    return trimesh.creation.icosphere(subdivisions=3, radius=radius)


def tiny_config(steps: int = 24) -> Config:
    """The small configuration, smaller still."""
    small = shipped(SMALL)
    model = replace(
        small.model,
        sdf_network=replace(
            small.model.sdf_network, d_hidden=32, n_layers=2, skip_in=(2,), d_out=9, multires=2
        ),
        rendering_network=replace(small.model.rendering_network, d_hidden=16, d_feature=8),
        neus_renderer=replace(small.model.neus_renderer, n_samples=12, n_importance=8),
    )
    train = replace(small.train, end_iter=steps, max_ray_num=300, warm_up_end=2, learning_rate=1e-3)
    return prompts_for(replace(small, model=model, train=train), "a red ball")


TINY_FIT = Fit(steps=80, batch=512, points=4000, rate=5e-3)


@dataclass(frozen=True, eq=False)
class Daltonian:
    """Sees the mean color of a picture; every sentence asks for red."""

    name: str = "daltonian"
    pixels: int = 16

    def encode_text(self, sentences: Sequence[str]) -> Texts:
        return Texts(torch.tensor([[1.0, 0, 0]]).expand(len(sentences), 3), ())

    def encode_pictures(self, pictures: Tensor) -> Tensor:
        return functional.normalize(pictures.mean((2, 3)) + 1e-3, dim=1)


@dataclass
class Listening:
    """Hooks that keep what they are told, and stop or raise when a test wants it."""

    checkpoint: Path | None = None
    told: list[tuple[float, str]] = field(default_factory=list)
    pictures: list[Tensor] = field(default_factory=list)
    stop: Callable[[], bool] = lambda: False
    fail: Callable[[], None] = lambda: None

    def report(self, fraction: float, note: str, picture: Tensor | None = None) -> None:
        self.told.append((fraction, note))
        if picture is not None:
            self.pictures.append(picture)
        self.fail()

    def stops(self) -> bool:
        return self.stop()

# SPDX-License-Identifier: Apache-2.0
"""Makes the large character: the right amounts of everything, filled with random numbers."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from kinora.backend.system import Run
from kinora.shared.results import Character, Material, Media, Mesh, Motion, Rig
from kinora.shared.skeleton import JOINTS, PARENTS

from .params import Params

FRAMES, BONES, TEXTURE = 300, 104, 1024


def preload(device: str) -> None:
    """There is nothing to load."""


def run(params: Params, run: Run) -> Character:
    run.report(0.5, "Making the character")
    return make_character(params.vertices)


def make_character(vertices: int = 100_000) -> Character:
    """A grid of vertices with four weights each, a painted 1k texture and 300 frames."""
    random = np.random.default_rng(0)
    columns = 250
    rows = vertices // columns
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).reshape(-1)
    faces = np.stack([corner, corner + 1, corner + columns + 1, corner + columns], axis=1)
    count = rows * columns
    places = random.normal(size=(count, 3)).astype(np.float32)
    weights = random.dirichlet(np.ones(4), count).astype(np.float32)
    mesh = Mesh(
        "Body",
        places,
        faces.astype(np.int32),
        random.random((len(faces), 4, 2), dtype=np.float32),
        random.integers(0, BONES, (count, 4)).astype(np.int32),
        weights,
    )
    return Character("Benchmark", (mesh,), (make_material(),), make_rig(), 1.7, make_motion())


def make_material() -> Material:
    """A smooth random picture, so that the JPEG is as large as a painted texture's."""
    random = np.random.default_rng(1)
    coarse = random.integers(0, 255, (64, 64, 3)).astype(np.uint8)
    picture = Image.fromarray(coarse).resize((TEXTURE, TEXTURE), Image.Resampling.BICUBIC)
    with io.BytesIO() as file:
        picture.save(file, "JPEG", quality=90)
        return Material("Skin", Media.of("skin.jpg", file.getvalue()))


def make_rig() -> Rig:
    random = np.random.default_rng(2)
    heads = random.random((BONES, 3), dtype=np.float32)
    identity = np.array([1, 0, 0, 0], dtype=np.float32)
    return Rig(
        tuple(f"bone{number}" for number in range(BONES)),
        np.arange(-1, BONES - 1, dtype=np.int32),
        heads,
        heads + np.float32(0.1),
        (np.arange(BONES) % len(JOINTS)).astype(np.int32),
        np.tile(identity, (len(JOINTS), 1)),
        np.tile(identity, (BONES, 1)),
    )


def make_motion() -> Motion:
    random = np.random.default_rng(3)
    rotations = random.normal(size=(FRAMES, len(JOINTS), 4))
    rotations /= np.linalg.norm(rotations, axis=-1, keepdims=True)
    return Motion(
        "benchmark",
        30.0,
        JOINTS,
        np.array(PARENTS, dtype=np.int32),
        random.random((len(JOINTS), 3), dtype=np.float32),
        rotations.astype(np.float32),
        random.random((FRAMES, 3), dtype=np.float32),
        random.random((FRAMES, len(JOINTS), 3), dtype=np.float32),
    )

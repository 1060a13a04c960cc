# SPDX-License-Identifier: Apache-2.0
"""What was sculpted comes back onto the character, and what was not stays bit for bit."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from kinora.backend.avatar.deliver import deliver
from kinora.backend.avatar.dress import Dressed, dress
from kinora.backend.avatar.outfit import GarmentChoice, Looks, Outfit
from kinora.backend.avatar.sculpt.offsets import directions
from kinora.backend.avatar.sculpt.plan import Sculpted, State
from kinora.backend.avatar.starting import start_of
from kinora.backend.kit.body import BodyModel, load_body_model
from kinora.shared.errors import BadResultError

SIZE = 256
WAVES = 300.0
"""Radians in a metre of height."""
HEIGHT = 0.002


@pytest.fixture(scope="module")
def model() -> BodyModel:
    return load_body_model()


@pytest.fixture(scope="module")
def dressed(model) -> Dressed:
    looks = Looks((0.8, 0.6, 0.5), (0.3, 0.2, 0.1), (0.2, 0.1, 0.1), None, (0, 0, 0), 30.0, True)
    shirt = GarmentChoice("tshirt", (0.2, 0.3, 0.6))
    return dress(model, model.canonical, Outfit((shirt,), looks, ()), SIZE, 0)


@pytest.fixture(scope="module")
def start(model, dressed):
    return start_of(dressed, model, model.canonical, SIZE)


def sculpted(start, **changes) -> Sculpted:
    plain = Sculpted(
        offsets=torch.zeros(len(start.vertices)),
        texture=start.texture,
        field=None,
        scores={},
        notes=(),
        steps=0,
        views=0,
        timings={},
        state=State(),
    )
    return replace(plain, **changes)


class Waves:
    """A surface that has moved outward in level waves."""

    def moved(self, places: torch.Tensor) -> torch.Tensor:
        return HEIGHT * torch.sin(WAVES * places[:, 2])


def pixels(media) -> np.ndarray:
    with Image.open(io.BytesIO(media.data.tobytes())) as picture:
        return np.asarray(picture, np.float32) / 255


def tree(value):
    return [(mesh.name, mesh.vertices.tobytes(), mesh.uvs.tobytes()) for mesh in value.meshes]


def test_nothing_sculpted_is_the_start_bit_for_bit(dressed, start) -> None:
    for field in (None, Waves()):
        same = deliver(dressed, start, sculpted(start, field=field))
        assert tree(same) == tree(dressed)
        assert same.materials == dressed.materials
        assert same.rig is dressed.rig


def test_vertices_go_along_their_normals_and_all_else_stays(dressed, start) -> None:
    offsets = torch.zeros(len(start.vertices))
    body = dressed.meshes[0]
    offsets[: len(body.vertices)] = 0.004
    made = deliver(dressed, start, sculpted(start, offsets=offsets))
    gone = made.meshes[0].vertices - body.vertices
    assert np.allclose(np.linalg.norm(gone, axis=1), 0.004, atol=1e-5)
    assert np.allclose(gone, 0.004 * directions(start)[: len(gone)].numpy(), atol=1e-6)
    assert tree(made)[1:] == tree(dressed)[1:]
    for before, after in zip(dressed.meshes, made.meshes, strict=True):
        for name in ("faces", "uvs", "bone_indices", "weights", "shapes"):
            assert getattr(before, name) is getattr(after, name)
    assert made.materials == dressed.materials


@pytest.mark.parametrize("size", [SIZE, SIZE // 2])
def test_a_new_color_comes_where_it_was_painted_and_nowhere_else(dressed, model, size) -> None:
    start = start_of(dressed, model, model.canonical, size)
    texture = start.texture.clone()
    texture[:, : size // 2, : size // 2] = torch.tensor([0.1, 0.9, 0.2])[:, None, None]
    made = deliver(dressed, start, sculpted(start, texture=texture))
    before, after = (pixels(one.materials[0].base_color) for one in (dressed, made))
    half, edge = SIZE // 2, 16
    assert np.abs(after[half + edge :] - before[half + edge :]).max() < 0.1
    inner = after[edge : half - edge, edge : half - edge].reshape(-1, 3)
    assert np.abs(np.median(inner, axis=0) - [0.1, 0.9, 0.2]).max() < 0.03
    assert made.materials[0].normal is dressed.materials[0].normal


def test_relief_finer_than_the_mesh_goes_into_the_normal_map(dressed, start) -> None:
    offsets = torch.full((len(start.vertices),), 1e-4)
    made = deliver(dressed, start, sculpted(start, offsets=offsets, field=Waves()))
    before, after = (2 * pixels(one.materials[0].normal) - 1 for one in (dressed, made))
    assert np.abs(np.linalg.norm(after, axis=2) - 1).mean() < 0.02
    rougher = np.hypot(*np.moveaxis(after, 2, 0)[:2]) - np.hypot(*np.moveaxis(before, 2, 0)[:2])
    assert rougher.mean() > 0.01
    assert made.materials[0].base_color is dressed.materials[0].base_color


def test_what_was_sculpted_from_another_character_is_refused(dressed, start) -> None:
    with pytest.raises(BadResultError, match="not of the character"):
        deliver(dressed, start, sculpted(start, offsets=torch.zeros(7)))

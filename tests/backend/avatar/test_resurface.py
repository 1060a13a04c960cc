# SPDX-License-Identifier: Apache-2.0
"""The sculpt as a mesh: in its colors, on its bones, with clean face and hands left in place."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
import trimesh
from PIL import Image
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree
from skimage.measure import marching_cubes

from kinora.backend.avatar import resurface
from kinora.backend.avatar.dress import dress
from kinora.backend.avatar.outfit import GarmentChoice, Looks, Outfit
from kinora.backend.avatar.rebake import Painted, rebaked
from kinora.backend.avatar.sculpt.plan import Sculpted, State
from kinora.backend.avatar.sculpt.winding import inside
from kinora.backend.avatar.starting import start_of
from kinora.backend.kit.body import load_body_model
from kinora.backend.kit.closest import Surface
from kinora.shared.results import Material, Media

CELL = 0.01
BLUE = (0.1, 0.2, 0.8)


class Still:
    """A field that is its start."""

    def moved(self, places: torch.Tensor) -> torch.Tensor:
        return torch.zeros(len(places))


def body_by_cubes(model):
    """The canonical body, a little fatter, by marching cubes, with a crumb beside it."""
    quads = model.groups["body"].corners
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    places = model.canonical.vertices[triangles]
    low, high = places.reshape(-1, 3).min(0) - 0.05, places.reshape(-1, 3).max(0) + 0.05
    nodes = tuple(int(n) for n in np.ceil((high - low) / CELL))
    filled = inside(torch.from_numpy(places).float(), torch.from_numpy(low).float(), CELL, nodes)
    smooth = gaussian_filter(filled.reshape(nodes).numpy().astype(np.float32), 0.7)
    vertices, faces, _, _ = marching_cubes(smooth, 0.4, gradient_direction="ascent")
    crumb = trimesh.creation.icosphere(2, 0.004, process=False)
    crumb.apply_translation([0.6, 0, 1.8])
    whole = np.concatenate([vertices * CELL + low, crumb.vertices])
    return whole, np.concatenate([faces, crumb.faces + len(vertices)]).astype(np.int64)


@pytest.fixture(scope="module")
def character():
    """The start, dressed, and what it becomes."""
    model = load_body_model()
    looks = Looks((0.8, 0.6, 0.5), (0.3, 0.2, 0.1), (0.2, 0.1, 0.1), None, (0, 0, 0), 30.0, True)
    outfit = Outfit((GarmentChoice("tshirt", BLUE),), looks, ())
    dressed = dress(model, model.canonical, outfit, 256, 0)
    start = start_of(dressed, model, model.canonical, 256)
    nothing = torch.zeros(len(start.vertices))
    done = Sculpted(nothing, start.texture, Still(), {}, (), 0, 0, {}, State())
    vertices, triangles = body_by_cubes(model)
    with pytest.MonkeyPatch.context() as patch:
        found = (torch.from_numpy(vertices), torch.from_numpy(triangles), None)
        patch.setattr(resurface, "extract", lambda field, cell, level: found)
        patch.setattr(resurface, "MOST", 8000)
        return dressed, resurface.resurfaced(dressed, start, done)


@pytest.fixture(scope="module")
def sculpt(character):
    (found,) = (mesh for mesh in character[1].meshes if mesh.name == resurface.NAME)
    return found


def test_all_parts_pass_their_checks(character) -> None:
    made = character[1]
    assert {mesh.name for mesh in made.meshes} == {"Body", "Eyes", "Lashes", "Mouth", "Sculpt"}
    for mesh in made.meshes:
        mesh.check(len(made.rig.bone_names), len(made.materials))
        assert len(mesh.faces)
    assert made.rig is character[0].rig


def test_crumbs_are_gone_and_the_rest_lies_on_the_body(character, sculpt) -> None:
    dressed = np.concatenate([mesh.vertices for mesh in character[0].meshes])
    assert sculpt.vertices[:, 0].max() < 0.58
    assert np.quantile(cKDTree(dressed).query(sculpt.vertices)[0], 0.99) < 0.03


def test_hands_and_face_stay_as_they_were_and_the_face_works(character, sculpt) -> None:
    before, body = character[0].meshes[0], character[1].meshes[0]
    assert {shape.name for shape in body.shapes} == {shape.name for shape in before.shapes}
    assert cKDTree(before.vertices).query(body.vertices)[0].max() == 0
    tips = np.abs(body.vertices[:, 0]) > 0.5
    assert tips.any() and np.abs(sculpt.vertices[:, 0]).max() < 0.52
    jaw = {
        mesh.name: [s.name for s in mesh.shapes].count("jawOpen") for mesh in character[1].meshes
    }
    assert jaw["Body"] == jaw["Mouth"] == 1


def test_weights_are_those_of_the_body_below(character, sculpt) -> None:
    dressed, made = character
    everything = np.concatenate([mesh.vertices for mesh in dressed.meshes])
    near = cKDTree(everything).query(sculpt.vertices)[1]
    bones = len(made.rig.bone_names)

    def dense(indices, weights):
        found = np.zeros((len(indices), bones))
        np.add.at(found, (np.arange(len(indices))[:, None], indices), weights)
        return found

    indices = np.concatenate([mesh.bone_indices for mesh in dressed.meshes])
    weights = np.concatenate([mesh.weights for mesh in dressed.meshes])
    off = np.abs(
        dense(sculpt.bone_indices, sculpt.weights) - dense(indices[near], weights[near])
    ).sum(1)
    assert np.median(off) < 0.1


def test_the_shirt_is_blue_where_it_was_and_the_belly_below_it_is_not(character, sculpt) -> None:
    made = character[1]
    with Image.open(io.BytesIO(made.materials[1].base_color.data.tobytes())) as picture:
        pixels = np.asarray(picture.convert("RGB"), float) / 255
    middle = sculpt.vertices[sculpt.faces[:, :3]].mean(1)
    at = (sculpt.uvs[:, :3].mean(1) * [1, -1] + [0, 1]) * pixels.shape[0]
    color = pixels[at[:, 1].astype(int), at[:, 0].astype(int)]
    chest = (np.abs(middle[:, 0]) < 0.12) & (np.abs(middle[:, 2] - 1.25) < 0.08)
    thigh = (middle[:, 2] > 0.55) & (middle[:, 2] < 0.75) & (np.abs(middle[:, 0]) < 0.25)
    assert np.abs(np.median(color[chest], 0) - BLUE).max() < 0.15
    assert np.abs(np.median(color[thigh], 0) - (0.8, 0.6, 0.5)).max() < 0.15


def picture(values) -> Media:
    data = io.BytesIO()
    Image.fromarray(np.round(values * 255).astype(np.uint8)).save(data, "PNG")
    return Media.of("picture.png", data.getvalue())


def sheet(flip: bool):
    """A square metre that faces up, with a map as it lies, or one turned by a right angle."""
    places = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    triangles = np.array([[0, 1, 2], [0, 2, 3]])
    uvs = places[:, :2] if not flip else np.stack([1 - places[:, 1], places[:, 0]], 1)
    return places, triangles, uvs[triangles]


def test_color_and_relief_come_over_into_another_map() -> None:
    size = 128
    x, y = np.meshgrid((np.arange(size) + 0.5) / size, 1 - (np.arange(size) + 0.5) / size)
    color = np.stack([x, y, 0 * x + 0.3], 2)
    leaning = np.broadcast_to(np.array([0.6, 0.0, 0.8]) / 2 + 0.5, (size, size, 3))
    material = Material("m", picture(color), picture(leaning), roughness=0.4, metallic=0.2)
    places, triangles, uvs = sheet(flip=False)
    source = Painted(Surface(places, triangles), uvs, material)
    made = rebaked(source, *sheet(flip=True), size)
    # In the turned map u goes down the old v, and v along the old u.
    expected = np.stack([y, 1 - x, 0 * x + 0.3], 2)
    assert np.abs(made.color - expected).max() < 0.02
    assert np.abs(made.normal - [0.0, 0.6, 0.8]).max() < 0.02
    assert np.allclose(made.surface, [1.0, 0.4, 0.2], atol=1e-6)

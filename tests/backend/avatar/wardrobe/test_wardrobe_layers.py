# SPDX-License-Identifier: Apache-2.0
"""Cloth lies outside the skin and outside what is beneath it, and hides only what it covers."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from kinora.backend.avatar.dress import pattern_of
from kinora.backend.avatar.wardrobe.garments import GARMENTS
from kinora.backend.avatar.wardrobe.layers import in_order, put_on, visible_hair, visible_skin
from kinora.backend.kit.body import Body, BodyModel, BodyParameters, make_body
from kinora.shared import posing, rotations
from kinora.shared.results import Motion
from kinora.shared.skeleton import INDEX, JOINTS, PARENTS

BODIES = {
    "toddler": {"age": 0.1},
    "woman": {"gender": 1.0, "cupsize": 0.6},
    "man": {"gender": 0.0, "muscle": 0.65, "height": 0.55},
    "obese elder": {"gender": 0.0, "age": 0.95, "weight": 1.45},
}
OUTFITS = (
    ("jacket", "tshirt", "trousers", "boots", "gloves", "helmet"),
    ("dress", "shoes", "hat", "belt"),
    ("robe", "boots"),
    ("skirt", "tshirt", "shoes"),
)


def turned(axis: tuple[float, float, float], degrees: float) -> np.ndarray:
    return rotations.from_axis_angle(np.array(axis), np.radians(degrees))


STRIDE = {
    "left_hip": turned((1, 0, 0), -32),
    "left_knee": turned((1, 0, 0), 18),
    "right_hip": turned((1, 0, 0), 20),
    "right_knee": turned((1, 0, 0), 35),
    "left_shoulder": turned((0, 1, 0), 70),
    "right_shoulder": turned((0, 1, 0), 35),
    "right_elbow": turned((0, 1, 0), 60),
}


def posed(body: Body, mesh: object, turns: dict[str, np.ndarray]) -> np.ndarray:
    """Bind-pose vertices in the T-pose with some joints turned."""
    local = np.tile(np.float32([1, 0, 0, 0]), (1, len(JOINTS), 1))
    for joint, turn in turns.items():
        local[0, INDEX[joint]] = turn
    offsets = posing.rest_offsets(body.rig)
    root = body.rig.heads[posing.joint_bones(body.rig)][:1].astype(np.float64)
    motion = Motion(
        "stride",
        30.0,
        JOINTS,
        np.int32(PARENTS),
        offsets.astype(np.float32),
        local,
        root.astype(np.float32),
        posing.joint_positions(local.astype(float), root, offsets).astype(np.float32),
    )
    vertices = np.asarray(mesh.vertices, float)
    return posing.skin(body.rig, motion, vertices, mesh.bone_indices, mesh.weights, 0)


@pytest.mark.parametrize("pose", ["bind", "stride"])
@pytest.mark.parametrize("shape", BODIES.values(), ids=BODIES)
def test_less_than_one_in_a_hundred_vertices_sinks_into_the_body(
    model: BodyModel, shape: dict[str, float], pose: str
) -> None:
    body = make_body(model, BodyParameters(shape))
    corners = model.groups["body"].corners
    skin = body.vertices
    if pose == "stride":

        class Skin:
            vertices, bone_indices, weights = body.vertices, model.bone_indices, model.weights

        skin = posed(body, Skin, STRIDE)
    triangles = np.concatenate([corners[:, :3], corners[:, [0, 2, 3]]])
    surface = trimesh.Trimesh(skin, triangles, process=False)
    used = np.unique(corners)
    tree, normals = cKDTree(skin[used]), np.asarray(surface.vertex_normals)[used]
    sunk = total = 0
    for outfit in OUTFITS:
        patterns = in_order(pattern_of(model, name) for name in outfit)
        seen = np.zeros(len(skin), bool)
        seen[corners[visible_skin(model, patterns)]] = True
        for part in put_on(model, body, patterns):
            cloth = part.vertices if pose == "bind" else posed(body, part, STRIDE)
            cloth = cloth[np.unique(part.faces[part.faces >= 0])]
            near, nearest = tree.query(cloth)
            height = ((cloth - skin[used][nearest]) * normals[nearest]).sum(1)
            is_sunk = (height < -0.002) & (near < 0.06)
            if GARMENTS[part.name].slot == "feet":
                # A last shapes the foot that is not seen inside it.
                is_sunk &= seen[used][nearest]
            sunk += int(is_sunk.sum())
            total += len(cloth)
    assert sunk / total < 0.01


def test_only_covered_skin_is_hidden(model: BodyModel) -> None:
    patterns = in_order(pattern_of(model, name) for name in ("tshirt", "trousers", "gloves"))
    visible = visible_skin(model, patterns)
    corners = model.groups["body"].corners[~visible]
    surface = trimesh.Trimesh(
        model.canonical.vertices,
        np.concatenate([model.groups["body"].corners[:, k] for k in ([0, 1, 2], [0, 2, 3])]),
        process=False,
    )
    hidden = np.unique(corners)
    cloth = np.concatenate([pattern.part.canonical for pattern in patterns])
    outwards = surface.vertex_normals[hidden]
    start = model.canonical.vertices[hidden]
    near, nearest = cKDTree(cloth).query(start)
    in_front = ((cloth[nearest] - start) * outwards).sum(1)
    assert len(hidden) > 5000
    assert near.max() < 0.06
    assert (in_front > -0.002).mean() > 0.99
    bare = np.setdiff1d(np.unique(model.groups["body"].corners), hidden)
    face = model.canonical.vertices[bare]
    assert (face[:, 2] > 1.5).sum() > 3000


def test_naked_body_shows_all_its_skin(model: BodyModel) -> None:
    assert visible_skin(model, []).all()


def test_jacket_hides_the_shirt_under_it_but_not_at_its_open_front(model: BodyModel) -> None:
    alone = put_on(model, model.canonical, [pattern_of(model, "tshirt")])[0]
    patterns = in_order(pattern_of(model, name) for name in ("jacket", "tshirt"))
    under = put_on(model, model.canonical, patterns)[0]
    assert under.name == "tshirt"
    assert len(under.faces) < 0.5 * len(alone.faces)
    left = under.canonical[np.unique(under.faces[under.faces >= 0])]
    chest = (np.abs(left[:, 0]) < 0.01) & (left[:, 1] < -0.05)
    assert np.ptp(left[chest][:, 2]) > 0.3


def test_belt_tucks_the_shirt_into_trousers(model: BodyModel) -> None:
    def order(*names: str) -> list[str]:
        return [p.part.name for p in in_order(pattern_of(model, name) for name in names)]

    assert order("tshirt", "trousers") == ["trousers", "tshirt"]
    assert order("belt", "tshirt", "trousers") == ["tshirt", "trousers", "belt"]
    assert order("jacket", "belt", "tshirt", "trousers")[-1] == "jacket"


def test_trousers_go_into_boots_and_over_shoes(model: BodyModel) -> None:
    def lowest(shoe: str) -> float:
        patterns = in_order(pattern_of(model, name) for name in ("trousers", shoe))
        parts = {part.name: part for part in put_on(model, model.canonical, patterns)}
        trousers = parts["trousers"]
        return float(trousers.vertices[np.unique(trousers.faces[trousers.faces >= 0])][:, 2].min())

    assert lowest("shoes") < 0.08
    # No more than a margin and a face below the upper edge of the shaft.
    assert lowest("boots") > 0.305 - 0.045


def test_hat_holds_the_hair_on_top_and_leaves_what_hangs_below(model: BodyModel) -> None:
    places = np.array([[0, -0.03, 1.71], [0.03, -0.03, 1.70], [0, 0.0, 1.71],
                       [0, 0.06, 1.50], [0.03, 0.06, 1.50], [0, 0.06, 1.45]])  # fmt: skip
    faces = np.int32([[0, 1, 2, -1], [3, 4, 5, -1]])
    assert visible_hair(places, faces, [GARMENTS["hat"]]).tolist() == [False, True]
    assert visible_hair(places, faces, [GARMENTS["tshirt"]]).all()

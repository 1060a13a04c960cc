# SPDX-License-Identifier: Apache-2.0
"""Bodies of SMPL's family against the package smplx, which reads the converted files itself, and
against what must hold for any body; the files are made by the test."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import smpl_files
import smplx
import torch
from smplx.utils import Struct

from kinora.backend.kit.smpl import convert, fitting, model, rig, unwrap
from kinora.backend.kit.smpl.body import SmplBody, make_body
from kinora.backend.kit.smpl.families import FAMILIES, BodyFile, Family
from kinora.shared import posing, rotations
from kinora.shared.errors import MissingWeightsError
from kinora.shared.results import Motion
from kinora.shared.skeleton import BONE_OF_JOINT, INDEX, JOINTS, PARENTS

SMPL, SMPLH, SMPLX = FAMILIES
EACH = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("models")
    for family in FAMILIES:
        smpl_files.place(made, family)
    return made


@pytest.fixture
def made(folder: Path, family: Family) -> SmplBody:
    return make_body(BodyFile(family, "neutral"), 1.72, 62.0, folder)


def package_of(place: Path, family: Family) -> Any:
    """The package's own model of a converted file, with flat hands."""
    options = {"num_betas": 10, "use_pca": False, "flat_hand_mean": True}
    with contextlib.redirect_stdout(io.StringIO()):  # It tells how many betas it found.
        if family == SMPL:
            with np.load(place, allow_pickle=False) as stored:
                return smplx.SMPL("", data_struct=Struct(**stored), num_betas=10)
        kind = smplx.SMPLH if family == SMPLH else smplx.SMPLX
        return kind(str(place), ext="npz", **options)


def posed_by_package(package: Any, family: Family, betas: Any, turns: Any) -> Any:
    """Vertices and joints; what the package calls the parts of a pose."""
    parts = {"global_orient": turns[:1], "body_pose": turns[1:22]}
    if family == SMPL:
        parts["body_pose"] = turns[1:24]
    else:
        first = 25 if family == SMPLX else 22
        parts |= {"left_hand_pose": turns[first:][:15], "right_hand_pose": turns[first:][15:]}
    if family == SMPLX:
        parts |= {"jaw_pose": turns[22:23], "leye_pose": turns[23:24], "reye_pose": turns[24:25]}
    given = {name: torch.tensor(part.reshape(1, -1)).float() for name, part in parts.items()}
    seen = package(betas=torch.tensor(betas[None]).float(), **given)
    return seen.vertices[0].detach().numpy(), seen.joints[0, : len(turns)].detach().numpy()


@EACH
def test_the_package_reads_the_converted_file_and_gives_the_same_vertices(
    family: Family, tmp_path: Path
) -> None:
    file = smpl_files.write_npz(tmp_path / "a/b.npz", smpl_files.random_arrays(family, 4))
    body = BodyFile(family, "neutral")
    place = convert.convert(body, file, tmp_path)
    own = model.load_model(body, tmp_path)
    random = np.random.default_rng(2)
    betas = random.normal(0, 1.5, 10)
    turns = random.normal(0, 0.4, (len(family.bones), 3))
    wanted = posed_by_package(package_of(place, family), family, betas, turns)
    for mine, theirs in zip(model.posed(own, betas, turns), wanted, strict=True):
        assert np.abs(mine - theirs).max() < 1e-5


@EACH
def test_a_resting_body_is_its_shape(family: Family, folder: Path) -> None:
    own = model.load_model(BodyFile(family, "neutral"), folder)
    betas = np.array([1.0, -1, 0.5, 0, 0, 0, 0, 0, 0, 0])
    vertices, joints = model.posed(own, betas, np.zeros((len(family.bones), 3)))
    assert vertices == pytest.approx(model.shaped(own, betas), abs=1e-6)
    assert joints == pytest.approx(model.joints_of(own, model.shaped(own, betas)), abs=1e-6)


@pytest.mark.parametrize(("height", "mass"), [(1.72, 62), (1.6, 55), (1.8, 78), (1.5, 45)])
def test_betas_meet_height_and_mass_where_they_can(
    height: float, mass: float, folder: Path
) -> None:
    own = model.load_model(BodyFile(SMPL, "neutral"), folder)
    fit = fitting.fit(own, height, mass)
    assert fit.meets(height, mass)
    assert (fit.height_m, fit.mass_kg) == pytest.approx(model.measure(own, fit.betas))
    assert np.abs(fit.betas).max() < 3.5


def test_what_cannot_be_met_is_told_and_stays_in_range(folder: Path) -> None:
    own = model.load_model(BodyFile(SMPL, "neutral"), folder)
    fit = fitting.fit(own, 2.4, 30.0)
    assert not fit.meets(2.4, 30.0) and np.abs(fit.betas).max() <= fitting.FARTHEST


@EACH
def test_the_bind_pose_is_a_symmetric_a_pose_on_the_floor(made: SmplBody) -> None:
    body, heads = made.body, made.body.rig.heads[posing.joint_bones(made.body.rig)]
    assert body.vertices[:, 2].min() == pytest.approx(0, abs=1e-9)
    assert heads[0, :2] == pytest.approx(0, abs=1e-6)
    assert np.ptp(body.vertices[:, 2]) == pytest.approx(body.height_m, abs=0.01)
    for side, outward in (("left", 1), ("right", -1)):
        arm = heads[INDEX[f"{side}_elbow"]] - heads[INDEX[f"{side}_shoulder"]]
        assert np.degrees(np.arctan2(-arm[2], outward * arm[0])) == pytest.approx(45, abs=0.5)
    nose = body.vertices[np.abs(body.vertices[:, 0]) < 0.01][:, 1].min()
    assert nose < heads[INDEX["head"], 1] - 0.05  # It faces -Y.


@EACH
def test_the_rig_names_the_22_joints_and_what_the_family_has_beyond(made: SmplBody) -> None:
    own = made.body.rig
    assert own.bone_names[:22] == tuple(BONE_OF_JOINT[joint] for joint in JOINTS)
    assert (own.parents < np.arange(len(own.parents))).all()
    assert tuple(own.parents[:22]) == PARENTS and tuple(own.joint_of_bone[:22]) == tuple(range(22))
    extra = {"smpl": 2, "smplh": 30, "smplx": 33}[made.file.family.name]
    assert len(own.bone_names) == 22 + extra == len(set(own.bone_names))
    lengths = np.linalg.norm(own.tails - own.heads, axis=1)
    assert (lengths > 0.005).all() and (lengths < 0.6).all()
    assert made.model.weights.sum(1) == pytest.approx(1, abs=1e-5)


@EACH
def test_fingers_bend_towards_the_palm(made: SmplBody) -> None:
    """The tips of relaxed fingers lie nearer to the thighs than those of straight ones."""
    own = made.body.rig
    for bone, name in enumerate(own.bone_names):
        if name.startswith("finger") and not name.startswith("finger1"):
            along = own.tails[bone] - own.heads[bone]
            bent = rotations.rotate(own.relaxed[bone], along)
            outward = 1 if name.endswith("L") else -1
            assert outward * (bent[0] - along[0]) < 0


@EACH
def test_at_rest_in_our_t_pose_it_is_the_files_own_t_pose(made: SmplBody, folder: Path) -> None:
    """Arms level, legs straight down, as the published files rest, whose fingers are straight."""
    own = made.body.rig
    still = np.tile(np.float32([1, 0, 0, 0]), (1, 22, 1))
    root = own.heads[:1]
    offsets = posing.rest_offsets(own).astype(np.float32)
    joints = posing.joint_positions(still, root, offsets).astype(np.float32)
    motion = Motion("T", 24.0, JOINTS, np.array(PARENTS, np.int32), offsets, still, root, joints)
    motion.check()
    arms = joints[0, [INDEX["left_shoulder"], INDEX["left_elbow"], INDEX["left_wrist"]]]
    assert np.ptp(arms[:, 2]) < 1e-3 and np.ptp(arms[:, 1]) < 1e-3
    file = model.load_model(made.file, folder)
    rest = rig._upright(model.shaped(file, made.fit.betas))
    hands = np.isin(np.array(own.joint_of_bone)[file.weights.argmax(1)], [20, 21])
    indices, weights = made.model.bone_indices, made.model.weights
    ours = posing.skin(own, motion, made.body.vertices, indices, weights, 0)
    shift = (rest - ours)[~hands].mean(0)
    assert np.linalg.norm(rest - ours - shift, axis=1)[~hands].max() < 0.03


@pytest.mark.parametrize("family", [SMPL], ids=["smpl"])
def test_the_uv_map_lies_in_the_unit_square_and_is_made_once(
    made: SmplBody, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uvs = made.model.groups["body"].uvs[:, :3]
    assert uvs.min() >= 0 and uvs.max() <= 1
    first, second = uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]
    areas = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2
    assert 0.3 < areas.sum() < 1 and (areas > 0).mean() > 0.99
    monkeypatch.setattr(unwrap, "unwrapped", lambda *_: pytest.fail("made again"))
    own = model.load_model(made.file, folder)
    assert np.array_equal(unwrap.uvs_of.__wrapped__(own, folder), uvs)


def test_texture_coordinates_of_a_file_are_taken(tmp_path: Path) -> None:
    arrays = smpl_files.random_arrays(SMPLX)
    arrays["vt"] = np.random.default_rng(0).random((11313, 2))
    arrays["ft"] = np.random.default_rng(1).integers(0, 11313, (SMPLX.triangles, 3))
    own = model.made_of(BodyFile(SMPLX, "neutral"), arrays)
    assert own.uvs == pytest.approx(arrays["vt"][arrays["ft"]])
    for bad in (arrays["ft"][:-1], arrays["ft"] + 9):
        assert model.made_of(BodyFile(SMPLX, "neutral"), {**arrays, "ft": bad}).uvs is None


def test_without_the_package_it_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "find_spec", lambda _: None)
    with pytest.raises(MissingWeightsError, match="not installed") as caught:
        model.load_model(BodyFile(SMPL, "neutral"), folder)
    assert "kinora[smpl]" in caught.value.hint

# SPDX-License-Identifier: Apache-2.0
"""Characters with bodies of SMPL's family: laid onto Anny, painted after her, and moved."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import smpl_files
import trimesh
from PIL import Image
from scipy.spatial import cKDTree

from kinora.backend.avatar import pipeline, smpl
from kinora.backend.avatar.alignment import Skin, laid_onto
from kinora.backend.avatar.dress import Dressed, dress
from kinora.backend.avatar.params import Params
from kinora.backend.avatar.shape import read_shape
from kinora.backend.avatar.starting import start_of
from kinora.backend.avatar.transfer import painter, scan
from kinora.backend.avatar.wardrobe.piece import Texels
from kinora.backend.kit.body import load_body_model, make_body
from kinora.backend.kit.smpl.body import make_body as make_smpl
from kinora.backend.kit.smpl.families import FAMILIES, BodyFile
from kinora.backend.kit.surface import triangulate
from kinora.backend.kit.text import load_sentence_encoder
from kinora.shared import posing
from kinora.shared.errors import MissingWeightsError
from kinora.shared.results import Character, Material, Media, Mesh
from kinora.shared.skeleton import INDEX

SMPL, SMPLH, SMPLX = FAMILIES
ENCODER = load_sentence_encoder()
RED, BLUE = (220, 20, 20), (20, 20, 220)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("data")
    for family in FAMILIES:
        smpl_files.place(made / "models", family)
    smpl_files.place(made / "models", SMPL, "female")
    return made


def reading(prompt: str):  # type: ignore[no-untyped-def]
    return read_shape(prompt, ENCODER)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
@pytest.mark.parametrize("prompt", ["a tall slim woman", "a short man"])
def test_laid_onto_an_anny_its_skin_lies_on_hers(family, prompt: str, data: Path) -> None:
    """Against places all over her; parts meet their own parts."""
    model, said = load_body_model(), reading(prompt)
    anny = Skin(model, make_body(model, said.parameters))
    made = make_smpl(BodyFile(family, "neutral"), 1.66, 60.0, data / "models")
    own = Skin(made.model, made.body)
    places = laid_onto(own, anny)
    face, corners = triangulate(model.groups["body"].corners)
    triangles = model.groups["body"].corners[face[:, None], corners]
    surface = trimesh.Trimesh(anny.vertices, triangles, process=False)
    spread = trimesh.sample.sample_surface(surface, 400_000, seed=0)[0]
    away = cKDTree(spread).query(places)[0]
    assert np.median(away) < 0.008 and np.quantile(away, 0.95) < 0.03
    for joint in ("head", "left_wrist", "right_wrist", "left_ankle", "right_elbow"):
        mine, theirs = (
            (spots[skin.leaders == INDEX[joint]].min(0), spots[skin.leaders == INDEX[joint]].max(0))
            for skin, spots in ((own, places), (anny, anny.vertices))
        )
        assert np.abs(np.array(mine) - np.array(theirs)).max() < 0.06, joint


def ball(name: str, radius: float, color_at: float) -> Mesh:
    """A sphere about (0, 0, 1) that shows one place of the texture."""
    made = trimesh.creation.icosphere(4, radius)
    faces = np.column_stack([made.faces, np.full(len(made.faces), -1)]).astype(np.int32)
    uvs = np.broadcast_to(np.float32([color_at, 0.5]), (len(faces), 4, 2))
    nobody = np.zeros((len(made.vertices), 4), np.int32)
    whole = np.tile(np.float32([1, 0, 0, 0]), (len(made.vertices), 1))
    places = np.float32(made.vertices + np.array([0, 0, 1]))
    return Mesh(name, places, faces, uvs, nobody, whole)


def two_colors() -> Material:
    picture = Image.new("RGB", (64, 64), RED)
    picture.paste(BLUE, (32, 0, 64, 64))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return Material("both", Media.of("color.png", file.getvalue()), roughness=0.3, metallic=0.7)


def texels_on(places: np.ndarray) -> Texels:
    out = (places - [0, 0, 1]) / np.linalg.norm(places - [0, 0, 1], axis=1, keepdims=True)
    count = len(places)
    return Texels(
        places.astype(np.float32), out.astype(np.float32), np.zeros((count, 2), np.float32),
        np.zeros(count, np.int8), np.full(count, 0.002, np.float32), {},
    )  # fmt: skip


def test_of_what_is_worn_over_another_the_outer_is_seen_and_where_it_ends_the_inner() -> None:
    inner, outer = ball("Body", 0.2, 0.25), ball("Coat", 0.21, 0.75)
    upper = outer.vertices[outer.faces[:, :3]][:, :, 2].min(1) > 1.0
    outer = replace(outer, faces=outer.faces[upper], uvs=outer.uvs[upper])
    directions = np.random.default_rng(0).normal(size=(2000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    texels = texels_on([0, 0, 1] + 0.2 * directions)
    done = painter(scan((inner, outer), two_colors(), neck=2.0))(texels)
    is_blue = done.color[:, 2] > done.color[:, 0]
    height = texels.positions[:, 2]
    assert is_blue[height > 1.03].all() and not is_blue[height < 0.97].any()
    assert np.abs(done.color[height > 1.03] - np.array(BLUE) / 255).max() < 0.01
    assert done.roughness == pytest.approx(0.3) and done.metallic == pytest.approx(0.7)


def test_what_faces_the_other_way_is_not_taken() -> None:
    """Two balls almost touch: what lies between them keeps the color of its own."""
    left, right = ball("Body", 0.2, 0.25), ball("Coat", 0.2, 0.75)
    right = replace(right, vertices=right.vertices + np.float32([0.402, 0, 0]))
    angle = np.random.default_rng(1).uniform(0, 2 * np.pi, 300)
    off = np.stack([np.full(300, 0.99), 0.14 * np.cos(angle), 0.14 * np.sin(angle)], 1)
    off /= np.linalg.norm(off, axis=1, keepdims=True)
    done = painter(scan((left, right), two_colors(), neck=2.0))(texels_on([0, 0, 1] + 0.204 * off))
    assert (done.color[:, 0] > done.color[:, 2]).mean() > 0.97


def test_the_file_of_the_words_sex_is_taken_or_else_the_neutral_one(data: Path) -> None:
    folder = data / "models"
    assert smpl.chosen_file("smpl", True, folder).gender == "female"
    assert smpl.chosen_file("smpl", False, folder).gender == "neutral"
    assert smpl.chosen_file("smplx", True, folder).gender == "neutral"


def test_notes_own_up_to_what_the_body_is_not(data: Path) -> None:
    plain = reading("a woman of 1.66 m and 58 kg")
    made = smpl.smpl_body("smpl", plain, data / "models")
    [painted] = smpl.notes_on(made, plain)
    assert "painted" in painted
    child = reading("a 7 year old boy of 70 kg")
    notes = " ".join(smpl.notes_on(smpl.smpl_body("smpl", child, data / "models"), child))
    assert "neutral" in notes and "nearest" in notes and "grown" in notes


def test_without_a_file_the_job_says_so_before_it_sews(tmp_path: Path) -> None:
    with pytest.raises(MissingWeightsError, match="SMPL-X neutral is not here"):
        smpl.smpl_body("smplx", reading("a man"), tmp_path)


class Job:
    """A job that nobody watches."""

    device = "cpu"

    def __init__(self, folder: Path) -> None:
        self.folder, self.checkpoint = folder, folder / "checkpoint"
        self.checkpoint.mkdir(parents=True)

    def report(self, *_: object) -> None: ...

    def check_cancelled(self) -> None: ...

    def stops(self) -> bool:
        return False


@pytest.mark.slow
def test_a_draft_job_gives_a_moving_painted_character(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KINORA_DATA", str(data))
    params = Params("a woman", "a red T-shirt and blue jeans", "walks", body="smplx")
    character = pipeline.run(params, Job(tmp_path))  # type: ignore[arg-type]
    assert isinstance(character, Character) and len(character.meshes) == 1
    [mesh] = character.meshes
    assert len(mesh.faces) == SMPLX.triangles
    facts = json.loads((tmp_path / "result.json").read_text())
    assert facts["body"]["model"] == "SMPL-X" and len(facts["body"]["betas"]) == 10
    assert any("painted" in note for note in facts["notes"])
    with np.load(tmp_path / "motion.npz") as motion:
        assert motion["rest_offsets"] == pytest.approx(posing.rest_offsets(character.rig), abs=1e-5)
        feet = motion["joints"][:, [INDEX["left_ankle"], INDEX["right_ankle"]], 2]
        assert 0.03 < feet.min() < 0.12
        assert np.linalg.norm(np.ptp(motion["joints"][:, 0], axis=0)) > 0.5
    colors = {part: color_of(character, part) for part in ("spine2", "left_hip", "head")}
    red, blue, skin = colors["spine2"], colors["left_hip"], colors["head"]
    assert red[0] > 2 * red[1] and blue[2] > 1.2 * blue[0] and skin[0] > skin[2]


def color_of(character: Character, joint: str) -> np.ndarray:
    """The median color of what a joint carries most, at the corners of its faces."""
    [mesh] = character.meshes
    strongest = np.take_along_axis(mesh.bone_indices, mesh.weights.argmax(1)[:, None], 1)[:, 0]
    own = character.rig.joint_of_bone[strongest] == INDEX[joint]
    chosen = own[mesh.faces[:, :3]].all(1)
    with Image.open(io.BytesIO(character.materials[0].base_color.data.tobytes())) as picture:
        pixels = np.asarray(picture.convert("RGB"), float)
    size = len(pixels)
    middle = mesh.uvs[chosen, :3].mean(1)
    column, row = (middle[:, 0] * size).astype(int), ((1 - middle[:, 1]) * size).astype(int)
    return np.median(pixels[row.clip(0, size - 1), column.clip(0, size - 1)], axis=0)


def test_sculpting_can_start_from_it(data: Path) -> None:
    said = reading("a woman")
    made = smpl.smpl_body("smpl", said, data / "models")
    dressed = painted(made, said)
    [mesh] = dressed.meshes
    start = start_of(dressed, made.model, made.body, 256)
    assert start.names == ("Body",) and len(start.vertices) == len(mesh.vertices)
    assert len(start.solid_triangles) == SMPL.triangles
    surface = trimesh.Trimesh(start.solid_vertices, start.solid_triangles, process=False)
    assert surface.is_watertight and surface.volume > 0
    assert 0.8 * start.height < start.places["face"][2] < 0.97 * start.height


def painted(made, said) -> Dressed:  # type: ignore[no-untyped-def]
    model = load_body_model()
    body = make_body(model, said.parameters)
    models = pipeline.load_models()
    _, outfit = pipeline.read_words(Params("a woman", "a red dress"), models)
    return smpl.painted(made, dress(model, body, outfit, 1024, 0), (model, body), 1024)

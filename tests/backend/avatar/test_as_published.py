# SPDX-License-Identifier: Apache-2.0
"""Jobs of the published preset: their files, their surface and its armature."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import trimesh

from kinora.backend.avatar import as_published
from kinora.backend.avatar.as_published import (
    bound,
    configuration,
    sculpted_as_published,
    template_of,
)
from kinora.backend.avatar.dress import Dressed
from kinora.backend.avatar.neus.checkpoints import published as as_file
from kinora.backend.avatar.neus.extract import Mesh
from kinora.backend.avatar.neus.networks import build
from kinora.backend.avatar.neus.reading import SMALL, read
from kinora.backend.avatar.params import Params
from kinora.backend.avatar.sculpting import Worn
from kinora.backend.kit.body import BodyParameters, load_body_model, make_body
from kinora.backend.kit.encoders.encoder import Texts
from kinora.shared.errors import BadOptionError, BadResultError
from kinora.shared.results import Character, Media

TEXT = SMALL.read_text(encoding="utf-8")
NOTHING_WORN = SimpleNamespace(garments=(), looks=SimpleNamespace(hair_style=None))


@cache
def anny():
    model = load_body_model()
    return model, make_body(model, BodyParameters())


def dressed() -> Dressed:
    return Dressed((), (), anny()[1].rig, (), SimpleNamespace())


def skin(grow: float = 0.0) -> trimesh.Trimesh:
    template = template_of(*anny())
    mesh = trimesh.Trimesh(template.vertices.numpy(), template.triangles.numpy(), process=False)
    mesh.vertices = mesh.vertices + grow * mesh.vertex_normals
    return mesh


def as_mesh(mesh: trimesh.Trimesh) -> Mesh:
    vertices = torch.tensor(np.asarray(mesh.vertices), dtype=torch.float32)
    colors = (vertices - vertices.amin(0)) / (vertices.amax(0) - vertices.amin(0))
    return Mesh(vertices, torch.tensor(np.asarray(mesh.faces)), colors)


def conf(text: str) -> Media:
    return Media.of("mine.conf", text.encode())


def test_the_template_is_a_closed_body_with_its_head() -> None:
    template, mesh = template_of(*anny()), skin()
    assert mesh.merge_vertices() is None and mesh.is_watertight
    assert mesh.volume > 0.03
    assert template.face is not None
    assert float(template.face[2]) > 0.85 * mesh.vertices[:, 2].max()


def test_a_surface_near_the_body_moves_with_it() -> None:
    model, body = anny()
    mesh = skin(0.004)
    result = bound(as_mesh(mesh), model, body, dressed())
    (part,) = result.meshes
    part.check(len(body.rig.bone_names), len(result.materials))
    assert (
        Character("x", result.meshes, result.materials, result.rig, body.height_m).check() is None
    )
    # Nearly everywhere it hangs on the bones of the skin below.
    own = np.zeros((len(part.vertices), len(body.rig.bone_names)))
    rows = np.arange(len(own))[:, None]
    used = np.unique(as_mesh(mesh).triangles)
    np.add.at(own, (rows, part.bone_indices), part.weights)
    theirs = np.zeros_like(own)
    np.add.at(theirs, (rows, model.bone_indices[used]), model.weights[used])
    assert np.median(abs(own - theirs).sum(1)) < 0.05


def test_floating_bits_are_left_out() -> None:
    model, body = anny()
    dust = trimesh.creation.icosphere(subdivisions=1, radius=0.01)
    dust.apply_translation([0.5, 0.5, 1.0])
    both = trimesh.util.concatenate([skin(), dust])
    (part,) = bound(as_mesh(both), model, body, dressed()).meshes
    assert len(part.faces) == len(skin().faces)


def test_nothing_left_is_an_error() -> None:
    empty = Mesh(torch.zeros(0, 3), torch.zeros(0, 3, dtype=torch.int64), torch.zeros(0, 3))
    with pytest.raises(BadResultError, match="Nothing is left"):
        bound(empty, *anny(), dressed())


def test_the_prompt_goes_into_the_published_configuration() -> None:
    config, notes = configuration(None, "a wizard")
    assert config.clip.prompt == "a 3D rendering of a wizard in unreal engine" and not notes


def test_a_prompt_in_the_configuration_wins_and_is_named() -> None:
    config, notes = configuration(conf(TEXT.replace("{TOREPLACE}", "a robot")), "a wizard")
    assert config.clip.prompt == "a 3D rendering of a robot in unreal engine"
    assert len(notes) == 1 and "a robot" in notes[0] and "wins" in notes[0]


def test_bad_configurations_are_refused() -> None:
    without = re.sub(r"clip \{[^\0]*?engine\n\}", "", TEXT)
    for media in (Media.of("x.conf", b"\xff\xfe\x00"), conf(without), conf("a {")):
        with pytest.raises(BadOptionError) as caught:
            configuration(media, "a wizard")
        assert caught.value.field == "config"


class Red:
    name, pixels = "red", 16

    def encode_text(self, sentences):
        return Texts(torch.tensor([[1.0, 0, 0]]).expand(len(sentences), 3), ())

    def encode_pictures(self, pictures):
        return torch.nn.functional.normalize(pictures.mean((2, 3)) + 1e-3, dim=1)


class Job:
    device = "cpu"

    def __init__(self, folder):
        self.folder, self.checkpoint = folder / "files", folder / "checkpoint"
        self.folder.mkdir()
        self.checkpoint.mkdir()
        self.told = []

    def report(self, fraction, note, preview=None) -> None:
        self.told.append((fraction, note))

    def check_cancelled(self) -> None:
        pass

    def stops(self) -> bool:
        return False


def test_a_job_goes_on_from_a_checkpoint_and_leaves_mesh_and_networks(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(as_published, "load_encoder", lambda *rest: Red())
    monkeypatch.setattr(as_published, "_ON_PROCESSOR", (32, 32))
    monkeypatch.setattr(as_published, "TEXELS", 256)
    text = TEXT.replace("= 30000", "= 12").replace("= 7000", "= 200")
    config = read(text).config
    # A sphere: the field before anything is learnt.
    file = as_file(build(config.model, 0), 10, None)
    model, body = anny()
    params = Params(
        appearance_prompt="a wizard",
        preset="published",
        config=conf(text),
        checkpoint=Media.of("ckpt_000010.pth", file),
        part="head",
    )
    worn = Worn(dressed(), model, body, NOTHING_WORN)
    job = Job(tmp_path)
    found = sculpted_as_published(worn, params, job)
    assert found.scores["steps"] == 12
    assert any("part" in note for note in found.notes)
    ply = trimesh.load(job.folder / "published.ply")
    assert len(ply.vertices) > 200 and ply.visual.vertex_colors.shape[1] == 4
    saved = torch.load(job.folder / "published.pth", weights_only=True)
    assert saved["iter_step"] == 12
    (part,) = found.dressed.meshes
    assert abs(part.weights.sum(1) - 1).max() < 1e-3
    assert [share for share, _ in job.told] == sorted(share for share, _ in job.told)


def test_a_checkpoint_of_another_size_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(as_published, "load_encoder", lambda *rest: Red())
    model, body = anny()
    small = as_file(build(read(TEXT).config.model, 0), 10, None)
    params = Params(
        appearance_prompt="a wizard", preset="published", checkpoint=Media.of("x.pth", small)
    )
    worn = Worn(dressed(), model, body, NOTHING_WORN)
    with pytest.raises(BadOptionError, match=r"39-128-128-128-129.*39-256"):
        sculpted_as_published(worn, params, Job(tmp_path))
    with pytest.raises(BadOptionError, match="no file of AvatarCLIP"):
        sculpted_as_published(
            worn, replace(params, checkpoint=Media.of("x.pth", b"x")), Job(tmp_path / "files")
        )

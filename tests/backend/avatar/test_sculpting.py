# SPDX-License-Identifier: Apache-2.0
"""Sculpting as a stage of a job: what it is told by the words, and what it leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from kinora.backend.avatar import sculpting
from kinora.backend.avatar.dress import dress
from kinora.backend.avatar.params import Params
from kinora.backend.avatar.pipeline import load_models, read_words
from kinora.backend.avatar.sculpt import checkpoint
from kinora.backend.avatar.sculpt.plan import Encoders, Plan
from kinora.backend.avatar.sculpt.start import PLACES
from kinora.backend.avatar.sculpting import Worn, prompts_of, refined
from kinora.backend.avatar.starting import start_of
from kinora.backend.kit.body import make_body
from kinora.backend.kit.encoders.encoder import Texts

PARAMS = Params("a tall woman", "a red coat and brown boots", preset="standard")


class WarmEncoder:
    """Sees the mean color of a picture, and reads every sentence as the same warm color."""

    name = "warm"
    pixels = 32

    def encode_text(self, sentences):
        vector = functional.normalize(torch.tensor([1.0, 0.5, 0.2]), dim=0)
        return Texts(vector.expand(len(sentences), 3), ())

    def encode_pictures(self, pictures):
        return functional.normalize(pictures.mean((2, 3)) + 1e-3, dim=1)


@dataclass
class Job:
    folder: Path
    checkpoint: Path
    device: str = "cpu"
    told: list = field(default_factory=list)

    def report(self, fraction, note, preview=None):
        self.told.append((fraction, preview))

    def stops(self):
        return False


@pytest.fixture(scope="module")
def worn() -> Worn:
    models = load_models()
    shape, outfit = read_words(PARAMS, models)
    body = make_body(models.body, shape.parameters)
    return Worn(dress(models.body, body, outfit, 256, 0), models.body, body, outfit)


@pytest.fixture
def job(tmp_path, monkeypatch) -> Job:
    plan = Plan(mesh_steps=2, views=2, pool=4, refresh=2, texels=64)
    monkeypatch.setattr(sculpting, "plan_for", lambda preset, device: (plan, ("small",)))
    monkeypatch.setattr(sculpting, "encoders", lambda name, device: Encoders((WarmEncoder(),)))
    return Job(tmp_path / "files", tmp_path / "checkpoint")


def test_a_start_is_the_dressed_character(worn):
    start = start_of(worn.dressed, worn.model, worn.body, 256)
    assert start.names[0] == "Body"
    assert len(start.vertices) == sum(len(mesh.vertices) for mesh in worn.dressed.meshes)
    names = np.array(start.names)
    slack = {
        name: start.slack[start.triangles[start.part == n]].amax() for n, name in enumerate(names)
    }
    assert slack["Eyes"] == 0
    assert slack["Coat"] > slack["Boots"] > 0
    assert start.places["left_hand"][0] > 0 > start.places["right_hand"][0]
    assert start.places["head"][2] > start.places["middle"][2] > start.places["left_foot"][2]
    assert set(start.places) == set(PLACES)
    # The bare body is closed: each edge has two triangles, once each way round.
    corners = start.solid_triangles
    edges = torch.cat([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    assert {tuple(edge) for edge in edges.tolist()} == {
        tuple(edge[::-1]) for edge in edges.tolist()
    }


def test_the_words_and_the_outfit_say_what_is_asked(worn):
    prompts = prompts_of(PARAMS, worn)
    assert prompts.subject == "a tall woman, a red coat and brown boots"
    asked = {one.noun: one.color_name for one in prompts.asked}
    assert asked["coat"] == "red"
    assert asked["boots"] == "brown"


def test_a_sculpted_character_keeps_its_topology_and_leaves_a_state(worn, job):
    job.folder.mkdir()
    found = refined(worn, PARAMS, job)
    for old, new in zip(worn.dressed.meshes, found.dressed.meshes, strict=True):
        assert np.array_equal(old.faces, new.faces)
        assert np.array_equal(old.weights, new.weights)
        assert np.abs(old.vertices - new.vertices).max() <= 0.06
    assert checkpoint.load(job.folder / sculpting.STATE) is not None
    assert set(found.scores) >= {"likeness", "kept", "steps", "views"}
    assert "small" in found.notes
    fractions = [fraction for fraction, _ in job.told]
    assert fractions == sorted(fractions)
    pictures = [preview for _, preview in job.told if preview is not None]
    assert pictures[0].data[:8].tobytes() == b"\x89PNG\r\n\x1a\n"


def test_drafts_stay_as_the_wardrobe_made_them(worn, job):
    draft = Params(PARAMS.shape_prompt, PARAMS.appearance_prompt, part="head")
    found = refined(worn, draft, job)
    assert found.dressed is worn.dressed
    assert "Drafts" in found.notes[0]

# SPDX-License-Identifier: Apache-2.0
"""`kinora train encoder` on real scenes: from nothing to files that load, and on from there."""

from __future__ import annotations

import itertools
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from kinora.backend.avatar.scenes.poses import PoseBank
from kinora.backend.avatar.scenes.shapes import make_basis
from kinora.backend.avatar.seeing import checkpoint, materials, train
from kinora.backend.kit.body import load_body_model
from kinora.backend.kit.encoders import embedded
from kinora.shared.errors import BadOptionError


@pytest.mark.slow
def test_a_training_begins_from_nothing_and_goes_on_where_it_ended(tmp_path, monkeypatch):
    # A clock by which every step takes a second.
    ticks = itertools.count()
    monkeypatch.setattr(train, "time", SimpleNamespace(monotonic=lambda: float(next(ticks))))
    made = tmp_path / "materials"
    made.mkdir()
    make_basis(load_body_model(), samples=200).save(made / materials.BODY)
    still = np.tile(np.float32([1, 0, 0, 0]), (2, 22, 1))
    PoseBank(still, np.int16([0, 1]), ("idle", "dance")).save(made / materials.POSES)
    order = train.Order(tmp_path, made, 3 / 60, 6 / 60, batch=16, only=("tshirt", "trousers"))
    order = replace(order, width=64, depth=1)
    train.main(order)
    first = checkpoint.read(tmp_path)
    assert first["step"] == 2
    assert first["share"] == pytest.approx(0.5)
    with pytest.raises(BadOptionError, match="holds a training already"):
        train.main(order)
    train.main(replace(order, resumes=True))
    second = checkpoint.read(tmp_path)
    assert second["step"] == 4
    assert second["share"] == 1
    files = (tmp_path / embedded.PICTURES.name, tmp_path / embedded.SENTENCES.name)
    encoder = embedded.load_embedded("cpu", *files)
    assert (encoder.plan.width, encoder.plan.depth) == (64, 1)
    vectors = encoder.encode_text(["a red shirt"]).vectors
    assert torch.linalg.vector_norm(torch.as_tensor(vectors), dim=1).item() == pytest.approx(1)


@pytest.mark.parametrize(
    ("resumes", "message"), [(False, "There is no nowhere"), (True, "no training to go on with")]
)
def test_what_is_missing_is_said_before_anything_is_made(tmp_path, resumes, message):
    nowhere = tmp_path / "nowhere"
    order = train.Order(tmp_path, tmp_path / "materials", 1, 1, resumes=resumes, mocap=nowhere)
    with pytest.raises(BadOptionError, match=message):
        train.main(order)
    assert not list((tmp_path / "materials").glob("*"))


@pytest.mark.parametrize("size", [{"width": 100}, {"width": 0}, {"depth": 0}])
def test_a_tower_of_no_size_is_refused(tmp_path, size):
    with pytest.raises(BadOptionError, match="times 64 wide and has a layer"):
        train.main(train.Order(tmp_path, tmp_path / "materials", 1, 1, **size))


def test_spoilt_materials_are_named(tmp_path):
    (tmp_path / materials.BODY).write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(BadOptionError, match="does not hold what the encoder is trained with"):
        materials.load(tmp_path)

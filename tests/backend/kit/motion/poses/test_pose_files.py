# SPDX-License-Identifier: Apache-2.0
"""The published files, as this test writes them: VPoser's checkpoint and AvatarCLIP's codebook."""

from __future__ import annotations

import pickle
import sys
import types
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from kinora.backend.kit.encoders.checkpoints import read_checkpoint
from kinora.backend.kit.motion.poses import codebook, prior, published
from kinora.backend.kit.motion.poses.network import PoseVAE, to_quaternions, to_vectors
from kinora.shared.errors import MissingWeightsError
from kinora.shared.skeleton import INDEX

WIDTH = 512
SHAPES = {
    "encoder_net.1": (63, None),
    "encoder_net.2": (WIDTH, 63),
    "encoder_net.4": (WIDTH, None),
    "encoder_net.6": (WIDTH, WIDTH),
    "encoder_net.7": (WIDTH, WIDTH),
    "encoder_net.8.mu": (32, WIDTH),
    "encoder_net.8.logvar": (32, WIDTH),
    "decoder_net.0": (WIDTH, 32),
    "decoder_net.3": (WIDTH, WIDTH),
    "decoder_net.5": (126, WIDTH),
}


def vposer() -> dict[str, torch.Tensor]:
    """Tensors of the published names and shapes, by chance."""
    chance = torch.Generator().manual_seed(5)
    found = {}
    for name, (rows, columns) in SHAPES.items():
        size = (rows,) if columns is None else (rows, columns)
        weight = torch.randn(size, generator=chance) / (columns or 1) ** 0.5
        found[f"{name}.weight"] = weight if columns else 1 + 0.1 * weight
        found[f"{name}.bias"] = 0.1 * torch.randn(rows, generator=chance)
        if columns is None:
            found[f"{name}.running_mean"] = 0.1 * torch.randn(rows, generator=chance)
            found[f"{name}.running_var"] = 0.5 + torch.rand(rows, generator=chance)
            found[f"{name}.num_batches_tracked"] = torch.tensor(1234)
    return found


class _Trainer:
    """A class of a package that whoever reads the file does not have."""

    def __init__(self) -> None:
        self.best = torch.ones(2)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with VPoser's checkpoint, which names the trainer's own classes, and a codebook."""
    package = types.ModuleType("pytorch_trainer")
    _Trainer.__module__, _Trainer.__qualname__ = "pytorch_trainer", "Trainer"
    package.Trainer = _Trainer
    sys.modules["pytorch_trainer"] = package
    place = tmp_path / published.VPOSER_FILE
    place.parent.mkdir(parents=True)
    held = {f"vp_model.{name}": value for name, value in vposer().items()}
    held["bm_train.shapedirs"] = torch.zeros(3, 3)
    torch.save({"epoch": 13, "state_dict": held, "callbacks": {"best": _Trainer()}}, place)
    del sys.modules["pytorch_trainer"]
    codes = torch.randn(50, 32, generator=torch.Generator().manual_seed(6))
    book = tmp_path / published.CODEBOOK_FILE
    book.parent.mkdir(parents=True)
    torch.save({"codebook": codes, "codebook_embedding": 7 * torch.eye(512)[:50].half()}, book)
    return tmp_path


def test_vposer_is_read_whatever_else_its_checkpoint_holds(models):
    network = prior.load_prior("vposer", models).network
    state = network.state_dict()
    assert set(state) == set(vposer())
    assert all(torch.equal(state[name].float(), value.float()) for name, value in vposer().items())


def test_vposer_decodes_as_published(models):
    """The same numbers by hand, from the facts about the network in words; without dropout."""
    held = {name: value.double().numpy() for name, value in vposer().items()}
    codes = np.random.default_rng(2).normal(size=(4, 32))
    states = codes
    for layer in ("decoder_net.0", "decoder_net.3", "decoder_net.5"):
        states = states @ held[f"{layer}.weight"].T + held[f"{layer}.bias"]
        if layer != "decoder_net.5":
            states = np.where(states > 0, states, 0.01 * states)
    columns = states.reshape(4, 21, 3, 2)
    first = columns[..., 0] / np.linalg.norm(columns[..., 0], axis=-1, keepdims=True)
    second = columns[..., 1] - (first * columns[..., 1]).sum(-1, keepdims=True) * first
    second /= np.linalg.norm(second, axis=-1, keepdims=True)
    matrices = np.stack([first, second, np.cross(first, second)], -1)
    turns = prior.load_prior("vposer", models).decode(torch.tensor(codes, dtype=torch.float32))
    assert torch.equal(turns[:, 0], torch.tensor([1.0, 0, 0, 0]).expand(4, 4))
    # Y up, facing +Z, to Z up, facing -Y: the same turn seen from other axes.
    to_kinora = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    expected = Rotation.from_matrix(
        (to_kinora @ matrices @ to_kinora.T).reshape(-1, 3, 3)
    )  # scalar last
    found = Rotation.from_quat(turns[:, 1:].reshape(-1, 4).numpy()[:, [1, 2, 3, 0]])
    assert (expected * found.inv()).magnitude().max() < 1e-3


def test_vposer_encodes_as_published(models):
    held = {name: value.double().numpy() for name, value in vposer().items()}
    chance = np.random.default_rng(3)
    vectors = chance.normal(size=(4, 21, 3)) * 0.6
    states = vectors.reshape(4, 63)

    def normal(values, layer):
        spread = np.sqrt(held[f"{layer}.running_var"] + 1e-5)
        return (values - held[f"{layer}.running_mean"]) / spread * held[f"{layer}.weight"] + held[
            f"{layer}.bias"
        ]

    def linear(values, layer):
        return values @ held[f"{layer}.weight"].T + held[f"{layer}.bias"]

    states = linear(normal(states, "encoder_net.1"), "encoder_net.2")
    states = normal(np.where(states > 0, states, 0.01 * states), "encoder_net.4")
    states = linear(linear(states, "encoder_net.6"), "encoder_net.7")
    expected = linear(states, "encoder_net.8.mu")
    turns = np.zeros((4, 22, 4), np.float32)
    turns[:, 0, 0] = 1
    # The published axes: (x, y, z) there is (x, -z, y) here.
    there = vectors[..., [0, 2, 1]] * [1, -1, 1]
    own = Rotation.from_rotvec(there.reshape(-1, 3)).as_quat()[:, [3, 0, 1, 2]]
    turns[:, 1:] = own.reshape(4, 21, 4)
    found = prior.load_prior("vposer", models).encode(torch.from_numpy(turns))
    assert np.abs(found.numpy() - expected).max() < 1e-3


def test_the_published_codebook_is_vposers_and_brings_what_clip_saw(models):
    book = codebook.load_codebook("vposer", models)
    assert book.codes.shape == (50, 32) and book.captions == ()
    assert torch.allclose(book.seen, torch.eye(512)[:50])
    turns = book.poses(prior.load_prior("vposer", models), torch.arange(3))
    assert turns.shape == (3, 22, 4) and torch.allclose(turns[:, 0, 0], torch.ones(3))


def test_missing_and_wrong_files_are_named_with_what_to_do(models, tmp_path):
    nowhere = tmp_path / "nowhere"
    with pytest.raises(MissingWeightsError, match="VPoser"):
        published.read_vposer(nowhere)
    with pytest.raises(MissingWeightsError, match="codebook"):
        published.read_codebook(nowhere)
    torch.save({"codebook": torch.zeros(4, 16)}, models / published.CODEBOOK_FILE)
    with pytest.raises(MissingWeightsError, match="codebook_embedding"):
        published.read_codebook(models)
    with pytest.raises(MissingWeightsError, match="VPoser's tensors"):
        prior.build({"decoder_net.0.weight": torch.zeros(512, 32)}, "vposer", "")


class _Harm:
    def __reduce__(self):
        return Path.touch, (Path("harmed"),)


def test_nothing_in_a_checkpoint_is_ever_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "harm.ckpt"
    torch.save({"state_dict": {"a": torch.arange(6).view(2, 3)}, "more": _Harm()}, path)
    found = read_checkpoint(path, "state_dict")
    assert found["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_checkpoint_that_is_cut_off_is_refused(models, kept):
    path = models / published.VPOSER_FILE
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    with pytest.raises(MissingWeightsError, match="damaged"):
        published.read_vposer(models)


def test_a_tensor_that_reaches_beyond_its_numbers_is_refused(tmp_path):
    path = tmp_path / "far.ckpt"
    torch.save({"state_dict": {"a": torch.arange(6.0)}}, path)
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            # Six numbers as a tuple of one: K\x06\x85.
            changed = data.replace(b"K\x06\x85", b"K\x7f\x85") if name.endswith("pkl") else data
            archive.writestr(name, changed)
    with pytest.raises(MissingWeightsError):
        read_checkpoint(path, "state_dict")


def test_turns_survive_vectors_and_matrices():
    chance = np.random.default_rng(7)
    turns = Rotation.random(500, random_state=chance)
    # Half turns about each axis too, where three of a quaternion's formulas divide by nothing.
    whole = Rotation.concatenate(
        [turns, Rotation.from_rotvec(np.pi * np.eye(3)), Rotation.identity()]
    )
    quaternions = to_quaternions(torch.from_numpy(whole.as_matrix()))
    again = Rotation.from_quat(quaternions.numpy()[:, [1, 2, 3, 0]])
    assert (whole * again.inv()).magnitude().max() < 1e-6
    vectors = Rotation.from_rotvec(to_vectors(quaternions).numpy())
    assert (whole * vectors.inv()).magnitude().max() < 1e-6


def test_the_network_of_any_width_has_the_published_names():
    assert set(PoseVAE(64).state_dict()) == set(vposer())


def test_what_the_pelvis_does_is_no_part_of_a_pose(models):
    own = prior.load_prior("vposer", models)
    turns = own.decode(torch.zeros(2, 32))
    turned = turns.clone()
    turned[:, INDEX["pelvis"]] = torch.tensor([0.0, 0.0, 1.0, 0.0])
    assert torch.equal(own.encode(turns), own.encode(turned))


def test_a_pickle_of_no_archive_is_no_checkpoint(tmp_path):
    path = tmp_path / "old.ckpt"
    path.write_bytes(pickle.dumps({"state_dict": {}}))
    with pytest.raises(MissingWeightsError, match="PyTorch"):
        read_checkpoint(path, "state_dict")

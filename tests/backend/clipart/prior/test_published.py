# SPDX-License-Identifier: Apache-2.0
"""Published video models from a user's folder: read, never fetched, and refused in a sentence."""

from __future__ import annotations

import shutil
import socket
import sys
from pathlib import Path

import pytest
import torch
from torch import Generator

from kinora.backend.clipart.prior import published
from kinora.shared.errors import BadOptionError, MissingWeightsError

pytest.importorskip("diffusers")
pytest.importorskip("transformers")
import tiny_models

WRITERS = {"modelscope": tiny_models.write_modelscope, "animatediff": tiny_models.write_animatediff}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    models = tmp_path_factory.mktemp("data") / "models"
    for name, write in WRITERS.items():
        write(models / name)
    return models


@pytest.fixture
def models(written: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder; whoever opens a connection fails."""

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setenv("KINORA_DATA", str(written.parent))
    monkeypatch.setattr(socket.socket, "connect", refuse)
    return written


@pytest.mark.parametrize("name", WRITERS)
def test_a_folder_becomes_a_prior_that_pulls_and_scores(models: Path, name: str) -> None:
    prior = published.published_prior(name, "a dog is wagging its tail", "cpu")
    frames = torch.rand(6, 3, prior.pixels, prior.pixels, generator=Generator().manual_seed(0))
    order = torch.arange(6)
    steps = [prior.step(frames, order, 0.0, Generator().manual_seed(1)) for _ in range(2)]
    assert prior.pixels == 32
    assert torch.equal(*steps)
    assert steps[0].isfinite().all()
    assert steps[0].flatten(1).norm(dim=1).min() > 0
    assert prior.score(frames, order) == prior.score(frames, order)


@pytest.mark.parametrize("name", WRITERS)
def test_the_caption_and_the_order_of_frames_matter(models: Path, name: str) -> None:
    dog, fish = (
        published.published_prior(name, text, "cpu") for text in ("a dog runs", "a fish swims")
    )
    frames = torch.rand(6, 3, 32, 32, generator=Generator().manual_seed(0))
    order = torch.arange(6)
    assert dog.score(frames, order) != fish.score(frames, order)
    shuffled = torch.tensor([3, 0, 5, 1, 4, 2])
    assert abs(dog.score(frames, order) - dog.score(frames, shuffled)) > 1e-9


def test_the_published_way_keeps_its_guidance(models: Path) -> None:
    frames = torch.rand(2, 3, 32, 32, generator=Generator().manual_seed(0))
    order = torch.arange(2)
    late = [
        published.published_prior("modelscope", "a dog runs", "cpu", is_published).step(
            frames, order, 1.0, Generator().manual_seed(1)
        )
        for is_published in (True, False)
    ]
    assert not torch.equal(*late)


def test_half_precision_files_are_found_by_their_variant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KINORA_DATA", str(tmp_path))
    folder = tmp_path / "models" / "modelscope"
    tiny_models.write_modelscope(folder, variant="fp16")
    names = {path.name for path in published.files_of(published.MODELSCOPE, folder)}
    assert {"diffusion_pytorch_model.fp16.safetensors", "model.fp16.safetensors"} <= names
    assert published.published_prior("modelscope", "a dog runs", "cpu").pixels == 32


def test_what_is_missing_is_named(models: Path, tmp_path: Path) -> None:
    shutil.copytree(models / "animatediff", tmp_path / "animatediff")
    shutil.rmtree(tmp_path / "animatediff" / "motion_adapter")
    with pytest.raises(MissingWeightsError, match="motion_adapter") as told:
        published.files_of(published.ANIMATEDIFF, tmp_path / "animatediff")
    assert "kinora models add FOLDER --as animatediff" in told.value.hint


def test_a_damaged_file_is_told_of_in_a_sentence(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(models / "modelscope", tmp_path / "models" / "modelscope")
    monkeypatch.setenv("KINORA_DATA", str(tmp_path))
    weights = published.weights_of(tmp_path / "models" / "modelscope" / "unet")
    assert weights is not None
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(MissingWeightsError, match="could not be read"):
        published.published_prior("modelscope", "a dog runs", "cpu")


def test_without_the_package_it_says_how_to_get_it(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "kinora.backend.clipart.prior.loading", raising=False)
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(MissingWeightsError, match="diffusers") as told:
        published.published_prior("modelscope", "a dog runs", "cpu")
    assert "kinora[diffusion]" in told.value.hint


def test_a_large_network_is_not_run_on_a_cpu(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kinora.backend.clipart.prior import loading

    monkeypatch.setattr(loading, "LARGE_NETWORK", 10)
    with pytest.raises(BadOptionError, match="on a CPU a step takes minutes"):
        published.published_prior("modelscope", "a dog runs", "cpu")


def test_an_unknown_prior_is_refused() -> None:
    with pytest.raises(BadOptionError, match="no prior"):
        published.published_prior("sora", "a dog runs", "cpu")


def test_a_full_device_is_not_taken_for_damaged_files(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_: object) -> None:
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(torch.nn.Module, "to", fill)
    with pytest.raises(torch.OutOfMemoryError):
        published.published_prior("modelscope", "a dog runs", "cpu")

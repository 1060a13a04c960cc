# SPDX-License-Identifier: Apache-2.0
"""Bad files of weights: each is refused with one clear sentence, and none is run."""

from __future__ import annotations

import contextlib
import io
import pickle
import random
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from clip_files import Tensors
from safetensors.torch import save_file

from kinora.backend.kit.encoders import published as files
from kinora.backend.kit.encoders.clip import load_clip
from kinora.backend.kit.encoders.published import PublishedEncoder
from kinora.backend.kit.encoders.state_dicts import read_weights
from kinora.shared.errors import MissingWeightsError


@pytest.fixture
def place(tmp_path: Path, published: PublishedEncoder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the file belongs in an empty models folder, of a user with an empty CLIP cache."""
    monkeypatch.setattr(files, "clip_cache", lambda: tmp_path / "cache")
    place = tmp_path / "models" / published.path
    place.parent.mkdir(parents=True)
    return place


@pytest.fixture
def whole(openai_models: Path, published: PublishedEncoder) -> bytes:
    return (openai_models / published.path).read_bytes()


def refusal(place: Path, published: PublishedEncoder) -> MissingWeightsError:
    with pytest.raises(MissingWeightsError) as caught:
        load_clip(published, place.parents[1], "cpu")
    assert caught.value.hint and caught.value.message.endswith(".")
    return caught.value


def test_an_absent_file_says_what_to_get_where_how_large_and_under_what_licence(
    place: Path, published: PublishedEncoder
) -> None:
    text = str(refusal(place, published))
    for fact in ("CLIP ViT-B/32", "354 MB", "MIT", "models download clip-vit-b32", str(place)):
        assert fact in text


def test_a_file_in_openais_own_cache_is_found(
    place: Path, published: PublishedEncoder, whole: bytes, tmp_path: Path
) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / place.name).write_bytes(whole)
    assert load_clip(published, place.parents[1], "cpu").pixels == 48


@pytest.mark.parametrize("share", [0.0001, 0.5, 0.999])
def test_a_cut_off_file_is_told(
    place: Path, published: PublishedEncoder, whole: bytes, share: float
) -> None:
    place.write_bytes(whole[: int(share * len(whole))])
    assert "cut off" in refusal(place, published).message


def test_an_archive_with_code_and_another_checksum_is_not_opened(
    place: Path, published: PublishedEncoder, whole: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.jit, "load", lambda *_, **__: pytest.fail("it was opened"))
    place.write_bytes(whole)
    other = replace(published, sha256="0" * 64)
    assert "checksum" in refusal(place, other).message


@pytest.mark.parametrize("content", [b"", b"no weights at all", b"<html>404</html>"])
def test_what_is_no_file_of_weights_is_told(
    place: Path, published: PublishedEncoder, content: bytes
) -> None:
    place.write_bytes(content)
    assert "no file of weights" in refusal(place, published).message


class Trap:
    """Runs when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (pytest.fail, ("it was run",))


@pytest.mark.parametrize("is_old", [True, False])
def test_a_pickle_with_code_is_not_run(
    place: Path, published: PublishedEncoder, is_old: bool
) -> None:
    if is_old:
        place.write_bytes(pickle.dumps({"weights": Trap()}))
    else:
        torch.save({"weights": Trap()}, place)
    assert "more than tensors" in refusal(place, published).message


@pytest.mark.parametrize("is_zip", [True, False])
def test_bent_bytes_are_told_or_read(
    place: Path, published: PublishedEncoder, is_zip: bool
) -> None:
    buffer = io.BytesIO()
    torch.save({"a": torch.ones(3, 4)}, buffer, _use_new_zipfile_serialization=is_zip)
    chance = random.Random(1)
    for _ in range(60):
        bent = bytearray(buffer.getvalue())
        for _ in range(3):
            bent[chance.randrange(len(bent))] = chance.randrange(256)
        place.write_bytes(bent[: chance.choice([len(bent), chance.randrange(len(bent))])])
        with contextlib.suppress(MissingWeightsError):
            read_weights(published, place.parents[1])


@pytest.mark.parametrize("content", [[1, 2], {"epoch": 3}, {1: torch.zeros(2)}, torch.zeros(3)])
def test_a_pickle_that_is_no_state_dict_is_told(
    place: Path, published: PublishedEncoder, content: object
) -> None:
    torch.save(content, place)
    assert "not a state dict" in refusal(place, published).message


def test_a_plain_state_dict_is_read_whatever_its_checksum(
    place: Path, published: PublishedEncoder, tensors: Tensors
) -> None:
    torch.save(OrderedDict(tensors), place)
    read = read_weights(published, place.parents[1])
    assert all(torch.equal(read[name], tensor) for name, tensor in tensors.items())


@pytest.mark.parametrize(
    "damage",
    [
        lambda tensors: tensors.pop("visual.proj"),
        lambda tensors: tensors.update({"visual.proj": tensors["visual.proj"][:-1].clone()}),
        lambda tensors: tensors.update({"text_projection": torch.zeros(3)}),
        lambda tensors: tensors.update({"positional_embedding": torch.zeros(12, 64)}),
        lambda tensors: tensors.update({"visual.layer1.conv1.weight": torch.zeros(3)}),
        lambda tensors: tensors.update({"visual.proj": tensors["visual.proj"] / 0}),
        lambda tensors: tensors.update({"token_embedding.weight": torch.zeros(9, 64)}),
        lambda tensors: tensors.clear(),
    ],
)
def test_wrong_tensors_are_told(
    place: Path, published: PublishedEncoder, tensors: Tensors, damage: object
) -> None:
    changed = dict(tensors)
    damage(changed)  # type: ignore[operator]
    save_file(changed, place)
    assert "does not hold the tensors" in refusal(place, published).message

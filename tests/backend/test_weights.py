# SPDX-License-Identifier: Apache-2.0
"""Model files: found without importing anything, and never taken for whole when they are not."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kinora.backend import weights
from kinora.backend.weights import EMBEDDED, MODELS, PUBLISHED, ModelFile


def safetensors(values: bytes, says: int) -> bytes:
    header = json.dumps(
        {"__metadata__": {}, "a": {"dtype": "U8", "shape": [says], "data_offsets": [0, says]}}
    ).encode()
    return len(header).to_bytes(8, "little") + header + values


def trained(name: str) -> ModelFile:
    """A model of the user's folder, treated as an embedded one without a checksum."""
    return ModelFile(name, "motion", f"{name}.safetensors", "CC0", "nowhere", None, "tests")


@pytest.fixture
def model_in(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "locate", lambda model, folder: tmp_path / model.path)
    return tmp_path


def test_every_model_has_a_name_of_its_own_a_licence_and_an_origin():
    assert len({model.name for model in MODELS}) == len(MODELS)
    assert all(model.license and model.origin and model.part for model in MODELS)


def test_the_embedded_text_model_is_the_one_that_the_design_names():
    [minilm] = [model for model in EMBEDDED if "MiniLM" in model.name]
    assert minilm.sha256.startswith("53aa5117")
    assert weights.examine(minilm, Path("no models here")) == "ready"


def test_the_body_files_of_the_installed_package_are_whole():
    bodies = [model for model in EMBEDDED if model.part == "body"]
    assert bodies and not weights.broken(bodies, Path("no models here"))


def test_a_changed_byte_makes_a_file_damaged(model_in):
    model = replace(trained("text"), sha256="0" * 64)
    (model_in / model.path).write_bytes(b"not these")
    assert weights.examine(model, model_in) == "damaged"


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (safetensors(b"12345678", says=8), "ready"),
        (safetensors(b"1234", says=8), "damaged"),
        (safetensors(b"123456789", says=8), "damaged"),
        (b"", "damaged"),
        (b"version https://lfs", "damaged"),
        ((2).to_bytes(8, "little") + b"[]", "damaged"),
    ],
)
def test_a_trained_file_is_whole_when_it_is_as_long_as_its_header_says(model_in, content, state):
    (model_in / "own.safetensors").write_bytes(content)
    assert weights.examine(trained("own"), model_in) == state


def test_a_missing_package_is_a_missing_model():
    model = replace(trained("other"), package="no_such_package_anywhere")
    assert weights.locate(model, Path("models")) is None
    assert weights.broken([model], Path("models")) == [(model, "missing")]


def published(key: str) -> ModelFile:
    [model] = [model for model in PUBLISHED if model.key == key]
    return model


def put(model: ModelFile, folder: Path, content: bytes) -> None:
    (folder / model.path).parent.mkdir(parents=True, exist_ok=True)
    (folder / model.path).write_bytes(content)


def test_a_published_model_is_looked_for_in_the_users_folder_and_not_claimed_to_be_used(tmp_path):
    model = published("vtoonify-d")
    assert weights.examine(model, tmp_path) == "missing"
    put(model, tmp_path, b"mine")
    assert weights.examine(model, tmp_path) == "not used yet"


def test_a_published_encoder_is_ready_with_its_checksum_and_damaged_without(tmp_path):
    encoder = replace(published("clip-vit-b32").encoder, sha256=hashlib.sha256(b"PK?").hexdigest())
    model = replace(published("clip-vit-b32"), encoder=encoder, sha256=encoder.sha256)
    put(model, tmp_path, b"PK?")
    assert weights.examine(model, tmp_path) == "ready"
    put(model, tmp_path, b"PK!")
    assert weights.examine(model, tmp_path) == "damaged"


def test_an_encoder_without_a_published_checksum_is_held_to_its_length(tmp_path):
    model = published("openclip-vit-b32")
    put(model, tmp_path, safetensors(b"1234", says=8))
    assert weights.examine(model, tmp_path) == "damaged"
    put(model, tmp_path, safetensors(b"12345678", says=8))
    assert weights.examine(model, tmp_path) == "ready"


def test_openais_checksums_are_those_in_their_addresses():
    clips = [model for model in PUBLISHED if model.key.startswith("clip-")]
    assert [model.key for model in clips] == ["clip-vit-b32", "clip-vit-b16", "clip-vit-l14"]
    assert all(len(model.sha256) == 64 and f"/{model.sha256}/" in model.url for model in clips)


def test_looking_for_models_imports_none_of_the_packages_that_hold_them():
    code = (
        "import sys; from pathlib import Path; from kinora.backend import weights; "
        "[weights.locate(m, Path()) for m in weights.MODELS]; "
        "sys.exit(bool({'torch', 'anny', 'transformers'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

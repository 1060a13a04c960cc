# SPDX-License-Identifier: Apache-2.0
"""A small CLIP on the disk, as its publisher would leave it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from clip_files import SMALL, Tensors, random_tensors, write_openai_file

from kinora.backend.kit.encoders.published import PUBLISHED_ENCODERS, PublishedEncoder, sha256_of


@pytest.fixture(scope="session")
def tensors() -> Tensors:
    return random_tensors(SMALL)


@pytest.fixture(scope="session")
def openai_models(tensors: Tensors, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with a small CLIP in OpenAI's format."""
    folder = tmp_path_factory.mktemp("models")
    write_openai_file(tensors, SMALL, folder / PUBLISHED_ENCODERS[0].path)
    return folder


@pytest.fixture(scope="session")
def published(openai_models: Path) -> PublishedEncoder:
    """What its publisher would say of it."""
    encoder = PUBLISHED_ENCODERS[0]
    return replace(encoder, sha256=sha256_of(openai_models / encoder.path))

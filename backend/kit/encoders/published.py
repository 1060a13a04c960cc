# SPDX-License-Identifier: Apache-2.0
"""The picture-text encoders that others have published, and what kind of file each copy is.

Nothing here imports torch: the command line lists, adds and fetches these files.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Activation = Literal["quick", "exact"]
Kind = Literal["torchscript", "torch", "safetensors", "unknown", "cut off"]

EMBEDDED_ENCODER = "kinora"


@dataclass(frozen=True)
class PublishedEncoder:
    """One encoder of the architecture CLIP ViT.

    `path` is relative to the folder of the user's models; `sha256` is empty where the publisher
    names none; `activation` is the GELU that it was trained with: OpenAI's approximation or the
    exact one.
    """

    name: str
    title: str
    path: str
    license: str
    publisher: str
    url: str
    megabytes: float
    sha256: str = ""
    activation: Activation = "quick"


def _openai(name: str, title: str, file: str, megabytes: float, sha256: str) -> PublishedEncoder:
    url = f"https://openaipublic.azureedge.net/clip/models/{sha256}/{file}"
    publisher = "the OpenAI CLIP project"
    return PublishedEncoder(name, title, f"clip/{file}", "MIT", publisher, url, megabytes, sha256)


PUBLISHED_ENCODERS: tuple[PublishedEncoder, ...] = (
    _openai(
        "clip-vit-b32",
        "CLIP ViT-B/32",
        "ViT-B-32.pt",
        354,
        "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af",
    ),
    _openai(
        "clip-vit-b16",
        "CLIP ViT-B/16",
        "ViT-B-16.pt",
        351,
        "5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f",
    ),
    _openai(
        "clip-vit-l14",
        "CLIP ViT-L/14",
        "ViT-L-14.pt",
        933,
        "b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836",
    ),
    PublishedEncoder(
        "openclip-vit-b32",
        "OpenCLIP ViT-B/32",
        "openclip/open_clip_model.safetensors",
        "MIT",
        "the OpenCLIP project, trained on LAION-2B",
        "https://huggingface.co/laion/CLIP-ViT-B-32-laion2B-s34B-b79K/resolve/main/"
        "open_clip_model.safetensors",
        605,
        activation="exact",
    ),
)

ENCODER_NAMES = (EMBEDDED_ENCODER, *(encoder.name for encoder in PUBLISHED_ENCODERS))


def clip_cache() -> Path:
    """Where OpenAI's package keeps what it has fetched."""
    return Path.home() / ".cache" / "clip"


def find_encoder_file(encoder: PublishedEncoder, models_folder: Path) -> Path:
    """The user's copy: in the models folder or, for OpenAI's, the cache of OpenAI's package.

    Where there is none, the place where it belongs.
    """
    place = models_folder / encoder.path
    cached = clip_cache() / place.name
    if encoder.sha256 and not place.is_file() and cached.is_file():
        return cached
    return place


def kind_of(path: Path) -> Kind:
    """What a file of weights is, by its first bytes and its table of contents."""
    with path.open("rb") as file:
        start = file.read(4)
    if start[:2] == b"PK":
        return _kind_of_archive(path)
    if start[:1] == b"\x80":  # a pickle without an archive, as torch wrote before 1.6
        return "torch"
    return _kind_of_safetensors(path)


def _kind_of_archive(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return "cut off"
    if any(name.endswith("/constants.pkl") for name in names):
        return "torchscript"
    return "torch" if any(name.endswith("/data.pkl") for name in names) else "unknown"


def _kind_of_safetensors(path: Path) -> Kind:
    """A safetensors file is as long as its header says."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= size - 8:
            return "cut off" if path.suffix == ".safetensors" else "unknown"
        try:
            header = json.loads(file.read(length))
            ends = [entry["data_offsets"][1] for key, entry in header.items() if key[:2] != "__"]
            whole = 8 + length + max(map(int, ends), default=0)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return "unknown"
    return "safetensors" if size == whole else "cut off"


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

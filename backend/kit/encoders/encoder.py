# SPDX-License-Identifier: Apache-2.0
"""One interface for every encoder that puts pictures and sentences into one space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ....shared.errors import BadOptionError
from .published import EMBEDDED_ENCODER, ENCODER_NAMES, PUBLISHED_ENCODERS

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Texts:
    """Sentences as unit vectors (N, D), and what of them an encoder could not read."""

    vectors: Tensor
    notes: tuple[str, ...]


class Encoder(Protocol):
    """The likeness of a picture and a sentence is the cosine of their vectors."""

    @property
    def name(self) -> str: ...

    @property
    def pixels(self) -> int:
        """The side of the pictures that it sees; others are scaled."""
        ...

    def encode_text(self, sentences: Sequence[str]) -> Texts: ...

    def encode_pictures(self, pictures: Tensor) -> Tensor:
        """(N, 3, S, S) sRGB 0..1 to unit vectors (N, D), differentiable towards the pictures.

        Raises `GpuMemoryError` when the device holds not even one picture.
        """
        ...


@cache
def load_encoder(name: str, models_folder: Path, device: str) -> Encoder:
    """The encoder of this name, read once a process.

    Raises `BadOptionError` for an unknown name, `MissingWeightsError` for missing or bad weights.
    """
    # Each brings its own network, and torch with it, only when it is asked for.
    if name == EMBEDDED_ENCODER:
        from .embedded import load_embedded

        return load_embedded(device)
    for encoder in PUBLISHED_ENCODERS:
        if encoder.name == name:
            from .clip import load_clip

            return load_clip(encoder, models_folder, device)
    raise BadOptionError(
        f'There is no encoder "{name}".', f"Choose one of {', '.join(ENCODER_NAMES)}.", "encoder"
    )

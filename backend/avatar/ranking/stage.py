# SPDX-License-Identifier: Apache-2.0
"""The stage of a job that lets an encoder look at the body: what it needs, and when it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ....shared.folders import data_folder
from ...kit.encoders.encoder import Encoder, load_encoder
from ...kit.encoders.published import EMBEDDED_ENCODER
from .codebook import Codebook, load_codebook, look_at_test, make_codebook, save_codebook

EMBEDDED_CODEBOOK = Path(__file__).with_name("codebook.safetensors")
"""What the embedded encoder saw; comes with Kinora."""

Report = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Sight:
    """An encoder and what it has seen of all bodies."""

    encoder: Encoder
    codebook: Codebook


_loaded: dict[tuple[str, str], Sight] = {}


def load_sight(name: str, device: str, report: Report = lambda share: None) -> Sight:
    """The encoder of this name and its codebook, which is made where there is none; once a process.

    Raises `MissingWeightsError` and `BadOptionError` as `load_encoder` does.
    """
    key = name, device
    if key not in _loaded:
        _loaded[key] = _load_sight(name, device, report)
    return _loaded[key]


def _load_sight(name: str, device: str, report: Report) -> Sight:
    models = data_folder() / "models"
    encoder = load_encoder(name, models, device)
    test = look_at_test(encoder, device)
    own = models / "codebooks" / f"{name}.safetensors"
    for path in [EMBEDDED_CODEBOOK, own] if name == EMBEDDED_ENCODER else [own]:
        codebook = load_codebook(path, test)
        if codebook is not None:
            return Sight(encoder, codebook)
    codebook = make_codebook(encoder, device, report)
    save_codebook(codebook, own)
    return Sight(encoder, codebook)

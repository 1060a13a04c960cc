# SPDX-License-Identifier: Apache-2.0
"""The stage of a job that lets an encoder look at the body: what it needs, and when it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ....shared.folders import data_folder
from ...kit.encoders.encoder import Encoder, load_encoder
from ...kit.encoders.published import EMBEDDED_ENCODER
from ...system import Run
from ..shape import ShapeReading
from .codebook import Codebook, load_codebook, look_at_test, make_codebook, save_codebook
from .shaping import likened

EMBEDDED_CODEBOOK = Path(__file__).with_name("codebook.safetensors")
"""What the embedded encoder saw; comes with Kinora."""

Report = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Sight:
    """An encoder and what it has seen of all bodies."""

    encoder: Encoder
    codebook: Codebook


@dataclass(frozen=True)
class Judged:
    """A body that an encoder has looked at, if any has; `scores` by what was judged, then by
    "before" and "after"."""

    reading: ShapeReading
    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def judged(reading: ShapeReading, prompt: str, encoder: str, preset: str, run: Run) -> Judged:
    """Refine the body that the words made by likeness; a draft is left as the words made it.

    Raises `MissingWeightsError` where the encoder's file is missing or bad.
    """
    if preset == "draft":
        if encoder == EMBEDDED_ENCODER:
            return Judged(reading)
        return Judged(
            reading, notes=(f"Drafts are made without {encoder}; choose another preset.",)
        )
    if not prompt.strip():
        return Judged(reading)

    def report_codebook(share: float) -> None:
        run.report(0.05, f"Showing bodies to {encoder}, only this once: {share:.0%}")

    def report_step(share: float) -> None:
        run.report(0.055, "Judging the body by the words")

    sight = load_sight(encoder, run.device, report_codebook)
    found = likened(reading, prompt, sight.encoder, sight.codebook, run.device, report_step)
    scores = {"before": round(found.before, 4), "after": round(found.after, 4)}
    return Judged(found.reading, {"shape": scores}, found.notes)


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

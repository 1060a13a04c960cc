# SPDX-License-Identifier: Apache-2.0
"""What follows the encoder's training: what it sees of all bodies, and how sure it may be of words.

`kinora train sight` makes both files anew: minutes on a processor, seconds on a GPU.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

from ...kit.encoders.embedded import load_embedded
from ...kit.encoders.encoder import Encoder
from ...kit.text import load_sentence_encoder
from .. import certainty
from ..ranking.codebook import make_codebook, save_codebook
from ..ranking.stage import EMBEDDED_CODEBOOK
from ..scenes import hues, sayings
from ..scenes.arrays import World
from ..scenes.things import nouns
from . import materials
from .calibrate import Reliability, Trial, calibrated, trained_words


def main(folder: Path) -> None:
    """From the weights in their place and the training's materials in `folder`."""
    materials.prepare(folder)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    world = materials.load(folder).world()
    encoder = load_embedded(device)
    make(encoder, device, trained_words(_said_in(world)), EMBEDDED_CODEBOOK, certainty.TABLE)


def make(
    encoder: Encoder, device: str, words: tuple[str, ...], codebook_path: Path, table_path: Path
) -> None:
    """Write both files and say how reliable the second is."""
    codebook = make_codebook(encoder, device, _say_share)
    save_codebook(codebook, codebook_path)
    known, table, trials = calibrated(encoder, codebook, words, load_sentence_encoder())
    certainty.save_known(known, table_path)
    sys.stdout.write("\n" + report(known, table, trials))


def _said_in(world: World) -> list[str]:
    """Captions enough to hold every word that training says."""
    table, color = nouns(), hues.color_words()
    said = [name for name, trained in zip(table.names, table.is_trained, strict=True) if trained]
    said += [name for name, trained in zip(color.names, color.is_trained, strict=True) if trained]
    said += [*sayings.builds().names, *sayings.persons().names]
    said += [text for action in world.actions for text in sayings.action_phrases(action)]
    return said + materials.captions_of(world)


def report(known: certainty.Known, table: Reliability, trials: list[Trial]) -> str:
    """The reliability table of the model card."""
    lines = [
        f"{len(known.words)} trained words; understood {known.rate:.2f}; slopes "
        + ", ".join(f"{slope:.2f}" for slope in known.slopes),
        "| kind | words in training captions | understood | others | understood |",
        "| --- | --- | --- | --- | --- |",
    ]
    for kind in dict.fromkeys(trial.kind for trial in trials):
        cells = []
        for is_trained in (True, False):
            mine = [t.is_right for t in trials if t.kind == kind and t.is_trained == is_trained]
            cells += [f"{len(mine)}", f"{np.mean(mine):.2f}" if mine else "-"]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    lines += ["", "| said from | words | said | understood |", "| --- | --- | --- | --- |"]
    for low, count, said, right in table.rows:
        lines.append(f"| {low:.2f} | {count} | {said:.2f} | {right:.2f} |")
    return "\n".join([*lines, f"mean distance {table.error:.3f}", ""])


def _say_share(share: float) -> None:
    sys.stderr.write(f"\rlooking at bodies: {share:4.0%}")

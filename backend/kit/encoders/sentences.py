# SPDX-License-Identifier: Apache-2.0
"""Sentences to token states with the installed sentence encoder, in numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..text import SentenceEncoder, load_sentence_encoder
from .minilm import notes_of_cuts


@dataclass(frozen=True, eq=False)
class InstalledReader:
    """A `Reader` that needs nothing but the package that Kinora installs."""

    encoder: SentenceEncoder

    def __call__(self, sentences: Sequence[str]) -> tuple[Tensor, Tensor]:
        rows = [torch.from_numpy(row) for row in self.encoder.token_states(list(sentences))]
        padded = nn.utils.rnn.pad_sequence(rows, batch_first=True)
        lengths = torch.tensor([len(row) for row in rows])
        return padded, torch.arange(padded.shape[1])[None] < lengths[:, None]

    def notes(self, sentences: Sequence[str]) -> tuple[str, ...]:
        return notes_of_cuts(self.encoder.tokenizer, sentences)


def installed_reader() -> InstalledReader:
    """The reader of the installed package. Raises MissingWeightsError."""
    return InstalledReader(load_sentence_encoder())

# SPDX-License-Identifier: Apache-2.0
"""Poses that fit a sentence: by what an encoder sees in them, and by what is said of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...encoders.encoder import Encoder
from ...encoders.published import EMBEDDED_ENCODER
from .captions import Captions, Reader, caption
from .codebook import Codebook, load_codebook
from .features import load_features
from .figure import mannequin
from .material import ACTION
from .prior import EMBEDDED_PRIOR, PosePrior, distance, load_prior, vectors_of
from .published import CODEBOOK_FILE, EMBEDDED_WITH, VPOSER, VPOSER_FILE

RENDERED = "a rendered 3d man is {}"
"""AvatarCLIP's pattern, for encoders that have seen the world; ours has seen bare captions."""
AMONG, APART = 40, 0.07
"""As published: of the best so many, those that differ by radians a rotation vector's number."""
SAID = 18.0
"""Deviations of the picture's score that a cosine of 1 between the words is worth."""
SURE, FALLEN, TOLD = 3.0, 3.0, 0.15
"""The most that the picture's score counts, and what lying costs, in its deviations; and the cosine
beyond HEARD from which the words insist."""


@dataclass(frozen=True)
class Found:
    """A pose: `rotations` (22, 4) local, the pelvis leaning as it does, and its `latent` (32,).

    `name` is what most poses like it show; `score` tells only which of one search fit better;
    `heard` is the best cosine, beyond captions.HEARD, of the sentence and what is true of the pose:
    near 0 only the encoder speaks for it.
    """

    name: str
    score: float
    rotations: NDArray[np.float32]
    latent: NDArray[np.float32]
    heard: float = 0.0


@dataclass(frozen=True, eq=False)
class Library:
    """A codebook with all that a search in it needs; `seen` (K, D). Of the published codebook
    nothing is said."""

    encoder: Encoder
    reader: Reader
    prior: PosePrior
    book: Codebook
    seen: Tensor
    captions: Captions | None


def prior_for(encoder: str, models_folder: Path) -> str:
    """The published prior where its files are there and the encoder is the one that its codebook's
    pictures were shown to, else Kinora's own."""
    files = [models_folder / file for file in (VPOSER_FILE, CODEBOOK_FILE)]
    is_published = encoder == EMBEDDED_WITH and all(file.is_file() for file in files)
    return VPOSER if is_published else EMBEDDED_PRIOR


def open_library(
    encoder: Encoder,
    reader: Reader,
    models_folder: Path,
    kept: tuple[Path, str],
    name: str | None = None,
    report: Callable[[float], None] = lambda share: None,
) -> Library:
    """The library of the prior of this name, or of the one that suits the encoder.

    `reader` is a sentence encoder; `kept` is the folder for what an encoder saw, and the device on
    which it looks.

    Raises `MissingWeightsError` where a file is missing, `StorageError`.
    """
    name = name or prior_for(encoder.name, models_folder)
    prior, book = load_prior(name, models_folder), load_codebook(name, models_folder)
    seen = load_features(encoder, prior, book, kept, report)
    said = None
    if book.prior == EMBEDDED_PRIOR:
        said = caption(book, prior, mannequin("cpu").offsets, reader)
    return Library(encoder, reader, prior, book, seen, said)


def search(
    library: Library, sentence: str, top: int = 5, apart: float = APART, among: int = AMONG
) -> tuple[Found, ...]:
    """The best poses for what a sentence says is done ("shooting a basketball"), best first.

    As published, but that captions speak too where there are any: of the `among` best those are
    kept that differ from every better one by more than `apart` radians. Fewer than `top` may be.
    """
    score, heard = scores(library, sentence)
    best = score.topk(min(among, len(score)))
    turns = library.book.poses(library.prior, best.indices)
    vectors = vectors_of(turns)
    kept: list[int] = []
    for row in range(len(vectors)):
        if len(kept) < top and (distance(vectors[kept], vectors[row]) > apart).all():
            kept.append(row)
    return tuple(
        Found(
            _name(library.book, int(best.indices[row])),
            float(best.values[row]),
            turns[row].numpy(),
            library.book.codes[best.indices[row]].numpy(),
            float(heard[best.indices[row]]),
        )
        for row in kept
    )


def scores(library: Library, sentence: str) -> tuple[Tensor, Tensor]:
    """(K,) in deviations of the picture's score, captions included; (K,) what those say.

    An encoder that never saw such a pose says anything of it. Where there are words, it therefore
    has a say of SURE at most, and poses that are rare are taken only where it or the words insist.
    """
    said = text_of(library.encoder, sentence)
    asked = library.encoder.encode_text([said]).vectors[0].float().cpu()
    looks = library.seen @ asked
    looks = (looks - looks.mean()) / looks.std().clamp(min=1e-6)
    if library.captions is None:
        return looks, torch.zeros_like(looks)
    heard = torch.from_numpy(library.captions.answer(library.reader.encode([sentence])[0]))
    unsaid = (1 - heard / TOLD).clamp(min=0)
    rare = library.book.codes.square().mean(1) + FALLEN * (1 - library.book.upright)
    return looks.clamp(max=SURE) + SAID * heard - unsaid * rare, heard


def text_of(encoder: Encoder, sentence: str) -> str:
    """What the encoder is asked."""
    return sentence if encoder.name == EMBEDDED_ENCODER else RENDERED.format(sentence)


def _name(book: Codebook, row: int) -> str:
    number = int(book.caption[row])
    return book.captions[number].removeprefix(ACTION).replace("_", " ") if number >= 0 else "a pose"

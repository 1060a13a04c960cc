# SPDX-License-Identifier: Apache-2.0
"""What training needs besides this code, in one folder: bodies, poses, and the sentence encoder.

A machine that only trains gets the folder as it is, made elsewhere.
"""

from __future__ import annotations

import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError

from ....shared.errors import BadOptionError, StorageError
from ...kit.encoders import minilm
from ..scenes.arrays import World
from ..scenes.captions import captions, phrases
from ..scenes.heldout import held_words
from ..scenes.hues import color_words
from ..scenes.parts import NAMES
from ..scenes.poses import PoseBank, make_bank
from ..scenes.sample import make_world, sample
from ..scenes.shapes import ShapeBasis, make_basis
from ..scenes.things import nouns

BODY = "body.npz"
POSES = "poses.npz"
MINILM = "minilm.safetensors"
TOKENIZER = "tokenizer.json"
COMMON = 6000
"""The first tokens of the vocabulary, which are the commonest, are kept whether used or not."""
SCENES = 12
"""Batches whose captions are looked through for the tokens that training uses."""
SCENE = 256


@dataclass(frozen=True, eq=False)
class Materials:
    """The folder's bodies and poses."""

    basis: ShapeBasis
    poses: PoseBank

    def world(self, training: bool = True, only: Collection[str] | None = None) -> World:
        """What scenes are drawn from, with every part of the wardrobe or `only` some."""
        actions = [self.poses.actions[row] for row in self.poses.action]
        made = NAMES if only is None else {"skin", "eyes", *only}
        names = [name if name in made else "" for name in NAMES]
        return make_world(self.basis, names, actions, training=training)


def prepare(folder: Path, mocap: Path | None = None) -> None:
    """Make what the folder lacks, with poses of the clips in `mocap` too; half a minute.

    Raises BadOptionError, MissingWeightsError, StorageError.
    """
    # Only here, since a machine that only trains has neither package.
    from ...kit import text
    from ...kit.body import load_body_model

    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / POSES).exists():
            make_bank(mocap).save(folder / POSES)
        if not (folder / BODY).exists():
            make_basis(load_body_model()).save(folder / BODY)
        if (folder / MINILM).exists() and (folder / TOKENIZER).exists():
            return
        source = text.model_folder()
        (folder / TOKENIZER).write_bytes((source / TOKENIZER).read_bytes())
        world = load(folder).world()
        names = [*nouns().names, *color_words().names, *sorted(held_words())]
        said = names + captions_of(world)
        tokens, mask = minilm.tokenise(minilm.load_tokenizer(folder / TOKENIZER), said)
        used = np.union1d(tokens[mask], np.arange(COMMON)).tolist()
        minilm.cut_minilm(source / "model.safetensors", used, folder / MINILM)
    except (OSError, SafetensorError) as error:
        raise StorageError(f"{folder} cannot be written to ({error}).") from error


def load(folder: Path) -> Materials:
    """Read the bodies and poses. Raises BadOptionError."""
    try:
        return Materials(ShapeBasis.load(folder / BODY), PoseBank.load(folder / POSES))
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise BadOptionError(
            f"{folder} does not hold what the encoder is trained with ({error}).",
            "Remove it; it is made anew.",
            "materials",
        ) from error


def captions_of(world: World) -> list[str]:
    """Captions enough to hold about every word that training says of pictures."""
    said: list[str] = []
    for seed in range(SCENES):
        random = np.random.default_rng(seed)
        scene = sample(random, world, SCENE)
        said += captions(random, scene, world).texts
        said += phrases(random, scene, world).captions.texts
    return said

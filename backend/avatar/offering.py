# SPDX-License-Identifier: Apache-2.0
"""Poses that fit what a motion does, drawn on the job's character, for people to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, islice, zip_longest

from ...shared.folders import data_folder
from ...shared.results import Candidate, Character
from ..kit.encoders.encoder import load_encoder
from ..kit.encoders.published import EMBEDDED_ENCODER
from ..kit.motion.poses.prior import EMBEDDED_PRIOR
from ..kit.motion.poses.search import Found, Library, open_library, prior_for, search
from ..kit.motion.poses.thumbnails import candidates, dressed
from ..kit.motion.words import inflect, load_lexicon
from ..kit.text import SentenceEncoder

SHOWN = 6
AMONG, APART = 400, 0.12
"""More poses, and further apart, than AvatarCLIP's filter has: six of a walk should not be one."""


@lru_cache(maxsize=2)
def pose_library(name: str, device: str, reader: SentenceEncoder) -> Library:
    """The published poses where the encoder of this name and its files go with them, else those
    that come with Kinora, as its own encoder sees them; read once a process."""
    models = data_folder() / "models"
    chosen = EMBEDDED_ENCODER if prior_for(name, models) == EMBEDDED_PRIOR else name
    encoder = load_encoder(chosen, models, device)
    return open_library(encoder, reader, models, (data_folder() / "poses", device))


def offered(doing: Sequence[str], character: Character, library: Library) -> tuple[Candidate, ...]:
    """Up to `SHOWN` poses for the actions that are done, the best of each by turns."""
    asked = dict.fromkeys(told(action) for action in doing)
    found = [search(library, words, SHOWN, APART, AMONG) for words in asked]
    by_turns = (pose for pose in chain(*zip_longest(*found)) if pose is not None)
    best: list[Found] = list(islice(by_turns, SHOWN))
    return candidates(tuple(best), dressed(character)) if best else ()


def told(action: str) -> str:
    """As the lexicon describes it: "guitar" is "playing the guitar"; else by its own words."""
    entry = load_lexicon().entries.get(action)
    return entry.describe[0] if entry and entry.describe else gerund(action)


def gerund(action: str) -> str:
    """ "sit_down" to "sitting down"."""
    return inflect(action.replace("_", " "))[2]

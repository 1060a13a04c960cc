# SPDX-License-Identifier: Apache-2.0
"""What the user is told of an appearance: stand-ins, what gave way, what is missing."""

from __future__ import annotations

from collections.abc import Iterator

from .lexicon import listing
from .things import Sentence
from .wardrobe import Clothes


def of_clothes(sentence: Sentence, clothes: Clothes) -> Iterator[str]:
    """At most one sentence of each kind."""
    if clothes.replaced:
        pairs = list(dict.fromkeys(clothes.replaced))
        last = [f'"{new}" over "{old}"' for old, new in pairs[:4]]
        more = [f"{len(pairs) - 4} more"] if len(pairs) > 4 else []
        yield f"Of what cannot be worn together I took what was said last: {listing(last + more)}."
    if clothes.stand_ins:
        pairs = list(dict.fromkeys(clothes.stand_ins))
        made = [f'"{said}" (I made "{label}")' for said, label in pairs]
        yield f"This version has no {listing(made)}."
    unmade = [
        thing.phrase for thing in sentence.things if thing.kind == "unmade" and not thing.is_negated
    ]
    if unmade:
        names = [f'"{name}"' for name in dict.fromkeys(unmade)]
        yield f"This version cannot make {listing(names)} yet."
    if sentence.odd:
        names = [f'"{name}"' for name in dict.fromkeys(sentence.odd)]
        yield f"This version has no pattern {listing(names)}."


def without_words(prompt: str, what: str) -> tuple[str, ...]:
    """A note where a prompt holds signs but no words."""
    if prompt.strip() and not any(character.isalnum() for character in prompt):
        return (f"There are no words in the {what} prompt; please say it in English words.",)
    return ()

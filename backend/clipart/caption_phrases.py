# SPDX-License-Identifier: Apache-2.0
"""Ways of saying become plain verbs: "gives a kick" kicks, "her walking stick" does not walk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from .caption_words import Lexicon, forms, read_lexicon

IRREGULAR = dict(
    pair.split()
    for pair in (
        *("gave give", "did do", "does do", "made make", "took take", "has have"),
        *("had have", "said say", "kept keep", "lost lose"),
    )
)
GIVEN = r"(?:its|his|her|their|the|a|an|some|your|our|my)"


def plain_words(text: str) -> tuple[str, tuple[str, ...]]:
    """A caption in small letters that says the same with plain verbs, and notes on what it lost.

    >>> plain_words("A boy gives a kick")[0]
    'a boy kicks'
    """
    words = read_lexicon()
    plain = re.sub(r"\s+", " ", text.lower()).strip()
    for pattern, replaced in _rules(words):
        plain = pattern.sub(replaced, plain)
    return _without_modifiers(plain, words)


def _rules(words: Lexicon) -> Iterator[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]]:
    for verb, phrases in words.phrases.items():
        for phrase in phrases:
            first, _, rest = phrase.partition(" ")
            after = re.escape(rest).replace("its", GIVEN)
            pattern = rf"\b({_any_form(first)})" + (rf" {after}\b" if rest else r"\b")
            yield re.compile(pattern), lambda match, verb=verb: _bent(verb, match[1])  # type: ignore[misc]
    bases = "|".join(sorted({base for all_of in words.bases.values() for base in all_of}))
    light = "|".join(_any_form(verb) for verb in words.light)
    part = "|".join(words.parts)
    # "gives its tail a wag" and "gives a little kick".
    yield (
        re.compile(rf"\b({light}) ({GIVEN} (?:\w+ )?(?:{part})) an? ((?:\w+ )?)({bases})\b"),
        lambda match: f"{_bent(match[4], match[1])} {match[2]} {match[3]}".strip(),
    )
    yield (
        re.compile(rf"\b({light}) {GIVEN} ((?:\w+ ){{0,2}}?)({bases})\b(?! [a-z]+(?:ing|s)\b)"),
        lambda match: f"{_bent(match[3], match[1])} {match[2]}".strip(),
    )


def _any_form(verb: str) -> str:
    irregular = [form for form, base in IRREGULAR.items() if base == verb]
    return "|".join(map(re.escape, [*forms(verb), *irregular]))


def _bent(verb: str, like: str) -> str:
    """The verb in the form that another has."""
    base, many, ing, past = forms(verb)
    if like.endswith("ing"):
        return ing
    if like in ("gave", "did", "made", "took", "had", "said", "kept", "lost"):
        return past
    return many if like.endswith("s") else past if like.endswith("ed") else base


def _without_modifiers(plain: str, words: Lexicon) -> tuple[str, tuple[str, ...]]:
    """Less the "walking" of a walking stick where another verb is said; a note tells.

    A wagging tail is a tail that wags, and a dancing robot, if nothing else is said, dances.
    """
    tokens = plain.split()
    bare = [re.sub(r"[^a-z-].*", "", token) for token in tokens]
    modifying = [place for place in range(len(bare)) if _modifies(bare, place, words)]
    has_verb = _has_verb(bare, modifying, words)
    notes = []
    for place in reversed(modifying):
        if bare[place + 1] in words.parts or not has_verb:
            swapped = (re.sub(r"\W+$", "", tokens[place + 1]), tokens[place])
            tokens[place : place + 2] = swapped
        else:
            named = f"{bare[place]} {bare[place + 1]}"
            notes.append(f'"{named}" was read as the name of something, not as an action.')
            del tokens[place]
    return " ".join(tokens), tuple(reversed(notes))


def _modifies(tokens: Sequence[str], place: int, words: Lexicon) -> bool:
    """A form in -ing of a known verb between what opens a noun and the noun."""
    if not 0 < place < len(tokens) - 1 or not tokens[place].endswith("ing"):
        return False
    if tokens[place] not in words.verbs:
        return False
    following, before = tokens[place + 1], tokens[place - 1]
    closed = words.determiners | words.links | words.auxiliaries | {"left", "right", ""}
    is_noun = not (
        following in closed or following in words.manners or following.endswith(("ly", "ing"))
    )
    opened = words.determiners | {"with", "in", "on", "of", "at", "to", "from", "by", "for"}
    is_described = (
        place > 1
        and tokens[place - 2] in words.determiners
        and before not in words.subjects
        and before not in words.parts
        and before not in closed
    )
    return is_noun and (before in opened or is_described)


def _has_verb(tokens: Sequence[str], modifying: Sequence[int], words: Lexicon) -> bool:
    """Whether anything else is done: a known verb, or what follows "is" or who it is about."""
    for place, (before, token) in enumerate(pairwise(["", *tokens])):
        if place in modifying or before in words.determiners or place - 1 in modifying:
            continue
        if token in words.verbs and token not in words.subjects:
            return True
        is_said = before in words.auxiliaries or before in words.subjects
        if is_said and token.endswith(("ing", "s")) and token not in words.auxiliaries:
            return True
        if place == len(tokens) - 1 and token.endswith("s") and token not in words.subjects:
            return place - 2 in modifying
    return False

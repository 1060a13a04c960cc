# SPDX-License-Identifier: Apache-2.0
"""Prompts as lists of words: lower case, one spelling, punctuation kept where it ends a clause."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[.,;:!?()&+/]")
_PUNCTUATION = set(".,;:!?()&+/")
_BRITISH = {
    "gray": "grey",
    "colour": "color",
    "coloured": "colored",
    "jewellery": "jewelry",
    "moustache": "mustache",
    "pyjamas": "pajamas",
    "blond": "blonde",
}


def normalise(prompt: str) -> str:
    """Compatible characters folded, lower case, one kind of apostrophe, hyphens opened."""
    text = unicodedata.normalize("NFKC", prompt).lower()
    text = text.replace("’", "'").replace("`", "'").replace("″", '"').replace("′", "'")  # noqa: RUF001
    return re.sub(r"[-‐‑‒–—_]+", " ", text)  # noqa: RUF001


def split(text: str) -> list[str]:
    """Words and punctuation of a normalised prompt; `&` and `+` read as "and", `/` as a comma."""
    tokens = []
    for token in _WORD.findall(text):
        token = {"&": "and", "+": "and", "/": ","}.get(token, token)
        token = token.removesuffix("'s") if len(token) > 3 else token
        tokens.append(_BRITISH.get(token, token))
    return tokens


def is_punctuation(token: str) -> bool:
    return token in _PUNCTUATION


def forms(word: str) -> list[str]:
    """The word and what it may be a form of: singular, positive degree; likeliest first."""
    found = [word]
    if word.endswith("ies") and len(word) > 4:
        found.append(word[:-3] + "y")
    if word.endswith("ves") and len(word) > 4:
        found += [word[:-3] + "f", word[:-3] + "fe"]
    if word.endswith("es") and len(word) > 4:
        found.append(word[:-2])
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        found.append(word[:-1])
    if word.endswith("men") and len(word) > 2:
        found.append(word[:-3] + "man")
    return found + _positives(word)


def _positives(word: str) -> list[str]:
    """taller, fattest, skinnier, larger, yellowish: the plain adjective."""
    found = []
    for ending in ("ish", "er", "est"):
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < 3:
            continue
        found.append(stem)
        found.append(stem + "e")
        if stem.endswith("i"):
            found.append(stem[:-1] + "y")
        if stem[-1] == stem[-2]:
            found.append(stem[:-1])
    return found

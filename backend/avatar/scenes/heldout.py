# SPDX-License-Identifier: Apache-2.0
"""What is never trained on: words, combinations of colors and garments, and bodies."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..words.lexicon import words


@cache
def _source() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("heldout.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def held_words() -> frozenset[str]:
    """Words that no training caption holds."""
    return frozenset(word for listed in _source()["words"].values() for word in words(listed))


def is_held_phrase(phrase: str) -> bool:
    return bool(held_words() & set(phrase.replace("-", " ").split()))


@cache
def held_pairs() -> frozenset[tuple[str, str]]:
    """(upper, lower) colors of `hues.TWELVE` that are never worn together in training."""
    listed = _source()["pairs"]
    return frozenset((upper, lower) for upper in listed for lower in words(listed[upper]))


@cache
def held_garments() -> frozenset[tuple[str, str]]:
    """(garment, color of `hues.TWELVE`) that are never seen in training."""
    listed = _source()["garments"]
    return frozenset((garment, color) for garment in listed for color in words(listed[garment]))


def is_held_body(families: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(N,) whether the families of bodies with these numbers are kept from training."""
    rule = _source()["bodies"]
    mixed = (families.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    return np.isin(mixed % np.uint64(rule["of"]), rule["kept"])

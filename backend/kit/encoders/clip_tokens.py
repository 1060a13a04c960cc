# SPDX-License-Identifier: Apache-2.0
"""CLIP's byte-pair tokens, from its published merges (`LICENSES/CLIP.txt`)."""

from __future__ import annotations

import gzip
import html
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

MERGES = Path(__file__).parent / "clip_merges.txt.gz"
WORD_END = "</w>"
START, END = 49406, 49407
LONGEST = 77
"""Tokens of a sentence, its start and its end among them."""

_STRAIGHT = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")
_WORDS = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


@cache
def load_tokenizer() -> Tokenizer:
    """Read the merges, once a process."""
    lines = gzip.decompress(MERGES.read_bytes()).decode("utf-8").split("\n")
    merges = [(first, second) for first, second in (line.split() for line in lines if line)]
    letters = _letters()
    pieces = [*letters, *(letter + WORD_END for letter in letters), *map("".join, merges)]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, end_of_word_suffix=WORD_END))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFC(),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Strip(),
            normalizers.Lowercase(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORDS), "removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    return tokenizer


def _letters() -> list[str]:
    """The 256 bytes as the letters that stand for them, in the vocabulary's order."""
    shown = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = len(range(256)) - len(shown)
    return [chr(byte) for byte in shown] + [chr(256 + number) for number in range(hidden)]


def tokenize(sentences: Sequence[str]) -> tuple[list[list[int]], list[str]]:
    """The tokens of each sentence, and a note for each that is too long: what is not read."""
    tokens, notes = [], []
    for sentence in sentences:
        plain = html.unescape(html.unescape(sentence)).translate(_STRAIGHT)
        encoding = load_tokenizer().encode(plain)
        room = LONGEST - 2
        if len(encoding.ids) > room:
            rest = plain[encoding.offsets[room][0] :].strip()
            notes.append(f"CLIP reads {LONGEST} tokens of a sentence; it did not read “{rest}”.")
        tokens.append([START, *encoding.ids[:room], END])
    return tokens, notes

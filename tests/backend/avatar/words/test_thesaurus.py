# SPDX-License-Identifier: Apache-2.0
"""A small dictionary written here: hat, its kinds, and what no one wears."""

from __future__ import annotations

import pytest

from kinora.backend.avatar.words import wordnet
from kinora.backend.avatar.words.spelling import respelled
from kinora.backend.kit.text import load_sentence_encoder
from kinora.shared.errors import BadOptionError

NOUNS = """\
00000001 06 n 01 clothing 0 001 ~ 00000002 n 0000 | a covering for the body
00000002 06 n 02 hat 0 lid 1 003 @ 00000001 n 0000 ~ 00000003 n 0000 ~i 00000004 n 0000 | headdress
00000003 06 n 01 Pork-pie_hat 0 001 @ 00000002 n 0000 | a man's hat
00000004 06 n 01 Old_Faithful 0 001 @i 00000002 n 0000 | a hat of its own
"""
INDEX = """\
  1 the licence
clothing n 1 1 ~ 1 1 00000001
hat n 1 2 @ ~ 1 1 00000002
lid n 2 2 @ ~ 2 0 00000001 00000002
pork-pie_hat n 1 1 @ 1 0 00000003
"""


@pytest.fixture
def folder(tmp_path):
    for name in wordnet.FILES.values():
        (tmp_path / f"data.{name}").write_text(NOUNS if name == "noun" else "")
        (tmp_path / f"index.{name}").write_text(INDEX if name == "noun" else "")
    return tmp_path


def test_kinds_of_a_thing_are_found_and_single_things_left_out(folder):
    read = wordnet.read_wordnet(folder)
    assert read.below(["n00000001"]) == {"n00000001", "n00000002", "n00000003"}
    assert read.synsets["n00000003"].words == ("pork pie hat",)


def test_senses_come_in_the_order_of_use(folder):
    read = wordnet.read_wordnet(folder)
    assert read.rank("lid", "n00000002") == 1
    assert "n hat" in read.used and "n lid" not in read.used


@pytest.mark.parametrize("broken", ["absent", "cut"])
def test_what_is_no_dictionary_is_refused_in_words(folder, broken):
    if broken == "absent":
        (folder / "index.noun").unlink()
    else:
        (folder / "data.noun").write_text("00000001 06 n zz\n")
    with pytest.raises(BadOptionError, match="WordNet"):
        wordnet.read_wordnet(folder)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("trouseers", "trousers"), ("jakcet", "jacket"), ("turquise", "turquoise"), ("boats", None)],
)
def test_one_slip_of_the_keys_is_forgiven(typed, meant):
    assert respelled(typed, load_sentence_encoder().tokenizer) == meant

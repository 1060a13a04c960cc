# SPDX-License-Identifier: Apache-2.0
"""The prompts that appearance is measured by are sound, and nobody else's."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from kinora.backend.avatar.wardrobe.garments import GARMENTS
from kinora.backend.avatar.words import colors

ROOT = Path(__file__).parents[2]
FILE = ROOT / "benchmarks" / "appearance_prompts.toml"
OTHERS = (
    "benchmarks/texels_development.toml",
    "backend/avatar/scenes/evaluation.toml",
    "tests/data/understanding.toml",
    "tests/data/sixty.txt",
)
RUN = 6  # words in a row that no two sentences share unless one was copied
LISTED = tomllib.loads(FILE.read_text(encoding="utf-8"))


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def runs(text: str) -> set[tuple[str, ...]]:
    said = words(text)
    return {tuple(said[at : at + RUN]) for at in range(len(said) - RUN + 1)}


def test_there_are_as_many_as_promised() -> None:
    assert len(LISTED["evaluation"]) == 24
    assert sum(one["loose"] for one in LISTED["evaluation"]) >= 12
    assert len(LISTED["development"]) == 6
    names = [one["name"] for kind in LISTED.values() for one in kind]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("kind", LISTED)
def test_what_is_asked_for_can_be_judged(kind: str) -> None:
    for one in LISTED[kind]:
        assert set(one) == {"name", "shape", "appearance", "parts", "loose"}
        assert one["parts"]
        for part, color in one["parts"].items():
            assert part == "hair" or part in GARMENTS, part
            assert color in colors.named(), color
            assert color in words(one["appearance"]), (one["name"], color)


@pytest.mark.parametrize("other", OTHERS)
def test_they_are_not_taken_from_other_sets(other: str) -> None:
    text = (ROOT / other).read_text(encoding="utf-8")
    sentences = re.findall(r'"([^"\n]+)"', text) if other.endswith("toml") else text.splitlines()
    assert len(sentences) > 10
    theirs = {run for sentence in sentences for run in runs(sentence)}
    whole = {tuple(words(sentence)) for sentence in sentences}
    for one in LISTED["evaluation"]:
        assert not runs(one["appearance"]) & theirs
        assert tuple(words(one["appearance"])) not in whole


def test_development_prompts_share_no_looks_with_those_measured() -> None:
    tried = {run for one in LISTED["development"] for run in runs(one["appearance"])}
    looks = [tuple(sorted(one["parts"].items())) for one in LISTED["development"]]
    for one in LISTED["evaluation"]:
        assert not runs(one["appearance"]) & tried
        assert tuple(sorted(one["parts"].items())) not in looks


def test_no_code_of_kinora_reads_them() -> None:
    sources = [*(ROOT / "backend").rglob("*.py"), *(ROOT / "shared").rglob("*.py")]
    assert sources
    readers = [path for path in sources if FILE.stem in path.read_text(encoding="utf-8")]
    assert not readers

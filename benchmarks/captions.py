# SPDX-License-Identifier: Apache-2.0
"""What training captions speak of, how often, and how long they take: `--help` tells the rest.

Needs the folder of bodies and poses that `kinora train encoder` makes.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from kinora.backend.avatar.scenes import hues
from kinora.backend.avatar.scenes.captions import Captions, captions, phrases
from kinora.backend.avatar.scenes.sample import sample
from kinora.backend.avatar.scenes.things import THINGS, nouns
from kinora.backend.avatar.seeing.materials import load


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def kind_of(said: Captions, row: int) -> str:
    """What a caption speaks of, in one word."""
    parts = int((said.noun[row] >= 0).sum())
    body = bool(np.isfinite(said.ranges[row]).any())
    if not parts:
        return "body" if said.action[row] < 0 else "action"
    whole = "person, " if body or said.action[row] >= 0 else ""
    return f"{whole}{parts} part{'s' if parts > 1 else ''}"


def attribute_of(said: Captions, row: int) -> str:
    """What a caption says of its first part."""
    colors = int((said.color[row, 0] >= 0).sum())
    pattern = "pattern" if said.pattern[row, 0] > 0 else ""
    return " and ".join(filter(None, (("", "color", "two colors")[colors], pattern))) or "name"


def shares(title: str, counted: Iterable[str], most: int = 60) -> None:
    """Print how often each is."""
    counts = Counter(counted)
    total = sum(counts.values())
    say(f"\n{title} ({total})")
    for name, count in counts.most_common(most):
        say(f"  {100 * count / total:5.1f} %  {name}")


def main() -> None:
    """Read the options, draw batches, print shares and times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where body.npz and poses.npz are")
    parser.add_argument("--batches", type=int, default=30)
    given = parser.parse_args()
    world = load(given.folder).world()
    said: list[Captions] = []
    worn: Counter[str] = Counter()
    took = []
    for seed in range(given.batches):
        random = np.random.default_rng(seed)
        start = time.perf_counter()
        scene = sample(random, world, 256)
        drawn = time.perf_counter()
        said.append(captions(random, scene, world))
        phrases(random, scene, world)
        took.append((drawn - start, time.perf_counter() - drawn))
        worn.update(THINGS[thing] for thing in scene.labels.thing[scene.labels.thing >= 0])
    sampling, saying = 1000 * np.median(np.array(took), axis=0)
    say(f"256 pictures: {sampling:.0f} ms to draw up, {saying:.0f} ms to speak of")
    true = [(one, row) for one in said for row in np.flatnonzero(~one.is_hard_negative).tolist()]
    alone = [(one, row) for one, row in true if kind_of(one, row) == "1 part"]
    shares("captions", (kind_of(*at) for at in true))
    shares("words", (f"{len(one.texts[row].split()):2}" for one, row in true))
    shares("the part, of captions on one", (nouns().place[o.noun[r, 0]] for o, r in alone))
    shares("what is said of it", (attribute_of(*at) for at in alone))
    families = [hues.TWELVE[n] for n in hues.nearest_of_twelve(hues.color_words().lab)]
    first = (one.color[row, 0, 0] for one, row in alone)
    shares(
        "its color, by the nearest of twelve", (families[color] for color in first if color >= 0)
    )
    rare = sorted(worn.items(), key=lambda item: item[1])[:12]
    say(f"\nseldomest in {256 * given.batches} pictures: {rare}")


if __name__ == "__main__":
    main()

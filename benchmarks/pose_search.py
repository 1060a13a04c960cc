# SPDX-License-Identifier: Apache-2.0
"""How long a search in the codebook of poses takes, warm, and what refining a found pose adds.

    python benchmarks/pose_search.py [--refine] [--sheet FILE.png] [SENTENCE ...]

Prints the median time of a search for each sentence, its five best poses by name, and, with
--refine, the cosine before and after refining the best one; --sheet draws them.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from kinora.backend.kit.encoders.encoder import load_encoder
from kinora.backend.kit.motion.poses.figure import mannequin
from kinora.backend.kit.motion.poses.refine import refine
from kinora.backend.kit.motion.poses.render import draw
from kinora.backend.kit.motion.poses.search import Found, Library, open_library, search
from kinora.backend.kit.text import SentenceEncoder, load_sentence_encoder

SENTENCES = (
    "praying", "shooting a basketball", "sitting cross-legged", "raising both arms", "kicking",
    "crawling", "bowing to the king", "drinking from a cup", "fencing with a sword",
    "surrendering with hands up", "hugging somebody", "picking a flower from the ground",
)  # fmt: skip
REPEATS = 15
PIXELS = 128


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sentences", nargs="*", default=SENTENCES)
    parser.add_argument("--refine", action="store_true")
    parser.add_argument("--sheet", type=Path)
    given = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        models = Path(folder)
        encoder = load_encoder("kinora", models, device)
        library = open_library(encoder, load_sentence_encoder(), models, (models, device))
        took = time.perf_counter() - start
    tell(f"{len(library.book.codes)} poses, opened in {took:.1f} s on {device}")
    rows = [measured(library, sentence, given.refine, device) for sentence in given.sentences]
    tell(f"median of all {statistics.median(seconds for seconds, _ in rows) * 1000:.0f} ms")
    if given.sheet:
        sheet([found for _, found in rows], device).save(given.sheet)


def measured(
    library: Library, sentence: str, refines: bool, device: str
) -> tuple[float, tuple[Found, ...]]:
    times = []
    for _ in range(REPEATS):
        # A sentence that was just read would be remembered.
        SentenceEncoder._read.cache_clear()
        start = time.perf_counter()
        found = search(library, sentence)
        times.append(time.perf_counter() - start)
    seconds = statistics.median(times)
    names = ", ".join(f"{pose.name} {pose.score:.1f}" for pose in found)
    tell(f"{sentence}: {seconds * 1000:.0f} ms; {names}")
    if refines:
        start = time.perf_counter()
        better = refine(library, sentence, found[0], mannequin(device))
        took = time.perf_counter() - start
        tell(f"    refined: {better.before:.4f} to {better.after:.4f} in {took:.1f} s")
        found = (*found[:5], better.pose)
    return seconds, found


def sheet(rows: list[tuple[Found, ...]], device: str) -> Image.Image:
    """A row of pictures for each sentence."""
    most = max(map(len, rows))
    whole = np.full((len(rows) * PIXELS, most * PIXELS, 3), 255, np.uint8)
    for down, found in enumerate(rows):
        turns = torch.from_numpy(np.stack([pose.rotations for pose in found])).to(device)
        drawn = draw(mannequin(device), turns, PIXELS, (150,))[:, :3].permute(0, 2, 3, 1)
        line = (drawn.clamp(0, 1) * 255).byte().cpu().numpy()
        for across, picture in enumerate(line):
            top, left = down * PIXELS, across * PIXELS
            whole[top : top + PIXELS, left : left + PIXELS] = picture
    return Image.fromarray(whole)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""Sixty sentences that nobody had in mind while building, drawn beside their words.

python benchmarks/sixty.py SHEET.jpg     # reads tests/data/sixty.txt

Prints each sentence with what it was dressed in, what Kinora says of it, and the seconds.
"""

from __future__ import annotations

import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from kinora.backend.avatar import pipeline
from kinora.backend.avatar.cast import Cast
from kinora.backend.avatar.dress import dress
from kinora.backend.avatar.params import Params
from kinora.backend.avatar.showcase import mounted, shoot
from kinora.backend.kit.body import make_body

SENTENCES = Path(__file__).parent.parent / "tests" / "data" / "sixty.txt"
BODY, FACE, WORDS = (200, 330), (200, 200), 62
COLUMNS = 10


def main() -> None:
    models = pipeline.load_models()
    cells = []
    for sentence in SENTENCES.read_text("utf-8").splitlines():
        start = time.perf_counter()
        params = Params(appearance_prompt=sentence)
        shape, outfit = pipeline.read_words(params, models)
        body = make_body(models.body, shape.parameters)
        dressed = dress(models.body, body, outfit, 1024, 0)
        played = Cast(models.body, body, dressed)
        moving = pipeline.read_motion(params, models.encoder, played)
        character = pipeline.assemble(params, played, dressed, moving, ())
        seconds = time.perf_counter() - start
        still = replace(character, motion=None, sway=None)
        places = np.concatenate([mesh.vertices for mesh in still.meshes])
        head = body.vertices[body.vertices[:, 2] > body.height_m - 0.16 * body.stature * 1.7]
        pictures = [shoot(still, places, BODY), shoot(still, head * [1.2, 1.2, 1], FACE)]
        cells.append(_cell(sentence, pictures))
        worn = ", ".join(choice.garment for choice in outfit.garments)
        notes = " ".join((*shape.notes, *outfit.notes))
        sys.stdout.write(f"{sentence}\n    {seconds:.1f} s: {worn}\n    {notes}\n")
        sys.stdout.flush()
    mounted(cells, COLUMNS).save(sys.argv[1], quality=86)


def _cell(sentence: str, pictures: list[np.ndarray]) -> Image.Image:
    cell = Image.new("RGB", (BODY[0], BODY[1] + FACE[1] + WORDS), "white")
    cell.paste(Image.fromarray(pictures[0]), (0, 0))
    cell.paste(Image.fromarray(pictures[1]), (0, BODY[1]))
    words = "\n".join(textwrap.wrap(sentence, 33))
    ImageDraw.Draw(cell).text(
        (4, BODY[1] + FACE[1] + 2), words, "black", ImageFont.load_default(11)
    )
    return cell


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""Strips and videos of 24 motions on four very different bodies, and what they press into.

    python benchmarks/motion_sheets.py OUT --only walk,sit --videos

None of the sentences is of `motion_prompts.toml`: what these sheets show may be mended.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from figures import show
from motion_capsules import arms_inside, lowest_skin
from motion_quality import knees_backward, slides
from motion_takes import build_of, take_of
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from kinora.backend.avatar.actor import load_actor
from kinora.backend.avatar.camera import FIELD_OF_VIEW, facing, follow
from kinora.backend.avatar.cast import Cast
from kinora.backend.avatar.dress import dress
from kinora.backend.avatar.moving import read_motion
from kinora.backend.avatar.params import Params
from kinora.backend.avatar.pipeline import Models, assemble, load_models, read_words
from kinora.backend.avatar.preview import RECIPE, lasting
from kinora.backend.avatar.studio import draw, fit_textures
from kinora.backend.kit.body import make_body
from kinora.backend.kit.video import write_mp4
from kinora.shared.results import Character

BODIES = {
    "child": "a five year old girl",
    "very fat": "an extremely fat man",
    "very tall": "a very tall slim man of 210 cm",
    "old": "a very old woman",
}
CLOTHES = "a light grey T-shirt, blue shorts and sneakers, short hair"
MOTIONS = {
    "walk": "walks at an easy pace",
    "run": "runs",
    "sad": "walks sadly",
    "back": "walks backwards",
    "stairs": "walks up the stairs",
    "crawl": "crawls on hands and knees",
    "jump": "jumps up and down",
    "hop": "hops on the right leg",
    "kick": "kicks high with the left leg",
    "punch": "punches with both fists",
    "sword": "fights with a sword",
    "wave": "waves with the left hand",
    "clap": "claps happily",
    "bow": "bows",
    "hips": "stands with the hands on the hips",
    "sit": "sits on a chair",
    "floor": "sits down cross-legged",
    "kneel": "kneels on both knees",
    "lie": "lies down to sleep",
    "salsa": "dances salsa",
    "throw": "throws a ball",
    "lift": "lifts a box and carries it",
    "wheel": "turns a cartwheel",
    "turns": "walks forward, turns around and sits down",
}
FRAMES = 8
TILE = (190, 260)
SIDE = math.radians(38)
FPS, SECONDS, MOST = 12.0, 2.0, 4.0
FRAME = (160, 208)


@dataclass(frozen=True, eq=False)
class Person:
    name: str
    played: Cast


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default=",".join(MOTIONS), help="some of the motions")
    parser.add_argument("--videos", action="store_true")
    parser.add_argument("--figures-alone", action="store_true", help="nothing is drawn")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    models = load_models()
    people = [dressed(name, words, models) for name, words in BODIES.items()]
    rows = []
    for name in options.only.split(","):
        cast = [acting(one, MOTIONS[name], options.seed, models) for one in people]
        for person, character in zip(people, cast, strict=True):
            rows.append([f"{name}, {person.name}", *told(person, character)])
        if not options.figures_alone:
            sheet(cast).save(options.out / f"{name}.png")
        if options.videos:
            (options.out / f"{name}.mp4").write_bytes(video(cast))
        sys.stderr.write(f"{name}\n")
    headings = [
        "motion, body", "did", "frames", "slide cm/s", "worst", "dragged", "under mm",
        "lowest", "arm in mm", "at frame", "% frames", "where", "knee °",
    ]  # fmt: skip
    show("What is wrong with them, by figures", headings, rows)


def dressed(name: str, words: str, models: Models) -> Person:
    """One of the people in plain clothes."""
    params = Params(shape_prompt=words, appearance_prompt=CLOTHES)
    shape, outfit = read_words(params, models)
    body = make_body(models.body, shape.parameters)
    return Person(name, Cast(models.body, body, dress(models.body, body, outfit, 512, 0)))


def acting(person: Person, words: str, seed: int, models: Models) -> Character:
    params = Params(motion_prompt=words, seed=seed)
    moving = read_motion(params, models.encoder, person.played)
    return assemble(params, person.played, person.played.dressed, moving, ())


def told(person: Person, character: Character) -> list[str]:
    """What is measured of one motion on one body."""
    motion = character.motion
    assert motion is not None
    take = take_of(motion, build_of(character.rig, character.height_m))
    slide, dragged = (100 * speeds for speeds in slides(take))
    press = arms_inside(person.played.model, person.played.body, motion)
    worst = int(press.depth.argmax())
    low = lowest_skin(person.played.model, person.played.body, motion)
    return [
        motion.name,
        str(len(motion.joints)),
        f"{slide.mean():.1f}" if len(slide) else "",
        f"{slide.max():.0f}" if len(slide) else "",
        f"{dragged.mean():.1f}" if len(dragged) else "",
        f"{1000 * max(0.0, -low.min()):.0f}",
        f"{1000 * np.median(low):.0f}",
        f"{1000 * press.depth.max():.0f}",
        str(worst),
        f"{100 * (press.depth > 0.02).mean():.0f}",
        press.where[worst],
        f"{knees_backward(take):.0f}",
    ]


def sheet(cast: Sequence[Character]) -> Image.Image:
    """A row for each body, from the first frame to the last, with the frames' numbers."""
    whole = Image.new("RGB", (FRAMES * TILE[0], len(cast) * TILE[1]), "white")
    for row, character in enumerate(cast):
        assert character.motion is not None
        last = len(character.motion.joints) - 1
        frames = np.linspace(0, last, FRAMES).round().astype(int).tolist()
        for column, picture in enumerate(drawn(character, frames, TILE)):
            tile = Image.fromarray(picture)
            ImageDraw.Draw(tile).text((4, 2), str(frames[column]), fill=(90, 90, 90))
            whole.paste(tile, (column * TILE[0], row * TILE[1]))
    return whole


def video(cast: Sequence[Character]) -> bytes:
    """The bodies beside one another in real time: a cyclic motion for SECONDS at least, no motion
    for more than MOST."""
    rolls = []
    for character in cast:
        assert character.motion is not None
        playing = lasting(character, character.motion, SECONDS)
        assert playing.motion is not None
        count = round(min(len(playing.motion.joints) / playing.motion.fps, MOST) * FPS)
        steps = (np.arange(count) * playing.motion.fps / FPS).round().astype(int)
        frames = np.minimum(steps, len(playing.motion.joints) - 1).tolist()
        rolls.append(list(drawn(playing, frames, FRAME)))
    longest = max(len(roll) for roll in rolls)
    whole = [
        np.concatenate([roll[min(step, len(roll) - 1)] for roll in rolls], axis=1)
        for step in range(longest)
    ]
    return write_mp4(whole, FPS)


def drawn(
    character: Character, frames: list[int], size: tuple[int, int]
) -> Iterator[NDArray[np.uint8]]:
    """The frames as the camera that follows the motion sees them."""
    motion = character.motion
    assert motion is not None
    around = facing(motion.joints[0]) + SIDE
    shots = follow(motion, character.height_m, size[0] / size[1], around)
    actor = load_actor(character)
    across = 2 * shots[0].distance * math.tan(FIELD_OF_VIEW / 2)
    textures = fit_textures(actor, RECIPE.samples * size[1] / across)
    for frame in frames:
        yield draw(actor, frame, shots[frame].camera(*size), textures, RECIPE).numpy()


if __name__ == "__main__":
    main()

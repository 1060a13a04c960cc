# SPDX-License-Identifier: Apache-2.0
"""Learns the motion model from labelled clips: `kinora train motion --mocap FILE`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ....shared.errors import BadOptionError, StorageError
from ....shared.rotations import Floats
from ..text import load_sentence_encoder
from . import clips, cycles, phrases
from .clips import Clip, Clips
from .meanings import MEANINGS, write_meanings
from .model import WEIGHTS, Manner, MotionModel, load_model, perform_learnt, save_model
from .recipes import CYCLES, PHRASES

MOST_WINDOWS = 1400
"""Salsa is a third of all frames; beyond this many windows a class is thinned evenly."""
SEEDS = 24
SPAN = 30
"""Frames of the windows that are compared: a second."""


@dataclass(frozen=True)
class Quality:
    """What one learnt action is like. Angles are root mean squares over joints and a second.

    `to_clips`: from a generated second to the nearest training second, median; `nearest`: the least
    of them (0 would be playback); `among_clips`: from a training second to the nearest of another
    take; `covered`: share of training seconds with a generated one within 1.5 times that."""

    action: str
    takes: int
    examples: int
    to_clips: float
    nearest: float
    among_clips: float
    covered: float


def main(mocap: Path, output: Path = WEIGHTS, seed: int = 0) -> tuple[Quality, ...]:
    """Train, save to `output`, print a table of quality and return it."""
    console = Console()
    data = clips.read_clips(mocap)
    model, examples = train(data)
    if not model.actions:
        raise BadOptionError(
            f"No clip in {mocap.name} shows an action that Kinora learns.",
            "Check the action_class column of labels.csv.",
            "mocap",
        )
    try:
        save_model(model, output)
    except OSError as error:
        raise StorageError(f"The model cannot be written to {output}: {error}.") from error
    if output == WEIGHTS:
        write_meanings(load_sentence_encoder(), MEANINGS)
    load_model.cache_clear()
    # What is judged is what was saved, in half precision.
    saved = load_model(output)
    quality = tuple(judge(saved, data, action, examples[action], seed) for action in saved.actions)
    console.print(_table(quality))
    console.print(f"Saved {output.name}, {output.stat().st_size / 1e6:.2f} MB.")
    return quality


def train(data: Clips) -> tuple[MotionModel, dict[str, int]]:
    """Fit every action that the clips show; says also from how many examples."""
    gaits: dict[str, cycles.CycleModel] = {}
    others: dict[str, phrases.PhraseModel] = {}
    examples: dict[str, int] = {}
    for action, cycle_recipe in CYCLES.items():
        found = takes_of(data, cycle_recipe.actions)
        rounds, seconds = cycles.cut_cycles(found, data.rest_offsets, cycle_recipe)
        if len(rounds) >= 3:
            gaits[action] = cycles.fit_cycles(rounds, seconds, cycle_recipe)
            examples[action] = len(rounds)
    for action, phrase_recipe in PHRASES.items():
        found = takes_of(data, phrase_recipe.actions)
        windows, origins = phrases.cut_windows(found, data.rest_offsets, phrase_recipe)
        if len(windows) >= 3:
            kept = np.unique(np.linspace(0, len(windows) - 1, MOST_WINDOWS).round().astype(int))
            kept = kept[kept < len(windows)]
            others[action] = phrases.fit_phrases(
                windows[kept], [origins[k] for k in kept], phrase_recipe
            )
            examples[action] = len(kept)
    return MotionModel(gaits, others, data.rest_offsets), examples


def takes_of(data: Clips, actions: tuple[str, ...]) -> list[Clip]:
    """The takes of these classes but the reduced ones, whose poses lack spine, toes and wrists."""
    return [clip for clip in data.clips if clip.action in actions and clip.detail != "reduced"]


def judge(model: MotionModel, data: Clips, action: str, examples: int, seed: int) -> Quality:
    """Compare many seeds of an action, slow to fast, with all clips that taught it."""
    recipe = CYCLES[action] if action in CYCLES else PHRASES[action]
    found = takes_of(data, recipe.actions)
    taught, takes = [], []
    for number, clip in enumerate(found):
        for turns, root in (
            (clip.rotations, clip.root),
            clips.mirror(clip.rotations, clip.root),
        ):
            seconds = _seconds(turns, root, 3)
            taught.append(seconds)
            takes += [number] * len(seconds)
    known = np.concatenate(taught)
    tempos = np.linspace(-1.2, 1.2, SEEDS)
    made = [
        perform_learnt(model, action, Manner(tempo=float(tempo)), seed + number)
        for number, tempo in enumerate(tempos)
    ]
    new = np.concatenate([_seconds(each.rotations, each.root, 5) for each in made])
    near = _degrees(new, known)
    some = np.linspace(0, len(known) - 1, min(300, len(known))).astype(int)
    own = _degrees(known[some], known)
    own[np.array(takes)[some][:, None] == np.array(takes)] = np.inf
    least = own.min(1)
    typical = float(np.median(least)) if np.isfinite(least).any() else float("nan")
    reach = 1.5 * (typical if np.isfinite(typical) else float(np.median(near.min(1))))
    return Quality(
        action,
        len(found),
        examples,
        float(np.median(near.min(1))),
        float(near.min()),
        typical,
        float((_degrees(known[some], new).min(1) < reach).mean()),
    )


def _seconds(turns: Floats, root: Floats, stride: int) -> Floats:
    """(N, 10 * 132) every third pose of each second, the pelvis seen from its heading."""
    poses = clips.features(turns, root)[:, : clips.YAW].astype(np.float32)
    if len(poses) < SPAN:
        poses = np.concatenate([poses, np.repeat(poses[-1:], SPAN - len(poses), 0)])
    return np.array(
        [poses[at : at + SPAN : 3].ravel() for at in range(0, len(poses) - SPAN + 1, stride)]
    )


def _degrees(some: Floats, others: Floats) -> Floats:
    """(N, M) root mean square angle between the joints of windows of matrices' columns."""
    square = (some**2).sum(1)[:, None] + (others**2).sum(1) - 2 * some @ others.T
    mean = np.maximum(square, 0) / (some.shape[1] / 6)
    # Over all axes the two columns move by 4/3 of the squared angle.
    angles: Floats = np.degrees(np.sqrt(mean * 0.75))
    return angles


def _table(quality: tuple[Quality, ...]) -> Table:
    table = Table("action", "takes", "examples", "to clips", "nearest", "among clips", "covered")
    for row in quality:
        angles = (f"{value:.1f}°" for value in (row.to_clips, row.nearest, row.among_clips))
        table.add_row(row.action, str(row.takes), str(row.examples), *angles, f"{row.covered:.0%}")
    return table

# SPDX-License-Identifier: Apache-2.0
"""The learnt motion model: `motion.safetensors` performs its actions on its own body."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from ....shared.errors import MissingWeightsError
from ....shared.rotations import Floats
from .clips import FPS
from .cycles import CycleModel, play_cycles
from .performance import Performance, from_learnt
from .phrases import PhraseModel, play_phrases
from .recipes import CYCLES, PHRASES

WEIGHTS = Path(__file__).with_name("motion.safetensors")


@dataclass(frozen=True)
class MotionModel:
    cycles: dict[str, CycleModel]
    phrases: dict[str, PhraseModel]
    rest_offsets: Floats

    @property
    def actions(self) -> tuple[str, ...]:
        return (*self.cycles, *self.phrases)


@dataclass(frozen=True)
class Manner:
    """How an action is done. `tempo` below zero is slow, above is fast, 1 is markedly so; `amount`
    scales the movement, 1 is as learnt; `count` is how often, None is as long as `seconds`;
    a gait `on_place` goes nowhere."""

    seconds: float | None = None
    tempo: float = 0.0
    amount: float = 1.0
    count: int | None = None
    on_place: bool = False


def perform_learnt(model: MotionModel, action: str, manner: Manner, seed: int) -> Performance:
    """Sample the action; raises KeyError for one that was not learnt."""
    if action in model.cycles:
        return _perform_cycles(model, action, manner, seed)
    phrases = model.phrases[action]
    is_event = bool(PHRASES[action].event) if action in PHRASES else False
    step = (phrases.frames - phrases.overlap) / FPS
    seconds = manner.seconds or (2 * step if is_event else 6.0)
    pace = 1.2**manner.tempo
    count = manner.count if is_event and manner.count else max(2, round(seconds * pace / step))
    values = play_phrases(phrases, seed, max(1, count), manner.amount, follow=not is_event)
    values = retimed(values, pace)
    has_flight = action in ("jump", "kick")
    return from_learnt(
        values, model.rest_offsets, is_grounded=not has_flight, on_place=not is_event
    )


def _perform_cycles(model: MotionModel, action: str, manner: Manner, seed: int) -> Performance:
    cycle = model.cycles[action]
    seconds = manner.seconds or 4.0
    # What the clips hold of slow and fast is learnt; what lies beyond only changes the clock.
    learnt = float(np.clip(-1.5 * manner.tempo, *cycle.tempo[2:]))
    beyond = 1.1**manner.tempo
    values, period = play_cycles(
        cycle, seed, seconds * beyond, learnt, manner.amount, manner.count or 0
    )
    if CYCLES[action].signal == "hands":
        # A round begins with the hands down.
        values = np.roll(values, period // 2, axis=0)
    on_place = manner.on_place or action == "jumping_jacks"
    return from_learnt(retimed(values, beyond), model.rest_offsets, False, on_place)


def retimed(values: Floats, pace: float) -> Floats:
    """Features of a ring played `pace` times as fast."""
    if abs(pace - 1) < 1e-3:
        return values
    count = max(8, round(len(values) / pace))
    at = np.arange(count) * len(values) / count
    ring, frames = np.concatenate([values, values[:1]]), np.arange(len(values) + 1)
    played = np.stack([np.interp(at, frames, column) for column in ring.T], axis=1)
    played[:, -4:-1] *= len(values) / count
    return played


def save_model(model: MotionModel, path: Path) -> None:
    arrays: dict[str, Floats] = {"rest_offsets": model.rest_offsets.astype(np.float32)}
    for name, cycle in model.cycles.items():
        for part in ("mean", "slope", "styles", "people"):
            arrays[f"cycle/{name}/{part}"] = getattr(cycle, part).astype(np.float16)
        arrays[f"cycle/{name}/tempo"] = cycle.tempo.astype(np.float32)
    for name, phrase in model.phrases.items():
        arrays[f"phrase/{name}/phrases"] = phrase.phrases.astype(np.float16)
        arrays[f"phrase/{name}/styles"] = phrase.styles.astype(np.float16)
        arrays[f"phrase/{name}/frames"] = np.array([phrase.frames, phrase.overlap], np.int32)
    save_file({name: np.ascontiguousarray(value) for name, value in arrays.items()}, path)


@cache
def load_model(path: Path = WEIGHTS) -> MotionModel:
    """Read the model; raises MissingWeightsError where the file is absent or not a motion model."""
    if not path.is_file():
        raise MissingWeightsError(
            f"The motion model {path.name} is missing.",
            "Install Kinora again, or make it with `kinora train motion --mocap FILE`.",
        )
    try:
        arrays = load_file(path)
        offsets = arrays.pop("rest_offsets").astype(np.float64)
        found: dict[tuple[str, str], dict[str, Floats]] = {}
        for key, value in arrays.items():
            kind, name, part = key.split("/")
            found.setdefault((kind, name), {})[part] = value.astype(np.float64)
        cycles = {
            name: CycleModel(**parts) for (kind, name), parts in found.items() if kind == "cycle"
        }
        phrases = {
            name: PhraseModel(parts["phrases"], parts["styles"], *map(int, parts["frames"]))
            for (kind, name), parts in found.items()
            if kind == "phrase"
        }
    except (SafetensorError, KeyError, ValueError) as error:
        raise MissingWeightsError(
            f"The motion model {path.name} cannot be read: {error}.",
            "Install Kinora again, or make it with `kinora train motion --mocap FILE`.",
        ) from error
    return MotionModel(cycles, phrases, offsets)

# SPDX-License-Identifier: Apache-2.0
"""A gait as a statistical cycle: a Fourier mean, how it changes with tempo, and its main styles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from ....shared import posing
from ....shared.rotations import Floats
from ....shared.skeleton import INDEX
from . import clips
from .clips import FEATURES, FPS, Clip

PHASES = 64


@dataclass(frozen=True)
class CycleRecipe:
    """How one action's cycles are cut and fitted."""

    actions: tuple[str, ...]
    signal: str = "stride"
    """What beats once a cycle: `stride` (left foot ahead), `hands` (hands high), `height`."""
    seconds: tuple[float, float] = (0.5, 1.8)
    """Shortest and longest cycle."""
    from_halves: bool = False
    """Whether a cycle is one step and its mirror image, where takes are too short for two steps."""
    straight: bool = True
    """Whether the gait goes where it faces, so that turning and drifting are taken out."""
    harmonics: int = 8
    styles: int = 8


@dataclass(frozen=True)
class CycleModel:
    """`mean`, `slope` (2H+1, 136) and `styles` (S, 2H+1, 136) of Fourier rows; `tempo` is the log
    seconds of a cycle: mean, spread, least, most. One style unit is one standard deviation."""

    mean: Floats
    slope: Floats
    styles: Floats
    tempo: Floats
    people: Floats
    """(N, S) the styles of the cycles that taught it, in deviations."""


def wave_rows(phase: Floats, harmonics: int) -> Floats:
    """(T, 2H+1) values of 1, cos, sin, cos 2, ... at `phase` (T,) in turns."""
    angles = 2 * np.pi * phase[:, None] * np.arange(1, harmonics + 1)
    waves = np.stack([np.cos(angles), np.sin(angles)], axis=-1).reshape(len(phase), -1)
    return np.concatenate([np.ones((len(phase), 1)), waves], axis=1)


def cut_cycles(
    found: Iterable[Clip], offsets: Floats, recipe: CycleRecipe
) -> tuple[Floats, Floats]:
    """Cycles (N, PHASES, 136), closed, and their seconds; the mirrored half comes last."""
    cycles: list[Floats] = []
    seconds: list[float] = []
    both = [(clip.rotations, clips.measured(clip, offsets)) for clip in found]
    for turns, root in both + [clips.mirror(*take) for take in both]:
        values = clips.features(turns, root)
        other = clips.features(*clips.mirror(turns, root))
        beat = _beat(turns, root, offsets, recipe.signal)
        for first, last in _periods(beat, recipe):
            if recipe.from_halves:
                halves = [_resample(each, first, last, PHASES // 2) for each in (values, other)]
                cycle = _closed(np.concatenate([halves[0][:-1], halves[1]]))
            else:
                cycle = _closed(_resample(values, first, last, PHASES))
            if recipe.straight and abs(cycle[:, clips.YAW].mean()) > 0.35:
                continue
            cycles.append(_straighten(cycle, recipe.straight))
            seconds.append((last - first) / FPS * (2 if recipe.from_halves else 1))
    return np.array(cycles).reshape(-1, PHASES, FEATURES), np.array(seconds)


def _beat(turns: Floats, root: Floats, offsets: Floats, signal: str) -> Floats:
    places = posing.joint_positions(turns, clips.to_metres(root, offsets), offsets)
    if signal == "height":
        return places[:, 0, 2]
    if signal == "hands":
        values: Floats = places[:, [INDEX["left_wrist"], INDEX["right_wrist"]], 2].mean(1)
        return values
    forward = np.array([[np.sin(a), -np.cos(a), 0.0] for a in clips.yaw_of(turns[:, 0])])
    apart = places[:, INDEX["left_ankle"]] - places[:, INDEX["right_ankle"]]
    apart_forward: Floats = (apart * forward).sum(-1)
    return apart_forward


def _periods(beat: Floats, recipe: CycleRecipe) -> list[tuple[float, float]]:
    """Start and end frames, between samples, of the cycles that lie whole in the clip."""
    smooth = gaussian_filter1d(beat, 1.5)
    spread = smooth.std()
    shortest, longest = recipe.seconds
    if recipe.from_halves:
        starts, ends = _peaks(smooth, spread, shortest), _peaks(-smooth, spread, shortest)
        pairs = [(a, min((b for b in ends if b > a), default=np.inf)) for a in starts]
        shortest, longest = shortest / 2, longest / 2
    else:
        starts = _peaks(smooth, spread, shortest)
        pairs = list(pairwise(starts))
    return [(a, b) for a, b in pairs if shortest <= (b - a) / FPS <= longest]


def _peaks(values: Floats, spread: float, shortest: float) -> list[float]:
    found, _ = find_peaks(values, prominence=0.7 * spread, distance=int(shortest * FPS))
    return [_vertex(values, int(peak)) for peak in found]


def _vertex(values: Floats, peak: int) -> float:
    """Where the parabola through a peak and its neighbours is highest."""
    if not 0 < peak < len(values) - 1:
        return float(peak)
    left, middle, right = values[peak - 1 : peak + 2]
    bend = left - 2 * middle + right
    return peak + (0.0 if bend >= 0 else float(0.5 * (left - right) / bend))


def _resample(values: Floats, first: float, last: float, count: int) -> Floats:
    """(count + 1, 136) evenly from `first` to `last`, both included."""
    at = first + (last - first) * np.arange(count + 1) / count
    frames = np.arange(len(values))
    return np.stack([np.interp(at, frames, column) for column in values.T], axis=1)


def _closed(whole: Floats) -> Floats:
    """One cycle, its end brought onto its beginning by a ramp, without the end."""
    ramp = np.linspace(-0.5, 0.5, len(whole))[:, None]
    values: Floats = (whole - ramp * (whole[-1] - whole[0]))[:-1]
    return values


def _straighten(cycle: Floats, is_straight: bool) -> Floats:
    cycle = cycle.copy()
    cycle[:, clips.YAW] -= cycle[:, clips.YAW].mean()
    if is_straight:
        cycle[:, clips.SIDE] -= cycle[:, clips.SIDE].mean()
    else:
        cycle[:, [clips.SIDE, clips.FORTH]] -= cycle[:, [clips.SIDE, clips.FORTH]].mean(0)
    return cycle


def fit_cycles(cycles: Floats, seconds: Floats, recipe: CycleRecipe) -> CycleModel:
    """Least squares on Fourier rows and log tempo; styles are the residual's principal axes."""
    rows = wave_rows(np.arange(PHASES) / PHASES, recipe.harmonics)
    waves = np.einsum("kp,npf->nkf", np.linalg.pinv(rows), cycles)
    pace = np.log(seconds)
    spread = max(float(pace.std()), 1e-3)
    tempo = (pace - pace.mean()) / spread
    mean = waves.mean(0)
    # A ridge keeps the slope of a class of one tempo at nothing.
    slope = np.einsum("n,nkf->kf", tempo, waves - mean) / (len(tempo) + 2.0)
    left = waves - mean - tempo[:, None, None] * slope
    flat = left.reshape(len(left), -1)
    _, sizes, axes = np.linalg.svd(flat, full_matrices=False)
    kept = max(0, min(recipe.styles, len(flat) // 2 - 1))
    deviation = sizes[:kept, None] / np.sqrt(len(flat))
    styles = (deviation * axes[:kept]).reshape(kept, *mean.shape)
    people = flat @ axes[:kept].T / np.maximum(sizes[:kept] / np.sqrt(len(flat)), 1e-9)
    limits = np.array([pace.mean(), spread, tempo.min(), tempo.max()])
    return CycleModel(mean, slope, styles, limits, people)


def _someone(model: CycleModel, random: np.random.Generator) -> Floats:
    """(S,) a style between those of two of the cycles that taught the model, a little off."""
    if not len(model.people):
        return np.clip(random.normal(0, 0.8, len(model.styles)), -1.5, 1.5)
    one, other = model.people[random.integers(len(model.people), size=2)]
    share = random.uniform(0.55, 0.9)
    mixed = share * one + (1 - share) * other
    person: Floats = np.clip(mixed + random.normal(0, 0.15, len(mixed)), -2.2, 2.2)
    return person


def play_cycles(
    model: CycleModel, seed: int, seconds: float, tempo: float, amount: float, count: int = 0
) -> tuple[Floats, int]:
    """Features (T, 136) of whole cycles that close, and the frames of one: `count` of them, or as
    many as are about `seconds` long.

    `tempo` is in standard deviations, positive is slow; `amount` scales the movement about its
    mean.
    """
    random = np.random.default_rng(seed)
    tempo = float(np.clip(tempo, *model.tempo[2:]))
    period = round(float(np.exp(model.tempo[0] + tempo * model.tempo[1])) * FPS)
    count = count or max(2, round(seconds * FPS / period))
    frames = np.arange(count * period)
    rows = wave_rows(frames / period, (len(model.mean) - 1) // 2)
    rows[:, 1:] *= amount
    values = rows @ (model.mean + tempo * model.slope)
    # The style is the person's; a little of it drifts from cycle to cycle and comes back.
    person = _someone(model, random)
    drift = random.normal(0, 0.22, (len(model.styles), 2))
    turn = 2 * np.pi * frames / len(frames)
    for style, own, (sine, cosine) in zip(model.styles, person, drift, strict=True):
        strength = own + sine * np.sin(turn) + cosine * np.cos(turn)
        values += strength[:, None] * (rows @ style)
    values[:, clips.YAW] -= values[:, clips.YAW].mean()
    values[:, clips.SIDE] -= values[:, clips.SIDE].mean()
    # Longer strides go further.
    values[:, clips.FORTH] += (amount - 1) * values[:, clips.FORTH].mean()
    return values, period

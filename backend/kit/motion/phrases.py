# SPDX-License-Identifier: Apache-2.0
"""Movement that does not repeat like a gait: blended phrases of a few seconds, in a ring.

A phrase is never one take: each is a weighted mean of a window and its nearest others, moved onto
the same beat, kept as cosine rows. Played, they overlap in a ring: the last leads into the first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.fft import idct
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from ....shared import posing
from ....shared.rotations import Floats
from ....shared.skeleton import INDEX
from . import clips
from .clips import FPS, Clip

ALONE_S = 1.1
"""Seconds around an event that is to stand alone."""
STEP = 10
"""Frames between windows where no event marks them."""


@dataclass(frozen=True)
class PhraseRecipe:
    """How one action's phrases are cut and blended."""

    actions: tuple[str, ...]
    event: str = ""
    """What stands in the middle: `leap` (both feet highest), `kick` (a foot high), `swing`
    (a foot fast), `punch`; "" cuts everywhere."""
    before: float = 1.2
    after: float = 1.2
    """Seconds around the event."""
    phrases: int = 24
    neighbours: int = 3
    rows: int = 26
    """Cosine rows kept a phrase."""
    styles: int = 4
    is_single: bool = False
    """Whether events with others near them are left out."""
    overlap: float = 0.5
    """Seconds that one phrase shares with the next."""


@dataclass(frozen=True)
class PhraseModel:
    """`phrases` (M, rows, 136), `styles` (S, rows, 136); `frames` of a phrase and its `overlap`."""

    phrases: Floats
    styles: Floats
    frames: int
    overlap: int


def cosine_rows(frames: int, rows: int) -> Floats:
    """(frames, rows) orthonormal cosines."""
    basis: Floats = idct(np.eye(frames)[:rows], norm="ortho").T
    return basis


def cut_windows(
    found: Iterable[Clip], offsets: Floats, recipe: PhraseRecipe
) -> tuple[Floats, list[tuple[str, int]]]:
    """Windows (N, frames, 136) and where each begins: take (mirrored ones are takes too), frame."""
    frames, lead = round((recipe.before + recipe.after) * FPS), round(recipe.before * FPS)
    windows, origins = [], []
    for clip in found:
        path = clips.measured(clip, offsets)
        takes = [(clip.name, clip.rotations, path)]
        takes.append((clip.name + " mirrored", *clips.mirror(clip.rotations, path)))
        for name, turns, root in takes:
            values = clips.features(turns, root)
            for start in _starts(turns, root, offsets, recipe):
                first = start - lead if recipe.event else start
                if first < -lead // 2 or first + frames > len(values) + lead // 2:
                    continue
                inside = np.clip(np.arange(first, first + frames), 0, len(values) - 1)
                windows.append(_still_outside(values[inside], first, len(values)))
                origins.append((name, first))
    return np.array(windows).reshape(-1, frames, clips.FEATURES), origins


def _still_outside(window: Floats, first: int, length: int) -> Floats:
    """A window may begin before its take or end after it: there the body stands still."""
    at = np.arange(first, first + len(window))
    window = window.copy()
    window[(at < 0) | (at >= length), clips.YAW : clips.HEIGHT] = 0
    return window


def _starts(turns: Floats, root: Floats, offsets: Floats, recipe: PhraseRecipe) -> list[int]:
    frames = round((recipe.before + recipe.after) * FPS)
    if not recipe.event:
        return list(range(0, len(turns) - frames + 1, STEP))
    places = posing.joint_positions(turns, clips.to_metres(root, offsets), offsets)
    strength, least = _event(places, turns, recipe.event)
    peaks, _ = find_peaks(gaussian_filter1d(strength, 1.5), height=least, distance=20)
    return [int(peak) for peak in peaks if not recipe.is_single or _is_alone(peak, strength, least)]


def _is_alone(peak: int, strength: Floats, least: float) -> bool:
    """Whether a window of one leap holds no other, however small: whoever counts sees it."""
    reach = round(ALONE_S * FPS)
    start = max(0, peak - reach)
    around = gaussian_filter1d(strength[start : peak + reach + 1], 1.0)
    found, _ = find_peaks(around, height=0.55 * least, prominence=0.25 * least)
    return len(found) <= 1


def _event(places: Floats, turns: Floats, event: str) -> tuple[Floats, float]:
    """A signal (T,) whose peaks above the second value are the events, done with the right side."""
    right_foot, left_foot = places[:, INDEX["right_foot"]], places[:, INDEX["left_foot"]]
    if event == "leap":
        return np.minimum(right_foot[:, 2], left_foot[:, 2]), 0.17
    if event == "kick":
        return right_foot[:, 2] - left_foot[:, 2], 0.62
    forward = np.array([[np.sin(a), -np.cos(a), 0.0] for a in clips.yaw_of(turns[:, 0])])
    if event == "swing":
        speed = np.gradient(gaussian_filter1d(right_foot, 1, axis=0), axis=0) * FPS
        return (speed * forward).sum(-1), 6.0
    reach = places[:, INDEX["right_wrist"]] - places[:, INDEX["right_shoulder"]]
    ahead = (reach * forward).sum(-1)
    speed = np.gradient(gaussian_filter1d(ahead, 1)) * FPS
    # A blow: the arm stretched forward just after it flew forward.
    before = np.array([speed[max(0, t - 6) : t + 1].max() for t in range(len(speed))])
    return ahead * (before > 1.2) * (np.abs(reach[:, 2]) < 0.3), 0.36


def fit_phrases(
    windows: Floats, origins: list[tuple[str, int]], recipe: PhraseRecipe
) -> PhraseModel:
    """Spread phrases over the windows, blend each with its nearest strangers, keep variations."""
    frames = windows.shape[1]
    basis = cosine_rows(frames, recipe.rows)
    rows = np.einsum("tk,ntf->nkf", basis, windows)
    flat = rows[:, :, : clips.YAW].reshape(len(rows), -1)
    square = (flat**2).sum(1)
    apart = np.sqrt(np.maximum(square[:, None] + square - 2 * flat @ flat.T, 0))
    phrases = []
    for chosen in _spread(apart, recipe.phrases):
        near = _strangers(apart[chosen], origins, int(chosen), frames, recipe)
        # Near strangers weigh as much as the take itself; a far one would only blur it.
        distance = apart[chosen][near] / max(float(np.median(apart)), 1e-9)
        weight = np.concatenate([[1.0], 0.9 * np.exp(-((distance / 0.8) ** 2))])
        weight = np.maximum(
            weight, [1.0] + [0.3] * min(1, len(near)) + [0.0] * max(0, len(near) - 1)
        )
        group = np.concatenate([[chosen], near]).astype(int)
        phrases.append(np.einsum("n,nkf->kf", weight / weight.sum(), rows[group]))
    left = (rows - rows.mean(0)).reshape(len(rows), -1)
    _, sizes, axes = np.linalg.svd(left[:: max(1, len(left) // 300)], full_matrices=False)
    kept = max(0, min(recipe.styles, len(sizes) // 2 - 1))
    count = len(left[:: max(1, len(left) // 300)])
    styles = (sizes[:kept, None] / np.sqrt(count) * axes[:kept]).reshape(kept, *rows.shape[1:])
    return PhraseModel(np.array(phrases), styles, frames, round(recipe.overlap * FPS))


def _spread(apart: Floats, count: int) -> list[int]:
    """Windows that stand for the others: most central first, then the farthest within the bulk."""
    typical = np.sort(apart, axis=1)[:, 1 : max(2, len(apart) // 6)].mean(1)
    allowed = np.flatnonzero(typical <= np.quantile(typical, 0.7))
    chosen = [int(allowed[np.argmin(typical[allowed])])]
    while len(chosen) < min(count, len(allowed)):
        gap = apart[allowed][:, chosen].min(1)
        if gap.max() <= 0:
            break
        chosen.append(int(allowed[np.argmax(gap)]))
    return chosen


def _strangers(
    distance: Floats,
    origins: list[tuple[str, int]],
    chosen: int,
    frames: int,
    recipe: PhraseRecipe,
) -> list[int]:
    """The nearest windows that are not the same moment of the same take."""
    near: list[int] = []
    for other in np.argsort(distance):
        places = [origins[k] for k in [chosen, *near]]
        name, start = origins[other]
        apart_enough = frames // 2 if not recipe.event else 12
        if all(name != taken or abs(start - begun) >= apart_enough for taken, begun in places):
            near.append(int(other))
        if len(near) >= recipe.neighbours - 1:
            break
    return near


def play_phrases(
    model: PhraseModel, seed: int, count: int, amount: float, follow: bool = True
) -> Floats:
    """Features (T, 136) of `count` phrases in a ring; `follow` prefers what continues the last."""
    random = np.random.default_rng(seed)
    basis = cosine_rows(model.frames, model.phrases.shape[1])
    order = _order(model, basis, random, count, follow)
    step = model.frames - model.overlap
    fade = 0.5 - 0.5 * np.cos(np.pi * (np.arange(model.overlap) + 0.5) / model.overlap)
    window = np.concatenate([fade, np.ones(model.frames - 2 * model.overlap), fade[::-1]])
    total = np.zeros((count * step, clips.FEATURES))
    for place, phrase in enumerate(order):
        strength = np.clip(random.normal(0, 0.18, len(model.styles)), -0.4, 0.4)
        rows = model.phrases[phrase] + np.einsum("s,skf->kf", strength, model.styles)
        at = (place * step + np.arange(model.frames)) % len(total)
        np.add.at(total, at, window[:, None] * (basis @ rows))
    middle = total.mean(0)
    total[:, : clips.YAW] = middle[: clips.YAW] + amount * (total - middle)[:, : clips.YAW]
    total[:, [clips.SIDE, clips.FORTH]] *= amount
    return total


def _order(
    model: PhraseModel, basis: Floats, random: np.random.Generator, count: int, follow: bool
) -> list[int]:
    """Which phrase follows which: one of the three best continuations, and not the same at once."""
    poses = np.einsum("tk,mkf->mtf", basis, model.phrases)[:, :, : clips.YAW]
    tails, heads = poses[:, -model.overlap :], poses[:, : model.overlap]
    cost = ((tails[:, None] - heads[None]) ** 2).mean((2, 3))
    order = [int(random.integers(len(poses)))]
    while len(order) < count:
        if not follow or len(poses) < 3:
            order.append(int(random.integers(len(poses))))
            continue
        price = cost[order[-1]].copy()
        if len(order) == count - 1:
            price += cost[:, order[0]]
        price[order[-2:]] = np.inf if len(poses) > 3 else price[order[-2:]]
        order.append(int(random.choice(np.argsort(price)[: min(3, len(poses) - 2)])))
    return order

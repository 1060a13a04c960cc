# SPDX-License-Identifier: Apache-2.0
"""Ways of moving laid over any performance: a sad walk bends and drags, a march lifts its knees."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ....shared import rotations
from ....shared.rotations import Floats
from ....shared.skeleton import INDEX
from . import clips
from .performance import Performance

X, Y, Z = np.eye(3)


@dataclass(frozen=True)
class Mood:
    """Degrees, leg lengths and factors that change a performance."""

    bend: float = 0.0
    """The back, forward."""
    nod: float = 0.0
    """The head, down; of what the back bends it takes half back by itself."""
    sink: float = 0.0
    """The pelvis lower, leg lengths; planted feet stay."""
    spread: float = 0.0
    """The arms away from the flanks, degrees."""
    sway: float = 0.0
    """The trunk from side to side, degrees."""
    weave: float = 0.0
    """The way from side to side, leg lengths."""
    knees: float = 0.0
    """Thighs lifted further where they are lifted, as a share."""
    straight_arms: float = 0.0
    """Share of the elbows' bend taken out."""
    heels: float = 0.0
    """Heels up, degrees: who goes on the balls of the feet."""
    limp: float = 0.0
    """How much sooner the right leg is relieved than the left one, as a share; 0 is even."""
    tempo: float = 0.0
    amount: float = 1.0


MOODS: dict[str, Mood] = {
    "happy": Mood(bend=-4, nod=-6, spread=4, sway=3, tempo=0.3, amount=1.12),
    "sad": Mood(bend=13, nod=20, spread=-2, tempo=-0.8, amount=0.8),
    "tired": Mood(bend=15, nod=12, sink=0.04, sway=3, tempo=-1.0, amount=0.8),
    "angry": Mood(bend=7, nod=4, spread=6, tempo=0.5, amount=1.12),
    "proud": Mood(bend=-7, nod=-4, spread=4, amount=1.08),
    "sneaky": Mood(bend=20, nod=-6, sink=0.16, knees=0.25, tempo=-1.0, amount=0.85),
    "tiptoe": Mood(bend=7, nod=-2, sink=-0.07, heels=34, spread=5, tempo=-0.7, amount=0.8),
    "limping": Mood(bend=9, nod=3, sink=0.02, limp=0.55, tempo=-0.8, amount=0.85),
    "drunk": Mood(bend=4, nod=8, sink=0.03, spread=10, sway=14, weave=0.13, tempo=-0.6),
    "crouched": Mood(bend=26, nod=-8, sink=0.3, tempo=-0.4, amount=0.85),
    "high_knees": Mood(bend=-3, knees=1.3, tempo=0.1),
    "old": Mood(bend=24, nod=2, sink=0.07, tempo=-1.1, amount=0.72),
    "scared": Mood(bend=8, nod=6, sink=0.06, tempo=0.4, amount=0.75),
    "marching": Mood(bend=-4, nod=-2, knees=0.75, straight_arms=0.5, tempo=0.35, amount=1.2),
    "heavy": Mood(bend=4, spread=6, sink=0.05, sway=4, tempo=-0.5),
    "childish": Mood(bend=-2, spread=8, sway=5, knees=0.2, tempo=0.4, amount=1.1),
}


def apply_mood(performance: Performance, mood: Mood, seed: int) -> Performance:
    """The same performance in this mood; tempo and amount are for whoever performs it first."""
    turns, root = performance.rotations.copy(), performance.root.copy()
    count = len(turns)
    for joint in ("spine1", "spine2", "spine3"):
        _add(turns, joint, X, mood.bend / 3)
    _add(turns, "neck", X, mood.nod * 0.5 - mood.bend * 0.25)
    _add(turns, "head", X, mood.nod * 0.5 - mood.bend * 0.25)
    if mood.sway:
        phase = np.random.default_rng(seed).uniform(0, 2 * np.pi)
        turn = 2 * np.pi * np.arange(count) / count
        wave = np.asarray(np.sin(turn * max(1, round(count / 45)) + phase))
        _add(turns, "spine1", Y, mood.sway * wave)
        _add(turns, "neck", Y, -0.5 * mood.sway * wave)
        if performance.is_cyclic and np.any(performance.travel):
            root += mood.weave * wave[:, None] * X
    spread_arms(turns, mood.spread)
    for side in ("left", "right"):
        if mood.straight_arms:
            elbow = turns[:, INDEX[f"{side}_elbow"]]
            straight = np.broadcast_to([1.0, 0.0, 0.0, 0.0], elbow.shape)
            turns[:, INDEX[f"{side}_elbow"]] = rotations.slerp(
                elbow, straight, np.full(count, mood.straight_arms)
            )
        if mood.knees:
            _lift_knee(turns, side, mood.knees)
    done = replace(performance, rotations=rotations.normalise(turns), root=root)
    if mood.heels:
        done = _on_the_balls(done, mood.heels)
    return _limping(done, mood.limp) if mood.limp and done.is_cyclic else done


def _on_the_balls(performance: Performance, degrees: float) -> Performance:
    """Heels up throughout: what stood on heel or ball stands on the ball alone."""
    turns = performance.rotations.copy()
    up = rotations.from_axis_angle(X, np.radians(np.full(len(turns), degrees)))
    for side in ("left", "right"):
        for joint, turn in (("ankle", up), ("foot", rotations.conjugate(up))):
            number = INDEX[f"{side}_{joint}"]
            turns[:, number] = rotations.multiply(turns[:, number], turn)
    contacts = performance.contacts.copy()
    contacts[:, :, 1] |= contacts[:, :, 0]
    contacts[:, :, 0] = False
    return replace(performance, rotations=rotations.normalise(turns), contacts=contacts)


def _limping(performance: Performance, share: float) -> Performance:
    """A right leg that hurts: one hurries over it, leaning its way, and lingers on the other."""
    count = len(performance.root)
    stands = np.asarray(performance.contacts.any(axis=2), dtype=np.float64)
    alone = gaussian_filter1d(stands[:, 1] - stands[:, 0], 2.0, mode="wrap")
    turns = performance.rotations.copy()
    aside = 14 * share * np.clip(alone, 0, 1)
    for joint, angle in (("spine1", -aside), ("neck", 0.6 * aside)):
        _add(turns, joint, Y, angle)
    stiff = INDEX["right_knee"]
    straight = np.broadcast_to([1.0, 0.0, 0.0, 0.0], turns[:, stiff].shape)
    turns[:, stiff] = rotations.slerp(turns[:, stiff], straight, np.full(count, 0.5 * share))
    clock = np.concatenate([[0.0], np.cumsum(np.exp(-share * alone))])
    frames = max(8, round(float(clock[-1])))
    at = np.interp(np.arange(frames) * clock[-1] / frames, clock, np.arange(count + 1))
    first = np.floor(at).astype(int) % count
    second, rest = (first + 1) % count, at - np.floor(at)
    path = np.concatenate([performance.root, performance.root[:1] + performance.travel])
    ticks = np.arange(count + 1)
    return replace(
        performance,
        rotations=rotations.continuous(rotations.slerp(turns[first], turns[second], rest[:, None])),
        root=np.stack([np.interp(at, ticks, column) for column in path.T], axis=1),
        contacts=performance.contacts[np.round(at).astype(int) % count],
    )


def _add(turns: Floats, joint: str, axis: Floats, degrees: float | Floats) -> None:
    extra = rotations.from_axis_angle(axis, np.radians(np.broadcast_to(degrees, len(turns))))
    turns[:, INDEX[joint]] = rotations.multiply(extra, turns[:, INDEX[joint]])


def spread_arms(turns: Floats, degrees: float) -> None:
    """Take hanging arms away from the flanks, in place; raised ones stay as they are."""
    if not degrees:
        return
    for side, sign in (("left", 1.0), ("right", -1.0)):
        joint = INDEX[f"{side}_shoulder"]
        along = rotations.rotate(turns[:, joint], sign * X)
        hangs = np.clip((-along[:, 2] - 0.2) / 0.5, 0, 1)
        # A hand that is held before the body is let be.
        inward = np.clip((sign * along[:, 0] + 0.6) / 0.5, 0, 1)
        angle = -sign * np.radians(degrees) * hangs * inward
        turns[:, joint] = rotations.multiply(rotations.from_axis_angle(Y, angle), turns[:, joint])


def spread_legs(turns: Floats, degrees: float) -> None:
    """Set the feet further apart, in place, the soles as level as they were."""
    for side, sign in (("left", 1.0), ("right", -1.0)):
        out = rotations.from_axis_angle(Y, np.asarray(-sign * np.radians(degrees)))
        hip, ankle = INDEX[f"{side}_hip"], INDEX[f"{side}_ankle"]
        turns[:, hip] = rotations.multiply(np.broadcast_to(out, turns[:, hip].shape), turns[:, hip])
        back = np.broadcast_to(rotations.conjugate(out), turns[:, ankle].shape)
        turns[:, ankle] = rotations.multiply(back, turns[:, ankle])


def _lift_knee(turns: Floats, side: str, share: float) -> None:
    hip, knee = INDEX[f"{side}_hip"], INDEX[f"{side}_knee"]
    thigh = rotations.rotate(turns[:, hip], -Z)
    shin = rotations.rotate(turns[:, knee], -Z)
    bent = np.arccos(np.clip(-shin[:, 2], -1, 1))
    # Only the swinging leg: its knee bends while its thigh goes forward.
    lifted = np.clip(-thigh[:, 1] + 0.25, 0, 1) * np.clip((bent - 0.45) / 0.6, 0, 1)
    angle = gaussian_filter1d(share * lifted * 1.2, 1.6, mode="wrap")
    turns[:, hip] = rotations.multiply(rotations.from_axis_angle(X, -angle), turns[:, hip])
    turns[:, knee] = rotations.multiply(turns[:, knee], rotations.from_axis_angle(X, angle * 0.9))


def backwards(performance: Performance) -> Performance:
    """A gait played in reverse: it goes backward, still facing ahead."""
    order = np.arange(len(performance.root))[::-1]
    root = performance.root[order]
    travel = tuple(-step for step in performance.travel)
    return Performance(
        rotations.continuous(performance.rotations[order]),
        root - root[0] * [1.0, 1.0, 0.0],
        performance.contacts[order],
        performance.is_cyclic,
        (travel[0], travel[1], 0.0),
    )


def mirrored(performance: Performance) -> Performance:
    """Left and right exchanged."""
    turns, root = clips.mirror(performance.rotations, performance.root)
    left, ahead, up = performance.travel
    contacts = performance.contacts[:, ::-1]
    return Performance(turns, root, contacts, performance.is_cyclic, (-left, ahead, up))

# SPDX-License-Identifier: Apache-2.0
"""Skirts, capes and hair follow a motion: chains of points with weight, kept outside of the body.

Position-based dynamics (Mueller et al. 2007) on a few dozen points: they fall, lag and swing, keep
their distance to the points beside them, are pushed out of the body's capsules and off the floor,
and last are put back at their bone's length from the point above.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...shared import posing, rotations
from ...shared.results import Motion, Rig, Sway
from ...shared.skeleton import PARENTS
from .capsules import Capsules
from .motion.rounds import repeated
from .wardrobe.chains import Chains

Floats = NDArray[np.float64]

GRAVITY = 9.81
SUBSTEPS = 4
ENTER_S, HOLD_S = 0.5, 0.4
"""Seconds from bind pose into the first frame, and of standing there before it."""
WARM_S = 1.6
"""A cyclic motion runs at least so long before the round that is kept."""
SEAM_S = 0.25
"""Over which the end of a round passes into what came before its start."""
POLISH = 8
"""Passes that take the last of the body out of every frame."""
DEEP = 0.04
"""Metres that a chain may lie inside a capsule where it does so in bind pose."""
FLOOR = 0.006


@dataclass(frozen=True)
class Stuff:
    """How one kind moves. Rates in 1/s, distances in metres on the canonical body."""

    firm: float
    """Share by which it keeps its place beside the bone it hangs from, against its weight."""
    spring: float
    """Radians per second at which it swings back to where it hangs; beyond its weight's."""
    drag: float
    """Against movement within the character."""
    air: float
    """Against movement in the world."""
    gap: float
    """Kept from the body, where bind pose has that much."""
    parts: tuple[str, ...]
    """What it touches: the last words of the names of capsules."""
    squeeze: tuple[float, float] = (0.45, 1.25)
    """Shares of its distance at which a chain is held by the one beside it."""


LEGS = ("thigh", "shin", "foot", "seat")
BACK = ("seat", "belly", "chest", "neck", "head", "upper arm", "forearm")
STUFFS = {
    "skirt": Stuff(0.35, 5.0, 6.0, 0.8, 0.016, LEGS),
    "cape": Stuff(0.10, 1.0, 2.5, 1.4, 0.030, (*LEGS, *BACK), (0.3, 1.15)),
    "cloth": Stuff(0.10, 1.5, 3.0, 1.0, 0.015, (*LEGS, *BACK), (0.2, 1.5)),
    "hair": Stuff(0.25, 3.0, 5.0, 0.8, 0.015, BACK, (0.3, 1.6)),
    "beard": Stuff(0.5, 8.0, 6.0, 0.5, 0.01, ("chest", "neck", "belly"), (0.3, 1.6)),
}


def simulate(rig: Rig, chains: Sequence[Chains], capsules: Capsules, motion: Motion) -> Sway | None:
    """How the chains turn during the motion; None without chains.

    The first frame finds them settled, and of a cyclic motion the end leads into the start. The
    same input gives the same output.
    """
    if not chains:
        return None
    run = _Run.of(rig, motion)
    bones, turns = [], []
    for one in chains:
        stage = _staged(rig, one, capsules.only(STUFFS[one.kind].parts), run)
        played = _played(stage)
        bones.append(one.bones.ravel())
        turns.append(_closed(_turns(one, stage, played, run), run))
    held = np.concatenate(turns, axis=1)
    return Sway(
        np.concatenate(bones).astype(np.int32), rotations.normalise(held).astype(np.float32)
    )


@dataclass(frozen=True)
class _Run:
    """The frames that are played (F): into the first pose, a rest there, then the motion, a cyclic
    one several times; the last `length` are kept."""

    matrices: Floats
    """(F, B, 3, 4) of all the rig's bones, chains unmoved."""
    turns: Floats
    """(F, B, 4) the same without places."""
    fps: float
    length: int
    seam: int
    """Frames over which the end of a round passes into its start; 0 for a motion that ends."""

    @staticmethod
    def of(rig: Rig, motion: Motion) -> _Run:
        frames = len(motion.local_rotations)
        enter, hold = (math.ceil(seconds * motion.fps) for seconds in (ENTER_S, HOLD_S))
        played, seam = motion, 0
        if motion.is_cyclic:
            rounds = 1 + math.ceil(WARM_S * motion.fps / frames)
            played = repeated(motion, (rounds - 0.5) * frames / motion.fps)
            seam, hold = min(math.ceil(SEAM_S * motion.fps), frames // 2), 0
        local = played.local_rotations.astype(np.float64)
        share = np.linspace(0, 1, enter, endpoint=False)[:, None]
        share = share * share * (3 - 2 * share)
        start = rotations.slerp(_standing(rig, local[0])[None], local[:1], share)
        local = np.concatenate([start, np.repeat(local[:1], hold, 0), local])
        root = played.root_translation.astype(np.float64)
        root = np.concatenate([np.repeat(root[:1], enter + hold, 0), root])
        turns = posing.bone_rotations(rig, local)
        places = posing.bone_heads(rig, turns, root)
        matrices = rotations.to_matrix(turns)
        shifts = places - np.einsum("tbij,bj->tbi", matrices, rig.heads)
        whole = np.concatenate([matrices, shifts[..., None]], -1)
        return _Run(whole, turns, motion.fps, frames, seam)


def _standing(rig: Rig, local: Floats) -> Floats:
    """(22, 4) local rotations of bind pose, with the pelvis as it is in `local`."""
    world = rotations.conjugate(rig.bind_to_t.astype(np.float64))
    above = world[np.maximum(PARENTS, 0)]
    standing = rotations.multiply(rotations.conjugate(above), world)
    standing[0] = local[0]
    return standing


@dataclass(frozen=True)
class _Stage:
    """All that a simulation of one set of chains needs, by frame; M points, S samples of them."""

    stuff: Stuff
    shape: tuple[int, int]
    lengths: Floats
    """(C, N) of the bones."""
    roots: Floats
    """(F, C, 3)"""
    goals: Floats
    """(F, C, N, 3) unit: how each bone hangs where nothing moves or touches it."""
    rest: Floats
    """(F, C, N, 3) the points themselves then."""
    samples: Floats
    """(S, C * (N + 1)) places on and between the bones, as shares of points, roots with them."""
    gaps: Floats
    """(S, Q) metres to keep."""
    ends: Floats
    """(F, Q, 2, 3)"""
    radii: Floats
    pairs: NDArray[np.int64]
    """(P, 2) points side by side."""
    spans: Floats
    """(P,) their distance in bind pose."""
    floor: float
    fps: float


def _staged(rig: Rig, chains: Chains, capsules: Capsules, run: _Run) -> _Stage:
    stuff = STUFFS[chains.kind]
    steps = np.diff(chains.joints, axis=1)
    lengths = np.linalg.norm(steps, axis=-1)
    along = steps / lengths[..., None]
    carry = run.turns[:, chains.parent]
    heading = carry * [1, 0, 0, 1]
    heading /= np.maximum(np.linalg.norm(heading, axis=1, keepdims=True), 1e-9)
    upright, fixed = (rotations.rotate(turn[:, None, None], along) for turn in (heading, carry))
    goals = (1 - stuff.firm) * upright + stuff.firm * fixed
    goals /= np.maximum(np.linalg.norm(goals, axis=-1, keepdims=True), 1e-9)
    matrix = run.matrices[:, chains.parent]
    roots = np.einsum("tij,cj->tci", matrix[..., :3], chains.joints[:, 0]) + matrix[:, None, :, 3]
    samples = _samples(chains)
    carried = run.matrices[:, capsules.bones]
    ends = np.einsum("tqij,qej->tqei", carried[..., :3], capsules.ends) + carried[:, :, None, :, 3]
    away = _distance(samples @ chains.joints.reshape(-1, 3), capsules.ends, capsules.radii)[0]
    pairs, spans = _pairs(chains)
    return _Stage(
        stuff=stuff,
        shape=(steps.shape[0], steps.shape[1]),
        lengths=lengths,
        roots=roots,
        goals=goals,
        rest=roots[:, :, None] + np.cumsum(goals * lengths[..., None], axis=2),
        samples=samples,
        gaps=np.clip(away, -DEEP, stuff.gap),
        ends=ends,
        radii=capsules.radii,
        pairs=pairs,
        spans=spans,
        floor=FLOOR,
        fps=run.fps,
    )


def _samples(chains: Chains) -> Floats:
    """(S, C * (N + 1)) thirds of every bone, and the same half way to the next chain."""
    count, points = chains.joints.shape[:2]
    own = np.eye(count * points).reshape(count, points, -1)
    along = [(1 - share) * own[:, :-1] + share * own[:, 1:] for share in (1 / 3, 2 / 3, 1.0)]
    on = np.stack(along, 2).reshape(count, -1, count * points)
    if count < 2:
        return on.reshape(-1, count * points)
    beside = 0.5 * (on + np.roll(on, -1, axis=0))
    beside = beside if chains.closed else beside[:-1]
    return np.concatenate([on.reshape(-1, count * points), beside.reshape(-1, count * points)])


def _pairs(chains: Chains) -> tuple[NDArray[np.int64], Floats]:
    """Points (C, N numbering) of neighbouring chains at the same level, and their distances."""
    count, points = chains.joints.shape[:2]
    number = np.arange(count * (points - 1)).reshape(count, points - 1)
    last = count if chains.closed and count > 2 else count - 1
    pairs = np.stack([number[:last], np.roll(number, -1, axis=0)[:last]], -1).reshape(-1, 2)
    places = chains.joints[:, 1:].reshape(-1, 3)
    return pairs, np.linalg.norm(places[pairs[:, 0]] - places[pairs[:, 1]], axis=1)


def _distance(points: Floats, ends: Floats, radii: Floats) -> tuple[Floats, Floats]:
    """(..., S, Q) metres outside each capsule, and (..., S, Q, 3) from its axis to the points."""
    axis = ends[..., 1, :] - ends[..., 0, :]
    span = np.maximum((axis * axis).sum(-1), 1e-9)
    offset = points[..., :, None, :] - ends[..., None, :, 0, :]
    share = np.clip((offset * axis[..., None, :, :]).sum(-1) / span[..., None, :], 0, 1)
    away = offset - share[..., None] * axis[..., None, :, :]
    length = np.sqrt((away * away).sum(-1))
    return length - (radii[:, 0] + share * (radii[:, 1] - radii[:, 0])), away


def _pushed(stage: _Stage, points: Floats, roots: Floats, ends: Floats) -> Floats:
    """Points (..., C, N, 3) after every sample has left the capsule that it is deepest in."""
    count, bones = stage.shape
    whole = np.concatenate([roots[..., None, :], points], axis=-2)
    flat = whole.reshape(*whole.shape[:-3], count * (bones + 1), 3)
    places = stage.samples @ flat
    distance, away = _distance(places, ends, stage.radii)
    lack = stage.gaps - distance
    worst = lack.argmax(-1)[..., None]
    depth = np.take_along_axis(lack, worst, -1)[..., 0]
    out = np.take_along_axis(away, worst[..., None], -2)[..., 0, :]
    out /= np.maximum(np.sqrt((out * out).sum(-1, keepdims=True)), 1e-9)
    push = np.maximum(depth, 0)[..., None] * out
    below = np.maximum(stage.floor - places[..., 2], 0)
    push[..., 2] += below
    touched = ((depth > 0) | (below > 0)).astype(np.float64)
    moved = stage.samples.T @ push
    shared = np.maximum((touched @ stage.samples)[..., None], 1e-9)
    # The mean of what the samples ask for, but never more than one of them alone would.
    moved /= np.maximum(shared, 0.34)
    return points + moved.reshape(whole.shape)[..., 1:, :]


def _beside(stage: _Stage, points: Floats) -> Floats:
    """Points (C, N, 3) with neighbours neither torn apart nor on top of each other."""
    if not len(stage.pairs):
        return points
    flat = points.reshape(-1, 3)
    first, second = stage.pairs.T
    apart = flat[second] - flat[first]
    length = np.sqrt((apart * apart).sum(-1))
    low, high = stage.stuff.squeeze
    wanted = np.clip(length, low * stage.spans, high * stage.spans)
    half = (0.25 * (length - wanted) / np.maximum(length, 1e-9))[:, None] * apart
    moved = flat.copy()
    np.add.at(moved, first, half)
    np.subtract.at(moved, second, half)
    return moved.reshape(points.shape)


def _put_back(stage: _Stage, points: Floats, roots: Floats) -> Floats:
    """Points (..., C, N, 3) at their bone's length from the point above, from the top down."""
    placed, above = np.empty_like(points), roots
    for bone in range(stage.shape[1]):
        step = points[..., bone, :] - above
        length = np.sqrt((step * step).sum(-1, keepdims=True))
        above = above + step * (stage.lengths[:, bone, None] / np.maximum(length, 1e-9))
        placed[..., bone, :] = above
    return placed


def _played(stage: _Stage) -> Floats:
    """(F, C, N, 3) the points at every frame."""
    frames, step = len(stage.roots), 1 / (stage.fps * SUBSTEPS)
    stuff = stage.stuff
    points, velocity = stage.rest[0], np.zeros_like(stage.rest[0])
    drag, air = math.exp(-stuff.drag * step), math.exp(-stuff.air * step)
    found = np.empty_like(stage.rest)
    found[0] = points
    for frame in range(1, frames):
        flow = (stage.rest[frame] - stage.rest[frame - 1]) * stage.fps
        for part in range(1, SUBSTEPS + 1):
            share = part / SUBSTEPS
            roots, rest, goals, ends = (
                (1 - share) * values[frame - 1] + share * values[frame]
                for values in (stage.roots, stage.rest, stage.goals, stage.ends)
            )
            pull = GRAVITY * goals + stuff.spring**2 * (rest - points)
            velocity = (flow + (velocity - flow) * drag) * air + step * pull
            moved = _beside(stage, points + step * velocity)
            moved = _put_back(stage, _pushed(stage, moved, roots, ends), roots)
            velocity = (moved - points) / step
            points = moved
        found[frame] = points
    return found


def _turns(chains: Chains, stage: _Stage, points: Floats, run: _Run) -> Floats:
    """(kept T + seam, C * N, 4) what each bone carries on top of the one above, in bind-pose axes,
    in the last frames."""
    kept = slice(len(points) - run.length - run.seam, None)
    stage = replace(stage, roots=stage.roots[kept], ends=stage.ends[kept])
    points, roots = points[kept], stage.roots
    # All frames at once, what the body still holds of them comes out.
    for _ in range(POLISH):
        points = _put_back(stage, _pushed(stage, points, roots, stage.ends), roots)
    steps = np.diff(np.concatenate([roots[:, :, None], points], axis=2), axis=2)
    straight = np.diff(chains.joints, axis=1)
    above = np.repeat(run.turns[kept, chains.parent][:, None], stage.shape[0], axis=1)
    turns = []
    for bone in range(stage.shape[1]):
        seen = rotations.rotate(rotations.conjugate(above), steps[:, :, bone])
        turn = rotations.between(np.broadcast_to(straight[:, bone], seen.shape), seen)
        above = rotations.multiply(above, turn)
        turns.append(turn)
    return np.stack(turns, axis=2).reshape(len(points), -1, 4)


def _closed(turns: Floats, run: _Run) -> Floats:
    """The last round, whose end passes into what came before its start: the loop has no jolt."""
    seam, kept = run.seam, turns[run.seam :].copy()
    if seam:
        share = (np.arange(seam) + 1) / seam
        share = (share * share * (3 - 2 * share))[:, None]
        kept[-seam:] = rotations.slerp(kept[-seam:], turns[:seam], share)
    return kept

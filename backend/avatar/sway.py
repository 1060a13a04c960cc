# SPDX-License-Identifier: Apache-2.0
"""Skirts, capes and hair follow a motion: chains of points with weight, kept outside of the body.

Position-based dynamics (Mueller et al. 2007) on a few dozen points: they fall, lag and swing, keep
their distance to the points beside them, are pushed out of the body's capsules and off the floor,
and last are put back at their bone's length from the point above.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...shared import posing, rotations
from ...shared.results import Motion, Rig, Sway
from ...shared.skeleton import PARENTS
from ..kit.motion.rounds import repeated
from .capsules import Capsules
from .contact import Obstacles, Touch, samples_of
from .stuffs import STUFFS, Stuff
from .wardrobe.chains import Chains

Floats = NDArray[np.floating]

GRAVITY = 9.81
SUBSTEPS = 3
ENTER_S, HOLD_S = 0.5, 0.4
"""Seconds from bind pose into the first frame, and of standing there before it."""
WARM_S = 1.6
"""A cyclic motion runs at least so long before the round that is kept."""
SEAM_S = 0.25
"""Over which the end of a round passes into what came before its start."""
POLISH = 8
"""Passes that take the last of the body out of every frame."""
FLOOR = 0.006
LAP = (0.45, 0.8)
"""Sines of a thigh's rise between which what hangs before it comes to lie on it."""
ASTRIDE = 0.12
"""Metres between the chains that go with one thigh alone."""
GRIP = 0.12
"""Share of its speed along the body that cloth loses in a step where it touches."""


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
            warm = math.ceil(WARM_S * motion.fps)
            played = repeated(motion, (warm + frames) / motion.fps)
            seam, hold = min(math.ceil(SEAM_S * motion.fps), frames // 2), 0
        first = 0 if played is motion else len(played.local_rotations) - frames - warm
        local = played.local_rotations[first:].astype(np.float64)
        share = np.linspace(0, 1, enter, endpoint=False)[:, None]
        share = share * share * (3 - 2 * share)
        start = rotations.slerp(_standing(rig, local[0])[None], local[:1], share)
        local = np.concatenate([start, np.repeat(local[:1], hold, 0), local])
        root = played.root_translation[first:].astype(np.float64)
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
    stiff: Floats
    """(F, C, 3) unit: how the first bones would stand if they moved with what they hang from."""
    goals: Floats
    """(F, C, N, 3) unit: how each bone hangs where nothing moves or touches it."""
    rest: Floats
    """(F, C, N, 3) the points themselves then."""
    coarse: Touch
    fine: Touch
    ends: Floats
    """(F, Q, 2, 3) of the capsules."""
    carried: Floats
    """(F, Q, 3, 3) their turns out of bind pose."""
    radii: Floats
    """(Q, 2)"""
    links: Floats
    """(P, C * N) the difference of two points side by side."""
    spans: Floats
    """(P,) their distance in bind pose."""
    fps: float


def _staged(rig: Rig, chains: Chains, capsules: Capsules, run: _Run) -> _Stage:
    stuff = STUFFS[chains.kind]
    steps, lengths = np.diff(chains.joints, axis=1), chains.lengths()
    along = steps / lengths[..., None]
    carry = run.turns[:, chains.parent]
    heading = carry * [1, 0, 0, 1]
    heading /= np.maximum(np.linalg.norm(heading, axis=1, keepdims=True), 1e-9)
    upright, fixed = (rotations.rotate(turn[:, None, None], along) for turn in (heading, carry))
    goals = (1 - stuff.firm) * upright + stuff.firm * fixed
    goals /= np.maximum(np.linalg.norm(goals, axis=-1, keepdims=True), 1e-9)
    if chains.kind == "skirt":
        goals = _on_lap(goals, chains, capsules, run)
    matrix = run.matrices[:, chains.parent]
    roots = np.einsum("tij,cj->tci", matrix[..., :3], chains.joints[:, 0]) + matrix[:, None, :, 3]
    carried = run.matrices[:, capsules.bones]
    ends = np.einsum("tqij,qej->tqei", carried[..., :3], capsules.ends) + carried[:, :, None, :, 3]
    coarse, fine = (
        Touch.of(samples_of(chains, parts), chains, capsules, stuff.gap) for parts in (2, 3)
    )
    links = _links(chains)
    return _Stage(
        stuff=stuff,
        shape=(steps.shape[0], steps.shape[1]),
        lengths=lengths,
        roots=roots,
        stiff=fixed[:, :, 0],
        goals=goals,
        rest=roots[:, :, None] + np.cumsum(goals * lengths[..., None], axis=2),
        coarse=coarse,
        fine=fine,
        ends=ends,
        carried=carried[..., :3],
        radii=capsules.radii,
        links=links,
        spans=np.linalg.norm(links @ chains.joints[:, 1:].reshape(-1, 3), axis=1),
        fps=run.fps,
    )


def _on_lap(goals: Floats, chains: Chains, capsules: Capsules, run: _Run) -> Floats:
    """The goals (F, C, N, 3), of which those before a thigh rise with it as a lap does."""
    along = np.diff(chains.joints, axis=1) / chains.lengths()[..., None]
    ahead = rotations.rotate(run.turns[:, chains.parent], np.array([0.0, -1.0, 0.0])) * [1, 1, 0]
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    x, y = chains.joints[:, 0, 0], chains.joints[:, 0, 1]
    y = y - y.mean() if chains.closed else y
    front = np.clip(0.5 - 0.5 * y / np.maximum(np.hypot(x, y), 1e-9), 0, 1)
    for name, bone in zip(capsules.names, capsules.bones, strict=True):
        if not name.endswith("thigh"):
            continue
        sign = 1 if name.startswith("left") else -1
        turn = run.turns[:, bone]
        rise = (rotations.rotate(turn, np.array([0.0, 0.0, -1.0])) * ahead).sum(-1)
        rise = np.clip((rise - LAP[0]) / (LAP[1] - LAP[0]), 0, 1)
        share = rise[:, None] * front * np.clip(0.5 + sign * x / ASTRIDE, 0, 1)
        share = (share * share * (3 - 2 * share))[..., None, None]
        lap = rotations.rotate(turn[:, None, None], along)
        goals = (1 - share) * goals + share * lap
        goals /= np.maximum(np.linalg.norm(goals, axis=-1, keepdims=True), 1e-9)
    return np.asarray(goals)


def _links(chains: Chains) -> Floats:
    """(P, C * N) the difference of points of neighbouring chains at the same level."""
    count, points = chains.joints.shape[0], chains.joints.shape[1] - 1
    own = np.eye(count * points).reshape(count, points, -1)
    last = count if chains.closed else count - 1
    return (np.roll(own, -1, axis=0) - own)[:last].reshape(-1, count * points)


def _pushed(
    stage: _Stage, touch: Touch, points: Floats, roots: Floats, at: Obstacles
) -> tuple[Floats, Floats]:
    """Points (..., C, N, 3) after every sample has left the capsule that it is deepest in, and
    whether (..., C, N, 1) they touch."""
    count, bones = stage.shape
    whole = np.concatenate([roots[..., None, :], points], axis=-2)
    places = touch.samples @ whole.reshape(*whole.shape[:-3], count * (bones + 1), 3)
    distance, share = at.distance(places)
    lack = touch.gaps - distance
    worst = lack.argmax(-1)[..., None]
    depth = np.maximum(np.take_along_axis(lack, worst, -1), 0)
    push = depth * at.outward(places, share, worst, touch.sides)
    below = np.maximum(FLOOR - places[..., 2], 0)
    push[..., 2] += below
    touched = ((depth[..., 0] > 0) | (below > 0)).astype(np.float64)
    moved = touch.samples.T @ push
    # The mean of what the samples ask for, but never more than one of them alone would.
    shared = (touched @ touch.samples)[..., None]
    moved /= np.maximum(shared, 0.34)
    held = shared.reshape(*whole.shape[:-1], 1)[..., 1:, :] > 0
    return points + moved.reshape(whole.shape)[..., 1:, :], held


def _beside(stage: _Stage, points: Floats) -> Floats:
    """Points (C, N, 3) with neighbours neither torn apart nor on top of each other."""
    if not len(stage.spans):
        return points
    apart = stage.links @ points.reshape(-1, 3)
    length = np.sqrt((apart * apart).sum(-1))
    low, high = stage.stuff.squeeze
    wanted = np.minimum(np.maximum(length, low * stage.spans), high * stage.spans)
    moved = stage.links.T @ ((0.4 * (length - wanted) / np.maximum(length, 1e-9))[:, None] * apart)
    return np.asarray(points - moved.reshape(points.shape))


def _put_back(stage: _Stage, points: Floats, roots: Floats, stiff: Floats) -> Floats:
    """Points (..., C, N, 3) at their bone's length from the point above, from the top down; none
    of the first bones lifted too far from its `stiff` direction (..., C, 3)."""
    placed, above = np.empty_like(points), roots
    for bone in range(stage.shape[1]):
        step = points[..., bone, :] - above
        if bone == 0:
            down = (step * stiff).sum(-1, keepdims=True)
            length = np.sqrt((step * step).sum(-1, keepdims=True))
            step = step + np.maximum(stage.stuff.lift * length - down, 0) * stiff
        length = np.sqrt((step * step).sum(-1, keepdims=True))
        above = above + step * (stage.lengths[:, bone, None] / np.maximum(length, 1e-9))
        placed[..., bone, :] = above
    return placed


def _played(stage: _Stage) -> Floats:
    """(F, C, N, 3) the points at every frame."""
    step, stuff = 1 / (stage.fps * SUBSTEPS), stage.stuff
    roots, stiff, rest, goals = (
        _between(values) for values in (stage.roots, stage.stiff, stage.rest, stage.goals)
    )
    obstacles = Obstacles.of(_between(stage.ends), _between(stage.carried), stage.radii)
    drag, air = math.exp(-stuff.drag * step), math.exp(-stuff.air * step)
    points, velocity = rest[0], np.zeros_like(rest[0])
    found = [points]
    for now in range(1, len(roots)):
        flow = (rest[now] - rest[now - 1]) / step
        pull = GRAVITY * goals[now] + stuff.spring**2 * (rest[now] - points)
        velocity = (flow + (velocity - flow) * drag) * air + step * pull
        moved = _beside(stage, points + step * velocity)
        moved, held = _pushed(stage, stage.coarse, moved, roots[now], obstacles.at(now))
        moved = _put_back(stage, moved, roots[now], stiff[now])
        velocity, points = (moved - points) / step, moved
        velocity += GRIP * held * (flow - velocity)
        found.append(points)
    return np.array(found[::SUBSTEPS])


def _between(values: Floats) -> Floats:
    """(1 + (F - 1) * SUBSTEPS, ...) with steps between the frames."""
    share = (np.arange(1, SUBSTEPS + 1) / SUBSTEPS).reshape(-1, *[1] * (values.ndim - 1))
    steps = values[:-1, None] + share * (values[1:] - values[:-1])[:, None]
    return np.concatenate([values[:1], steps.reshape(-1, *values.shape[1:])])


def _turns(chains: Chains, stage: _Stage, points: Floats, run: _Run) -> Floats:
    """(kept T + seam, C * N, 4) what each bone carries on top of the one above, in bind-pose axes,
    in the last frames."""
    kept = slice(len(points) - run.length - run.seam, None)
    points, roots = points[kept], stage.roots[kept]
    obstacles = Obstacles.of(stage.ends[kept], stage.carried[kept], stage.radii)
    # All frames at once, what the body still holds of them comes out.
    for _ in range(POLISH):
        points = _pushed(stage, stage.fine, points, roots, obstacles)[0]
        points = _put_back(stage, points, roots, stage.stiff[kept])
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

# SPDX-License-Identifier: Apache-2.0
"""Extra bones for what hangs free: chains round a skirt, down a cape, in long hair.

Of every kind that a character wears there is one set of chains, so that layers of one kind move
together. A vertex is held by the two chains beside it, and passes over to the bones that carried it
before towards the line from which it hangs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ....shared.results import Rig
from ....shared.skeleton import SWAY_KINDS
from ...kit.skinning import strongest_four
from .piece import Piece

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Build:
    """How the chains of one kind are made; metres and radians on the canonical body."""

    parent: str
    """The bone from which they hang; "" takes the one that holds most of what they hang from."""
    spacing: float
    """Between chains, measured round the body."""
    most: int
    length: float
    """Of a bone."""
    bones: tuple[int, int]
    """Fewest and most of a chain."""
    above: float
    """How far over the line the first bone begins."""
    fade: float
    """Below the line, over which the chains take over."""
    axis: float = 0.0
    """Where the upright axis stands round which chains are spread, from front to back."""


BUILDS = {
    "skirt": Build("root", 0.09, 12, 0.15, (2, 4), 0.03, 0.12, -0.01),
    "cape": Build("spine01", 0.15, 5, 0.24, (2, 4), 0.0, 0.10),
    "cloth": Build("", 0.12, 4, 0.13, (2, 3), 0.0, 0.05),
    "hair": Build("head", 0.08, 5, 0.11, (2, 3), 0.0, 0.08, -0.03),
    "beard": Build("head", 0.12, 1, 0.10, (1, 2), 0.0, 0.06, -0.03),
}
CLOSED = np.radians(50)
"""An opening narrower than this is none: the chains go all round."""
SHORTEST = 0.05
"""Metres that something must hang to get bones."""
MEET = 0.5
"""Share of a bone over which it passes a vertex on to the next."""
SECTORS = ("front", "front", "fore", "side", "rear", "back", "back")
"""Names of chains by their place from the front to the back, 30 degrees each."""


@dataclass(frozen=True)
class Chains:
    """C chains of N bones of one kind, in bind pose, in order round the body."""

    kind: str
    parent: int
    bones: NDArray[np.int32]
    """(C, N) in the rig."""
    joints: Floats
    """(C, N + 1, 3) heads of the bones and the last one's tail, metres."""
    closed: bool
    """Whether the last chain is beside the first."""

    def lengths(self) -> Floats:
        """(C, N) of the bones, metres."""
        return np.asarray(np.linalg.norm(np.diff(self.joints, axis=1), axis=-1))


@dataclass(frozen=True)
class _Cloth:
    """All vertices (V,) of one kind that hang, and those just above their line: where they are on
    this body, the angle round the canonical axis (0 in front, left positive), how far below the
    line; and the bone that carries most of what they hang from."""

    places: Floats
    angle: Floats
    hang: Floats
    radius: float
    holder: int


@dataclass(frozen=True)
class _Layout:
    """Where chains hang: their angles (C,) and how far down (C,) each reaches."""

    build: Build
    angles: Floats
    depths: Floats
    closed: bool
    bones: int


def hang(pieces: Sequence[Piece], rig: Rig) -> tuple[list[Piece], Rig, tuple[Chains, ...]]:
    """The pieces with weights on new chains, the rig with those chains' bones at its end.

    In bind pose nothing changes its place. Pieces that hang nowhere stay as they are.
    """
    done, made = list(pieces), []
    for kind in SWAY_KINDS:
        own = [number for number, piece in enumerate(done) if _hangs(piece, kind)]
        if not own:
            continue
        cloth = _gathered([done[number] for number in own], BUILDS[kind].axis)
        layout = _laid_out(cloth, BUILDS[kind])
        joints = np.stack(
            [
                _polyline(cloth, layout, angle, depth)
                for angle, depth in zip(layout.angles, layout.depths, strict=True)
            ]
        )
        parent = BUILDS[kind].parent
        holder = rig.bone_names.index(parent) if parent else cloth.holder
        chains, rig = _grown(rig, kind, holder, joints, layout)
        made.append(chains)
        for number in own:
            done[number] = _weighted(done[number], rig, chains, layout)
    return done, rig, tuple(made)


def _hangs(piece: Piece, kind: str) -> bool:
    if piece.hangs != kind or not len(piece.faces):
        return False
    used = np.unique(piece.faces[piece.faces >= 0])
    return bool(piece.fields["hang"][used].max() > SHORTEST)


def _angles(piece: Piece, axis: float) -> Floats:
    x, y = piece.canonical[:, 0].astype(np.float64), piece.canonical[:, 1].astype(np.float64)
    return np.asarray(np.arctan2(x, axis - y))


def _gathered(pieces: Sequence[Piece], axis: float) -> _Cloth:
    places, angles, hangs, radii, held = [], [], [], [], np.zeros(1024)
    for piece in pieces:
        used = np.unique(piece.faces[piece.faces >= 0])
        hang = piece.fields["hang"].astype(np.float64)
        top = used[np.abs(hang[used]) < SHORTEST]
        np.add.at(held, piece.bone_indices[top], piece.weights[top])
        own = used[hang[used] > -SHORTEST]
        places.append(piece.vertices[own].astype(np.float64))
        angles.append(_angles(piece, axis)[own])
        hangs.append(hang[own])
        below = piece.canonical[own[hang[own] > 0]].astype(np.float64)
        radii.append(np.hypot(below[:, 0], below[:, 1] - axis))
    return _Cloth(
        np.concatenate(places),
        np.concatenate(angles),
        np.concatenate(hangs),
        float(np.concatenate(radii).mean()),
        int(held.argmax()),
    )


def _laid_out(cloth: _Cloth, build: Build) -> _Layout:
    """Chains evenly all round, or from one edge of an open piece to the other."""
    free = cloth.hang > 0.3 * cloth.hang.max()
    around = np.sort(cloth.angle[free])
    steps = np.diff(np.append(around, around[0] + 2 * np.pi))
    widest = int(steps.argmax())
    closed = bool(steps[widest] < CLOSED)
    if closed:
        count = build.most
        angles = np.arange(count) * 2 * np.pi / count
        spread = 2 * np.pi
    else:
        first, spread = around[(widest + 1) % len(around)], 2 * np.pi - steps[widest]
        count = int(np.clip(round(spread * cloth.radius / build.spacing), 1, build.most))
        # Half a step in from the edges, so that a lock or a lapel hangs from its own middle.
        angles = first + (np.arange(count) + 0.5) * spread / count
    step = spread / count
    deepest = float(cloth.hang.max())
    depths = np.full(len(angles), deepest)
    for number, angle in enumerate(angles):
        near = np.abs(_between(cloth.angle, angle)) < 0.6 * step
        if near.any():
            depths[number] = max(float(np.quantile(cloth.hang[near], 0.97)), 0.3 * deepest)
    bones = int(np.clip(np.ceil((deepest + build.above) / build.length), *build.bones))
    return _Layout(build, _wrapped(angles), depths, closed, bones)


def _wrapped(angle: Floats) -> Floats:
    return np.asarray((angle + np.pi) % (2 * np.pi) - np.pi)


def _between(angle: Floats, other: float) -> Floats:
    return _wrapped(angle - other)


def _polyline(cloth: _Cloth, layout: _Layout, angle: float, depth: float) -> Floats:
    """(N + 1, 3) through the middle of the cloth at an angle, from above its line to its hem.

    Each point is a local straight line through the vertices near by, at its depth: their mean would
    lie inside of both ends.
    """
    step = 2 * np.pi / max(len(layout.angles), 6)
    depths = np.linspace(-layout.build.above, depth, layout.bones + 1)
    sideways = np.exp(-((_between(cloth.angle, angle) / (0.5 * step)) ** 2))
    reach = 0.6 * (depths[1] - depths[0]) + 0.01
    points = []
    for here in depths:
        share = sideways * np.exp(-(((cloth.hang - here) / reach) ** 2)) + 1e-12 * sideways
        share /= share.sum()
        down = cloth.hang - share @ cloth.hang
        middle = share @ cloth.places
        slope = ((share * down) @ (cloth.places - middle)) / max(share @ down**2, 1e-9)
        points.append(middle + slope * (here - share @ cloth.hang))
    return np.array(points)


def _grown(rig: Rig, kind: str, parent: int, joints: Floats, layout: _Layout) -> tuple[Chains, Rig]:
    """The rig with the chains' bones behind its own."""
    count, bones = joints.shape[0], joints.shape[1] - 1
    first = len(rig.bone_names)
    numbers = first + np.arange(count * bones).reshape(count, bones)
    names = [
        f"{kind}.{name}.{bone + 1:02d}" for name in _names(layout.angles) for bone in range(bones)
    ]
    above = np.concatenate([np.full((count, 1), parent), numbers[:, :-1]], 1).ravel()
    total = count * bones
    heads, tails = (joints[:, place].reshape(-1, 3) for place in (slice(-1), slice(1, None)))
    still = np.tile(np.array([1, 0, 0, 0], np.float32), (total, 1))
    longer = replace(
        rig,
        bone_names=(*rig.bone_names, *names),
        parents=np.concatenate([rig.parents, above]).astype(np.int32),
        heads=np.concatenate([rig.heads, heads]).astype(np.float32),
        tails=np.concatenate([rig.tails, tails]).astype(np.float32),
        joint_of_bone=np.concatenate(
            [rig.joint_of_bone, np.full(total, rig.joint_of_bone[parent])]
        ).astype(np.int32),
        relaxed=np.concatenate([rig.relaxed, still]),
    )
    return Chains(kind, parent, numbers.astype(np.int32), joints, layout.closed), longer


def _names(angles: Floats) -> list[str]:
    """ "front", "front.L", "side.R": where each chain hangs; a second one there gets a number."""
    found: list[str] = []
    for angle in angles:
        sector = round(abs(float(np.degrees(angle))) / 30)
        side = "" if sector in (0, 6) else ".L" if angle > 0 else ".R"
        name, number = SECTORS[sector], 2
        while name + side in found:
            name, number = f"{SECTORS[sector]}{number}", number + 1
        found.append(name + side)
    return found


def _weighted(piece: Piece, rig: Rig, chains: Chains, layout: _Layout) -> Piece:
    """The piece with what hangs given to the chains beside it."""
    hang = piece.fields["hang"].astype(np.float64)
    moved = np.flatnonzero(hang > 0)
    rows = np.arange(len(moved))
    angle = _angles(piece, layout.build.axis)[moved]
    first, second, share = _neighbours(angle, layout)
    depth = (1 - share) * layout.depths[first] + share * layout.depths[second]
    fade = np.clip(hang[moved] / np.minimum(layout.build.fade, 0.6 * depth), 0, 1)
    freed = fade * fade * (3 - 2 * fade)
    weights = np.zeros((len(moved), len(rig.bone_names)))
    np.add.at(weights, (rows[:, None], piece.bone_indices[moved]), piece.weights[moved])
    weights *= 1 - freed[:, None]
    above = layout.build.above
    along = (hang[moved] + above) / (depth + above) * layout.bones
    for chain, part in ((first, 1 - share), (second, share)):
        for bone, own in enumerate(_down(along, layout.bones)):
            np.add.at(weights, (rows, chains.bones[chain, bone]), freed * part * own)
    # Each bone of a chain turns by itself, so each counts as a joint of its own.
    joints = rig.joint_of_bone.copy()
    joints[chains.bones] = (
        1 + joints.max() + np.arange(chains.bones.size).reshape(chains.bones.shape)
    )
    indices, shares = strongest_four(weights, joints)
    bone_indices, all_weights = piece.bone_indices.copy(), piece.weights.copy()
    bone_indices[moved], all_weights[moved] = indices, shares
    return replace(piece, bone_indices=bone_indices, weights=all_weights)


def _neighbours(
    angle: Floats, layout: _Layout
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """The chains on both sides of each angle (V,), and the share (V,) of the second."""
    count = len(layout.angles)
    start = layout.angles[0]
    own = (layout.angles - start) % (2 * np.pi)
    turn = (angle - start) % (2 * np.pi)
    if layout.closed:
        ends = np.append(own, 2 * np.pi)
        first = np.clip(np.searchsorted(ends, turn, side="right") - 1, 0, count - 1)
        share = (turn - ends[first]) / (ends[first + 1] - ends[first])
        return first, (first + 1) % count, np.clip(share, 0, 1)
    # What is outside of the outermost chains goes with the nearer one.
    middle = (own[-1] + 2 * np.pi) / 2
    turn = np.where(turn > middle, 0.0, np.minimum(turn, own[-1]))
    first = np.clip(np.searchsorted(own, turn, side="right") - 1, 0, max(count - 2, 0))
    second = np.minimum(first + 1, count - 1)
    gap = np.where(second > first, own[second] - own[first], 1.0)
    return first, second, np.clip((turn - own[first]) / gap, 0, 1)


def _down(along: Floats, bones: int) -> list[Floats]:
    """The share (V,) of each bone down a chain, at places counted in bones from its top."""
    passed = [np.ones_like(along)]
    for joint in range(1, bones):
        step = np.clip((along - joint) / (2 * MEET) + 0.5, 0, 1)
        passed.append(step * step * (3 - 2 * step))
    passed.append(np.zeros_like(along))
    return [passed[bone] - passed[bone + 1] for bone in range(bones)]

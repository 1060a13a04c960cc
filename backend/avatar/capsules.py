# SPDX-License-Identifier: Apache-2.0
"""The body as tapered capsules that cloth must stay outside of, fitted to its own flesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...shared import posing
from ...shared.skeleton import INDEX
from ..kit.body import Body, BodyModel

Floats = NDArray[np.float64]

SLICES = 7
FEWEST = 12
"""A slice with fewer vertices says nothing about a limb's girth."""


@dataclass(frozen=True)
class Segment:
    """A part of the body between two joints: the joints whose flesh it is, the bone that carries
    it, and whether it is one of two halves of something wide (+1 left, -1 right)."""

    name: str
    joints: tuple[str, ...]
    start: str
    end: str
    side: int = 0


def _sided(name: str, joint: str, end: str) -> tuple[Segment, ...]:
    return tuple(
        Segment(f"{side} {name}", (f"{side}_{joint}",), f"{side}_{joint}", f"{side}_{end}")
        for side in ("left", "right")
    )


def _halves(name: str, joints: tuple[str, ...], start: str, end: str) -> tuple[Segment, ...]:
    return tuple(
        Segment(f"{word} {name}", joints, start, end, side)
        for word, side in (("left", 1), ("right", -1))
    )


TRUNK = (
    "pelvis", "left_hip", "right_hip", "spine1", "spine2", "spine3", "left_collar", "right_collar"
)  # fmt: skip
SEGMENTS = (
    *_sided("thigh", "hip", "knee"),
    *_sided("shin", "knee", "ankle"),
    *_sided("foot", "ankle", "foot"),
    *_halves("seat", TRUNK, "pelvis", "spine1"),
    *_halves("belly", TRUNK, "spine1", "spine3"),
    *_halves("chest", TRUNK, "spine3", "neck"),
    Segment("neck", ("neck",), "neck", "head"),
    Segment("head", ("head",), "head", "head"),
    *_sided("upper arm", "shoulder", "elbow"),
    *_sided("forearm", "elbow", "wrist"),
)


@dataclass(frozen=True)
class Capsules:
    """Q cones with round ends in bind pose, each carried by one bone of the rig."""

    names: tuple[str, ...]
    bones: NDArray[np.int64]
    """(Q,)"""
    ends: Floats
    """(Q, 2, 3) metres."""
    radii: Floats
    """(Q, 2) metres at the two ends."""

    def only(self, parts: tuple[str, ...]) -> Capsules:
        """Those whose names end with one of these words."""
        kept = [n for n, name in enumerate(self.names) if name.endswith(parts)]
        names = tuple(self.names[n] for n in kept)
        return Capsules(names, self.bones[kept], self.ends[kept], self.radii[kept])


def fit_capsules(model: BodyModel, body: Body) -> Capsules:
    """One capsule for each of `SEGMENTS`, as thick as this body is there."""
    skin = np.unique(model.groups["body"].corners)
    rows = np.arange(len(skin))[:, None]
    held = np.zeros((len(skin), 22))
    np.add.at(held, (rows, body.rig.joint_of_bone[model.bone_indices[skin]]), model.weights[skin])
    leaders = posing.joint_bones(body.rig)
    places = body.vertices[skin]
    made = [_fitted(segment, body, places, held) for segment in SEGMENTS]
    return Capsules(
        tuple(segment.name for segment in SEGMENTS),
        np.array([leaders[_index(segment.start)] for segment in SEGMENTS]),
        np.array([ends for ends, _ in made]),
        np.array([radii for _, radii in made]),
    )


def _index(joint: str) -> int:
    return INDEX[joint]


def _fitted(segment: Segment, body: Body, places: Floats, held: Floats) -> tuple[Floats, Floats]:
    """The ends (2, 3) and radii (2,) of one capsule, by slices across its axis."""
    heads = body.rig.heads[posing.joint_bones(body.rig)].astype(np.float64)
    own = held[:, [_index(joint) for joint in segment.joints]].sum(1) > 0.5
    flesh = places[own]
    start, end = heads[_index(segment.start)], heads[_index(segment.end)]
    if segment.side:
        # Upright, from the crotch on: what the joints stand beside is not the middle of the flesh.
        start, end = (np.array([0.0, 0.0, place[2]]) for place in (start, end))
        if segment.start == "pelvis":
            # From the crotch to the hips: its round end reaches the waist.
            start[2], end[2] = heads[_index("left_hip"), 2] + np.array([-0.06, 0.02]) * body.stature
    elif segment.start == segment.end:
        start, end = (np.array([0.0, 0.0, high]) for high in np.quantile(flesh[:, 2], [0.03, 0.97]))
    axis = (end - start) / np.linalg.norm(end - start)
    across = np.cross([0.0, 1.0, 0.0], axis) if abs(axis[1]) < 0.9 else np.array([1.0, 0, 0])
    across /= np.linalg.norm(across)
    frame = np.stack([across, np.cross(axis, across), axis], 1)
    local = (flesh - start) @ frame
    length = float(np.linalg.norm(end - start))
    at, middles, girths = _slices(local, length, segment.side)
    columns = np.stack([1 - at, at], 1)
    middle = np.linalg.lstsq(columns, middles, rcond=None)[0]
    radii = np.maximum(np.linalg.lstsq(columns, girths, rcond=None)[0], 0.01 * body.stature)
    reach = np.array([0.0, length])
    if segment.start == segment.end:
        # Its round ends lie inside of the flesh.
        reach += np.minimum(radii, 0.45 * length) * [1, -1]
    ends = start + np.column_stack([middle, reach]) @ frame.T
    return ends, radii


def _slices(local: Floats, length: float, side: int) -> tuple[Floats, Floats, Floats]:
    """Where along the axis (N,), the middle (N, 2) and the radius (N,) of slices of flesh; half of
    a wide one is the circle that fills its side."""
    at, middles, girths = [], [], []
    for number in range(SLICES):
        share = (number + 0.5) / SLICES
        near = np.abs(local[:, 2] / length - share) < 0.5 / SLICES
        if near.sum() < FEWEST:
            continue
        low, high = np.quantile(local[near, :2], [0.03, 0.97], axis=0)
        middle, half = (low + high) / 2, (high - low) / 2
        radius = float(half.mean())
        if side:
            radius = min(float(half[1]), float(half[0]))
            middle[0] = side * max(float(half[0]) - radius, 0.3 * radius)
        at.append(share)
        middles.append(middle)
        girths.append(radius)
    return np.array(at), np.array(middles), np.array(girths)

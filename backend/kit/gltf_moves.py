# SPDX-License-Identifier: Apache-2.0
"""The animation of a glTF file: turns of bones, the root's path, weights of morph targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from ...shared import posing, rotations
from ...shared.results import Motion, Rig, Sway
from .gltf_document import Document, Json, xyzw, y_up
from .surface import Floats

_FACE_STILL = 0.01  # a morph target's weight that may be left out between two keys
_STILL = 1e-5  # radians or metres that a bone may stray and still count as not moving


def local_turns(rig: Rig, motion: Motion, sway: Sway | None) -> Floats:
    """(T, B, 4) each bone's turn relative to its parent's, without jumps of sign."""
    deform = posing.bone_rotations(rig, motion.local_rotations, sway, motion.fingers)
    has_parent = rig.parents >= 0
    above = rotations.conjugate(deform[:, rig.parents[has_parent]])
    turns = deform.copy()
    turns[:, has_parent] = rotations.multiply(above, deform[:, has_parent])
    turns *= np.where(turns[:1, :, :1] < 0, -1, 1)
    return rotations.continuous(rotations.normalise(turns))


def add_animation(
    document: Document, rig: Rig, motion: Motion, turns: Floats, faces: Mapping[int, list[str]]
) -> None:
    """A channel for each bone that leaves bind pose, from the bones' turns (T, B, 4) in their
    parents; a bone that stays put needs one key. `faces` are the morph targets of each node."""
    turned = np.flatnonzero(np.abs(turns[..., 1:]).max(axis=(0, 2)) > _STILL)
    tracks = [(int(bone), "rotation", xyzw(turns[:, bone])) for bone in turned]
    for root in np.flatnonzero(rig.parents < 0):
        if np.abs(motion.root_translation - rig.heads[root]).max() > _STILL:
            tracks.append((int(root), "translation", y_up(motion.root_translation)))
    if not tracks and not motion.face:
        return
    seconds = (np.arange(len(turns)) / motion.fps).astype(np.float32)
    whole, start = _add_times(document, seconds), _add_times(document, seconds[:1])
    samplers: list[Json] = []
    channels: list[Json] = []
    for bone, path, values in tracks:
        is_still = np.abs(values - values[0]).max() <= _STILL
        channels.append({"sampler": len(samplers), "target": {"node": bone, "path": path}})
        output = document.add_array(values[:1] if is_still else values)
        times = start if is_still else whole
        samplers.append({"input": times, "interpolation": "LINEAR", "output": output})
    for node, output, times in _face_tracks(document, motion, faces):
        channels.append({"sampler": len(samplers), "target": {"node": node, "path": "weights"}})
        samplers.append({"input": times, "interpolation": "LINEAR", "output": output})
    animation = {"name": motion.name or "Motion", "samplers": samplers, "channels": channels}
    document.add("animations", animation)


def _face_tracks(
    document: Document, motion: Motion, faces: Mapping[int, list[str]]
) -> Iterator[tuple[int, int, int]]:
    """Node, values and times of each part that the face's curves move: all its morph targets, key
    by key, as glTF wants them. Parts with the same targets share them."""
    curves = {curve.name: curve.values for curve in motion.face}
    moving = {node: names for node, names in faces.items() if not curves.keys().isdisjoint(names)}
    if not moving:
        return
    keys = _telling_frames(np.stack(list(curves.values()), axis=1))
    times = _add_times(document, (keys / motion.fps).astype(np.float32))
    written: dict[tuple[str, ...], int] = {}
    for node, names in moving.items():
        if tuple(names) not in written:
            still = np.zeros(len(keys), np.float32)
            weights = np.stack([curves[n][keys] if n in curves else still for n in names], axis=1)
            written[tuple(names)] = document.add_array(weights.reshape(-1).astype(np.float32))
        yield node, written[tuple(names)], times


def _telling_frames(values: Floats) -> NDArray[np.int64]:
    """The frames of curves (T, C) that lines between them follow to within `_FACE_STILL`."""
    kept = [0]
    for frame in range(1, len(values)):
        span = frame - kept[-1]
        share = np.arange(1, span)[:, None] / max(span, 1)
        line = values[kept[-1]] * (1 - share) + values[frame] * share
        if np.abs(line - values[kept[-1] + 1 : frame]).max(initial=0) > _FACE_STILL:
            kept.append(frame - 1)
    return np.unique([*kept, len(values) - 1])


def _add_times(document: Document, seconds: NDArray[np.float32]) -> int:
    ends = {"min": [float(seconds[0])], "max": [float(seconds[-1])]}
    return document.add_array(seconds, bounds=ends)

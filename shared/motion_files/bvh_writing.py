# SPDX-License-Identifier: Apache-2.0
"""A motion as BVH text for other programs: Y up, facing +Z, metres, T-pose rest, degrees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .. import rotations
from ..results import Motion

Floats = NDArray[np.floating]

# BVH wants every chain to end in a point; hands, head and toes go on this share of the last step.
_END_LENGTH = 0.5


def write_bvh(motion: Motion) -> str:
    """HIERARCHY and MOTION text. The root has six channels, every other joint three.

    Angles are Z, X, Y Euler angles in degrees, written in the order of the channels, as programs
    expect it: the joint's matrix is Rz Rx Ry.
    """
    offsets = _y_up(motion.rest_offsets)
    children: list[list[int]] = [[] for _ in motion.parents]
    for joint, parent in enumerate(motion.parents.tolist()):
        if parent >= 0:
            children[parent].append(joint)
    lines = ["HIERARCHY"]
    order: list[int] = []
    _write_joint(lines, order, motion.joint_names, children, offsets)
    frames = len(motion.local_rotations)
    lines += ["MOTION", f"Frames: {frames}", f"Frame Time: {1 / motion.fps:.8f}"]
    degrees = _euler_degrees(motion.local_rotations)[:, order].reshape(frames, -1)
    rows = np.concatenate([_y_up(motion.root_translation), degrees], axis=1)
    lines += [" ".join(f"{number:.6f}" for number in row) for row in rows.tolist()]
    return "\n".join(lines) + "\n"


def _write_joint(
    lines: list[str],
    order: list[int],
    names: tuple[str, ...],
    children: list[list[int]],
    offsets: Floats,
) -> None:
    """Append the joints depth first from the root, and note the order that they come in."""
    waiting: list[tuple[int, int] | str] = [(0, 0)]
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, str):
            lines.append(entry)
            continue
        joint, depth = entry
        order.append(joint)
        indent = "\t" * depth
        place = "Xposition Yposition Zposition "
        channels = (
            f"CHANNELS {3 if depth else 6} {'' if depth else place}Zrotation Xrotation Yrotation"
        )
        lines += [
            f"{indent}{'JOINT' if depth else 'ROOT'} {names[joint]}",
            f"{indent}{{",
            f"{indent}\t{_offset(offsets[joint])}",
            f"{indent}\t{channels}",
        ]
        if not children[joint]:
            end = _offset(offsets[joint] * _END_LENGTH)
            lines += [f"{indent}\tEnd Site", f"{indent}\t{{", f"{indent}\t\t{end}", f"{indent}\t}}"]
        waiting.append(f"{indent}}}")
        waiting += [(child, depth + 1) for child in reversed(children[joint])]


def _offset(place: Floats) -> str:
    x, y, z = place.tolist()
    return f"OFFSET {x:.6f} {y:.6f} {z:.6f}"


def _y_up(places: Floats) -> NDArray[np.float64]:
    x, y, z = np.moveaxis(places.astype(np.float64), -1, 0)
    return np.stack([x, z, -y], axis=-1)


def _euler_degrees(turns: Floats) -> NDArray[np.float64]:
    """(T, J, 3) angles around Z, X and Y, without jumps of a whole turn."""
    w, x, y, z = np.moveaxis(turns.astype(np.float64), -1, 0)
    matrix = rotations.to_matrix(np.stack([w, x, z, -y], axis=-1))
    around_x = np.arcsin(np.clip(matrix[..., 2, 1], -1, 1))
    around_z = np.arctan2(-matrix[..., 0, 1], matrix[..., 1, 1])
    around_y = np.arctan2(-matrix[..., 2, 0], matrix[..., 2, 2])
    # Looking straight along X, only the sum of the other two is known: give it all to Z.
    locked = np.hypot(matrix[..., 0, 1], matrix[..., 1, 1]) < 1e-6
    around_z = np.where(locked, np.arctan2(matrix[..., 1, 0], matrix[..., 0, 0]), around_z)
    around_y = np.where(locked, 0, around_y)
    angles = np.stack([around_z, around_x, around_y], axis=-1)
    return np.degrees(np.unwrap(angles, axis=0))

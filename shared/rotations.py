# SPDX-License-Identifier: Apache-2.0
"""Quaternion algebra in numpy: unit quaternions w, x, y, z in the last axis, any leading axes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def normalise(q: Floats) -> Floats:
    unit: Floats = q / np.linalg.norm(q, axis=-1, keepdims=True)
    return unit


def conjugate(q: Floats) -> Floats:
    return q * np.array([1, -1, -1, -1], dtype=q.dtype)


def multiply(a: Floats, b: Floats) -> Floats:
    """The rotation that applies `b` first and `a` second."""
    aw, ax, ay, az = np.moveaxis(a, -1, 0)
    bw, bx, by, bz = np.moveaxis(b, -1, 0)
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=-1,
    )


def rotate(q: Floats, v: Floats) -> Floats:
    """Rotate vectors (..., 3) by quaternions (..., 4); leading axes broadcast."""
    u = q[..., 1:]
    t = 2 * np.cross(u, v)
    return v + q[..., :1] * t + np.cross(u, t)


def from_axis_angle(axis: Floats, angle: Floats) -> Floats:
    """`axis` (..., 3) of unit length, `angle` (...) in radians."""
    half = np.asarray(angle)[..., None] / 2
    return np.concatenate([np.cos(half), np.sin(half) * axis], axis=-1)


def between(a: Floats, b: Floats) -> Floats:
    """The smallest rotation that turns direction `a` (..., 3) onto direction `b` (..., 3)."""
    a = a / np.linalg.norm(a, axis=-1, keepdims=True)
    b = b / np.linalg.norm(b, axis=-1, keepdims=True)
    w = 1 + (a * b).sum(-1, keepdims=True)
    q = np.concatenate([w, np.cross(a, b)], axis=-1)
    # Opposite directions: half a turn around any axis at right angles to `a`.
    helper = np.where(np.abs(a[..., :1]) < 0.9, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    half_turn = np.concatenate([np.zeros_like(w), np.cross(a, helper)], axis=-1)
    return normalise(np.where(w < 1e-8, half_turn, q))


def to_matrix(q: Floats) -> Floats:
    """Rotation matrices (..., 3, 3) that multiply column vectors."""
    w, x, y, z = np.moveaxis(q, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def from_matrix(m: Floats) -> Floats:
    """Quaternions (..., 4), w >= 0, of rotation matrices (..., 3, 3)."""
    # Bar-Itzhack (2000): the quaternion is the leading eigenvector of this symmetric 4 x 4.
    m = np.asarray(m, dtype=np.float64)
    xx, xy, xz = m[..., 0, 0], m[..., 0, 1], m[..., 0, 2]
    yx, yy, yz = m[..., 1, 0], m[..., 1, 1], m[..., 1, 2]
    zx, zy, zz = m[..., 2, 0], m[..., 2, 1], m[..., 2, 2]
    k = np.stack(
        [
            np.stack([xx + yy + zz, zy - yz, xz - zx, yx - xy], -1),
            np.stack([zy - yz, xx - yy - zz, xy + yx, xz + zx], -1),
            np.stack([xz - zx, xy + yx, yy - xx - zz, yz + zy], -1),
            np.stack([yx - xy, xz + zx, yz + zy, zz - xx - yy], -1),
        ],
        axis=-2,
    )
    q = np.linalg.eigh(k)[1][..., -1]
    return q * np.where(q[..., :1] < 0, -1.0, 1.0)


def continuous(q: Floats) -> Floats:
    """Flip signs along the first axis so that neighbours lie on the same half of the sphere."""
    q = np.array(q)
    flips = np.where((q[1:] * q[:-1]).sum(-1) < 0, -1.0, 1.0)
    q[1:] *= np.cumprod(flips, axis=0)[..., None]
    return q


def slerp(a: Floats, b: Floats, t: Floats) -> Floats:
    """Interpolate on the shorter arc; `t` (...) broadcasts against the leading axes."""
    t = np.asarray(t)[..., None]
    dot = (a * b).sum(-1, keepdims=True)
    b = np.where(dot < 0, -b, b)
    angle = np.arccos(np.clip(np.abs(dot), 0, 1))
    sine = np.sin(angle)
    near = sine < 1e-6
    safe = np.where(near, 1.0, sine)
    wa = np.where(near, 1 - t, np.sin((1 - t) * angle) / safe)
    wb = np.where(near, t, np.sin(t * angle) / safe)
    return normalise(wa * a + wb * b)

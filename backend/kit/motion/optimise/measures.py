# SPDX-License-Identifier: Apache-2.0
"""How good a finished motion is, by kinematics alone: figures for people."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from .....shared.rotations import Floats
from ..clips import FPS
from ..kinematics import Sole, place, sole_points
from ..poses.limits import excess_of
from ..posture import Body
from .flesh import fit
from .losses import Thickness, depth


def measure(
    turns: Floats, root: Floats, contacts: NDArray[np.bool_], body: Body
) -> dict[str, float]:
    """`slide` cm/s of standing soles (mean), `sunk` mm (worst) below the floor, `jerk` m/s3 (root
    mean square over joints), `limits` degrees beyond (mean of what is beyond over all frames),
    `touch` mm (mean of the deepest pair)."""
    local = torch.as_tensor(np.asarray(turns, np.float64))
    placed = place(
        local, torch.as_tensor(np.asarray(root, np.float64)), torch.as_tensor(body.offsets)
    )
    soles_at = sole_points(placed, Sole.of(body.soles, local)).numpy()
    both = contacts[1:] & contacts[:-1]
    # A foot on its ball turns about it: its heel counts where the ball is off the floor.
    both = np.stack([both[..., 0] & ~both[..., 1], both[..., 1]], -1)
    speed = np.linalg.norm(np.diff(soles_at[:, :, :2, :2], axis=0), axis=-1) * FPS
    third = np.diff(placed.places.numpy(), n=3, axis=0) * FPS**3
    deep = depth(placed, Thickness.of(fit(body), local)).numpy()
    return {
        "slide": 100 * float(speed[both].mean()) if both.any() else 0.0,
        "sunk": 1000 * float(np.clip(-soles_at[..., 2], 0, None).max(initial=0.0)),
        "jerk": float(np.sqrt(np.square(third).sum(-1).mean())) if len(third) else 0.0,
        "limits": float(np.degrees(excess_of(turns)).sum(-1).mean()),
        "touch": 1000 * float(deep.max(-1).mean()),
    }

# SPDX-License-Identifier: Apache-2.0
"""Lasts: the shapes over which shoes are made, as deformations of the space round a foot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....kit.body import BodyModel
from ..design import Last, Sole
from ..surface import Floats, Surface

ANKLE = 0.115
"""Metres over the floor above which a last leaves the leg as it is."""
HEEL_SHARE = 0.27
"""Share of the foot's length that stands on the heel."""
BALL_SHARE = 0.70


@dataclass(frozen=True)
class Foot:
    """The canonical foot, mirrored to the left: `heel` its y, `length` metres, its middle line
    x = middle[0] + middle[1] y, and the height `tops` of its back at `shares` from heel to toe."""

    heel: float
    length: float
    middle: tuple[float, float]
    shares: Floats
    tops: Floats

    def share(self, y: Floats) -> Floats:
        """(N,) 0 at the heel to 1 at the toes."""
        return np.asarray((self.heel - y) / self.length)


def foot(model: BodyModel) -> Foot:
    """Measured on the tights, which have no toes."""
    places = model.canonical.vertices[np.unique(model.groups["helper-tights"].corners)]
    low = places[(places[:, 0] > 0) & (places[:, 2] < ANKLE)]
    heel, toe = float(low[:, 1].max()), float(low[:, 1].min())
    slope, start = np.polyfit(low[:, 1], low[:, 0], 1)
    shares = np.linspace(0, 1, 14)
    along = (heel - low[:, 1]) / (heel - toe)
    tops = np.array([low[np.abs(along - share) < 0.06, 2].max() for share in shares])
    return Foot(heel, heel - toe, (float(start), float(slope)), shares, tops)


def ease(low: float, high: float, value: Floats) -> Floats:
    """0 below `low`, 1 above `high`, smooth between."""
    share = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share))


def lift(sole: Sole, share: Floats) -> Floats:
    """(N,) metres that the foot's bed stands over the front's, falling from heel to ball."""
    return np.asarray(sole.heel * (1 - ease(HEEL_SHARE - 0.05, BALL_SHARE, share)))


def lasted(model: BodyModel, last: Last, sole: Sole, points: Floats) -> Floats:
    """Points (N, 3) about the canonical feet, moved to where the last has them."""
    shape = foot(model)
    x, y, z = np.array(points, dtype=np.float64).T
    share = shape.share(y)
    near = 1 - ease(0.75 * ANKLE, ANKLE, z)
    middle = shape.middle[0] + shape.middle[1] * y
    tip = ease(0.72, 1.06, share) * near
    # A last's point lies before the big toe, not before the middle one.
    across = (np.abs(x) - middle) * (1 - last.point * tip) - 0.012 * last.point * tip
    top = np.interp(share, shape.shares, shape.tops)
    box = last.box * (1 - 0.3 * ease(0.86, 1.02, share))
    # What lowers the toe begins in front of the opening, where the foot shows.
    forwards = np.where(box > top, ease(0.6, 0.84, share), ease(0.8, 0.96, share))
    height = z * (1 + (box / top - 1) * forwards * near * (last.box > 0))
    height = height + lift(sole, share) * np.clip(1 - z / ANKLE, 0, 1)
    forward = last.length * ease(0.5, 1.0, share) * near
    return np.stack([np.sign(x) * (middle + across), y - forward, height], axis=1)


def undone(
    model: BodyModel, last: Last, sole: Sole, fields: dict[str, Floats]
) -> dict[str, Floats]:
    """The fields with y and z as they were before the last moved them: what an upper hides is
    found by its own cuts."""
    shape = foot(model)
    share = shape.share(fields["y"])
    up = lift(sole, share)
    is_foot = fields["z"] < ANKLE
    height = (fields["z"] - up) / (1 - up / ANKLE)
    back = fields["y"] + last.length * ease(0.5, 1.0, share - last.length / shape.length)
    return {
        **fields,
        "y": np.where(is_foot, back, fields["y"]),
        "z": np.where(is_foot, height, fields["z"]),
    }


def on_last(model: BodyModel, surface: Surface, last: Last, sole: Sole) -> Floats:
    """(V, 3) what the last adds to the shifts of an upper."""
    places = surface.mix @ model.canonical.vertices + surface.shift
    moved: Floats = lasted(model, last, sole, places) - places
    return moved

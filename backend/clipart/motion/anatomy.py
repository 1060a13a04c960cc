# SPDX-License-Identifier: Apache-2.0
"""What the parts of a skeleton are: legs, tails, wings, stems."""

from __future__ import annotations

from dataclasses import dataclass

from .actions import Kind, Role, Side


@dataclass(frozen=True)
class Limb:
    """A chain of keypoints that moves as one, `points[0]` the joint by which it hangs.

    A tail is (rump, ..., tip), a leg (hip, ..., foot), a head (neck, ..., crown), the body
    the spine from the rump (or the lower end) to the neck. A limb's first point belongs to what it
    hangs on. `order` counts pairs of like limbs along the body, 0 the foremost: with `side` it
    decides when a leg takes its turn in a gait.
    """

    points: tuple[int, ...]
    role: Role
    side: Side = ""
    order: int = 0


@dataclass(frozen=True)
class Anatomy:
    """`root` is the keypoint that all else hangs on: the rump's end of a body, the foot of a plant.

    `forward` is the unit vector on the canvas in which it faces, (0, 0) where it looks at us.
    """

    kind: Kind
    root: int
    limbs: tuple[Limb, ...]
    forward: tuple[float, float] = (0.0, 0.0)

    def of_role(self, *roles: Role) -> tuple[Limb, ...]:
        return tuple(limb for limb in self.limbs if limb.role in roles)

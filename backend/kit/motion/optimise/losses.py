# SPDX-License-Identifier: Apache-2.0
"""What a motion is judged by: one function a loss, each (B,) of B motions at once, differentiable.

An error is told in tolerances: one centimeter off a pin counts as much as two degrees off a pose.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch

from .....shared.rotations import Floats
from .....shared.skeleton import INDEX
from ..clips import FPS
from ..kinematics import Placed
from .flesh import Flesh

Tensor = torch.Tensor

SLIDE, FLOOR, LIMIT, TOUCH = 0.02, 0.01, 0.05, 0.02
"""Tolerances: metres a second, metres, radians, metres."""
FOOTING = 0.03
"""Metres that a stand may be moved: steps go where they went."""
GIVE = 0.01
"""Metres that flesh gives way where hands rest on it."""
JERK = 60.0
"""Metres a second cubed: a walking body's root mean square."""
PATH, PLACE, FACING, POSE, PIN = 0.03, 0.05, 0.17, 0.035, 0.03


def anywhere(six: Tensor, poses: Tensor, weights: Tensor) -> Tensor:
    """The published pose term: `six` (B, T, 21, 6) comes near each of `poses` (K, 21, 6) once."""
    apart = (six[:, :, None] - poses).square().mean((-1, -2))
    return (apart.min(1).values * weights).sum(-1)


def movement(six: Tensor) -> Tensor:
    """The published delta term: how much the pose changes from frame to frame."""
    return (six[:, 1:] - six[:, :-1]).square().mean((1, 2, 3))


def sliding(soles: Tensor, contacts: Tensor) -> Tensor:
    """Heel and ball (B, T, 2, 5, 3) move where `contacts` (T, 2, 2) say that they stand."""
    both = contacts[1:] * contacts[:-1]
    speed = (soles[:, 1:, :, :2, :2] - soles[:, :-1, :, :2, :2]).square().sum(-1) * FPS**2
    return (both * speed).sum((1, 2, 3)) / (SLIDE**2 * both.sum().clamp(min=1))


def wandering(soles: Tensor, before: Tensor, contacts: Tensor) -> Tensor:
    """Heel and ball stand elsewhere than in the start (T, 2, 5, 3)."""
    far = (soles[:, :, :, :2, :2] - before[:, :, :2, :2]).square().sum(-1)
    return (contacts * far).sum((1, 2, 3)) / (FOOTING**2 * contacts.sum().clamp(min=1))


def floor(soles: Tensor, contacts: Tensor) -> Tensor:
    """Soles sink into the floor, or stand above it."""
    sunk = soles[..., 2].clamp(max=0).square().sum((-1, -2)).mean(-1)
    high = (contacts * soles[:, :, :, :2, 2].square()).sum((1, 2, 3)) / contacts.sum().clamp(min=1)
    return (sunk + high) / FLOOR**2


def jerk(places: Tensor, allowed: Tensor | None = None) -> Tensor:
    """The third derivative of joints' places (B, T, 22, 3), beyond `allowed` (T - 3, 22)."""
    third = (places[:, 3:] - 3 * places[:, 2:-1] + 3 * places[:, 1:-2] - places[:, :-3]) * FPS**3
    size = (third.square().sum(-1) + 1e-6).sqrt()
    beyond = size if allowed is None else (size - allowed).clamp(min=0)
    return beyond.square().mean((1, 2)) / JERK**2


def bending(excess: Tensor) -> Tensor:
    """Radians (B, T, 22) beyond the joints' limits."""
    return excess.square().sum(-1).mean(-1) / LIMIT**2


def touching(depth: Tensor) -> Tensor:
    """Metres (B, T, P) by which parts of the body lie in each other, beyond what flesh gives."""
    return (depth - GIVE).clamp(min=0).square().sum(-1).mean(-1) / TOUCH**2


MASSES = (
    0.14, 0.04, 0.04, 0.10, 0.07, 0.07, 0.12, 0.035, 0.035, 0.11, 0.01, 0.01, 0.02, 0.0, 0.0,
    0.08, 0.022, 0.022, 0.022, 0.022, 0.016, 0.016,
)  # fmt: skip
"""Of the body's parts by the joints that they hang around, about one in all."""
SWAY = 0.06
"""Metres that the balance may shift from where the start has it."""


@cache
def _masses(device: torch.device, dtype: torch.dtype) -> Tensor:
    return torch.tensor(MASSES, device=device, dtype=dtype)


def balance(places: Tensor, soles: Tensor, contacts: Tensor) -> Tensor:
    """(..., T, 2) the middle of the body's mass seen from the middle of what stands."""
    masses = _masses(places.device, places.dtype)
    middle = (places[..., :2] * masses[:, None]).sum(-2) / masses.sum()
    stands = contacts[..., None]
    under = (stands * soles[..., :2, :2]).sum((-2, -3)) / contacts.sum((-1, -2)).clamp(min=1)[
        ..., None
    ]
    return middle - under


def falling(now: Tensor, before: Tensor, still: Tensor) -> Tensor:
    """The balance (B, T, 2) left the start's (T, 2) by more than `SWAY` where `still` (T,)."""
    far = ((now - before).square().sum(-1) + 1e-8).sqrt()
    beyond = (far - SWAY).clamp(min=0).square() / SWAY**2
    return (still * beyond).sum(-1) / still.sum().clamp(min=1)


SHOULDERS = (INDEX["left_shoulder"], INDEX["right_shoulder"])
WRISTS = (INDEX["left_wrist"], INDEX["right_wrist"])
SWING = 0.35
"""Radians that a hanging arm may swing."""


def arms(places: Tensor) -> Tensor:
    """(..., T, 2, 3) the ways that both arms point, of unit length."""
    line = torch.stack(
        [places[..., w, :] - places[..., s, :] for s, w in zip(SHOULDERS, WRISTS, strict=True)], -2
    )
    return line / (line.square().sum(-1, keepdim=True) + 1e-9).sqrt()


def hanging(now: Tensor, before: Tensor, free: Tensor) -> Tensor:
    """Arms (B, T, 2, 3) that hung in the start (T, 2, 3), and are `free` (T, 2), hang no more."""
    hung = ((-before[..., 2] - 0.7) / 0.2).clamp(0, 1) * free
    return (hung * (now - before).square().sum(-1)).mean((1, 2)) / SWING**2


LEGS = (
    (INDEX["left_hip"], INDEX["left_knee"], INDEX["left_ankle"]),
    (INDEX["right_hip"], INDEX["right_knee"], INDEX["right_ankle"]),
)
STRAIGHT, STRAIN = 0.99, 0.01
"""Of its length at which a leg is nearly straight: beyond it a knee snaps; tolerance in lengths."""


def strain(places: Tensor) -> Tensor:
    """(..., T, 2) how far both legs are stretched, beyond nearly straight."""
    found = []
    for hip, knee, ankle in LEGS:
        thigh, shin = (
            places[..., knee, :] - places[..., hip, :],
            places[..., ankle, :] - places[..., knee, :],
        )
        length = (thigh.square().sum(-1) + 1e-9).sqrt() + (shin.square().sum(-1) + 1e-9).sqrt()
        far = (places[..., ankle, :] - places[..., hip, :]).square().sum(-1)
        found.append((far + 1e-9).sqrt() / length - STRAIGHT)
    return torch.stack(found, -1).clamp(min=0)


def snapping(now: Tensor, before: Tensor) -> Tensor:
    """Legs (B, T, 2) stretch further than both nearly straight and the start's (T, 2)."""
    return (now - before).clamp(min=0).square().mean((1, 2)) / STRAIN**2


def off_route(root: Tensor, route: Tensor, slack: float) -> Tensor:
    """The pelvis (B, T, 3) is further than `slack` metres from the nearest of `route` (M, 2)."""
    ground = root[..., :2]
    with torch.no_grad():
        nearest = route[torch.cdist(ground, route[None]).argmin(-1)]
    far = ((ground - nearest).square().sum(-1) + 1e-12).sqrt()
    return (far - slack).clamp(min=0).square().mean(-1) / PATH**2


@dataclass(frozen=True)
class Marks:
    """Frames (K,) and places (K, 2) of waypoints; `facing` (K, 2) ways to face, zero for any."""

    frames: Tensor
    places: Tensor
    facing: Tensor


def off_marks(placed: Placed, marks: Marks) -> Tensor:
    """The pelvis is not at its waypoints, or faces elsewhere."""
    ground = placed.places[:, marks.frames, 0, :2]
    far = (ground - marks.places).square().sum(-1)
    ahead = -placed.world[:, marks.frames, 0, :2, 1]
    aside = (ahead - marks.facing).square().sum(-1) * (marks.facing.square().sum(-1) > 0)
    return far.sum(-1) / PLACE**2 + aside.sum(-1) / FACING**2


def off_poses(local: Tensor, frames: Tensor, poses: Tensor, named: Tensor) -> Tensor:
    """Turns (B, T, 22, 4) at `frames` (K,) differ from `poses` (K, 22, 4) where `named` (K, 22)."""
    alike = (local[:, frames] * poses).sum(-1).abs().clamp(max=1.0)
    squared = 8 * (1 - alike)
    return (squared * named).sum((1, 2)) / POSE**2 / named.sum().clamp(min=1) * len(frames)


@dataclass(frozen=True)
class Held:
    """A joint's places (T, 3) and how firmly (T,) they hold it, 0 to 1."""

    joint: int
    places: Tensor
    firmness: Tensor


def off_pins(placed: Placed, held: tuple[Held, ...]) -> Tensor:
    total = placed.places.new_zeros(len(placed.places))
    for pin in held:
        far = (placed.places[:, :, pin.joint] - pin.places).square().sum(-1)
        total = total + (pin.firmness * far).sum(-1) / pin.firmness.sum().clamp(min=1) / PIN**2
    return total


def unclosed(six: Tensor, heights: Tensor) -> Tensor:
    """The last frame's step to the first is larger than its neighbours'."""
    step = (six[:, 0] - six[:, -1]).square().mean((-1, -2))
    usual = (six[:, 1:] - six[:, :-1]).square().mean((-1, -2)).amax(1)
    drop = (heights[:, 0] - heights[:, -1]).square()
    return (step - usual.detach()).clamp(min=0) / POSE**2 + drop / PLACE**2


@dataclass(frozen=True)
class Thickness:
    """`flesh.Flesh` as tensors."""

    ends: Tensor
    shifts: Tensor
    radii: Tensor
    pairs: Tensor

    @staticmethod
    def of(flesh: Flesh, like: Tensor) -> Thickness:
        def moved(values: Floats) -> Tensor:
            return torch.as_tensor(values, dtype=like.dtype, device=like.device)

        ends, pairs = (
            torch.as_tensor(part, device=like.device) for part in (flesh.ends, flesh.pairs)
        )
        return Thickness(ends, moved(flesh.shifts), moved(flesh.radii), pairs)


def depth(placed: Placed, flesh: Thickness) -> Tensor:
    """(..., P) metres by which each pair of capsules overlaps."""
    first, last = (
        placed.places.index_select(-2, joints)
        + (placed.world.index_select(-3, joints) @ shifts[..., None])[..., 0]
        for joints, shifts in zip(flesh.ends.T, flesh.shifts.swapaxes(0, 1), strict=True)
    )
    start, axis = first, last - first
    a, b = flesh.pairs[:, 0], flesh.pairs[:, 1]
    gap = _nearest(start[..., a, :], axis[..., a, :], start[..., b, :], axis[..., b, :])
    return (flesh.radii[a] + flesh.radii[b] - gap).clamp(min=0)


def _nearest(a: Tensor, u: Tensor, b: Tensor, v: Tensor) -> Tensor:
    """(...) metres between the segments a + s u and b + t v, s and t from 0 to 1."""
    w = a - b
    uu, uv, vv = (u * u).sum(-1) + 1e-9, (u * v).sum(-1), (v * v).sum(-1) + 1e-9
    uw, vw = (u * w).sum(-1), (v * w).sum(-1)
    # Lumelsky (1985): the unbounded lines' s, held in bounds, then t for it, then s again.
    with torch.no_grad():
        s = ((uv * vw - vv * uw) / (uu * vv - uv * uv).clamp(min=1e-9)).clamp(0, 1)
        t = ((vw + s * uv) / vv).clamp(0, 1)
        s = ((t * uv - uw) / uu).clamp(0, 1)
    apart = w + s[..., None] * u - t[..., None] * v
    return (apart.square().sum(-1) + 1e-12).sqrt()

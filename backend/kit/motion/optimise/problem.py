# SPDX-License-Identifier: Apache-2.0
"""An optimisation as tensors: what may change of a motion, and what that change is worth."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ..clips import HEIGHT
from ..kinematics import (
    Placed,
    Sole,
    exponential,
    from_six,
    multiply,
    place,
    small_turn,
    sole_points,
    to_matrix,
)
from ..poses.limits import excess
from ..prior.frames import six_of
from ..prior.prior import MotionPrior
from . import losses
from .losses import Held, Marks, Thickness
from .task import Picture
from .windows import Windows

Tensor = torch.Tensor

TURN, SHIFT, LATENT = 0.15, 0.05, 0.5
"""How large a change is that costs one: radians a joint, metres of the pelvis, of the latent."""
WEIGHTS = {
    "sliding": 1.0, "floor": 0.5, "jerk": 1.0, "limits": 0.5, "touching": 0.5,
    "falling": 1.0, "hanging": 1.0, "snapping": 3.0, "wandering": 0.5,
    "route": 1.0, "marks": 1.0, "poses": 1.0, "pins": 1.0, "closing": 0.3,
    "anywhere": 300.0, "movement": 1.0, "picture": 1.0, "change": 0.3, "latent": 0.1,
}  # fmt: skip


@dataclass(frozen=True)
class Body:
    """`offsets` (22, 3), the soles, and how thick the limbs are."""

    offsets: Tensor
    sole: Sole
    flesh: Thickness


@dataclass(frozen=True)
class Latent:
    """The motion as the prior sees it: latents (W, D) of its windows, and what they decode to:
    `turns` (T, 22, 3, 3) and `height` (T,) in leg lengths; `leg` is one in metres."""

    prior: MotionPrior
    windows: Windows
    start: Tensor
    turns: Tensor
    height: Tensor
    leg: float


@dataclass(frozen=True)
class Keys:
    """Frames (K,), poses (K, 22, 4), and which joints (K, 22) they name, 0 or 1."""

    frames: Tensor
    poses: Tensor
    named: Tensor


@dataclass(frozen=True)
class Problem:
    """`local` (T, 22, 4) and `root` (T, 3) are the start; `basis` (T, K) are the smooth shapes in
    time of a change; `contacts` (T, 2, 2) are 0 or 1; `allowed` (T - 3, 22) is jerk that may be,
    m/s3. Of the start are `balance` (T, 2), where it is `still` (T,), 0 or 1; `arms` (T, 2, 3), the
    ways they point, `free` (T, 2) of pins or not; `strain` (T, 2) of the legs; `soles`
    (T, 2, 5, 3). A loop is `travel` (3,) metres further when it begins again."""

    local: Tensor
    root: Tensor
    basis: Tensor
    body: Body
    contacts: Tensor
    allowed: Tensor
    balance: Tensor
    still: Tensor
    arms: Tensor
    free: Tensor
    strain: Tensor
    soles: Tensor
    is_cyclic: bool
    travel: Tensor
    route: Tensor | None = None
    slack: float = 0.0
    marks: Marks | None = None
    keys: Keys | None = None
    pins: tuple[Held, ...] = ()
    anywhere: tuple[Tensor, Tensor] | None = None
    delta: float = 0.0
    picture: Picture | None = None
    latent: Latent | None = None


@dataclass(frozen=True)
class Change:
    """What is solved for, for B starts: `knots` (B, K, 69) of turns and pelvis in units of `TURN`
    and `SHIFT`, and the latents' change (B, W, D) in units of `LATENT`, or none of it."""

    knots: Tensor
    latents: Tensor | None


def changed(problem: Problem, change: Change) -> tuple[Tensor, Tensor]:
    """Local rotations (B, T, 22, 4) and pelvis (B, T, 3) after the change."""
    curves = torch.einsum("tk,bkc->btc", problem.basis, change.knots)
    added = exponential(TURN * curves[..., :66].reshape(*curves.shape[:-1], 22, 3))
    local, root = problem.local, problem.root + SHIFT * curves[..., 66:]
    latent = problem.latent
    if latent is not None and change.latents is not None:
        turns, height = decoded(latent, latent.start + LATENT * change.latents, len(problem.root))
        relative = small_turn(latent.turns.transpose(-1, -2) @ turns)
        local = multiply(local, relative)
        up = (height - latent.height) * latent.leg
        root = torch.cat([root[..., :2], root[..., 2:] + up[..., None]], -1)
    return multiply(local, added), root


def decoded(latent: Latent, latents: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Turns (..., T, 22, 3, 3), the pelvis seen from its heading, and heights (..., T)."""
    values = latent.prior.decode(latents.flatten(0, -2))
    values = values.reshape(*latents.shape[:-1], *values.shape[1:])
    frames = latent.windows.blended(values, count)
    six = frames[..., : HEIGHT - 3].reshape(*frames.shape[:-1], 22, 6)
    return from_six(six), frames[..., HEIGHT]


def weigh(problem: Problem, change: Change) -> dict[str, Tensor]:
    """Every loss (B,) that applies, times its weight."""
    local, root = changed(problem, change)
    placed = place(local, root, problem.body.offsets)
    found = {
        **_natural(problem, local, root, placed),
        **_steered(problem, local, root, placed),
        **_published(problem, local, root),
        "change": change.knots.square().mean((1, 2)),
    }
    if change.latents is not None:
        found["latent"] = change.latents.square().mean((1, 2))
    return {name: WEIGHTS[name] * value for name, value in found.items()}


def _steered(problem: Problem, local: Tensor, root: Tensor, placed: Placed) -> dict[str, Tensor]:
    """What the animator set down."""
    found = {}
    if problem.route is not None:
        found["route"] = losses.off_route(root, problem.route, problem.slack)
    if problem.marks is not None:
        found["marks"] = losses.off_marks(placed, problem.marks)
    if problem.keys is not None:
        keys = problem.keys
        found["poses"] = losses.off_poses(local, keys.frames, keys.poses, keys.named)
    if problem.pins:
        found["pins"] = losses.off_pins(placed, problem.pins)
    return found


def _published(problem: Problem, local: Tensor, root: Tensor) -> dict[str, Tensor]:
    """AvatarCLIP's terms, and that a loop closes."""
    six = six_of(to_matrix(local[:, :, 1:]))
    found = {}
    if problem.anywhere is not None:
        found["anywhere"] = losses.anywhere(six, *problem.anywhere)
    if problem.delta:
        found["movement"] = -problem.delta * losses.movement(six)
    if problem.picture is not None:
        found["picture"] = problem.picture(local, root)
    if problem.is_cyclic:
        found["closing"] = losses.unclosed(six, root[..., 2])
    return found


def _natural(problem: Problem, local: Tensor, root: Tensor, placed: Placed) -> dict[str, Tensor]:
    """What every motion is judged by; a cyclic one also across its seam."""
    soles = sole_points(placed, problem.body.sole)
    contacts, places = problem.contacts, placed.places
    now = losses.balance(places, soles, contacts)
    flesh = problem.body.flesh
    found = {
        "limits": losses.bending(excess(local)),
        "touching": losses.touching(losses.depth(placed, flesh)),
        "hanging": losses.hanging(losses.arms(places), problem.arms, problem.free),
        "snapping": losses.snapping(losses.strain(places), problem.strain),
        "wandering": losses.wandering(soles, problem.soles, contacts),
        "falling": losses.falling(now, problem.balance, problem.still),
    }
    if problem.is_cyclic:
        soles = torch.cat([soles, soles[:, :1] + problem.travel], 1)
        contacts = torch.cat([contacts, contacts[:1]])
        places = torch.cat([places, places[:, :3] + problem.travel], 1)
    found["sliding"] = losses.sliding(soles, contacts)
    found["floor"] = losses.floor(soles, contacts)
    found["jerk"] = losses.jerk(places, problem.allowed)
    return found

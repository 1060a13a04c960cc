# SPDX-License-Identifier: Apache-2.0
"""A motion is led where the animator wants it, then all its losses are brought down at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from .....shared import rotations
from .....shared.rotations import Floats
from .....shared.skeleton import INDEX
from .. import clips
from ..kinematics import Sole, place, sole_points
from ..prior.prior import MotionPrior
from . import flesh, losses
from .along import settled
from .descent import descend
from .lead import Led, lead, performance_of, poses_anywhere
from .losses import Held, Marks, Thickness
from .measures import measure
from .problem import Body, Change, Keys, Latent, Problem, changed, decoded
from .reach import ARMS, meet, pin_frames, reachable
from .routes import forward
from .splines import basis
from .task import Optimised, Plan, Task
from .warp import Take
from .windows import Windows

SPACING = 5.0
"""Frames between the knots of a change."""
SLOW = 0.4
"""Metres a second of the pelvis under which a body must keep its balance to stand."""
KEPT_JERK = 0.97
"""The sharpest moments of what was led, three in a hundred, may be seams: they are softened."""
EASY_JERK = 40.0
"""Metres a second cubed that any joint may do: a calm reach."""
BETTER = 0.999
"""A result that costs more than this share of what the closed form costs is left."""


def optimise(
    task: Task,
    prior: MotionPrior | None = None,
    plan: Plan | None = None,
    report: Callable[[float], None] = lambda share: None,
) -> Optimised:
    """The task's motion, steered and bettered; with nothing to do it is the start itself.

    Put it onto the rig by `retarget` with the same steering: only there pins are met exactly.
    """
    plan = plan or Plan()
    if task.is_empty and not plan.is_thorough:
        return Optimised(task.start, np.arange(len(task.start.root)))
    led = lead(task)
    take = replace(led.take, contacts=_free_of_pins(led.take, task))
    if plan.steps < 1 or not (task.is_posed or plan.is_thorough):
        return Optimised(performance_of(take, task), take.frames, notes=led.notes)
    take = settled(take, task)
    led = replace(led, take=take)
    problem = _problem(led, task, prior, plan)
    starts = plan.starts if problem.latent is not None else 1
    found = descend(problem, plan.steps, starts, plan.seed, report)
    better = take
    if found.last < BETTER * found.first:
        better = _applied(take, problem, found.change)
    before, after = (judged(each, task) for each in (take, better))
    return Optimised(performance_of(better, task), better.frames, before, after, led.notes)


def judged(take: Take, task: Task) -> dict[str, float]:
    """`measures.measure` of a take as it will be on the body."""
    done = settled(take, task)
    turns, root = meet(done.rotations, done.root, task.body.offsets, task.steering.pins)
    return measure(turns, root, done.contacts, task.body)


def _free_of_pins(take: Take, task: Task) -> NDArray[np.bool_]:
    """(T, 2, 2) contacts; a foot that is pinned somewhere does not stand besides."""
    contacts = take.contacts.copy()
    for pin in task.steering.pins:
        if pin.joint in ("left_foot", "right_foot"):
            contacts[pin_frames(pin, len(take))[1] > 0, int(pin.joint == "right_foot")] = False
    return contacts


def _problem(led: Led, task: Task, prior: MotionPrior | None, plan: Plan) -> Problem:
    take = led.take
    root = _tensor(take.root, plan)
    local = _tensor(take.rotations, plan)
    offsets = _tensor(task.body.offsets, plan)
    body = Body(
        offsets,
        Sole.of(task.body.soles, root),
        Thickness.of(flesh.fit(task.body), root),
    )
    travel = _tensor(take.travel, plan)
    contacts = _tensor(take.contacts, plan)
    placed = place(local, root, offsets)
    soles = sole_points(placed, body.sole)
    return Problem(
        local=local,
        root=root,
        basis=_tensor(basis(len(take), SPACING, take.is_cyclic), plan),
        body=body,
        contacts=contacts,
        allowed=_allowed_jerk(
            placed.places,
            travel if take.is_cyclic else None,
            1.0 if task.is_empty else KEPT_JERK,
        ),
        balance=losses.balance(placed.places, soles, contacts),
        soles=soles,
        still=_still(placed.places, contacts),
        arms=losses.arms(placed.places),
        strain=losses.strain(placed.places),
        free=_tensor(_free_arms(task, len(take)), plan),
        is_cyclic=take.is_cyclic,
        travel=travel,
        route=None
        if led.route is None
        else _tensor(led.route.points[:: max(1, len(led.route.points) // 400)], plan),
        slack=led.slack,
        marks=_marks(led, plan),
        keys=_keys(led, plan),
        pins=_held(take, task, plan),
        anywhere=_anywhere(task, plan),
        delta=plan.delta,
        picture=task.picture,
        latent=None if prior is None else _latent(take, task, prior, plan),
    )


def _tensor(values: Floats | NDArray[np.bool_], plan: Plan) -> torch.Tensor:
    return torch.as_tensor(np.asarray(values, dtype=np.float32), device=plan.device)


def _allowed_jerk(places: torch.Tensor, travel: torch.Tensor | None, share: float) -> torch.Tensor:
    """(T - 3, 22) jerk of the start around each frame, but for more than the `share` of frames
    that are calmest has."""
    if travel is not None:
        places = torch.cat([places, places[:3] + travel])
    if len(places) < 4:
        return places.new_zeros(0, 22)
    third = (places[3:] - 3 * places[2:-1] + 3 * places[1:-2] - places[:-3]) * clips.FPS**3
    size = third.norm(dim=-1)
    near = torch.nn.functional.max_pool1d(size.T[None], 5, 1, 2)[0].T
    return torch.minimum(near, size.quantile(share, dim=0)).clamp(min=EASY_JERK)


def _still(places: torch.Tensor, contacts: torch.Tensor) -> torch.Tensor:
    """(T,) 1 where the pelvis hardly travels and something stands, else 0."""
    speed = torch.zeros_like(places[:, 0, 0])
    if len(places) > 1:
        speed[1:] = (places[1:, 0] - places[:-1, 0])[:, :2].norm(dim=-1) * clips.FPS
    return ((speed < SLOW) & (contacts.sum((1, 2)) > 0)).to(places.dtype)


def _free_arms(task: Task, count: int) -> Floats:
    """(T, 2) 1 where no pin holds the hand."""
    free = np.ones((count, 2))
    for pin in task.steering.pins:
        if pin.joint in ARMS:
            free[pin_frames(pin, count)[1] > 0, int(pin.joint == "right_wrist")] = 0.0
    return free


def _held(take: Take, task: Task, plan: Plan) -> tuple[Held, ...]:
    leg = clips.leg_length(task.body.offsets)
    found = [(pin.joint, reachable(pin, take.root, leg)) for pin in task.steering.pins]
    return tuple(
        Held(INDEX[joint], _tensor(spots, plan), _tensor(firm, plan))
        for joint, (spots, firm) in found
        if firm.any()
    )


def _marks(led: Led, plan: Plan) -> Marks | None:
    if not led.marks:
        return None
    frames = [min(frame, len(led.take) - 1) for frame, _ in led.marks]
    facing = [
        np.zeros(2) if way.facing is None else forward(np.radians(way.facing))
        for _, way in led.marks
    ]
    return Marks(
        torch.tensor(frames, device=plan.device),
        _tensor(np.array([way.place for _, way in led.marks]), plan),
        _tensor(np.array(facing), plan),
    )


def _keys(led: Led, plan: Plan) -> Keys | None:
    if not led.keys:
        return None
    return Keys(
        torch.tensor([key.frame for key in led.keys], device=plan.device),
        _tensor(np.array([key.rotations for key in led.keys]), plan),
        _tensor(np.array([key.named for key in led.keys]), plan),
    )


def _anywhere(task: Task, plan: Plan) -> tuple[torch.Tensor, torch.Tensor] | None:
    """The published pose term is told of whole bodies: of joints that a pose does not name there
    is nothing to tell, so only the closed form shows such a pose."""
    poses = [(turns, weight) for turns, weight in poses_anywhere(task) if _is_whole(turns)]
    if not poses:
        return None
    matrices = rotations.to_matrix(rotations.normalise(np.array([turns for turns, _ in poses])))
    six = matrices[:, 1:, :, :2].swapaxes(-1, -2).reshape(len(matrices), 21, 6)
    return _tensor(six, plan), _tensor(np.array([weight for _, weight in poses]), plan)


def _is_whole(turns: Floats) -> bool:
    return bool((np.linalg.norm(turns[1:], axis=-1) > 1e-6).all())


def _latent(take: Take, task: Task, prior: MotionPrior, plan: Plan) -> Latent:
    """The take in the prior's windows, encoded once."""
    windows = Windows.over(len(take), prior.frames, take.is_cyclic)
    performance = performance_of(take, task)
    seen = clips.features(take.rotations, performance.root)
    seen = np.concatenate([seen, take.contacts.reshape(len(take), 4)], -1)
    leg = clips.leg_length(task.body.offsets)
    with torch.no_grad():
        start = prior.encode(_tensor(seen[windows.frames.numpy()], plan))
        none = Latent(prior, windows.to(start), start, start, start, leg)
        turns, height = decoded(none, start, len(take))
    return replace(none, turns=turns, height=height)


def _applied(take: Take, problem: Problem, change: Change) -> Take:
    """The take after a change; what did not change keeps its numbers but for rounding."""
    with torch.no_grad():
        local, root = (part[0].double().cpu().numpy() for part in changed(problem, change))
    turns = rotations.continuous(rotations.normalise(local))
    if not (np.isfinite(turns).all() and np.isfinite(root).all()):
        return take
    return replace(take, rotations=turns, root=root)

# SPDX-License-Identifier: Apache-2.0
"""Runs the steps of a stage: reports, checkpoints, and goes back where numbers break."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, TypeVar

import torch
from torch import Tensor

from ....shared.errors import GpuMemoryError
from .checkpoint import Checkpoints
from .guidance import Guide
from .learning import Groups, Learner, Stepper
from .plan import Hooks, Plan, State
from .recovery import Safety, smaller

SHOWN_EVERY = 0.5
"""Seconds between pictures, or as often as takes a tenth of the time."""
_CHECKED = {"cuda": 10, "cpu": 1}
"""Steps between looks at whether numbers broke, which wait for the device."""


class Stage(Protocol):
    """What is learnt step by step; all tensors that a step reads stay where they are."""

    name: str
    steps: int

    def groups(self) -> Groups: ...

    def tensors(self) -> dict[str, Tensor]: ...

    def refresh(self, step: int, pixels: int, is_resumed: bool = False) -> None: ...

    def loss(self, guide: Guide, rows: Tensor, seed: Tensor) -> Tensor: ...

    def picture(self) -> Tensor: ...


@dataclass
class Session:
    """One run of sculpting: what it is asked, and how far it is; `steps` are those of the present
    stage."""

    plan: Plan
    guides: Sequence[Guide]
    hooks: Hooks
    checkpoints: Checkpoints
    key: str
    """What a checkpoint must have been made for."""
    span: tuple[float, float] = (0.0, 1.0)
    """From where to where the present stage brings the fraction that is reported."""
    notes: list[str] = field(default_factory=list)
    steps: int = 0
    views: int = 0
    has_stopped: bool = False
    shown: float = 0.0
    """When the last picture was shown, and how long it took."""
    drawing: float = 0.0

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def report(self, stage: Stage, step: int) -> None:
        """Tell how far it is, with a picture where it is time; raises `JobCancelledError`."""
        low, high = self.span
        fraction = low + (high - low) * step / max(stage.steps, 1)
        sentence = "Sculpting" if stage.name == "field" else "Refining surface and colors"
        now = time.monotonic()
        picture = None
        if now - self.shown > max(SHOWN_EVERY, 10 * self.drawing):
            picture = stage.picture()
            self.shown, self.drawing = now, time.monotonic() - now
        self.hooks.report(fraction, f"{sentence}: {step} of {stage.steps}", picture)


S = TypeVar("S", bound=Stage)


def learned(make: Callable[[Plan], S], session: Session, resumed: State | None = None) -> S:
    """Make a stage and run its steps; from `resumed`, a checkpoint of it, where there is one.

    Where memory runs out it starts again, from as far as it came, with a smaller plan. Raises
    `GpuMemoryError` where there is none smaller.
    """
    carried: State | None = resumed
    session.steps = 0
    while True:
        stage: S | None = None
        try:
            stage = make(session.plan)
            if carried is not None:
                _load(stage, carried)
            _learn(stage, session, carried)
            return stage
        except (torch.OutOfMemoryError, GpuMemoryError) as error:
            failure: Exception = error.with_traceback(None)
            # What they hold on to would not be freed.
            failure.__cause__ = failure.__context__ = None
        step = session.steps if stage is not None else 0
        if stage is not None:
            tensors = {f"s.{n}": t.detach().cpu().clone() for n, t in stage.tensors().items()}
            carried = State(tensors, {"step": step})
        del stage
        session.plan, note = smaller(session.plan, failure)
        session.note(note)


def _learn(stage: Stage, session: Session, resumed: State | None) -> None:
    plan, first = session.plan, 0
    learner = Learner(stage.groups())
    if resumed is not None:
        first = int(resumed.told["step"])
        moments = {n[2:]: t for n, t in resumed.tensors.items() if n.startswith("l.")}
        if moments:
            learner.load(moments)
            learner.speed = float(resumed.told["speed"])
    safety, pixels = Safety.of(learner), session.guides[0].encoder.pixels
    steppers = [
        Stepper(partial(stage.loss, guide), learner, plan.views) for guide in session.guides
    ]
    checked = _CHECKED[learner.parameters[0].device.type]
    for step in range(first, stage.steps):
        session.steps = step
        if session.hooks.stops():
            session.has_stopped = True
            break
        stage.refresh(step, pixels, is_resumed=step == first and resumed is not None)
        learner.anneal(step / stage.steps)
        steppers[step % len(steppers)](*_batch(plan, step))
        session.views += plan.views
        if (step + 1) % checked == 0 or step + 1 == stage.steps:
            if any([stepper.take_faults() for stepper in steppers]):
                session.note(safety.back())
            else:
                safety.keep()
                session.checkpoints.keep(partial(_state, stage, learner, session, step + 1))
        session.report(stage, step + 1)
    else:
        session.steps = stage.steps


def _batch(plan: Plan, step: int) -> tuple[Tensor, Tensor]:
    """Rows of the pool (n,) and seeds (n,) of a step."""
    number = torch.arange(plan.views) + step * plan.views
    rows = (torch.arange(plan.views) + step % plan.refresh * plan.views) % plan.pool
    return rows, number + (plan.seed << 24)


def _state(stage: Stage, learner: Learner, session: Session, step: int) -> State:
    tensors = {f"s.{name}": one for name, one in stage.tensors().items()}
    tensors |= {f"l.{name}": one for name, one in learner.moments().items()}
    told = {"key": session.key, "stage": stage.name, "step": step, "speed": learner.speed}
    return State(tensors, told)


def _load(stage: Stage, state: State) -> None:
    kept: Mapping[str, Tensor] = state.tensors
    with torch.no_grad():
        for name, one in stage.tensors().items():
            value = kept.get(f"s.{name}")
            # After memory ran out, what is painted may be coarser.
            if value is not None and value.shape == one.shape:
                one.copy_(value)

# SPDX-License-Identifier: Apache-2.0
"""The loop: steps, previews, checkpoints, and what is done when numbers or memory run out."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ....shared.errors import BadResultError, GpuMemoryError
from ..sculpt.plan import Hooks
from .checkpoints import Tensors, load_run, save_run
from .networks import Networks
from .schedule import rate
from .stage import Loss, Scene, preview, step_loss

SAVED = "published.safetensors"
_SAVE_EVERY_S = 4.0
_PREVIEW_EVERY_S = 1.0
_PREVIEW_SHARE = 20  # previews and saving take at most one part in so many of the time
_GOOD_EVERY = 50
_MOST_STEPS_BACK = 8
_LEAST_RAYS = 1024
_KEPT_LOSSES = 200

Snapshot = tuple[int, Tensors]


@dataclass(eq=False)
class Learner:
    """Networks on their way through a run of `end` steps; `ease` scales the learning rate."""

    networks: Networks
    optimizer: torch.optim.Adam
    end: int
    most_rays: int
    step: int = 0
    ease: float = 1.0
    steps_back: int = 0
    rays: int = 0
    """Traced by this run so far."""
    notes: list[str] = field(default_factory=list)
    losses: list[dict[str, float]] = field(default_factory=list)
    """Of the last steps, part by part."""

    def tensors(self) -> Tensors:
        """All that steps change, in the order of the optimizer."""
        found: Tensors = {}
        for number, parameter in enumerate(self.networks.parameters()):
            found[f"{number}"] = parameter.detach()
            for name, value in self.optimizer.state[parameter].items():
                found[f"{number}.{name}"] = value
        return found

    def put_back(self, step: int, tensors: Tensors) -> None:
        """Be as at `step`, when `tensors` were taken."""
        self.step = step
        for number, parameter in enumerate(self.networks.parameters()):
            with torch.no_grad():
                parameter.copy_(tensors[f"{number}"])
            moments = {
                name: tensors[f"{number}.{name}"].clone()
                for name in ("step", "exp_avg", "exp_avg_sq")
                if f"{number}.{name}" in tensors
            }
            # Adam counts its steps on the processor.
            self.optimizer.state[parameter] = {
                name: value if name == "step" else value.to(parameter)
                for name, value in moments.items()
            }


def learner_of(scene: Scene, networks: Networks, end: int) -> Learner:
    train = scene.config.train
    optimizer = torch.optim.Adam(list(networks.parameters()), lr=train.learning_rate)
    return Learner(networks, optimizer, end, train.max_ray_num)


def learn(scene: Scene, learner: Learner, hooks: Hooks, told: dict[str, Any]) -> None:
    """Take steps to the end, or until the user wants the best so far.

    `told` are facts by which `goes_on` knows a checkpoint of this run. Raises
    `GpuMemoryError` where even few rays find no room, `BadResultError` where going back does not
    help, and what `hooks.report` raises.
    """
    path = _path(hooks)
    save = _Seldom(_SAVE_EVERY_S, lambda: _save(learner, path, told))
    begun = time.monotonic(), learner.step
    show = _Seldom(_PREVIEW_EVERY_S, lambda: _show(scene, learner, hooks, _left(learner, *begun)))
    good: Snapshot = learner.step, _copied(learner.tensors())
    while learner.step < learner.end:
        if hooks.stops():
            learner.notes.append(f"Stopped as you wished after {learner.step} steps.")
            break
        if _stepped(scene, learner):
            learner.step += 1
        else:
            _step_back(learner, good)
        if learner.step % _GOOD_EVERY == 0 and _is_finite(learner):
            good = learner.step, _copied(learner.tensors())
        show.now_and_then()
        save.now_and_then()
    if not _is_finite(learner):
        learner.put_back(*good)
    _save(learner, path, told)


def _stepped(scene: Scene, learner: Learner) -> bool:
    """Take a step; False, and nothing changed, where a number is not finite."""
    train = scene.config.train
    group = learner.optimizer.param_groups[0]
    group["lr"] = learner.ease * rate(train, learner.step, learner.end)
    learner.optimizer.zero_grad()
    loss = _with_room(scene, learner)
    if loss is None:
        return False
    learner.optimizer.step()
    learner.rays += loss.rays
    learner.losses.append({name: float(part.detach()) for name, part in loss.parts.items()})
    del learner.losses[:-_KEPT_LOSSES]
    return True


def _with_room(scene: Scene, learner: Learner) -> Loss | None:
    """The loss, with its gradients; with fewer rays where the memory does not hold them."""
    while True:
        try:
            loss = step_loss(scene, learner.networks, learner.step, learner.most_rays)
            loss.total.backward()  # type: ignore[no-untyped-call]
            given = [one.grad for one in learner.networks.parameters() if one.grad is not None]
            norm = torch.nn.utils.get_total_norm(given)
            return loss if bool((loss.total.detach() + norm).isfinite()) else None
        except (torch.OutOfMemoryError, GpuMemoryError) as error:
            if learner.most_rays <= _LEAST_RAYS:
                raise GpuMemoryError(
                    f"The GPU's memory does not hold {learner.most_rays} rays of this"
                    " configuration.",
                    "Choose the small configuration, or close other programs.",
                ) from error
        learner.optimizer.zero_grad()
        torch.cuda.empty_cache()
        learner.most_rays = max(learner.most_rays // 2, _LEAST_RAYS)
        learner.notes.append(
            f"The GPU's memory was full: pictures have {learner.most_rays} rays at most from step"
            f" {learner.step} on."
        )


def _step_back(learner: Learner, good: Snapshot) -> None:
    failed = learner.step
    learner.steps_back += 1
    if learner.steps_back > _MOST_STEPS_BACK:
        raise BadResultError(
            f"The optimization met numbers that are not finite at step {failed}, for the"
            f" {learner.steps_back}th time.",
            "Lower train.learning_rate in the configuration.",
        )
    learner.put_back(*good)
    learner.ease /= 2
    learner.notes.append(
        f"Step {failed} met a number that is not finite: went back to step {learner.step}, with"
        f" {learner.ease:g} of the learning rate."
    )


def _is_finite(learner: Learner) -> bool:
    return all(bool(parameter.isfinite().all()) for parameter in learner.networks.parameters())


def _copied(tensors: Tensors) -> Tensors:
    return {name: tensor.clone() for name, tensor in tensors.items()}


class _Seldom:
    """Does something every so many seconds, and less often where it takes long."""

    def __init__(self, every_s: float, act: Callable[[], None]) -> None:
        self._every_s, self._act = every_s, act
        self._next = time.monotonic()

    def now_and_then(self) -> None:
        start = time.monotonic()
        if start < self._next:
            return
        self._act()
        end = time.monotonic()
        self._next = end + max(self._every_s, _PREVIEW_SHARE * (end - start))


def _left(learner: Learner, begun_s: float, first: int) -> str:
    """How long the rest takes at the pace so far."""
    each = (time.monotonic() - begun_s) / max(learner.step - first, 1)
    minutes = each * (learner.end - learner.step) / 60
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.0f} h"


def _show(scene: Scene, learner: Learner, hooks: Hooks, left: str) -> None:
    note = f"Sculpting as published: step {learner.step} of {learner.end}, about {left} left"
    if learner.losses:
        recent = learner.losses[-50:]
        likeness = sum(parts["likeness"] for parts in recent) / len(recent)
        note += f", unlikeness {likeness:.3f}"
    hooks.report(learner.step / learner.end, note, _picture(scene, learner))


def _picture(scene: Scene, learner: Learner) -> Tensor | None:
    try:
        return preview(scene, learner.networks)
    except torch.OutOfMemoryError:
        return None


def _save(learner: Learner, path: Path | None, told: dict[str, Any]) -> None:
    if path is None:
        return
    facts = {
        **told,
        "step": learner.step,
        "ease": learner.ease,
        "steps_back": learner.steps_back,
        "most_rays": learner.most_rays,
        "notes": learner.notes,
    }
    save_run(path, learner.tensors(), facts)


def _path(hooks: Hooks) -> Path | None:
    return hooks.checkpoint / SAVED if hooks.checkpoint else None


def goes_on(learner: Learner, hooks: Hooks, told: dict[str, Any]) -> bool:
    """Be as in the checkpoint, if there is one of this very run; whether there is."""
    path = _path(hooks)
    found = load_run(path) if path else None
    if found is None:
        return False
    tensors, facts = found
    if any(facts.get(name) != fact for name, fact in told.items()):
        return False
    learner.put_back(int(facts["step"]), tensors)
    learner.ease, learner.most_rays = float(facts["ease"]), int(facts["most_rays"])
    learner.steps_back, learner.notes = int(facts["steps_back"]), list(facts["notes"])
    return True


def mean_losses(losses: list[dict[str, float]]) -> dict[str, float]:
    """Of each part, over the steps that were kept."""
    names = losses[0] if losses else {}
    found = {name: sum(parts[name] for parts in losses) / len(losses) for name in names}
    return {name: value for name, value in found.items() if math.isfinite(value)}

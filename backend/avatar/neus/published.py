# SPDX-License-Identifier: Apache-2.0
"""AvatarCLIP's appearance stage from template to colored mesh, in the order of the paper.

config = prompts_for(read(text).config, "a wizard in a blue robe")
made = published(template, config, encoder, hooks, Settings(device="cuda", seed=3))
write_ply(*made.mesh.arrays())
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from ...kit.encoders.encoder import Encoder
from ..sculpt.plan import Hooks
from . import checkpoints
from .checkpoints import Checkpoint
from .config import Config
from .extract import Mesh, extract, level_set, lightened
from .fitting import Fit, fit_template, learn_template
from .frames import Inner, Template, brought_in
from .learning import Learner, goes_on, learn, learner_of, mean_losses
from .networks import Networks, build
from .schedule import PUBLISHED_STOP, steps_of
from .stage import scene_of

_BEFORE, _AFTER = 0.05, 0.95
"""The shares of the work that are done before the loop and by its end."""


@dataclass(frozen=True)
class Settings:
    """What the configuration does not say.

    `start` is how the networks become the template where no checkpoint is given: "fitted" to its
    exact distance, or "learnt" from pictures in `learnt_steps` as published, which takes hours.
    `tf32` lets a GPU multiply in TensorFloat-32.
    """

    device: str = "cpu"
    seed: int = 0
    checkpoint: Checkpoint | None = None
    start: Literal["fitted", "learnt"] = "fitted"
    fit: Fit = field(default_factory=Fit)
    learnt_steps: int = 300_000
    resolution: int = 512
    """Cells of the grid along a side, a multiple of 16; of the light mesh's, `light`."""
    light: int = 256
    tf32: bool = False


@dataclass(frozen=True, eq=False)
class Published:
    """The figure in the world, and a `light` one of fewer triangles; the networks as a
    published checkpoint; how many of its steps the run took, in how many seconds a stage, and the
    mean losses of the last ones."""

    mesh: Mesh
    light: Mesh
    checkpoint: bytes
    steps: int
    losses: dict[str, float]
    timings: dict[str, float]
    notes: tuple[str, ...]


@dataclass
class _Clock:
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 2)


def published(
    template: Template, config: Config, encoder: Encoder, hooks: Hooks, settings: Settings
) -> Published:
    """Sculpt and paint the template by the configuration's prompts.

    Raises `BadOptionError` for a checkpoint that does not fit, and what `learn` raises.
    """
    clock, before = _Clock(), settings.checkpoint
    is_legacy = before is not None and before.is_legacy
    with _precision(settings.tf32):
        inner = brought_in(template, config.train.head_height, is_legacy)
        inner = inner.to(settings.device)
        networks = build(config.model, settings.seed).to(settings.device)
        scene, unread = scene_of(inner, config, encoder, settings.seed)
        learner = learner_of(scene, networks, steps_of(config.train))
        told = {"run": _told(template, config, settings)}
        with clock.stage("template"):
            if goes_on(learner, hooks, told):
                hooks.report(_BEFORE, f"Going on from step {learner.step}")
            elif before is not None:
                _begin_with(before, learner)
            else:
                _become_template(networks, inner, config, settings, hooks)
        with clock.stage("loop"):
            learn(scene, learner, _Part(hooks, _BEFORE, _AFTER), told)
        with clock.stage("mesh"):
            hooks.report(_AFTER, "Extracting the surface and its colors")
            mesh = extract(networks, config.model.neus_renderer, settings.resolution)
            light = lightened(mesh, *level_set(networks, settings.light))
    return Published(
        _outward(mesh, inner),
        _outward(light, inner),
        checkpoints.published(networks, learner.step, learner.optimizer, is_legacy),
        learner.step,
        mean_losses(learner.losses),
        clock.seconds,
        (*unread, *_notes(config, settings), *learner.notes),
    )


def _outward(mesh: Mesh, inner: Inner) -> Mesh:
    return replace(mesh, vertices=inner.frame.outward(mesh.vertices))


def _begin_with(checkpoint: Checkpoint, learner: Learner) -> None:
    """A template's checkpoint gives the networks their start; one of the sculpting goes on."""
    checkpoints.put_in(checkpoint, learner.networks)
    if checkpoint.is_template:
        return
    learner.step = min(checkpoint.step, learner.end)
    if not checkpoints.put_in_optimizer(checkpoint, learner.optimizer):
        learner.notes.append(
            "The checkpoint's optimizer does not fit its networks, so it starts afresh."
        )


def _become_template(
    networks: Networks, inner: Inner, config: Config, settings: Settings, hooks: Hooks
) -> None:
    def report(share: float) -> None:
        hooks.report(_BEFORE * share, "Making the field the bare body")

    if settings.start == "learnt":
        learn_template(networks, inner, config, settings.learnt_steps, report)
    else:
        fit_template(networks, inner, settings.fit, settings.seed, report)


@dataclass(frozen=True, eq=False)
class _Part:
    """The hooks of a part of the work, from one share of the whole to another."""

    hooks: Hooks
    low: float
    high: float

    @property
    def checkpoint(self) -> Path | None:
        return self.hooks.checkpoint

    def report(self, fraction: float, note: str, picture: Tensor | None = None) -> None:
        self.hooks.report(self.low + (self.high - self.low) * fraction, note, picture)

    def stops(self) -> bool:
        return self.hooks.stops()


def _notes(config: Config, settings: Settings) -> tuple[str, ...]:
    """What of the configuration is not as its author may think."""
    found = []
    if config.train.end_iter > PUBLISHED_STOP:
        found.append(
            f"train.end_iter is {config.train.end_iter}, but the published loop ends after"
            f" {PUBLISHED_STOP} steps; the schedule was made for these."
        )
    if config.train.pretrain and settings.checkpoint is None:
        found.append(
            f"train.pretrain names {config.train.pretrain}, which was not sent along: the field"
            " was fitted to the body instead. Give the file as the option checkpoint."
        )
    return tuple(found)


def _told(template: Template, config: Config, settings: Settings) -> str:
    """What tells a run from another one."""
    facts: dict[str, Any] = {"config": asdict(config), "seed": settings.seed}
    facts |= {"vertices": template.vertices.double().sum(0).tolist(), "start": settings.start}
    before = settings.checkpoint
    facts |= {"fit": asdict(settings.fit), "checkpoint": before and (before.step, before.is_legacy)}
    return hashlib.sha256(repr(facts).encode()).hexdigest()


@contextmanager
def _precision(tf32: bool) -> Iterator[None]:
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high" if tf32 else "highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)

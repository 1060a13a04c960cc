# SPDX-License-Identifier: Apache-2.0
"""The loop: a video prior pulls keypoint tracks to the caption, the drawing holds against it."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Generator, Tensor

from ...shared.errors import InternalError
from .augmentation import augment
from .motion import losses
from .motion.angles import STILL, Joints
from .motion.fourier import Waves
from .motion.model import Model
from .motion.paths import PathPlan, paths_along, paths_at_rest
from .prior.prior import Prior


class Sheet(Protocol):
    """What is looked at of a layer's mesh."""

    @property
    def vertices(self) -> Tensor:
        """(V, 2), at rest."""

    @property
    def triangles(self) -> Tensor:
        """(F, 3), int64."""


class Figure(Protocol):
    """What the loop needs of a puppet; S is any number of poses."""

    @property
    def points(self) -> Tensor:
        """(K, 2), the keypoints at rest."""

    @property
    def edges(self) -> Tensor:
        """(M, 2), int64."""

    @property
    def layers(self) -> Sequence[Sheet]:
        """In the order of `deform`."""

    def deform(self, tracks: Tensor) -> tuple[Tensor, ...]:
        """(S, K, 2) to (S, V, 2) for each layer."""

    def render(self, tracks: Tensor, pixels: int) -> Tensor:
        """(S, K, 2) to frames (S, 3, pixels, pixels) on white, within 0..1."""


@dataclass(frozen=True)
class Weights:
    """Of the losses beside the prior's, whose pull on a keypoint has a mean length of 1."""

    stretching: float = 0.5
    folding: float = 5.0
    trembling: float = 0.02
    standing: float = 0.05
    leaving: float = 0.2
    straying: float = 0.0003


@dataclass(frozen=True)
class Plan:
    """What is learnt, how long and how fast."""

    model: Literal["waves", "joints", "paths"] = "joints"
    steps: int = 300
    rate: float = 1.0
    """Adam's, in canvas units for waves and joints."""
    weights: Weights = Weights()
    motion_floor: float = 6.0
    """The least mean path of a keypoint in a loop, in canvas units."""
    is_published: bool = False
    """The prior's pull as it is, of losses only the published one, nothing averaged or judged."""
    judgements: int = 6
    """How often the prior says how well the clip fits by now; the best is kept."""
    reports: int = 20
    seed: int = 0


PUBLISHED = Plan("paths", 500, 0.005, Weights(stretching=25.0), is_published=True, seed=1000)
"""AniClipart's own; `PathPlan` has the rest of it."""
_LR_INIT, _LR_FINAL, _FIRST, _WARM_UP = 0.002, 0.0008, 0.1, 0.2
_AVERAGED = 0.95
"""Decay of the running mean that is judged and kept: single steps of distillation are noisy."""

Report = Callable[[float, Tensor], bool]
"""Told the share that is done and the tracks (T, K, 2) so far; returns whether to go on."""


@dataclass(frozen=True)
class Refined:
    """`tracks` (T, K, 2); `scores` are the prior's at the start and at each judgement, higher is
    better, `kept` says which of them the tracks are; empty and 0 where it was not asked."""

    tracks: Tensor
    scores: tuple[float, ...]
    kept: int


def optimise(figure: Figure, start: Tensor, prior: Prior, plan: Plan, report: Report) -> Refined:
    """Tracks (T, K, 2) from a start of the same shape, which may stand still.

    Raises InternalError where the prior gives no finite gradient.
    """
    generator = Generator().manual_seed(plan.seed)
    start = start.to(figure.points)
    model = make_model(figure, start, plan, generator)
    average = copy.deepcopy(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=plan.rate, betas=(0.9, 0.9), eps=1e-6)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: rate_share(step, plan.steps)
    )
    is_judged = not plan.is_published
    kept = average if is_judged else model
    keeper = _Keeper(figure, prior)
    if is_judged:
        keeper.judge(model)
    pull = _Pull(figure, prior, plan, generator)
    for step in range(plan.steps):
        optimizer.zero_grad(set_to_none=True)
        poses = model.poses()
        gradient = pull(poses.detach(), model.playback, step / plan.steps)
        loss = (poses * gradient).sum() + held_back(figure, poses, model.playback, start, plan)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        _follow(average, model, step)
        done, goes_on = step + 1, True
        if _is_due(done, plan.steps, plan.reports):
            pull.check()
            goes_on = report(done / plan.steps, _tracks(kept))
        if is_judged and (_is_due(done, plan.steps, plan.judgements) or not goes_on):
            keeper.judge(kept)
        if not goes_on:
            break
    return keeper.best() if is_judged else Refined(_tracks(kept), (), 0)


@torch.no_grad()
def _follow(average: Model, model: Model, step: int) -> None:
    """Make the average a running mean of the model's numbers after each step."""
    share = max(1 - _AVERAGED, 1 / (step + 1))
    for mean, now in zip(average.parameters(), model.parameters(), strict=True):
        mean.lerp_(now, share)


def _is_due(done: int, steps: int, times: int) -> bool:
    return done == steps or done % math.ceil(steps / times) == 0


def make_model(figure: Figure, start: Tensor, plan: Plan, generator: Generator) -> Model:
    """The model of motion that the plan names, as near to the start (T, K, 2) as it comes."""
    if plan.model == "joints":
        return Joints(start, figure.edges, root_of(figure.edges, start))
    if plan.model == "waves":
        return Waves(start)
    paths = PathPlan(frames=len(start), has_network=plan.is_published)
    if losses.path_length(start) < 1:
        return paths_at_rest(figure.points, paths, generator)
    return paths_along(start, paths, generator)


def root_of(edges: Tensor, start: Tensor) -> int:
    """The keypoint that moves least in the start (T, K, 2) where one stands; else the center."""
    way = (start - start[:1]).norm(dim=-1).amax(0)
    center = center_of(edges, start.shape[1])
    stands = way <= STILL
    return int(way.argmin()) if bool(stands.any()) and not bool(stands[center]) else center


def center_of(edges: Tensor, points: int) -> int:
    """The keypoint from which the farthest is fewest edges away; of several, the best joined."""
    away = torch.full((points, points), math.inf)
    away[edges[:, 0].cpu(), edges[:, 1].cpu()] = 1
    away = torch.minimum(away, away.T).fill_diagonal_(0)
    for middle in range(points):
        away = torch.minimum(away, away[:, middle, None] + away[None, middle])
    away = away.clamp(max=points)
    return int((away.amax(dim=1) * points**2 + away.sum(dim=1)).argmin())


def rate_share(step: int, steps: int) -> float:
    """The published schedule: a fifth of warm-up, a quarter of a sine, and an exponential decay."""
    warm = math.sin(math.pi / 2 * min(step / (_WARM_UP * steps), 1.0))
    return (_FIRST + (1 - _FIRST) * warm) * math.pow(_LR_FINAL / _LR_INIT, step / steps)


def held_back(figure: Figure, poses: Tensor, playback: Tensor, start: Tensor, plan: Plan) -> Tensor:
    """The losses beside the prior's, of poses (S, K, 2)."""
    weights = plan.weights
    if plan.is_published:
        lengths = losses.lengths_of(figure.points, figure.edges)
        return weights.stretching * losses.stretching(poses, figure.edges, lengths)
    tracks = poses[playback]
    lengths = losses.lengths_of(start, figure.edges)
    folded = sum(
        losses.folding(places, sheet.vertices, sheet.triangles)
        for places, sheet in zip(figure.deform(poses), figure.layers, strict=True)
    )
    whole = (
        weights.trembling * losses.trembling(tracks, start)
        + weights.leaving * losses.leaving(tracks)
        + weights.straying * losses.straying(tracks, start)
    ) * (tracks.shape[0] * tracks.shape[1])
    return (
        whole
        + weights.stretching * losses.stretching(tracks, figure.edges, lengths)
        + weights.folding * len(poses) * folded
        + weights.standing * len(tracks) * losses.standing(tracks, plan.motion_floor)
    )


def _tracks(model: Model) -> Tensor:
    was_training = model.training
    with torch.no_grad():
        tracks = model.eval().tracks()
    model.train(was_training)
    return tracks


class _Pull:
    """The prior's gradient with respect to poses; remembers, on the device, what was no number."""

    def __init__(self, figure: Figure, prior: Prior, plan: Plan, generator: Generator) -> None:
        self._figure, self._prior, self._plan = figure, prior, plan
        self._generator = generator
        self._size = figure.points.new_zeros(())
        self._steps = 0
        self._faults = torch.zeros((), dtype=torch.int64, device=figure.points.device)

    def __call__(self, poses: Tensor, playback: Tensor, progress: float) -> Tensor:
        """(S, K, 2); a step without a finite gradient pulls at nothing."""
        poses = poses.requires_grad_()
        rendered = self._figure.render(poses, self._prior.pixels)
        shown = augment(rendered, self._generator) if self._prior.is_augmented else rendered
        wanted = self._prior.step(shown.detach(), playback, progress, self._generator)
        (pull,) = torch.autograd.grad(shown, poses, wanted.to(shown))
        self._steps += 1
        is_sound = torch.isfinite(pull).all()
        self._faults += ~is_sound
        pull = torch.where(is_sound, pull, torch.zeros_like(pull))
        return pull if self._plan.is_published else self._evened(pull)

    def _evened(self, pull: Tensor) -> Tensor:
        """Scaled by a running mean: models differ by orders of magnitude, weights should not."""
        self._size = _AVERAGED * self._size + (1 - _AVERAGED) * pull.norm(dim=-1).mean()
        mean = self._size / (1 - _AVERAGED**self._steps)
        return pull / mean.clamp(min=1e-12)

    def check(self) -> None:
        """Raise InternalError if most steps so far came to nothing. Waits for the device."""
        if int(self._faults) > self._steps / 2:
            raise InternalError(
                f"{self._prior.name} gave no finite gradient.",
                "Its files may be damaged: get them again, or choose another prior.",
            )


class _Keeper:
    """The tracks that the prior likes best so far."""

    def __init__(self, figure: Figure, prior: Prior) -> None:
        self._figure, self._prior = figure, prior
        self._tracks: list[Tensor] = []
        self._scores: list[float] = []

    @torch.no_grad()
    def judge(self, model: Model) -> None:
        tracks = _tracks(model)
        order = torch.arange(len(tracks), device=tracks.device)
        frames = self._figure.render(tracks, self._prior.pixels)
        self._tracks.append(tracks)
        self._scores.append(self._prior.score(frames, order))

    def best(self) -> Refined:
        kept = max(range(len(self._scores)), key=self._scores.__getitem__)
        return Refined(self._tracks[kept], tuple(self._scores), kept)

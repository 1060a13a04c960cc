# SPDX-License-Identifier: Apache-2.0
"""Sculpts a start: the field stage, the mesh stage, and what judges keep of both."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from ..repaint.residual import repainted
from .carving import FieldStage, painted
from .checkpoint import Checkpoints
from .field import Field
from .guidance import Guide, guide_of, is_weak
from .keeping import Kept, keep
from .mesh import WEAK_LIMIT, MeshStage, canvas_of, fitted
from .offsets import Skin, skin_of, smoothed
from .plan import Encoders, Hooks, Plan, Prompts, Sculpted, State
from .relief import displacement
from .running import Session, learned
from .start import REGIONS, Start

_FIELD_SHARE = 0.4
"""Of the way that is reported, what the field stage is."""
_LEARNT = 0.95
_SMOOTHED = 3
"""Times that offsets from the field are averaged with their neighbours."""
_SEEN = {"cpu": 2, "cuda": 6}
"""Unseen views on which is judged, as multiples of those of a step."""
_CHUNK = 1 << 20  # texels


@dataclass
class _Timings:
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begun


def sculpt(
    start: Start,
    prompts: Prompts,
    encoders: Encoders,
    plan: Plan,
    hooks: Hooks,
    before: State | None = None,
) -> Sculpted:
    """Sculpt and paint a start where it lies, on the processor or on a GPU.

    `before` is the `state` of an earlier run, of which what fits goes on. A run that was killed
    goes on from the hooks' checkpoint. Raises `JobCancelledError`, `GpuMemoryError`, and
    `BadResultError` where an encoder gives no numbers again and again.
    """
    timings = _Timings()
    with timings.of("prepare"):
        work = _prepared(start, prompts, encoders, plan, hooks)
    session = work.session
    resumed = _fitting(session)
    with timings.of("field"):
        relief = _field(work, before, resumed)
    with timings.of("mesh"):
        stage = _mesh(work, relief, before, resumed)
    steps = session.steps + (relief.steps if relief else 0)

    def tick() -> None:
        hooks.report(_LEARNT, "Judging what was learnt")

    with timings.of("judge"):
        views = _SEEN[start.vertices.device.type] * plan.views
        kept = keep(stage, prompts, work.judge, views, tick)
        texture = _whole(start, stage, kept)
    session.checkpoints.drop()
    if session.has_stopped:
        total = plan.field_steps + plan.mesh_steps
        session.note(f"Sculpting stopped after {steps} of {total} steps, as you asked.")
    return Sculpted(
        offsets=kept.offsets,
        texture=texture,
        field=relief.field if relief else None,
        scores=kept.scores,
        notes=tuple(session.notes),
        steps=steps,
        views=session.views,
        timings=timings.seconds,
        state=_state(start, stage, kept),
    )


@dataclass(frozen=True, eq=False)
class _Work:
    """What both stages need. `start` has the slack that this run may use."""

    start: Start
    skin: Skin
    judge: Guide
    session: Session


@dataclass(frozen=True, eq=False)
class _Relief:
    """What the field stage found: metres (V,), a change in Lab (3, T, T)."""

    field: Field
    offsets: Tensor
    change: Tensor
    steps: int


def _prepared(
    start: Start, prompts: Prompts, encoders: Encoders, plan: Plan, hooks: Hooks
) -> _Work:
    canvas = canvas_of(start, plan.texels)
    guides = [guide_of(encoder, prompts, start, canvas) for encoder in encoders.guides]
    judge = guides[0]
    if encoders.judge is not None:
        judge = guide_of(encoders.judge, prompts, start, canvas)
    slack = start.slack
    if is_weak(guides):
        slack = slack * WEAK_LIMIT
    if plan.part != "all":
        slack = slack * (start.region == REGIONS.index(plan.part))
    allowed = replace(start, slack=slack)
    session = Session(
        plan, guides, hooks, Checkpoints(hooks.checkpoint), _key(start, plan, prompts)
    )
    return _Work(allowed, skin_of(allowed, plan.part), judge, session)


def _field(work: _Work, before: State | None, resumed: State | None) -> _Relief | None:
    """The field stage, or what it left to a run that goes on; None where there is none."""
    session = work.session
    plan = session.plan
    if not plan.field_steps or plan.works_on == "texture" or before is not None:
        return None
    session.span = (0.0, _FIELD_SHARE * _LEARNT)

    def make(smaller: Plan) -> FieldStage:
        return FieldStage(work.start, smaller, is_weak(session.guides))

    kept = session.checkpoints.read_field()
    if resumed is not None and resumed.told["stage"] == "mesh":
        # What else the field stage found is in the mesh stage's checkpoint.
        if kept is None:
            return None
        stage = make(plan)
        stage.field.load_state_dict(kept.tensors)
        session.steps = plan.field_steps
    else:
        stage = learned(make, session, resumed)
        session.checkpoints.keep_field(State(stage.field.state_dict(), {}))
    canvas = canvas_of(work.start, session.plan.texels)
    with torch.no_grad():
        along = displacement(stage.field, work.start.vertices, work.skin.directions)
        offsets = smoothed(work.skin, along, _SMOOTHED)
        change = painted(stage.field, work.start, canvas)
    return _Relief(stage.field, offsets, change, session.steps)


def _mesh(
    work: _Work, relief: _Relief | None, before: State | None, resumed: State | None
) -> MeshStage:
    session = work.session
    if resumed is not None and resumed.told["stage"] != "mesh":
        resumed = None
    session.span = (_FIELD_SHARE * _LEARNT if relief else 0.0, _LEARNT)

    def make(smaller: Plan) -> MeshStage:
        canvas = canvas_of(work.start, smaller.texels)
        stage = MeshStage(work.start, canvas, work.skin, smaller, session.guides)
        if relief is not None and relief.change.shape == canvas.texture.shape:
            stage.give(relief.offsets, relief.change)
        elif before is not None:
            _continue(stage, before, session)
        return stage

    return learned(make, session, resumed)


def _continue(stage: MeshStage, before: State, session: Session) -> None:
    """Go on from an earlier run, part by part, as far as parts are the same."""
    start, told = stage.start, before.told
    counts = torch.bincount(stage.skin.mesh, minlength=len(start.names)).tolist()
    offsets = torch.zeros_like(start.slack)
    old = before.tensors["offsets"].to(start.slack.device)
    first = dict(zip(told["names"], _runs(told["counts"]), strict=True))
    new: list[str] = []
    for name, (low, high) in zip(start.names, _runs(counts), strict=True):
        if name in first and first[name][1] - first[name][0] == high - low:
            offsets[low:high] = old[slice(*first[name])]
        else:
            new.append(name)
    change = before.tensors["change"].to(start.slack.device).float()
    change = fitted(change, stage.canvas.texture.shape[1])
    if told["atlas"] != _atlas(start):
        change = torch.zeros_like(change)
        session.note("What you wear has changed, so its colors were refined anew.")
    elif new:
        session.note(f"Refined anew, since it has changed: {', '.join(new)}.")
    stage.give(offsets, change)


def _whole(start: Start, stage: MeshStage, kept: Kept) -> Tensor:
    """(3, S, S) the start's texture at its full size with the change; untouched texels stay."""
    size = start.texture.shape[1]
    if not bool(kept.change.any()):
        return start.texture
    change = kept.change
    if size != change.shape[1]:
        # Where nothing changes nothing may bleed in from beside.
        mask = (change != 0).any(0, keepdim=True).float()
        change, mask = (
            torch.nn.functional.interpolate(one[None], (size, size), mode=mode)[0]
            for one, mode in ((change, "bilinear"), (mask, "nearest"))
        )
        change = change * mask
    flat = start.texture.reshape(3, -1).clone()
    rows = (change.reshape(3, -1) != 0).any(0).nonzero()[:, 0]
    for some in torch.split(rows, _CHUNK):
        flat[:, some] = repainted(flat[:, some], change.reshape(3, -1)[:, some]).clamp(0, 1)
    return flat.view_as(start.texture)


def _state(start: Start, stage: MeshStage, kept: Kept) -> State:
    counts = torch.bincount(stage.skin.mesh, minlength=len(start.names)).tolist()
    told = {"names": list(start.names), "counts": counts, "atlas": _atlas(start)}
    return State({"offsets": kept.offsets, "change": kept.change.half()}, told)


def _fitting(session: Session) -> State | None:
    """The checkpoint of this very run, if there is one."""
    state = session.checkpoints.read()
    return state if state is not None and state.told.get("key") == session.key else None


def _runs(counts: list[int]) -> list[tuple[int, int]]:
    ends = torch.tensor(counts).cumsum(0).tolist()
    return list(zip([0, *ends[:-1]], ends, strict=True))


def _atlas(start: Start) -> str:
    """What is the same where UVs are."""
    data = start.uvs.detach().cpu().contiguous().numpy().tobytes()
    return hashlib.sha256(data).hexdigest()[:16]


def _key(start: Start, plan: Plan, prompts: Prompts) -> str:
    told = (start.names, len(start.vertices), plan, prompts)
    return hashlib.sha256(repr(told).encode()).hexdigest()

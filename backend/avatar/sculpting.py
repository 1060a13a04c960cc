# SPDX-License-Identifier: Apache-2.0
"""The stage of a job that sculpts what the wardrobe made: what it needs, and when it runs."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ...shared.folders import data_folder
from ...shared.messages import JobId
from ...shared.results import CoarseMesh, Media
from ..kit.body import Body, BodyModel
from ..kit.encoders.encoder import load_encoder
from ..kit.encoders.published import EMBEDDED_ENCODER
from ..system import Run
from .continuing import STATE
from .deliver import deliver
from .dress import Dressed
from .outfit import Outfit
from .params import Params
from .repaint.goal import PLAIN
from .repaint.judge import Asked
from .repaint.lab import to_lab
from .resurface import resurfaced
from .sculpt.checkpoint import load, save
from .sculpt.plan import Encoders, Prompts, Sculpted, plan_for
from .sculpt.stage import sculpt
from .sculpt.start import Start
from .starting import start_of
from .wardrobe.cloth import label
from .words import colors

TEXELS = 1024
"""Along a side of the texture that is changed; finer ones are changed by the same amounts."""
BEGINS, ENDS = 0.1, 0.6
"""The share of a job's way that sculpting is."""
_NEAR = 20.0
"""Lab units up to which a plain name says what a color is."""
_HAIR = ("Hair", "Hair cap")


@dataclass(frozen=True, eq=False)
class Refined:
    """The dressed character as it was sculpted, or as it was; with `start` and `sculpted` where it
    was; `scores` for the job's summary."""

    dressed: Dressed
    start: Start | None = None
    sculpted: Sculpted | None = None
    scores: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Worn:
    """Who wears what: all that sculpting needs of the stages before it."""

    dressed: Dressed
    model: BodyModel
    body: Body
    outfit: Outfit


def refined(worn: Worn, params: Params, run: Run, before: Path | None = None) -> Refined:
    """Sculpt a dressed character by the words; drafts are left as the wardrobe made them.

    `before` is the state that an earlier job left. Raises `MissingWeightsError` where the encoder's
    file is missing or bad, and what `sculpt` raises.
    """
    prompts = prompts_of(params, worn)
    if not prompts.appearance or params.works_on == "motion":
        return Refined(worn.dressed)
    if params.preset not in ("standard", "quality"):
        return Refined(worn.dressed, notes=_unheard(params))
    run.report(BEGINS, "Preparing to sculpt")
    plan, notes = plan_for(params.preset, run.device)
    plan = replace(plan, seed=params.seed, works_on=params.works_on, part=params.part)
    start = start_of(worn.dressed, worn.model, worn.body, TEXELS).to(run.device)
    state = None if before is None else load(before)
    if state is not None:
        state = state.to(run.device)
    found = sculpt(start, prompts, encoders(params.encoder, run.device), plan, Watch(run), state)
    save(found.state, run.folder / STATE)
    told = {**found.scores, "steps": found.steps, "views": found.views}
    told["timings_s"] = {name: round(value, 2) for name, value in found.timings.items()}
    delivered = deliver(worn.dressed, start, found)
    if params.surface == "sculpt":
        run.report(ENDS, "Binding the sculpt to the armature")
        delivered = resurfaced(delivered, start, found)
    return Refined(delivered, start, found, told, (*notes, *found.notes))


def encoders(name: str, device: str) -> Encoders:
    """The encoder that guides; where that is not Kinora's own, Kinora's own judges."""
    models = data_folder() / "models"
    guide = load_encoder(name, models, device)
    if name == EMBEDDED_ENCODER:
        return Encoders((guide,))
    return Encoders((guide,), load_encoder(EMBEDDED_ENCODER, models, device))


def prompts_of(params: Params, worn: Worn) -> Prompts:
    """The words of a job, and the colors that the outfit gives to its parts."""
    shape, appearance = params.shape_prompt.strip(), params.appearance_prompt.strip()
    said = [text for text in (shape, appearance) if text]
    names = [mesh.name for mesh in worn.dressed.meshes]
    return Prompts(", ".join(said), appearance or shape, asked_of(worn.outfit, names))


def asked_of(outfit: Outfit, names: Sequence[str]) -> tuple[Asked, ...]:
    """The colors that parts of these names are to have: of garments of one color, and of hair."""
    found = []
    for choice in outfit.garments:
        name = label(choice.garment)
        if choice.pattern == "plain" and name in names:
            found.append(Asked(_nearest(choice.color), name.lower(), choice.color, (name,)))
    hair = tuple(name for name in names if name in _HAIR)
    if outfit.looks.hair_style is not None and hair:
        color = outfit.looks.hair_color
        found.append(Asked(_nearest(color), "hair", color, hair))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Watch:
    """The job around sculpting, as sculpting sees it."""

    run: Run

    @property
    def checkpoint(self) -> Path:
        return self.run.checkpoint

    def report(self, fraction: float, note: str, picture: Tensor | None = None) -> None:
        shown = None if picture is None else Media.of("progress.png", png(picture))
        self.run.report(BEGINS + (ENDS - BEGINS) * fraction, note, shown)

    def stops(self) -> bool:
        return self.run.stops()


class Rest:
    """The job around what follows sculpting, which has come so far already."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.device, self.folder, self.checkpoint = run.device, run.folder, run.checkpoint

    def report(self, fraction: float, note: str, preview: Media | CoarseMesh | None = None) -> None:
        self.run.report(ENDS + (1 - ENDS) * fraction, note, preview)

    def check_cancelled(self) -> None:
        self.run.check_cancelled()

    def stops(self) -> bool:
        return self.run.stops()

    def result_folder(self, job_id: JobId) -> Path:
        return self.run.result_folder(job_id)


def png(picture: Tensor) -> bytes:
    """A picture (3, H, W) of sRGB 0 to 1 as a file."""
    values = (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()
    data = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(values)).save(data, "PNG", compress_level=1)
    return data.getvalue()


def _unheard(params: Params) -> tuple[str, ...]:
    asked = {"works_on": "all", "part": "all", "surface": "body"}
    unheard = [name for name, plain in asked.items() if getattr(params, name) != plain]
    if not unheard:
        return ()
    names = " and ".join(unheard)
    return (
        f"Drafts are not refined, so the options {names} change nothing: choose another preset.",
    )


def _nearest(color: tuple[float, float, float]) -> str:
    """The plain color name that is nearest to a color, or any where none is near."""
    own = to_lab(torch.tensor(color))

    def away(name: str) -> float:
        return float((to_lab(torch.tensor(colors.named()[name])) - own).norm())

    plain = min(PLAIN, key=away)
    return plain if away(plain) < _NEAR else min(colors.named(), key=away)

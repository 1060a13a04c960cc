# SPDX-License-Identifier: Apache-2.0
"""Which start is taken, and how a video prior works on it."""

from __future__ import annotations

import functools
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ...shared.results import Media
from ..system import Run
from .caption import Asked
from .drawing import Points
from .mesh.puppet import Puppet
from .motion.start import Start
from .optimise import PUBLISHED, Plan, optimise
from .params import Params
from .prior.prior import Prior

STEPS = {"draft": 0, "standard": 120, "quality": 400}
MODELS: Mapping[str, Literal["waves", "joints", "paths"]] = {
    "auto": "joints",
    "angles": "joints",
    "fourier": "waves",
    "bezier": "paths",
}
PREVIEW = 256


@dataclass(frozen=True)
class Judged:
    """`tracks` (T, K, 2), which model and motion made them, the prior's scores."""

    tracks: Points
    prior: str
    model: str
    scores: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def refined(params: Params, puppet: Puppet, asked: Asked, start: Start, run: Run) -> Judged:
    """The start that the prior likes best, worked on as the preset says.

    Drafts keep the start as it is; so do people unless a published prior is asked for.
    """
    first = start.candidates[0]
    is_own = params.prior == "kinora"
    if params.only_keypoints or params.prior == "none" or params.preset == "draft":
        return Judged(first, "none", "start")
    if is_own and puppet.skeleton.is_person:
        return Judged(first, "none", "start")
    prior = load_prior(params, puppet, asked, run.device)
    if params.preset == "published":
        return _published(params, puppet, prior, run)
    tried = [_tensor(tracks) for tracks in start.candidates]
    scores = [_score(puppet, prior, tracks) for tracks in tried]
    best = int(np.argmax(scores))
    plan = Plan(MODELS[params.paths], STEPS[params.preset], seed=params.seed)
    done = optimise(puppet, tried[best], prior, plan, functools.partial(_tell, puppet, run))
    told = {"candidates": scores, "chosen": best, "refined": list(done.scores), "kept": done.kept}
    return Judged(_array(done.tracks), prior.name, plan.model, told, _stopped(run))


def _published(params: Params, puppet: Puppet, prior: Prior, run: Run) -> Judged:
    """AniClipart's own way: Bezier paths that begin at rest."""
    rest = puppet.points[None].expand(params.frames, -1, -1)
    plan = replace(PUBLISHED, seed=params.seed)
    done = optimise(puppet, rest, prior, plan, functools.partial(_tell, puppet, run))
    return Judged(_array(done.tracks), prior.name, plan.model, {}, _stopped(run))


def load_prior(params: Params, puppet: Puppet, asked: Asked, device: str) -> Prior:
    """The prior that the options name, bound to caption and drawing.

    Raises MissingWeightsError for a published one whose files are not there.
    """
    if params.prior == "kinora":
        from .prior.captions import said_plainly
        from .prior.embedded import EmbeddedPrior, embedded_prior

        rest = puppet.render(puppet.points[None], EmbeddedPrior.pixels)[0]
        said = said_plainly(asked.kind, asked.actions) or asked.caption
        return embedded_prior(said, rest, device)
    from .prior.published import published_prior

    is_published = params.preset == "published"
    steps = PUBLISHED.steps if is_published else STEPS[params.preset]
    return published_prior(params.prior, asked.caption, device, is_published, steps)


def _score(puppet: Puppet, prior: Prior, tracks: Tensor) -> float:
    with torch.no_grad():
        frames = puppet.render(tracks.to(puppet.points), prior.pixels)
        return prior.score(frames, torch.arange(len(tracks)))


def _tell(puppet: Puppet, run: Run, share: float, tracks: Tensor) -> bool:
    """Show the middle of the loop so far; False once the user wants the best there is."""
    with torch.no_grad():
        frame = puppet.render(tracks[len(tracks) // 2][None], PREVIEW)[0]
    pixels = (frame.clamp(0, 1) * 255).byte().permute(1, 2, 0).cpu().numpy()
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    run.report(0.3 + 0.55 * share, "Refining the motion", Media.of("progress.png", file.getvalue()))
    return not run.stops()


def _stopped(run: Run) -> tuple[str, ...]:
    return ("It was stopped: this is the best motion so far.",) if run.stops() else ()


def _tensor(tracks: Points) -> Tensor:
    return torch.tensor(tracks, dtype=torch.float32)


def _array(tracks: Tensor) -> Points:
    return tracks.detach().double().cpu().numpy()

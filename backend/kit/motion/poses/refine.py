# SPDX-License-Identifier: Apache-2.0
"""A found pose made to fit its sentence better: the best one may lie between the codebook's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from ...encoders.encoder import Encoder
from . import limits, render
from .figure import Figure
from .prior import PosePrior
from .search import Found, Library, text_of

Report = Callable[[float], None]


@dataclass(frozen=True)
class Pull:
    """How a pose is refined. `views` of the five directions are looked at in each step, in turn;
    `near` is the cost of a code's mean squared change, `likely` that of its mean square, which a
    chance code has at one, and `possible` that of a radian beyond a joint's limits."""

    steps: int = 24
    views: int = 2
    rate: float = 0.05
    near: float = 0.02
    likely: float = 0.01
    possible: float = 0.5


@dataclass(frozen=True)
class Refined:
    """The pose and how it answers, over all five views, before and after: cosines."""

    pose: Found
    before: float
    after: float


def refine(
    library: Library,
    sentence: str,
    found: Found,
    figure: Figure,
    pull: Pull = Pull(),
    report: Report = lambda share: None,
) -> Refined:
    """The pose moved along the encoder's gradient in the prior's code; the one found where what
    comes out answers no better."""
    asked = library.encoder.encode_text([text_of(library.encoder, sentence)]).vectors[0].float()
    look = Look(library.encoder, library.prior, figure, asked, torch.from_numpy(found.rotations[0]))
    device = figure.basis.device
    start = torch.from_numpy(found.latent)[None].to(device)
    code = start.clone().requires_grad_()
    optimiser = torch.optim.Adam([code], lr=pull.rate)
    for step in range(pull.steps):
        chosen = [(step * pull.views + view) % len(render.AZIMUTHS) for view in range(pull.views)]
        turns = look.pose(code)
        loss = 1 - look.cosine(turns, tuple(render.AZIMUTHS[view] for view in chosen))
        loss = loss + pull.near * (code - start).square().mean()
        loss = loss + pull.likely * code.square().mean()
        loss = loss + pull.possible * limits.excess(turns).mean()
        [code.grad] = torch.autograd.grad(loss, [code])
        optimiser.step()
        report((step + 1) / pull.steps)
    with torch.no_grad():
        turns = look.pose(code)
        before, after = (
            float(look.cosine(each, render.AZIMUTHS)) for each in (look.pose(start), turns)
        )
    if not after > before:  # no number is no help either
        return Refined(found, before, before)
    pose = replace(
        found,
        rotations=turns[0].cpu().numpy(),
        latent=code.detach()[0].cpu().numpy(),
    )
    return Refined(pose, before, after)


@dataclass(frozen=True, eq=False)
class Look:
    """Draws codes as poses, leaning as they did, and says how they answer."""

    encoder: Encoder
    prior: PosePrior
    figure: Figure
    asked: Tensor
    lean: Tensor

    def pose(self, code: Tensor) -> Tensor:
        """(1, 22, 4)"""
        made = self.prior.decode(code)
        return torch.cat([self.lean.to(made)[None, None], made[:, 1:]], dim=1)

    def cosine(self, turns: Tensor, azimuths: tuple[float, ...]) -> Tensor:
        """Of the sentence and the mean of what is seen from these directions."""
        pictures = render.draw(self.figure, turns, self.encoder.pixels, azimuths)[:, :3]
        seen = functional.normalize(self.encoder.encode_pictures(pictures).float().mean(0), dim=0)
        return seen @ self.asked.to(seen)

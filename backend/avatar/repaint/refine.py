# SPDX-License-Identifier: Apache-2.0
"""Steers a texture by a picture-text encoder, and keeps of it what the second judge finds better.

Each phrase is looked for only where its garment is in the picture: there its patches must show it
rather than the same garment in another color. A global term holds the whole picture to the whole
prompt. The texture stays near its start as far as the start is to be trusted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ...kit.raster.chance import normal, uniform
from .canvas import Canvas
from .coarse import first_colors
from .goal import Goal, PhraseEncoder, goal_of, worn_in
from .judge import Asked, Verdict, is_better, judged, numbers
from .residual import Residual, change_of, evened, repainted, residual_for
from .views import Views, behind, draw, look, shots

_GRID = 20  # cells of coverage along a picture's side
_PHRASE, _CONTRAST, _WHOLE, _TIE, _GAMUT = 0.5, 2.0, 0.25, 20.0, 5.0
_SHARPNESS = 20.0  # of whole likenesses
_STREAM = 41


@dataclass(frozen=True)
class Plan:
    """How long and how carefully; `trust` 0 to 1 ties the texture to its start."""

    least: int = 60
    most: int = 100
    views: int = 6
    """Pictures of a step."""
    bank: int = 72
    """Views that are found out once and shown by turns, with other backgrounds and noise."""
    patience: int = 15
    """Steps without a better loss after which it ends, once `least` are done."""
    trust: float = 1.0
    rate: float = 1.0
    seed: int = 0


@dataclass(frozen=True)
class Refined:
    """The texture (3, S, S) that is kept; for each phrase whether it changed, and what the judge
    saw at the start and in the kept texture; the losses, step by step. `free` is the texture as
    the encoder alone would have it."""

    texture: Tensor
    free: Tensor
    changed: tuple[bool, ...]
    before: tuple[Verdict, ...]
    after: tuple[Verdict, ...]
    losses: tuple[float, ...]


def refine(
    canvas: Canvas, prompt: str, asked: Sequence[Asked], encoder: PhraseEncoder, plan: Plan
) -> Refined:
    """Refine the canvas' texture; what is not asked for keeps its texels."""
    base, residual, losses = _learnt(canvas, goal_of(canvas, prompt, asked, encoder), encoder, plan)
    with torch.no_grad():
        change = change_of(residual, canvas.texel_part)
        even = evened(change, canvas, residual.parts)
        free, plain = (_painted(base, one, residual.parts) for one in (change, even))
    texture, changed, before, after = canvas.texture, [], [], []
    for one in asked:
        first = judged(canvas, canvas.texture, one)
        best, taken = first, canvas.texture
        for choice in (free, plain):
            verdict = judged(canvas, choice, one)
            if is_better(verdict, first) and verdict.distance < best.distance:
                best, taken = verdict, choice
        mine = torch.isin(canvas.texel_part, torch.tensor(numbers(canvas, one)).to(free.device))
        texture = torch.where(mine, taken, texture)
        changed.append(best is not first)
        before.append(first)
        after.append(best)
    return Refined(texture, free, tuple(changed), tuple(before), tuple(after), losses)


def _painted(canvas: Canvas, change: Tensor, parts: Tensor) -> Tensor:
    """The canvas' texture with a change; other parts keep their very texels."""
    inside = torch.isin(canvas.texel_part, parts)
    return torch.where(inside, repainted(canvas.texture, change).clamp(0, 1), canvas.texture)


def _learnt(
    canvas: Canvas, goal: Goal, encoder: PhraseEncoder, plan: Plan
) -> tuple[Canvas, Residual, tuple[float, ...]]:
    """What it started from, what is added to that, and the losses."""
    residual = residual_for(canvas, goal.parts)
    if not goal.parts:
        return canvas, residual, ()
    views = _views(canvas, goal.parts, encoder.pixels, plan)
    canvas = first_colors(canvas, views, goal, encoder)
    parameters = [grid.requires_grad_() for grid in residual.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=plan.rate, betas=(0.8, 0.95))
    inside = torch.isin(canvas.texel_part, residual.parts)
    losses: list[float] = []
    for step in range(plan.most):
        optimizer.param_groups[0]["lr"] = plan.rate * (1 - 0.9 * step / plan.most)
        change = change_of(residual, canvas.texel_part)
        texture = repainted(canvas.texture, change)
        likeness = _likeness_loss(views, texture.clamp(0, 1), goal, encoder, (step, plan))
        loss = likeness + _care(texture, change, inside, plan.trust)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        for grid in parameters:
            if grid.grad is not None:
                grid.grad.nan_to_num_(0.0, 0.0, 0.0)
        optimizer.step()
        losses.append(float(loss.detach()))
        if _has_ended(losses, plan):
            break
    return canvas, residual, tuple(losses)


def _views(canvas: Canvas, parts: list[int], pixels: int, plan: Plan) -> Views:
    seed = torch.arange(plan.bank, device=canvas.texture.device) + 7919 * plan.seed
    with torch.no_grad():
        return look(canvas, shots(canvas, parts, seed, pixels), pixels, _GRID)


def _has_ended(losses: list[float], plan: Plan) -> bool:
    """Whether the mean over `patience` steps is no lower than that of the steps before."""
    many = plan.patience
    if len(losses) < max(plan.least, 2 * many):
        return False
    return sum(losses[-many:]) >= sum(losses[-2 * many : -many])


def _likeness_loss(
    views: Views, texture: Tensor, goal: Goal, encoder: PhraseEncoder, at: tuple[int, Plan]
) -> Tensor:
    """How unlike the phrases and the prompt some of the views are with this texture."""
    step, plan = at
    first = step * plan.views % (len(views) - plan.views + 1)
    seed = torch.arange(plan.views, device=texture.device) + plan.views * (step + 997 * plan.seed)
    which = range(first, first + plan.views)
    pictures = draw(views, texture, which, behind(views, seed))
    whole, logits = encoder.see(disturbed(pictures, seed), goal.phrases)
    coverage = views.coverage[first : first + plan.views]
    phrases = phrases_loss(logits, coverage, goal.shows)
    return phrases + _WHOLE * whole_loss(whole, goal.sentences)


def _care(texture: Tensor, change: Tensor, inside: Tensor, trust: float) -> Tensor:
    """How far the texels (S, S) inside of what is painted went from their start, and beyond what
    a screen can show."""
    count = inside.sum()
    beyond = ((texture - texture.clamp(0, 1)) * inside).square().sum()
    return (_TIE * trust / 100**2 * change.square().sum() + _GAMUT * beyond) / count


def phrases_loss(logits: Tensor, coverage: Tensor, shows: Tensor) -> Tensor:
    """Each phrase against the patches (N, P, G, G) that its garment covers, all phrases
    alike, and of each all pictures that show it."""
    worn = worn_in(coverage, shows, logits)
    scores = logits.view(len(logits), len(shows), -1, *logits.shape[2:])
    said = functional.softplus(-scores[:, :, 0])
    against = -scores.log_softmax(2)[:, :, 0]
    losses = _PHRASE * said + _CONTRAST * against
    cells = worn.sum((2, 3))
    each = (losses * worn).sum((2, 3)) / cells.clamp(min=1e-6)
    # Far pictures count like close ones, though few patches show a shoe there: colors are told
    # best at that scale.
    pictures = (cells > 0).sum(0)
    total = each.sum(0) / pictures.clamp(min=1)
    loss: Tensor = total.sum() / (pictures > 0).sum().clamp(min=1)
    return loss


def whole_loss(whole: Tensor, sentences: Tensor) -> Tensor:
    """The prompt must fit each picture better than the prompt in other colors."""
    return -(_SHARPNESS * whole @ sentences.T).log_softmax(1)[:, 0].mean()


def disturbed(pictures: Tensor, seed: Tensor) -> Tensor:
    """Blurred a little or not, and noisy: what only exact pixels show must not count."""
    chance = uniform(seed, 2, _STREAM)
    soft = functional.avg_pool2d(pictures, 3, 1, 1, count_include_pad=False)
    blurred = torch.lerp(pictures, soft, chance[:, :1, None, None])
    noise = normal(seed, pictures[0].numel(), _STREAM).view_as(pictures)
    return (blurred + 0.03 * chance[:, 1:, None, None] * noise).clamp(0, 1)

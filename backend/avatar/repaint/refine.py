# SPDX-License-Identifier: Apache-2.0
"""Steers a texture by a picture-text encoder, and keeps of it what the second judge finds better.

Each phrase is looked for only where its garment is in the picture: there its patches must show it
rather than the same garment in another color. A global term holds the whole picture to the whole
prompt. The texture stays near its start as far as the start is to be trusted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from ...kit.encoders.encoder import Texts
from ...kit.raster.chance import normal, uniform
from ..words import colors
from .canvas import Canvas
from .judge import Asked, Verdict, is_better, judged, numbers
from .lab import to_lab
from .residual import Residual, change_of, evened, repainted, residual_for
from .views import Views, behind, draw, look, shots

PLAIN = (
    "red", "orange", "yellow", "green", "turquoise", "blue", "purple", "pink", "brown", "black",
    "white", "grey",
)  # fmt: skip
# A phrase is held against so many colors: all, or what is wrong flees to one that is left out.
_OTHERS = len(PLAIN) - 1
_UNLIKE = 25.0  # their least distance in Lab
_GRID = 20  # cells of coverage along a picture's side
_SEEN = 0.35  # of a cell that a part must fill to be asked about
_PHRASE, _CONTRAST, _WHOLE, _TIE, _GAMUT = 0.5, 2.0, 0.25, 20.0, 5.0
_SHARPNESS = 20.0  # of whole likenesses
_STREAM = 41


class PhraseEncoder(Protocol):
    """What of `EmbeddedEncoder` steers a texture."""

    @property
    def pixels(self) -> int: ...

    def encode_phrases(self, phrases: Sequence[str]) -> Tensor: ...

    def encode_text(self, sentences: Sequence[str]) -> Texts: ...

    def see(self, pictures: Tensor, phrases: Tensor) -> tuple[Tensor, Tensor]:
        """Unit vectors (N, D) of pictures (N, 3, S, S), and logits (N, P, G, G) that patches show
        what encoded phrases (P, d) say; differentiable towards the pictures."""
        ...


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
    residual, losses = _learnt(canvas, prompt, asked, encoder, plan)
    with torch.no_grad():
        change = change_of(residual, canvas.texel_part)
        even = evened(change, canvas, residual.parts)
        free, plain = (_painted(canvas, one, residual.parts) for one in (change, even))
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
    canvas: Canvas, prompt: str, asked: Sequence[Asked], encoder: PhraseEncoder, plan: Plan
) -> tuple[Residual, tuple[float, ...]]:
    goal = _goal(canvas, prompt, asked, encoder)
    residual = residual_for(canvas, goal.parts)
    if not goal.parts:
        return residual, ()
    views = _views(canvas, goal.parts, encoder.pixels, plan)
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
    return residual, tuple(losses)


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


@dataclass(frozen=True)
class _Goal:
    """What is asked for, as the encoder reads it: `phrases` (A * C, d), for each of A the asked
    one first and then its garment in other colors; `sentences` (S, D), the prompt first;
    `shows` (A, P) which parts of the canvas a phrase speaks of."""

    parts: list[int]
    phrases: Tensor
    sentences: Tensor
    shows: Tensor


def _goal(canvas: Canvas, prompt: str, asked: Sequence[Asked], encoder: PhraseEncoder) -> _Goal:
    own = [numbers(canvas, one) for one in asked]
    shows = torch.zeros(len(asked), len(canvas.names), device=canvas.texture.device)
    for row, parts in enumerate(own):
        shows[row, parts] = 1
    phrased, sentences = texts(prompt, asked)
    with torch.no_grad():
        phrases = encoder.encode_phrases(phrased) if phrased else torch.zeros(0, 1)
        whole = encoder.encode_text(sentences).vectors
    parts = sorted({part for parts in own for part in parts})
    return _Goal(parts, phrases, whole, shows)


def texts(prompt: str, asked: Sequence[Asked]) -> tuple[list[str], list[str]]:
    """What refining reads: each asked phrase followed by its garment in other colors, and the
    prompt followed by itself with colors exchanged for others."""
    phrases, sentences = [], [prompt]
    for one in asked:
        names = _other_colors(one.color)
        phrases += [one.phrase(), *map(one.phrase, names)]
        swapped = (prompt.replace(one.color_name, name, 1) for name in names[::3])
        sentences += [text for text in swapped if text != prompt]
    return phrases, sentences


def _other_colors(color: tuple[float, float, float]) -> list[str]:
    """As many plain color names that surely do not hold for a color, nearest first; twice where
    there are fewer."""
    own = to_lab(torch.tensor(color))
    away = {
        name: float((to_lab(torch.tensor(colors.named()[name])) - own).norm()) for name in PLAIN
    }
    unlike = sorted((name for name in PLAIN if away[name] > _UNLIKE), key=away.__getitem__)
    return (2 * unlike)[:_OTHERS]


def _likeness_loss(
    views: Views, texture: Tensor, goal: _Goal, encoder: PhraseEncoder, at: tuple[int, Plan]
) -> Tensor:
    """How unlike the phrases and the prompt some of the views are with this texture."""
    step, plan = at
    first = step * plan.views % (len(views) - plan.views + 1)
    seed = torch.arange(plan.views, device=texture.device) + plan.views * (step + 997 * plan.seed)
    which = range(first, first + plan.views)
    pictures = draw(views, texture, which, behind(views, seed))
    whole, logits = encoder.see(_disturbed(pictures, seed), goal.phrases)
    coverage = views.coverage[first : first + plan.views]
    phrases = _phrases_loss(logits, coverage, goal.shows)
    return phrases + _WHOLE * _whole_loss(whole, goal.sentences)


def _care(texture: Tensor, change: Tensor, inside: Tensor, trust: float) -> Tensor:
    """How far the texels (S, S) inside of what is painted went from their start, and beyond what
    a screen can show."""
    count = inside.sum()
    beyond = ((texture - texture.clamp(0, 1)) * inside).square().sum()
    return (_TIE * trust / 100**2 * change.square().sum() + _GAMUT * beyond) / count


def _phrases_loss(logits: Tensor, coverage: Tensor, shows: Tensor) -> Tensor:
    """Each phrase against the patches (N, P, G, G) that its garment covers, all phrases
    alike, and of each all pictures that show it."""
    worn = torch.einsum("npij,ap->naij", coverage, shows)
    worn = functional.adaptive_avg_pool2d(worn, (logits.shape[2], logits.shape[3]))
    worn = torch.where(worn > _SEEN, worn, 0)
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


def _whole_loss(whole: Tensor, sentences: Tensor) -> Tensor:
    """The prompt must fit each picture better than the prompt in other colors."""
    return -(_SHARPNESS * whole @ sentences.T).log_softmax(1)[:, 0].mean()


def _disturbed(pictures: Tensor, seed: Tensor) -> Tensor:
    """Blurred a little or not, and noisy: what only exact pixels show must not count."""
    chance = uniform(seed, 2, _STREAM)
    soft = functional.avg_pool2d(pictures, 3, 1, 1, count_include_pad=False)
    blurred = torch.lerp(pictures, soft, chance[:, :1, None, None])
    noise = normal(seed, pictures[0].numel(), _STREAM).view_as(pictures)
    return (blurred + 0.03 * chance[:, 1:, None, None] * noise).clamp(0, 1)

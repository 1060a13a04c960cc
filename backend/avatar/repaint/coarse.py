# SPDX-License-Identifier: Apache-2.0
"""The first color of parts that look wrong: of a codebook, the one that the encoder likes best.

Gradients alone lead astray there: from red, blue lies on the way to green, and many stay.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional

from .canvas import Canvas
from .goal import Goal, PhraseEncoder, worn_in
from .lab import to_lab, to_srgb
from .views import Views, behind, draw

_LEVELS = (0.12, 0.5, 0.88)
CODEBOOK = tuple(itertools.product(_LEVELS, repeat=3))
"""Of sRGB; no color that has a name."""
_APART = 7  # entries of the codebook between parts that are tried together
_GLANCES, _AT_ONCE = 16, 8  # views


@torch.no_grad()
def first_colors(canvas: Canvas, views: Views, goal: Goal, encoder: PhraseEncoder) -> Canvas:
    """The canvas with new colors, and the old shades, where another is seen than the asked one."""
    is_wrong = _found(canvas.texture, views, goal, encoder).argmax(1) != 0
    rows = is_wrong.nonzero()[:, 0].tolist()
    if not rows:
        return canvas
    lab = to_lab(torch.tensor(CODEBOOK, device=canvas.texture.device).T).T
    scores = []
    for number in range(len(lab)):
        chosen = {row: lab[(number + _APART * row) % len(lab)] for row in rows}
        found = _found(_colored(canvas, goal, chosen), views, goal, encoder)
        scores.append(found.log_softmax(1)[:, 0] + functional.logsigmoid(found[:, 0]))
    best = torch.stack(scores).argmax(0).tolist()
    chosen = {row: lab[(best[row] + _APART * row) % len(lab)] for row in rows}
    return replace(canvas, texture=_colored(canvas, goal, chosen))


def _found(texture: Tensor, views: Views, goal: Goal, encoder: PhraseEncoder) -> Tensor:
    """(A, C) how surely each phrase is seen where its garment is; pictures count alike."""
    device = texture.device
    total = torch.zeros(len(goal.shows), len(goal.phrases) // len(goal.shows), device=device)
    shown = torch.zeros(len(goal.shows), 1, device=device)
    most = min(len(views), _GLANCES)
    for first in range(0, most, _AT_ONCE):
        which = range(first, min(first + _AT_ONCE, most))
        seed = torch.arange(which.start, which.stop, device=device)
        _, logits = encoder.see(draw(views, texture, which, behind(views, seed)), goal.phrases)
        worn = worn_in(views.coverage[which.start : which.stop], goal.shows, logits)
        logits = logits.view(len(logits), len(total), -1, *logits.shape[2:])
        cells = worn.sum((2, 3))[:, :, None]
        total += ((logits * worn[:, :, None]).sum((3, 4)) / cells.clamp(min=1e-6)).sum(0)
        shown += (cells > 0).sum(0)
    return total / shown.clamp(min=1)


def _colored(canvas: Canvas, goal: Goal, chosen: dict[int, Tensor]) -> Tensor:
    """The texture with the parts of some phrases moved to these colors (3,) in Lab."""
    texture = canvas.texture
    for row, color in chosen.items():
        for part in goal.shows[row].nonzero()[:, 0].tolist():
            mine = canvas.texel_part == part
            lab = to_lab(canvas.texture[:, mine])
            mean = to_lab(canvas.texture[:, mine & canvas.core]).mean(1)
            moved = lab + (color - mean.nan_to_num(0.0))[:, None]
            texture = texture.clone()
            texture[:, mine] = to_srgb(moved).clamp(0, 1)
    return texture

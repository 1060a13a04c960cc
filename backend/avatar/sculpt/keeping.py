# SPDX-License-Identifier: Apache-2.0
"""Decides, part by part, what of the learnt is kept: what no judge finds worse than the start.

Colors are judged by their texels and the asked colors, shapes by their triangles, and both by the
likeness of views and lights that were never learnt from, with the part and without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from ..repaint.judge import CLEAN, Asked, judged
from ..repaint.lab import to_srgb
from ..repaint.residual import evened
from .cameras import shots
from .guidance import Guide, likeness, mean_by_class
from .mesh import GRID, MeshStage
from .offsets import untwisted
from .pictures import Looked, draw, look
from .plan import Prompts

UNSEEN = 1 << 20
"""Number of the first view that only judges see."""
_AWAY = {True: 0.5, False: 12.0}
"""Lab units that a part's mean may go farther from its color, by whether the guide is weak; by how
much more its texels may spread; and by how much the change itself may, which shows as stains."""
_SPREAD, _STAINS = {True: 0.5, False: 8.0}, {True: 1.0, False: 12.0}
_VISIBLE, _MOVED = 0.05, 0.25
"""Lab units and millimetres: what changes less stays as it was."""
_LEAST = 1e-4  # of likeness
_AT_ONCE = 8
_SHAPE = 0.5  # what likeness without texture counts


@dataclass(frozen=True, eq=False)
class Kept:
    """Metres (V,), a change in Lab (3, T, T), and what is told of both."""

    offsets: Tensor
    change: Tensor
    scores: dict[str, Any]


@dataclass(frozen=True, eq=False)
class _Court:
    """What was learnt, who judges it, and on which views: of the start, and of what was learnt."""

    stage: MeshStage
    offsets: Tensor
    change: Tensor
    guide: Guide
    tick: Callable[[], None]
    of_start: Looked
    of_end: Looked

    def offsets_of(self, parts: set[int]) -> Tensor:
        """(V,) those of some parts alone."""
        return self.offsets * torch.isin(self.stage.skin.mesh, self._rows(parts))

    def change_of(self, parts: set[int]) -> Tensor:
        """(3, T, T) that of some parts alone."""
        return self.change * torch.isin(self.stage.canvas.texel_part, self._rows(parts))

    def _rows(self, parts: set[int]) -> Tensor:
        return torch.tensor(sorted(parts), device=self.offsets.device, dtype=torch.int64)


@torch.no_grad()
def keep(
    stage: MeshStage, prompts: Prompts, guide: Guide, views: int, tick: Callable[[], None]
) -> Kept:
    """What is kept of a stage, as a guide sees it on so many views; `tick` is called now and then.

    What no part can be blamed for but makes the whole less like the prompt goes altogether.
    """
    every = range(len(stage.start.names))
    offsets = untwisted(stage.start, stage.skin, stage.offsets())
    change, colored = _sound(stage, prompts)
    moved = {n for n in every if _millimetres(offsets[stage.skin.mesh == n]) > _MOVED}
    court = _convene(stage, (offsets, change), (guide, views), tick)
    before = _likeness(court, set(), set())
    if colored or moved:
        colored, moved = _unblamed(court, colored, moved)
    after = before
    for colors, shapes in ((colored, moved), (colored, set()), (set(), moved), (set(), set())):
        after = _likeness(court, colors, shapes)
        if float(after.mean()) >= float(before.mean()):
            break
    kind = court.of_start.shots.kind
    said = guide.weight.index_select(0, kind) > 0
    before, after, kind = before[said], after[said], kind[said]
    left = court.offsets_of(shapes)
    scores = {
        "likeness": {
            "before": _rounded(mean_by_class(before, kind)),
            "after": _rounded(mean_by_class(after, kind)),
        },
        "kept": {
            name: {
                "color": number in colors,
                "shape_mm": _millimetres(left[stage.skin.mesh == number]),
            }
            for number, name in enumerate(stage.start.names)
            if number in colors | shapes
        },
    }
    return Kept(left, court.change_of(colors), scores)


def _convene(
    stage: MeshStage,
    learnt: tuple[Tensor, Tensor],
    judge: tuple[Guide, int],
    tick: Callable[[], None],
) -> _Court:
    """Look up views that were not learnt from."""
    (offsets, change), (guide, views) = learnt, judge
    side, numbers = guide.encoder.pixels, (UNSEEN, UNSEEN + views)
    chosen = shots(stage.start, numbers, side, stage.plan.crops, stage.plan.seed)
    first = last = look(stage.start, stage.start.vertices, chosen, side, GRID)
    if bool(offsets.any()):
        moved = stage.start.vertices + offsets[:, None] * stage.skin.directions
        last = look(stage.start, moved, chosen, side, GRID)
    return _Court(stage, offsets, change, guide, tick, first, last)


def _sound(stage: MeshStage, prompts: Prompts) -> tuple[Tensor, set[int]]:
    """The change (3, T, T) that the second judge has nothing against, whole or evened, and the
    parts that it has."""
    free = stage.change()
    choices = (free, evened(free, stage.canvas, stage.residual.parts) * stage.inside)
    textures = [stage.painted(one).clamp(0, 1) for one in choices]
    kept, parts = torch.zeros_like(free), set()
    for number in stage.residual.parts.tolist():
        mine = stage.canvas.texel_part == number
        wanted = _wanted(stage, prompts, number)
        for choice, texture in zip(choices, textures, strict=True):
            own = choice[:, mine]
            if not bool((own.abs() > _VISIBLE).any()) or _stains(own) > _STAINS[stage.is_weak]:
                continue
            if all(_is_no_worse(stage, texture, one) for one in wanted):
                kept = torch.where(mine, choice, kept)
                parts.add(number)
                break
    return kept, parts


def _stains(change: Tensor) -> float:
    """How far a change (3, N) spreads around its mean."""
    return float((change - change.mean(1, keepdim=True)).square().sum(0).mean().sqrt())


def _wanted(stage: MeshStage, prompts: Prompts, part: int) -> list[Asked]:
    """The colors that are asked of a part; its own one where none is."""
    name = stage.start.names[part]
    asked = [replace(one, parts=(name,)) for one in prompts.asked if name in one.parts]
    if asked:
        return asked
    own = judged(stage.canvas, stage.canvas.texture, Asked("", name, (0.5, 0.5, 0.5), (name,)))
    red, green, blue = to_srgb(torch.tensor(own.mean)).clamp(0, 1).tolist()
    return [Asked("", name, (red, green, blue), (name,))]


def _is_no_worse(stage: MeshStage, texture: Tensor, asked: Asked) -> bool:
    start = judged(stage.canvas, stage.canvas.texture, asked)
    new = judged(stage.canvas, texture, asked)
    is_near = new.distance <= start.distance + _AWAY[stage.is_weak]
    return is_near and new.spread <= max(start.spread + _SPREAD[stage.is_weak], CLEAN)


def _unblamed(court: _Court, colored: set[int], moved: set[int]) -> tuple[set[int], set[int]]:
    """What is left when each part goes without which the whole is liker the prompt."""
    whole = float(_likeness(court, colored, moved).mean())
    for part in sorted(colored):
        without = float(_likeness(court, colored - {part}, moved).mean())
        if without > whole + _LEAST:
            colored, whole = colored - {part}, without
    for part in sorted(moved):
        without = float(_likeness(court, colored, moved - {part}).mean())
        if without > whole + _LEAST:
            moved, whole = moved - {part}, without
    return colored, moved


def _likeness(court: _Court, colored: set[int], moved: set[int]) -> Tensor:
    """(K,) of the views, with the colors and shapes of these parts alone."""
    stage, looked = court.stage, court.of_end if moved else court.of_start
    surface = stage.surface(court.offsets_of(moved), court.change_of(colored))
    surface = replace(surface, texture=surface.texture.clamp(0, 1))
    every, found = torch.arange(len(looked), device=court.offsets.device), []
    for rows in torch.split(every, _AT_ONCE):
        seed = looked.shots.seed.index_select(0, rows)
        court.tick()
        pictures = draw(stage.start, surface, looked, rows, seed)
        kind = looked.shots.kind.index_select(0, rows)
        weight = court.guide.weight.index_select(0, kind)
        textured, plain = likeness(court.guide, pictures, kind)
        found.append(weight * (textured + _SHAPE * plain) / (1 + _SHAPE))
    return torch.cat(found)


def _millimetres(offsets: Tensor) -> float:
    """The most of them."""
    return round(1000 * float(offsets.abs().amax()), 1) if len(offsets) else 0.0


def _rounded(scores: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in scores.items()}

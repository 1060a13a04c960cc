# SPDX-License-Identifier: Apache-2.0
"""What encoders and texels say of a contender: likeness by class of view, and part by part."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from appearance_file import Case, Recalling
from soundness import Soundness
from torch import Tensor
from torch.nn import functional
from turntables import AZIMUTHS, CLASSES, Figure, cameras, figure_of, pictures, seen_by, unlit

from kinora.backend.avatar.repaint.canvas import Canvas, texel_parts
from kinora.backend.avatar.repaint.goal import PLAIN, texts
from kinora.backend.avatar.repaint.judge import Asked, judged
from kinora.backend.avatar.repaint.lab import to_lab
from kinora.backend.avatar.sculpt.start import Start
from kinora.backend.avatar.words import colors
from kinora.backend.kit.raster import Cameras

VIEWS = tuple((kind, angle) for kind in CLASSES for angle in AZIMUTHS[kind])
BODY = tuple(view for view in VIEWS if view[0] != "face")
_SEED = 7
_FILLED = 0.35  # of a cell that a part must fill to be asked about
_SHOWN = 24  # cells of all views from which a part can be judged
NOTICED = 2.3
"""A difference of colors in Lab that is just noticed."""


@dataclass(frozen=True)
class Part:
    """What is seen of one asked part.

    `texel_distance`, of the mean Lab of its texels to the asked color, is NaN where there is no
    texture; `distance` is that of unlit pictures, over the pixels where the start shows the part.
    `guide` and `judge` are margins of the asked phrase over the garment in any other color, in
    logits, and `judge_error` the standard error of the latter's difference from the start's;
    `type_guide` and `type_judge` are ranks, from 0, of what is worn among all that is worn there.
    """

    phrase: str
    wears: bool
    texel_distance: float
    nearest: str
    right: bool
    distance: float
    guide: float
    judge: float
    judge_error: float
    type_guide: float
    type_judge: float


@dataclass(frozen=True)
class Marks:
    """Of one contender; likeness by class, cosines. `judge_rank` is how many of all prompts the
    judge likes better for the pictures than their own, on average."""

    guide: Mapping[str, float]
    judge: Mapping[str, float]
    judge_rank: float
    soundness: Soundness
    parts: Sequence[Part]


@dataclass(frozen=True, eq=False)
class Bench:
    """All that stays the same over the contenders of a case."""

    case: Case
    guide: Recalling
    judge: Recalling
    others: Tensor
    """(N, D) what the judge makes of all prompts; the case's own is `own`."""
    own: int
    canvas: Canvas
    mask: Tensor
    """(V, S, S) the part, as the start shows it, in BODY at the encoders' size; -1 is none."""
    device: str


def bench_of(
    case: Case, guide: Recalling, judge: Recalling, prompts: Sequence[str], device: str
) -> Bench:
    vectors = judge.encode_text(prompts).vectors
    own = prompts.index(case.appearance)
    mask = _masks(case.start, judge.pixels)
    return Bench(case, guide, judge, vectors, own, canvas_of(case.start), mask, device)


def marked(bench: Bench, figure: Figure, sound: Soundness, start: Seen | None = None) -> Marks:
    """Look at a contender; `start` is what was seen of the start, None of itself."""
    seen = seen_of(bench, figure)
    start = start or seen
    likeness = [
        _by_class(encoder.encode_text(_sentences(bench.case)).vectors, whole)
        for encoder, whole in ((bench.guide, seen.guide), (bench.judge, seen.judge))
    ]
    scores = seen.judge[: len(BODY)] @ bench.others.T
    better = (scores > scores[:, bench.own, None]).sum(1).float().mean()
    parts = [part(bench, figure, number, (seen, start)) for number in range(len(bench.case.asked))]
    return Marks(*likeness, float(better), sound, parts)


@dataclass(frozen=True, eq=False)
class Seen:
    """Of VIEWS the vectors of whole pictures (N, D); of each asked part, by view, the margin of its
    phrase in logits (A, V), NaN where it is hidden; log probabilities of things (V, slots, things);
    unlit colors (V, 3, S, S) and 1 where the figure is (V, S, S)."""

    guide: Tensor
    judge: Tensor
    guide_margins: Tensor
    judge_margins: Tensor
    guide_things: Tensor
    judge_things: Tensor
    plain: Tensor
    there: Tensor


@torch.no_grad()
def seen_of(bench: Bench, figure: Figure) -> Seen:
    found = []
    for encoder in (bench.guide, bench.judge):
        shown = pictures(figure, bench.case.start, VIEWS, encoder.pixels, _SEED)
        looked = encoder.look(shown)
        things = looked.attributes.garment[: len(BODY)].float().log_softmax(2)
        margins = _margins(bench, encoder, looked.patches[: len(BODY)])
        found.append((looked.whole.float(), margins, things))
    plain = unlit(figure, bench.case.start, BODY, bench.mask.shape[1])
    (one, guided, guide_things), (two, judged_margins, judge_things) = found
    colors_seen, there = plain[:, :3], plain[:, 3] > 0.5
    return Seen(one, two, guided, judged_margins, guide_things, judge_things, colors_seen, there)


def part(bench: Bench, figure: Figure, number: int, seen: tuple[Seen, Seen]) -> Part:
    """The asked part of this number, as seen of the contender and of the start."""
    case, (now, before) = bench.case, seen
    asked = case.asked[number]
    own = torch.isin(bench.mask, torch.tensor(_rows(case, asked), device=bench.mask.device))
    shown = (own & now.there)[:, None].expand(-1, 3, -1, -1)
    lab = to_lab(now.plain.transpose(0, 1)[:, shown[:, 0]]).mean(1)
    texel = math.nan
    if figure.texture is not None and figure.uvs is not None:
        texel = judged(bench.canvas, figure.texture, asked).distance
    wanted = _lab(asked.color)
    nearest = _nearest(lab.cpu(), asked)
    change = now.judge_margins[number] - before.judge_margins[number]
    change = change[change.isfinite()]
    error = float(change.std() / math.sqrt(len(change))) if len(change) > 2 else math.nan
    return Part(
        phrase=asked.phrase(),
        wears=case.wears[number],
        texel_distance=texel,
        nearest=nearest,
        right=nearest in (asked.color_name, _nearest(wanted, None)),
        distance=float((lab.cpu() - wanted).norm()),
        guide=float(now.guide_margins[number].nanmean()),
        judge=float(now.judge_margins[number].nanmean()),
        judge_error=error,
        type_guide=_rank(bench.guide, now.guide_things, case.worn[number]),
        type_judge=_rank(bench.judge, now.judge_things, case.worn[number]),
    )


def canvas_of(start: Start) -> Canvas:
    """The start as what the texel judge looks at."""
    where, core = texel_parts(start.uvs.cpu().numpy(), start.part.cpu().numpy())
    size = start.texture.shape[1]
    device = start.vertices.device
    fitted = [
        functional.interpolate(one[None, None].float(), (size, size), mode="nearest")[0, 0].to(
            device
        )
        for one in (where, core)
    ]
    shapes = start.vertices[None]
    return Canvas(
        start.names, shapes, shapes, start.triangles, start.uvs, start.part, start.finish,
        start.texture, fitted[0].long(), fitted[1] > 0.5,
    )  # fmt: skip


def _margins(bench: Bench, encoder: Recalling, patches: Tensor) -> Tensor:
    """(A, V) how much surer of each asked phrase than of the same thing in any other color."""
    side = encoder.plan.patches
    rows = []
    for asked in bench.case.asked:
        phrases, _ = texts(bench.case.appearance, (asked,))
        vectors = encoder.encode_phrases(phrases)
        logits = encoder.head.phrase_logits(patches.float() @ vectors.T)
        margin = logits[..., 0] - logits[..., 1:].amax(-1)
        own = torch.isin(bench.mask, torch.tensor(_rows(bench.case, asked), device=patches.device))
        cover = functional.adaptive_avg_pool2d(own[:, None].float(), side).flatten(1)
        shown = cover > _FILLED
        if int(shown.sum()) < _SHOWN:
            # A belt, a collar: what fills no cell is judged where it fills most.
            shown = (cover > 0.1) & (cover >= cover.amax(1, keepdim=True) * 0.6)
        count = shown.sum(1)
        mean = (margin * shown).sum(1) / count.clamp(min=1)
        rows.append(torch.where(count > 0, mean, math.nan))
    return torch.stack(rows)


def _masks(start: Start, side: int) -> Tensor:
    seen, _ = seen_by(figure_of(start), _whole(start, side), side)
    part = start.part[seen.face.clamp(min=0) % len(start.triangles)]
    return torch.where(seen.face >= 0, part, -1)


def _whole(start: Start, side: int) -> Cameras:
    return cameras(start, BODY, side)


def _rows(case: Case, asked: Asked) -> list[int]:
    return [number for number, name in enumerate(case.start.names) if name in asked.parts]


def _sentences(case: Case) -> list[str]:
    """For each of CLASSES: a face is the person's, all else shows the looks."""
    return [case.shape if name == "face" else case.appearance for name in CLASSES]


def _by_class(wanted: Tensor, whole: Tensor) -> dict[str, float]:
    each = len(VIEWS) // len(CLASSES)
    found = {
        name: float((whole[row * each : (row + 1) * each] @ wanted[row]).mean())
        for row, name in enumerate(CLASSES)
    }
    return {**found, "all": sum(found.values()) / len(found)}


def _rank(encoder: Recalling, things: Tensor, worn: tuple[str, str]) -> float:
    """How many things of the same place the encoder takes for likelier, where the front is seen."""
    slot, thing = worn
    if not thing or thing not in encoder.plan.garments:
        return math.nan
    ahead = [row for row, (kind, _) in enumerate(BODY) if kind == "front"]
    said = things[ahead, encoder.plan.slots.index(slot)].mean(0)
    return float((said > said[encoder.plan.garments.index(thing)]).sum())


def _nearest(lab: Tensor, asked: Asked | None) -> str:
    names = [*PLAIN, asked.color_name] if asked else PLAIN
    if not bool(lab.isfinite().all()):
        return "none"
    return min(names, key=lambda name: float((_lab(colors.named()[name]) - lab).norm()))


def _lab(color: tuple[float, float, float]) -> Tensor:
    return to_lab(torch.tensor(color))

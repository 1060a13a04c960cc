# SPDX-License-Identifier: Apache-2.0
"""What encoders say of pictures: how like the prompt of its class of views each one is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...kit.encoders.encoder import Encoder
from ...kit.encoders.published import EMBEDDED_ENCODER
from ..ranking.scores import RENDERED
from ..repaint.canvas import Canvas
from ..repaint.goal import Goal, PhraseEncoder, goal_of
from ..repaint.judge import Asked
from ..repaint.refine import phrases_loss, whole_loss
from ..words import colors
from .cameras import CLASSES
from .plan import Prompts
from .start import REGIONS, Start

_VIEWED = {
    "front": "{}",
    "side": "{} seen from the side",
    "back": "the back of {}",
    "face": "the face of {}",
    "hands": "the hands of {}",
    "feet": "the feet of {}",
}
_CLOSE = {"face": ("head",), "hands": ("hands",), "feet": ("feet",)}
"""Regions that a class of close views shows."""
_WHOLE, _COSINE, _SHAPE = 0.25, 1.0, 0.5
"""Weights of the whole picture against other colors, of likeness, and of the textureless twin's."""


@dataclass(frozen=True, eq=False)
class Guide:
    """An encoder and, in its space, what each of CLASSES is to look like: `textured` and
    `textureless` (C, D), with the weights (C,) of classes of which nothing is said: 0.

    `goal` is what phrases ask for, of an encoder that finds phrases in pictures.
    """

    encoder: Encoder
    textured: Tensor
    textureless: Tensor
    weight: Tensor
    goal: Goal | None = None

    @property
    def is_weak(self) -> bool:
        """Whether it has seen only Kinora's own characters."""
        return self.encoder.name == EMBEDDED_ENCODER


def is_weak(guides: Sequence[Guide]) -> bool:
    """Whether none of them has seen more than Kinora's own characters."""
    return all(guide.is_weak for guide in guides)


def guide_of(encoder: Encoder, prompts: Prompts, start: Start, canvas: Canvas) -> Guide:
    """Read the prompts with an encoder."""
    device = start.vertices.device
    if encoder.name == EMBEDDED_ENCODER:
        textured, weights = captions(prompts, start)
        textureless = [without_colors(text) for text in textured]
    else:
        textured, weights = rendered(prompts.subject), [1.0] * len(CLASSES)
        textureless = textured
    vectors = encoder.encode_text([*textured, *textureless]).vectors.float().to(device)
    asked = [one for one in prompts.asked if any(name in canvas.names for name in one.parts)]
    goal = None
    if hasattr(encoder, "see") and hasattr(encoder, "encode_phrases"):
        reader: PhraseEncoder = encoder  # type: ignore[assignment]
        goal = goal_of(canvas, prompts.appearance, asked, reader)
    count = len(CLASSES)
    weight = torch.tensor(weights, device=device)
    return Guide(encoder, vectors[:count], vectors[count:], weight, goal)


def rendered(subject: str) -> list[str]:
    """AvatarCLIP's sentence for each of CLASSES."""
    return [RENDERED.format(_VIEWED[name].format(subject)) for name in CLASSES]


def captions(prompts: Prompts, start: Start) -> tuple[list[str], list[float]]:
    """What the embedded encoder's captions would say of each of CLASSES, and how much it counts:
    of close views the things that are there, or nothing."""
    said, weights = [], []
    for name in CLASSES:
        there = [one.phrase() for one in prompts.asked if _is_there(one, name, start)]
        is_close = name in _CLOSE
        said.append(" and ".join(there[:3]) if is_close and there else prompts.appearance)
        weights.append(1.0 if there or not is_close else 0.0)
    if not prompts.appearance.strip():
        weights = [0.0] * len(CLASSES)
    return said, weights


def without_colors(text: str) -> str:
    """The words but for the names of colors: what a textureless picture can show."""
    names = sorted(colors.named(), key=len, reverse=True)
    plain = re.sub(rf"\b({'|'.join(map(re.escape, names))})\b", "", text, flags=re.IGNORECASE)
    return " ".join(plain.split())


def likeness(guide: Guide, pictures: tuple[Tensor, Tensor], kind: Tensor) -> tuple[Tensor, Tensor]:
    """(n,) cosines of textured and of textureless pictures (n, 3, S, S) with the prompts of their
    classes (n,)."""
    seen = guide.encoder.encode_pictures(torch.cat(pictures)).float()
    colored, plain = seen[: len(kind)], seen[len(kind) :]
    return _cosines(colored, guide.textured, kind), _cosines(plain, guide.textureless, kind)


def unlikeness(
    guide: Guide, pictures: tuple[Tensor, Tensor], kind: Tensor, coverage: Tensor
) -> Tensor:
    """What is to become less: of textured and textureless pictures (n, 3, S, S), seen in one go."""
    count = len(kind)
    both = torch.cat(pictures)
    total = both.new_zeros(())
    if guide.goal is not None and len(guide.goal.shows):
        reader: PhraseEncoder = guide.encoder  # type: ignore[assignment]
        whole, logits = reader.see(both, guide.goal.phrases)
        total = total + phrases_loss(logits[:count], coverage, guide.goal.shows)
        total = total + _WHOLE * whole_loss(whole[:count], guide.goal.sentences)
    else:
        whole = guide.encoder.encode_pictures(both)
    weight = guide.weight.index_select(0, kind)
    weight = weight / weight.sum().clamp(min=1e-6)
    textured = 1 - _cosines(whole[:count].float(), guide.textured, kind)
    shape = 1 - _cosines(whole[count:].float(), guide.textureless, kind)
    return total + (weight * (_COSINE * textured + _SHAPE * shape)).sum()


def mean_by_class(values: Tensor, kind: Tensor) -> dict[str, float]:
    """The mean of values (n,) over each class that there is, and over all of these."""
    found = {
        name: float(values[kind == row].mean())
        for row, name in enumerate(CLASSES)
        if bool((kind == row).any())
    }
    return {**found, "all": sum(found.values()) / max(len(found), 1)}


def _cosines(seen: Tensor, wanted: Tensor, kind: Tensor) -> Tensor:
    return (seen @ wanted.T).gather(1, kind[:, None])[:, 0]


def _is_there(asked: Asked, name: str, start: Start) -> bool:
    """Whether most of what is asked for is in the regions that a class of close views shows."""
    shown: Sequence[str] = _CLOSE.get(name, REGIONS)
    rows = [number for number, part in enumerate(start.names) if part in asked.parts]
    mine = torch.isin(start.part, torch.tensor(rows, device=start.part.device))
    region = start.region[start.triangles[mine].reshape(-1)]
    allowed = torch.tensor([REGIONS.index(one) for one in shown], device=region.device)
    return bool(len(region)) and float(torch.isin(region, allowed).float().mean()) > 0.5

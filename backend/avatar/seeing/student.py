# SPDX-License-Identifier: Apache-2.0
"""The networks while they learn: one step of training, and the running mean that is kept."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from ...kit.encoders.minilm import MiniLM
from ...kit.encoders.text_head import TextHead
from ...kit.encoders.tower import PATCH, Attributes, Tower, TowerPlan, seen
from .attack import disturb, vary
from .lesson import SHORT, Lesson, asked_coverage
from .losses import ATTRIBUTE_WEIGHT, PHRASE_WEIGHT, contrast, name, point

RATE = 1e-3
WARM_UP = 250
DECAY = 0.05
BETAS = (0.9, 0.98)
CLIP = 1.0
MEMORY = 0.999
"""Share of the running mean of the weights that a step keeps."""
RADIUS = 2.5
RAMP = 1 / 3
"""The attack's radius grows from 0 to `RADIUS` over this share of the training."""
FIGURES = ("loss", "contrast", "point", "name", "norm")
"""What a step reports."""

Look = Callable[[Tensor], tuple[Tensor, ...]]
Average = Callable[[Tensor], None]


@dataclass(eq=False)
class Student:
    """Both networks, the mean of their weights over time, and what the optimiser remembers."""

    tower: Tower
    head: TextHead
    mean_tower: Tower
    mean_head: TextHead
    optimizer: torch.optim.AdamW
    look: Look
    """The tower, compiled where that pays."""
    step: int = 0

    def state(self) -> dict[str, Any]:
        """Everything that goes on is told from, but for the time."""
        return {
            "tower": self.tower.state_dict(),
            "head": self.head.state_dict(),
            "mean_tower": self.mean_tower.state_dict(),
            "mean_head": self.mean_head.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`."""
        for part in ("tower", "head", "mean_tower", "mean_head", "optimizer"):
            getattr(self, part).load_state_dict(state[part])
        self.step = state["step"]


def new_student(plan: TowerPlan, device: torch.device, seed: int, compiles: bool) -> Student:
    """Networks with random weights; the same seed gives the same ones."""
    torch.manual_seed(seed)
    tower, head = Tower(plan), TextHead()
    tower, head = tower.to(device), head.to(device)
    look: Look = torch.compile(tower, dynamic=False) if compiles else tower
    optimizer = torch.optim.AdamW(
        _groups(tower, head), lr=RATE, betas=BETAS, fused=device.type == "cuda"
    )
    mean_tower, mean_head = copy.deepcopy(tower), copy.deepcopy(head)
    for module in (mean_tower, mean_head):
        module.requires_grad_(False)
    return Student(tower, head, mean_tower, mean_head, optimizer, look)


def _groups(*modules: nn.Module) -> list[dict[str, Any]]:
    """Only the matrices of layers decay: not norms, biases, places, queries or scales."""
    decaying: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for module in modules:
        for path, value in module.named_parameters():
            is_matrix = value.dim() > 1 and not path.endswith(("places", "query"))
            (decaying if is_matrix else others).append(value)
    return [{"params": decaying, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}]


def rate(step: int, progress: float) -> float:
    """The learning rate: a rise over the first steps, then half a cosine of the progress 0..1."""
    rise = min(1.0, (step + 1) / WARM_UP)
    return RATE * rise * (0.01 + 0.99 * (1 + math.cos(math.pi * min(progress, 1.0))) / 2)


def radius(progress: float) -> float:
    """The attack's greatest L2 radius at a progress 0..1."""
    return RADIUS * min(1.0, progress / RAMP)


@dataclass(frozen=True)
class Shown:
    """A lesson's pictures as they are shown to the tower, and where its phrases are in them."""

    pictures: Tensor
    foreground: Tensor
    """(B, S, S) true where people are."""
    covered: tuple[Tensor, Tensor]
    """As `asked_coverage` gives."""


def learn(
    student: Student, minilm: MiniLM, lesson: Lesson, progress: float, random: torch.Generator,
    average: Average | None = None,
) -> Tensor:  # fmt: skip
    """One step; returns (len(FIGURES),) on the device. `average` averages gradients over ranks.

    A step whose gradient is not finite changes nothing but the optimiser's memory.
    """
    pictures, part = vary(lesson.pictures, lesson.part, random)
    shown = Shown(pictures, part >= 0, asked_coverage(lesson, part, PATCH))
    with _half(pictures.device):
        texts = _read(student, minilm, lesson)
        if progress > 0:
            fixed = (texts[0].detach(), texts[1].detach())
            shown = _attacked(student, lesson, shown, fixed, random, radius(progress))
        told, pointed, attributes = _losses(student, lesson, shown, texts)
        named = name(attributes, lesson.targets)
        loss = told + PHRASE_WEIGHT * pointed + ATTRIBUTE_WEIGHT * named
    student.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    norm = _settle(student, average)
    for group in student.optimizer.param_groups:
        group["lr"] = rate(student.step, progress)
    student.optimizer.step()
    student.step += 1
    _remember(student)
    return torch.stack([value.detach() for value in (loss, told, pointed, named, norm)])


@contextmanager
def _half(device: torch.device) -> Iterator[None]:
    with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
        yield


def _read(student: Student, minilm: MiniLM, lesson: Lesson) -> tuple[Tensor, Tensor]:
    """The captions' vectors (M, GLOBAL) and the phrases' (K, PHRASE)."""
    parts = (
        (lesson.tokens[: lesson.short, :SHORT], lesson.mask[: lesson.short, :SHORT]),
        (lesson.tokens[lesson.short :], lesson.mask[lesson.short :]),
    )
    whole = [_vectors(student, minilm, *part)[0] for part in parts if len(part[0])]
    _, phrases = _vectors(student, minilm, lesson.phrase_tokens, lesson.phrase_mask)
    return torch.cat(whole), phrases


def _vectors(
    student: Student, minilm: MiniLM, tokens: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    with torch.no_grad():
        states = minilm(tokens, mask)
    found: tuple[Tensor, Tensor] = student.head(states, mask)
    return found


def _losses(
    student: Student, lesson: Lesson, shown: Shown, texts: tuple[Tensor, Tensor]
) -> tuple[Tensor, Tensor, Attributes]:
    """How badly captions and pictures are told apart, how badly phrases are pointed at, and what is
    read off the pictures."""
    found = seen(student.look(shown.pictures))
    whole, phrases = texts
    told = contrast(student.head.logits(whole, found.whole), lesson.matches)
    cosines = phrases[lesson.asked] @ found.patches.transpose(1, 2)
    pointed = point(student.head.phrase_logits(cosines), *shown.covered)
    return told, pointed, found.attributes


def _attacked(
    student: Student, lesson: Lesson, shown: Shown, texts: tuple[Tensor, Tensor],
    random: torch.Generator, most: float,
) -> Shown:  # fmt: skip
    """Every second picture changed where people are, by at most `most`, so that it is harder to
    tell; the others stay as they are."""
    half = slice(None, None, 2)
    asked = replace(lesson, matches=lesson.matches[:, half], asked=lesson.asked[half])
    pictures = shown.pictures[half].detach().requires_grad_()
    places, told = shown.covered
    shares = Shown(pictures, shown.foreground[half], (places[half], told[half]))
    # Without gradients of the weights, the way back costs half.
    student.tower.requires_grad_(False)
    contrasted, pointed, _ = _losses(student, asked, shares, texts)
    (slope,) = torch.autograd.grad(contrasted + PHRASE_WEIGHT * pointed, pictures)
    student.tower.requires_grad_(True)
    length = most * torch.rand(len(pictures), generator=random, device=pictures.device)
    changed = shown.pictures.clone()
    changed[half] = disturb(pictures.detach(), slope, shares.foreground, length)
    return replace(shown, pictures=changed)


def _settle(student: Student, average: Average | None) -> Tensor:
    """Average the gradients over all ranks and limit their norm, which is returned; zero them where
    they are not finite, so that one bad step harms nothing."""
    values = [
        value for group in student.optimizer.param_groups for value in group["params"]
        if value.grad is not None
    ]  # fmt: skip
    flat = torch.cat([value.grad.flatten() for value in values])
    if average is not None:
        average(flat)
    norm: Tensor = torch.linalg.vector_norm(flat)
    gain = torch.where(norm.isfinite(), CLIP / norm.clamp(min=CLIP), 0.0)
    flat = flat.nan_to_num_(0.0, 0.0, 0.0).mul_(gain)
    sizes = [value.numel() for value in values]
    for value, part in zip(values, torch.split(flat, sizes), strict=True):
        value.grad = part.view_as(value)
    return norm


def _remember(student: Student) -> None:
    share = min(MEMORY, (1 + student.step) / (10 + student.step))
    pairs = ((student.mean_tower, student.tower), (student.mean_head, student.head))
    with torch.no_grad():
        for mean, current in pairs:
            torch._foreach_lerp_(list(mean.parameters()), list(current.parameters()), 1 - share)

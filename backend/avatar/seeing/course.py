# SPDX-License-Identifier: Apache-2.0
"""The training loop: lessons until the time is spent, over as many runs as it takes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ...kit.encoders.minilm import MiniLM
from . import checkpoint
from .checkpoint import Progress
from .lesson import Lesson
from .ranks import Rank
from .student import FIGURES, Student, learn

AGREE = 20
"""Steps after which the ranks agree on the time; in between the rate stays as it is."""
LOG = 40
KEEP = 60.0
"""Seconds after which the state is saved."""

Clock = Callable[[], float]
"""Seconds since this run began."""


@dataclass(frozen=True)
class Course:
    """Where the training lies and how long it takes."""

    folder: Path
    run_seconds: float
    """This run ends after so long, with the state saved."""
    total_seconds: float
    """The training is over after so long in all its runs; the rate falls towards that end."""
    clock: Clock
    seed: int = 0


def attend(
    course: Course, student: Student, minilm: MiniLM, lessons: Iterable[Lesson], rank: Rank,
    before: Progress,
) -> Progress:  # fmt: skip
    """Learn lesson after lesson until this run's or the whole time is spent; saves as it goes.

    `before` is what earlier runs spent. Returns what all have spent. Raises StorageError.
    """
    random = torch.Generator(rank.device)
    progress, saved = before, 0.0
    recent: list[Tensor] = []
    for lesson in lessons:
        if rank.count == 1 or student.step % AGREE == 0:
            now = rank.agree(course.clock())
            seconds = before.seconds + now
            progress = Progress(
                seconds, min(1.0, seconds / course.total_seconds), progress.pictures
            )
            if now >= course.run_seconds or progress.share >= 1:
                break
            if rank.leads and now - saved >= KEEP:
                checkpoint.save(course.folder, student, progress)
                saved = now
        random.manual_seed(_seed(course.seed, student.step, rank))
        recent.append(learn(student, minilm, lesson, progress.share, random, rank.average))
        pictures = progress.pictures + len(lesson.pictures) * rank.count
        progress = Progress(progress.seconds, progress.share, pictures)
        if student.step % LOG == 0:
            if rank.leads:
                _log(course.folder, student, progress, torch.stack(recent).mean(0).tolist())
            recent = []
    if rank.leads:
        checkpoint.save(course.folder, student, progress)
    return progress


def _seed(seed: int, step: int, rank: Rank) -> int:
    """Of each step and rank its own, so that a resumed training draws what an unbroken one does."""
    return (seed << 40) + step * rank.count + rank.number


def _log(folder: Path, student: Student, progress: Progress, figures: list[float]) -> None:
    checkpoint.log(folder, student, progress, figures)
    told = "  ".join(f"{name} {value:.3f}" for name, value in zip(FIGURES, figures, strict=True))
    sys.stdout.write(
        f"{progress.seconds / 60:6.2f} min  {student.step:6d} steps  {progress.pictures:9d} "
        f"pictures  {told}\n"
    )
    sys.stdout.flush()

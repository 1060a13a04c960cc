# SPDX-License-Identifier: Apache-2.0
"""The training's state on disk, written so that a process killed at any moment loses a minute."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ....shared.errors import BadOptionError, StorageError
from .student import FIGURES, Student, radius, rate

STATE = "training.pt"
CURVES = "curves.csv"


@dataclass(frozen=True)
class Progress:
    """How far the training is."""

    seconds: float
    """Spent in all runs so far."""
    share: float
    """Of the whole training, 0..1."""
    pictures: int


def save(folder: Path, student: Student, progress: Progress) -> None:
    """Write the whole state, replacing the last one at once. Raises StorageError."""
    state = {
        **student.state(),
        "seconds": progress.seconds,
        "share": progress.share,
        "pictures": progress.pictures,
    }
    fresh = folder / f"{STATE}.part"
    try:
        torch.save(state, fresh)
        os.replace(fresh, folder / STATE)
    except (OSError, RuntimeError) as error:
        raise StorageError(f"{folder} cannot be written to ({error}).") from error


def read(folder: Path) -> dict[str, Any]:
    """The state in `folder`, in main memory. Raises BadOptionError."""
    path = folder / STATE
    if not path.is_file():
        raise BadOptionError(
            f"{folder} holds no training to go on with.", "Leave out --resume.", "resume"
        )
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise _wrong(path) from error
    if not isinstance(state, dict) or "step" not in state:
        raise _wrong(path)
    return state


def restore(folder: Path, state: dict[str, Any], student: Student) -> Progress:
    """Bring the student to a state that was read from `folder`. Raises BadOptionError."""
    try:
        student.restore(state)
        return Progress(state["seconds"], state["share"], state["pictures"])
    except (KeyError, RuntimeError, ValueError, TypeError) as error:
        raise _wrong(folder / STATE) from error


def _wrong(path: Path) -> BadOptionError:
    return BadOptionError(
        f"{path} is not a training of this encoder.", "Start anew in another folder.", "resume"
    )


def log(folder: Path, student: Student, progress: Progress, figures: list[float]) -> None:
    """Add one row to the curves; the first row names the columns."""
    path = folder / CURVES
    names = ("step", "minutes", "share", "pictures", "rate", "radius", *FIGURES)
    values = (
        student.step, round(progress.seconds / 60, 3), round(progress.share, 5), progress.pictures,
        f"{rate(student.step, progress.share):.3g}", f"{radius(progress.share):.3g}",
        *(f"{value:.4g}" for value in figures),
    )  # fmt: skip
    lines = [] if path.exists() else [",".join(names)]
    with path.open("a", encoding="utf-8") as file:
        file.write("\n".join([*lines, ",".join(map(str, values))]) + "\n")

# SPDX-License-Identifier: Apache-2.0
"""Trains the motion prior: `kinora train motion-prior --mocap FILE --minutes N`.

A run goes on where the last one was cut off, if asked to, and prints what the prior is worth last.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .....shared.errors import BadOptionError, StorageError
from ..clips import FEATURES, YAW
from . import losses, takes
from .measure import report
from .network import OURS, MotionVAE, Sizes
from .prior import OwnPrior, save_own
from .steps import Stepper
from .windows import Windows, windows_of

STATE, PERFORMANCES = "training.pt", "performances.npz"
SAVED = 60.0
"""Seconds between states on disk."""
ASKED = 20
"""Steps between looks at the clock."""
LEAST_DEVIATION = 0.1
"""A number of a turn that hardly changes is not blown up."""


@dataclass(frozen=True)
class Order:
    """`minutes` of this run; all runs together take `total_minutes`."""

    mocap: Path
    folder: Path
    minutes: float
    total_minutes: float
    performances: Path | None = None
    """A file of `takes.write_performances`; without one it is made."""
    resumes: bool = False
    batch: int = 256
    rate: float = 1e-3
    seed: int = 0
    sizes: Sizes = OURS
    divergence: float = losses.DIVERGENCE
    dropout: float = 0.0


@dataclass(frozen=True, eq=False)
class Lessons:
    """`held_out` are windows of each kind of movement, (W, 60, 140)."""

    windows: Windows
    held_out: dict[str, Tensor]
    offsets: Tensor


def main(order: Order) -> None:
    """Train and write the weights, averaged over the last steps, to `motion_vae.safetensors`.

    Raises BadOptionError, StorageError.
    """
    _check(order)
    torch.manual_seed(order.seed)
    torch.set_float32_matmul_precision("high")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    lessons = prepare(order.mocap, order.performances or _performed(order.folder), device)
    stepper = Stepper(new_prior(lessons, order, device), lessons, order)
    spent = restore(order.folder, stepper) if order.resumes else 0.0
    spent = _learn(order, stepper, spent)
    prior = stepper.mean_prior()
    try:
        save_own(prior, order.folder / "motion_vae.safetensors")
    except OSError as error:
        raise StorageError(f"{order.folder} cannot be written to ({error}).") from error
    _say(f"{stepper.taken} steps of {order.batch} in {spent / 60:.1f} minutes")
    if lessons.held_out:
        _say(report(prior, lessons.windows, lessons.held_out, lessons.offsets, device == "cpu"))


def _performed(folder: Path) -> Path:
    """Kinora's own performances, made the first time; only they need a body."""
    from .rehearse import rehearse

    path = folder / PERFORMANCES
    if not path.is_file():
        takes.write_performances(rehearse(), path)
    return path


def prepare(mocap: Path, performances: Path, device: str) -> Lessons:
    captured, offsets = takes.of_clips(mocap)
    performed = takes.of_performances(performances)
    taught = [take for take in captured if not take.is_held_out]
    held: dict[str, list[takes.Take]] = {}
    for take in captured:
        if take.is_held_out:
            held.setdefault(take.group, []).append(take)
    windows = {group: windows_of(some, device).each(15) for group, some in sorted(held.items())}
    place = torch.from_numpy(offsets).float().to(device)
    return Lessons(windows_of([*taught, *performed], device), windows, place)


def new_prior(lessons: Lessons, order: Order, device: str) -> OwnPrior:
    """An untrained one; what it scales its frames by is measured on what it is to learn."""
    shown = lessons.windows.draw(4096)[..., :FEATURES].flatten(0, 1)
    mean, deviation = shown.mean(0), shown.std(0)
    deviation[:YAW].clamp_(min=LEAST_DEVIATION)
    return OwnPrior(MotionVAE(order.sizes, order.dropout).to(device), mean, deviation)


def _learn(order: Order, stepper: Stepper, spent: float) -> float:
    """Step until the minutes are over; the seconds that all runs have taken."""
    begun, saved, said = time.monotonic() - spent, time.monotonic(), False
    end = min(60 * order.total_minutes, spent + 60 * order.minutes)
    while (gone := time.monotonic() - begun) < end:
        stepper.share = gone / (60 * order.total_minutes)
        for _ in range(ASKED):
            stepper.step()
        # Waits for the device: the clock is looked at when the steps are done.
        told = " ".join(f"{name} {value:.4f}" for name, value in stepper.figures().items())
        if time.monotonic() - saved > SAVED or not said:
            saved, said = time.monotonic(), True
            keep(order.folder, stepper, saved - begun)
            _say(f"{gone:5.0f} s {stepper.taken:6d} steps  {told}")
    gone = time.monotonic() - begun
    keep(order.folder, stepper, gone)
    return gone


def keep(folder: Path, stepper: Stepper, seconds: float) -> None:
    fresh = folder / f"{STATE}.part"
    try:
        torch.save({**stepper.state(), "seconds": seconds}, fresh)
        os.replace(fresh, folder / STATE)
    except (OSError, RuntimeError) as error:
        raise StorageError(f"{folder} cannot be written to ({error}).") from error


def restore(folder: Path, stepper: Stepper) -> float:
    """Put back what `keep` wrote; the seconds that training has taken so far."""
    path = folder / STATE
    if not path.is_file():
        raise BadOptionError(
            f"{folder} holds no training to go on with.", "Leave out --resume.", "resume"
        )
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        stepper.load(state)
        return float(state["seconds"])
    except Exception as error:  # what bent bytes raise is anything
        raise BadOptionError(f"{path} is no state of this training.", field="output") from error


def _check(order: Order) -> None:
    if not 0 < order.minutes <= order.total_minutes:
        raise BadOptionError(
            "The minutes of a run must be more than 0 and at most those of all runs.",
            field="minutes",
        )
    if not order.resumes and (order.folder / STATE).exists():
        raise BadOptionError(
            f"{order.folder} holds a training already.",
            "Go on with it by --resume, or choose another folder.",
            "output",
        )
    try:
        order.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{order.folder} cannot be made ({error}).") from error


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def order_of(arguments: list[str]) -> Order:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mocap", type=Path, required=True)
    parser.add_argument("--performances", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--total-minutes", type=float)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--batch", type=int, default=Order.batch)
    parser.add_argument("--divergence", type=float, default=Order.divergence)
    parser.add_argument("--dropout", type=float, default=Order.dropout)
    asked = parser.parse_args(arguments)
    return Order(
        asked.mocap,
        asked.output,
        asked.minutes,
        asked.total_minutes or asked.minutes,
        asked.performances,
        asked.resume,
        asked.batch,
        divergence=asked.divergence,
        dropout=asked.dropout,
    )


if __name__ == "__main__":
    main(order_of(sys.argv[1:]))

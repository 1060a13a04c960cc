# SPDX-License-Identifier: Apache-2.0
"""Trains the embedded video prior: `kinora train clipart-prior --output FOLDER --minutes N`.

A run goes on where the last one was cut off, if asked to.
"""

from __future__ import annotations

import argparse
import os
import queue
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from ....shared.errors import BadOptionError, StorageError
from .captions import Captions, read_captions, write_captions
from .lessons import SHEET, Sheet, drawn, stream
from .network import ScoreNetwork
from .pool import Pool
from .steps import Stepper

STATE, WEIGHTS, CAPTIONS = "training.pt", "clipart_prior.safetensors", "captions.npz"
SAVED, SAID = 60.0, 15.0
"""Seconds between states on disk, and between lines."""
ASKED = 20
"""Steps between looks at the clock."""
DRAWN = 5
"""Steps after which a sheet may come in."""
FIRST = 2048
"""Clips that are there before the first step."""
ROOM_GPU, ROOM_CPU = 49152, 2048


@dataclass(frozen=True)
class Order:
    """`minutes` of this run; all runs together take `total_minutes`. `captions` is a file of
    `captions.write_captions`, made in the folder if None."""

    folder: Path
    minutes: float
    total_minutes: float
    captions: Path | None = None
    resumes: bool = False
    batch: int = 128
    rate: float = 1.5e-3
    seed: int = 0


def main(order: Order) -> None:
    """Train and write the weights, averaged over the last steps, to `clipart_prior.safetensors`.

    Raises BadOptionError, MissingWeightsError, StorageError.
    """
    _check(order)
    torch.manual_seed(order.seed)
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.benchmark = True
    state = read_state(order.folder) if order.resumes else None
    captions = _captions(order)
    on_gpu = torch.cuda.device_count() > 0
    # Processes start before CUDA does: it does not survive in them.
    seed = order.seed + (0 if state is None else state["taken"])
    coming = _ahead(stream(captions, seed, SHEET if on_gpu else order.batch))
    device = torch.device("cuda" if on_gpu else "cpu")
    words = torch.from_numpy(captions.vectors).to(device)
    pool = Pool(ROOM_GPU if on_gpu else ROOM_CPU, words)
    network = ScoreNetwork().to(device)
    stepper = Stepper(network, pool, order.batch, order.rate)
    spent = 0.0
    if state is not None:
        spent = restore(order.folder, state, stepper)
    begun = time.monotonic()
    while pool.seen < (FIRST if on_gpu else order.batch):
        pool.add(drawn(coming.get(), device))
    _say(f"{pool.seen} clips in {time.monotonic() - begun:.1f} s")
    spent = _learn(order, stepper, pool, coming, spent)
    save(order.folder, stepper)
    _say(f"{stepper.taken} steps of {order.batch} in {spent / 60:.1f} minutes, {pool.seen} clips")


def _learn(
    order: Order, stepper: Stepper, pool: Pool, coming: queue.Queue[Sheet], spent: float
) -> float:
    """Step until the minutes are over; the seconds that all runs have taken."""
    device = pool.words.device
    on_gpu = device.type == "cuda"
    now = time.monotonic()
    begun, saved, said = now - spent, now, now
    end = min(60 * order.total_minutes, spent + 60 * order.minutes)
    while (gone := time.monotonic() - begun) < end:
        stepper.share = gone / (60 * order.total_minutes)
        for number in range(ASKED):
            stepper.step()
            if number % DRAWN == 0 and not coming.empty():
                pool.add(drawn(coming.get(), device))
        if on_gpu:
            torch.cuda.synchronize()
        now = time.monotonic()
        if now - said > SAID:
            said = now
            told = " ".join(f"{error:.3f}" for error in stepper.figures())
            _say(f"{now - begun:5.0f} s {stepper.taken:6d} steps {pool.seen:7d} clips  {told}")
        if now - saved > SAVED:
            saved = now
            keep(order.folder, stepper, now - begun)
            save(order.folder, stepper)
    gone = time.monotonic() - begun
    keep(order.folder, stepper, gone)
    return gone


def _ahead(sheets: Iterator[Sheet]) -> queue.Queue[Sheet]:
    """Sheets as they come, fetched by a thread so that training need not wait for them."""
    waiting: queue.Queue[Sheet] = queue.Queue(maxsize=16)

    def fetch() -> None:
        for made in sheets:
            waiting.put(made)

    threading.Thread(target=fetch, daemon=True).start()
    return waiting


def _captions(order: Order) -> Captions:
    path = order.captions or order.folder / CAPTIONS
    if not path.is_file():
        write_captions(path, order.seed)
    return read_captions(path)


def save(folder: Path, stepper: Stepper) -> None:
    """Write the averaged weights in half precision. Raises StorageError."""
    weights = {
        name: value.half().contiguous()
        for name, value in stepper.mean_network().state_dict().items()
    }
    fresh = folder / f"{WEIGHTS}.part"
    try:
        save_file(weights, fresh)
        os.replace(fresh, folder / WEIGHTS)
    except OSError as error:
        raise StorageError(f"{folder} cannot be written to ({error}).") from error


def keep(folder: Path, stepper: Stepper, seconds: float) -> None:
    """Write all that going on needs. Raises StorageError."""
    fresh = folder / f"{STATE}.part"
    try:
        torch.save({**stepper.state(), "seconds": seconds}, fresh)
        os.replace(fresh, folder / STATE)
    except (OSError, RuntimeError) as error:
        raise StorageError(f"{folder} cannot be written to ({error}).") from error


def read_state(folder: Path) -> dict[str, Any]:
    """What `keep` wrote, in main memory. Raises BadOptionError."""
    path = folder / STATE
    if not path.is_file():
        raise BadOptionError(
            f"{folder} holds no training to go on with.", "Leave out --resume.", "resume"
        )
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        return {**state, "taken": int(state["taken"])}
    except Exception as error:  # what bent bytes raise is anything
        raise BadOptionError(f"{path} is no state of this training.", field="output") from error


def restore(folder: Path, state: dict[str, Any], stepper: Stepper) -> float:
    """Put back what was kept; the seconds that training has taken so far. Raises BadOptionError."""
    try:
        stepper.load(state)
        return float(state["seconds"])
    except (KeyError, RuntimeError, ValueError, TypeError) as error:
        raise BadOptionError(
            f"{folder / STATE} is no state of this training.", field="output"
        ) from error


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
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--captions", type=Path)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--total-minutes", type=float)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--batch", type=int, default=Order.batch)
    parser.add_argument("--rate", type=float, default=Order.rate)
    asked = parser.parse_args(arguments)
    return Order(
        asked.output,
        asked.minutes,
        asked.total_minutes or asked.minutes,
        asked.captions,
        asked.resume,
        asked.batch,
        asked.rate,
    )


if __name__ == "__main__":
    main(order_of(sys.argv[1:]))

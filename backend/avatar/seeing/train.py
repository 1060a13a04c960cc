# SPDX-License-Identifier: Apache-2.0
"""Trains the embedded encoder on scenes drawn as it learns: `kinora train encoder`.

Runs alone or, with one process for each GPU, under torchrun. Every run goes on where the last one
was cut off, if asked to.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError

from ....shared.errors import BadOptionError, GpuMemoryError, StorageError
from ...kit.body import load_body_model
from ...kit.encoders import embedded, minilm
from ...kit.encoders.blocks import HEAD_WIDTH
from ...kit.encoders.embedded import EmbeddedEncoder
from ...kit.encoders.tower import TowerPlan
from ..scenes.wardrobe import build
from . import checkpoint, materials, ranks
from .ahead import ahead
from .checkpoint import Progress
from .course import Course, attend
from .lesson import Lesson
from .measure import Extent, Measured, measure, table, write
from .ranks import Rank
from .source import Sheets, drawn, plan_of, stream, worker_count
from .student import Student, new_student

TABLE = "measures.csv"
JUDGE_SEED = 1971
SMALL = Extent(galleries=1, choices=16)
"""How much is measured where there is no GPU."""


@dataclass(frozen=True)
class Order:
    """What was asked for.

    `folder` keeps the training's state and curves, and `materials` what it is made from; this run
    trains for `minutes`, all runs together for `total_minutes`, preparations aside.
    """

    folder: Path
    materials: Path
    minutes: float
    total_minutes: float
    resumes: bool = False
    batch: int = 256
    seed: int = 0
    mocap: Path | None = None
    """Motion capture whose poses are learnt too."""
    only: tuple[str, ...] | None = None
    """Parts of the wardrobe to make; None makes all."""
    width: int = TowerPlan.width
    depth: int = TowerPlan.depth
    """The tower's."""


def judge_order(folder: Path, minutes: float, mocap: Path | None) -> Order:
    """For an encoder that benchmarks judge by what the shipped one has guided: the same kind of
    scenes, but other ones, and another network."""
    materials = folder / "materials"
    return Order(
        folder, materials, minutes, minutes, seed=JUDGE_SEED, mocap=mocap, width=192, depth=7
    )


def main(order: Order) -> None:
    """Train, and write the weights so far, averaged over the last steps, to the order's folder.

    Raises BadOptionError, GpuMemoryError, MissingWeightsError, StorageError.
    """
    started = time.monotonic()
    rank = ranks.this_rank()
    state = checkpoint.read(order.folder) if order.resumes else None
    _check(order, rank)
    # Tokenizers must not start threads in processes that are about to be forked.
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    torch.set_float32_matmul_precision("high")
    if rank.count == 1:
        materials.prepare(order.materials, order.mocap)
    made = materials.load(order.materials)
    world = made.world(only=order.only)
    # Processes start before CUDA does: it does not survive in them.
    sheets = Sheets(
        world, order.materials / materials.TOKENIZER, (order.seed, rank.number), order.batch
    )
    first = 0 if state is None else int(state["step"])
    coming = stream(sheets, worker_count(rank.count), first)
    wardrobe = build(
        load_body_model(), made.basis, made.poses, _processes(rank), order.only, rank.device
    )
    with ranks.joined(rank):
        plan = replace(plan_of(world), width=order.width, depth=order.depth)
        student = new_student(plan, rank.device, order.seed, rank.device.type == "cuda")
        before = Progress(0.0, 0.0, 0)
        if state is not None:
            before = checkpoint.restore(order.folder, state, student)
        precision = torch.bfloat16 if rank.device.type == "cuda" else torch.float32
        network = minilm.load_minilm(order.materials / materials.MINILM, rank.device, precision)
        _say(rank, f"prepared in {time.monotonic() - started:.0f} s; {_size(student)}")
        begun = time.monotonic()
        course = Course(
            order.folder,
            60 * order.minutes,
            60 * order.total_minutes,
            lambda: time.monotonic() - begun,
            order.seed,
        )
        lessons = ahead(lambda: drawn(next(coming), wardrobe, plan.pixels), rank.device)
        with closing(lessons):
            done = _attend(course, student, network, lessons, rank, before)
    if not rank.leads:
        return
    save(student, order.folder)
    _say(
        rank,
        f"{done.pictures} pictures in {done.seconds / 60:.1f} minutes, "
        f"{100 * done.share:.0f} % of the training",
    )
    tokenizer = minilm.load_tokenizer(order.materials / materials.TOKENIZER)
    encoder = EmbeddedEncoder(
        student.mean_tower.eval(), student.mean_head.eval(), minilm.TokenReader(tokenizer, network)
    )
    if order.only is None:
        measured = Measured(encoder, made.world(training=False), wardrobe)
        _report(measured, Extent() if rank.device.type == "cuda" else SMALL, order.folder)


def _attend(
    course: Course, student: Student, network: minilm.MiniLM, lessons: Iterable[Lesson],
    rank: Rank, before: Progress,
) -> Progress:  # fmt: skip
    try:
        return attend(course, student, network, lessons, rank, before)
    except torch.OutOfMemoryError as error:
        raise GpuMemoryError(
            "The memory of the GPU does not hold such a batch.",
            "Choose a smaller --batch, and --resume if a minute or more had been learnt.",
        ) from error


def _report(measured: Measured, extent: Extent, folder: Path) -> None:
    """Measure, and say it last."""
    rows = measure(measured, extent)
    write(rows, folder / TABLE)
    sys.stdout.write(f"{table(rows)}\n")
    sys.stdout.flush()


def save(student: Student, folder: Path) -> None:
    """Write the two files of the encoder. Raises StorageError."""
    try:
        embedded.save_embedded(
            student.mean_tower,
            student.mean_head,
            folder / embedded.PICTURES.name,
            folder / embedded.SENTENCES.name,
        )
    except (OSError, SafetensorError) as error:
        raise StorageError(f"{folder} cannot be written to ({error}).") from error


def _check(order: Order, rank: Rank) -> None:
    if not 0 < order.minutes <= order.total_minutes:
        raise BadOptionError(
            "The minutes of a run must be more than 0 and at most those of all runs.",
            field="minutes",
        )
    if order.batch < 16 or order.batch % 8:
        raise BadOptionError("A batch is of 16 pictures or more, by eights.", field="batch")
    if order.width < HEAD_WIDTH or order.width % HEAD_WIDTH or order.depth < 1:
        raise BadOptionError(
            f"A tower is some times {HEAD_WIDTH} wide and has a layer at least.", field="width"
        )
    if rank.count > 1 and not (order.materials / materials.MINILM).exists():
        raise BadOptionError(
            f"{order.materials} does not hold what several processes train with.",
            "Train for a minute in one process first.",
            "materials",
        )
    if not order.resumes and (order.folder / checkpoint.STATE).exists():
        raise BadOptionError(
            f"{order.folder} holds a training already.",
            "Go on with it by --resume, or choose another folder.",
            "output",
        )
    try:
        order.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{order.folder} cannot be made ({error}).") from error


def _processes(rank: Rank) -> int:
    return max(1, (os.cpu_count() or 1) // rank.count)


def _size(student: Student) -> str:
    tower, head = (
        sum(value.numel() for value in part.parameters()) for part in (student.tower, student.head)
    )
    return f"tower {tower / 1e6:.2f} M, text head {head / 1e6:.2f} M weights"


def _say(rank: Rank, line: str) -> None:
    if rank.leads:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

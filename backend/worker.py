# SPDX-License-Identifier: Apache-2.0
"""A child process that runs one job after another on one device and reports over a pipe.

Started by `executors/local.py` as `python -m kinora.backend.worker FOLDER SYSTEMS DEVICE [cold]`.
It may be killed at any moment: what it leaves is written aside and renamed.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
import os
import queue
import shutil
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from ..shared import wire
from ..shared.errors import BadMessageError, BadOptionError, BadResultError, JobCancelledError
from ..shared.folders import check_space, is_plain_name, is_result_name
from ..shared.messages import (
    Device,
    Failed,
    FetchedResult,
    Finished,
    JobId,
    Preview,
    Progress,
    Submit,
)
from ..shared.results import CoarseMesh, Media, Result
from .catalog import listed_systems
from .faults import is_lasting, translate
from .frames import map_file, read_stream, write_file, write_stream
from .orders import ORDERS, Ready, RunJob, StopJob
from .store import CHECKPOINT, FILES, JOBS, REQUEST, RESULT
from .system import System

log = logging.getLogger("kinora.worker")
REPORTS_PER_SECOND = 20
PREVIEWS_PER_SECOND = 2
MAX_PREVIEW_BYTES = 4 << 20
PR_SET_PDEATHSIG = 1
NEEDED_BYTES = 64 << 20
"""Asked for before a job is computed, which may take long: a few times what its files take."""


@dataclass
class Allowance:
    """Lets through so many things a second, with as many at once."""

    per_second: float
    left: float = 0.0
    since: float = field(default_factory=time.monotonic)

    def take(self) -> bool:
        now = time.monotonic()
        self.left = min(self.per_second, self.left + (now - self.since) * self.per_second)
        self.since = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Channel:
    """The pipe to the server. Orders arrive on a thread of their own, so that a stop is heard."""

    def __init__(self, orders: BinaryIO, reports: BinaryIO) -> None:
        self._orders = orders
        self._reports = reports
        self._sent = 0
        self.waiting: queue.SimpleQueue[RunJob] = queue.SimpleQueue()
        self.stopped: set[JobId] = set()
        self.kept: set[JobId] = set()
        """Jobs that shall end with the best so far."""

    def listen(self) -> None:
        """Ends the process with the server: nobody else would read the result."""
        while (frames := read_stream(self._orders)) is not None:
            order = wire.decode(frames, ORDERS).message
            if isinstance(order, StopJob):
                (self.kept if order.keeps_best else self.stopped).add(order.job_id)
            elif isinstance(order, RunJob):
                if order.keeps_best:
                    self.kept.add(order.job_id)
                self.waiting.put(order)
        os._exit(0)

    def send(self, report: object) -> None:
        self._sent += 1
        try:
            write_stream(self._reports, wire.encode(report, self._sent))
        except BrokenPipeError:
            os._exit(0)


class JobRun:
    """The `Run` that a pipeline gets (`system.py`). `home` is the job's own folder."""

    def __init__(self, channel: Channel, job_id: JobId, device: str, home: Path) -> None:
        self.device = device
        self.home = home
        self.folder = home / FILES
        self.checkpoint = home / CHECKPOINT
        self._channel = channel
        self._job_id = job_id
        self._reports = Allowance(REPORTS_PER_SECOND, REPORTS_PER_SECOND)
        self._previews = Allowance(PREVIEWS_PER_SECOND, PREVIEWS_PER_SECOND)

    def report(self, fraction: float, note: str, preview: Media | CoarseMesh | None = None) -> None:
        self.check_cancelled()
        if self._reports.take():
            share = min(1.0, max(0.0, float(fraction)))
            self._channel.send(Progress(self._job_id, share, note))
        if preview is not None and self._previews.take():
            message = Preview(self._job_id, preview)
            if sum(map(len, wire.encode_body(message))) <= MAX_PREVIEW_BYTES:
                self._channel.send(message)

    def check_cancelled(self) -> None:
        if self._job_id in self._channel.stopped:
            raise JobCancelledError("The job was cancelled.")

    def stops(self) -> bool:
        return self._job_id in self._channel.kept

    def result_folder(self, job_id: JobId) -> Path:
        home = self.home.with_name(job_id)
        # The worker leaves the result before the job counts as finished, so it is asked for last.
        if not is_plain_name(job_id) or not (home / RESULT).is_file():
            raise BadOptionError(
                f"There is no finished job {job_id[:40]} to go on from.",
                "Choose one that `kinora jobs` lists as finished.",
            )
        return home / FILES


def work(order: RunJob, system: System, run: JobRun, channel: Channel) -> bool:
    """Run one job and report how it ended, whatever happens in its pipeline.

    Returns whether this process can run another one.
    """
    is_fit = True
    try:
        report: object = _work(order, system, run)
    except Exception as error:
        ours = translate(error)
        if not isinstance(ours, JobCancelledError):
            log.exception("job %s failed", order.job_id)
        where = ours.field if isinstance(ours, BadOptionError) else ""
        report = Failed(order.job_id, ours.code, ours.message, ours.hint, where)
        is_fit = not is_lasting(error)
    channel.send(report)
    return is_fit


def _work(order: RunJob, system: System, run: JobRun) -> Finished:
    started = time.monotonic()
    if order.device != "auto":
        run.device = find_device(order.device)
    check_space(run.home.parents[2], NEEDED_BYTES)
    request: Submit = wire.decode_body(Submit, map_file(run.home / REQUEST))
    params = system.load_params()(**request.values)
    shutil.rmtree(run.folder, ignore_errors=True)
    run.folder.mkdir()
    run.checkpoint.mkdir(exist_ok=True)
    run.check_cancelled()
    result = system.load_pipeline()(params, run)
    run.check_cancelled()
    write_result(run.home / RESULT, order.job_id, result)
    paths = sorted(path for path in run.folder.rglob("*") if path.is_file())
    names = tuple(filter(is_result_name, (p.relative_to(run.folder).as_posix() for p in paths)))
    kind: Any = type(result).__name__
    return Finished(order.job_id, kind, names, time.monotonic() - started)


def write_result(path: Path, job_id: JobId, result: Result) -> None:
    """Check the result, then leave it as the frames that will be sent. Raises `BadResultError`."""
    result.check()
    try:
        frames = wire.encode_body(FetchedResult(job_id, result))
        wire.decode_body(FetchedResult, frames)
    except (BadMessageError, TypeError) as error:
        raise BadResultError(f"The result cannot be sent: {error}") from error
    write_file(path, frames)


def find_device(wanted: Device) -> str:
    """ "cpu" or "cuda". Raises `BadOptionError` where a GPU is wanted and there is none."""
    if wanted == "cpu":
        return "cpu"
    has_gpu = bool(importlib.import_module("torch").cuda.is_available())
    if wanted == "cuda" and not has_gpu:
        raise BadOptionError(
            "The backend finds no CUDA device.", "Use the CPU, or see `kinora doctor`.", "device"
        )
    return "cuda" if has_gpu else "cpu"


def preload(systems: dict[str, System], device: str) -> None:
    """Bring every system's models into memory. What cannot be loaded fails its own jobs only."""
    for system in systems.values():
        try:
            system.load_models()(device)
        except Exception:
            log.exception("the models of %s could not be loaded ahead", system.name)


def free_gpu() -> None:
    """Give back what the last job's tensors took: other programs draw with the same GPU."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def die_with_parent() -> None:
    """Linux ends this process with the server even while a library holds the interpreter."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def take_pipe() -> tuple[BinaryIO, BinaryIO]:
    """The pipe, moved out of the way of libraries that print."""
    reports = os.fdopen(os.dup(1), "wb")
    orders = os.fdopen(os.dup(0), "rb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return orders, reports


def main(store: str, module: str, wanted: Device, temper: str = "warm") -> None:
    """`temper` is "cold" when loading models ahead has killed earlier workers."""
    die_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    # Ctrl+C in a terminal reaches the whole group; the server decides what ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = Channel(*take_pipe())
    threading.Thread(target=channel.listen, daemon=True).start()
    systems = {system.name: system for system in listed_systems(module)}
    device = find_device(wanted)
    if temper == "warm":
        preload(systems, device)
    channel.send(Ready(device))
    while True:
        order = channel.waiting.get()
        home = Path(store) / JOBS / order.job_id
        run = JobRun(channel, order.job_id, device, home)
        if not work(order, systems[order.system], run, channel):
            return
        free_gpu()


if __name__ == "__main__":
    main(*sys.argv[1:])  # type: ignore[arg-type]

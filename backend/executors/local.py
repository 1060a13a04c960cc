# SPDX-License-Identifier: Apache-2.0
"""Workers as child processes of the server, one per device."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import zmq

from ...shared import wire
from ...shared.messages import Device, JobId
from ..frames import read_stream, write_stream
from ..orders import REPORTS, Ready, RunJob, StopJob

log = logging.getLogger("kinora.executor")
INBOX = "inproc://reports"
WORKER = f"{__name__.rsplit('.', 2)[0]}.worker"
COLD_AFTER = 3
"""So many workers dead before they were ready: the next one loads no models ahead."""
HOPELESS_AFTER = 6


@dataclass(frozen=True)
class Plan:
    """What a worker is started with."""

    store: Path
    systems: str
    device: Device


@dataclass
class Worker:
    number: int
    slot: int
    process: subprocess.Popen[bytes]
    device: str = "starting"
    job_id: JobId | None = None
    sent: int = 0


@dataclass(frozen=True)
class Report:
    """What a worker said; None when it has died instead."""

    worker: Worker
    message: object | None


class LocalExecutor:
    """Starts workers, hands them jobs, and replaces those that die."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], plan: Plan) -> None:
        self._context = context
        self._plan = plan
        self._gpus = visible_gpus() if plan.device != "cpu" else []
        self._made = 0
        self._early_deaths = 0
        self._threads: list[threading.Thread] = []
        self.workers: dict[int, Worker] = {}
        self.inbox = context.socket(zmq.PULL)
        self.inbox.bind(INBOX)

    @property
    def is_hopeless(self) -> bool:
        """Whether workers die before their first job, again and again."""
        return self._early_deaths >= HOPELESS_AFTER

    def start(self) -> None:
        """Fill every slot that has no worker."""
        taken = {worker.slot for worker in self.workers.values()}
        for slot in range(max(1, len(self._gpus))):
            if slot not in taken:
                self._start_worker(slot)

    def try_again(self) -> None:
        self._early_deaths = min(self._early_deaths, COLD_AFTER)
        self.start()

    def idle(self) -> Worker | None:
        """A worker that is ready and has nothing to do."""
        for worker in self.workers.values():
            if worker.device != "starting" and worker.job_id is None:
                return worker
        return None

    def working_on(self, job_id: JobId) -> Worker | None:
        return next((w for w in self.workers.values() if w.job_id == job_id), None)

    def run(self, worker: Worker, order: RunJob) -> None:
        worker.job_id = order.job_id
        self._send(worker, order)

    def stop(self, worker: Worker, keeps_best: bool = False) -> None:
        """Ask the worker to give up its job at its next step, or to end it with the best so far."""
        if worker.job_id is not None:
            self._send(worker, StopJob(worker.job_id, keeps_best))

    def kill(self, worker: Worker) -> None:
        """End the process now; a report of its death follows."""
        worker.process.kill()

    def receive(self) -> Report | None:
        """The next report, or None when there is none yet."""
        try:
            head, *frames = self.inbox.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return None
        worker = self.workers[int(head)]
        if not frames:
            self._bury(worker)
            return Report(worker, None)
        message = wire.decode(frames, REPORTS).message
        if isinstance(message, Ready):
            worker.device = message.device
            self._early_deaths = 0
        return Report(worker, message)

    def close(self) -> None:
        for worker in self.workers.values():
            worker.process.kill()
        for worker in self.workers.values():
            worker.process.wait()
        for thread in self._threads:
            while thread.is_alive():  # It may wait for room in the inbox.
                self._drop_reports()
                thread.join(0.01)
        self.inbox.close(linger=0)

    def _drop_reports(self) -> None:
        with contextlib.suppress(zmq.Again):
            while True:
                self.inbox.recv_multipart(zmq.NOBLOCK)

    def _start_worker(self, slot: int) -> None:
        self._made += 1
        temper = "cold" if self._early_deaths >= COLD_AFTER else "warm"
        plan = self._plan
        environment = dict(os.environ)
        if len(self._gpus) > 1:
            environment["CUDA_VISIBLE_DEVICES"] = self._gpus[slot]
        process = subprocess.Popen(
            [sys.executable, "-m", WORKER, str(plan.store), plan.systems, plan.device, temper],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        worker = Worker(self._made, slot, process)
        self.workers[worker.number] = worker
        thread = threading.Thread(target=self._pass_on, args=(worker,), daemon=True)
        self._threads = [each for each in self._threads if each.is_alive()] + [thread]
        thread.start()

    def _pass_on(self, worker: Worker) -> None:
        """On a thread: from the worker's pipe to the server's loop, until the pipe ends."""
        outbox = self._context.socket(zmq.PUSH)
        outbox.connect(INBOX)
        head = str(worker.number).encode()
        if worker.process.stdout is not None:
            while frames := read_stream(worker.process.stdout):  # type: ignore[arg-type]
                outbox.send_multipart([head, *frames])
        outbox.send(head)
        outbox.close(linger=1000)

    def _send(self, worker: Worker, order: object) -> None:
        worker.sent += 1
        try:
            if worker.process.stdin is not None:
                write_stream(worker.process.stdin, wire.encode(order, worker.sent))  # type: ignore[arg-type]
        except OSError:
            log.info("worker %d is gone", worker.process.pid)  # Its death is reported as well.

    def _bury(self, worker: Worker) -> None:
        del self.workers[worker.number]
        worker.process.kill()
        code = worker.process.wait()
        log.info("worker %d ended with %d", worker.process.pid, code)
        if worker.device == "starting":
            self._early_deaths += 1


def visible_gpus() -> list[str]:
    """The CUDA devices of this machine as CUDA_VISIBLE_DEVICES would name them, without torch."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return [name.strip() for name in chosen.split(",") if name.strip()]
    folder = Path("/dev")
    names = sorted(p.name for p in folder.glob("nvidia*")) if folder.is_dir() else []
    return _numbers(names)


def _numbers(names: Sequence[str]) -> list[str]:
    return [match[1] for name in names if (match := re.fullmatch(r"nvidia(\d+)", name))]

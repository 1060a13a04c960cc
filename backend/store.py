# SPDX-License-Identifier: Apache-2.0
"""What survives a crash: a row for every job in SQLite and a folder with its bytes beside it.

store-N/ jobs.sqlite           rows (write-ahead log); N is the protocol
         lock                  held by the one server that works here
         jobs/ID/              request.frames, result.frames, files/; checkpoint/ until it has ended
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import BinaryIO, cast

from ..shared import wire
from ..shared.errors import StorageError, UnknownJobError
from ..shared.folders import is_result_name, make_folder
from ..shared.messages import (
    PROTOCOL,
    Device,
    FetchedFiles,
    FetchedOptions,
    JobId,
    JobRow,
    State,
    Submit,
)
from ..shared.results import Kind, Media
from .faults import translate
from .frames import map_file, write_file

DEFAULT_LIMIT_BYTES = 20 << 30
LOCK_PLACE = 1 << 30
JOBS, REQUEST, RESULT = "jobs", "request.frames", "result.frames"
FILES, CHECKPOINT = "files", "checkpoint"


@dataclass(frozen=True)
class Job:
    """A row. Times are seconds since 1970; `number` orders the queue."""

    job_id: JobId
    number: int
    system: str
    title: str
    device: Device
    created: float
    state: State = "queued"
    started: float | None = None
    ended: float | None = None
    starts: int = 0
    crashes: int = 0
    keeps_best: bool = False
    """Whether it was told to stop with the best so far."""
    kind: Kind | None = None
    files: tuple[str, ...] = ()
    seconds: float = 0.0
    bytes: int = 0
    pinned: bool = False
    code: str = ""
    message: str = ""
    hint: str = ""
    field: str = ""

    @property
    def row(self) -> JobRow:
        return JobRow(
            job_id=self.job_id,
            system=self.system,
            title=self.title,
            state=self.state,
            created=self.created,
            started=self.started,
            ended=self.ended,
            fraction=1.0 if self.state == "finished" else 0.0,
            kind=self.kind,
            bytes=self.bytes,
            pinned=self.pinned,
            code=self.code,
            message=self.message,
        )


COLUMNS = tuple(field.name for field in fields(Job))


class Store:
    """The rows and folders of one data folder; belongs to one thread of one server."""

    def __init__(self, data: Path, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        """Raises `StorageError` where another server works or nothing can be written."""
        self.folder = make_folder(data / f"store-{PROTOCOL}")
        self.limit_bytes = limit_bytes
        self._lock = _lock(self.folder / "lock")
        make_folder(self.folder / JOBS)
        try:
            self._rows = self._open()
        except sqlite3.Error as error:
            self._lock.close()
            raise translate(error) from error
        self._next_number = 1 + int(
            self._rows.execute("SELECT coalesce(max(number), 0) FROM jobs").fetchone()[0]
        )

    def _open(self) -> sqlite3.Connection:
        rows = sqlite3.connect(
            self.folder / "jobs.sqlite", isolation_level=None, check_same_thread=False
        )
        rows.execute("PRAGMA journal_mode = WAL")
        rows.execute("PRAGMA synchronous = FULL")
        rows.execute(
            f"CREATE TABLE IF NOT EXISTS jobs ({', '.join(COLUMNS)}, PRIMARY KEY (job_id))"
        )
        rows.execute("CREATE INDEX IF NOT EXISTS by_number ON jobs (number)")
        return rows

    def close(self) -> None:
        self._rows.close()
        self._lock.close()

    def job_folder(self, job_id: JobId) -> Path:
        """Of a job that has a row: no name from the wire becomes a path."""
        return self.folder / JOBS / job_id

    def add(self, job: Job, request: Submit) -> Job:
        """Keep a new job, first its bytes and then its row; returns it with its number."""
        numbered = replace(job, number=self._next_number)
        folder = make_folder(self.job_folder(job.job_id))
        try:
            write_file(folder / REQUEST, wire.encode_body(request))
            self._write(numbered)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._next_number += 1
        return numbered

    def update(self, job: Job) -> None:
        self._write(job)

    def get(self, job_id: JobId) -> Job:
        """Raises `UnknownJobError`."""
        found = self._select("WHERE job_id = ?", (job_id,))
        if not found:
            raise UnknownJobError(f'There is no job "{job_id[:40]}".')
        return found[0]

    def pin(self, job_id: JobId, pinned: bool) -> None:
        self._write(replace(self.get(job_id), pinned=pinned))

    def newest(self, limit: int) -> list[Job]:
        return self._select("ORDER BY number DESC LIMIT ?", (limit,))

    def unfinished(self) -> list[Job]:
        """What a killed server left, in the order of the queue."""
        return self._select("WHERE state IN ('queued', 'running') ORDER BY number", ())

    def result_frames(self, job: Job) -> list[memoryview]:
        """The body and arrays of `FetchedResult`, to be sent as they are."""
        if job.state != "finished":
            raise UnknownJobError(
                f"The job {job.job_id} has no result: it is {job.state}.", "Wait until it ends."
            )
        return map_file(self.job_folder(job.job_id) / RESULT)

    def files(self, job: Job) -> FetchedFiles:
        """Everything the job left."""
        folder = self.job_folder(job.job_id) / FILES
        found = []
        for name in job.files:
            if is_result_name(name) and (folder / name).is_file():
                found.append(Media.of(name, (folder / name).read_bytes()))
        return FetchedFiles(job.job_id, tuple(found))

    def options(self, job: Job) -> FetchedOptions:
        """What the job was asked for; the bytes of files are left out."""
        frames = map_file(self.job_folder(job.job_id) / REQUEST)
        request = cast(Submit, wire.decode_body(Submit, frames))
        values = {n: v for n, v in request.values.items() if not isinstance(v, Media)}
        return FetchedOptions(job.job_id, request.system, values)

    def forget_checkpoint(self, job_id: JobId) -> None:
        """Of a job that has ended."""
        shutil.rmtree(self.job_folder(job_id) / CHECKPOINT, ignore_errors=True)

    def size(self, job_id: JobId) -> int:
        """Bytes on the disk."""
        files = self.job_folder(job_id).rglob("*")
        return sum(path.stat().st_size for path in files if path.is_file())

    def make_room(self) -> list[JobId]:
        """Forget the oldest unpinned results until the rest fits the limit; the newest stays."""
        ended = self._select("WHERE state NOT IN ('queued', 'running') ORDER BY number", ())
        total = sum(job.bytes for job in ended)
        gone: list[JobId] = []
        for job in ended[:-1]:
            if total <= self.limit_bytes:
                break
            if not job.pinned:
                self._rows.execute("DELETE FROM jobs WHERE job_id = ?", (job.job_id,))
                shutil.rmtree(self.job_folder(job.job_id), ignore_errors=True)
                total -= job.bytes
                gone.append(job.job_id)
        return gone

    def _write(self, job: Job) -> None:
        values = [getattr(job, name) for name in COLUMNS]
        values[COLUMNS.index("files")] = json.dumps(job.files)
        marks = ", ".join("?" * len(COLUMNS))
        self._rows.execute(f"INSERT OR REPLACE INTO jobs VALUES ({marks})", values)

    def _select(self, rest: str, values: Sequence[object]) -> list[Job]:
        rows = self._rows.execute(f"SELECT {', '.join(COLUMNS)} FROM jobs {rest}", values)
        found = []
        for row in rows:
            named = dict(zip(COLUMNS, row, strict=True))
            named["files"] = tuple(json.loads(named["files"]))
            for name in ("pinned", "keeps_best"):
                named[name] = bool(named[name])
            found.append(Job(**named))
        return found


def _lock(path: Path) -> BinaryIO:
    """Hold the store until this process ends, however it ends. Raises `StorageError`."""
    file = cast(BinaryIO, open(path, "a+b"))  # noqa: SIM115 - held as long as the server lives
    try:
        _lock_file(file)
    except OSError as error:
        file.close()
        raise StorageError(
            "A Kinora server of this user is running already.",
            "Use it, or end it first; `kinora jobs` shows what it does.",
        ) from error
    return file


def _lock_file(file: BinaryIO) -> None:
    if sys.platform == "win32":
        import msvcrt

        file.seek(LOCK_PLACE)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

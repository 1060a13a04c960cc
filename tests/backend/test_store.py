# SPDX-License-Identifier: Apache-2.0
"""Rows and bytes on the disk: kept, given room, and faults said in words."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from kinora.backend import faults
from kinora.backend.frames import map_file, write_file
from kinora.backend.jobs import MAX_STARTS, Queue
from kinora.backend.store import Job, Store
from kinora.shared import errors
from kinora.shared.messages import Failed, Finished, JobId, Progress, Submit

REQUEST = Submit("trial", {"prompt": "walk"})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "data")
    yield opened
    opened.close()


def finished_job(queue: Queue, size: int) -> JobId:
    """A job that has left so many bytes."""
    job = queue.submit(REQUEST, "walk")
    queue.start_next()
    files = queue.store.job_folder(job.job_id) / "files"
    files.mkdir()
    (files / "avatar.glb").write_bytes(bytes(size))
    queue.finish(Finished(job.job_id, "Character", ("avatar.glb",), 1.0))
    return job.job_id


def test_a_row_comes_back_whole(store: Store) -> None:
    job = store.add(Job(JobId("a1"), 0, "trial", "🤖", "cuda", 12.5), REQUEST)
    job = Job(**{**vars(job), "files": ("a", "b"), "pinned": True, "kind": "Character"})
    store.update(job)
    assert store.get(JobId("a1")) == job


def test_jobs_are_in_the_order_in_which_they_came(store: Store) -> None:
    queue = Queue(store)
    jobs = [queue.submit(REQUEST, "").job_id for _ in range(12)]
    assert [job.job_id for job in store.unfinished()] == jobs
    assert [row.job_id for row in queue.rows(3)] == jobs[:-4:-1]
    assert [queue.position(job_id) for job_id in jobs] == list(range(12))


def test_the_oldest_results_make_room_except_those_that_are_pinned(store: Store) -> None:
    queue = Queue(store)
    pinned, old, middle, new = (finished_job(queue, 100_000) for _ in range(4))
    store.pin(pinned, True)
    store.limit_bytes = 350_000
    assert store.make_room() == [old]
    assert not store.job_folder(old).exists()
    with pytest.raises(errors.UnknownJobError):
        store.get(old)
    assert [row.job_id for row in queue.rows(9)] == [new, middle, pinned]


def test_the_newest_result_stays_however_big_it_is(store: Store) -> None:
    queue = Queue(store)
    store.limit_bytes = 10
    first, second = finished_job(queue, 1000), finished_job(queue, 1000)
    assert store.make_room() == [first]
    assert store.get(second).state == "finished"


def test_only_one_server_at_a_time_has_the_store(store: Store, tmp_path: Path) -> None:
    with pytest.raises(errors.StorageError, match="running already"):
        Store(tmp_path / "data")
    store.close()
    Store(tmp_path / "data").close()


def test_a_job_that_was_running_is_queued_again_before_the_younger_ones(tmp_path: Path) -> None:
    store = Store(tmp_path)
    queue = Queue(store)
    first, second = (queue.submit(REQUEST, "").job_id for _ in range(2))
    queue.start_next()
    store.close()
    again = Queue(Store(tmp_path))
    assert again.waiting == [first, second]
    assert again.store.get(first).state == "queued"
    again.store.close()


def test_a_cancel_outlives_the_server_that_took_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    queue = Queue(store)
    job_id = queue.submit(REQUEST, "").job_id
    queue.start_next()
    queue.note_cancel(store.get(job_id))
    store.close()
    again = Queue(Store(tmp_path))
    assert again.waiting == []
    assert again.store.get(job_id).state == "cancelled"
    again.store.close()


def test_a_job_under_which_the_server_always_ends_is_given_up(tmp_path: Path) -> None:
    for _ in range(MAX_STARTS):
        store = Store(tmp_path)
        queue = Queue(store)
        if not store.unfinished():
            queue.submit(REQUEST, "")
        queue.start_next()
        store.close()
    store = Store(tmp_path)
    assert Queue(store).waiting == []
    assert store.newest(1)[0].state == "failed"
    store.close()


def test_time_to_go_is_told_from_the_time_that_passed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("kinora.backend.jobs.time.monotonic", lambda: clock[0])
    queue = Queue(store)
    job_id = queue.submit(REQUEST, "").job_id
    queue.start_next()
    clock[0] += 10
    assert queue.progress(Progress(job_id, 0.0, "Loading")).eta_s is None
    assert queue.progress(Progress(job_id, 0.25, "Cutting")).eta_s == pytest.approx(30)


def test_a_failure_is_told_again_to_who_comes_later(store: Store) -> None:
    queue = Queue(store)
    job_id = queue.submit(REQUEST, "").job_id
    queue.start_next()
    failed = Failed(job_id, "gpu_memory", "The device is full.", "Close programs.", "")
    queue.fail(failed)
    assert queue.present(store.get(job_id)) == failed


def test_a_full_disk_refuses_the_job_in_words_and_keeps_the_rest(store: Store) -> None:
    queue = Queue(store)
    kept = queue.submit(REQUEST, "").job_id
    (pages,) = store._rows.execute("PRAGMA page_count").fetchone()
    store._rows.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(sqlite3.OperationalError) as caught:
        for _ in range(1000):
            queue.submit(REQUEST, "x" * 80)
    assert isinstance(faults.translate(caught.value), errors.StorageError)
    assert "disk is full" in faults.translate(caught.value).message
    assert store.get(kept).state == "queued"
    folders = {path.name for path in (store.folder / "jobs").iterdir()}
    assert folders == {job.job_id for job in store.unfinished()} == set(queue.waiting)


def test_a_job_list_that_is_damaged_is_said_so(tmp_path: Path) -> None:
    Store(tmp_path).close()
    (path,) = tmp_path.glob("*/jobs.sqlite")
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(errors.StorageError, match="damaged"):
        Store(tmp_path)


def test_frames_in_a_file_come_back(tmp_path: Path) -> None:
    frames = [b"{}", b"", bytes(range(256)) * 100]
    write_file(tmp_path / "x.frames", frames)
    assert [bytes(frame) for frame in map_file(tmp_path / "x.frames")] == frames
    assert [path.name for path in tmp_path.iterdir()] == ["x.frames"]


@pytest.mark.parametrize("length", [0, 1, 8, 12, 20, 30, 299])
def test_a_file_of_frames_that_was_cut_is_said_to_be_damaged(tmp_path: Path, length: int) -> None:
    path = tmp_path / "result.frames"
    write_file(path, [b"{}", bytes(300)])
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(errors.StorageError, match=r"result\.frames"):
        map_file(path)


class OutOfMemoryError(RuntimeError):
    """As torch names its own."""


@pytest.mark.parametrize(
    ("foreign", "ours"),
    [
        (MemoryError(), errors.GpuMemoryError),
        (OutOfMemoryError("CUDA"), errors.GpuMemoryError),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), errors.GpuMemoryError),
        (RuntimeError("shapes do not match"), errors.InternalError),
        (OSError(errno.ENOSPC, "No space left", "/x"), errors.StorageError),
        (PermissionError(errno.EACCES, "Permission denied"), errors.StorageError),
        (OSError(errno.EROFS, "Read-only"), errors.StorageError),
        (ConnectionResetError(), errors.InternalError),
        (sqlite3.OperationalError("attempt to write a readonly database"), errors.StorageError),
        (KeyError("x"), errors.InternalError),
        (errors.MissingWeightsError("clip"), errors.MissingWeightsError),
    ],
    ids=lambda value: str(value)[:40],
)
def test_foreign_errors_become_ours(foreign: Exception, ours: type[errors.KinoraError]) -> None:
    assert type(faults.translate(foreign)) is ours

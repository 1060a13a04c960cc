# SPDX-License-Identifier: Apache-2.0
"""From an order on the command line to the files in its folder, by way of the user's server."""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from ..shared import launch
from ..shared.catalog import Catalog, SystemEntry, validate
from ..shared.client import Client
from ..shared.errors import (
    BadOptionError,
    JobCancelledError,
    StorageError,
    UnknownJobError,
    UnreachableError,
)
from ..shared.messages import Event, Finished, JobId, JobRow, Preview, Progress, Queued
from ..shared.results import Media
from .cli_errors import answers, errors
from .cli_options import KEEP_KEY, KEEP_SIGNAL, Order, option_name
from .output import SUMMARY, Output, close_output, open_output, write_preview, write_result
from .progress import Show, shown_progress

RECONNECTIONS = 3
MOST_JOBS = 300


def run_order(order: Order, catalog: Catalog) -> None:
    """Submit the order, show how far it is and leave its files; Ctrl-C cancels the job."""
    check_something_is_asked(order, catalog.system(order.system))
    values = validate(catalog, order.system, order.values)
    target = open_output(order.output, order.force)
    try:
        with launch.connect(catalog=catalog.digest) as client:
            entry = catalog.system(order.system)
            values |= {
                field.name: find_job(str(values[field.name]), client.jobs(MOST_JOBS))
                for field in entry.fields
                if field.type == "job" and values[field.name]
            }
            job_id = client.submit(order.system, values, order.device).job_id
            files = _wait_for(job_id, client, target)
        deliver(job_id, files, target)
    finally:
        close_output(target)


def find_job(start: str, rows: tuple[JobRow, ...]) -> JobId:
    """The one job whose id begins like this, or the id itself: the server knows older jobs too.

    Raises UnknownJobError where several begin so.
    """
    found = [row.job_id for row in rows if start and row.job_id.startswith(start)]
    if len(found) > 1 and start not in found:
        raise UnknownJobError(f"{len(found)} jobs begin with {start}.", "Give more of the id.")
    return found[0] if len(found) == 1 else JobId(start)


def check_something_is_asked(order: Order, entry: SystemEntry) -> None:
    """Refuse an order whose prompts are all blank, with neither a file nor an earlier job.

    Raises BadOptionError.
    """
    others = (field.name for field in entry.fields if field.type in ("job", "file"))
    if any(order.values.get(name) for name in others):
        return
    prompts = {name: text for name, text in order.values.items() if name.endswith("_prompt")}
    if prompts and not any(str(text).strip() for text in prompts.values()):
        options = map(option_name, prompts)
        raise BadOptionError(
            "Nothing was asked for: every prompt is empty.",
            f"Give at least one of {', '.join(options)}.",
        )


def deliver(job_id: JobId, files: Sequence[Media], target: Output) -> None:
    """Write the files and list them. A result that finds no room is kept, and that is said."""
    contents = {file.name: file.data.tobytes() for file in files}
    try:
        write_result(target, contents)
    except StorageError as error:
        way = f"The result is kept: `kinora result {job_id} -o FOLDER` writes it again."
        raise StorageError(error.message, f"{error.hint} {way}") from error
    say_what_was_written(target, contents)


def say_what_was_written(target: Output, contents: dict[str, bytes]) -> None:
    """List the files, those of a folder in one line, and what the models admit of this result."""
    console = answers()
    folders = Counter(name.rpartition("/")[0] for name in contents if "/" in name)
    for name, data in contents.items():
        if "/" not in name:
            console.print(f"{_size(len(data)):>8}  {target.folder / name}", soft_wrap=True)
    for folder, count in folders.items():
        size = sum(len(data) for name, data in contents.items() if name.startswith(f"{folder}/"))
        line = f"{_size(size):>8}  {target.folder / folder} ({count} files)"
        console.print(line, soft_wrap=True, highlight=False)
    for note in notes_in(contents.get(SUMMARY, b"")):
        console.print(f"Note: {note}", style="yellow", markup=False, soft_wrap=True)


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MiB" if count >= 2**20 else f"{max(1, count >> 10)} KiB"


def notes_in(summary: bytes) -> list[str]:
    """What the models admit in a `result.json`; nothing where there is none."""
    try:
        notes = json.loads(summary).get("notes", [])
    except (ValueError, AttributeError):
        return []
    return [note for note in notes if isinstance(note, str)] if isinstance(notes, list) else []


def _wait_for(job_id: JobId, client: Client, target: Output) -> tuple[Media, ...]:
    """The job's files when it has finished. Raises its failure, or JobCancelledError."""
    console = errors()
    if console.is_terminal:
        console.print(
            f"Ctrl+C cancels the job; {KEEP_KEY} ends it with the best so far.", style="dim"
        )
    with shown_progress(console) as show, kept_on_quit(job_id, show):
        try:
            return _follow(job_id, client, lambda event: _show_event(event, show, target))
        except KeyboardInterrupt:
            show(0.0, "Cancelling", None)
            with launch.connect() as other:
                other.cancel(job_id)
            raise JobCancelledError(f"The job {job_id} was cancelled.") from None


@contextmanager
def kept_on_quit(job_id: JobId, show: Show) -> Iterator[None]:
    """Let the key that quits programs end the job with the best so far, which is waited for."""

    def keep(*_: object) -> None:
        show(None, "Stopping; the best so far is kept", None)
        with launch.connect() as other:
            other.cancel(job_id, keeps_best=True)

    before = signal.signal(KEEP_SIGNAL, keep)
    try:
        yield
    finally:
        signal.signal(KEEP_SIGNAL, before)


def _follow(job_id: JobId, client: Client, on_event: Callable[[Event], None]) -> tuple[Media, ...]:
    """Watch to the end; a server that was lost is found or started again, and the job with it."""
    lost = 0
    with ExitStack() as connections:
        while True:
            try:
                for event in client.watch(job_id):
                    on_event(event)
                return client.fetch_files(job_id)
            except UnreachableError:
                lost += 1
                if lost > RECONNECTIONS:
                    raise
            client = connections.enter_context(launch.connect())


def _show_event(event: Event, show: Show, target: Output) -> None:
    match event:
        case Queued(position=0):
            show(0.0, "Waiting for the worker", None)
        case Queued(position=position):
            jobs = "one job is" if position == 1 else f"{position} jobs are"
            show(0.0, f"Waiting: {jobs} before this one", None)
        case Progress(fraction=fraction, note=note, eta_s=seconds):
            show(fraction, note, seconds if fraction < 1 else None)
        case Preview(content=Media(data=picture)):
            write_preview(target, picture.tobytes())
        case Finished():
            show(1.0, "Fetching the files", None)

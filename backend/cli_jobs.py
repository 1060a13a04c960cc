# SPDX-License-Identifier: Apache-2.0
"""`kinora jobs`, `kinora result` and `kinora cancel`: what the server did, does and keeps."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ..shared import launch
from ..shared.messages import JobRow
from .cli_errors import answers, spoken
from .cli_run import MOST_JOBS, deliver, find_job
from .output import close_output, open_output

JobArgument = Annotated[
    str, typer.Argument(metavar="JOB", help="The job's id, or as much of it as is unique.")
]
LONG_TITLE = 160
_COLORS = {"finished": "green", "failed": "red", "cancelled": "yellow", "running": "cyan"}
_ENDED = {"finished": "finished", "failed": "failed", "cancelled": "been cancelled"}


@spoken
def jobs(
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=MOST_JOBS, help="How many, at most.")
    ] = 20,
) -> None:
    """List the jobs, the newest first."""
    with launch.connect() as client:
        rows = client.jobs(limit)
    if not rows:
        answers().print("There are no jobs yet. `kinora avatar --help` shows how to ask for one.")
        return
    answers().print(job_table(rows, time.time()))


@spoken
def result(
    job: JobArgument,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="The folder for the files.")
    ],
    force: Annotated[
        bool, typer.Option("--force", help="Replace the result that the folder holds.")
    ] = False,
) -> None:
    """Write the files of a finished job once more."""
    target = open_output(output, force)
    try:
        with launch.connect() as client:
            job_id = find_job(job, client.jobs(MOST_JOBS))
            files = client.fetch_files(job_id)
        deliver(job_id, files, target)
    finally:
        close_output(target)


@spoken
def cancel(
    job: JobArgument,
    keep: Annotated[
        bool, typer.Option("--keep", help="End a running job with the best that it has so far.")
    ] = False,
) -> None:
    """Stop a job that waits or runs."""
    with launch.connect() as client:
        rows = client.jobs(MOST_JOBS)
        job_id = find_job(job, rows)
        client.cancel(job_id, keep)
    state = next((row.state for row in rows if row.job_id == job_id), None)
    if state in _ENDED:
        answers().print(f"The job {job_id} had {_ENDED[state]} already.")
    elif keep and state == "running":
        way = f"`kinora result {job_id} -o FOLDER` writes it when it has finished."
        answers().print(f"The job {job_id} ends with the best so far. {way}", soft_wrap=True)
    else:
        answers().print(f"Cancelled the job {job_id}.")


def job_table(rows: tuple[JobRow, ...], now: float) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in ("job", "state", "age", "took", "what"):
        table.add_column(heading, no_wrap=heading != "what")
    for row in rows:
        took = f"{row.ended - row.started:.0f} s" if row.started and row.ended else ""
        state = f"running {row.fraction:.0%}" if row.state == "running" else row.state
        title = row.title if len(row.title) <= LONG_TITLE else f"{row.title[: LONG_TITLE - 1]}…"
        what = f"{title}\n{row.message}" if row.message else title
        table.add_row(
            row.job_id,
            f"[{_COLORS.get(row.state, 'default')}]{state}[/]",
            age(now - row.created),
            took,
            escape(what),
        )
    return table


def age(seconds: float) -> str:
    """Say how long ago in the largest whole unit: "5 min"."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(0, seconds):.0f} s"

# SPDX-License-Identifier: Apache-2.0
"""How far a job is, shown in a terminal: a bar where there is one, else a line for each step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn

Show = Callable[[float | None, str, float | None], None]
"""Takes a fraction (0 to 1; None: as before), a sentence and the seconds left, None where nobody
knows."""


@contextmanager
def shown_progress(console: Console) -> Iterator[Show]:
    """Give a function that shows progress on this console until the block ends."""
    if console.is_terminal:
        with _bar(console) as show:
            yield show
    else:
        yield _lines(console)


@contextmanager
def _bar(console: Console) -> Iterator[Show]:
    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.fields[left]}", style="dim"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("Starting", total=1.0, left="")

        def show(fraction: float | None, note: str, seconds: float | None) -> None:
            progress.update(task, completed=fraction, description=note, left=time_left(seconds))

        yield show


def _lines(console: Console) -> Show:
    """A line whenever the sentence changes: a log of a build server stays readable."""
    last = ""

    def show(fraction: float | None, note: str, seconds: float | None) -> None:
        nonlocal last
        if note != last:
            left = f", {time_left(seconds)}" if seconds is not None else ""
            share = "    " if fraction is None else f"{fraction:4.0%}"
            console.print(f"{share}  {note}{left}", markup=False, highlight=False)
        last = note

    return show


def time_left(seconds: float | None) -> str:
    """Say a time as a person would: "about 40 s left"."""
    if seconds is None:
        return ""
    if seconds < 1.5:
        return "nearly done"
    if seconds < 90:
        return f"about {seconds:.0f} s left"
    return f"about {seconds / 60:.0f} min left"

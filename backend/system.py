# SPDX-License-Identifier: Apache-2.0
"""What a system is: its options as a dataclass, and a pipeline that turns them into a result.

A system is a folder with `params.py` (a frozen dataclass `Params`, light to import), `pipeline.py`
(`run(params, run) -> Result`, read it first) and `README.md`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ..shared.messages import JobId
from ..shared.results import CoarseMesh, Kind, Media, Result


@dataclass(frozen=True)
class Doc:
    """One sentence that tells the user what the option does."""

    text: str


@dataclass(frozen=True)
class Group:
    """The heading under which panels and the help list the option, apart from the everyday ones."""

    title: str


@dataclass(frozen=True)
class Range:
    """Smallest and largest value of a number, both allowed."""

    low: float
    high: float


@dataclass(frozen=True)
class MaxLength:
    """The most characters that a text may have."""

    characters: int


class Run(Protocol):
    """What a pipeline knows of the job around it."""

    device: str
    """"cpu" or "cuda"."""
    folder: Path
    """Where the job's files go; exists, empty at the start."""
    checkpoint: Path
    """A folder for what a job needs to go on: there again with all that was written to it when the
    worker or the server was killed and the job runs once more, gone when it has ended."""

    def report(self, fraction: float, note: str, preview: Media | CoarseMesh | None = None) -> None:
        """Tell the user how far it is (0 to 1) and, in a sentence, what happens; cancels too."""

    def check_cancelled(self) -> None:
        """Raise `JobCancelledError` when the user has asked for it."""

    def stops(self) -> bool:
        """Whether the user wants the best so far: finish with it, and say so in a note."""

    def result_folder(self, job_id: JobId) -> Path:
        """The files of a finished job. Raises `BadOptionError` where there are none."""


@dataclass(frozen=True)
class System:
    name: str
    """Folder, module path and catalogue key."""
    label: str
    makes: tuple[Kind, ...]
    summary: str
    package: str = __package__ or ""
    """Where the folder is; tests have their own."""

    def load_params(self) -> type[Any]:
        params: type[Any] = importlib.import_module(f"{self.package}.{self.name}.params").Params
        return params

    def load_pipeline(self) -> Callable[[Any, Run], Result]:
        run: Callable[[Any, Run], Result] = self._pipeline().run
        return run

    def load_models(self) -> Callable[[str], None]:
        """The system's `preload(device)`: brings its models into memory ahead of the first job."""
        preload: Callable[[str], None] = self._pipeline().preload
        return preload

    def _pipeline(self) -> Any:
        return importlib.import_module(f"{self.package}.{self.name}.pipeline")

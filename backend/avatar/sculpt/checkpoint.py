# SPDX-License-Identifier: Apache-2.0
"""States in files: what a killed run goes on from, and what another run continues."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from .plan import State

log = logging.getLogger("kinora.sculpt")

NAME, FIELD = "sculpt.safetensors", "field.safetensors"
EVERY = 5.0
"""Seconds between checkpoints."""
FORMAT = "kinora-sculpt-1"


def save(state: State, path: Path) -> None:
    """Write a state aside, then rename it: a kill leaves the old one."""
    aside = path.with_suffix(".part")
    tensors = {name: one.detach().cpu().contiguous() for name, one in state.tensors.items()}
    save_file(tensors, aside, metadata={"format": FORMAT, "told": json.dumps(dict(state.told))})
    aside.replace(path)


def load(path: Path) -> State | None:
    """What `save` wrote, or None where there is nothing that can be read."""
    try:
        with safe_open(path, "pt") as file:
            told = file.metadata() or {}
            if told.get("format") != FORMAT:
                return None
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return State(tensors, json.loads(told["told"]))
    except FileNotFoundError:
        return None
    except (OSError, SafetensorError, ValueError, KeyError):
        log.warning("The checkpoint %s cannot be read.", path.name)
        return None


class Checkpoints:
    """Keeps the state of a run in a folder, not too often; in none, nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._path = None if folder is None else folder / NAME
        self._field = None if folder is None else folder / FIELD
        self._written = time.monotonic()

    def read(self) -> State | None:
        return None if self._path is None else load(self._path)

    def keep(self, state: Callable[[], State]) -> None:
        """Write the state where the last one is old enough."""
        if self._path is None or time.monotonic() - self._written < EVERY:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        save(state(), self._path)
        self._written = time.monotonic()

    def keep_field(self, state: State) -> None:
        """Write a finished field, which later checkpoints need not hold."""
        if self._field is not None:
            self._field.parent.mkdir(parents=True, exist_ok=True)
            save(state, self._field)

    def read_field(self) -> State | None:
        return None if self._field is None else load(self._field)

    def drop(self) -> None:
        """The run has ended: there is nothing to go on with."""
        for path in (self._path, self._field):
            if path is not None:
                path.unlink(missing_ok=True)

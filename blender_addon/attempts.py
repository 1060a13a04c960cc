# SPDX-License-Identifier: GPL-3.0-or-later
"""What every button does around its one call: connect, wait, say what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..shared.errors import KinoraError
from . import heartbeat, preferences
from .heartbeat import SESSION
from .job import Link

Outcome = set[str]


def ensure_connected() -> None:
    if SESSION.link is Link.NONE:
        SESSION.connect(preferences.choose_backend())


def attempt(operator: Any, action: Callable[[], None]) -> Outcome:
    """Do it; what goes wrong is shown in the panel and reported in one sentence."""
    try:
        action()
    except KinoraError as error:
        SESSION.show_error(error)
        operator.report({"ERROR"}, str(error))
        return {"CANCELLED"}
    finally:
        heartbeat.start()
        heartbeat.redraw()
    return {"FINISHED"}


def wait(is_done: Callable[[], bool]) -> None:
    for _ in SESSION.wait(is_done):
        pass

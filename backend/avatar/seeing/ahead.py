# SPDX-License-Identifier: Apache-2.0
"""Draws the next lesson while the last is learnt: a thread with a CUDA stream of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import fields

import torch
from torch import Tensor

from .lesson import Lesson
from .losses import Targets

WAITING = 2
"""Lessons that are ready at most."""
PATIENCE = 0.5
"""Seconds after which the thread looks whether it is still wanted."""

Ready = tuple[Lesson, torch.cuda.Event]


def ahead(draw: Callable[[], Lesson], device: torch.device) -> Generator[Lesson, None, None]:
    """What `draw` returns, time and again; on CUDA drawn beforehand. Raises what `draw` raises."""
    if device.type != "cuda":
        while True:
            yield draw()
    ready: queue.Queue[Ready | BaseException] = queue.Queue(WAITING)
    is_over = threading.Event()
    thread = threading.Thread(target=_work, args=(draw, device, ready, is_over), daemon=True)
    thread.start()
    try:
        while True:
            found = ready.get()
            if isinstance(found, BaseException):
                raise found
            lesson, drawn = found
            stream = torch.cuda.current_stream(device)
            stream.wait_event(drawn)
            for tensor in _tensors(lesson):
                # Its memory must not be used anew before this stream is done with it.
                tensor.record_stream(stream)
            yield lesson
    finally:
        is_over.set()
        thread.join()


def _work(
    draw: Callable[[], Lesson], device: torch.device,
    ready: queue.Queue[Ready | BaseException], is_over: threading.Event,
) -> None:  # fmt: skip
    torch.cuda.set_device(device)
    stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    with torch.cuda.stream(stream):
        while not is_over.is_set():
            found: Ready | BaseException
            try:
                lesson = draw()
                found = lesson, torch.cuda.current_stream(device).record_event()
            except BaseException as error:  # noqa: BLE001 it is raised where lessons are learnt
                found = error
            _offer(ready, found, is_over)
            if isinstance(found, BaseException):
                return


def _offer(
    ready: queue.Queue[Ready | BaseException],
    found: Ready | BaseException,
    is_over: threading.Event,
) -> None:
    while not is_over.is_set():
        try:
            ready.put(found, timeout=PATIENCE)
        except queue.Full:
            continue
        return


def _tensors(part: Lesson | Targets) -> Iterator[Tensor]:
    for field in fields(part):
        value = getattr(part, field.name)
        if isinstance(value, Targets):
            yield from _tensors(value)
        elif isinstance(value, Tensor):
            yield value

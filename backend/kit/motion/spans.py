# SPDX-License-Identifier: Apache-2.0
"""Which action is done when."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """Frames `start` to before `end` do the lexicon's entry `name`, performed by `action`."""

    name: str
    action: str
    start: int
    end: int

# SPDX-License-Identifier: Apache-2.0
"""How long a loop is, and by what it may vary."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """`amount` scales how far things move, 1 as usual; `takes` is how many ways there are to choose
    among."""

    frames: int = 24
    fps: float = 12.0
    seed: int = 0
    amount: float = 1.0
    takes: int = 3

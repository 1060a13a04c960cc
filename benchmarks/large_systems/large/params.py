# SPDX-License-Identifier: Apache-2.0
"""The options of the large system: none but the size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from kinora.backend.system import Doc, Range


@dataclass(frozen=True)
class Params:
    """How large."""

    vertices: Annotated[int, Range(1000, 1_000_000), Doc("How many vertices")] = 100_000

# SPDX-License-Identifier: Apache-2.0
"""The list that a benchmark's server is started with."""

from __future__ import annotations

from kinora.backend.system import System

SYSTEMS = (
    System(
        "large",
        "Large",
        makes=("Character",),
        summary="A large character, made of random numbers",
        package=__package__,
    ),
)

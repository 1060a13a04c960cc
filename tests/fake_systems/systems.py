# SPDX-License-Identifier: Apache-2.0
"""The list that a test's server is started with."""

from __future__ import annotations

from kinora.backend.system import System

SYSTEMS = (
    System(
        "trial",
        "Trial",
        makes=("Character", "MotionResult"),
        summary="Behaves as it is told",
        package=__package__,
    ),
)

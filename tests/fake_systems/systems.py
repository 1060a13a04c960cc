# SPDX-License-Identifier: Apache-2.0
"""The list that a test's server is started with."""

from __future__ import annotations

import os
import sys

from kinora.backend.system import System

if os.environ.get("KINORA_TRIAL_PRELOAD") == "never" and sys.argv[0].endswith("worker.py"):
    os._exit(1)

SYSTEMS = (
    System(
        "trial",
        "Trial",
        makes=("Character", "MotionResult"),
        summary="Behaves as it is told",
        package=__package__,
    ),
)

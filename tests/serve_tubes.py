# SPDX-License-Identifier: Apache-2.0
"""`python serve_tubes.py serve ...`: `kinora serve` with stand-ins for its systems."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from kinora.backend.cli import main

# Workers are other processes: they find the stand-in by the environment.
here = str(Path(__file__).parent)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH", ""))))
sys.argv += ["--systems", "tube_systems.systems", "--device", "cpu"]
main()

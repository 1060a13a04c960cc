# SPDX-License-Identifier: Apache-2.0
"""`python serve_trial.py serve ...`: a stand-in for `kinora serve` that offers the trial system."""

from __future__ import annotations

import argparse
import logging
import sys

from kinora.backend.server import serve
from kinora.shared.errors import KinoraError

parser = argparse.ArgumentParser()
parser.add_argument("command", choices=["serve"])
parser.add_argument("--bind", default="127.0.0.1")
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--allow", action="append", default=[])
parser.add_argument("--idle-seconds", type=float)
options = parser.parse_args()
logging.basicConfig(level=logging.INFO)
try:
    serve(
        options.bind,
        options.port,
        options.allow,
        options.idle_seconds,
        "fake_systems.systems",
        "cpu",
    )
except KinoraError as error:
    sys.exit(str(error))

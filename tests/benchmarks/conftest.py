# SPDX-License-Identifier: Apache-2.0
"""Lets tests import the benchmarks as they import one another."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

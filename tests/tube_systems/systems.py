# SPDX-License-Identifier: Apache-2.0
"""The list that a test's server is started with: the real entries, with other pipelines."""

from __future__ import annotations

from dataclasses import replace

from kinora.backend.systems import SYSTEMS as REAL_SYSTEMS

SYSTEMS = tuple(replace(system, package=__package__) for system in REAL_SYSTEMS)

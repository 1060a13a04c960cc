# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue that this add-on was built with."""

from __future__ import annotations

from pathlib import Path

from ..shared.catalog import from_json

CATALOG = from_json((Path(__file__).parents[1] / "catalog.json").read_text(encoding="utf-8"))

# SPDX-License-Identifier: Apache-2.0
"""One walk, made once."""

from __future__ import annotations

import pytest
from walkers import Moved, make_moved


@pytest.fixture(scope="session")
def moved() -> Moved:
    return make_moved()

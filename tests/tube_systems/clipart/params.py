# SPDX-License-Identifier: Apache-2.0
"""The options are those of the real system, so that both catalogues are one."""

from __future__ import annotations

from kinora.backend.clipart.params import Params as Params

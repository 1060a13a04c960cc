# SPDX-License-Identifier: Apache-2.0
"""Options that do not go together are refused before any work, never ignored."""

from __future__ import annotations

from ...shared.errors import BadOptionError
from .params import Params


def check_options(params: Params) -> None:
    """Raises `BadOptionError` that names the option."""
    said = (params.shape_prompt, params.appearance_prompt, params.motion_prompt)
    if not params.continue_job and not any(prompt.strip() for prompt in said):
        raise BadOptionError(
            "All three prompts are empty.", "Type at least one: shape, appearance or motion."
        )
    for name in ("config", "checkpoint"):
        if getattr(params, name) is not None and params.preset != "published":
            raise BadOptionError(
                f"A {name} file is read by the published preset alone.",
                f"Choose the preset published, or leave the {name} out.",
                name,
            )

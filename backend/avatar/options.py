# SPDX-License-Identifier: Apache-2.0
"""Options that do not go together are refused before any work, never ignored."""

from __future__ import annotations

from ...shared import steering
from ...shared.errors import BadOptionError
from ...shared.motion_files.reading import read
from ...shared.steering import Steering
from .params import Params

SHORTEST = 0.5
"""Seconds that a motion lasts at least."""


def check_options(params: Params) -> None:
    """Raises `BadOptionError` that names the option."""
    said = (params.shape_prompt, params.appearance_prompt, params.motion_prompt)
    moved = read_steering(params).prompts or params.motion_file is not None
    if not params.continue_job and not moved and not any(prompt.strip() for prompt in said):
        raise BadOptionError(
            "All three prompts are empty.", "Type at least one: shape, appearance or motion."
        )
    _check_published(params)
    _check_motion(params)


def read_steering(params: Params) -> Steering:
    """What the steering file says; without one nothing is steered. Raises `BadOptionError`."""
    if params.steering is None:
        return Steering()
    return steering.from_json(params.steering.data.tobytes())


def _check_published(params: Params) -> None:
    for name in ("config", "checkpoint"):
        if getattr(params, name) is not None and params.preset != "published":
            raise BadOptionError(
                f"A {name} file is read by the published preset alone.",
                f"Choose the preset published, or leave the {name} out.",
                name,
            )


def _check_motion(params: Params) -> None:
    if params.works_on == "motion" and not params.continue_job:
        raise BadOptionError(
            "Only the motion is worked on, but no job is gone on from.",
            "Name the character's job with continue_job, or work on all.",
            "works_on",
        )
    if 0 < params.seconds < SHORTEST:
        raise BadOptionError(
            f"A motion lasts {SHORTEST:g} seconds or more, not {params.seconds:g}.",
            "Choose 0 for as long as the words say.",
            "seconds",
        )
    _check_motion_file(params)
    end = read_steering(params).end
    if params.seconds and end > params.seconds + 1e-6:
        raise BadOptionError(
            f"The steering file goes on until {end:g} s, the motion lasts {params.seconds:g} s.",
            "Make the motion longer, or choose 0 for as long as it takes.",
            "seconds",
        )


def _check_motion_file(params: Params) -> None:
    if params.motion_file is None:
        return
    if params.motion_prompt.strip():
        raise BadOptionError(
            "The motion is given both as a file and in words.",
            "Leave out the motion file or the motion prompt.",
            "motion_file",
        )
    if params.takes > 1:
        raise BadOptionError("A motion file holds one way of moving.", "Choose one take.", "takes")
    if params.steering is not None:
        raise BadOptionError(
            "A motion file is put on the body as it is, and cannot be steered.",
            "Leave out the steering or the motion file.",
            "motion_file",
        )
    read(params.motion_file.name, params.motion_file.data.tobytes())

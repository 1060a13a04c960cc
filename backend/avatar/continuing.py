# SPDX-License-Identifier: Apache-2.0
"""Going on from a finished job: its words are read before the new ones, its seed and body stay."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from ...shared.errors import BadOptionError
from ..kit.leaving import SUMMARY
from ..system import Run
from .outfit import Outfit
from .params import BodyName, Params
from .shape import LONGEST, ShapeReading
from .words.changes import changed

BODIES: tuple[BodyName, ...] = get_args(BodyName)
STATE = "state.safetensors"
"""What sculpting leaves among a job's files, to go on from."""

SCULPTED = ("standard", "quality")
"""The presets that go on from such a state."""


@dataclass(frozen=True)
class Earlier:
    """What a finished job was asked for and what it made; `prompts` by "shape", "appearance" and
    "motion", `phenotypes` of its body, `state` where its sculpting ended, if it sculpted."""

    prompts: dict[str, str]
    seed: int
    model: BodyName
    phenotypes: dict[str, float]
    state: Path | None
    keeps_body: bool = True
    """Whether the new words say nothing of the body."""


def go_on(params: Params, run: Run) -> tuple[Params, Earlier | None]:
    """The options with the words of both jobs in them, and the earlier job, if there is one.

    Raises `BadOptionError` where it cannot be gone on from.
    """
    if not params.continue_job:
        return params, None
    earlier = replace(
        read_earlier(run.result_folder(params.continue_job)),
        keeps_body=not params.shape_prompt.strip(),
    )
    before = earlier.prompts
    told = replace(
        params,
        shape_prompt=changed(before["shape"], params.shape_prompt),
        appearance_prompt=changed(before["appearance"], params.appearance_prompt),
        motion_prompt=params.motion_prompt.strip() or before["motion"],
        seed=earlier.seed,
        body=earlier.model,
    )
    if max(len(told.shape_prompt), len(told.appearance_prompt)) > LONGEST:
        raise BadOptionError(
            f"With the words of the earlier job a prompt is longer than {LONGEST} characters.",
            "Start a new job that says all of it in fewer words.",
            "continue_job",
        )
    return told, earlier


def read_earlier(folder: Path) -> Earlier:
    """What the summary among a job's files says. Raises `BadOptionError` where none is."""
    try:
        facts: dict[str, Any] = json.loads((folder / SUMMARY).read_bytes())
        name = str(facts["body"]["model"]).lower().replace("-", "")
        state = folder / STATE
        earlier = Earlier(
            {name: str(facts["prompts"][name]) for name in ("shape", "appearance", "motion")},
            int(facts["seed"]),
            next((each for each in BODIES if each == name), Params.body),
            {str(name): float(value) for name, value in facts["body"]["parameters"].items()},
            state if state.is_file() else None,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadOptionError(
            "The job to go on from left no summary that can be read.",
            "Choose another one, or start a new job with all the words.",
            "continue_job",
        ) from error
    return earlier


def same_body(shape: ShapeReading, earlier: Earlier) -> ShapeReading:
    """The reading with the body that the earlier job made, encoder's opinion and all."""
    parameters = replace(shape.parameters, phenotypes=earlier.phenotypes)
    return replace(shape, parameters=parameters)


def notes_on(asked: Params, earlier: Earlier, before: Outfit, after: Outfit) -> tuple[str, ...]:
    """What came of the new sentence: which options gave way, and whether the clothes heard it."""
    notes = []
    is_motion = asked.works_on == "motion"
    if asked.seed not in (Params.seed, earlier.seed) and not is_motion:
        notes.append(f"The seed stays {earlier.seed}, that of the job gone on from.")
    if asked.body not in (Params.body, earlier.model):
        notes.append("The body model stays that of the job gone on from.")
    if earlier.state is not None and asked.preset not in SCULPTED and not is_motion:
        notes.append(
            f"A job of the preset {asked.preset} leaves out what the earlier one sculpted: choose "
            f"{' or '.join(SCULPTED)} to go on from it."
        )
    is_same = (before.garments, before.looks) == (after.garments, after.looks)
    if asked.appearance_prompt.strip() and is_same:
        notes.append(
            f'"{asked.appearance_prompt.strip()[:80]}" changes no garment, color or hair that I '
            "can choose: they stay as they were."
        )
    return tuple(notes)

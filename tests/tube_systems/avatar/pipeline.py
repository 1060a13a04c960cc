# SPDX-License-Identifier: Apache-2.0
"""The pipeline of the stand-in. The motion prompt says how it behaves."""

from __future__ import annotations

import threading
from dataclasses import asdict, replace

from kinora.backend.avatar.coarse import coarse_mesh
from kinora.backend.avatar.params import Params
from kinora.backend.system import Run
from kinora.shared.errors import MissingWeightsError
from kinora.shared.results import Candidate, Media, Motion, MotionResult, Result
from kinora.shared.steering import from_json, to_json

from ..tube_man import flat_png, tube_man, tube_rig, wave

STEPS = 5
SQUARE = flat_png((200, 120, 40), 256)


def preload(device: str) -> None:
    """Nothing to load."""


def run(params: Params, run: Run) -> Result:
    """A character; a motion alone gives a motion. "wait" goes on until cancelled, "improve" until
    the best so far will do, "fail" fails; a few pictures and a mesh are shown on the way."""
    if "fail" in params.motion_prompt:
        raise MissingWeightsError("The file trial.safetensors is missing.")
    pause = threading.Event()
    while "wait" in params.motion_prompt:
        run.report(0.5, "Waiting to be cancelled")
        pause.wait(0.02)
    run.report(0.1, "Showing the mesh", coarse_mesh(tube_man().meshes))
    while "improve" in params.motion_prompt and not run.stops():
        run.report(0.5, "Improving", Media.of("progress.png", SQUARE))
        pause.wait(0.02)
    for step in range(STEPS):
        note = f"Bending tube {step + 1} of {STEPS}"
        run.report(step / STEPS, note, Media.of("progress.png", SQUARE))
        pause.wait(0.4 if "slowly" in params.motion_prompt else 0)
    return made(params, run)


def made(params: Params, run: Run) -> Result:
    """What was asked for, with all that was asked as its provenance."""
    provenance = {name: str(value) for name, value in asdict(params).items()} | {"body": "tubes"}
    if params.steering is not None:
        provenance["steering"] = to_json(from_json(params.steering.data.tobytes()))
    if params.continue_job:
        run.result_folder(params.continue_job)
    man = tube_man()
    assert man.motion is not None
    if params.works_on == "motion":
        anew = replace(man.motion, name=params.motion_prompt or "steered")
        return MotionResult(anew, man.rig, (), provenance, (), offered(man.motion))
    if params.continue_job:
        provenance["appearance_prompt"] = f"what it wore. {params.appearance_prompt}"
        provenance["seed"] = "5"
        return replace(man, provenance=provenance)
    if params.motion_prompt and not params.shape_prompt and not params.appearance_prompt:
        rig = tube_rig(scale=1.1)
        return MotionResult(wave(rig), rig, ("The motion is made for tubes.",), provenance)
    return replace(man, provenance=provenance, candidates=offered(man.motion))


def offered(motion: Motion) -> tuple[Candidate, ...]:
    """Three poses of the motion itself, each with a picture of one color."""
    frames = (0, 9, 20)
    picture = Media.of("pose.png", SQUARE)
    turns = [motion.local_rotations[frame] for frame in frames]
    named = zip(("wave up", "wave", "wave down"), (0.3, 0.2, 0.1), turns, strict=True)
    return tuple(Candidate(name, score, turn, picture) for name, score, turn in named)

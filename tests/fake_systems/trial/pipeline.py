# SPDX-License-Identifier: Apache-2.0
"""The pipeline of the trial system. `touch` files beside the job tell tests how far it came."""

from __future__ import annotations

import os
import signal
import sys
import threading
from dataclasses import replace

import numpy as np

from kinora.backend.system import Run
from kinora.shared.errors import MissingWeightsError
from kinora.shared.results import CoarseMesh, Media, Motion, MotionResult, Rig
from kinora.shared.skeleton import JOINTS, PARENTS

from .params import Params


def preload(device: str) -> None:
    """Nothing to load; KINORA_TRIAL_PRELOAD makes it as bad as can be."""
    if os.environ.get("KINORA_TRIAL_PRELOAD") == "crash":
        os.kill(os.getpid(), signal.SIGKILL)


def run(params: Params, run: Run) -> MotionResult:
    if params.is_loud:
        sys.stdout.write("noise that must not reach the server\n" * 100)
        sys.stdout.flush()
        os.write(1, b"and noise from a library")
    (run.folder / "started.txt").write_text(str(os.getpid()))
    BEHAVIOURS.get(params.behaviour, _steps)(params, run)
    motion = still_motion(params.steps)
    if params.behaviour == "impossible":
        motion = replace(motion, joints=motion.joints * np.float32(np.nan))
    if params.behaviour == "float64":
        motion = replace(motion, joints=motion.joints.astype(np.float64))
    before = ""
    if params.after:
        before = (run.result_folder(params.after) / "answer.txt").read_text() + ", then "
    (run.folder / "answer.txt").write_text(before + params.prompt)
    return MotionResult(motion, one_bone_rig(), (params.prompt,))


def _steps(params: Params, run: Run) -> None:
    for step in range(params.steps):
        run.report((step + 1) / params.steps, f"Step {step + 1}")


def _wait(params: Params, run: Run) -> None:
    """Until cancelled, at a step a hundredth of a second."""
    pause = threading.Event()
    while True:
        run.report(0.5, "Waiting")
        pause.wait(0.01)


def _compute(params: Params, run: Run) -> None:
    """Busy on every core, as a model would be."""
    matrix = np.ones((700, 700))
    while True:
        matrix = matrix @ matrix / 700
        run.report(0.3, "Computing")


def _obstinate(params: Params, run: Run) -> None:
    run.report(0.1, "Not listening")
    threading.Event().wait()


def _crash(params: Params, run: Run) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _crash_once(params: Params, run: Run) -> None:
    marker = run.folder.parent / "crashed"
    if not marker.exists():
        marker.touch()
        _crash(params, run)


def _count(params: Params, run: Run) -> None:
    """Step by step, each kept in the checkpoint; how many were done here is told in a file."""
    kept = run.checkpoint / "steps"
    first = int(kept.read_text()) if kept.exists() else 0
    pause = threading.Event()
    for step in range(first, params.steps):
        if run.stops():
            break
        run.report(step / params.steps, f"Step {step + 1} of {params.steps}")
        aside = run.checkpoint / "aside"
        aside.write_text(str(step + 1))
        aside.replace(kept)
        pause.wait(0.01)
    (run.folder / "counted.txt").write_text(f"{first} {kept.read_text()}")


def _improve(params: Params, run: Run) -> None:
    """Until the best so far will do; each picture differs from the one before."""
    pause, number = threading.Event(), 0
    while not run.stops():
        number += 1
        run.report(0.5, "Improving", Media.of("progress.png", f"picture {number}".encode()))
        pause.wait(0.01)


def _gpu_full(params: Params, run: Run) -> None:
    raise RuntimeError(
        "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 7.79 GiB"
    )


def _gpu_fault(params: Params, run: Run) -> None:
    raise RuntimeError("CUDA error: an illegal memory access was encountered")


def _raise(params: Params, run: Run) -> None:
    raise ZeroDivisionError("a fault of the pipeline")


def _refuse(params: Params, run: Run) -> None:
    raise MissingWeightsError("The file trial.safetensors is missing.")


def _out_of_memory(params: Params, run: Run) -> None:
    raise MemoryError


def _preview(params: Params, run: Run) -> None:
    triangle = np.eye(3, dtype=np.float32)
    run.report(0.2, "A mesh", CoarseMesh(triangle, np.array([[0, 1, 2]], np.int32)))
    run.report(0.4, "A picture", Media.of("preview.png", b"not really a picture"))


def _show(params: Params, run: Run) -> None:
    _preview(params, run)
    _wait(params, run)


def _chatter(params: Params, run: Run) -> None:
    for step in range(20_000):
        run.report(step / 20_000, f"Word {step}", Media.of("noise.png", bytes(50_000)))


BEHAVIOURS = {
    "wait": _wait,
    "compute": _compute,
    "obstinate": _obstinate,
    "crash": _crash,
    "crash_once": _crash_once,
    "raise": _raise,
    "refuse": _refuse,
    "out_of_memory": _out_of_memory,
    "preview": _preview,
    "show": _show,
    "chatter": _chatter,
    "count": _count,
    "improve": _improve,
    "gpu_full": _gpu_full,
    "gpu_fault": _gpu_fault,
}


def still_motion(frames: int) -> Motion:
    """A T-pose that lasts."""
    rotations = np.zeros((frames, 22, 4), np.float32)
    rotations[..., 0] = 1
    return Motion(
        "still",
        30.0,
        JOINTS,
        np.array(PARENTS, np.int32),
        np.zeros((22, 3), np.float32),
        rotations,
        np.zeros((frames, 3), np.float32),
        np.zeros((frames, 22, 3), np.float32),
    )


def one_bone_rig() -> Rig:
    identity = np.tile(np.float32([1, 0, 0, 0]), (22, 1))
    places = np.float32([[0, 0, 1]])
    return Rig(
        ("root",),
        np.array([-1], np.int32),
        places,
        places + 1,
        np.zeros(1, np.int32),
        identity,
        identity[:1],
    )

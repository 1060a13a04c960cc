# SPDX-License-Identifier: Apache-2.0
"""The files that a job leaves (design section 5): written aside, renamed, `result.json` last."""

from __future__ import annotations

import errno
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from ...shared.errors import StorageError
from ...shared.motion_files.array_writing import motion_npz
from ...shared.motion_files.bvh_writing import write_bvh
from ...shared.results import Character, Media, MotionResult
from ..kit.gltf import write_glb
from ..kit.obj import vertex_colors, write_obj
from ..system import Run
from .neus.ply import write_ply
from .preview import LOOKS, preview_sheet, preview_video, reduced

if sys.platform != "win32":
    import resource

SUMMARY = "result.json"


@dataclass(frozen=True)
class Summary:
    """What `result.json` says of the job, besides the files themselves.

    `scores` holds each stage's measure before and after; `confidence` (0 to 1) is the embedded
    encoder's in the words, None where another judges; `timings_s` seconds by stage.
    """

    system: str
    version: str
    prompts: Mapping[str, str]
    seed: int
    preset: str
    encoder: str
    body: Mapping[str, Any]
    timings_s: Mapping[str, float]
    scores: Mapping[str, Any] = field(default_factory=dict)
    confidence: float | None = None


def write_files(
    character: Character, result: Character | MotionResult, summary: Summary, run: Run
) -> tuple[str, ...]:
    """Write all files to `run.folder` and return their names, `result.json` last. What earlier
    stages left there is one of them.

    `character` is drawn; a `result` that is only a motion leaves no avatar. Raises
    `StorageError` when the disk is full or the folder cannot be written.
    """
    start = time.perf_counter()
    look, device = LOOKS[summary.preset], run.device
    files = {path.name: path.read_bytes() for path in run.folder.glob("*") if path.is_file()}
    run.report(0.21, "Writing the character")
    if isinstance(result, Character):
        files["avatar.glb"] = write_glb(result)
        files |= write_obj(result, "avatar")
        files["avatar.ply"] = write_ply(*vertex_colors(result))
    if result.motion is not None:
        files["motion.npz"] = motion_npz(result.motion)
        files["motion.bvh"] = write_bvh(result.motion).encode()

    def report_sheet(done: float) -> None:
        run.report(0.22 + 0.22 * done, "Drawing the turntable sheet")

    def report_video(done: float) -> None:
        run.report(0.44 + 0.54 * done, "Filming the preview")

    sheet = preview_sheet(character, look, device, report_sheet)
    run.report(0.44, "Filming the preview", Media.of("progress.png", reduced(sheet)))
    files["preview.mp4"] = preview_video(character, look, device, report_video)
    files["preview.png"] = sheet
    timings = {**summary.timings_s, "files": time.perf_counter() - start}
    files[SUMMARY] = _summary_json(result, summary, timings, peak_memory_bytes(device), files)
    run.check_cancelled()
    _place(run.folder, files)
    return tuple(files)


def _summary_json(
    result: Character | MotionResult,
    summary: Summary,
    timings: dict[str, float],
    memory: int | None,
    files: Mapping[str, bytes],
) -> bytes:
    facts = {
        "system": summary.system,
        "version": summary.version,
        "prompts": dict(summary.prompts),
        "seed": summary.seed,
        "preset": summary.preset,
        "encoder": summary.encoder,
        "body": dict(summary.body),
        "scores": dict(summary.scores),
        "confidence": summary.confidence,
        "timings_s": {**timings, "total": sum(timings.values())},
        "peak_memory_bytes": memory,
        "notes": list(result.notes),
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }
    return (json.dumps(facts, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def peak_memory_bytes(device: str) -> int | None:
    """The most that this process has held on the device so far; None where nobody counts it."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated()
    if sys.platform == "win32":
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _place(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write all files to a folder inside `folder`, then move them out, `result.json` last."""
    try:
        with tempfile.TemporaryDirectory(prefix=".kinora-", dir=folder) as aside:
            for name, data in files.items():
                (Path(aside) / name).write_bytes(data)
            for name in sorted(files, key=lambda name: name == SUMMARY):
                (Path(aside) / name).replace(folder / name)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(f"The disk of {folder} is full.") from error
        reason = error.strerror or "the system refused"
        raise StorageError(f"The result cannot be written to {folder} ({reason}).") from error

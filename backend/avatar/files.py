# SPDX-License-Identifier: Apache-2.0
"""The files that a job leaves (design section 5): written aside, renamed, `result.json` last."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...shared.motion_files.array_writing import motion_npz
from ...shared.motion_files.bvh_writing import write_bvh
from ...shared.results import Character, Media, MotionResult
from ..kit.gltf import write_glb
from ..kit.leaving import SUMMARY, peak_memory_bytes, place_files
from ..kit.obj import vertex_colors, write_obj
from ..system import Run
from .neus.ply import write_ply
from .preview import LOOKS, preview_sheet, preview_video, reduced


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
    place_files(run.folder, files)
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

# SPDX-License-Identifier: Apache-2.0
"""The files that a job leaves (design section 5): vector first, films, keypoints, what was done."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ...shared.keypoints_file import to_json
from ...shared.results import VectorClip
from ..kit.leaving import SUMMARY, peak_memory_bytes, place_files
from ..system import Run
from .delivery import films
from .delivery.animated_svg import animated_svg, frame_svgs
from .skeleton.keypoints_file import keypoints_of


@dataclass(frozen=True)
class Summary:
    """What `result.json` says beside the files; `timings_s` are seconds by stage."""

    prompts: Mapping[str, str]
    seed: int
    preset: str
    facts: Mapping[str, Any]
    timings_s: Mapping[str, float]
    scores: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Look:
    """How films are drawn: pixels along the longer side, and what is behind."""

    size: int
    background: Literal["transparent", "white"]


def write_files(
    clip: VectorClip, published: Mapping[str, bytes], summary: Summary, look: Look, run: Run
) -> None:
    """Leave all files in `run.folder`, `result.json` last; `published` are AniClipart's own, for
    the folder of that name. Raises StorageError where they find no room.

    A clip of one frame, a skeleton to be looked at, has no films.
    """
    start = time.perf_counter()
    run.report(0.85, "Writing the drawing")
    svgs = frame_svgs(clip)
    files = {"keypoints.json": to_json(keypoints_of(clip)).encode()}
    files |= {f"aniclipart/{name}": data for name, data in published.items()}
    if len(svgs) > 1:
        files["clip.svg"] = animated_svg(clip).encode()
        files |= {f"frames/{n + 1:04}.svg": svg.encode() for n, svg in enumerate(svgs)}
        files |= _films(svgs, clip.fps, look, run)
    timings = {**summary.timings_s, "files": time.perf_counter() - start}
    files[SUMMARY] = _summary_json(clip, summary, timings, peak_memory_bytes(run.device), files)
    run.check_cancelled()
    place_files(run.folder, files)


def _films(svgs: list[str], fps: float, look: Look, run: Run) -> dict[str, bytes]:
    pictures = films.draw_frames(
        svgs, look.size, lambda done: run.report(0.86 + 0.08 * done, "Drawing the frames")
    )
    run.report(0.95, "Filming")
    shown = pictures
    if look.background == "white":
        shown = [films.whitened(picture) for picture in pictures]
    return {
        "clip.mp4": films.mp4(pictures, fps),
        "clip.webp": films.webp(shown, fps),
        "clip.gif": films.gif(shown, fps),
        "preview.png": films.strip(pictures),
    }


def _summary_json(
    clip: VectorClip,
    summary: Summary,
    timings: Mapping[str, float],
    memory: int | None,
    files: Mapping[str, bytes],
) -> bytes:
    facts = {
        "system": "clipart",
        "version": clip.provenance["version"],
        "prompts": dict(summary.prompts),
        "seed": summary.seed,
        "preset": summary.preset,
        **summary.facts,
        "scores": dict(summary.scores),
        "timings_s": {**timings, "total": sum(timings.values())},
        "peak_memory_bytes": memory,
        "notes": list(clip.notes),
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }
    return (json.dumps(facts, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()

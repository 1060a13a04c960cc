# SPDX-License-Identifier: Apache-2.0
"""Text to motion judged by kinematics, beside the captured clips: `--help`.

    python benchmarks/motion.py --mocap FOLDER --out FILE.json

Every prompt of `motion_prompts.toml` is performed with several seeds on the average adult, without
being drawn, and measured by `motion_predicates.py`. Nobody tunes on the evaluation's prompts: what
is printed names those that fail by their number; what was measured of each goes into the file.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import motion_judge
import numpy as np
from figures import show
from motion_predicates import SHOWN, Prompt, judged, load_prompts
from motion_quality import median_of, poses_of, soundness, spread
from motion_takes import Build, build_of, take_of, take_of_clip

from kinora.backend.avatar.pipeline import load_models
from kinora.backend.kit.body import BodyParameters, make_body
from kinora.backend.kit.motion import clips
from kinora.backend.kit.motion.figure import Figure, measure_figure
from kinora.backend.kit.motion.rounds import repeated
from kinora.backend.kit.motion.text import MotionReading, text_to_motion
from kinora.shared.results import Motion, Rig

MOST_CLIPS = 8
"""Takes of a class between which the distance is measured."""
TITLES = {
    "slide": "slide of standing feet, cm/s",
    "slide_most": "of 5 % of their frames, cm/s",
    "dragged": "of all heels and balls, cm/s",
    "under": "under floor, mean mm",
    "under_most": "deepest, mm",
    "jerk": "jerk, m/s³",
    "limits": "frames over limits, %",
    "arms_inside": "frames arm in body, %",
    "arms_depth": "arm deepest, mm",
}


@dataclass(frozen=True, eq=False)
class Stage:
    """The body on which all is performed, and what reads the words."""

    rig: Rig
    build: Build
    figure: Figure
    encoder: Any


@cache
def stage() -> Stage:
    models = load_models()
    body = make_body(models.body, BodyParameters())
    corners = models.body.groups["body"].corners
    skin = np.unique(corners[corners >= 0])
    figure = measure_figure(body.rig, body.vertices[skin], models.body.bone_indices[skin])
    return Stage(body.rig, build_of(body.rig, body.height_m), figure, models.encoder)


def performed(text: str, seed: int) -> MotionReading:
    own = stage()
    return text_to_motion(text, own.rig, own.encoder, seed, figure=own.figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mocap", type=Path, required=True, help="folder of the captured clips")
    parser.add_argument("--out", type=Path, help="where what was measured of each prompt goes")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--prompts-alone", action="store_true", help="no clips, no second judge")
    options = parser.parse_args()
    start = time.perf_counter()
    performed("stands", 0)
    rows = measured([*load_prompts("evaluation"), *load_prompts("development")], options.seeds)
    if options.out:
        options.out.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    show_shares(rows, options.seeds)
    if not options.prompts_alone:
        data = clips.read_clips(options.mocap)
        show_soundness(rows, data)
        show_spread(data, options.seeds)
        show_judge(data, options.seeds)
    sys.stdout.write(f"{time.perf_counter() - start:.0f} s in all\n")


def measured(prompts: Sequence[Prompt], seeds: int) -> list[dict[str, Any]]:
    """One row for each prompt and seed."""
    rows = []
    for prompt in prompts:
        for seed in range(seeds):
            begun = time.perf_counter()
            reading = performed(prompt.text, seed)
            seconds = time.perf_counter() - begun
            motion = reading.motion
            row = {
                "id": prompt.id,
                "family": prompt.family,
                "seed": seed,
                "met": judged(prompt, motion, stage().build),
                "did": motion.name,
                "notes": list(reading.notes),
                "frames": len(motion.joints),
                "is_cyclic": motion.is_cyclic,
                "took": round(seconds, 3),
                "sound": soundness(take_of(motion, stage().build), motion.local_rotations),
            }
            rows.append(row)
    return rows


def share(rows: Sequence[dict[str, Any]]) -> str:
    return f"{100 * np.mean([all(row['met']) for row in rows]):.1f} %"


def show_shares(rows: Sequence[dict[str, Any]], seeds: int) -> None:
    evaluation = [row for row in rows if row["id"].startswith("e")]
    development = [row for row in rows if row["id"].startswith("d")]
    by_family = defaultdict(list)
    for row in evaluation:
        by_family[row["family"]].append(row)
    lines = []
    for name, own in {**by_family, "all": evaluation}.items():
        missed = defaultdict(int)
        for row in own:
            missed[row["id"]] += not all(row["met"])
        told = ", ".join(f"{i} x{n}" for i, n in missed.items() if n) if name != "all" else ""
        lines.append([name, str(len(own) // seeds), share(own), told])
    took = np.median([row["took"] for row in rows])
    show(
        f"Prompts met over {seeds} seeds ({took:.2f} s each, median)",
        ["family", "prompts", "met", "missed, seeds"],
        lines,
    )
    texts = {prompt.id: prompt.text for prompt in load_prompts("development")}
    told_all = [
        [texts[row["id"]], row["did"], str(row["seed"]), str([int(m) for m in row["met"]])]
        for row in development
        if not all(row["met"])
    ]
    show(
        f"Development: {share(development)} met; missed are",
        ["prompt", "did", "seed", "checks"],
        told_all,
    )


def show_soundness(rows: Sequence[dict[str, Any]], data: clips.Clips) -> None:
    made = [row["sound"] for row in rows]
    usable = [clip for clip in data.clips if clip.detail in ("full", "no_toe")]
    real = [
        soundness(take_of_clip(clip, data.rest_offsets), clip.rotations)
        for clip in usable
        if len(clip.rotations) > 8
    ]
    middle, worst = median_of(made), {n: _most([row[n] for row in made]) for n in TITLES}
    real_middle, real_worst = median_of(real), {n: _most([row[n] for row in real]) for n in TITLES}
    lines = [
        [title, *(f"{one[name]:.2f}" for one in (middle, worst, real_middle, real_worst))]
        for name, title in TITLES.items()
    ]
    show(
        f"{len(made)} generated motions beside {len(real)} whole captured clips, measured alike",
        ["", "median", "95 %", "clips' median", "95 %"],
        lines,
    )


def _most(values: Sequence[float]) -> float:
    return float(np.nanquantile(values, 0.95))


def show_spread(data: clips.Clips, seeds: int) -> None:
    lines = []
    for name, sentences in motion_judge.SENTENCES.items():
        made = [
            poses_of(take_of(performed(sentences[0], seed).motion, stage().build, SHOWN))
            for seed in range(seeds)
        ]
        own = [c for c in data.clips if motion_judge.CLASSES.get(c.action) == name]
        step = max(1, len(own) // MOST_CLIPS)
        real = [poses_of(take_of_clip(clip, data.rest_offsets)) for clip in own[::step]]
        lines.append([name, f"{spread(made):.1f}", f"{spread(real):.1f}"])
    show(
        "Diversity: mean cm between joints of two takes, shifted to fit best",
        ["sentence of the class", f"{seeds} seeds", "clips"],
        lines,
    )


def show_judge(data: clips.Clips, seeds: int) -> None:
    rows, kinds = motion_judge.clip_windows(data)
    told = motion_judge.tried(rows, kinds)
    judge = motion_judge.train(rows, kinds)
    lines, agreed, known = [], [], []
    for number, name in enumerate(motion_judge.NAMES):
        own = kinds == number
        answers = [
            motion_judge.NAMES[int(judge.tell(_windows(motion, data)).argmax())]
            for sentence in motion_judge.SENTENCES[name]
            for motion in (performed(sentence, seed).motion for seed in range(seeds))
        ]
        right = [answer == name for answer in answers]
        agreed += right
        known += (told[own] == number).tolist()
        others = sorted({answer for answer in answers if answer != name})
        real = f"{100 * np.mean(told[own] == number):.0f} % of {own.sum()}"
        lines.append([name, real, f"{100 * np.mean(right):.0f} %", ", ".join(others)])
    lines.append(["all", f"{100 * np.mean(known):.1f} %", f"{100 * np.mean(agreed):.1f} %", ""])
    show(
        "Second judge: a classifier, on clips left out of its training and on generated motions",
        ["class", "clips told right", "generated told so", "told otherwise as"],
        lines,
    )


def _windows(motion: Motion, data: clips.Clips) -> Any:
    return motion_judge.motion_windows(repeated(motion, SHOWN), data.rest_offsets)


if __name__ == "__main__":
    main()

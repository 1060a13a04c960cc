# SPDX-License-Identifier: Apache-2.0
"""What each file of a draft avatar costs: glTF, BVH, NPZ, turntable sheet and video."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from functools import partial

import torch
from figures import show

from kinora.backend.avatar.dress import dress
from kinora.backend.avatar.params import Params
from kinora.backend.avatar.pipeline import load_models, provenance, read_words
from kinora.backend.avatar.preview import LOOKS, paced, preview_sheet, preview_video
from kinora.backend.kit.body import make_body
from kinora.backend.kit.gltf import write_glb
from kinora.backend.kit.motion.text import text_to_motion
from kinora.shared.motion_files.array_writing import motion_npz
from kinora.shared.motion_files.bvh_writing import write_bvh
from kinora.shared.results import Character

ROUNDS = 3
PARAMS = Params(
    shape_prompt="a tall woman",
    appearance_prompt="a red t-shirt, blue jeans and brown boots, long black hair",
    motion_prompt="she walks forward",
)


def make_character() -> Character:
    models = load_models()
    shape, outfit = read_words(PARAMS, models)
    body = make_body(models.body, shape.parameters)
    dressed = dress(models.body, body, outfit, 1024, PARAMS.seed)
    moving = text_to_motion(PARAMS.motion_prompt, body.rig, models.encoder, PARAMS.seed)
    facts = provenance(PARAMS)
    return Character(
        "Benchmark", dressed.meshes, dressed.materials, body.rig, body.height_m,
        moving.motion, (), facts,
    )  # fmt: skip


def measure(work: Callable[[], bytes]) -> tuple[float, float, int]:
    """Median wall and processor seconds, and the bytes that come out."""
    walls, processors, size = [], [], 0
    for _ in range(ROUNDS):
        wall, processor = time.perf_counter(), time.process_time()
        size = len(work())
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return statistics.median(walls), statistics.median(processors), size


def main() -> None:
    torch.set_num_threads(min(2, os.cpu_count() or 1))
    character = make_character()
    motion = character.motion
    if motion is None:
        raise SystemExit("The prompts made no motion.")
    vertices = sum(len(mesh.vertices) for mesh in character.meshes)
    rows = []
    works: list[tuple[str, Callable[[], bytes]]] = [
        ("avatar.glb", lambda: write_glb(character)),
        ("motion.npz", lambda: motion_npz(motion)),
        ("motion.bvh", lambda: write_bvh(motion).encode()),
    ]
    for preset in ("draft", "standard"):
        for kind, draw in (("png", preview_sheet), ("mp4", preview_video)):
            drawn = partial(draw, character, LOOKS[preset], "cpu", ignore)
            works.append((f"preview.{kind} {preset}", drawn))
    for name, work in works:
        wall, processor, size = measure(work)
        rows.append((name, f"{wall:.2f}", f"{processor:.2f}", f"{size / 2**20:.2f}"))
    fps = paced(len(motion.local_rotations) / motion.fps, LOOKS["draft"])
    show(
        f"Files of a character of {vertices:,} vertices, {len(motion.joints)} frames"
        f" (draft video at {fps:.1f} pictures a second)",
        ("file", "seconds", "processor s", "MiB"),
        rows,
    )


def ignore(fraction: float) -> None:
    """Nobody watches a benchmark."""


if __name__ == "__main__":
    main()

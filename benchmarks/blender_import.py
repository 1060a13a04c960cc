# SPDX-License-Identifier: Apache-2.0
"""A large character into Blender: mesh, weights, UVs, material, armature and 300 frames of keys.

    PYTHON_WITH_BPY benchmarks/blender_import.py

Needs the bpy module, and kinora installed beside it; see tests/run_blender_lane.py.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from tube_systems.tube_man import tube_man

from kinora.blender_addon import importers

VERTICES, FRAMES, BONES = 100_000, 300, 104
ROUNDS = 5


def main() -> None:
    bones_of_tube_man = 26
    character = tube_man(VERTICES, FRAMES, spare_bones=BONES - bones_of_tube_man)
    seconds, busy = [], []
    for _ in range(ROUNDS):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        start, start_busy = time.perf_counter(), time.process_time()
        importers.place(bpy.context, character, character.name, {})
        seconds.append(time.perf_counter() - start)
        busy.append(time.process_time() - start_busy)
    vertices = sum(len(part.vertices) for part in character.meshes)
    sys.stdout.write(
        f"Blender {bpy.app.version_string}: {vertices:,} vertices, {BONES} bones, {FRAMES} frames: "
        f"median {statistics.median(seconds):.2f} s, worst {max(seconds):.2f} s of {ROUNDS} "
        f"(processor {statistics.median(busy):.2f} s)\n"
    )


if __name__ == "__main__":
    main()

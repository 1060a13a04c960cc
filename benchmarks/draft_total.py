# SPDX-License-Identifier: Apache-2.0
"""Three prompts to all files with `kinora avatar`: cold (nothing cached, no server) and warm."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from figures import show
from servers import KINORA, fresh_folder, stop_server, wait_for_client, wait_for_workers

COLD_ROUNDS, WARM_ROUNDS = 3, 5
PROMPTS = (
    ("--shape", "a tall muscular woman"),
    ("--appearance", "a red t-shirt, blue jeans and brown boots, long black hair"),
    ("--motion", "she walks forward"),
)


def make_avatar(folder: Path, seed: int) -> tuple[float, dict[str, float]]:
    """(wall seconds, seconds of each stage) of the whole command, its start included."""
    words = [word for pair in PROMPTS for word in pair]
    command = [*KINORA, "avatar", *words, "--preset", "draft", "--seed", str(seed), "-o", folder]
    start = time.perf_counter()
    answer = subprocess.run(command, capture_output=True, text=True)
    taken = time.perf_counter() - start
    if answer.returncode != 0 or not (folder / "avatar.glb").is_file():
        sys.exit(answer.stderr)
    return taken, json.loads((folder / "result.json").read_text())["timings_s"]


def cold(number: int) -> tuple[float, dict[str, float]]:
    with fresh_folder() as folder:
        try:
            return make_avatar(folder / "out", number)
        finally:
            stop_server()


def warm() -> list[tuple[float, dict[str, float]]]:
    with fresh_folder() as folder:
        make_avatar(folder / "first", 0)
        try:
            with wait_for_client() as client:
                wait_for_workers(client)
                return [make_avatar(folder / str(n), n) for n in range(1, WARM_ROUNDS + 1)]
        finally:
            stop_server()


def row(name: str, rounds: list[tuple[float, dict[str, float]]]) -> tuple[str, ...]:
    taken = [seconds for seconds, _ in rounds]
    values = (statistics.median(taken), min(taken), max(taken))
    return name, *(f"{value:.1f}" for value in values)


def main() -> None:
    colds = [cold(number) for number in range(COLD_ROUNDS)]
    warms = warm()
    rows = [row(f"cold ({COLD_ROUNDS} rounds)", colds), row(f"warm ({WARM_ROUNDS} rounds)", warms)]
    title = "kinora avatar, three prompts, draft preset, to all files"
    show(title, ("", "median s", "least s", "most s"), rows)
    stages = warms[-1][1]
    table = [(name, f"{seconds:.2f}") for name, seconds in stages.items()]
    show("Stages of the last warm round", ("stage", "s"), table)


if __name__ == "__main__":
    main()

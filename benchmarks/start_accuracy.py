# SPDX-License-Identifier: Apache-2.0
"""How exactly, and how soon, dressed characters become the field that is sculpted.

    python benchmarks/start_accuracy.py FOLDER [--prompts N]     what appearance_file.py wrote

Of each start: the mean distance that its field reads on points of its surface, those that are seen
from around, above or below; and seconds.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import torch
from appearance_file import STARTS, load_cases
from contenders import synchronize
from soundness import outermost

from kinora.backend.avatar.sculpt.distance import base_field


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--prompts", type=int, default=24)
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    off, took = [], []
    for case in load_cases(options.folder / STARTS, "cpu")[: options.prompts]:
        start = case.start.to(device)
        begun = time.perf_counter()
        base = base_field(start)
        synchronize(torch.device(device))
        took.append(time.perf_counter() - begun)
        off.append(1000 * float(base.distance(outermost(start)).abs().mean()))
        sys.stdout.write(f"{case.name:14}{off[-1]:8.3f} mm{took[-1]:8.1f} s\n")
        sys.stdout.flush()
    sys.stdout.write(
        f"{len(off)} starts: mean |distance| {statistics.mean(off):.3f} mm, worst {max(off):.3f};"
        f" seconds: median {statistics.median(took):.1f}, most {max(took):.1f}\n"
    )


if __name__ == "__main__":
    main()

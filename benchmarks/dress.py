# SPDX-License-Identifier: Apache-2.0
"""Seconds to tailor, fit and dress outfits: `python benchmarks/dress.py [texture size]`."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

from kinora.backend.avatar.dress import dress, pattern_of
from kinora.backend.avatar.outfit import GarmentChoice, Looks, Outfit
from kinora.backend.avatar.wardrobe.garments import GARMENTS
from kinora.backend.avatar.wardrobe.layers import in_order, put_on
from kinora.backend.avatar.wardrobe.tailor import tailor
from kinora.backend.kit.body import BodyParameters, load_body_model, make_body

OUTFITS = (
    ("tshirt", "trousers", "shoes"),
    ("jacket", "tshirt", "trousers", "boots", "gloves", "helmet"),
    ("dress", "shoes", "hat", "belt"),
    ("robe", "boots"),
)
LOOKS = Looks((0.8, 0.6, 0.5), (0.3, 0.2, 0.1), (0.2, 0.1, 0.1), "short", (0.2, 0.1, 0.1), 30, True)


def median_seconds(step: Callable[[], object], times: int = 5) -> float:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        step()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
    model = load_body_model()
    body = make_body(model, BodyParameters({"gender": 0.0, "age": 0.95, "weight": 1.45}))
    lines = ["| what | median s |", "|---|---|"]
    whole = median_seconds(lambda: [tailor(model, garment) for garment in GARMENTS.values()], 3)
    lines.append(f"| tailor all {len(GARMENTS)} garments, once in a process | {whole:.2f} |")
    for names in OUTFITS:
        patterns = in_order(pattern_of(model, name) for name in names)
        outfit = Outfit(tuple(GarmentChoice(name, (0.3, 0.3, 0.5)) for name in names), LOOKS, ())

        def fit_it(patterns: object = patterns) -> object:
            return put_on(model, body, patterns)

        def dress_it(outfit: Outfit = outfit) -> object:
            return dress(model, body, outfit, size, 0)

        what = ", ".join(names)
        lines.append(f"| fit {what} | {median_seconds(fit_it):.3f} |")
        lines.append(f"| dress in {what} at {size} | {median_seconds(dress_it, 3):.2f} |")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""Bodies of held-out prompts: the share whose measures moved as the prompt asks.

    python benchmarks/shape_by_likeness.py [ENCODER] [--prompts N] [--climb]

By the words alone; by the words, refined by likeness (with --climb); and by likeness alone, as if
no word but sex and age were known: the codebook's first, then (with --climb) refined. A measure
moves from the average adult.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import torch

from kinora.backend.avatar.ranking.codebook import ADULT, Codebook, person
from kinora.backend.avatar.ranking.room import room_of
from kinora.backend.avatar.ranking.scores import wish
from kinora.backend.avatar.ranking.search import Judge, climbed, ranked
from kinora.backend.avatar.ranking.shaping import likened, neutral_phrase
from kinora.backend.avatar.ranking.stage import load_sight
from kinora.backend.avatar.scenes.evaluation import ShapePrompt, shape_prompts
from kinora.backend.avatar.shape import UNSAID, ShapeReading, read_shape, with_levels
from kinora.backend.kit.encoders.encoder import Encoder
from kinora.backend.kit.encoders.published import EMBEDDED_ENCODER
from kinora.backend.kit.text import load_sentence_encoder

Way = Callable[[ShapePrompt, ShapeReading], ShapeReading]


def measures(reading: ShapeReading) -> dict[str, float]:
    return {
        "height": reading.height_m,
        "mass": reading.mass_kg,
        "age": reading.age_years,
        "female": float(reading.is_female),
        "muscle": reading.parameters.phenotypes["muscle"],
    }


def verdicts(prompt: ShapePrompt, reading: ShapeReading) -> dict[str, bool]:
    """Of each measure that the prompt moves: whether it moved so from the average adult."""
    plain = measures(with_levels(person(reading.is_female, ADULT), {})) | {"female": 0.5}
    mine = measures(reading)
    return {name: sign * (mine[name] - plain[name]) > 0 for name, sign in prompt.moves.items()}


def as_if_unknown(reading: ShapeReading, prompt: str) -> ShapeReading:
    """An average person of the same sex and age, of whom no other word was understood."""
    plain = with_levels(person(reading.is_female, reading.age_years), {})
    return replace(plain, person=UNSAID, unknown=tuple(prompt.split()))


def ways(encoder: Encoder, codebook: Codebook, device: str, is_climbed: bool) -> dict[str, Way]:
    def refined(prompt: ShapePrompt, reading: ShapeReading) -> ShapeReading:
        return likened(reading, prompt.prompt, encoder, codebook, device).reading

    def alone(prompt: ShapePrompt, reading: ShapeReading) -> ShapeReading:
        plain = as_if_unknown(reading, prompt.prompt)
        asked = wish(encoder, prompt.prompt, neutral_phrase(plain))
        room = room_of(plain)
        levels = ranked(codebook, plain, room, asked.direction)
        if is_climbed:
            neutral = codebook.neutral(plain.is_female).to(device)
            judge = Judge(encoder, device, plain, neutral, asked.direction.to(device))
            levels, _ = climbed(judge, levels, room)
        return with_levels(plain, dict(zip(("height", "weight", "muscle"), levels, strict=True)))

    found: dict[str, Way] = {"words": lambda prompt, reading: reading, "likeness alone": alone}
    if is_climbed:
        found["words, refined"] = refined
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("encoder", nargs="?", default=EMBEDDED_ENCODER)
    parser.add_argument("--prompts", type=int, default=60)
    parser.add_argument("--climb", action="store_true")
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    sight = load_sight(options.encoder, device)
    reader = load_sentence_encoder()
    listed = shape_prompts()[: options.prompts]
    readings = [read_shape(prompt.prompt, reader) for prompt in listed]
    for name, way in ways(sight.encoder, sight.codebook, device, options.climb).items():
        start = time.perf_counter()
        right: Counter[str] = Counter()
        total: Counter[str] = Counter()
        whole = 0
        for prompt, reading in zip(listed, readings, strict=True):
            found = verdicts(prompt, way(prompt, reading))
            wrong = [measure for measure, is_right in found.items() if not is_right]
            for measure, is_right in found.items():
                total[measure] += 1
                right[measure] += is_right
            whole += not wrong
            if wrong:
                sys.stdout.write(f"    {name}: {prompt.prompt!r}: {', '.join(wrong)}\n")
        seconds = (time.perf_counter() - start) / len(listed)
        by = ", ".join(f"{measure} {right[measure]}/{total[measure]}" for measure in sorted(total))
        share = sum(right.values()) / sum(total.values())
        sys.stdout.write(
            f"{name}: {share:.3f} of the measures ({by}); {whole} of {len(listed)} prompts; "
            f"{seconds:.1f} s each\n"
        )


if __name__ == "__main__":
    main()

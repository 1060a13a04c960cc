# SPDX-License-Identifier: Apache-2.0
"""Draws a sheet of random people, and times batches: `python benchmarks/scenes.py --help`.

Needs the folder of bodies and poses that `kinora train encoder` makes.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from kinora.backend.avatar.scenes import shapes
from kinora.backend.avatar.scenes.batch import VIEWS, People, Shots
from kinora.backend.avatar.scenes.draw import draw
from kinora.backend.avatar.scenes.parts import BEARDS, HAIR, NAMES
from kinora.backend.avatar.scenes.poses import PoseBank
from kinora.backend.avatar.scenes.shapes import ShapeBasis, make_basis
from kinora.backend.avatar.scenes.wardrobe import Wardrobe, build
from kinora.backend.avatar.wardrobe.garments import GARMENTS
from kinora.backend.avatar.wardrobe.patterns import PATTERNS
from kinora.backend.kit.body import load_body_model

COLUMNS = 14


def random_people(
    random: np.random.Generator, basis: ShapeBasis, poses: PoseBank, count: int
) -> People:
    """People in clothes that go together only roughly."""
    slots: dict[str, list[str]] = {}
    for name, garment in GARMENTS.items():
        slots.setdefault(garment.slot, []).append(name)
    phenotypes = shapes.random_phenotypes(random, count)
    parts = np.full((count, COLUMNS), -1, np.int16)
    for row in range(count):
        woman = phenotypes[row]["gender"] > 0.5
        worn: list[str] = []
        if random.random() < 0.2 and "whole" in slots:
            worn.append(random.choice(slots["whole"]))
        else:
            worn += [random.choice(slots["top"]), random.choice(slots["bottom"])]
        for slot, share in (("feet", 0.9), ("head", 0.3), ("outer", 0.25), ("mid", 0.1),
                            ("face", 0.08), ("neck", 0.12), ("hands", 0.12), ("waist", 0.1),
                            ("back", 0.06), ("held", 0.1), ("hand", 0.1)):  # fmt: skip
            if slot in slots and random.random() < share:
                worn.append(random.choice(slots[slot]))
        worn.sort(key=lambda name: GARMENTS[name].layer)
        names = ["skin", "eyes"]
        grown = phenotypes[row]["age"] > 0.5
        if random.random() < (0.95 if woman or not grown else 0.8):
            names.append("hair:" + random.choice(HAIR))
        if not woman and grown and random.random() < 0.3:
            names.append("beard:" + random.choice(BEARDS))
        names += worn[: COLUMNS - len(names)]
        parts[row, : len(names)] = [NAMES.index(name) for name in names]
    colors = random.uniform(0, 1, (count, COLUMNS, 2, 3)) ** 1.3
    tones = np.array([[0.93, 0.78, 0.69], [0.8, 0.62, 0.5], [0.55, 0.38, 0.28], [0.3, 0.2, 0.15]])
    hairs = np.array([[0.06, 0.05, 0.045], [0.25, 0.15, 0.09], [0.75, 0.6, 0.35], [0.6, 0.3, 0.12],
                      [0.7, 0.7, 0.7]])  # fmt: skip
    irises = np.array([[0.25, 0.15, 0.08], [0.3, 0.45, 0.6], [0.3, 0.4, 0.25]])
    tone, hair = tones[random.integers(4, size=count)], hairs[random.integers(5, size=count)]
    colors[:, 0] = np.stack([tone, hair * 0.7], axis=1)
    colors[:, 1, 0] = irises[random.integers(3, size=count)]
    garments = (parts >= 2) & (parts < 2 + len(GARMENTS))
    colors[(parts >= 2 + len(GARMENTS)), 0] = hair[np.nonzero(parts >= 2 + len(GARMENTS))[0]]
    plain = random.random((count, COLUMNS)) < 0.7
    patterns = np.where(plain | ~garments, 0, random.integers(len(PATTERNS), size=parts.shape))
    default = garments & (patterns == 0) & (random.random(parts.shape) < 0.5)
    colors[default, 1] = 1.0
    return People(
        shape=basis.coefficients(phenotypes),
        parts=parts,
        colors=colors.astype(np.float32),
        patterns=patterns.astype(np.int8),
        pose=random.integers(len(poses.rotations), size=count).astype(np.int32),
    )


def random_shots(random: np.random.Generator, count: int) -> Shots:
    """All views, about half of them of the whole body."""
    view = random.choice(len(VIEWS), count, p=(0.3, 0.14, 0.14, 0.08, 0.14, 0.1, 0.1))
    azimuth = random.uniform(-1.3, 1.3, count)
    azimuth = np.where(view == VIEWS.index("back"), azimuth + np.pi, azimuth)
    azimuth = np.where(view == VIEWS.index("face"), azimuth * 0.5, azimuth)
    return Shots(
        view=view.astype(np.int8),
        azimuth=azimuth.astype(np.float32),
        elevation=random.uniform(-0.1, 0.35, count).astype(np.float32),
        zoom=random.uniform(0.75, 1.05, count).astype(np.float32),
        shift=random.uniform(-0.05, 0.05, (count, 2)).astype(np.float32),
        shading=random.choice(3, count, p=(0.85, 0.08, 0.07)).astype(np.int8),
        background=random.integers(4, size=count).astype(np.int8),
        seed=random.integers(1 << 40, size=count),
    )


def sheet(pixels: torch.Tensor, columns: int) -> Image.Image:
    """Pictures (B, 3, S, S) in rows."""
    grid = (pixels.cpu().clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).numpy()
    side = grid.shape[1]
    rows = grid.reshape(-1, columns, side, side, 3).swapaxes(1, 2)
    return Image.fromarray(rows.reshape(-1, columns * side, 3))


def milliseconds(work: Callable[[], object], rounds: int, device: str) -> float:
    """The median of several rounds, by the device's own clock where it has one."""
    work()
    times = []
    for _ in range(rounds):
        if device == "cuda":
            first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            first.record()
            work()
            last.record()
            torch.cuda.synchronize()
            times.append(first.elapsed_time(last))
        else:
            start = time.perf_counter()
            work()
            times.append((time.perf_counter() - start) * 1000)
    return float(np.median(times))


def wardrobe_of(folder: Path, processes: int, device: str) -> tuple[Wardrobe, ShapeBasis]:
    """The whole wardrobe, the basis and poses read from the folder, or the basis made for it."""
    model = load_body_model()
    file = folder / "body.npz"
    if not file.exists():
        make_basis(model).save(file)
    basis, poses = ShapeBasis.load(file), PoseBank.load(folder / "poses.npz")
    start = time.perf_counter()
    wardrobe = build(model, basis, poses, processes, device=device)
    sys.stdout.write(f"wardrobe: {len(NAMES)} parts, {wardrobe.vertices[-1]} vertices, "
          f"{wardrobe.triangles[-1]} triangles, {time.perf_counter() - start:.1f} s\n")  # fmt: skip
    return wardrobe, basis


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where body.npz and poses.npz are")
    parser.add_argument("--out", type=Path, default=Path("."))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--people", type=int, default=64)
    parser.add_argument("--pixels", type=int, default=160)
    parser.add_argument("--batches", type=int, nargs="*", default=[])
    parser.add_argument("--samples", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    wardrobe, basis = wardrobe_of(options.folder, options.processes, options.device)
    random = np.random.default_rng(options.seed)
    people = random_people(random, basis, wardrobe.poses, options.people)
    shots = random_shots(random, options.people)
    drawn = draw(wardrobe, people, shots, options.pixels)
    sheet(drawn.pixels, 8).save(options.out / "people.png")
    rows = []
    for count in options.batches:
        people = random_people(random, basis, wardrobe.poses, count)
        shots = random_shots(random, count)
        for samples in options.samples:
            work = partial(draw, wardrobe, people, shots, options.pixels, samples)
            took = milliseconds(work, 5, options.device)
            rows.append(f"| {count} | {samples} | {took:.1f} | {took / count:.3f} |")
    if rows:
        head = "| pictures | samples a side | ms | ms a picture |\n| --- | --- | --- | --- |\n"
        sys.stdout.write(head + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main()

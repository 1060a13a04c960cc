# SPDX-License-Identifier: Apache-2.0
"""Paints hair: fine streaks along each lock, dark at roots and gaps, lit in a soft band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .noise import Floats, bump, layered, noise, rgb, step
from .piece import Paint, Texels


@dataclass(frozen=True)
class Finish:
    """The color (sRGB, 0 to 1), how much light a band throws back, and how woolly it is."""

    color: tuple[float, float, float]
    gloss: float = 1.0
    frizz: float = 0.0
    grain: float = 0.0075
    """Metres of a tuft of what is woolly."""


def paint(texels: Texels, finish: Finish, seed: int) -> Paint:
    """Color, roughness and relief of locks and domes with the fields of `locks.Strips`."""
    along, across, edge, variant, layer = (
        texels.fields[name] for name in ("along", "across", "edge", "variant", "layer")
    )
    base = np.asarray(finish.color, dtype=np.float32)
    chroma = min(1.0, 3 * float(np.ptp(base)))
    whole = np.round(variant)
    tone = np.sin(whole * 12.9898 + seed % 97)
    visible = np.clip(0.0022 / np.maximum(texels.width, 1e-5) - 0.5, 0.25, 1)
    fine = noise(_strand(across, along, whole, 0.0009, 0.4), 1.0, seed + 100) * visible
    clump = noise(_strand(across, along, whole, 0.0034, 0.25), 1.0, seed + 101)
    if finish.frizz:
        wool = layered(texels.positions, finish.grain, seed + 102, 2, smallest=texels.width)
        woolly = noise(_strand(across, along, whole, 0.004, 4.0), 1.0, seed + 103)
        rough = wool if texels.fields.get("dome") is not None else woolly
        fine = fine + finish.frizz * (rough - fine)
        clump = clump + finish.frizz * (0.7 * rough - clump)
    # The same share of light is a large step on white hair and a small one on black.
    contrast = 1.15 - 0.55 * float(base.mean())
    shade = 1 + contrast * (0.36 * fine + 0.26 * clump + 0.12 * tone)
    shade *= 0.64 + 0.36 * step(0.0, 0.3, along)
    shade *= 1 - 0.22 * contrast * step(0.6, 1.0, np.abs(edge))
    shade *= 0.66 + 0.34 * layer
    # Hair in its own shadow is richer in color, and in the light paler: it lets light through.
    base = base[None] ** (1 + 0.35 * (1 - shade[:, None])).clip(0.8, 1.4)
    band = bump(0.36 + 0.06 * clump, 0.2, along) * layer * (0.45 + 0.55 * fine) * finish.gloss
    light = base + (1 - base) * rgb(0.13, 0.115, 0.10)
    color = base * shade[:, None]
    color = color + (light * shade[:, None] - color) * np.clip(0.5 * band, 0, 1)[:, None]
    # Tips are older and paler than roots, and strands differ in warmth.
    warmth = 0.05 * clump + 0.03 * tone
    color = color * (1 + 0.12 * step(0.5, 1, along)[:, None])
    color = color * (1 + warmth[:, None] * rgb(1.0, 0.2, -0.8) * chroma * (1 - 0.8 * finish.frizz))
    relief = 0.00016 + 0.00045 * finish.frizz
    return Paint(
        color=np.clip(color, 0.006, 1).astype(np.float32),
        roughness=np.clip(0.64 + 0.12 * fine - 0.08 * band, 0.3, 0.95).astype(np.float32),
        height=(relief * fine + 0.0003 * clump).astype(np.float32),
        metallic=np.zeros(len(texels), dtype=np.float32),
    )


def _strand(across: Floats, along: Floats, variant: Floats, width: float, turns: float) -> Floats:
    """(N, 3) places in which strands `width` metres wide are long cells, other in each variant."""
    place = across / width
    # Each strand changes at other places than its neighbours.
    changes = along * turns * 6 + place * np.float32(0.618)
    return np.stack([place, changes, variant * np.float32(3.7)], axis=1).astype(np.float32)

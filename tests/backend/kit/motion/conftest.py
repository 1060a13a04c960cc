# SPDX-License-Identifier: Apache-2.0
"""Four bodies that differ as much as bodies do, and an encoder that knows no language."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from kinora.backend.kit.body import BodyModel, BodyParameters, load_body_model, make_body
from kinora.backend.kit.motion import feet, figure
from kinora.backend.kit.motion.posture import Body
from kinora.shared import posing
from kinora.shared.results import Rig

PHENOTYPES = {
    "adult": {},
    "toddler": {"age": 0.06, "height": 0.4, "weight": 0.55},
    "obese elder": {"gender": 1.0, "age": 0.95, "weight": 1.45},
    "giant": {"gender": 0.0, "height": 1.2, "muscle": 1.0},
}


@dataclass(frozen=True)
class Person:
    rig: Rig
    body: Body
    vertices: NDArray[np.float64]
    bone_indices: NDArray[np.integer]
    weights: NDArray[np.floating]


def make_person(model: BodyModel, phenotypes: dict[str, float]) -> Person:
    made = make_body(model, BodyParameters(phenotypes=phenotypes))
    corners = model.groups["body"].corners
    skin = np.unique(corners[corners >= 0])
    vertices, bones = made.vertices[skin].astype(np.float64), model.bone_indices[skin]
    body = Body(
        posing.rest_offsets(made.rig).astype(np.float64),
        feet.measure_soles(made.rig),
        figure.measure_figure(made.rig, vertices, bones),
    )
    return Person(made.rig, body, vertices, bones, model.weights[skin])


@pytest.fixture(scope="session")
def people() -> dict[str, Person]:
    model = load_body_model()
    return {name: make_person(model, phenotypes) for name, phenotypes in PHENOTYPES.items()}


class DeafEncoder:
    """A different direction for every sentence: nothing is like anything."""

    def encode(self, sentences: list[str]) -> NDArray[np.float32]:
        rows = []
        for sentence in sentences:
            digest = hashlib.sha256(sentence.encode(errors="replace")).digest()
            rows.append(np.random.default_rng(list(digest[:8])).normal(size=384))
        vectors = np.array(rows, dtype=np.float32).reshape(-1, 384)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="session")
def deaf() -> DeafEncoder:
    return DeafEncoder()

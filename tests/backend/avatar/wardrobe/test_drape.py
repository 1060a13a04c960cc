# SPDX-License-Identifier: Apache-2.0
"""Long hair stays outside of the clothes that it lies on, and goes with them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from kinora.backend.avatar.dress import dress
from kinora.backend.avatar.outfit import read_outfit
from kinora.backend.avatar.shape import read_shape
from kinora.backend.kit.body import load_body_model, make_body
from kinora.backend.kit.text import load_sentence_encoder


@pytest.fixture(scope="module", params=["a woman", "a very muscular woman", "a girl of nine"])
def dressed(request):
    model, encoder = load_body_model(), load_sentence_encoder()
    shape = read_shape(request.param, encoder)
    outfit = read_outfit("a red jacket and long hair", shape, encoder)
    parts = dress(model, make_body(model, shape.parameters), outfit, 64, 0).meshes
    return {part.name: part for part in parts}


def lying(dressed) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices of the hair behind and below the collar, their cloth, and the way to it."""
    hair, cloth = dressed["Hair"], dressed["jacket"]
    top = cloth.vertices[:, 2].max()
    low = np.flatnonzero((hair.vertices[:, 2] < 0.93 * top) & (hair.vertices[:, 1] > 0))
    distance, near = cKDTree(cloth.vertices).query(hair.vertices[low])
    assert len(low) > 50
    return low, near, distance


def test_hair_lies_behind_the_jacket_not_in_it(dressed) -> None:
    low, near, _ = lying(dressed)
    behind = dressed["Hair"].vertices[low, 1] - dressed["jacket"].vertices[near, 1]
    assert np.mean(behind < -0.002) < 0.01


def test_hair_on_the_jacket_hangs_mostly_on_its_bones(dressed) -> None:
    low, near, distance = lying(dressed)
    hair, cloth = dressed["Hair"], dressed["jacket"]
    shared = [
        sum(
            weight
            for bone, weight in zip(hair.bone_indices[h], hair.weights[h], strict=True)
            if bone in set(cloth.bone_indices[c][cloth.weights[c] > 0.01])
        )
        for h, c in zip(low[distance < 0.02], near[distance < 0.02], strict=True)
    ]
    assert np.mean(shared) > 0.7

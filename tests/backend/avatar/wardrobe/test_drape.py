# SPDX-License-Identifier: Apache-2.0
"""Long hair stays outside of the clothes that it lies on, and its locks stay whole."""

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
def person(request) -> str:
    return request.param


def worn(person: str, clothes: str):
    model, encoder = load_body_model(), load_sentence_encoder()
    shape = read_shape(person, encoder)
    outfit = read_outfit(clothes, shape, encoder)
    parts = dress(model, make_body(model, shape.parameters), outfit, 64, 0).meshes
    return {part.name: part for part in parts}


@pytest.fixture(scope="module")
def dressed(person):
    return worn(person, "a red jacket and long hair")


@pytest.fixture(scope="module")
def bare_shouldered(person):
    return worn(person, "blue swimming trunks and long hair")


def lying(dressed) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices of the hair behind and below the collar, their cloth, and the way to it."""
    hair, cloth = dressed["Hair"], dressed["Jacket"]
    top = cloth.vertices[:, 2].max()
    low = np.flatnonzero((hair.vertices[:, 2] < 0.93 * top) & (hair.vertices[:, 1] > 0))
    distance, near = cKDTree(cloth.vertices).query(hair.vertices[low])
    assert len(low) > 50
    return low, near, distance


def test_hair_lies_behind_the_jacket_not_in_it(dressed) -> None:
    low, near, _ = lying(dressed)
    behind = dressed["Hair"].vertices[low, 1] - dressed["Jacket"].vertices[near, 1]
    assert np.mean(behind < -0.002) < 0.01


def test_a_lock_bends_over_the_jacket_and_is_not_crumpled(dressed, bare_shouldered) -> None:
    hair, free = dressed["Hair"], bare_shouldered["Hair"]
    assert np.array_equal(hair.faces, free.faces)
    moved = hair.vertices - free.vertices
    assert np.abs(moved).max() < 0.11
    pairs = np.concatenate([free.faces[:, [i, (i + 1) % 4]] for i in range(4)])
    length = np.linalg.norm(free.vertices[pairs[:, 0]] - free.vertices[pairs[:, 1]], axis=1)
    change = np.linalg.norm(moved[pairs[:, 0]] - moved[pairs[:, 1]], axis=1)
    assert np.quantile(change / np.maximum(length, 0.004), 0.99) < 1


def test_locks_that_lie_on_the_jacket_do_not_stand_up_from_it(dressed, bare_shouldered) -> None:
    raised = dressed["Hair"].vertices[:, 2] - bare_shouldered["Hair"].vertices[:, 2]
    assert raised.max() < 0.02

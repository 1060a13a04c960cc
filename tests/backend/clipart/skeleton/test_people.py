# SPDX-License-Identifier: Apache-2.0
"""The person detector finds joints of people that it never saw, and no person in other things."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from kinora.backend.clipart.drawing import PERSON
from kinora.backend.clipart.scenes.creatures import make
from kinora.backend.clipart.scenes.draw import draw, stack
from kinora.backend.clipart.scenes.parts import Creature
from kinora.backend.clipart.skeleton.joints import likeliest
from kinora.backend.clipart.skeleton.network import places
from kinora.backend.clipart.skeleton.people import find_person


def picture(creature: Creature) -> NDArray[np.uint8]:
    cast = stack([creature])
    drawn = draw(cast, cast.points[:, None], 256)[0, 0].numpy()
    straight = np.concatenate([drawn[:3] / np.maximum(drawn[3:], 1e-3), drawn[3:]])
    return (straight.clip(0, 1) * 255).round().astype(np.uint8).transpose(1, 2, 0)


def drawings(kind: str, count: int) -> list[Creature]:
    rng = np.random.default_rng(20261122)
    return [make(kind, rng) for _ in range(count)]


def test_it_finds_the_joints_of_people() -> None:
    hits, boxed = [], []
    for creature in drawings("person", 16):
        shown = picture(creature)
        found = find_person(shown)
        true = creature.points[: len(PERSON)]
        size = np.ptp(true, axis=0).max()
        hits.append(np.linalg.norm(found.points - true, axis=1) < 0.1 * size)
        rows, columns = np.nonzero(shown[..., 3] > 50)
        middle = np.array([columns.mean(), rows.mean()])
        boxed.append(np.linalg.norm(middle - true, axis=1) < 0.1 * size)
    assert np.mean(hits) > 0.75
    assert np.mean(hits) > np.mean(boxed) + 0.3


def test_joints_lie_on_the_drawing() -> None:
    for creature in drawings("person", 8):
        shown = picture(creature)
        found = find_person(shown)
        columns, rows = found.points.astype(int).clip(0, 255).T
        assert (shown[rows, columns, 3] > 40).all()
        assert ((found.confidence >= 0) & (found.confidence <= 1)).all()


def test_it_tells_people_from_things() -> None:
    people = [find_person(picture(each)).likeness for each in drawings("person", 10)]
    kinds = ("quadruped", "plant", "vehicle", "fish", "tool")
    others = [find_person(picture(each)).likeness for kind in kinds for each in drawings(kind, 2)]
    assert np.mean(np.array(people) > 0.5) > 0.85
    assert np.mean(np.array(others) < 0.5) > 0.85


def test_an_empty_picture_is_no_person() -> None:
    found = find_person(np.zeros((256, 256, 4), np.uint8))
    assert np.isfinite(found.points).all()
    assert found.likeness < 0.5


def test_places_are_the_middles_of_bells() -> None:
    truth = torch.tensor([[0.31, 0.72], [0.5, 0.25]])
    ruler = (torch.arange(64) + 0.5) / 64
    off = ((ruler - truth[..., None]) * 64) ** 2
    heat = -(off[:, 0, None, :] + off[:, 1, :, None])[None]
    found, held = places(heat)
    assert found[0].numpy() == pytest.approx(truth.numpy(), abs=0.002)
    assert (held > 0.95).all()


def test_legs_do_not_cross_where_nothing_is_drawn() -> None:
    """Two legs apart; the right knee's heat map is a bit higher on the left leg."""
    chance = np.full((13, 64, 64), 1e-9)
    spots = {7: [(24, 20)], 8: [(40, 20)], 9: [(20, 36)], 11: [(16, 52)], 12: [(48, 52)]}
    for point, cells in spots.items():
        for x, y in cells:
            chance[point, y, x] = 1.0
    chance[10, 36, 20], chance[10, 36, 44] = 0.55, 0.45
    drawn = np.zeros((128, 128), bool)
    for row in range(40, 108):
        out = (row - 40) // 4
        drawn[row, 48 - out - 4 : 48 - out + 4] = drawn[row, 80 + out - 4 : 80 + out + 4] = True
    found, _ = likeliest(chance, drawn)
    assert found[10] * 64 == pytest.approx([44.5, 36.5], abs=0.6)
    assert found[9] * 64 == pytest.approx([20.5, 36.5], abs=0.6)

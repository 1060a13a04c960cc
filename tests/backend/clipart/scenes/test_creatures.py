# SPDX-License-Identifier: Apache-2.0
"""Every kind of creature lies on the canvas, is one piece of skeleton and has its mirror image."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kinora.backend.clipart.drawing import CANVAS, PERSON
from kinora.backend.clipart.scenes.creatures import KINDS, make
from kinora.backend.clipart.scenes.draw import draw, stack
from kinora.backend.clipart.scenes.framing import extent, fitted, mirrored
from kinora.backend.clipart.scenes.parts import Creature


def some(kind: str) -> list[Creature]:
    rng = np.random.default_rng(KINDS.index(kind))
    return [make(kind, rng) for _ in range(6)]


def shown(creature: Creature) -> torch.Tensor:
    cast = stack([creature])
    return draw(cast, cast.points[:, None], 64)[0, 0]


@pytest.mark.parametrize("kind", KINDS)
def test_it_lies_on_the_canvas(kind: str) -> None:
    for creature in some(kind):
        low, high = extent(creature.points, creature.parts)
        assert (low > -0.5).all() and (high < CANVAS + 0.5).all()
        alpha = shown(creature)[3]
        assert alpha.min() >= 0 and alpha.max() <= 1 + 1e-5
        assert alpha[0].max() < 0.9 or low[1] < 4
        assert 0.005 < alpha.mean() < 0.7


@pytest.mark.parametrize("kind", KINDS)
def test_its_skeleton_is_one_tree_with_known_limbs(kind: str) -> None:
    for creature in some(kind):
        count = len(creature.points)
        assert len(creature.edges) == count - 1
        reached = {creature.anatomy.root}
        for _ in range(count):
            reached |= {int(b) for a, b in creature.edges if int(a) in reached}
            reached |= {int(a) for a, b in creature.edges if int(b) in reached}
        assert reached == set(range(count))
        assert creature.anatomy.limbs
        edges = {frozenset(edge) for edge in creature.edges.tolist()}
        for limb in creature.anatomy.limbs:
            pairs = {frozenset(pair) for pair in zip(limb.points, limb.points[1:], strict=False)}
            assert kind == "person" or pairs <= edges
        assert creature.parts.bones.max() < count


@pytest.mark.parametrize("kind", KINDS)
def test_its_mirror_image_is_one(kind: str) -> None:
    creature = some(kind)[0]
    picture, mirror = shown(creature), shown(mirrored(creature))
    assert (picture.flip(-1) - mirror).abs().max() < 1e-3
    assert mirrored(creature).anatomy.forward[0] == -creature.anatomy.forward[0]


def test_people_begin_with_the_published_points() -> None:
    for creature in some("person"):
        assert creature.names[: len(PERSON)] == PERSON


def test_left_is_right_in_the_mirror() -> None:
    creature = some("person")[0]
    mirror = mirrored(creature)
    left = creature.points[creature.names.index("left_wrist")]
    right = mirror.points[mirror.names.index("right_wrist")]
    assert right == pytest.approx([CANVAS - left[0], left[1]], abs=1e-3)


def test_fitting_keeps_the_form() -> None:
    creature = some("quadruped")[0]
    half = fitted(creature, 0.4)
    before, after = extent(creature.points, creature.parts), extent(half.points, half.parts)
    assert (after[1] - after[0]).max() == pytest.approx(0.4 * CANVAS, rel=1e-3)
    ratio = (after[1] - after[0]) / (before[1] - before[0])
    assert ratio[0] == pytest.approx(ratio[1], rel=1e-3)


def test_the_same_seed_gives_the_same_drawing() -> None:
    first, second = (make("bird", np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(first.parts.forms, second.parts.forms)
    assert np.array_equal(first.points, second.points)

# SPDX-License-Identifier: Apache-2.0
"""Parts have the areas that geometry says, follow their keypoints and cover each other in order."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from kinora.backend.clipart.motion.anatomy import Anatomy
from kinora.backend.clipart.scenes.draw import draw, on_white, paint, placed, stack
from kinora.backend.clipart.scenes.parts import (
    Creature,
    Part,
    capsule,
    clipped,
    disc,
    leaf,
    oval,
    pack,
    plain,
    plate,
)

PIXELS = 128
AREA = (256 / PIXELS) ** 2
RED, BLUE = plain((1.0, 0.0, 0.0, 1.0)), plain((0.0, 0.0, 1.0, 1.0))
BONE = (0, 1)


def creature(*parts: Part, points: tuple[tuple[float, float], ...] = ((90, 128), (150, 128))):
    return Creature(
        "thing",
        np.array(points, np.float32),
        np.array([[0, 1]]),
        ("", ""),
        Anatomy("thing", 0, ()),
        pack(parts),
    )


def shown(made: Creature, pixels: int = PIXELS) -> torch.Tensor:
    cast = stack([made])
    return draw(cast, cast.points[:, None], pixels)[0, 0]


@pytest.mark.parametrize(
    ("part", "area"),
    [
        (disc(0, (0, 0), 30, RED), math.pi * 30**2),
        (oval(BONE, (-0.5, 0), (1.5, 0), 20, RED), math.pi * 60 * 20),
        (oval(BONE, (0.3, 0), (0.7, 0), 40, RED), math.pi * 12 * 40),
        (capsule(BONE, (10, 10), RED), 60 * 20 + math.pi * 100),
        (plate(BONE, (0, 0), (1, 0), (20, 20, 20), RED), 60 * 40),
        (plate(BONE, (0, 0), (1, 0), (10, 20, 30), RED), 60 * 40),
        (leaf(BONE, (0, 0), (1, 0), 15, RED), 60 * 2 * 15 * 2 / 3),
    ],
    ids=["disc", "ellipse", "wide ellipse", "capsule", "rectangle", "trapezoid", "leaf"],
)
@pytest.mark.parametrize("end", [(150.0, 128.0), (126.0, 176.0)])
def test_areas(part: Part, area: float, end: tuple[float, float]) -> None:
    alpha = shown(creature(part, points=((90, 128), end)))[3]
    assert float(alpha.sum()) * AREA == pytest.approx(area, rel=0.03)


def test_an_outline_is_as_wide_at_round_ends_as_at_the_sides() -> None:
    inner = oval(BONE, (0, 0), (1, 0), 20, RED)
    grown = Part(inner.bone, inner.start, inner.end, BLUE, inner.width, radius=4)
    alpha = shown(creature(grown))[3]
    row, column = alpha[PIXELS // 2], alpha[:, 60]
    assert float(row.sum()) * 2 == pytest.approx(68, abs=1.5)
    assert float(column.sum()) * 2 == pytest.approx(48, abs=1.5)


def test_parts_turn_and_stretch_with_their_bone() -> None:
    made = creature(plate(BONE, (0, 5), (1, 5), (5, 5, 5), RED))
    cast = stack([made])
    upright = torch.tensor([[[[128.0, 40.0], [128.0, 160.0]]]])
    alpha = draw(cast, upright, PIXELS)[0, 0, 3]
    rows, columns = torch.nonzero(alpha > 0.5, as_tuple=True)
    # To the right of a bone that leads down is the picture's left.
    assert columns.min() * 2 == pytest.approx(118, abs=3)
    assert columns.max() * 2 == pytest.approx(128, abs=3)
    assert rows.min() * 2 == pytest.approx(40, abs=3)
    assert rows.max() * 2 == pytest.approx(160, abs=3)


def test_later_parts_cover_earlier_ones_and_clipped_ones_stay_inside() -> None:
    base, spot = disc(0, (0, 0), 30, RED), disc(0, (30, 0), 20, BLUE)
    over = shown(creature(base, spot))
    inside = shown(creature(base, clipped(spot)))
    alone = shown(creature(base))
    assert torch.equal(inside[3] > 0, alone[3] > 0)
    assert over[3].sum() > alone[3].sum()
    assert inside[2].sum() > 0 and alone[2].sum() == 0


def test_a_drawing_is_the_same_alone_and_among_larger_ones() -> None:
    small = creature(disc(0, (0, 0), 30, RED))
    large = creature(*(disc(1, (0, k), 20, BLUE) for k in range(9)))
    cast = stack([small, large])
    both = draw(cast, cast.points[:, None], PIXELS)
    assert torch.equal(both[0, 0], shown(small))


def test_bones_without_length_draw_nothing_large() -> None:
    made = creature(capsule(BONE, (3, 3), RED), points=((128, 128), (128, 128.00001)))
    alpha = shown(made)[3]
    assert float(alpha.sum()) * AREA == pytest.approx(math.pi * 9, rel=0.3)


def test_white_shows_where_nothing_is() -> None:
    picture = on_white(shown(creature(disc(0, (0, 0), 30, BLUE))))
    assert picture[:, 0, 0].tolist() == [1, 1, 1]
    assert picture[:, 64, 45].tolist() == pytest.approx([0, 0, 1], abs=1e-5)


def test_the_painter_carries_gradients() -> None:
    cast = stack([creature(disc(0, (0, 0), 30, RED))])
    tracks = cast.points[:, None].clone().requires_grad_()
    picture = paint(cast, placed(cast, tracks), 64)
    ruler = torch.arange(64.0)
    (picture[0, 0, 3].sum(0) * ruler).sum().backward()
    # One unit to the right moves the area by a quarter of a pixel; edges are a pixel soft.
    assert tracks.grad is not None
    assert float(tracks.grad[0, 0, 0, 0]) == pytest.approx(math.pi * 7.5**2 / 4, rel=0.2)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_the_kernel_paints_what_pytorch_paints() -> None:
    from kinora.backend.clipart.scenes import kernel
    from kinora.backend.clipart.scenes.creatures import KINDS, make

    rng = np.random.default_rng(0)
    cast = stack([make(kind, rng) for kind in KINDS], torch.device("cuda"))
    axes = placed(cast, cast.points[:, None])
    assert torch.allclose(kernel.paint(cast, axes, 96), paint(cast, axes, 96), atol=1e-3)

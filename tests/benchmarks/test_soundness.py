# SPDX-License-Identifier: Apache-2.0
"""Each fault that the appearance benchmark counts is found where it was made, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from shapes import RADIUS, ball, start
from soundness import face_moved, floaters, holes, smear, turned
from torch import Tensor
from turntables import Figure, figure_of, painted


def joined(*meshes: tuple[Tensor, Tensor]) -> Figure:
    vertices, triangles, first = [], [], 0
    for own, faces in meshes:
        vertices.append(own)
        triangles.append(faces + first)
        first += len(own)
    whole = torch.cat(vertices)
    return painted(whole, torch.cat(triangles), whole.new_full(whole.shape, 0.5))


def test_a_sound_figure_has_no_fault() -> None:
    one = start()
    figure = figure_of(one)
    assert floaters(figure) == 0
    assert holes(figure, one) == (0, 0)
    assert turned(figure, one) == 0
    assert face_moved(figure, one) == 0
    assert smear(figure, one) == pytest.approx(1)


def test_a_piece_in_the_air_floats_and_one_that_touches_does_not() -> None:
    touching = ball(0.1, (-0.55, 0, 1))
    assert floaters(joined(ball(), touching)) == 0
    assert floaters(joined(ball(), ball(0.1, (0.7, 0, 1)), touching)) == 1


def test_two_pieces_that_float_together_are_one_floater() -> None:
    pair = (ball(0.1, (0.8, 0, 1)), ball(0.1, (0.95, 0, 1)))
    assert floaters(joined(ball(), *pair)) == 1


def test_a_hole_shows_the_inside() -> None:
    one = start()
    middle = one.vertices[one.triangles].mean(1)
    kept = one.triangles[middle[:, 2] < 1.4]
    inside, uncovered = holes(painted(one.vertices, kept, one.vertices), one)
    assert inside > 0.01
    assert uncovered < 0.05


def test_a_missing_half_leaves_the_body_uncovered() -> None:
    one = start()
    middle = one.vertices[one.triangles].mean(1)
    kept = one.triangles[middle[:, 2] < 1.0]
    _, uncovered = holes(painted(one.vertices, kept, one.vertices), one)
    assert uncovered > 0.1


def test_a_fold_turns_triangles() -> None:
    one = start()
    vertices = one.vertices.clone()
    top = int(vertices[:, 2].argmax())
    vertices[top, 2] -= 1.5 * RADIUS
    vertices[top, 0] += 0.2
    assert turned(replace(figure_of(one), vertices=vertices), one) > 0


def test_a_moved_face_is_measured_on_any_mesh() -> None:
    one = start()
    back = torch.tensor([0.0, 0.004, 0.0])
    moved = replace(figure_of(one), vertices=one.vertices + back)
    assert face_moved(moved, one) == pytest.approx(0.004, rel=1e-3)
    other = joined((one.vertices + back, one.triangles))
    grown = painted(
        other.vertices[:-1],
        other.triangles[(other.triangles < len(one.vertices) - 1).all(1)],
        other.vertices[:-1],
    )
    assert face_moved(grown, one) == pytest.approx(0.004, rel=0.1)


def test_a_back_without_detail_is_smeared() -> None:
    one = start()
    noise = torch.rand(len(one.vertices), 3, generator=torch.Generator().manual_seed(1))
    blank = torch.where(one.vertices[:, 1:2] > 0, 0.5, noise)
    detailed = painted(one.vertices, one.triangles, noise)
    assert smear(detailed, one) == pytest.approx(1, rel=0.1)
    assert smear(painted(one.vertices, one.triangles, blank), one) > 5

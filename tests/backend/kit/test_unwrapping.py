# SPDX-License-Identifier: Apache-2.0
"""A dense surface loses crumbs, hollows and what is inside, and is unwrapped."""

from __future__ import annotations

import numpy as np
import trimesh

from kinora.backend.kit.bake import cover
from kinora.backend.kit.unwrapping import fewer, seen, unwrapped, without_floaters, without_scraps


def balls(*radii_and_places):
    """Several balls as one soup; a negative radius is a hollow."""
    made = []
    for radius, place in radii_and_places:
        ball = trimesh.creation.icosphere(4, abs(radius))
        ball.apply_translation(place)
        if radius < 0:
            ball.invert()
        made.append(ball)
    whole = trimesh.util.concatenate(made)
    return np.array(whole.vertices), np.array(whole.faces)


def test_crumbs_and_hollows_go_and_pieces_stay() -> None:
    soup = balls((0.3, [0, 0, 0]), (-0.1, [0, 0, 0]), (0.005, [0, 0, 0.5]), (0.05, [0.5, 0, 0]))
    found = trimesh.Trimesh(*without_floaters(*soup, least=1.5e-6))
    assert found.is_watertight
    sizes = sorted(piece.volume for piece in found.split())
    expected = [4 / 3 * np.pi * radius**3 for radius in (0.05, 0.3)]
    assert np.allclose(sizes, expected, rtol=0.02)


def test_scraps_go() -> None:
    _, triangles = balls((0.3, [0, 0, 0]))
    scraps = np.array([[0, 1, 2], [2, 1, 3]]) + triangles.max() + 1
    kept = without_scraps(np.concatenate([triangles, scraps]), 3)
    assert np.array_equal(kept, triangles)


def test_fewer_triangles_are_the_same_surface() -> None:
    vertices, triangles = fewer(*balls((0.3, [0, 0, 0])), most=1000)
    assert 900 <= len(triangles) <= 1000
    assert np.abs(np.linalg.norm(vertices, axis=1) - 0.3).max() < 0.01
    assert trimesh.Trimesh(vertices, triangles).is_watertight


def test_what_nobody_can_see_goes() -> None:
    soup = balls((0.3, [0, 0, 0]), (0.2, [0, 0, 0]))
    vertices, triangles = seen(*soup)
    assert len(triangles) == len(soup[1]) // 2
    assert np.allclose(np.linalg.norm(vertices, axis=1), 0.3)


def test_every_triangle_has_a_place_of_its_own_in_the_map() -> None:
    soup = fewer(*balls((0.3, [0, 0, 0])), most=600)
    vertex, triangles, uvs = unwrapped(*soup, 256)
    assert np.array_equal(vertex[triangles], soup[1])
    assert uvs.min() >= 0 and uvs.max() <= 1
    flat = uvs[triangles]
    first, second = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    area = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2
    covered = cover(flat.astype(np.float32), 1024)
    shown = np.bincount(covered.faces, minlength=len(triangles)) / 1024**2
    assert abs(shown.sum() - area.sum()) < 0.03 * area.sum()

# SPDX-License-Identifier: Apache-2.0
"""Cloth: patterns run over UV seams and keep their size; looks answer light as their material."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinora.backend.avatar.outfit import GarmentChoice
from kinora.backend.avatar.wardrobe import cloth
from kinora.backend.avatar.wardrobe.part import ZONES, Part
from kinora.backend.avatar.wardrobe.patterns import share_of_second
from kinora.backend.avatar.wardrobe.piece import Texels, smooth_normals
from kinora.backend.avatar.wardrobe.tubes import cut_of

RED, WHITE = (0.8, 0.1, 0.1), (1.0, 1.0, 1.0)
RADIUS = 0.15


def tube(kind: str = "cotton") -> Part:
    """A shirt's trunk as a plain round tube, 0.9 to 1.4 m up, cut open at the back in its UVs."""
    around, up = np.meshgrid(np.linspace(0, 2 * np.pi, 65)[:-1], np.linspace(0.9, 1.4, 21))
    vertices = np.stack([RADIUS * np.sin(around), RADIUS * np.cos(around), up], -1).reshape(-1, 3)
    vertices = vertices.astype(np.float32)
    row, column = np.meshgrid(np.arange(20), np.arange(64), indexing="ij")
    after = (column + 1) % 64
    faces = np.stack(
        [row * 64 + column, (row + 1) * 64 + column, (row + 1) * 64 + after, row * 64 + after], -1
    ).reshape(-1, 4)
    corner_column = np.stack([column, column, column + 1, column + 1], -1).reshape(-1, 4)
    corner_row = np.stack([row, row + 1, row + 1, row], -1).reshape(-1, 4)
    uvs = np.stack([corner_column / 64, corner_row / 20], axis=-1).astype(np.float32)
    outside = np.full(len(vertices), -0.2, dtype=np.float32)
    hem = np.minimum(vertices[:, 2] - 0.9, 1.4 - vertices[:, 2])
    return Part(
        name="tube",
        cloth=kind,
        digest="tube",
        vertices=vertices,
        faces=faces.astype(np.int32),
        uvs=uvs,
        bone_indices=np.zeros((len(vertices), 4), dtype=np.int32),
        weights=np.tile(np.float32([1, 0, 0, 0]), (len(vertices), 1)),
        canonical=vertices,
        canonical_normals=smooth_normals(vertices, faces.astype(np.int32)),
        zones=np.zeros(len(faces), dtype=np.int8),
        fields={"arm": outside, "leg": outside, "side": 0 * outside, "hem": hem},
    )


def texels_at(angle: np.ndarray, up: np.ndarray, part: Part) -> Texels:
    """Texels of half a millimetre on the tube; 0 radians is the front."""
    count = len(angle)
    normals = np.stack([np.sin(angle), -np.cos(angle), 0 * angle], axis=-1)
    outside = np.full(count, -0.2, dtype=np.float32)
    return Texels(
        positions=(RADIUS * normals + up[:, None] * [0, 0, 1]).astype(np.float32),
        normals=normals.astype(np.float32),
        uvs=np.zeros((count, 2), dtype=np.float32),
        zones=np.zeros(count, dtype=np.int8),
        width=np.full(count, 0.0005, dtype=np.float32),
        fields={
            "arm": outside,
            "leg": outside,
            "side": 0 * outside,
            "hem": np.full(count, 0.2, dtype=np.float32),
        },
    )


def choice(pattern: str) -> GarmentChoice:
    return GarmentChoice("tube", RED, pattern, WHITE)


@pytest.mark.parametrize("pattern", ["stripes", "dots", "checks"])
def test_patterns_close_up_behind_where_the_uvs_are_cut(pattern: str) -> None:
    part = tube()
    up = np.linspace(0.95, 1.35, 400)
    left = texels_at(np.full(400, np.pi - 1e-4), up, part)
    right = texels_at(np.full(400, -np.pi + 1e-4), up, part)
    first, second = (share_of_second(side, cut_of(part), pattern) for side in (left, right))
    np.testing.assert_allclose(first, second, atol=0.1)
    assert 0.1 < first.mean() < 0.9 or pattern == "dots"


@pytest.mark.parametrize("pattern", ["stripes", "dots", "checks"])
def test_equal_places_get_equal_colours_whatever_else_is_painted_with_them(pattern: str) -> None:
    part = tube()
    rng = np.random.default_rng(0)
    angle, up = rng.uniform(-3, 3, 500), rng.uniform(0.95, 1.35, 500)
    look, cut = cloth.LOOKS["cotton"], cloth.Sewn(cut_of(part))
    whole = cloth.paint(texels_at(angle, up, part), choice(pattern), look, cut, 1)
    half = cloth.paint(texels_at(angle[:250], up[:250], part), choice(pattern), look, cut, 1)
    np.testing.assert_allclose(whole.color[:250], half.color, atol=1e-5)


def test_dots_are_round_and_cover_their_share() -> None:
    part = tube()
    angle, up = np.meshgrid(np.linspace(-1, 1, 600), np.linspace(1.0, 1.3, 600))
    share = share_of_second(texels_at(angle.ravel(), up.ravel(), part), cut_of(part), "dots")
    dots = share.reshape(600, 600) > 0.5
    middle = np.linspace(1.0, 1.3, 600)
    # Along the densest row and column through dots, the longest runs are one dot's diameter.
    widest = longest_run(dots[dots.sum(1).argmax()]) * 2 * RADIUS / 600
    tallest = longest_run(dots[:, dots.sum(0).argmax()]) * (middle[1] - middle[0])
    assert abs(widest / tallest - 1) < 0.12
    assert 0.15 < share.mean() < 0.35


def longest_run(flags: np.ndarray) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return int((edges[1::2] - edges[::2]).max())


def test_plain_cloth_stays_near_its_colour() -> None:
    part = tube()
    rng = np.random.default_rng(1)
    texels = texels_at(rng.uniform(-3, 3, 4000), rng.uniform(0.95, 1.35, 4000), part)
    paint = cloth.paint(texels, choice("plain"), cloth.LOOKS["cotton"], cloth.Sewn(cut_of(part)), 1)
    np.testing.assert_allclose(paint.color.mean(0), RED, atol=0.03)
    assert paint.color.std(0).max() > 0.002
    assert (paint.metallic == 0).all()


def test_metal_is_metallic_and_smoother_than_wool() -> None:
    piece = cloth.piece(tube("metal"), choice("plain"), 1)
    rng = np.random.default_rng(2)
    texels = texels_at(rng.uniform(-3, 3, 500), rng.uniform(0.95, 1.35, 500), tube())
    metal = piece.paint(texels)
    wool = cloth.piece(tube("wool"), choice("plain"), 1).paint(texels)
    assert metal.metallic.min() == 1
    assert metal.roughness.mean() < 0.5 < wool.roughness.mean()


def test_trims_and_soles_differ_from_the_cloth() -> None:
    part = tube()
    texels = texels_at(np.zeros(10), np.full(10, 1.2), part)
    trimmed = replace(texels, zones=np.full(10, ZONES.index("trim"), dtype=np.int8))
    look, cut = cloth.LOOKS["cotton"], cloth.Sewn(cut_of(part))
    plain, trim = (
        cloth.paint(which, choice("plain"), look, cut, 1).color for which in (texels, trimmed)
    )
    assert np.abs(plain - trim).mean() > 0.05

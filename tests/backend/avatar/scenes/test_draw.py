# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest
import torch

from kinora.backend.avatar.scenes import parts, prints
from kinora.backend.avatar.scenes.batch import VIEWS, People, Shots
from kinora.backend.avatar.scenes.draw import draw
from kinora.backend.avatar.scenes.shapes import ShapeBasis
from kinora.backend.avatar.scenes.wardrobe import Wardrobe
from kinora.backend.avatar.wardrobe.patterns import MOTIFS
from kinora.backend.avatar.wardrobe.tubes import Flat

NAMES = ("skin", "eyes", "hair:short", "trousers", "tshirt", "sneakers")
COLORS = {
    "skin": (0.8, 0.62, 0.5),
    "eyes": (0.3, 0.4, 0.6),
    "hair:short": (0.3, 0.2, 0.1),
    "trousers": (0.1, 0.2, 0.6),
    "tshirt": (0.8, 0.1, 0.15),
    "sneakers": (0.1, 0.5, 0.2),
}


def _people(basis: ShapeBasis, *bodies: dict[str, float]) -> People:
    count = len(bodies)
    colors = np.ones((count, len(NAMES), 2, 3), np.float32)
    colors[:, :, 0] = [COLORS[name] for name in NAMES]
    colors[:, :, 1] = (0.9, 0.9, 0.2)
    return People(
        basis.coefficients(bodies),
        np.tile(np.array([parts.NAMES.index(n) for n in NAMES], np.int16), (count, 1)),
        colors,
        np.zeros((count, len(NAMES)), np.int8),
        np.zeros(count, np.int32),
    )


def _shots(count: int, view: str = "body", shading: int = 1) -> Shots:
    none = np.zeros(count, np.float32)
    return Shots(
        np.full(count, VIEWS.index(view), np.int8), none, none, none + 1,
        np.zeros((count, 2), np.float32), np.full(count, shading, np.int8),
        np.ones(count, np.int8), np.arange(count, dtype=np.int64),
    )  # fmt: skip


def test_parts_have_the_colors_asked_for(small: Wardrobe, basis: ShapeBasis) -> None:
    drawn = draw(small, _people(basis, {}), _shots(1), 128)
    picture, part = drawn.pixels[0].permute(1, 2, 0), drawn.part[0]
    for column, name in ((0, "skin"), (3, "trousers"), (4, "tshirt")):
        seen = picture[part == column]
        assert len(seen) > 100
        middle = seen.median(0).values.numpy()
        assert np.abs(middle - COLORS[name]).max() < 0.1, name
    assert (picture[part < 0] < 0.01).float().mean() > 0.97  # black but at the figure's edge


def test_the_same_seeds_draw_the_same_and_others_do_not(small: Wardrobe, basis: ShapeBasis) -> None:
    people, shots = _people(basis, {}, {"gender": 1.0}), _shots(2, shading=0)
    first, again = (draw(small, people, shots, 64).pixels for _ in range(2))
    assert torch.equal(first, again)
    other = draw(small, people, replace(shots, seed=shots.seed + 7), 64).pixels
    assert not torch.equal(first, other)
    alone = replace(people, **{k: getattr(people, k)[1:] for k in People.__dataclass_fields__})
    one = replace(shots, **{k: getattr(shots, k)[1:] for k in Shots.__dataclass_fields__})
    assert torch.allclose(draw(small, alone, one, 64).pixels[0], first[1], atol=2e-2)


def test_the_metric_view_shows_height_and_the_body_view_fills_the_picture(
    small: Wardrobe, basis: ShapeBasis
) -> None:
    people = _people(basis, {}, {"age": 0.1})
    tall = {}
    for view in ("metric", "body"):
        part = draw(small, people, _shots(2, view), 96).part
        tall[view] = (part >= 0).any(2).sum(1).tolist()
    heights, _ = basis.measure(people.shape)
    assert tall["metric"][1] / tall["metric"][0] == pytest.approx(heights[1] / heights[0], abs=0.06)
    assert min(tall["body"]) > 80


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_shows_what_it_is_of(small: Wardrobe, basis: ShapeBasis, view: str) -> None:
    part = draw(small, _people(basis, {}), _shots(1, view), 64).part[0]
    shown = set(part.unique().tolist())
    due = {"face": {0, 1, 2}, "head": {0, 2}, "feet": {5}, "hands": {0}}.get(view, {0, 3, 4, 5})
    assert due <= shown


@pytest.mark.parametrize("motif", MOTIFS)
def test_patterns_are_the_wardrobes(motif: str) -> None:
    random = np.random.default_rng(3)
    along = random.uniform(-1, 1, 4000).astype(np.float32)
    turns = random.uniform(-0.5, 0.5, 4000).astype(np.float32)
    girth = np.full(4000, 0.83, np.float32)
    soft = np.full(4000, 0.002, np.float32)
    right = MOTIFS[motif](Flat(along, turns, girth), soft)
    flat = torch.from_numpy(np.stack([along, turns, girth, girth], axis=1))
    row = torch.full((4000,), 1 + list(MOTIFS).index(motif))
    inks = torch.zeros(4000, 3), torch.ones(4000, 3)
    made = prints.printed(row, flat, torch.from_numpy(soft), torch.zeros(4000, 3), inks)
    share = made[:, 2].numpy()  # blue; a flower's middle is yellow
    agrees = np.abs(share - right) < 0.02
    assert agrees.mean() > (0.95 if motif == "flowers" else 0.995)

# SPDX-License-Identifier: Apache-2.0
"""Draws a batch of people: geometry, visibility, color and light, all on the device."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ...kit.raster import Cameras, Fragments, backgrounds, rasterise
from ..lights import Recipe
from ..shading import tone
from . import lighting, prints
from .batch import SHADINGS, People, Shots
from .crowd import Crowd, gather
from .parts import BEARDS, HAIR, NAMES
from .view import cameras
from .wardrobe import Wardrobe

LAYER = 0.0012
"""Metres by which each thing worn over another is drawn nearer, so that cloth does not pierce."""
_RECIPE = Recipe()
_GREY = 0.6
_FIRST_HAIR = len(NAMES) - len(HAIR) - len(BEARDS)


@dataclass(frozen=True)
class Pictures:
    """`pixels` (B, 3, S, S) sRGB 0 to 1; `part` (B, S, S) int8 the column of `People.parts` that
    each pixel shows, -1 for the background."""

    pixels: Tensor
    part: Tensor


@torch.no_grad()
def draw(
    wardrobe: Wardrobe, people: People, shots: Shots, pixels: int = 160, samples: int = 2
) -> Pictures:
    """Draw B people, each in a picture `pixels` square, from `samples` squared points a pixel."""
    crowd = gather(wardrobe, people)
    side = pixels * samples
    seen_by = cameras(wardrobe, crowd, shots, side)
    fragments = _visible(crowd, seen_by, side)
    shades = _Batch.of(wardrobe, people, shots)
    color = _shaded(wardrobe, crowd, fragments, seen_by, shades)
    picture = backgrounds(shades.background, shades.seed, (side, side)).contiguous()
    picture.view(-1, 3).index_copy_(0, fragments.seen, color)
    drawn = functional.avg_pool2d(picture.permute(0, 3, 1, 2), samples)
    part = torch.full_like(fragments.face, -1, dtype=torch.int8)
    worn = crowd.triangle_worn.index_select(0, fragments.seen_face)
    part.view(-1)[fragments.seen] = crowd.column.index_select(0, worn).to(torch.int8)
    return Pictures(drawn, part[:, ::samples, ::samples].contiguous())


def _visible(crowd: Crowd, seen_by: Cameras, side: int) -> Fragments:
    projected = seen_by.project(crowd.places, crowd.person.index_select(0, crowd.owner))
    projected[:, 2] -= LAYER * crowd.column.index_select(0, crowd.owner)
    corners = projected.index_select(0, crowd.triangles.reshape(-1)).view(-1, 3, 3)
    picture = crowd.person.index_select(0, crowd.triangle_worn)
    return rasterise(corners, picture, (len(crowd.carry), side, side))


@dataclass(frozen=True)
class _Batch:
    """What of the people and shots decides colors, on the device."""

    colors: Tensor
    """(B, P, 2, 3)"""
    patterns: Tensor
    """(B, P)"""
    is_asked: Tensor
    """(B, P) whether a second color is asked for."""
    cover: Tensor
    """(B, 2) rows of `Wardrobe.covers`: of hair and of beard."""
    grown: Tensor
    """(B, 2, 3) the colors of hair and beard."""
    shading: Tensor
    background: Tensor
    seed: Tensor

    @staticmethod
    def of(wardrobe: Wardrobe, people: People, shots: Shots) -> _Batch:
        parts = people.parts
        rows = np.full((len(parts), 2), len(HAIR) + len(BEARDS))
        grown = np.zeros((len(parts), 2, 3), np.float32)
        ranges = ((_FIRST_HAIR, _FIRST_HAIR + len(HAIR)), (_FIRST_HAIR + len(HAIR), len(NAMES)))
        for number, (low, high) in enumerate(ranges):
            person, column = np.nonzero((parts >= low) & (parts < high))
            rows[person, number] = parts[person, column] - _FIRST_HAIR
            grown[person, number] = people.colors[person, column, 0]
        asked = (people.colors[:, :, 1] < 0.999).any(-1)

        def tensor(values: np.ndarray) -> Tensor:
            return torch.from_numpy(np.ascontiguousarray(values)).to(wardrobe.device)

        return _Batch(
            colors=tensor(people.colors.astype(np.float32)),
            patterns=tensor(people.patterns.astype(np.int64)),
            is_asked=tensor(asked),
            cover=tensor(rows.astype(np.int64)),
            grown=tensor(grown),
            shading=tensor(shots.shading.astype(np.int64)),
            background=tensor(shots.background.astype(np.int64)),
            seed=tensor(shots.seed.astype(np.int64)),
        )


def _shaded(
    wardrobe: Wardrobe, crowd: Crowd, fragments: Fragments, seen_by: Cameras, batch: _Batch
) -> Tensor:
    """(N, 3) sRGB of the pixels that see somebody."""
    face, shares = fragments.seen_face, fragments.shares
    corners = crowd.triangles.index_select(0, face)
    worn = crowd.triangle_worn.index_select(0, face)
    person = crowd.person.index_select(0, worn)
    rows = crowd.row[corners]
    place = (shares[..., None] * crowd.places[corners]).sum(1)
    normal = functional.normalize((shares[..., None] * crowd.normals[corners]).sum(1), dim=1)
    offset = seen_by.eye.index_select(0, person) - place
    distance = offset.norm(dim=1)
    to_eye = offset / distance[:, None]
    normal = torch.where((normal * to_eye).sum(1, keepdim=True) < -0.15, -normal, normal)
    base = _painted(wardrobe, crowd, face, (shares, rows, worn), distance / seen_by.focal[person], batch)
    finish = (shares[..., None] * wardrobe.finish[rows].float()).sum(1)
    shading = batch.shading.index_select(0, person)[:, None]
    is_grey = shading == SHADINGS.index("textureless")
    base = torch.where(is_grey, _GREY, base)
    finish = torch.where(is_grey, finish.new_tensor([0.9, 0.0]), finish)
    lights = lighting.lighting(seen_by, batch.seed, _RECIPE)
    mine = lighting.Lighting(
        *(getattr(lights, name).index_select(0, person) for name in ("key", "fill", "rim", "strength"))
    )
    light = lighting.lit(lighting.linear(base), normal, to_eye, finish, mine, _RECIPE)
    seen = lighting.display(tone(light))
    return torch.where(shading == SHADINGS.index("unlit"), base, seen)


def _painted(
    wardrobe: Wardrobe,
    crowd: Crowd,
    face: Tensor,
    at: tuple[Tensor, Tensor, Tensor],
    pixel: Tensor,
    batch: _Batch,
) -> Tensor:
    """(N, 3) sRGB of the paint; `at` is the shares of the corners, their rows, and what is worn;
    `pixel` (N,) the metres that a pixel spans."""
    shares, rows, worn = at
    person = crowd.person.index_select(0, worn)
    cell = person * batch.patterns.shape[1] + crowd.column.index_select(0, worn)
    first, second = batch.colors.view(-1, 6).index_select(0, cell).split(3, dim=1)
    asked = batch.is_asked.view(-1).index_select(0, cell).long() * len(wardrobe.finish)
    paint = (shares[..., None] * wardrobe.paint[rows + asked[:, None]].float()).sum(1)
    pattern = batch.patterns.view(-1).index_select(0, cell)
    some = (pattern > 0).nonzero()[:, 0]
    if len(some):
        part = crowd.part.index_select(0, worn.index_select(0, some))
        table = wardrobe.printed[crowd.triangle_row[face[some]]].view(-1, 3, 3)
        flat = (shares[some][..., None] * table).sum(1)
        flat = torch.cat([flat, wardrobe.girth[part][:, None]], dim=1)
        places = (shares[some][..., None] * wardrobe.canonical[rows[some]]).sum(1)
        inks = first[some], second[some]
        first = first.index_copy(
            0, some, prints.printed(pattern[some], flat, pixel[some].clamp(min=6e-4), places, inks)
        )
    color = paint[:, :3] * first + paint[:, 3:6] * second + paint[:, 6:]
    skin = (crowd.part.index_select(0, worn) == 0).nonzero()[:, 0]
    mine = color.index_select(0, skin)
    for number in range(2):
        style = batch.cover[person[skin], number]
        cover = wardrobe.covers[style[:, None], rows[skin]].float()
        share = (shares[skin] * cover).sum(1)[:, None]
        mine = mine + share * (0.55 * batch.grown[person[skin], number] - mine)
    return color.index_copy(0, skin, mine).clamp(0, 1)



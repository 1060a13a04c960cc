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
    seen_by = cameras(wardrobe, crowd, people, shots, side)
    corners, pictures, things = crowd.faces(seen_by)
    fragments = rasterise(corners, pictures, (len(people.pose), side, side))
    worn = things.index_select(0, fragments.seen_face).long()
    shades = _Batch.of(wardrobe, people, shots)
    color = _shaded(crowd, fragments, worn, seen_by, shades)
    picture = color.new_zeros((*fragments.face.shape, 3))
    picture.view(-1, 3).index_copy_(0, fragments.seen, color)
    drawn = functional.avg_pool2d(picture.permute(0, 3, 1, 2), samples)
    cover = functional.avg_pool2d((fragments.face >= 0).float()[:, None], samples)
    behind = backgrounds(shades.background, shades.seed, (pixels, pixels)).permute(0, 3, 1, 2)
    drawn = drawn + (1 - cover) * behind
    part = torch.full_like(fragments.face, -1, dtype=torch.int8)
    column = crowd.worn.column.index_select(0, worn).to(torch.int8)
    part.view(-1).index_copy_(0, fragments.seen, column)
    return Pictures(drawn, part[:, ::samples, ::samples].contiguous())


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
        asked = np.asarray((people.colors[:, :, 1] < 0.999).any(-1))

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
    crowd: Crowd, fragments: Fragments, worn: Tensor, seen_by: Cameras, batch: _Batch
) -> Tensor:
    """(N, 3) sRGB of the pixels that see somebody; `worn` (N,) which of the things."""
    shares, person = fragments.shares, crowd.worn.person.index_select(0, worn)
    corners, rows, triangle = crowd.corners(fragments.seen_face, worn)
    place = (shares[..., None] * crowd.places[corners]).sum(1)
    normal = functional.normalize((shares[..., None] * crowd.normals[corners]).sum(1), dim=1)
    offset = seen_by.eye.index_select(0, person) - place
    distance = offset.norm(dim=1)
    to_eye = offset / distance[:, None]
    normal = torch.where((normal * to_eye).sum(1, keepdim=True) < -0.15, -normal, normal)
    pixel = distance / seen_by.focal.index_select(0, person)
    base = _painted(crowd, (shares, rows, triangle, worn), pixel, batch)
    finish = (shares[..., None] * crowd.wardrobe.finish[rows].float()).sum(1)
    shading = batch.shading.index_select(0, person)[:, None]
    is_grey = shading == SHADINGS.index("textureless")
    base = torch.where(is_grey, _GREY, base)
    finish = torch.where(is_grey, finish.new_tensor([0.9, 0.0]), finish)
    lights = lighting.lighting(seen_by, batch.seed, _RECIPE)
    light = lighting.lit(lighting.linear(base), normal, to_eye, finish, lights.of(person), _RECIPE)
    seen = lighting.display(tone(light))
    return torch.where(shading == SHADINGS.index("unlit"), base, seen)


def _painted(
    crowd: Crowd, at: tuple[Tensor, Tensor, Tensor, Tensor], pixel: Tensor, batch: _Batch
) -> Tensor:
    """(N, 3) sRGB of the paint; `at` is the shares of the corners, their rows, the triangle's row
    and what is worn; `pixel` (N,) the metres that a pixel spans."""
    shares, rows, triangle, worn = at
    wardrobe, part = crowd.wardrobe, crowd.worn.part_on_device.index_select(0, worn)
    person = crowd.worn.person.index_select(0, worn)
    cell = person * batch.patterns.shape[1] + crowd.worn.column.index_select(0, worn)
    inks = batch.colors.view(-1, 6).index_select(0, cell)
    first, second = inks[:, :3], inks[:, 3:]
    asked = batch.is_asked.view(-1).index_select(0, cell).long() * len(wardrobe.finish)
    paint = (shares[..., None] * wardrobe.paint[rows + asked[:, None]].float()).sum(1)
    pattern = batch.patterns.view(-1).index_select(0, cell)
    some = (pattern > 0).nonzero()[:, 0]
    if len(some):
        table = wardrobe.printed.index_select(0, triangle[some]).view(-1, 3, 3)
        flat = (shares[some][..., None] * table).sum(1)
        flat = torch.cat([flat, wardrobe.girth[part[some]][:, None]], dim=1)
        places = (shares[some][..., None] * wardrobe.canonical[rows[some]]).sum(1)
        soft = pixel.index_select(0, some).clamp(min=6e-4)
        cloth = prints.printed(pattern[some], flat, soft, places, (first[some], second[some]))
        first = first.index_copy(0, some, cloth)
    color = paint[:, :3] * first + paint[:, 3:6] * second + paint[:, 6:]
    skin = (part == 0).nonzero()[:, 0]
    mine = color.index_select(0, skin)
    for number in range(2):
        style = batch.cover[person[skin], number]
        cover = wardrobe.covers[style[:, None], rows[skin]].float()
        share = (shares[skin] * cover).sum(1)[:, None]
        mine = mine + share * (0.55 * batch.grown[person[skin], number] - mine)
    whole: Tensor = color.index_copy(0, skin, mine).clamp(0, 1)
    return whole

# SPDX-License-Identifier: Apache-2.0
"""The geometry of a batch of people: all that is worn, posed, as one list of triangles.

On CUDA `kernel` does what the plain functions here do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ...kit.raster import Cameras
from ...kit.raster.fragments import triton_works
from . import figures
from .batch import People
from .parts import HATS, NAMES
from .wardrobe import Wardrobe

LAYER = 0.0012
"""Metres by which each thing worn over another is drawn nearer, so that cloth does not pierce."""
_HAT_OF_ROW = np.array([HATS.index(name) if name in HATS else -1 for name in NAMES])


@dataclass(frozen=True)
class Worn:
    """L things that are worn, in the order of the wardrobe's rows, so that the skins come first.

    `table` (L, 8): person, column, first vertex, its row in the wardrobe, vertices, first triangle,
    its row, triangles.
    """

    part: NDArray[np.int64]
    table: NDArray[np.int64]
    on_device: Tensor
    """The table as int64."""
    part_on_device: Tensor

    @staticmethod
    def of(people: People, wardrobe: Wardrobe) -> Worn:
        """Raises ValueError where somebody has no skin, or two."""
        vertices, triangles = np.array(wardrobe.vertices), np.array(wardrobe.triangles)
        made = np.diff(vertices) > 0
        person, column = np.nonzero((people.parts >= 0) & made[people.parts])
        part = people.parts[person, column].astype(np.int64)
        order = np.argsort(part, kind="stable")
        person, column, part = person[order], column[order], part[order]
        if not np.array_equal(person[part == 0], np.arange(len(people.parts))):
            raise ValueError("Every one of the people needs a skin, once.")
        counts, faces = np.diff(vertices)[part], np.diff(triangles)[part]
        starts, first = np.cumsum(counts) - counts, np.cumsum(faces) - faces
        columns = (person, column, starts, vertices[part], counts, first, triangles[part], faces)
        table = np.stack(columns, axis=1)
        device = wardrobe.device
        both = torch.from_numpy(np.concatenate([table, part[:, None]], axis=1)).to(device)
        return Worn(part, table, both[:, :8].contiguous(), both[:, 8].contiguous())

    @property
    def person(self) -> Tensor:
        return self.on_device[:, 0]

    @property
    def column(self) -> Tensor:
        return self.on_device[:, 1]


@dataclass(frozen=True)
class Crowd:
    """M vertices of B people in the world, soles at z = 0, facing about -Y."""

    wardrobe: Wardrobe
    worn: Worn
    places: Tensor
    """(M, 3) metres"""
    normals: Tensor
    """(M, 3) unit"""
    hidden: Tensor
    """(M,) int8, 1 for what lies well inside of something worn over it, or under a hat."""
    carry: Tensor
    """(B, J, 3, 4) as `figures.matrices`, put on the floor."""

    @property
    def skin(self) -> Tensor:
        """(B, n, 3) places of everybody's skin."""
        people, count = len(self.carry), int(self.worn.table[0, 4])
        return self.places[: people * count].view(people, count, 3)

    def faces(self, cameras: Cameras) -> tuple[Tensor, Tensor, Tensor]:
        """The F triangles as (F, 3, 3) pixels and depth, which picture (F,) and which of the L
        things (F,) they are of. What is hidden has no depth, so that it is not drawn."""
        if _uses_kernels(self.places):
            return _faces_by_kernel(self, cameras)
        table = self.worn.on_device
        owner = _repeated(self.worn.table[:, 7], self.places.device)
        mine = table.index_select(0, owner)
        row = torch.arange(len(owner), device=owner.device) - mine[:, 5] + mine[:, 6]
        corners = self.wardrobe.corners.index_select(0, row).long() + mine[:, 2:3]
        vertex_of = _repeated(self.worn.table[:, 4], self.places.device)
        whose = table.index_select(0, vertex_of)
        projected = cameras.project(self.places, whose[:, 0])
        projected[:, 2] -= LAYER * whose[:, 1]
        drawn = projected.index_select(0, corners.reshape(-1)).view(-1, 3, 3)
        unseen = self.hidden.index_select(0, corners.reshape(-1)).view(-1, 3).amin(1) > 0
        drawn[..., 2].masked_fill_(unseen[:, None], -1.0)
        return drawn, mine[:, 0], owner

    def corners(self, face: Tensor, thing: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of N triangles and their things: vertices (N, 3), their rows in the wardrobe's tables,
        and the triangle's row (N,)."""
        table = self.worn.on_device
        triangle = face + (table[:, 6] - table[:, 5]).index_select(0, thing)
        own = self.wardrobe.corners.index_select(0, triangle).long()
        vertices = own + table[:, 2].index_select(0, thing)[:, None]
        return vertices, own + table[:, 3].index_select(0, thing)[:, None], triangle


def gather(wardrobe: Wardrobe, people: People) -> Crowd:
    """Shape, pose and layer everything that the people wear."""
    device = wardrobe.device
    worn = Worn.of(people, wardrobe)
    shape = torch.from_numpy(people.shape.astype(np.float32)).to(device)
    pose = torch.from_numpy(people.pose.astype(np.int64)).to(device)
    carry = figures.matrices(wardrobe.skeleton, shape, pose).contiguous()
    over, hats = _over(wardrobe, people)
    make = _geometry_by_kernel if _uses_kernels(carry) else _geometry
    places, normals, hidden = make(wardrobe, worn, (shape, carry), (over, hats))
    crowd = Crowd(wardrobe, worn, places, normals, hidden, carry)
    floor = crowd.skin[..., 2].amin(1)
    carry[:, :, 2, 3] -= floor[:, None]
    owner = torch.repeat_interleave(worn.person, worn.on_device[:, 4], output_size=len(places))
    places[:, 2] -= floor.index_select(0, owner)
    return crowd


Geometry = tuple[Tensor, Tensor, Tensor]


def _geometry(
    wardrobe: Wardrobe, worn: Worn, figure: tuple[Tensor, Tensor], over: tuple[Tensor, Tensor]
) -> Geometry:
    """Places (M, 3), normals (M, 3) and hidden (M,) of shapes and matrices."""
    shape, carry = figure
    owner = _repeated(worn.table[:, 4], shape.device)
    mine = worn.on_device.index_select(0, owner)
    row = torch.arange(len(owner), device=owner.device) - mine[:, 2] + mine[:, 3]
    bound = _shaped(wardrobe, worn, shape.index_select(0, worn.person))
    places = _posed(wardrobe, bound, row, mine[:, 0], carry)
    chords = wardrobe.chords.index_select(0, row) + mine[:, 2:3]
    ends = [places.index_select(0, chords[:, one]) for one in range(4)]
    across = torch.linalg.cross(ends[0] - ends[1], ends[2] - ends[3])
    hidden = _hidden(wardrobe, over, mine, row)
    return places, functional.normalize(across, dim=1), hidden


def _repeated(counts: NDArray[np.int64], device: torch.device) -> Tensor:
    """(sum of counts,) 0 as often as the first count says, then 1, ..."""
    numbers = torch.arange(len(counts), device=device)
    many = torch.from_numpy(counts).to(device)
    return torch.repeat_interleave(numbers, many, output_size=int(counts.sum()))


def _shaped(wardrobe: Wardrobe, worn: Worn, shape: Tensor) -> Tensor:
    """(M, 3) in bind pose: for each part one product for all who wear it."""
    starts = [*worn.table[:, 2].tolist(), int(worn.table[:, 4].sum())]
    flat = torch.empty(starts[-1] * 3, device=shape.device)
    rows, first, many = np.unique(worn.part, return_index=True, return_counts=True)
    for row, start, count in zip(rows.tolist(), first.tolist(), many.tolist(), strict=True):
        low, high = wardrobe.vertices[row] * 3, wardrobe.vertices[row + 1] * 3
        torch.addmm(
            wardrobe.mean[low:high],
            shape[start : start + count],
            wardrobe.components[:, low:high].float(),
            out=flat[starts[start] * 3 : starts[start + count] * 3].view(count, high - low),
        )
    return flat.view(-1, 3)


def _posed(wardrobe: Wardrobe, bound: Tensor, row: Tensor, person: Tensor, carry: Tensor) -> Tensor:
    """(M, 3) linear blend skinning."""
    table = carry.reshape(-1, 12)
    bones = wardrobe.bones.index_select(0, row) + (person * carry.shape[1])[:, None]
    weights = wardrobe.weights.index_select(0, row)
    blended = table.index_select(0, bones[:, 0]) * weights[:, :1]
    for one in range(1, 4):
        blended.addcmul_(table.index_select(0, bones[:, one]), weights[:, one : one + 1])
    moved = blended.view(-1, 3, 4)
    return (moved[..., :3] * bound[:, None]).sum(2) + moved[..., 3]


def _over(wardrobe: Wardrobe, people: People) -> tuple[Tensor, Tensor]:
    """(B, V) int8 the outermost column that hides what is beneath each base vertex, and (B,) int32
    which hat is worn."""
    device = wardrobe.device
    parts = people.parts.astype(np.int64)
    rows = torch.from_numpy(np.where(parts < 0, len(NAMES), parts)).to(device)
    over = torch.zeros((len(rows), wardrobe.hides.shape[1]), dtype=torch.int8, device=device)
    for number in range(1, rows.shape[1]):
        over.masked_fill_(wardrobe.hides.index_select(0, rows[:, number]), number)
    hat = np.where(parts >= 0, _HAT_OF_ROW[parts], -1).max(1)
    hats = np.where(hat < 0, len(HATS), hat).astype(np.int32)
    return over, torch.from_numpy(hats).to(device)


def _hidden(wardrobe: Wardrobe, over: tuple[Tensor, Tensor], mine: Tensor, row: Tensor) -> Tensor:
    """(M,) int8"""
    outer, hats = over
    place = mine[:, 0] * outer.shape[1] + wardrobe.anchors.index_select(0, row)
    hidden = outer.view(-1).index_select(0, place) > mine[:, 1]
    # Hair is hidden by hats alone, and lies over collars.
    grown = wardrobe.vertices[wardrobe.first_hair]
    if wardrobe.under_hat.numel():
        cell = hats.index_select(0, mine[:, 0]) * wardrobe.under_hat.shape[1] + row - grown
        held = wardrobe.under_hat.view(-1).index_select(0, torch.where(row < grown, 0, cell))
        hidden = torch.where(row < grown, hidden, held)
    return hidden.to(torch.int8)


def _uses_kernels(like: Tensor) -> bool:
    return like.is_cuda and triton_works()


def _geometry_by_kernel(
    wardrobe: Wardrobe, worn: Worn, figure: tuple[Tensor, Tensor], over: tuple[Tensor, Tensor]
) -> Geometry:
    from . import kernel  # Triton is there with CUDA alone.

    shape, carry = figure
    device, counts = shape.device, worn.table[:, 4]
    blocks, things = kernel.runs(counts, device), worn.on_device.int()
    total, size = int(counts.sum()), {"THING": kernel.THING, "BLOCK": kernel.BLOCK}
    places, normals = torch.empty((2, total, 3), device=device)
    hidden = torch.empty(total, dtype=torch.int8, device=device)
    grid = (len(blocks),)
    tables = (wardrobe.mean, wardrobe.components, wardrobe.bones, wardrobe.weights)
    values, bones = len(wardrobe.mean), carry.shape[1]
    kernel.pose[grid](
        blocks, things, shape, carry, *tables, places, values, bones, K=shape.shape[1], **size
    )
    grown, under = wardrobe.vertices[wardrobe.first_hair], wardrobe.under_hat
    kernel.hide[grid](
        blocks, things, *over, wardrobe.anchors, under.view(torch.int8), hidden,
        over[0].shape[1], grown, under.shape[1], **size,
    )  # fmt: skip
    kernel.normals[grid](blocks, things, wardrobe.chords, places, normals, **size)
    return places, normals, hidden


def _faces_by_kernel(crowd: Crowd, cameras: Cameras) -> tuple[Tensor, Tensor, Tensor]:
    from . import kernel  # Triton is there with CUDA alone.

    device, counts = crowd.places.device, crowd.worn.table[:, 7]
    blocks, total = kernel.runs(counts, device), int(counts.sum())
    drawn = torch.empty((total, 3, 3), device=device)
    picture, owner = torch.empty((2, total), dtype=torch.int32, device=device)
    seen_by = torch.cat(
        [cameras.eye, cameras.axes.flatten(1), cameras.focal[:, None], cameras.middle], dim=1
    )
    kernel.corners[(len(blocks),)](
        blocks, crowd.worn.on_device.int(), crowd.wardrobe.corners, crowd.places, crowd.hidden,
        seen_by.contiguous(), drawn, picture, owner, LAYER,
        THING=kernel.THING, BLOCK=kernel.BLOCK,
    )  # fmt: skip
    return drawn, picture, owner

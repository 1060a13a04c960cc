# SPDX-License-Identifier: Apache-2.0
"""The geometry of a batch of people: all that is worn, posed, as one list of triangles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from . import figures
from .batch import People
from .parts import HATS, NAMES
from .wardrobe import Wardrobe

_SKIN = 0
_HAT_OF_ROW = np.array([HATS.index(name) if name in HATS else -1 for name in NAMES])


@dataclass(frozen=True)
class Worn:
    """L things that are worn, in the order of the wardrobe's rows: whose, which, which column."""

    person: NDArray[np.int64]
    column: NDArray[np.int64]
    part: NDArray[np.int64]

    @staticmethod
    def of(people: People, wardrobe: Wardrobe) -> Worn:
        made = np.diff(wardrobe.vertices) > 0
        person, column = np.nonzero((people.parts >= 0) & made[people.parts])
        part = people.parts[person, column].astype(np.int64)
        order = np.argsort(part, kind="stable")
        return Worn(person[order], column[order], part[order])


@dataclass(frozen=True)
class Crowd:
    """M vertices and F triangles of B people in the world, soles at z = 0, facing about -Y."""

    worn: Worn
    places: Tensor
    """(M, 3) metres"""
    normals: Tensor
    """(M, 3) unit"""
    row: Tensor
    """(M,) of the wardrobe's tables."""
    owner: Tensor
    """(M,) which of the L worn things each vertex is of."""
    triangles: Tensor
    """(F, 3) vertices"""
    triangle_worn: Tensor
    """(F,) which of the L worn things each triangle is of."""
    triangle_row: Tensor
    """(F,) of the wardrobe's tables."""
    person: Tensor
    """(L,) and likewise `column` and `part`, on the device."""
    column: Tensor
    part: Tensor
    starts: Tensor
    """(L,) first vertex of each worn thing."""
    carry: Tensor
    """(B, J, 3, 4) as `figures.matrices`, put on the floor."""

    def skin(self, people: int) -> Tensor:
        """(B, n, 3) places of everybody's skin."""
        count = int((self.worn.part == _SKIN).sum())
        if count != people:
            raise ValueError("Every one of the people needs a skin, once.")
        length = int(self.starts[count]) if len(self.starts) > count else len(self.places)
        return self.places[:length].view(people, -1, 3)


def gather(wardrobe: Wardrobe, people: People) -> Crowd:
    """Shape, pose and layer everything that the people wear."""
    device = wardrobe.device
    worn = Worn.of(people, wardrobe)
    ends = np.array(wardrobe.vertices)
    counts = np.diff(ends)[worn.part]
    starts = np.concatenate([[0], np.cumsum(counts)])
    person, column, part = (
        torch.from_numpy(one).to(device) for one in (worn.person, worn.column, worn.part)
    )
    owner = _repeated(counts, device)
    row = _counted(owner, starts[:-1], ends[worn.part])
    shape = torch.from_numpy(people.shape).to(device)
    pose = torch.from_numpy(people.pose.astype(np.int64)).to(device)
    carry = figures.matrices(wardrobe.skeleton, shape, pose)
    bound = _shaped(wardrobe, worn, shape.index_select(0, person), starts)
    places = _posed(wardrobe, bound, row, person.index_select(0, owner), carry)
    floor = _lowest(places, worn, starts, len(people.pose))
    carry[:, :, 2, 3] -= floor[:, None]
    places[:, 2] -= floor.index_select(0, person.index_select(0, owner))
    hidden = _hidden(wardrobe, people, (person, column), owner, row)
    first = torch.from_numpy(starts[:-1]).to(device)
    faces, face_owner, face_row = _triangles(wardrobe, worn, first, hidden)
    normals = _normals(places, wardrobe.chords.index_select(0, row), first.index_select(0, owner))
    return Crowd(
        worn, places, normals, row, owner, faces, face_owner, face_row, person, column, part, first, carry
    )


def _repeated(counts: NDArray[np.int64], device: torch.device) -> Tensor:
    """(sum of counts,) 0 as often as the first count says, then 1, ..."""
    numbers = torch.arange(len(counts), device=device)
    total = int(counts.sum())
    return torch.repeat_interleave(
        numbers, torch.from_numpy(counts).to(device), output_size=total
    )


def _counted(owner: Tensor, starts: NDArray[np.int64], rows: NDArray[np.int64]) -> Tensor:
    """The row of a table of each element, its owner's being one after the other."""
    shift = torch.from_numpy(rows - starts).to(owner.device)
    return torch.arange(len(owner), device=owner.device) + shift.index_select(0, owner)


def _shaped(wardrobe: Wardrobe, worn: Worn, shape: Tensor, starts: NDArray[np.int64]) -> Tensor:
    """(M, 3) in bind pose: for each part one product for all who wear it."""
    flat = torch.empty(int(starts[-1]) * 3, device=shape.device)
    rows, first, many = np.unique(worn.part, return_index=True, return_counts=True)
    for row, start, count in zip(rows.tolist(), first.tolist(), many.tolist(), strict=True):
        low, high = wardrobe.vertices[row] * 3, wardrobe.vertices[row + 1] * 3
        begin, end = int(starts[start]) * 3, int(starts[start + count]) * 3
        torch.addmm(
            wardrobe.mean[low:high],
            shape[start : start + count],
            wardrobe.components[:, low:high],
            out=flat[begin:end].view(count, high - low),
        )
    return flat.view(-1, 3)


def _posed(
    wardrobe: Wardrobe, bound: Tensor, row: Tensor, person: Tensor, carry: Tensor
) -> Tensor:
    """(M, 3) linear blend skinning."""
    table = carry.reshape(-1, 12)
    bones = wardrobe.bones.index_select(0, row) + (person * carry.shape[1])[:, None]
    weights = wardrobe.weights.index_select(0, row)
    blended = table.index_select(0, bones[:, 0]) * weights[:, :1]
    for one in range(1, 4):
        blended.addcmul_(table.index_select(0, bones[:, one]), weights[:, one : one + 1])
    moved = blended.view(-1, 3, 4)
    return (moved[..., :3] * bound[:, None]).sum(2) + moved[..., 3]


def _lowest(places: Tensor, worn: Worn, starts: NDArray[np.int64], people: int) -> Tensor:
    """(B,) how low each person's skin reaches."""
    count = int((worn.part == _SKIN).sum())
    if count != people:
        raise ValueError("Every one of the people needs a skin, once.")
    return places[: int(starts[count]), 2].view(people, -1).amin(1)


def _hidden(
    wardrobe: Wardrobe, people: People, worn: tuple[Tensor, Tensor], owner: Tensor, row: Tensor
) -> Tensor:
    """(M,) what lies well inside of something worn over it, or under a hat."""
    device = owner.device
    columns = people.parts.shape[1]
    person, column = worn
    rows = torch.from_numpy(people.parts.astype(np.int64)).to(device)
    rows = torch.where(rows < 0, len(NAMES), rows)
    over = torch.zeros((len(rows), wardrobe.hides.shape[1]), dtype=torch.int8, device=device)
    for number in range(1, columns):
        mine = wardrobe.hides.index_select(0, rows[:, number])
        over.masked_fill_(mine, number)
    grown = wardrobe.vertices[wardrobe.first_hair]
    # Hair is hidden by hats alone, and lies over collars.
    place = person.index_select(0, owner) * over.shape[1] + wardrobe.anchors.index_select(0, row)
    hidden = over.view(-1).index_select(0, place) > column.index_select(0, owner)
    hat = np.where(people.parts >= 0, _HAT_OF_ROW[people.parts], -1).max(1)
    hats = torch.from_numpy(np.where(hat < 0, len(HATS), hat)).to(device)
    is_hair = row >= grown
    cell = hats.index_select(0, person).index_select(0, owner) * wardrobe.under_hat.shape[1]
    cell = torch.where(is_hair, cell + row - grown, 0)
    if not wardrobe.under_hat.numel():
        return hidden
    return torch.where(is_hair, wardrobe.under_hat.view(-1).index_select(0, cell), hidden)


def _triangles(
    wardrobe: Wardrobe, worn: Worn, first: Tensor, hidden: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """The triangles of which something may be seen, whose they are, and their rows."""
    ends = np.array(wardrobe.triangles)
    counts = np.diff(ends)[worn.part]
    owner = _repeated(counts, hidden.device)
    starts = np.concatenate([[0], np.cumsum(counts)])[:-1]
    row = _counted(owner, starts, ends[worn.part])
    corners = wardrobe.corners.index_select(0, row) + first.index_select(0, owner)[:, None]
    seen = ~hidden.view(-1)[corners].all(1)
    kept = seen.nonzero()[:, 0]
    return corners.index_select(0, kept), owner.index_select(0, kept), row.index_select(0, kept)


def _normals(places: Tensor, chords: Tensor, first: Tensor) -> Tensor:
    """(M, 3) unit normals."""
    ends = [places.index_select(0, chords[:, one] + first) for one in range(4)]
    return functional.normalize(torch.linalg.cross(ends[0] - ends[1], ends[2] - ends[3]), dim=1)

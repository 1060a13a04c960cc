# SPDX-License-Identifier: Apache-2.0
"""The whole wardrobe in tables on the device, built by several processes in a minute."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ....shared.skeleton import INDEX
from ...kit.body import BodyModel, load_body_model
from .bare import eyes_part, skin_part
from .clothing import garment_part
from .figures import Skeleton, make_skeleton
from .grown import covers, grown_part
from .parts import EXTREMES, HATS, NAMES, Part, extremes
from .poses import PoseBank
from .shapes import ShapeBasis

_SPOTS = 40
"""Vertices of a head, hand or foot that a camera frames."""


@dataclass(frozen=True)
class Wardrobe:
    """Every part one after the other in tables of N vertices and T triangles; rows of `names`.

    Where a part has not been made (a wardrobe of some parts only, for tests) it has no vertices.
    """

    names: tuple[str, ...]
    vertices: tuple[int, ...]
    """(names + 1,) where each part's vertices begin; likewise `triangles`."""
    triangles: tuple[int, ...]
    mean: Tensor
    """(N * 3,)"""
    components: Tensor
    """(K, N * 3) half"""
    bones: Tensor
    """(N, 4) int32"""
    weights: Tensor
    corners: Tensor
    """(T, 3) int32, counted within the part."""
    chords: Tensor
    """(N, 4) int32, counted within the part."""
    anchors: Tensor
    """(N,) int32 base vertices."""
    paint: Tensor
    """(2 * N, 9) half, as `Part.paint`."""
    finish: Tensor
    """(N, 2) half"""
    canonical: Tensor
    """(N, 3)"""
    printed: Tensor
    """(T, 9) as `Part.printed`."""
    girth: Tensor
    """(names,)"""
    hides: Tensor
    """(names + 1, 19158) bool; the last row is of nothing."""
    under_hat: Tensor
    """(HATS + 1, N of hair and beards) bool; the last row is of no hat."""
    first_hair: int
    """The first row of `names` that is hair or beard; all behind it are."""
    covers: Tensor
    """(styles + 1, vertices of the skin) half: how much hair's color the skin beneath it has."""
    extremes: Tensor
    """(names, EXTREMES) int64 within the part."""
    spots: dict[str, Tensor]
    """By view: the skin's vertices (S,) that its camera frames."""
    skeleton: Skeleton
    poses: PoseBank

    @property
    def device(self) -> torch.device:
        return self.mean.device


def make(model: BodyModel, basis: ShapeBasis, name: str) -> Part:
    """The part of this name, one of `NAMES`."""
    if name == "skin":
        return skin_part(model, basis)
    if name == "eyes":
        return eyes_part(model, basis)
    if name.startswith(("hair:", "beard:")):
        return grown_part(model, basis, name)
    return garment_part(model, basis, name)


def build(
    model: BodyModel,
    basis: ShapeBasis,
    poses: PoseBank,
    processes: int = 1,
    only: Iterable[str] | None = None,
    device: str | torch.device = "cpu",
) -> Wardrobe:
    """Make all parts, or `only` some, and the skin and eyes; 0.3 seconds a part and process."""
    wanted = NAMES if only is None else tuple(n for n in NAMES if n in {"skin", "eyes", *only})
    if processes <= 1:
        made = [make(model, basis, name) for name in wanted]
    else:
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(processes, context, _start, (basis,)) as pool:
            made = list(pool.map(_made, wanted, chunksize=2))
    return _tables(model, basis, poses, {part.name: part for part in made}, torch.device(device))


_BASIS: list[ShapeBasis] = []


def _start(basis: ShapeBasis) -> None:
    torch.set_num_threads(1)
    _BASIS[:] = [basis]


def _made(name: str) -> Part:
    return make(load_body_model(), _BASIS[0], name)


def _tables(
    model: BodyModel,
    basis: ShapeBasis,
    poses: PoseBank,
    made: dict[str, Part],
    device: torch.device,
) -> Wardrobe:
    listed = [made.get(name) for name in NAMES]
    there = [part for part in listed if part is not None]

    def joined(name: str, axis: int = 0) -> Tensor:
        whole = np.concatenate([getattr(part, name) for part in there], axis=axis)
        return torch.from_numpy(np.ascontiguousarray(whole)).to(device)

    counts = [0 if part is None else len(part.mean) for part in listed]
    faces = [0 if part is None else len(part.triangles) for part in listed]
    empty = np.zeros(len(model.template), bool)
    hides = [empty if part is None else part.hides for part in listed] + [empty]
    first_hair = next(row for row, name in enumerate(NAMES) if name.startswith("hair:"))
    grown = [part for part in listed[first_hair:] if part is not None]
    hats = [part.under_hat for part in grown] or [np.zeros((len(HATS), 0), bool)]
    under = np.concatenate(hats, axis=1)
    none = np.zeros((1, under.shape[1]), bool)
    far = np.zeros(EXTREMES, np.int64)
    skin = made["skin"]
    return Wardrobe(
        names=NAMES,
        vertices=(0, *np.cumsum(counts).tolist()),
        triangles=(0, *np.cumsum(faces).tolist()),
        mean=joined("mean").reshape(-1),
        components=joined("components", 1).reshape(len(basis.components), -1),
        bones=joined("bones").int(),
        weights=joined("weights"),
        corners=joined("triangles"),
        chords=joined("chords"),
        anchors=joined("anchors"),
        paint=joined("paint", 1).reshape(-1, 9),
        finish=joined("finish"),
        canonical=joined("canonical"),
        printed=joined("printed").reshape(-1, 9),
        girth=torch.tensor([1.0 if p is None else p.girth for p in listed], device=device),
        hides=torch.from_numpy(np.stack(hides)).to(device),
        under_hat=torch.from_numpy(np.concatenate([under, none])).to(device),
        first_hair=first_hair,
        covers=torch.from_numpy(covers(skin)).to(device),
        extremes=torch.from_numpy(
            np.stack([far if part is None else part.extremes.astype(np.int64) for part in listed])
        ).to(device),
        spots={name: torch.from_numpy(where).to(device) for name, where in _spots(model, skin)},
        skeleton=make_skeleton(model, basis, poses, device),
        poses=poses,
    )


_FRAMED = {
    "face": ("head",),
    "head": ("head", "neck", "left_shoulder", "right_shoulder"),
    "left_hand": ("left_wrist",),
    "right_hand": ("right_wrist",),
    "feet": ("left_ankle", "right_ankle", "left_foot", "right_foot"),
}


def _spots(model: BodyModel, skin: Part) -> Iterable[tuple[str, np.ndarray]]:
    led = model.canonical.rig.joint_of_bone[skin.bones.astype(np.int64)]
    for name, joints in _FRAMED.items():
        numbers = [INDEX[joint] for joint in joints]
        share = (skin.weights * np.isin(led, numbers)).sum(1)
        if name == "head":
            # The tops of the shoulders, not whole arms.
            share = share * (skin.canonical[:, 2] > 1.36)
        if name == "feet":
            share = share * (skin.canonical[:, 2] < 0.14)
        where = np.flatnonzero(share > 0.5)
        yield name, where[extremes(skin.canonical[where], _SPOTS)].astype(np.int64)

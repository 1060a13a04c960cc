# SPDX-License-Identifier: Apache-2.0
"""Bones that turn: joint angles and the root's path as closed curves, at exact bone lengths."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .fourier import harmonics, order_of
from .model import Model

STIFF = 0.01
"""Radians below which a bone does not turn."""
STILL = 0.5
"""Canvas units below which a keypoint stands."""


@dataclass(frozen=True)
class Tree:
    """B = K - 1 bones, each from `starts[b]` to `ends[b]` (int64), and what hangs on what.

    `above` (B, B): whether bone a is bone b or lies between it and the root; `ways` (K, B): whether
    bone b lies on the way from the root to keypoint k.
    """

    root: int
    starts: Tensor
    ends: Tensor
    above: Tensor
    ways: Tensor


def tree_of(edges: Tensor, root: int, points: int) -> Tree:
    """The bones in which a walk from the root meets the keypoints, nearest by edges first.

    Edges (M, 2) that close a ring are left out. A keypoint that no edge leads to hangs on the root.
    """
    neighbors: list[list[int]] = [[] for _ in range(points)]
    for first, second in edges.tolist():
        neighbors[first].append(second)
        neighbors[second].append(first)
    came_from: dict[int, int] = {root: root}
    order = [root]
    for point in order:
        fresh = [other for other in neighbors[point] if other not in came_from]
        came_from |= dict.fromkeys(fresh, point)
        order += dict.fromkeys(fresh)
    order += [point for point in range(points) if point not in came_from]
    ways = torch.zeros(points, points - 1)
    for bone, point in enumerate(order[1:]):
        ways[point] = ways[came_from.get(point, root)]
        ways[point, bone] = 1
    ends = order[1:]
    starts = [came_from.get(point, root) for point in ends]
    return Tree(root, torch.tensor(starts), torch.tensor(ends), ways[ends], ways)


class Joints(Model):
    """Turns of the bones against the start, (T, K, 2), and moves of its root.

    A bone takes all that hangs on it along, and has in every frame the length that it has in the
    start: at rest its own, less where the start lets it point out of the picture. At first it is
    the start itself, exactly. What stands in the start keeps standing: bones that do not turn there
    stay as they are, and so does a root that does not move.
    """

    root: Tensor
    bones: Tensor
    above: Tensor
    ways: Tensor
    reach: Tensor
    basis: Tensor
    loose: Tensor
    floats: Tensor

    def __init__(self, start: Tensor, edges: Tensor, root: int) -> None:
        super().__init__()
        order = order_of(start)
        frames, points, _ = start.shape
        tree = tree_of(edges, root, points)
        start = start.detach()
        self.turns = nn.Parameter(start.new_zeros(2 * order + 1, points - 1))
        self.moves = nn.Parameter(start.new_zeros(2 * order + 1, 2))
        bones = start[:, tree.ends] - start[:, tree.starts]
        lengths = bones.norm(dim=-1).mean(dim=0).cpu()
        for name, value in {
            "loose": _loose(bones, tree),
            "floats": _floats(start, root),
            "root": start[:, root],
            "bones": bones,
            "above": tree.above,
            "ways": tree.ways,
            "reach": _reach(tree, lengths.to(tree.above)),
            "basis": harmonics(frames, order, start),
        }.items():
            self.register_buffer(name, value.to(start, copy=True))
        self.register_buffer("playback", torch.arange(frames, device=start.device))

    def poses(self) -> Tensor:
        """(T, K, 2). A turn of 1 moves the farthest point that hangs on its bone by one unit."""
        own = self.basis @ (self.loose * self.turns) / self.reach
        turn = own @ self.above.T
        cosine, sine = torch.cos(turn), torch.sin(turn)
        x, y = self.bones.unbind(-1)
        turned = torch.stack([cosine * x - sine * y, sine * x + cosine * y], dim=-1)
        root = self.root + self.floats * (self.basis @ self.moves)
        return root[:, None] + torch.einsum("kb,tbc->tkc", self.ways, turned)


def _loose(bones: Tensor, tree: Tree) -> Tensor:
    """(B,) 1 for bones that turn against what they hang on in a start (T, B, 2), else 0; where
    none does, all of them may."""
    angles = torch.atan2(bones[..., 1], bones[..., 0])
    hangs_on = (tree.ends[None] == tree.starts[:, None]).to(bones)
    own = angles - angles @ hangs_on.T
    away = torch.atan2(torch.sin(own - own[:1]), torch.cos(own - own[:1]))
    turns = (away.amax(0) - away.amin(0) > STIFF).to(bones)
    return turns if bool(turns.any()) else torch.ones_like(turns)


def _floats(start: Tensor, root: int) -> Tensor:
    """1 where the root of a start (T, K, 2) moves, or nothing does; else 0."""
    way = (start - start[:1]).norm(dim=-1).amax(0)
    floats: Tensor = ((way[root] > STILL) | (way.max() <= STILL)).to(start)
    return floats


def _reach(tree: Tree, lengths: Tensor) -> Tensor:
    """The length of the longest chain that each bone leads, itself included, (B,)."""
    from_root = tree.above @ lengths
    chains = from_root[None, :] - (from_root - lengths)[:, None]
    return (chains * tree.above.T).amax(dim=1).clamp(min=1.0)

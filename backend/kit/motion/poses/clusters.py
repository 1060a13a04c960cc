# SPDX-License-Identifier: Apache-2.0
"""K-means of the prior's codes of poses, together with how the pelvis leans."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from .....shared.errors import BadOptionError
from ..kinematics import to_matrix
from .codebook import Codebook
from .material import Material, with_mirrored
from .prior import PosePrior

ROUNDS = 25
LEAN = 3.0
"""How much a lean of a radian weighs beside one of the code's numbers."""
RARE = 0.25
"""Which power of how often a caption is there says how many of its poses are taken."""
FEWEST = 3
"""No entry is the mean of fewer poses, so that none is a frame of a clip."""
_ROWS_AT_ONCE = 4096
_SEEDS_AT_ONCE = 32


@torch.no_grad()
def cluster(prior: PosePrior, poses: Material, count: int, clusters: int) -> Codebook:
    """A codebook of the means of `count` poses taken by their shares, held-out ones left out."""
    device = next(prior.network.parameters()).device
    both = with_mirrored(poses)
    chance = torch.Generator().manual_seed(1)
    taken = torch.multinomial(
        torch.from_numpy(both.shares(RARE)), count, replacement=False, generator=chance
    )
    turns = torch.from_numpy(both.rotations)[taken].to(device)
    codes = torch.cat([prior.encode(some) for some in torch.split(turns, _ROWS_AT_ONCE)])
    # Two columns of the pelvis' matrix move as far as it leans, whichever way.
    columns = to_matrix(turns[:, 0])[..., :2].flatten(1)
    points = torch.cat([codes, LEAN / 2**0.5 * columns], dim=1)
    of = assigned(points, clusters, chance)
    leans = _means(_same_half(turns[:, 0]), of, clusters)
    caption, share, often = _most(torch.from_numpy(both.caption)[taken].to(device), of, clusters)
    return Codebook(
        _means(codes, of, clusters),
        functional.normalize(leans, dim=1),
        caption,
        share,
        often,
        both.captions,
        prior.name,
    )


def assigned(points: Tensor, clusters: int, chance: torch.Generator) -> Tensor:
    """(N,) the cluster of each point (N, D) after Lloyd's rounds.

    A cluster of fewer than FEWEST points starts anew beside the widest ones; those that are still
    small at the end give their points to the nearest other, and the largest are halved instead.
    Raises BadOptionError where there are too few points.
    """
    if len(points) < 2 * FEWEST * clusters:
        raise BadOptionError(
            f"{len(points)} poses are too few for {clusters} clusters.", "Give more clips.", "mocap"
        )
    centers = _seeds(points, clusters, chance)
    for _ in range(ROUNDS):
        of, far = nearest(points, centers)
        counts = torch.bincount(of, minlength=clusters)
        centers = _means(points, of, clusters)
        small = (counts < FEWEST).nonzero()[:, 0]
        spread = torch.zeros(clusters, device=points.device).index_add_(0, of, far)
        widest = spread.argsort(descending=True)[: len(small)]
        off = torch.randn(len(small), points.shape[1], generator=chance).to(points)
        centers[small] = centers[widest] + 0.1 * off
    of, _ = nearest(points, centers)
    counts = torch.bincount(of, minlength=clusters)
    return _halved(points, _joined(points, centers, of, counts), clusters)


def _seeds(points: Tensor, clusters: int, chance: torch.Generator) -> Tensor:
    """(K, D) points, those far from the ones before more likely (k-means++, some at a time), so
    that rare poses are seen beside the many that just stand."""
    taken = torch.randint(len(points), (1,), generator=chance)
    far = torch.full((len(points),), torch.inf, device=points.device)
    while len(taken) < clusters:
        _, added = nearest(points, points[taken[-_SEEDS_AT_ONCE:].to(points.device)])
        far = torch.minimum(far, added)
        count = min(_SEEDS_AT_ONCE, clusters - len(taken))
        more = torch.multinomial(far.cpu() + 1e-9, count, generator=chance)
        taken = torch.cat([taken, more])
    return points[taken.to(points.device)]


def _joined(points: Tensor, centers: Tensor, of: Tensor, counts: Tensor) -> Tensor:
    """The points of small clusters given to the nearest large one."""
    large = (counts >= FEWEST).nonzero()[:, 0]
    small = (counts[of] < FEWEST).nonzero()[:, 0]
    moved = of.clone()
    moved[small] = large[nearest(points[small], centers[large])[0]]
    return moved


def _halved(points: Tensor, of: Tensor, clusters: int) -> Tensor:
    """The largest clusters split along their widest direction until none is empty."""
    moved = of.clone()
    counts = torch.bincount(moved, minlength=clusters)
    for empty in (counts == 0).nonzero()[:, 0].tolist():
        members = (moved == int(counts.argmax())).nonzero()[:, 0]
        own = points[members]
        own = own - own.mean(0)
        side = own @ own[own.norm(dim=1).argmax()]
        half = members[side.argsort()[: len(members) // 2]]
        counts[moved[half[0]]] -= len(half)
        moved[half] = empty
        counts[empty] = len(half)
    return moved


def nearest(points: Tensor, centers: Tensor) -> tuple[Tensor, Tensor]:
    """(N,) the nearest center of each point, and its squared distance."""
    square = (centers**2).sum(1)
    found = [(square - 2 * some @ centers.T).min(1) for some in torch.split(points, _ROWS_AT_ONCE)]
    of = torch.cat([each.indices for each in found])
    far = torch.cat([each.values for each in found]) + (points**2).sum(1)
    return of, far.clamp(min=0)


def _means(values: Tensor, of: Tensor, clusters: int) -> Tensor:
    sums = values.new_zeros(clusters, values.shape[1]).index_add_(0, of, values)
    counts = torch.bincount(of, minlength=clusters).clamp(min=1)
    return sums / counts[:, None]


def _same_half(turns: Tensor) -> Tensor:
    return torch.where(turns[:, :1] < 0, -turns, turns)


def _most(caption: Tensor, of: Tensor, clusters: int) -> tuple[Tensor, Tensor, Tensor]:
    """(K,) the caption of most poses of each cluster, its share of them, and how many they are
    beside those of the cluster that has most of that caption."""
    kinds = int(caption.max()) + 1
    table = torch.bincount(of * kinds + caption, minlength=clusters * kinds).view(clusters, kinds)
    most = table.max(1)
    share = most.values / table.sum(1).clamp(min=1)
    return most.indices, share, most.values / table.amax(0)[most.indices].clamp(min=1)

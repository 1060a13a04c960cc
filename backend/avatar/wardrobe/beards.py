# SPDX-License-Identifier: Apache-2.0
"""Beards: short locks over the jaw and lip, longer ones that hang from the chin, and stubble."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from ...kit.body import Body, BodyModel
from . import jaw
from .hair import VARIANTS, Hung, piece
from .jaw import Area
from .locks import Locks, Shell, Strips, smoothed, strips, tapered
from .masks import sampled_mask
from .noise import Floats, step
from .piece import Held, Piece
from .scalp import directions
from .skull import shell
from .sphere import Points, unit
from .strands import Finish

if TYPE_CHECKING:
    from ..outfit import Looks


@dataclass(frozen=True)
class Beard:
    """Lengths in metres, on the cheeks and at the chin."""

    area: Area
    length: tuple[float, float] = (0.0, 0.0)
    lift: float = 0.004
    """How far locks stand off the skin."""
    width: float = 0.0042
    count: int = 0
    """Locks besides those on the lip; with none the beard is only painted."""
    lip: float = 0.012
    """Length of a mustache."""
    stubble: Area | None = None
    """Where the skin shows whiskers besides."""


BEARDS: dict[str, Beard] = {
    "stubble": Beard(jaw.FULL, stubble=jaw.FULL),
    "mustache": Beard(jaw.LIP, count=1, lip=0.019),
    "mustache and stubble": Beard(jaw.LIP, count=1, lip=0.019, stubble=jaw.FULL),
    "goatee": Beard(jaw.GOATEE, (0.014, 0.030), count=150),
    "chin beard": Beard(jaw.CHIN, (0.014, 0.030), count=140),
    "mutton chops": Beard(jaw.CHOPS, (0.024, 0.020), lift=0.006, count=300),
    "mustache and mutton chops": Beard(
        jaw.WHISKERS, (0.024, 0.020), lift=0.006, count=280, lip=0.019
    ),
    "short": Beard(jaw.FULL, (0.012, 0.016), lift=0.0022, width=0.0038, count=280),
    "full": Beard(jaw.FULL, (0.024, 0.042), lift=0.005, width=0.0048, count=280),
    "long": Beard(jaw.FULL, (0.045, 0.24), lift=0.010, width=0.0068, count=205, lip=0.030),
}
_LEAST, _UNDER = 0.0025, 0.8
"""Metres, and the share of its lift, by which skin may move below a beard that stays."""
_LIP_COUNT = 110
"""Locks of a mustache."""


def cover(name: str | None, places: Floats, width: Floats, seed: int) -> Floats:
    """(N,) how much of the skin at canonical places a beard of this name colors."""
    if name is None:
        return np.zeros(len(places), dtype=np.float32)
    beard = BEARDS[name]
    hidden = np.zeros(len(places), dtype=np.float32)
    if beard.count:
        hidden = 0.9 * jaw.shadow(beard.area, places, seed)
    if beard.stubble is not None:
        hidden = np.maximum(hidden, jaw.stubble(beard.stubble, places, width, seed))
    return hidden


def pieces(model: BodyModel, body: Body, looks: Looks, seed: int) -> tuple[Piece, ...]:
    """The beard as a piece of the atlas; none where it is shaven or only painted."""
    if looks.beard is None or not BEARDS[looks.beard].count:
        return ()
    hung, finish = locks_of(model, looks.beard, looks.beard_color, seed)
    return (piece(model, body, hung, finish, seed),)


def locks_of(
    model: BodyModel, name: str, color: tuple[float, float, float], seed: int
) -> tuple[Hung, Finish]:
    """A beard's locks on the canonical jaw, and how they are painted."""
    beard = BEARDS[name]
    rng = np.random.default_rng(seed)
    skin = shell(model, model.canonical.vertices, over_ears=False)
    roots = _roots(model, beard, rng)
    mesh = strips(_grown(skin, beard, roots, rng), VARIANTS, seed)
    hung = Hung(
        "Beard", mesh.vertices.astype(np.float32), mesh.faces, mesh.uvs, mesh.fields,
        mesh.anchors, mesh.hang, 0 * mesh.rise, 2.2, spine=0.3, sway="beard",
        face=_held(model, beard, mesh),
    )  # fmt: skip
    return hung, Finish(color, 0.5)


def _held(model: BodyModel, beard: Beard, mesh: Strips) -> Held:
    """Beards go with the skin that they lie on; a mustache goes with the upper lip wholly, even
    where it lies on the lower one."""
    skin = np.unique(model.groups["body"].corners[_outside(model)])
    ends = mesh.faces[:, [0, 1, 1, 2, 2, 3]].reshape(-1, 2)
    count = len(mesh.vertices)
    beside = sparse.csr_matrix((np.ones(len(ends)), ends.T), shape=(count, count))
    locks, lock = connected_components(beside, directed=False)
    first = np.flatnonzero(mesh.fields["along"] == 0)
    shares = 1 / np.bincount(lock[first], minlength=locks)
    sums = [np.bincount(lock[first], mesh.vertices[first, axis], locks) for axis in range(3)]
    roots = np.stack(sums, axis=1) * shares[:, None]
    places = np.where(_on_lip(roots)[lock][:, None], roots[lock], mesh.anchors)
    away, near = cKDTree(model.canonical.vertices[skin]).query(places, k=4)
    parts = 1 / (away**2 + 1e-6)
    return Held(
        skin[near], parts / parts.sum(1, keepdims=True), least=max(_LEAST, _UNDER * beard.lift)
    )


def _outside(model: BodyModel) -> NDArray[np.bool_]:
    """(F,) which of the skin's faces are neither lips nor inside of the mouth."""
    middle = model.groups["body"].uvs.mean(1)
    outside = sampled_mask("inside-mouth", middle) < 0.3
    return np.asarray(outside & (sampled_mask("lips", middle) < 0.5))


def _roots(model: BodyModel, beard: Beard, rng: np.random.Generator) -> Points:
    """(L, 3) places spread over the area; fewer towards its border."""
    faces = model.groups["body"]
    places = model.canonical.vertices[faces.corners[_outside(model)]]
    middle = places.mean(1).astype(np.float32)
    near = places[beard.area.depth(middle) > -0.006]
    spread = np.linalg.norm(np.cross(near[:, 2] - near[:, 0], near[:, 3] - near[:, 1]), axis=1)
    chosen = near[rng.choice(len(near), 3000, p=spread / spread.sum())]
    u, v = rng.uniform(0, 1, (2, len(chosen), 1))
    low = chosen[:, 0] * (1 - u) + chosen[:, 1] * u
    found = low * (1 - v) + (chosen[:, 3] * (1 - u) + chosen[:, 2] * u) * v
    depth = beard.area.depth(found.astype(np.float32))
    found = found[depth + rng.normal(0, 0.0014, len(found)) > 0.0008]
    is_lip = _on_lip(found) & beard.area.lip
    return np.concatenate(
        [_thinned(found[is_lip], _LIP_COUNT), _thinned(found[~is_lip], beard.count)]
    )


def _on_lip(roots: Points) -> NDArray[np.bool_]:
    return (jaw.LIP.depth(roots.astype(np.float32)) > -0.002) & (roots[:, 2] > 1.521)


def _thinned(found: Points, count: int) -> Points:
    """As many of the places as are wanted, far from each other."""
    if not len(found):
        return found
    kept = [0]
    nearest = np.linalg.norm(found - found[0], axis=1)
    while len(kept) < min(count, len(found)):
        kept.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, np.linalg.norm(found - found[kept[-1]], axis=1))
    return found[kept]


def _grown(skin: Shell, beard: Beard, roots: Points, rng: np.random.Generator) -> list[Locks]:
    x, _, z = roots.T
    around, _ = directions(roots.astype(np.float32))
    is_lip = _on_lip(roots) & beard.area.lip
    chin = step(58, 8, around) * step(1.538, 1.50, z)
    below = beard.length[0] + (beard.length[1] - beard.length[0]) * chin.astype(np.float64)
    length = np.where(is_lip, beard.lip, below) * rng.uniform(0.75, 1.15, len(roots))
    side = np.sign(x) * np.minimum(1, np.abs(x) / 0.004)
    down = np.stack([-0.22 * side * chin, -0.25 + 0 * x, -1 + 0 * x], axis=1)
    sideways = np.stack([side, 0.15 + 0 * x, -0.75 - 24 * np.abs(x)], axis=1)
    comb = np.where(is_lip[:, None], sideways, down) + rng.normal(0, 0.16, roots.shape)
    lift = beard.lift * np.where(is_lip, 0.7, 1) * rng.uniform(0.6, 1.3, len(roots))
    width = beard.width * np.where(is_lip, 0.72, 1) * rng.uniform(0.75, 1.2, len(roots))
    groups = []
    for which in (length > 0.08, length <= 0.08):
        if which.any():
            steps = 8 if length[which].max() > 0.08 else 5
            shape = (roots[which], comb[which], length[which], lift[which], width[which])
            groups.append(_laid(skin, shape, steps, rng))
    return groups


def _laid(skin: Shell, shape: tuple[Points, ...], steps: int, rng: np.random.Generator) -> Locks:
    """Locks from roots along their comb, over the skin while there is any, then down."""
    roots, comb, length, lift, width = shape
    t = np.linspace(0, 1, steps)
    here, way = roots, unit(comb)
    path = [here - 0.001 * skin.normals_at(here)]
    for number in range(1, steps):
        out = skin.normals_at(here)
        along = unit(way - 0.9 * (way * out).sum(1, keepdims=True) * out)
        fall = min(1.0, number * length.max() / steps / 0.05)
        way = unit(along * (1 - 0.8 * fall) + fall * np.array([0, -0.10, -1.0]))
        step_on = here + way * (length / (steps - 1))[:, None]
        here = skin.push(step_on, lift * np.sin(np.pi * (0.08 + 0.6 * t[number])))
        path.append(here)
    paths = smoothed(np.stack(path, axis=1), 1)
    if steps > 6:
        # A long beard gathers to a point and waves a little.
        pull = step(0.3, 1, t)[None, :] * 0.2
        paths[..., 0] *= 1 - pull
        phase = 2 * np.pi * (paths[..., 2] / 0.07 + rng.uniform(0, 1, (len(paths), 1)))
        paths[..., 0] += 0.003 * np.sin(phase) * t
        paths[..., 1] += 0.003 * np.cos(phase) * t
    taper = ((0, 0.15, 0.4, 0.7, 0.9, 1), (0.55, 1, 0.8, 0.45, 0.2, 0.02))
    held = np.full(len(roots), min(2, steps - 1) if steps > 6 else steps - 1)
    layer = np.clip(0.65 + rng.uniform(-0.3, 0.3, len(roots)), 0, 1)
    outward = unit(skin.normals_at(paths) + np.array([0, -0.3, 0]))
    return Locks(paths, outward, tapered(width, steps, taper), layer, held, bulge=0.0012)

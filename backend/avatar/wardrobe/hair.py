# SPDX-License-Identifier: Apache-2.0
"""Hair: a dome and locks over the canonical scalp, fitted to any head, weighted and painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from ...kit.body import Body, BodyModel
from . import domes, hairstyles, strands
from .domes import Dome
from .locks import Shell, strips
from .noise import Floats, bump, step
from .piece import Held, Piece, smooth_normals
from .scalp import SKULL_CENTER
from .skull import shell
from .sphere import Points
from .strands import Finish

if TYPE_CHECKING:
    from ..outfit import Looks

VARIANTS = 16
NECK_TOP, NECK_END = 1.50, 1.30
"""Metres on the canonical body between which long hair passes from the head to the back."""
HANGS_FROM = 0.05
"""Metres that the longest lock hangs free for the hair to sway at all."""
_NEIGHBOURS = 6


def pieces(model: BodyModel, body: Body, looks: Looks, seed: int) -> tuple[Piece, ...]:
    """The hair as pieces of the atlas; none for a bald head."""
    if looks.hair_style is None:
        return ()
    grown = locks_of(model, looks.hair_style, looks.hair_color, seed)
    return tuple(piece(model, body, hung, finish, seed) for hung, finish in grown)


def locks_of(
    model: BodyModel, name: str, color: tuple[float, float, float], seed: int
) -> list[tuple[Hung, Finish]]:
    """A style's dome and locks on the canonical head, and how each is painted."""
    style = hairstyles.STYLES[name]
    skull = shell(model, model.canonical.vertices)
    made = []
    if style.dome is not None:
        dome = style.dome
        woolly = Finish(color, style.gloss, max(style.frizz, dome.frizz), dome.grain)
        made.append((_dome(skull, dome, seed), woolly))
    locks = style.lay(skull, np.random.default_rng(seed))
    if locks:
        mesh = strips(locks, VARIANTS, seed)
        hung = Hung(
            "Hair", mesh.vertices.astype(np.float32), mesh.faces, mesh.uvs, mesh.fields,
            mesh.anchors, mesh.hang, mesh.rise, style.density,
        )  # fmt: skip
        made.append((hung, Finish(color, style.gloss, style.frizz)))
    return made


@dataclass(frozen=True)
class Hung:
    """Hair on the canonical head: `anchors` (V, 3) are where vertices are held, `hang` (V,) the
    metres by which they hang below, `rise` (V,) those by which they lie over the innermost hair,
    where hair rests on the back."""

    name: str
    canonical: Floats
    faces: NDArray[np.int32]
    uvs: Floats
    strands: dict[str, Floats]
    anchors: Points
    hang: Floats
    rise: Floats
    density: float
    spine: float = 0.75
    """How far what hangs lowest follows the upper spine."""
    sway: str = "hair"
    """How what hangs free moves, as in `Piece.hangs`."""
    face: Held | None = None
    """What of the face it goes with."""


def piece(model: BodyModel, body: Body, hung: Hung, finish: Finish, seed: int) -> Piece:
    """Hair or beard on this body."""
    bones, weights = _weights(hung, model.bone_names)
    return Piece(
        name=hung.name,
        vertices=_fitted(model, body, rooted(model, hung), hung),
        faces=hung.faces,
        uvs=hung.uvs,
        bone_indices=bones,
        weights=weights,
        canonical=hung.canonical,
        canonical_normals=smooth_normals(hung.canonical, hung.faces),
        density=np.full(len(hung.faces), hung.density, dtype=np.float32),
        paint=lambda texels: strands.paint(texels, finish, seed),
        zones=np.zeros(len(hung.faces), dtype=np.int8),
        fields={**hung.strands, "hang": hung.hang},
        shares_texels=True,
        hangs=hung.sway if hung.hang.max() > HANGS_FROM else "",
        held=hung.face,
    )


def _dome(skull: Shell, dome: Dome, seed: int) -> Hung:
    """The dome as a mesh; its strands run from the whorl to the hairline."""
    grid = domes.raised(skull, dome, seed)
    spokes, rings = grid.shape[:2]
    number = np.arange(spokes * rings).reshape(spokes, rings)
    following = np.roll(number, -1, axis=0)
    faces = np.stack(
        [number[:, :-1], number[:, 1:], following[:, 1:], following[:, :-1]], axis=-1
    ).reshape(-1, 4)
    turn = np.stack(np.broadcast_arrays(np.arange(spokes)[:, None], np.arange(rings)), -1)
    corner = np.stack([turn[:, :-1], turn[:, 1:], turn[:, 1:] + [1, 0], turn[:, :-1] + [1, 0]], 2)
    across = np.sin(turn[..., 0] * 2 * np.pi / spokes) * 0.3
    flat = np.zeros(spokes * rings, dtype=np.float32)
    fields = {
        "along": (0.3 + 0.5 * turn[..., 1] / rings).reshape(-1).astype(np.float32),
        "across": across.reshape(-1).astype(np.float32),
        "edge": flat,
        "variant": flat + 5,
        "layer": flat + np.float32(0.35 + 0.5 * dome.frizz),
        "dome": flat + 1,
    }
    uvs = (corner.reshape(-1, 4, 2) / [spokes, rings]).astype(np.float32)
    canonical = grid.reshape(-1, 3)
    return Hung(
        "Hair cap", canonical.astype(np.float32), faces.astype(np.int32), uvs, fields,
        canonical, flat - np.float32(0.1), flat, 0.8 + 0.9 * dome.frizz,
    )  # fmt: skip


@dataclass(frozen=True)
class Roots:
    """What holds hair on any head: each vertex hangs from a mix (V, k) of base vertices by an
    offset (V, 3) that turns and grows with the head."""

    base: NDArray[np.int64]
    shares: Points
    offsets: Points


def rooted(model: BodyModel, hung: Hung) -> Roots:
    """Attach each vertex to the skin near its anchor."""
    canonical = model.canonical.vertices
    used = np.unique(model.groups["body"].corners)
    on_head = used[canonical[used, 2] > SKULL_CENTER[2] - 0.16]
    distance, near = cKDTree(canonical[on_head]).query(hung.anchors, k=_NEIGHBOURS)
    shares = 1 / (distance**2 + 1e-5)
    shares /= shares.sum(1, keepdims=True)
    base = on_head[near]
    offsets = hung.canonical - (canonical[base] * shares[..., None]).sum(1)
    return Roots(base, shares, offsets)


def head_vertices(model: BodyModel) -> NDArray[np.int64]:
    """The skin's vertices by which heads differ in turn and size."""
    used = np.unique(model.groups["body"].corners)
    return np.asarray(used[model.canonical.vertices[used, 2] > SKULL_CENTER[2] - 0.06])


def _fitted(model: BodyModel, body: Body, roots: Roots, hung: Hung) -> Floats:
    """(V, 3) the hair on this body's head, outside its neck, shoulders and back."""
    places, rise = hung.canonical, hung.rise
    canonical = model.canonical.vertices
    head = head_vertices(model)
    before = canonical[head] - canonical[head].mean(0)
    after = body.vertices[head] - body.vertices[head].mean(0)
    turn = np.linalg.lstsq(before, after, rcond=None)[0]
    held = (body.vertices[roots.base] * roots.shares[..., None]).sum(1)
    # Small children have large heads: what hangs down is as long as their bodies are.
    size = float(np.cbrt(abs(np.linalg.det(turn))))
    length = 1 + (np.clip(body.stature / size, 0.6, 1) - 1) * step(0.0, 0.1, hung.hang)
    placed = held + (roots.offsets @ turn) * length[:, None]
    # Room for a shirt and a jacket where hair lies on shoulders and back, and for the layers.
    room = 0.0015 + (0.015 + rise) * step(1.52, 1.41, places[:, 2])
    skin = shell(model, body.vertices, over_ears=hung.sway == "hair")
    moved = skin.push(placed, room * min(body.stature, 1.2)) - placed
    # What pushes one point of a lock bends the whole lock, instead of leaving a step in it.
    bent = placed + np.where(hung.hang[:, None] > 0, _spread(hung.faces, moved), moved)
    close = shell(model, body.vertices, over_ears=False)
    return np.asarray(close.push(skin.push(bent, 0.0025), 0.0025), dtype=np.float32)


def _spread(faces: NDArray[np.int32], moved: Points) -> Points:
    """Moves (V, 3) shared out along the mesh."""
    pairs = np.concatenate([faces[:, [i, (i + 1) % 4]] for i in range(4)])
    count = len(moved)
    ones = np.ones(len(pairs), dtype=np.float64)
    near = sparse.csr_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    near = near + near.T + sparse.identity(count)
    near = sparse.diags(1 / np.asarray(near.sum(1)).ravel()) @ near
    for _ in range(12):
        moved = near @ moved
    return np.asarray(moved)


def _weights(
    hung: Hung, bone_names: Sequence[str]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Hair follows the head; what hangs down follows the neck and then the upper spine, so that it
    does not swing through the shoulders."""
    low = (1 - step(NECK_END, NECK_TOP, hung.canonical[:, 2])) * step(0.0, 0.06, hung.hang)
    spine = hung.spine * step(0.35, 1, low)
    neck = 0.5 * bump(0.4, 0.4, low) * (low > 0)
    bones = np.array([bone_names.index(name) for name in ("head", "neck01", "spine01", "head")])
    weights = np.stack([1 - spine - neck * (1 - spine), neck * (1 - spine), spine], axis=1)
    padded = np.concatenate([weights, np.zeros((len(weights), 1))], axis=1)
    return np.tile(bones.astype(np.int32), (len(weights), 1)), padded.astype(np.float32)

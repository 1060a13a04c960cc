# SPDX-License-Identifier: Apache-2.0
"""Everything that people wear and are, as shapes linear in the body basis, painted at the vertices.

What fitting does to one body (pushing cloth out of what is beneath, letting hair fall) is left out:
training pictures need many bodies fast, and show each a few hundred pixels high.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ...kit.body import Body, BodyModel
from ..outfit import GarmentChoice, Looks
from ..wardrobe import beards, cloth, eyes, hair, hairstyles, skin, strands
from ..wardrobe.fit import Pattern
from ..wardrobe.garments import GARMENTS
from ..wardrobe.layers import held_by_hats
from ..wardrobe.piece import Paint, Piece, Texels, smooth_normals, triangles
from ..wardrobe.tailor import tailor
from ..wardrobe.tubes import cut_of, spread
from .chords import chords
from .shapes import ShapeBasis

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Color = tuple[float, float, float]
Painter = Callable[[Texels], Paint]

SEED = 0
EXTREMES = 48
"""Vertices of a part that tell how far it reaches."""
HATS: tuple[str, ...] = tuple(name for name, one in GARMENTS.items() if one.holds_hair)
"""Garments under which hair goes."""
HAIR = tuple(hairstyles.STYLES)
BEARDS = tuple(name for name, beard in beards.BEARDS.items() if beard.count)
NAMES = ("skin", "eyes", *GARMENTS, *(f"hair:{name}" for name in HAIR),
         *(f"beard:{name}" for name in BEARDS))  # fmt: skip
"""Every part there is, in the order of the wardrobe's rows."""

_WHITE = (1.0, 1.0, 1.0)
_BROWN = (0.3, 0.2, 0.15)
# Shades of both colors in which a part is painted to find out what share each color has.
_PAIRS = ((0.45, 0.45), (0.75, 0.45), (0.45, 0.75), (0.15, 0.3))
_SINGLES = ((0.45, 1.0), (0.8, 1.0), (0.15, 1.0))
_TONES = ((0.3, 0.15), (0.55, 0.15), (0.85, 0.15), (0.55, 0.5))
_HAIRS = ((0.06, 0.0), (0.3, 0.0), (0.65, 0.0))


@dataclass(frozen=True)
class Part:
    """Something worn or grown, or the skin; n vertices, T triangles, K components."""

    name: str
    mean: Floats
    """(n, 3) metres in bind pose on the basis's mean body."""
    components: NDArray[np.float16]
    """(K, n, 3) metres."""
    bones: NDArray[np.int16]
    """(n, 4)"""
    weights: Floats
    """(n, 4)"""
    triangles: Ints
    """(T, 3)"""
    chords: Ints
    """(n, 4) as in `chords.chords`."""
    anchors: Ints
    """(n,) the base vertex that each follows most."""
    canonical: Floats
    """(n, 3) metres, on the canonical body."""
    paint: NDArray[np.float16]
    """(2, n, 9) the share of the first color, of the second, and own color, each red, green, blue;
    first where no second color is asked for, then where one is."""
    finish: NDArray[np.float16]
    """(n, 2) roughness and metallic."""
    printed: Floats
    """(T, 3, 3) at the corners: metres along, turns around and girth of what a pattern is on."""
    girth: float
    """Metres, the mean."""
    hides: NDArray[np.bool_]
    """(V,) base vertices over which nothing beneath is seen."""
    under_hat: NDArray[np.bool_]
    """(HATS, n) hair that each hat hides; no rows but for hair."""
    extremes: Ints
    """(EXTREMES,)"""


@dataclass(frozen=True)
class _Cloth:
    """A piece, how its vertices follow the basis, (V, 3) and (K, V, 3), and the base vertices."""

    piece: Piece
    mean: NDArray[np.floating]
    components: NDArray[np.floating]
    anchors: NDArray[np.integer]


def make(model: BodyModel, basis: ShapeBasis, name: str) -> Part:
    """The part of this name, one of `NAMES`."""
    kind, _, style = name.partition(":")
    if kind == "skin":
        return _skin(model, basis)
    if kind == "eyes":
        return _eyes(model, basis)
    if kind == "hair":
        grown = hair.locks_of(model, style, _BROWN, SEED)
        return _grown(model, basis, name, grown)
    if kind == "beard":
        return _grown(model, basis, name, [beards.locks_of(model, style, _BROWN, SEED)])
    return _garment(model, basis, name)


def _garment(model: BodyModel, basis: ShapeBasis, name: str) -> Part:
    pattern = tailor(model, GARMENTS[name])

    def piece(first: Color, second: Color) -> Piece:
        return cloth.piece(pattern.part, GarmentChoice(name, first, "plain", second), SEED)

    worn = piece(_WHITE, _WHITE)
    joined = _Joined.of([_Cloth(worn, *_follow(model, basis, pattern), _strongest(pattern))])
    asked = joined.shares(lambda a, b: [piece(a, b).paint], _PAIRS)
    bare = joined.shares(lambda a, b: [piece(a, b).paint], _SINGLES)
    printed, girth = _printed(worn, pattern)
    part = joined.part(name, np.stack([bare, asked]))
    return replace(part, printed=printed, girth=girth, hides=pattern.hides > 0)


def _follow(
    model: BodyModel, basis: ShapeBasis, pattern: Pattern
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """What the cloth does: it follows its mix, and stands off it in proportion to stature."""
    off = pattern.part.canonical - pattern.mix @ model.canonical.vertices
    mean = pattern.mix @ basis.mean + basis.stature[-1] * off
    count = len(basis.components)
    flat = basis.components.transpose(1, 0, 2).reshape(basis.mean.shape[0], -1)
    mixed = (pattern.mix @ flat).reshape(-1, count, 3).transpose(1, 0, 2)
    return mean, mixed + basis.stature[:-1, None, None] * off


def _strongest(pattern: Pattern) -> NDArray[np.integer]:
    """(V,) the base vertex that weighs most in each mix."""
    mix = pattern.mix.tocsr()
    order = np.lexsort((-mix.data, np.repeat(np.arange(mix.shape[0]), np.diff(mix.indptr))))
    return np.asarray(mix.indices[order[mix.indptr[:-1]]])


def _printed(worn: Piece, pattern: Pattern) -> tuple[Floats, float]:
    """Where on the cloth, spread out, the corners of triangles lie, and the mean girth."""
    cut = cut_of(pattern.part)
    face, corners = triangles(worn.faces)
    vertices = worn.faces[face[:, None], corners]
    middle = worn.canonical[vertices].mean(1)
    # All corners of a triangle lie on the tube on which its middle lies.
    fields = {name: values[vertices].mean(1) for name, values in worn.fields.items()}
    flats = []
    for corner in range(3):
        places = middle + 0.999 * (worn.canonical[vertices[:, corner]] - middle)
        own = {
            name: np.where((values[vertices[:, corner]] > 0) == (fields[name] > 0),
                           values[vertices[:, corner]], 1e-4 * np.sign(fields[name]))
            for name, values in worn.fields.items() if name in ("arm", "leg")
        }  # fmt: skip
        places[:, 0] = np.where(places[:, 0] * middle[:, 0] > 0, places[:, 0], 1e-5 * middle[:, 0])
        texels = _texels(places, fields={**fields, **own})
        flat = spread(texels, cut)
        flats.append(np.stack([flat.along, flat.turns, flat.girth], axis=1))
    found = np.stack(flats, axis=1)
    around = found[:, :, 1]
    around -= np.round(around - around[:, :1])
    return found.astype(np.float32), float(found[..., 2].mean())


def _texels(places: NDArray[np.floating], fields: dict[str, Floats]) -> Texels:
    count = len(places)
    up = np.tile(np.array([0, 0, 1], np.float32), (count, 1))
    return Texels(
        places.astype(np.float32), up, np.zeros((count, 2), np.float32),
        np.zeros(count, np.int8), np.full(count, 0.004, np.float32), fields,
    )  # fmt: skip


def _on_body(
    basis: ShapeBasis, make_piece: Callable[[Floats], Piece]
) -> tuple[Piece, Floats, Floats]:
    """A piece whose vertices are sums of the body's: what it makes of the mean and components."""
    piece = make_piece(basis.mean)
    moved = np.stack([make_piece(one).vertices for one in basis.components])
    return piece, piece.vertices, moved


def _wearing(model: BodyModel, vertices: Floats) -> Body:
    return replace(model.canonical, vertices=vertices.astype(np.float64), stature=1.0)


def _skin(model: BodyModel, basis: ShapeBasis) -> Part:
    def piece(first: Color, second: Color) -> Piece:
        return skin.piece(model, model.canonical, _looks(first, second), SEED)

    everywhere = np.arange(len(basis.mean))
    joined = _Joined.of([_Cloth(piece(_BROWN, _BROWN), basis.mean, basis.components, everywhere)])
    shares = joined.shares(lambda a, b: [piece(a, b).paint], _TONES)
    return joined.part("skin", np.stack([shares, shares]))


def _eyes(model: BodyModel, basis: ShapeBasis) -> Part:
    def both(vertices: Floats, color: Color = _BROWN) -> tuple[Piece, Piece]:
        return eyes.pieces(model, _wearing(model, vertices), _looks(_BROWN, _BROWN, color))

    cloths = []
    for number in range(2):
        made, mean, moved = _on_body(basis, lambda v, n=number: both(v)[n])  # type: ignore[misc]
        # What hides the lids hides the eyes.
        lids = np.unique(model.groups["body"].corners)
        near = cKDTree(model.canonical.vertices[lids]).query(made.canonical)[1]
        cloths.append(_Cloth(made, mean, moved, lids[near]))
    # Iris and pupil are finer than the eyeball's faces.
    cloths[0] = _refined(_refined(_in_front(cloths[0])))
    joined = _Joined.of(cloths)
    canonical = model.canonical.vertices.astype(np.float32)
    shares = joined.shares(lambda a, _: [one.paint for one in both(canonical, a)], _SINGLES)
    return joined.part("eyes", np.stack([shares, shares]))


def _in_front(eyeballs: _Cloth) -> _Cloth:
    """Without the back of the eyeballs, which nobody sees."""
    back = eyeballs.piece.fields["back"][eyeballs.piece.faces].mean(1)
    return replace(eyeballs, piece=eyeballs.piece.keep(back < 0.25))


def _refined(coarse: _Cloth) -> _Cloth:
    """Every quad as four."""
    piece, count = coarse.piece, len(coarse.mean)
    faces = piece.faces
    sides = np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2)
    edges, of_side = np.unique(np.sort(sides, axis=1), axis=0, return_inverse=True)
    middle = count + of_side.reshape(-1, 4)
    centre = count + len(edges) + np.arange(len(faces))
    quads = [
        np.stack([faces[:, i], middle[:, i], centre, middle[:, i - 1]], axis=1) for i in range(4)
    ]
    uvs = piece.uvs
    half, mean = (uvs + np.roll(uvs, -1, axis=1)) / 2, uvs.mean(1)
    corners = [np.stack([uvs[:, i], half[:, i], mean, half[:, i - 1]], axis=1) for i in range(4)]

    def spread(values: NDArray[np.floating]) -> NDArray[np.floating]:
        return np.concatenate([values, values[edges].mean(1), values[faces].mean(1)])

    first = np.concatenate([np.arange(count), edges[:, 0], faces[:, 0]])
    fine = replace(
        piece,
        vertices=spread(piece.vertices),
        faces=np.concatenate(quads).astype(np.int32),
        uvs=np.concatenate(corners),
        bone_indices=piece.bone_indices[first],
        weights=piece.weights[first],
        canonical=spread(piece.canonical),
        canonical_normals=spread(piece.canonical_normals),
        density=np.repeat(piece.density[None], 4, 0).reshape(-1),
        zones=np.repeat(piece.zones[None], 4, 0).reshape(-1),
        fields={name: spread(values) for name, values in piece.fields.items()},
    )
    moved = np.stack([spread(one) for one in coarse.components])
    return _Cloth(fine, spread(coarse.mean), moved, coarse.anchors[first])


def _looks(tone: Color, brows: Color, iris: Color = _BROWN) -> Looks:
    return Looks(tone, iris, brows, None, _BROWN, 30.0, False)


def _grown(
    model: BodyModel, basis: ShapeBasis, name: str, made: list[tuple[hair.Hung, strands.Finish]]
) -> Part:
    """Hair or a beard: it turns and grows with the head."""
    head = hair.head_vertices(model)
    canonical = model.canonical.vertices
    before = canonical[head] - canonical[head].mean(0)
    inverse = np.linalg.pinv(before)
    cloths = []
    for hung, finish in made:
        roots = hair.rooted(model, hung)
        worn = hair.piece(model, model.canonical, hung, finish, SEED)

        def follow(
            vertices: NDArray[np.floating], roots: hair.Roots = roots
        ) -> NDArray[np.floating]:
            held = (vertices[roots.base] * roots.shares[..., None]).sum(1)
            turn = inverse @ (vertices[head] - vertices[head].mean(0))
            return np.asarray(held + roots.offsets @ turn)

        mean = worn.vertices + follow(basis.mean) - follow(canonical)
        moved = np.stack([follow(one) for one in basis.components])
        cloths.append(_Cloth(worn, mean, moved, roots.base[:, 0]))
    joined = _Joined.of(cloths)

    def paints(first: Color, _: Color) -> list[Painter]:
        finishes = [replace(finish, color=first) for _, finish in made]
        return [lambda t, f=f: strands.paint(t, f, SEED) for f in finishes]  # type: ignore[misc]

    shares = joined.shares(paints, _HAIRS)
    part = joined.part(name, np.stack([shares, shares]))
    under = [held_by_hats(part.canonical, [GARMENTS[hat]]) > 0.0 for hat in HATS]
    return replace(part, under_hat=np.array(under))


@dataclass(frozen=True)
class _Joined:
    """Pieces as one mesh whose vertices each lie on faces of one zone only."""

    cloths: Sequence[_Cloth]
    texels: tuple[Texels, ...]
    sources: tuple[NDArray[np.int64], ...]
    """Which vertex of its piece each vertex was."""
    faces: tuple[Ints, ...]

    @staticmethod
    def of(cloths: Sequence[_Cloth]) -> _Joined:
        parted = [_parted(one.piece) for one in cloths]
        texels, sources, faces = zip(*parted, strict=True)
        return _Joined(cloths, texels, sources, faces)

    def shares(
        self, paints: Callable[[Color, Color], list[Painter]], shades: Sequence[tuple[float, float]]
    ) -> Floats:
        """(n, 9) what shares of the colors are seen, by painting in grays of these shades."""
        runs = []
        for first, second in shades:
            painters = paints((first,) * 3, (second,) * 3)
            seen = [p(t).color for p, t in zip(painters, self.texels, strict=True)]
            runs.append(np.concatenate(seen))
        known = np.array([[first, second, 1.0] for first, second in shades])
        known[:, 1] *= np.ptp(known[:, 1]) > 0
        solved = np.linalg.pinv(known) @ np.stack(runs).reshape(len(runs), -1)
        return np.asarray(solved.reshape(3, -1, 3).transpose(1, 0, 2).reshape(-1, 9), np.float32)

    def part(self, name: str, paint: Floats) -> Part:
        starts = np.cumsum([0] + [len(source) for source in self.sources])
        found: dict[str, list[NDArray[Any]]] = {}
        for cloth_, source, faces, start, texels in zip(
            self.cloths, self.sources, self.faces, starts, self.texels, strict=False
        ):
            piece = cloth_.piece
            normals = smooth_normals(piece.canonical, piece.faces)
            own = chords(piece.faces, piece.canonical.astype(np.float64), normals)
            back = np.zeros(len(piece.vertices), np.int64)
            back[source] = np.arange(len(source))
            face, corners = triangles(faces)
            done = piece.paint(texels)
            rows = {
                "mean": cloth_.mean[source],
                "components": cloth_.components[:, source],
                "bones": piece.bone_indices[source],
                "weights": piece.weights[source],
                "triangles": faces[face[:, None], corners] + start,
                "chords": back[own[source]] + start,
                "anchors": cloth_.anchors[source],
                "canonical": piece.canonical[source],
                "finish": np.stack([done.roughness, done.metallic], axis=1),
            }
            for key, value in rows.items():
                found.setdefault(key, []).append(value)
        whole = {k: np.concatenate(v, axis=int(k == "components")) for k, v in found.items()}
        return Part(
            name=name,
            mean=whole["mean"].astype(np.float32),
            components=whole["components"].astype(np.float16),
            bones=whole["bones"].astype(np.int16),
            weights=whole["weights"].astype(np.float32),
            triangles=whole["triangles"].astype(np.int32),
            chords=whole["chords"].astype(np.int32),
            anchors=whole["anchors"].astype(np.int32),
            canonical=whole["canonical"].astype(np.float32),
            paint=paint.astype(np.float16),
            finish=whole["finish"].astype(np.float16),
            printed=np.zeros((len(whole["triangles"]), 3, 3), np.float32),
            girth=1.0,
            hides=np.zeros(_BASE, np.bool_),
            under_hat=np.zeros((0, len(whole["mean"])), np.bool_),
            extremes=extremes(whole["canonical"]),
        )


_BASE = 19158


def _parted(piece: Piece) -> tuple[Texels, NDArray[np.int64], Ints]:
    """Texels at the vertices, parted where faces of unlike zones meet, the vertices that they
    were, and the faces of them."""
    used = piece.faces >= 0
    zones = np.broadcast_to(piece.zones[:, None], piece.faces.shape)
    key = piece.faces[used].astype(np.int64) * 16 + zones[used]
    both, first, number = np.unique(key, return_index=True, return_inverse=True)
    faces = np.full(piece.faces.shape, -1, np.int32)
    faces[used] = number.reshape(-1)
    source = both // 16
    edge = piece.canonical[piece.faces[:, 0]] - piece.canonical[piece.faces[:, 1]]
    width = float(np.median(np.linalg.norm(edge, axis=1))) / 2
    texels = Texels(
        positions=piece.canonical[source],
        normals=piece.canonical_normals[source],
        uvs=piece.uvs[used][first].astype(np.float32),
        zones=(both % 16).astype(np.int8),
        width=np.full(len(source), width, np.float32),
        fields={name: values[source] for name, values in piece.fields.items()},
    )
    return texels, source, faces


def extremes(places: NDArray[np.floating], count: int = EXTREMES) -> Ints:
    """(count,) vertices of (n, 3) that lie farthest in directions all around."""
    step = np.arange(count) + 0.5
    up, turn = 1 - 2 * step / count, np.pi * (1 + 5**0.5) * step
    level = np.sqrt(1 - up * up)
    ways = np.stack([level * np.cos(turn), level * np.sin(turn), up])
    return np.asarray((places @ ways).argmax(0), np.int32)


def covers(part: Part) -> NDArray[np.float16]:
    """(styles + 1, n) how much the skin shows hair's color beneath each hair and beard of `NAMES`;
    the last row is of nothing."""
    places = part.canonical
    width = np.full(len(places), 0.004, np.float32)
    rows = [hairstyles.cover(name, places, SEED) for name in HAIR]
    rows += [beards.cover(name, places, width, SEED) for name in BEARDS]
    return np.stack([*rows, np.zeros(len(places))]).astype(np.float16)

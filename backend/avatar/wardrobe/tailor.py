# SPDX-License-Identifier: Apache-2.0
"""Makes a garment on the canonical body: select, refine, cut, smooth, offset, sew."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ...kit.body import BodyModel
from ...kit.skinning import strongest_four
from . import fields, sew
from .covering import covers, plane_value, value
from .cut import border_distance, cut
from .design import Flare, Garment, Piece, Plane
from .fit import Pattern, body_obstacle, fit, outside_of, skirt_width
from .forms import registry
from .forms.lasts import on_last, undone
from .forms.site import Site
from .forms.soles import soles
from .part import ZONES, Part
from .piece import smooth_normals
from .surface import Floats, Surface, join, loops, select, smooth, smoother, subdivide

LED = 0.001
"""Metres by which a last must move an upper so that the foot in it no longer pushes it."""
CLING_DEPTH = 0.12
"""Metres over which the upper end of a skirt comes off the body."""

Fields = dict[str, Floats]


def tailor(model: BodyModel, garment: Garment) -> Pattern:
    """Everything about a garment that is the same on every body."""
    base = fields.base_fields(model)
    bare, sewn, rings = [], [], []
    for piece in garment.pieces:
        plain, done = _made(model, base, garment, piece)
        bare.append(plain)
        sewn.append(done)
        rings += [_canonical(model, plain)[ring] for ring in loops(plain.faces)]
    shapes = _forms(model, base, garment, sewn)
    surface = _joined(garment, sewn, shapes)
    free = np.concatenate(
        [np.arange(done.count) < plain.count for plain, done in zip(bare, sewn, strict=True)]
        + [
            (shape.follows == np.arange(shape.count)) & gives
            for shape, gives in zip(shapes, _gives(garment, len(shapes)), strict=True)
        ]
    )
    hang = _hang(base, garment, [*sewn, *shapes])
    return _pattern(model, base, garment, Cloth(surface, free, hang, rings))


def _gives(garment: Garment, count: int) -> list[bool]:
    """Which of the forms, soles behind them, are soft."""
    known = [registry.MAKERS[form.kind].gives for form in garment.forms]
    return known + [False] * (count - len(known))


def _joined(garment: Garment, sewn: list[Surface], shapes: list[Surface]) -> Surface:
    """Pieces and forms as one; forms that ride follow vertices of the first piece."""
    rides = [registry.MAKERS[form.kind].rides for form in garment.forms]
    rides += [False] * (len(shapes) - len(rides))
    starts = np.cumsum([0] + [surface.count for surface in [*sewn, *shapes]])
    leads = [False] * len(sewn) + rides
    led = [
        surface if is_rider else replace(surface, follows=surface.follows + np.int32(start))
        for surface, start, is_rider in zip([*sewn, *shapes], starts, leads, strict=False)
    ]
    return join(led, first_leads=True)


@dataclass(frozen=True)
class Cloth:
    """All of a garment's surfaces as one: `free` (V,) may be pushed, `hang` (V,) metres below the
    line from which it hangs, `rings` the borders before hems were sewn."""

    surface: Surface
    free: NDArray[np.bool_]
    hang: Floats
    rings: list[Floats]


def _hang(base: Fields, garment: Garment, surfaces: list[Surface]) -> Floats:
    lines = [piece.hangs for piece in garment.pieces] + [form.hangs for form in garment.forms]
    lines += [None] * (len(surfaces) - len(lines))
    return np.concatenate(
        [
            np.full(surface.count, -1.0) if line is None else _below(line, base, surface)
            for surface, line in zip(surfaces, lines, strict=True)
        ]
    )


def _below(line: Plane, base: Fields, surface: Surface) -> Floats:
    """(V,) the plane's value where vertices are, with what shifts them from their mix."""
    shift = np.array([dict(line.terms).get(name, 0.0) for name in "xyz"])
    return np.asarray(plane_value(line, base, surface.mix) + surface.shift @ shift)


def _made(
    model: BodyModel, base: Fields, garment: Garment, piece: Piece
) -> tuple[Surface, Surface]:
    """A piece without its hems, and with them."""
    surface = _selected(model, base, piece)
    for edge in piece.cuts:
        surface = cut(surface, value(edge, base, surface.mix))
    surface = smooth(surface, piece.smoothing)
    zones = np.full(len(surface.faces), ZONES.index(piece.zone), np.int8)
    surface = replace(surface, zones=zones)
    if piece.clings:
        surface = _clinging(model, base, surface, piece)
    if garment.sole is not None:
        surface = replace(surface, shift=on_last(model, surface, garment.last, garment.sole))
    surface = replace(surface, distance=_distance(model, base, surface, piece))
    canonical = _canonical(model, surface)
    canonical += surface.distance[:, None] * smooth_normals(canonical, surface.faces)
    sewn = sew.hem(surface, canonical, piece.thickness)
    for strip in piece.edges:
        share = np.min([plane_value(plane, base, surface.mix) for plane in strip.where], axis=0)
        share = np.clip(share / strip.blend, 0, 1)
        sewn = sew.fold_out(surface, sewn, canonical, strip, share * share * (3 - 2 * share))
    return surface, sewn


def _selected(model: BodyModel, base: Fields, piece: Piece) -> Surface:
    """The faces of the source that may reach over a cut, refined."""
    inside = np.min([value(edge, base) for edge in piece.cuts], axis=0)
    corners = model.groups[piece.source].corners
    near = (inside[corners] > -0.08).any(1)
    surface = select(model, piece.source, near)
    return subdivide(surface) if piece.refine else surface


def _clinging(model: BodyModel, base: Fields, surface: Surface, piece: Piece) -> Surface:
    """Draw the upper end of a skirt onto the body's shape, so that a waist has no gap."""
    body = smooth(subdivide(select(model, "helper-tights")), piece.smoothing)
    on_trunk = (body.mix @ base["arm"] < 0.2) & (body.mix @ base["z"] > 0.74)
    rows = np.flatnonzero(on_trunk)
    places = _canonical(model, body)[rows]
    here = _canonical(model, surface)
    gaps, nearest = cKDTree(places).query(here, k=5)
    shares = 1 / (gaps**2 + 1e-5)
    shares /= shares.sum(1, keepdims=True)
    size = (surface.count, body.count)
    near = sparse.csr_matrix(
        (shares.ravel(), (np.repeat(np.arange(len(here)), 5), rows[nearest].ravel())), shape=size
    )
    depth = np.clip((here[:, 2].max() - here[:, 2]) / CLING_DEPTH, 0, 1)
    held = piece.clings * (1 - depth * depth * (3 - 2 * depth))
    mix = sparse.diags(held) @ (near @ body.mix) + sparse.diags(1 - held) @ surface.mix
    return replace(surface, mix=sparse.csr_matrix(mix))


def _distance(model: BodyModel, base: Fields, surface: Surface, piece: Piece) -> Floats:
    """(V,) metres off the body: the offset, thinner at necklines, wider where it flares."""
    distance = np.full(surface.count, piece.offset)
    for taper in piece.taper:
        share = np.clip(plane_value(taper.plane, base, surface.mix) / taper.width, 0, 1)
        distance *= taper.low + (1 - taper.low) * share
    for flare in piece.flare:
        distance += _flared(model, base, surface, flare)
    return distance


def _flared(model: BodyModel, base: Fields, surface: Surface, flare: Flare) -> Floats:
    amount = np.maximum(plane_value(flare.plane, base, surface.mix), 0)
    if flare.ease:
        amount = amount * amount / (amount + flare.ease)
    places = _canonical(model, surface)
    angle = np.arctan2(places[:, 0], -places[:, 1])
    # Folds of uneven width: a drape, not a gear wheel.
    folds = np.cos(flare.folds * angle + 0.9 * np.sin(2 * angle + 0.5) + 0.5 * np.sin(5 * angle))
    flared: Floats = amount * (flare.slope + flare.depth * folds * (flare.folds > 0))
    return flared


def _canonical(model: BodyModel, surface: Surface) -> Floats:
    places: Floats = surface.mix @ model.canonical.vertices + surface.shift
    return places


def _forms(model: BodyModel, base: Fields, garment: Garment, sewn: list[Surface]) -> list[Surface]:
    """The free shapes that a garment names."""
    site = Site(model, base, tuple(sewn))
    made = [registry.make(site, form) for form in garment.forms]
    if garment.sole is not None:
        made.append(soles(model, garment.sole, garment.last, garment.pieces[0].offset))
    return made


def _pattern(model: BodyModel, base: Fields, garment: Garment, cloth: Cloth) -> Pattern:
    surface = cloth.surface
    seen = base if garment.sole is None else undone(model, garment.last, garment.sole, base)
    sole = np.zeros(surface.count, bool)
    sole[surface.faces[surface.zones == ZONES.index("sole")]] = garment.sole is not None
    hidden = covers(seen, garment, 1)
    # A foot well inside a last is not seen, and must not push it out of shape.
    is_near_skin = np.linalg.norm(surface.shift, axis=1) < LED
    hides = surface.mix @ hidden
    indices, weights = _weights(model, surface.mix)
    places = _canonical(model, surface)
    empty = np.zeros((surface.count, 3), np.float32)
    part = Part(
        name=garment.name,
        cloth=garment.cloth,
        digest=_digest(garment, surface),
        vertices=empty,
        faces=surface.faces,
        uvs=_into_square(surface),
        bone_indices=indices,
        weights=weights,
        canonical=places.astype(np.float32),
        canonical_normals=empty,
        zones=surface.zones,
        fields={
            **_painting_fields(model, base, surface),
            "hang": cloth.hang.astype(np.float32),
        },
        hangs=garment.hangs,
        details=garment.details,
        second_color=garment.second_color,
    )
    outside = outside_of(surface.faces, surface.follows)
    pattern = Pattern(
        part=part,
        mix=surface.mix,
        distance=surface.distance,
        shift=surface.shift,
        follows=surface.follows,
        outside=outside,
        mean=smoother(outside, surface.count, 0.5),
        is_free=cloth.free & (is_near_skin | (hides < 0.008)),
        is_sole=sole,
        flatten=garment.flatten,
        covers=covers(seen, garment, 0),
        hides=hidden,
        offset=min((piece.offset for piece in garment.pieces), default=0.0),
        layer=garment.layer,
        garment=garment,
        width=_skirt_width(model, garment, surface),
    )
    return _on_canonical(model, pattern, cloth)


def _skirt_width(model: BodyModel, garment: Garment, surface: Surface) -> float:
    if all(piece.source != "helper-skirt" for piece in garment.pieces):
        return 0.0
    places = _canonical(model, surface)
    return skirt_width(places, places)


def _on_canonical(model: BodyModel, pattern: Pattern, cloth: Cloth) -> Pattern:
    """With the places and normals that painting sees: as worn by the canonical body."""
    worn = fit(pattern, model.canonical, body_obstacle(model, model.canonical))
    normals = smooth_normals(worn.vertices, worn.faces)
    mixed = pattern.mix @ model.canonical.vertices + pattern.shift
    hem = border_distance(mixed, cloth.rings)
    if (edge := cloth.surface.edge) is not None:
        hem = np.where(np.isfinite(edge), edge, hem)
    part = replace(
        worn,
        canonical=worn.vertices,
        canonical_normals=normals,
        fields={**worn.fields, "hem": hem.astype(np.float32)},
    )
    return replace(pattern, part=part)


def _weights(
    model: BodyModel, mix: sparse.csr_matrix
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The strongest four bones of each mix, summing to one."""
    count = len(model.weights)
    rows = np.repeat(np.arange(count), 4)
    dense = sparse.csr_matrix(
        (model.weights.ravel().astype(np.float64), (rows, model.bone_indices.ravel())),
        shape=(count, len(model.bone_names)),
    )
    mixed = np.maximum((mix @ dense).toarray(), 0)
    return strongest_four(mixed, model.canonical.rig.joint_of_bone)


def _painting_fields(
    model: BodyModel, base: Fields, surface: Surface
) -> dict[str, NDArray[np.float32]]:
    mix = surface.mix
    arm, leg = mix @ base["arm"], mix @ base["leg"]
    side = np.sign(mix @ base["x"]) * (np.maximum(arm, leg) > 0.5)
    found = {
        "arm": mix @ base["sleeve"] / fields.arm_length(model),
        "leg": mix @ base["leg_down"] / fields.leg_length(model),
        "side": side,
    }
    return {name: np.asarray(values, np.float32) for name, values in found.items()}


def _into_square(surface: Surface) -> NDArray[np.float32]:
    """Islands beside each other in the unit square."""
    uvs = np.empty((len(surface.faces), 4, 2), np.float32)
    used = surface.faces >= 0
    names = np.unique(surface.islands)
    columns = int(np.ceil(np.sqrt(len(names))))
    cell = 1 / columns
    for number, name in enumerate(names):
        mine = surface.islands == name
        corners = surface.uvs[mine]
        low = corners[used[mine]].min(0)
        size = max(float(np.ptp(corners[used[mine]], axis=0).max()), 1e-9)
        place = np.array([number % columns, number // columns]) * cell
        uvs[mine] = (corners - low) / size * (cell * 0.98) + place + cell * 0.01
    return np.clip(uvs, 0, 1)


def _digest(garment: Garment, surface: Surface) -> str:
    own = hashlib.sha256(repr(garment).encode())
    for array in (
        surface.faces,
        surface.uvs.round(6),
        surface.distance.round(7),
        surface.mix.indices,
    ):
        own.update(np.ascontiguousarray(array).tobytes())
    return own.hexdigest()[:16]

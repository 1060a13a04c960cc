# SPDX-License-Identifier: Apache-2.0
"""Dresses a body: skin, eyes and hair, and the chosen garments, painted into one atlas."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from ...shared.errors import BadOptionError
from ...shared.results import Material, Mesh, Rig
from ..kit.body import Body, BodyModel
from ..kit.face import faces_of
from .capsules import Capsules, fit_capsules
from .wardrobe import atlas, beards, chains, cloth, drape, eyes, hair, mouth, skin
from .wardrobe.chains import Chains
from .wardrobe.fit import Pattern
from .wardrobe.following import with_shapes
from .wardrobe.garments import GARMENTS
from .wardrobe.layers import in_order, put_on, tucked_hair, visible_hair, visible_skin
from .wardrobe.piece import Piece
from .wardrobe.skull import shell
from .wardrobe.tailor import tailor

if TYPE_CHECKING:
    from .outfit import Outfit


@dataclass(frozen=True)
class Dressed:
    """The parts of a character in bind pose, the body first, what they are made of, and the rig
    with bones for what hangs free."""

    meshes: tuple[Mesh, ...]
    materials: tuple[Material, ...]
    rig: Rig
    chains: tuple[Chains, ...]
    capsules: Capsules
    """The body as what hangs finds it in its way."""


def dress(model: BodyModel, body: Body, outfit: Outfit, texture_size: int, seed: int) -> Dressed:
    """Put the outfit on the body, leave out what is hidden, paint everything.

    Raises `BadOptionError` for a garment that the wardrobe does not have.
    """
    chosen = {choice.garment: choice for choice in outfit.garments}
    patterns = in_order(pattern_of(model, name) for name in chosen)
    pieces = [skin.piece(model, body, outfit.looks, seed).keep(visible_skin(model, patterns))]
    pieces += eyes.pieces(model, body, outfit.looks)
    pieces.append(mouth.piece(model, body, seed))
    parts = put_on(model, body, patterns)
    pieces += [drape.lay(piece, parts) for piece in _hair(model, body, outfit, seed)]
    for number, part in enumerate(parts):
        pieces.append(cloth.piece(part, chosen[part.name], seed + number))
    pieces, rig, hanging = chains.hang(pieces, body.rig)
    faces = faces_of(model, body)
    pieces = [with_shapes(piece, faces) for piece in pieces]
    meshes, materials = atlas.make(pieces, texture_size)
    return Dressed(meshes, materials, rig, hanging, fit_capsules(model, body))


def pattern_of(model: BodyModel, garment: str) -> Pattern:
    """The garment as tailored on the canonical body; made once in a process."""
    if garment not in GARMENTS:
        raise BadOptionError(
            f'The wardrobe has no garment "{garment}".', f"It has: {', '.join(GARMENTS)}."
        )
    return _tailored(_Order(garment, model))


@dataclass(frozen=True)
class _Order:
    name: str
    # Every model is read from the same files, so that the name alone says what is made.
    model: BodyModel = field(compare=False, repr=False)


@cache
def _tailored(order: _Order) -> Pattern:
    return tailor(order.model, GARMENTS[order.name])


def _hair(model: BodyModel, body: Body, outfit: Outfit, seed: int) -> list[Piece]:
    """Hair and beard, without what a hat or helmet holds inside."""
    worn = [GARMENTS[choice.garment] for choice in outfit.garments]
    found = [*hair.pieces(model, body, outfit.looks, seed)]
    found += beards.pieces(model, body, outfit.looks, seed)
    skull = shell(model, body.vertices, over_ears=False)
    found = [tucked_hair(piece, skull, worn) for piece in found]
    return [piece.keep(visible_hair(piece.canonical, piece.faces, worn)) for piece in found]

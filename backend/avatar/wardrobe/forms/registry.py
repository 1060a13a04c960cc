# SPDX-License-Identifier: Apache-2.0
"""Every kind of form that a garment's file may name, and what values it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cattrs import Converter, transform_error

from ..design import Form
from ..surface import Surface
from . import (
    capes,
    collars,
    cords,
    fasteners,
    hands,
    headwear,
    helmets,
    hoods,
    pouches,
    ribbons,
    shapes,
    tulle,
    wraps,
)
from .site import Site


@dataclass(frozen=True)
class Maker:
    """`make(site, values)` gives the surface; `values` is the dataclass of what it needs."""

    values: type
    make: Callable[[Site, Any], Surface]
    rides: bool = False
    """Whether it follows the cloth under it instead of the body."""
    gives: bool = False
    """Whether it is soft, and gives way to what is worn beneath it."""


MAKERS: dict[str, Maker] = {
    "cape": Maker(capes.Cape, capes.cape, gives=True),
    "buckle": Maker(fasteners.Buckle, fasteners.buckle, rides=True),
    "buttons": Maker(fasteners.Buttons, fasteners.buttons, rides=True),
    "collar": Maker(collars.Collar, collars.collar, rides=True),
    "tulle": Maker(tulle.Tulle, tulle.tulle),
    "mittens": Maker(hands.Mittens, hands.mittens),
    "ribbons": Maker(ribbons.Ribbons, ribbons.ribbons),
    "pouches": Maker(pouches.Pouches, pouches.pouches, rides=True),
    "loops": Maker(pouches.Loops, pouches.loops, rides=True),
    "laces": Maker(cords.Laces, cords.laces, rides=True),
    "hat": Maker(headwear.Hat, headwear.hat),
    "badge": Maker(shapes.Badge, shapes.badge, rides=True),
    "ball": Maker(shapes.Ball, shapes.ball),
    "peak": Maker(headwear.Peak, headwear.peak),
    "plate": Maker(shapes.Plate, shapes.plate),
    "shell": Maker(helmets.Shell, helmets.shell),
    "tube": Maker(shapes.Tube, shapes.tube),
    "visor": Maker(helmets.Visor, helmets.visor),
    "wrap": Maker(wraps.Wrap, wraps.wrap),
    "hood": Maker(hoods.Hood, hoods.hood, rides=True),
    "lapels": Maker(collars.Lapels, collars.lapels, rides=True),
}

_CONVERTER = Converter(forbid_extra_keys=True)
_CONVERTER.register_structure_hook(headwear.Point, lambda row, _: headwear.Point(*row))


def make(site: Site, form: Form) -> Surface:
    """The form's surface.

    Raises `ValueError` with one sentence for an unknown kind or unfit values.
    """
    if form.kind not in MAKERS:
        raise ValueError(f'There is no form "{form.kind}"; there are {", ".join(MAKERS)}.')
    maker = MAKERS[form.kind]
    try:
        values: Any = _CONVERTER.structure(dict(form.values), maker.values)
    except Exception as error:
        raise ValueError(f"The form {form.kind}: {'; '.join(transform_error(error))}.") from error
    return maker.make(site, values)

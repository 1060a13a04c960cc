# SPDX-License-Identifier: Apache-2.0
"""Every kind of form that a garment's file may name, and what values it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cattrs import Converter, transform_error

from ..design import Form
from ..surface import Surface
from . import fasteners, headwear
from .site import Site


@dataclass(frozen=True)
class Maker:
    """`make(site, values)` gives the surface; `values` is the dataclass of what it needs."""

    values: type
    make: Callable[[Site, Any], Surface]
    rides: bool = False
    """Whether it follows the cloth under it instead of the body."""


MAKERS: dict[str, Maker] = {
    "buckle": Maker(fasteners.Buckle, fasteners.buckle, rides=True),
    "buttons": Maker(fasteners.Buttons, fasteners.buttons, rides=True),
    "hat": Maker(headwear.Hat, headwear.hat),
    "helmet": Maker(headwear.Helmet, headwear.helmet),
}

_CONVERTER = Converter(forbid_extra_keys=True)


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

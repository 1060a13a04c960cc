# SPDX-License-Identifier: Apache-2.0
"""The wardrobe: every garment of `garment_files/`, read into the words of `design`.

A new garment is a new file there; `docs/adding_a_garment.md` walks through one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any

from cattrs import Converter, transform_error
from cattrs.v import format_exception

from . import expressions
from .design import SLOTS, Cut, Form, Garment, Plane

FOLDER = "garment_files"
SHARED_CUTS = "_cuts"


def read_garment(name: str, text: str, cuts: Mapping[str, str]) -> Garment:
    """A garment from the TOML `text` of its file; `cuts` are the shared ones, by name.

    Raises `ValueError` with one sentence that names the garment and what is wrong.
    """
    try:
        values = tomllib.loads(text)
        garment = _converter(cuts).structure({"name": name, **values}, Garment)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"The garment {name} is no TOML: {error}.") from error
    except Exception as error:
        faults = transform_error(error, format_exception=_fault)
        raise ValueError(f"The garment {name}: {'; '.join(faults)}.") from error
    if garment.slot not in SLOTS:
        raise ValueError(f"The garment {name} has no slot {garment.slot}; use {', '.join(SLOTS)}.")
    return garment


def _fault(error: BaseException, kind: type | None) -> str:
    """What is wrong, in the words of whoever found it."""
    return str(error) if type(error) is ValueError else format_exception(error, kind)


def _converter(cuts: Mapping[str, str]) -> Converter:
    converter = Converter(forbid_extra_keys=True)

    def cut(value: Any, _: type) -> Cut:
        return expressions.cut(cuts.get(value, value))

    def plane(value: Any, _: type) -> Plane:
        return expressions.plane(cuts.get(value, value))

    def form(value: Any, _: type) -> Form:
        own = dict(value)
        kind, line = own.pop("kind"), own.pop("hangs", None)
        return Form(kind, own, None if line is None else plane(line, Plane))

    converter.register_structure_hook(Cut, cut)
    converter.register_structure_hook(Form, form)
    converter.register_structure_hook(Plane, plane)
    return converter


def _all() -> dict[str, Garment]:
    files = {
        file.name.removesuffix(".toml"): file.read_text(encoding="utf-8")
        for file in resources.files(__package__).joinpath(FOLDER).iterdir()
        if file.name.endswith(".toml")
    }
    cuts = tomllib.loads(files.pop(SHARED_CUTS))
    found = (read_garment(name, text, cuts) for name, text in sorted(files.items()))
    return {
        garment.name: garment for garment in sorted(found, key=lambda one: (one.layer, one.name))
    }


GARMENTS: dict[str, Garment] = _all()
"""By name, the inner before the outer."""

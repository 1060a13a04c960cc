# SPDX-License-Identifier: Apache-2.0
"""From HOCON text to a `Config`: types, bounds, what is missing, what is unknown."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from ...system import Range
from .config import NEVER_READ, Config
from .hocon import MARKER, Settings, parse, wrong

PUBLISHED = Path(__file__).with_name("published.conf")
SMALL = Path(__file__).with_name("small.conf")
_VIEW_INPUTS = {"no_view_dir": 6, "no_normal": 6, "idr": 9}


@dataclass(frozen=True)
class Read:
    """A configuration and what its user should know of it."""

    config: Config
    notes: tuple[str, ...]


@cache
def shipped(path: Path = PUBLISHED) -> Config:
    """The published defaults, or those of the small networks."""
    return read(path.read_text(encoding="utf-8")).config


def read(text: str) -> Read:
    """Raises `BadOptionError` that names line and key in one sentence."""
    settings = parse(text)
    config: Config = _group(Config, "", settings)
    known = set(_keys(Config, "")) | NEVER_READ
    notes = [
        f"Line {settings.lines.get(key, '?')} of the configuration: the key {key} is unknown and"
        " was left out."
        for key in settings.values
        if key not in known
    ]
    config, said = _agreeing(config, settings)
    return Read(config, (*notes, *said))


def prompts_for(config: Config, description: str) -> Config:
    """The configuration with its `{TOREPLACE}` replaced by what the figure is."""
    clip = config.clip
    named = {
        field.name: MARKER.sub(lambda _: description, getattr(clip, field.name))
        for field in fields(clip)
    }
    return replace(config, clip=replace(clip, **named))


def has_own_prompts(config: Config) -> bool:
    """Whether the configuration says itself what the figure is."""
    return bool(config.clip.prompt) and not MARKER.search(config.clip.prompt)


def _keys(kind: Any, above: str) -> Iterator[str]:
    for name, hint in get_type_hints(kind).items():
        if is_dataclass(hint):
            yield from _keys(hint, f"{above}{name}.")
        else:
            yield above + name


def _group(kind: Any, above: str, settings: Settings) -> Any:
    hints = get_type_hints(kind, include_extras=True)
    found: dict[str, Any] = {}
    for field in fields(kind):
        key, hint = above + field.name, hints[field.name]
        if is_dataclass(hint):
            found[field.name] = _group(hint, f"{key}.", settings)
        elif key in settings.values:
            found[field.name] = _value(hint, key, settings)
        elif field.default is MISSING and field.default_factory is MISSING:
            raise wrong(f"The configuration lacks {key}.", f"Add {key} to it.")
    return kind(**found)


def _value(hint: Any, key: str, settings: Settings) -> Any:
    """What the key holds as the type that the hint names, within its bounds."""
    value = settings.values[key]
    if get_origin(hint) is UnionType:
        if value is None:
            return None
        hint = get_args(hint)[0]
    bounds = [note for note in get_args(hint)[1:] if isinstance(note, Range)]
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    found = _converted(hint, value, settings.written.get(key, ""))
    if found is None:
        raise _refused(key, settings, f"must be {_words(hint)}")
    for bound in bounds:
        if not bound.low <= found <= bound.high:
            raise _refused(key, settings, f"must lie between {bound.low:g} and {bound.high:g}")
    return found


def _refused(key: str, settings: Settings, rule: str) -> Exception:
    written = settings.written.get(key) or repr(settings.values[key])
    return wrong(
        f"Line {settings.lines.get(key, '?')} of the configuration: {key} {rule}, not"
        f" {written[:60].strip()}."
    )


def _converted(hint: Any, value: Any, written: str) -> Any:
    """None where the value is of another type."""
    if get_origin(hint) is Literal:
        return value if value in get_args(hint) else None
    if get_origin(hint) is tuple:
        rows = value if isinstance(value, list) else [value]
        items = [_converted(get_args(hint)[0], row, str(row)) for row in rows]
        return None if any(item is None for item in items) else tuple(items)
    if hint is str:
        return value if isinstance(value, str) else written or None
    if hint is bool:
        return value if isinstance(value, bool) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    if hint is float:
        return float(value)
    return int(value) if value == int(value) else None


def _words(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(get_args(hint))
    if get_origin(hint) is tuple:
        return f"a list, each {_words(get_args(hint)[0])}"
    names = {str: "a text", bool: "True or False", int: "a whole number", float: "a number"}
    return names[hint]


def _agreeing(config: Config, settings: Settings) -> tuple[Config, list[str]]:
    """The configuration, in which keys that say the same thing twice agree."""
    sdf, color, neus = (
        config.model.sdf_network,
        config.model.rendering_network,
        config.model.neus_renderer,
    )
    names = ("sdf_network.d_out", "rendering_network.d_in", "neus_renderer.n_importance")
    width, inputs, finer = (f"model.{name}" for name in names)
    if sdf.d_out != 1 + color.d_feature:
        raise _refused(width, settings, f"must be 1 + d_feature, {1 + color.d_feature}")
    if color.d_in != _VIEW_INPUTS[color.mode]:
        raise _refused(
            inputs, settings, f"must be {_VIEW_INPUTS[color.mode]} in the mode {color.mode}"
        )
    if neus.n_importance % neus.up_sample_steps:
        raise _refused(finer, settings, "must be a multiple of up_sample_steps")
    if sdf.skip_in and not all(1 <= layer <= sdf.n_layers for layer in sdf.skip_in):
        key = "model.sdf_network.skip_in"
        raise _refused(key, settings, f"must name layers from 1 to n_layers, {sdf.n_layers}")
    if color.extra_color == neus.extra_color:
        return config, []
    both = replace(
        config.model,
        rendering_network=replace(color, extra_color=True),
        neus_renderer=replace(neus, extra_color=True),
    )
    note = "The configuration sets extra_color once only; the second color head is built."
    return replace(config, model=both), [note]

# SPDX-License-Identifier: Apache-2.0
"""What is said of things: colors, patterns, cuts, and words that speak of hair and skin alone."""

from __future__ import annotations

from dataclasses import replace

from . import colors, lexicon, people
from .reader import Reader, settle
from .spoken import Spoken
from .things import Thing
from .vocabulary import Kind


def read_skip(reader: Reader, one: Spoken) -> None:
    """An unknown word parts a modifier from its color, a word of degree does not."""
    if one.phrase not in lexicon.intensities():
        reader.modifier = ""
    if one.phrase not in lexicon.fillers() and reader.is_open:
        reader.is_stray = True


def read_adjective(reader: Reader, one: Spoken) -> None:
    """Keep it for the thing that it meets, or give it to the one that it is tied to."""
    is_size = _is_of_bodies(reader, one) and one.phrase in people.traits()
    waiting = reader.pending_sizes if is_size else reader.pending_places
    waiting |= set(range(one.start, one.end))
    if one.kind != "size":
        reader.pending = replace(reader.pending, said=(*reader.pending.said, one.phrase))
        reader.pending = _with_adjective(reader, one)
    if one.kind == "pattern" and reader.tie in ("with", "in") and reader.group:
        noun = reader.noun()
        if noun is None or noun.kind in ("part", "one"):
            settle(reader)


def _is_of_bodies(reader: Reader, one: Spoken) -> bool:
    """Whether it speaks of a body unless a thing takes it: "short" does before any thing."""
    if one.kind != "style":
        return one.kind in ("size", "cut")
    noun = reader.noun()
    return not reader.group and (noun is None or noun.kind not in ("hair", "beard"))


def _with_adjective(reader: Reader, one: Spoken) -> Thing:
    pending, key = reader.pending, one.key
    if one.kind == "color":
        return _colored(reader, pending, key)
    if one.kind == "modifier":
        reader.modifier = key
        return replace(pending, shade=key)
    if one.kind == "pattern":
        return replace(pending, pattern=key)
    if one.kind == "material":
        entry = lexicon.read("clothes")["material"][key]
        return replace(pending, material=key, cloth=entry["cloth"])
    if one.kind == "odd pattern":
        reader.odd.append(one.phrase)
        return pending
    return replace(pending, styles=(*pending.styles, one.phrase))


def _colored(reader: Reader, pending: Thing, key: str) -> Thing:
    color, name = colors.named()[key], key
    if reader.modifier:
        color = colors.changed(color, reader.modifier)
        name = f"{reader.modifier} {key}"
    reader.modifier = ""
    return replace(
        pending,
        colors=(*pending.colors, color),
        color_names=(*pending.color_names, name),
        shade="",
    )


def read_of_body(reader: Reader, one: Spoken) -> None:
    """ "Blonde", "bald" and "pale" speak of the body by themselves."""
    of: Kind = "skin" if one.kind == "skin tone" else "hair"
    following = reader.ahead().kind
    if one.kind == "hair color" and following in ("hair", "beard", "style", "brows"):
        pending = reader.pending
        reader.pending = replace(pending, color_names=(*pending.color_names, one.phrase))
        reader.pending_places |= set(range(one.start, one.end))
        return
    styles: tuple[str, ...] = (one.phrase,) if one.kind == "style" else ()
    names = () if one.kind == "style" else (one.phrase,)
    if one.kind == "hair color":
        styles = reader.pending.styles
    thing = Thing(of, one.phrase, of, styles=styles, color_names=names)
    reader.things.append(replace(thing, is_negated=reader.is_negated))
    reader.places.update(range(one.start, one.end))


def read_style(reader: Reader, one: Spoken) -> None:
    is_bald = one.key == "bald" and reader.ahead().kind != "hair"
    (read_of_body if is_bald else read_adjective)(reader, one)


def read_same(reader: Reader, one: Spoken) -> None:
    reader.pending = replace(reader.pending, is_same=True)
    if one.phrase.startswith(("so ", "as ")):
        # "His boots are black and SO ARE his gloves".
        return
    if reader.noun() is None and reader.group and not reader.pending.colors:
        settle(reader)

# SPDX-License-Identifier: Apache-2.0
"""Planes and cuts as garments' files write them: "sleeve < 0.158", "ax > 0.012 or y > 0.02"."""

from __future__ import annotations

import re

from .design import Cut, Plane

_TERM = re.compile(r"([+-]?)\s*(\d*\.?\d+)?\s*\*?\s*([a-z_]+)?\s*")


def plane(text: str) -> Plane:
    """One linear inequality over fields, or one linear expression, which stands for "... > 0".

    Raises `ValueError` with a sentence for what cannot be read.
    """
    sides = re.split(r"([<>])", text)
    if len(sides) == 1:
        return _linear(text)
    if len(sides) != 3:
        raise ValueError(f'"{text}" compares more than two things; write one < or >')
    left, sign, right = sides
    large, small = (left, right) if sign == ">" else (right, left)
    return _minus(_linear(large), _linear(small))


def cut(text: str) -> Cut:
    """Inequalities joined by "or"."""
    return Cut(tuple(plane(part) for part in re.split(r"\bor\b", text)))


def _minus(first: Plane, second: Plane) -> Plane:
    terms = dict(first.terms)
    for name, factor in second.terms:
        terms[name] = terms.get(name, 0.0) - factor
    return Plane(tuple(terms.items()), first.constant - second.constant)


def _linear(text: str) -> Plane:
    rest = text.strip()
    terms: dict[str, float] = {}
    constant, is_first = 0.0, True
    while rest:
        match = _TERM.match(rest)
        if match is None or not (match[2] or match[3]) or not (match[1] or is_first):
            raise ValueError(f'"{text}" is no sum of fields and numbers, as 0.86 z - 0.51 y + 0.2')
        factor = float(match[2] or 1) * (-1 if match[1] == "-" else 1)
        if match[3]:
            terms[match[3]] = terms.get(match[3], 0.0) + factor
        else:
            constant += factor
        rest, is_first = rest[match.end() :], False
    if is_first:
        raise ValueError("An empty expression says nothing.")
    return Plane(tuple(terms.items()), constant)

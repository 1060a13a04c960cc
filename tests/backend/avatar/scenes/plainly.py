# SPDX-License-Identifier: Apache-2.0
"""Whether a caption holds for a picture, asked one place after the other, without arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kinora.backend.avatar.scenes import hues, sayings
from kinora.backend.avatar.scenes.captions import Captions
from kinora.backend.avatar.scenes.labels import PATTERNS, Labels
from kinora.backend.avatar.scenes.things import PLACE_OF_THING, PLACES, THINGS, nouns

Verdict = bool | None
"""None where the picture cannot tell."""
_MIXED = ("stripes", "checks", "zigzag")
_SHADED = ("camouflage", "leopard")


def all_of(verdicts: Sequence[Verdict]) -> Verdict:
    if False in verdicts:
        return False
    return None if None in verdicts else True


def any_of(verdicts: Sequence[Verdict]) -> Verdict:
    if True in verdicts:
        return True
    return None if None in verdicts else False


def holds(captions: Captions, row: int, labels: Labels, picture: int, seen: object) -> Verdict:
    """What `match.matches` says of one caption and one picture."""
    verdicts: list[Verdict] = [_action(captions, row, labels, picture)]
    for axis in range(5):
        verdicts.append(_value(captions.ranges[row, axis], float(labels.body[picture, axis])))
    for clause in range(4):
        if captions.noun[row, clause] >= 0:
            verdicts.append(_clause(captions, (row, clause), labels, picture, seen))
    return all_of(verdicts)


def _action(captions: Captions, row: int, labels: Labels, picture: int) -> Verdict:
    said, done = int(captions.action[row]), int(labels.action[picture])
    if said < 0 or said == done >= 0:
        return True
    if done < 0:
        return None
    pair = {labels.actions[said], labels.actions[done]}
    groups = sayings.wording()["action_unsure"]["groups"]
    alike = any(pair <= {name.strip() for name in group.split(",")} for group in groups)
    return None if alike else False


def _value(claim: Sequence[float], value: float) -> Verdict:
    if not any(math.isfinite(bound) for bound in claim):
        return True
    if math.isnan(value):
        return None
    fails_below, holds_from, holds_to, fails_above = claim
    if value < fails_below or value > fails_above:
        return False
    return True if holds_from <= value <= holds_to else None


def _clause(
    captions: Captions, at: tuple[int, int], labels: Labels, picture: int, seen: object
) -> Verdict:
    noun = int(captions.noun[at])
    covers = nouns().covers[noun]
    verdicts: list[Verdict] = []
    for place in range(len(PLACES)):
        here = [thing for thing in range(len(THINGS)) if PLACE_OF_THING[thing] == place]
        if not any(covers[thing] for thing in here):
            continue
        if not labels.framed[picture, place]:
            verdicts.append(None if any(covers[thing] == 1 for thing in here) else False)
            continue
        thing = int(labels.thing[picture, place])
        named = {1: True, 0: False, -1: None}[int(covers[thing])] if thing >= 0 else False
        verdict = all_of([named, _looks(captions, at, labels, picture, place)])
        if not seen[picture, place] and verdict is True:  # type: ignore[index]
            verdict = None
        verdicts.append(verdict)
    return any_of(verdicts)


def _looks(
    captions: Captions, at: tuple[int, int], labels: Labels, picture: int, place: int
) -> Verdict:
    first, second = (int(color) for color in captions.color[at])
    pattern, worn = int(captions.pattern[at]), int(labels.pattern[picture, place])
    if first < 0 and pattern <= 0:
        return True
    if not labels.colored[picture]:
        return None
    inks = [tuple(float(part) for part in ink) for ink in labels.lab[picture, place]]
    verdicts = [_inks(first, second, PATTERNS[worn], inks)]
    if pattern > 0:
        groups = sayings.wording()["pattern_unsure"]["groups"]
        pair = {PATTERNS[pattern], PATTERNS[worn]}
        alike = any(pair <= {name.strip() for name in group.split(",")} for group in groups)
        verdicts.append(True if pattern == worn else None if alike else False)
    return all_of(verdicts)


def _inks(first: int, second: int, worn: str, inks: Sequence[Sequence[float]]) -> Verdict:
    if first < 0:
        return True
    own, other = is_color(first, inks[0]), is_color(first, inks[1])
    if worn in _SHADED:
        return own if second < 0 or own is False else None
    if second >= 0:
        straight = all_of([own, is_color(second, inks[1])])
        turned = all_of([other, is_color(second, inks[0])])
        both = any_of([straight, turned]) if worn in _MIXED else straight
        return both if worn != "plain" else False
    if worn in _MIXED:
        return False if own is False and other is False else None
    return None if worn != "plain" and own is False and other is not False else own


def is_color(word: int, ink: Sequence[float]) -> Verdict:
    """CIE 1994, written out."""
    if math.isnan(ink[0]):
        return False
    table = hues.color_words()
    own = [float(part) for part in table.lab[word]]
    chroma, other = math.hypot(own[1], own[2]), math.hypot(ink[1], ink[2])
    turned = (own[1] - ink[1]) ** 2 + (own[2] - ink[2]) ** 2 - (chroma - other) ** 2
    away = math.sqrt(
        (float(table.lightness[word]) * (own[0] - ink[0])) ** 2
        + ((chroma - other) / (1 + 0.045 * chroma)) ** 2
        + max(turned, 0) / (1 + 0.015 * chroma) ** 2
    )
    if away < table.holds[word]:
        return True
    first, last = (float(bound) for bound in table.hues[word])
    angle = math.degrees(math.atan2(ink[2], ink[1]))
    has_hue = other > hues.COLORED and (angle - first) % 360 < last - first
    return False if away > table.fails[word] and not has_hue else None

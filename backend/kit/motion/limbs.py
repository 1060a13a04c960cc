# SPDX-License-Identifier: Apache-2.0
"""Plain movements of a part of the body, read from a small grammar: "raises her left arm".

A movement is a part (hands, a leg, the head, the trunk), a side, a place (`limbs.toml`) and a way:
it goes there and comes back, stays there, or rubs there. Each has a name, as "both hand hips held".
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("limbs.toml")
SIDES = ("left", "right")
LEAST_WORDS = 2
OF_A_LIMB = {
    "hand": ("hand", "hand_from", "elbow", "palm", "wrist"),
    "leg": ("free", "thigh", "shin", "ankle"),
    "head": (),
    "trunk": (),
}
SIDED = {
    *(("head", place) for place in ("turned", "behind", "tilted")),
    *(("trunk", place) for place in ("aside", "twisted")),
}
"""Places of head and trunk that are written for the left."""
GO, HOLD, RUB = "", " held", " again"

_ARTICLES = frozenset(
    ("the", "a", "an", "his", "her", "their", "its", "my", "your", "our", "own", "fully", "all")
)
_PREPOSITIONS = frozenset(
    (
        *("on", "onto", "to", "at", "in", "into", "against", "near", "towards", "toward", "for"),
        *("upon", "of", "out", "up", "down", "around", "across", "over", "above"),
    )
)
_PARTS = {
    "hand": "hand hands arm arms fist fists palm palms elbow elbows finger fingers fingertips",
    "leg": "leg legs knee knees foot feet thigh heel",
    "head": "head face chin gaze eyes",
    "trunk": "body torso trunk back waist",
}
_PART_OF = {word: part for part, words in _PARTS.items() for word in words.split()}
_VERBS = {
    "put": "put place rest lay bring press clasp move set",
    "hold": "hold keep",
    "raise": "raise lift throw stick thrust hoist",
    "stretch": "stretch extend spread reach open",
    "lower": "lower drop",
    "touch": "touch grab cover feel clutch grasp hug reach hold",
    "rub": "rub scratch pat tap stroke slap massage wipe beat pound dust",
    "look": "look glance gaze peer stare",
    "turn": "turn tilt bow cock rotate hang tip",
    "lean": "lean bend tilt bow arch hunch sway",
    "twist": "twist rotate",
    "stand": "stand balance",
}
_IRREGULAR = {
    "held": "hold",
    "kept": "keep",
    "threw": "throw",
    "stuck": "stick",
    "laid": "lay",
    "brought": "bring",
    "bent": "bend",
    "felt": "feel",
    "stood": "stand",
}
_ALONE = {"raise": "up", "stretch": "aside", "lower": "low"}
"""Where hands go when only a verb says it."""
_MOST_OF_A_PLACE = 4


@dataclass(frozen=True)
class Limb:
    """A movement's name, how many words said it, and whether they say it of something else that
    is done ("..., hands in the pockets", "..., looking back") rather than as the next thing."""

    name: str
    length: int
    goes_along: bool = False


def written() -> dict[str, dict[str, Any]]:
    """All movements by name, in the form of key_poses.toml."""
    found: dict[str, dict[str, Any]] = {}
    for part, places in _places().items():
        for place, entry in places.items():
            pose = {key: value for key, value in entry.items() if key != "words"}
            for side in _sides_of(part, place):
                whole = _sided(pose, part, side, place)
                name = " ".join(word for word in (side, part, place) if word)
                found[name + GO] = _there_and_back(whole)
                found[name + HOLD] = _kept(whole)
                if part == "hand":
                    found[name + RUB] = _rubbed(whole, side)
    return found


@cache
def _places() -> dict[str, dict[str, dict[str, Any]]]:
    with FILE.open("rb") as file:
        return tomllib.load(file)


def _sides_of(part: str, place: str) -> tuple[str, ...]:
    if part == "hand":
        return (*SIDES, "both")
    return SIDES if part == "leg" or (part, place) in SIDED else ("",)


def _sided(pose: Mapping[str, Any], part: str, side: str, place: str) -> dict[str, Any]:
    limb = OF_A_LIMB[part]
    own = {f"{side}_{key}" if key in limb else key: value for key, value in pose.items()}
    if side == "right" and (part, place) in SIDED:
        for key in own.keys() & {"pelvis", "spine", "head"}:
            forward, left, turn = own[key]
            own[key] = [forward, -left, -turn]
        if "shift" in own:
            own["shift"] = [-own["shift"][0], own["shift"][1]]
        own = {key.replace("left_", "right_"): value for key, value in own.items()}
    if part == "leg":
        # The body goes over the leg that stands.
        over = 0.085 if side == "right" else -0.085
        own |= {"shift": [over, 0], "spine": [0, 3 if side == "right" else -3, 0]}
    return own


def _there_and_back(pose: dict[str, Any]) -> dict[str, Any]:
    keys = [{"time": 0.0}, {"time": 0.75, **pose}, {"time": 1.55, **pose}, {"time": 2.35}]
    return {"keys": keys, "loop": [0, 3]}


def _kept(pose: dict[str, Any]) -> dict[str, Any]:
    keys = [{"time": 0.0}, {"time": 0.7, **pose}, {"time": 2.9, **pose}]
    return {"keys": keys, "loop": [1, 2]}


def _rubbed(pose: dict[str, Any], side: str) -> dict[str, Any]:
    key = f"{side}_hand"
    out, front, up = pose[key]
    there = [{**pose, key: [out + 0.03 * way, front, up + 0.05 * way]} for way in (1, -1)]
    keys = [{"time": 0.0}, *({"time": 0.65 + 0.22 * n, **there[n % 2]} for n in range(5))]
    return {"keys": [*keys, {"time": 2.3}], "loop": [1, 5]}


def match(words: Sequence[str], at: int) -> Limb | None:
    """The movement that the words from `at` on tell, if any."""
    if words[at] in _ARTICLES:
        return None
    read = [
        (word, place) for place, word in enumerate(words[at : at + 12]) if word not in _ARTICLES
    ]
    stop = next((n for n, (word, _) in enumerate(read) if not word[0].isalpha()), len(read))
    plain = [word for word, _ in read[:stop]]
    for reader in (_said_of_a_part, _said_of_a_place, _looked, _bent, _stood):
        found = reader(plain)
        if found and found.length >= LEAST_WORDS:
            first = plain[0]
            along = not _kinds(plain) or first.endswith("ing")
            return Limb(found.name, read[found.length - 1][1] + 1, along)
    return None


@cache
def _verb_forms() -> dict[str, frozenset[str]]:
    """The kinds of a verb, by any of its forms."""
    forms: dict[str, set[str]] = {}
    for kind, verbs in _VERBS.items():
        for verb in verbs.split():
            for form in _inflected(verb):
                forms.setdefault(form, set()).add(kind)
    for form, verb in _IRREGULAR.items():
        forms[form] = {kind for kind, verbs in _VERBS.items() if verb in verbs.split()}
    return {form: frozenset(kinds) for form, kinds in forms.items()}


def _inflected(verb: str) -> Iterator[str]:
    yield from (verb, f"{verb}s", f"{verb}es")
    for stem in (verb.removesuffix("e"), verb + verb[-1]):
        yield from (f"{stem}ing", f"{stem}ed")


def _kinds(words: Sequence[str], at: int = 0) -> frozenset[str]:
    return _verb_forms().get(words[at], frozenset()) if at < len(words) else frozenset()


def _side(words: Sequence[str], at: int) -> tuple[str, int]:
    """ "left", "right", "both" or "", and where the words go on."""
    if at < len(words):
        if words[at] in ("left", "right", "both"):
            return words[at], at + 1
        if words[at] in ("one", "other", "free"):
            return "right", at + 1
    return "", at


def _place(part: str, words: Sequence[str], at: int) -> tuple[str, str, int]:
    """The name of the longest place from `at` on, a side that it names, and where words go on."""
    for start in range(at, min(at + 4, len(words))):
        side, first = _side(words, start)
        for count in range(min(_MOST_OF_A_PLACE, len(words) - first), 0, -1):
            said = " ".join(words[first : first + count])
            for name, entry in _places()[part].items():
                if said in entry["words"]:
                    return name, side, first + count
        if side:
            return "", side, first
        if words[start] not in _PREPOSITIONS:
            break
    return "", "", at


def _said_of_a_part(words: Sequence[str]) -> Limb | None:
    """ "raises left arm", "puts both hands on hips", "with hands behind back"."""
    kinds = _kinds(words)
    at = 1 if kinds or "with" in words[:1] else 0
    side, at = _side(words, at)
    part = _PART_OF.get(words[at]) if at < len(words) else None
    if part is None:
        return None
    is_many = words[at].endswith("s") or words[at] == "feet"
    part = "head" if part == "head" and kinds & {"raise", "lower", "turn"} else part
    if part == "hand":
        return _of_hands(words, at, kinds, side or ("both" if is_many else "right"))
    if part == "leg" and kinds & {"raise", "stretch", "hold", "put"}:
        place, _, after = _place("leg", words, at + 1)
        place = place or ("knee" if words[at].startswith("knee") else "front")
        way = HOLD if "hold" in kinds else GO
        return Limb(
            f"{'right' if side in ('', 'both') else side} leg {place}{way}", max(after, at + 1)
        )
    if part == "head" and kinds & {"raise", "lower", "turn"}:
        return _of_head(words, at + 1, kinds)
    return None


def _of_hands(words: Sequence[str], at: int, kinds: frozenset[str], side: str) -> Limb | None:
    place, other, after = _place("hand", words, at + 1)
    if not place and other and after < len(words) and words[after - 1] == other:
        # "to the left": the arm of that side goes there.
        side, place = (other, "aside") if side != "both" else (side, "")
    if not place:
        alone = next((where for kind, where in _ALONE.items() if kind in kinds), "")
        place, after = alone, at + 1
    if not place:
        return None
    if not kinds & {"put", "hold", "raise", "stretch", "lower", "touch", "rub"} and after < at + 2:
        return None
    stays = not kinds or kinds & {"hold", "put"}
    return Limb(f"{side} hand {place}{HOLD if stays else GO}", after)


def _said_of_a_place(words: Sequence[str]) -> Limb | None:
    """ "touches toes", "scratches head with left hand", "reaches up"."""
    kinds = _kinds(words)
    if not kinds & {"touch", "rub"}:
        return None
    place, side, after = _place("hand", words, 1)
    if not place and "rub" in kinds and words[2:3] and words[2] in ("off", "from"):
        # "wipes sweat off the forehead"
        place, side, after = _place("hand", words, 3)
    if not place:
        return None
    if after + 1 < len(words) and words[after] == "with":
        own, part = _side(words, after + 1)
        if part < len(words) and _PART_OF.get(words[part]) == "hand":
            side = own or ("both" if words[part].endswith("s") else "right")
            after = part + 1
    is_both = words[after - 1] in (
        "toes",
        "feet",
        "knees",
        "ears",
        "eyes",
        "cheeks",
        "shins",
        "ankles",
    )
    way = HOLD if "hold" in kinds else GO
    if "rub" in kinds and place not in ("toes", "floor"):
        way = RUB
    return Limb(f"{side or ('both' if is_both else 'right')} hand {place}{way}", after)


def _looked(words: Sequence[str]) -> Limb | None:
    return _of_head(words, 1, _kinds(words)) if "look" in _kinds(words) else None


def _of_head(words: Sequence[str], at: int, kinds: frozenset[str]) -> Limb | None:
    place, side, after = _place("head", words, at)
    if not place and side:
        place = "tilted" if words[0].startswith(("tilt", "cock", "tip")) else "turned"
        if after < len(words) and words[after] in ("side", "shoulder"):
            place, after = ("behind" if words[after] == "shoulder" else place), after + 1
    if "over" in words[at:after] and "shoulder" in words[at:after]:
        place = "behind"
    if not place and kinds & {"raise", "lower"}:
        place, after = ("up" if "raise" in kinds else "down"), at
    if not place and words[0].startswith("bow"):
        place, after = "down", at
    if not place:
        return None
    sided = ("head", place) in SIDED
    return Limb(f"{(side or 'left') + ' ' if sided else ''}head {place}", after)


def _bent(words: Sequence[str]) -> Limb | None:
    """ "leans back", "bends over", "twists torso to left"."""
    kinds = _kinds(words)
    if not kinds & {"lean", "twist"}:
        return None
    at = 1
    if at + 1 < len(words) and words[at] == "upper" and words[at + 1] == "body":
        at += 2
    elif at < len(words) and words[at] in _PARTS["trunk"].split() and words[at] != "back":
        at += 1
    place, side, after = _place("trunk", words, at)
    if "twist" in kinds and "lean" not in kinds:
        if at == 1 and not side:
            return None
        return Limb(f"{side or 'left'} trunk twisted", max(after, at))
    if side and not place:
        place = "aside"
        after += after < len(words) and words[after] == "side"
    if not place:
        return None
    sided = ("trunk", place) in SIDED
    return Limb(f"{(side or 'left') + ' ' if sided else ''}trunk {place}", after)


def _stood(words: Sequence[str]) -> Limb | None:
    """ "stands on one leg": the other is lifted."""
    if "stand" not in _kinds(words) or words[1:2] != ["on"]:
        return None
    side, at = _side(words, 2)
    if not side or at >= len(words) or words[at] not in ("leg", "foot"):
        return None
    lifted = "left" if side == "right" else "right"
    return Limb(f"{lifted} leg knee held", at + 1)

# SPDX-License-Identifier: Apache-2.0
"""What an unknown rig's bones are, from the words in their names and who hangs from whom."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, product

FINGERS = ("thumb", "index", "middle", "ring", "little")
_FINGER_WORDS = {finger: finger for finger in FINGERS}
_FINGER_WORDS |= {"mid": "middle", "pinky": "little", "pinkie": "little"}
_SIDES = {
    **dict.fromkeys(("l", "lft", "left"), "left"),
    **dict.fromkeys(("r", "rgt", "right"), "right"),
}
_EXTRA_WORDS = """
twist roll ik pole end nub helper target tweak mch vis ctrl weapon prop heel palm metacarpal
metacarpals metatarsals breast pec eye jaw ear hair skirt tail wing buttock scale site top
tip corrective muscle bulge parent master pivot
"""
_TRUNK_WORDS = """
spine chest abdomen torso back thorax waist belly upperchest lowerback upperback ribcage stomach
"""
_EXTRA, _TRUNK = set(_EXTRA_WORDS.split()), set(_TRUNK_WORDS.split())

# Parts of a leg and an arm from the trunk outwards, and what a word may stand for, with how sure
# that is.
_LEG = ("hip", "knee", "ankle", "foot")
_ARM = ("collar", "shoulder", "elbow", "wrist")
_LONG_BONES = {"hip", "knee", "shoulder", "elbow"}
_MEANINGS: tuple[tuple[str, dict[str, int]], ...] = (
    ("thigh upleg upperleg femur legupper", {"hip": 3}),
    ("hip", {"hip": 2}),
    ("shin calf knee lowleg lowerleg tibia leglower", {"knee": 3}),
    ("leg", {"knee": 2, "hip": 1}),
    ("ankle", {"ankle": 3}),
    ("foot", {"ankle": 2, "foot": 1}),
    ("toe toes toebase ball", {"foot": 3}),
    ("clavicle collar clav", {"collar": 3}),
    ("shoulder shldr", {"collar": 2, "shoulder": 1}),
    ("upperarm uparm humerus armupper bicep", {"shoulder": 3}),
    ("arm", {"shoulder": 2, "elbow": 1}),
    ("forearm lowerarm lowarm elbow radius ulna armlower", {"elbow": 3}),
    ("wrist", {"wrist": 3}),
    ("hand", {"wrist": 2}),
)
_LIMB_WORDS = {word: parts for words, parts in _MEANINGS for word in words.split()}


@dataclass(frozen=True)
class Words:
    """What a bone's name says: `parts` of the limbs it may be, with how sure that is."""

    side: str
    stem: frozenset[str]
    parts: dict[str, int]
    finger: str
    is_toe: bool
    is_extra: bool


def words_of(name: str) -> Words:
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name.split(":")[-1])
    spaced = re.sub(r"\b([LRlr])(?=[A-Z][a-z])", r"\1 ", spaced)
    found = re.findall(r"[A-Za-z]+|\d+", spaced)
    words = [word.lower() for word in found]
    side = next((_SIDES[word] for word in words if word in _SIDES), "")
    letters = [word for word in words if word.isalpha() and word not in _SIDES]
    if not side:
        side, letters = _glued_side(letters)
    stem = {*letters, *("".join(pair) for pair in pairwise(letters))}
    toe = any(re.fullmatch(r"(big|little)?toe(s|base)?", word) for word in stem)
    parts: dict[str, int] = {}
    for word in sorted(stem, key=lambda word: (len(word), word)):
        if word in _LIMB_WORDS:
            parts = _LIMB_WORDS[word]
    finger = "" if toe else _finger(letters, words)
    return Words(side, frozenset(stem), parts, finger, toe, bool(stem & _EXTRA))


def _glued_side(letters: list[str]) -> tuple[str, list[str]]:
    """ "lfemur" and "leftarm" have their side glued on."""
    for number, word in enumerate(letters):
        for prefix, side in (("left", "left"), ("right", "right"), ("l", "left"), ("r", "right")):
            rest = word.removeprefix(prefix)
            if rest != word and (rest in _LIMB_WORDS or rest in _FINGER_WORDS):
                return side, [*letters[:number], rest, *letters[number + 1 :]]
    return "", letters


def _finger(letters: list[str], words: list[str]) -> str:
    for word in letters:
        named = _FINGER_WORDS.get(word)
        if named:
            return named
    if "finger" not in words or words.index("finger") + 1 == len(words):
        return ""
    # 3ds Max: Finger0, Finger01, Finger02 are the thumb. MakeHuman: finger1-1 is.
    number = words[words.index("finger") + 1]
    after = words[words.index("finger") + 2 :]
    first = int(number[0]) if number.isdigit() else -1
    if after and after[0].isdigit():
        first -= 1
    return FINGERS[first] if 0 <= first < len(FINGERS) else ""


def guess(names: Sequence[str], parents: Sequence[int]) -> dict[str, int]:
    """The index of the bone of each joint that the words and the tree tell."""
    said = [words_of(name) for name in names]
    chains = [chain_of(parents, number) for number in range(len(names))]
    found: dict[str, int] = {}
    for side, limb in product(("left", "right"), (_LEG, _ARM)):
        found |= {f"{side}_{part}": bone for part, bone in _limb(side, limb, said, chains).items()}
    return found | _trunk(found, said, chains)


def chain_of(parents: Sequence[int], number: int) -> list[int]:
    """A bone and what it hangs from, the root first."""
    chain: list[int] = []
    while number >= 0 and len(chain) <= len(parents):
        chain.append(number)
        number = parents[number]
    return chain[::-1]


def _limb(
    side: str, limb: tuple[str, ...], said: list[Words], chains: list[list[int]]
) -> dict[str, int]:
    """The likeliest parts along the one chain that has most of them."""
    best: tuple[int, dict[str, int]] = (0, {})
    for chain in chains:
        own = [
            bone
            for bone in chain
            if said[bone].side == side
            and not said[bone].is_extra
            and not said[bone].finger
            and set(said[bone].parts) & set(limb)
        ][:7]
        if not own or own[-1] != chain[-1]:
            continue
        best = max(best, _assigned(own, limb, said), key=lambda found: found[0])
    return best[1]


def _assigned(
    own: list[int], limb: tuple[str, ...], said: list[Words]
) -> tuple[int, dict[str, int]]:
    """Parts in their order to bones in theirs, as many and as sure as can be."""
    best: tuple[int, dict[str, int]] = (0, {})
    for count in range(1, len(limb) + 1):
        for parts, bones in product(combinations(limb, count), combinations(own, count)):
            sure = [said[bone].parts.get(part, 0) for part, bone in zip(parts, bones, strict=True)]
            score = 10 * count + 5 * len(set(parts) & _LONG_BONES) + sum(sure)
            if all(sure) and score > best[0]:
                best = (score, dict(zip(parts, bones, strict=True)))
    return best


def _trunk(found: dict[str, int], said: list[Words], chains: list[list[int]]) -> dict[str, int]:
    """Pelvis, spine, neck and head: what lies between the legs' root and the arms and head."""
    trunk: dict[str, int] = {}
    hips = [chains[found[f"{side}_hip"]] for side in ("left", "right") if f"{side}_hip" in found]
    if not hips:
        return trunk
    common = [bone for bone in hips[0] if all(bone in chain for chain in hips)]
    common = [bone for bone in common if bone not in found.values()]
    heads = [number for number, words in enumerate(said) if _is(words, "head")]
    necks = [number for number, words in enumerate(said) if _is(words, "neck")]
    collars = [f"{side}_{part}" for part in ("collar", "shoulder") for side in ("left", "right")]
    tops = [*necks, *heads, *(found[joint] for joint in collars if joint in found)]
    if tops:
        common = [bone for bone in common if bone in chains[tops[0]]]
    if not common:
        return trunk
    named = [bone for bone in common if said[bone].stem & {"hips", "hip", "pelvis"}]
    trunk["pelvis"] = (named or common)[-1 if not named else 0]
    if necks:
        trunk["neck"] = min(necks, key=lambda bone: len(chains[bone]))
    if heads:
        trunk["head"] = min(heads, key=lambda bone: len(chains[bone]))
    if tops:
        trunk |= _spine(trunk, chains[tops[0]], said)
    return trunk


def _is(words: Words, part: str) -> bool:
    return part in words.stem and not words.side and not words.stem & (_EXTRA - {"twist"})


def _spine(trunk: dict[str, int], chain: list[int], said: list[Words]) -> dict[str, int]:
    """First, middle and last of the bones between pelvis and neck, as many as there are."""
    if trunk["pelvis"] not in chain:
        return {}
    above = chain[chain.index(trunk["pelvis"]) + 1 :]
    middle = [
        bone
        for bone in above
        if not said[bone].side and bone not in trunk.values() and not said[bone].is_extra
    ]
    spine = [bone for bone in middle if said[bone].stem & _TRUNK] or middle
    if len(spine) > 2:
        middle_one = spine[len(spine) // 2]
        return {"spine1": spine[0], "spine2": middle_one, "spine3": spine[-1]}
    return dict(zip(("spine1", "spine3"), spine, strict=False))

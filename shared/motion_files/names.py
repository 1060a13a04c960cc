# SPDX-License-Identifier: Apache-2.0
"""Which bone of a rig is which of our 22 joints: by the names of known rigs, else by guessing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..skeleton import JOINTS
from .guessing import FINGERS, chain_of, guess, words_of
from .known_rigs import KNOWN_RIGS, KnownRig

NEEDED = (
    *("pelvis", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle"),
    *("left_shoulder", "right_shoulder", "left_elbow", "right_elbow"),
)
"""Without one of these a rig is no human body; what else is missing can be filled."""
KNOWN_ENOUGH = 15
"""So many of the 22 joints under a known rig's names make it that rig."""
CONTROLS = "Rigify controls"
GUESSED, UNKNOWN = "guessed", "unknown"


@dataclass(frozen=True)
class Matched:
    """`map[joint]` is the bone whose head is the joint; `missing` are joints without one.

    `kind` is the rig's name ("Mixamo"), GUESSED, or UNKNOWN where too little was found to be a
    body. `fingers["left_index"]` are a finger's bones from the palm outwards (thumb, index, middle,
    ring, little), `toes["left"]` all toe bones besides that of the joint `left_foot`.
    """

    map: Mapping[str, str]
    kind: str
    missing: tuple[str, ...]
    fingers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    toes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_body(self) -> bool:
        return self.kind != UNKNOWN


def match(names: Sequence[str], parents: Sequence[int], only: str | None = None) -> Matched:
    """The joints of a rig whose bones have these names and parents (-1 for none, any order).

    The known rig that covers most joints wins; what it leaves open is guessed. `only` is the one
    kind of known rig to try: a generated Rigify rig holds three.
    """
    plain = plain_names(names)
    known = [rig for rig in KNOWN_RIGS if only in (None, rig.kind)]
    maps = [_known_bones(rig, plain) for rig in known]
    best = max(range(len(maps)), key=lambda number: len(maps[number]))
    found, kind = maps[best], known[best].kind
    guessed = {} if only else guess(names, parents)
    if len(found) < KNOWN_ENOUGH or not set(NEEDED) <= set(found):
        if len(guessed) > len(found):
            found, kind = guessed, GUESSED
    else:
        taken = set(found.values())
        for joint, bone in guessed.items():
            if joint not in found and bone not in taken:
                found[joint] = bone
    if not set(NEEDED) <= set(found):
        kind = UNKNOWN
    elif kind != CONTROLS:
        _mend_trunk(found, parents)
    return Matched(
        map={joint: names[found[joint]] for joint in JOINTS if joint in found},
        kind=kind,
        missing=tuple(joint for joint in JOINTS if joint not in found),
        fingers=_fingers(names, parents, kind),
        toes=_toes(names, set(found.values()), kind),
    )


def _mend_trunk(found: dict[str, int], parents: Sequence[int]) -> None:
    """The chest is what the arms hang from, the pelvis what legs and chest hang from, whatever
    else has their names."""
    arms = [found.get(f"{s}_collar", found[f"{s}_shoulder"]) for s in ("left", "right")]
    trunk = _shared(parents, arms)
    if found.get("spine3", -1) in trunk[:-1] and trunk[-1] not in found.values():
        found["spine3"] = trunk[-1]
    legs = [found["left_hip"], found["right_hip"]]
    below = _shared(parents, [*legs, *arms])
    if below and found["pelvis"] not in below and below[-1] not in found.values():
        found["pelvis"] = below[-1]


def _shared(parents: Sequence[int], bones: Sequence[int]) -> list[int]:
    """What all of these hang from, the root first."""
    chains = [chain_of(parents, bone)[:-1] for bone in bones]
    return [bone for bone in chains[0] if all(bone in chain for chain in chains)]


def _known_bones(rig: KnownRig, plain: Sequence[str]) -> dict[str, int]:
    """The index of each joint's bone; of bones that share a name the first one."""
    index: dict[str, int] = {}
    for number, name in enumerate(plain):
        index.setdefault(name, number)
    found = {}
    for joint, candidates in rig.bones.items():
        for name in candidates:
            if name in index:
                found[joint] = index[name]
                break
    return found


def plain_names(names: Sequence[str]) -> list[str]:
    """Names as `known_rigs` writes them: lower case, without prefixes, blanks and punctuation."""
    bare = [_KNOWN_PREFIX.sub("", name.split(":")[-1].split("|")[-1]) for name in names]
    while (prefix := _shared_prefix(bare)) is not None:
        bare = [name.removeprefix(prefix) for name in bare]
    return ["".join(letter for letter in name.lower() if letter.isalnum()) for name in bare]


_KNOWN_PREFIX = re.compile(
    r"(mixamorig\d*[_ ]?|[mf]_avg_|bip\d+[ _]|character\d*_|j_bip_[clr]_(?=[a-z]{4}))", re.I
)


def _shared_prefix(names: Sequence[str]) -> str | None:
    """ "Bip01 " where nearly all names begin with it; a side is no prefix."""
    heads = Counter(
        found.group() for name in names if (found := re.match(r"[^ _\-.]+[ _\-.]", name))
    )
    if not heads or len(names) < 5:
        return None
    prefix, count = heads.most_common(1)[0]
    return prefix if count >= 0.9 * len(names) else None


_LAYERS = {"Rigify deform": "DEF-", "Rigify originals": "ORG-"}


def _is_of(kind: str, name: str) -> bool:
    """A generated Rigify rig has most bones three times."""
    if kind in _LAYERS:
        return name.startswith(_LAYERS[kind])
    return kind != CONTROLS or not name.startswith(("DEF-", "ORG-", "MCH-"))


def _fingers(names: Sequence[str], parents: Sequence[int], kind: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[tuple[int, str]]] = {}
    for number, name in enumerate(names):
        words = words_of(name)
        if words.side and words.finger and not words.is_extra and _is_of(kind, name):
            depth = len(chain_of(parents, number))
            found.setdefault(f"{words.side}_{words.finger}", []).append((depth, name))
    order = [f"{side}_{finger}" for side in ("left", "right") for finger in FINGERS]
    return {key: tuple(name for _, name in sorted(found[key])) for key in order if key in found}


def _toes(names: Sequence[str], joints: set[int], kind: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for number, name in enumerate(names):
        words = words_of(name)
        is_toe = words.side and words.is_toe and not words.is_extra and _is_of(kind, name)
        if is_toe and number not in joints:
            found.setdefault(words.side, []).append(name)
    return {side: tuple(found[side]) for side in ("left", "right") if side in found}

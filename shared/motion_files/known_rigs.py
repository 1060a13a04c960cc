# SPDX-License-Identifier: Apache-2.0
"""What well-known rigs call the bone whose head is each of our joints, without case, prefixes,
blanks and punctuation; `*` stands for the side. Several names are tried in their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..skeleton import BONE_OF_JOINT, JOINTS


@dataclass(frozen=True)
class KnownRig:
    """`bones[joint]` are the plain names that the joint's bone may have, in order of preference."""

    kind: str
    bones: Mapping[str, tuple[str, ...]]


SIDED = ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist")
MIDDLE = ("pelvis", "spine1", "spine2", "spine3", "neck", "head")


def _rig(kind: str, sides: tuple[str, str], middle: str, sided: str) -> KnownRig:
    """`middle` and `sided` name MIDDLE and SIDED in order: "a b|c" is a name, then one of two, "-"
    is none."""
    bones: dict[str, tuple[str, ...]] = {}
    for joint, names in zip(MIDDLE, middle.split(), strict=True):
        bones[joint] = _alternatives(names)
    for part, names in zip(SIDED, sided.split(), strict=True):
        for side, letter in zip(("left", "right"), sides, strict=True):
            bones[f"{side}_{part}"] = _alternatives(names.replace("*", letter))
    return KnownRig(kind, bones)


def _alternatives(names: str) -> tuple[str, ...]:
    return () if names == "-" else tuple(names.split("|"))


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


_WORDS, _LETTERS = ("left", "right"), ("l", "r")

# Of equal fits the first one counts.
KNOWN_RIGS: tuple[KnownRig, ...] = (
    KnownRig("native", {joint: (_plain(BONE_OF_JOINT[joint]),) for joint in JOINTS}),
    _rig(
        "Mixamo",  # also HumanIK's and Ready Player Me's names
        _WORDS,
        "hips spine spine1 spine3|spine2 neck head",
        "*upleg *leg *foot *toebase|*toe *shoulder *arm *forearm *hand",
    ),
    _rig(
        "SOMA",
        _WORDS,
        "hips spine1 spine2 chest neck1 head",
        "*leg *shin *foot *toebase *shoulder *arm *forearm *hand",
    ),
    _rig(
        "SMPL",
        _LETTERS,
        "pelvis spine1 spine2 spine3 neck head",
        "*hip *knee *ankle *foot *collar *shoulder *elbow *wrist",
    ),
    _rig(
        "SMPL",
        _WORDS,
        "pelvis spine1 spine2 spine3 neck head",
        "*hip *knee *ankle *foot *collar *shoulder *elbow *wrist",
    ),
    _rig(
        "Rigify controls",
        _LETTERS,
        "torso spinefk001 spinefk002 spinefk003 neck head",
        "thighfk* shinfk* footfk* toefk*|toe* shoulder* upperarmfk* forearmfk* handfk*",
    ),
    _rig(
        "Rigify deform",
        _LETTERS,
        "defspine defspine001 defspine002 defspine003 defspine004 defspine006|defspine005",
        "defthigh* defshin* deffoot* deftoe* defshoulder* defupperarm* defforearm* defhand*",
    ),
    _rig(
        "Rigify originals",
        _LETTERS,
        "orgspine orgspine001 orgspine002 orgspine003 orgspine004 orgspine006|orgspine005",
        "orgthigh* orgshin* orgfoot* orgtoe* orgshoulder* orgupperarm* orgforearm* orghand*",
    ),
    _rig(
        "Rigify metarig",
        _LETTERS,
        "spine spine001 spine002 spine003 spine004 spine006|spine005",
        "thigh* shin* foot* toe* shoulder* upperarm* forearm* hand*",
    ),
    _rig(
        "Unreal 5",
        _LETTERS,
        "pelvis spine01 spine03 spine05 neck01 head",
        "thigh* calf* foot* ball* clavicle* upperarm* lowerarm* hand*",
    ),
    _rig(
        "Unreal 4",
        _LETTERS,
        "pelvis spine01 spine02 spine03 neck01 head",
        "thigh* calf* foot* ball* clavicle* upperarm* lowerarm* hand*",
    ),
    _rig(
        "CMU",
        _WORDS,
        "hips lowerback spine spine1 neck|neck1 head",
        "*upleg *leg *foot *toebase *shoulder *arm *forearm *hand",
    ),
    _rig(
        "CMU ASF",
        _LETTERS,
        "root lowerback upperback thorax lowerneck|upperneck head",
        "*femur *tibia *foot *toes *clavicle *humerus *radius *wrist|*hand",
    ),
    _rig(
        "Daz",
        _LETTERS,
        "hip abdomen|abdomenlower abdomen2|abdomenupper chest|chestupper neck|necklower head",
        "*thigh|*thighbend *shin *foot *toe *collar *shldr|*shldrbend *forearm|*forearmbend *hand",
    ),
    _rig(
        "Daz Genesis 9",
        _LETTERS,
        "hip spine1 spine2 spine4|spine3 neck1 head",
        "*thigh *shin *foot *toes *shoulder *upperarm *forearm *hand",
    ),
    _rig(
        "Biovision",  # also 3ds Max-friendly and Xsens files
        _WORDS,
        "hips chest chest2 chest4|chest3 neck head",
        "*hip *knee *ankle *toe *collar *shoulder *elbow *wrist",
    ),
    _rig(
        "Biovision",
        _WORDS,
        "hips chest - - neck head",
        "*upleg *lowleg *foot *toe *collar *uparm *lowarm *hand",
    ),
    _rig(
        "3ds Max Biped",
        _LETTERS,
        "pelvis spine spine1 spine2 neck head",
        "*thigh *calf *foot *toe0 *clavicle *upperarm *forearm *hand",
    ),
    _rig(
        "Unity",
        _WORDS,
        "hips spine chest upperchest neck head",
        "*upperleg *lowerleg *foot *toes *shoulder *upperarm *lowerarm *hand",
    ),
)

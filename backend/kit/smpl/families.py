# SPDX-License-Identifier: Apache-2.0
"""The bodies of the SMPL family: their sizes, joints, published file names and licences.

Nothing here imports torch: the command line lists and adds these files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ....shared.skeleton import BONE_OF_JOINT, JOINTS, PARENTS

LICENSE = "non-commercial (SMPL licence)"
GENDERS = ("neutral", "female", "male")

# In the order of the published files; numbers as in Anny's rig, whose thumb is finger 1.
_FINGERS = (2, 3, 5, 4, 1)


@dataclass(frozen=True)
class Family:
    """One kind of body: V vertices, F triangles and the bones below the 22 common joints.

    `more_bones` maps each further joint of the file, in its order, to the name that it has in our
    rigs and to its parent's place among all joints.
    """

    name: str
    title: str
    vertices: int
    triangles: int
    more_bones: tuple[tuple[str, int], ...]
    origin: str
    file: str
    """A regular expression of the published files' names."""

    @property
    def bones(self) -> tuple[str, ...]:
        return (*map(BONE_OF_JOINT.__getitem__, JOINTS), *(name for name, _ in self.more_bones))

    @property
    def parents(self) -> tuple[int, ...]:
        return (*PARENTS, *(parent for _, parent in self.more_bones))


def _fingers(first: int) -> tuple[tuple[str, int], ...]:
    """The 30 joints of both hands, the first of which has this number."""
    found = []
    for hand, (wrist, letter) in enumerate(((20, "L"), (21, "R"))):
        for place, finger in enumerate(_FINGERS):
            for joint in range(3):
                above = first + 15 * hand + 3 * place + joint - 1
                found.append((f"finger{finger}-{joint + 1}.{letter}", above if joint else wrist))
    return tuple(found)


FAMILIES: tuple[Family, ...] = (
    Family(
        "smpl",
        "SMPL",
        6890,
        13776,
        (("hand.L", 20), ("hand.R", 21)),
        "smpl.is.tue.mpg.de",
        r"smpl_(?P<gender>neutral|female|male)|"
        r"basicmodel_(?P<letter>neutral|f|m)_lbs_10_207_0_v1\.[01]\.0",
    ),
    Family(
        "smplh",
        "SMPL-H",
        6890,
        13776,
        _fingers(22),
        "mano.is.tue.mpg.de",
        r"smplh_(?P<gender>neutral|female|male)",
    ),
    Family(
        "smplx",
        "SMPL-X",
        10475,
        20908,
        (("jaw", 15), ("eye.L", 15), ("eye.R", 15), *_fingers(25)),
        "smpl-x.is.tue.mpg.de",
        r"smplx_(?P<gender>neutral|female|male)(_2020)?",
    ),
)


@dataclass(frozen=True)
class BodyFile:
    """One body of one family, as `kinora models` knows it."""

    family: Family
    gender: str

    @property
    def name(self) -> str:
        return f"{self.family.name}-{self.gender}"

    @property
    def title(self) -> str:
        return f"{self.family.title} {self.gender}"

    @property
    def path(self) -> str:
        """Where its converted copy is, relative to the folder of the user's models."""
        return f"{self.family.name}/{self.gender}.npz"


BODY_FILES = tuple(BodyFile(family, gender) for family in FAMILIES for gender in GENDERS)


def family_of(name: str) -> Family:
    """The family that an option names. Raises KeyError."""
    return {family.name: family for family in FAMILIES}[name]


def body_file_of(file: Path) -> BodyFile | None:
    """What a published file is, by its name alone; None for any other name."""
    if file.suffix.lower() not in (".pkl", ".npz"):
        return None
    for family in FAMILIES:
        match = re.fullmatch(family.file, file.stem.lower())
        if match:
            said = match.groupdict()
            letter = said.get("letter") or ""
            gender = said["gender"] or {"f": "female", "m": "male"}.get(letter, letter)
            return BodyFile(family, gender)
    return None


def find_body_file(body: BodyFile, models_folder: Path) -> Path:
    """The user's copy: converted or, where there is none yet, as it was published.

    Where there is neither, the place of the converted one.
    """
    place = models_folder / body.path
    if not place.is_file() and place.parent.is_dir():
        for file in sorted(place.parent.iterdir()):
            if file.is_file() and body_file_of(file) == body:
                return file
    return place

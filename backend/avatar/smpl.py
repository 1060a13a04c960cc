# SPDX-License-Identifier: Apache-2.0
"""A character with a body of SMPL's family, on which the wardrobe's clothes are painted.

Clothes are cut for Anny's body. So an Anny of the same words, height and mass is dressed, and what
is seen of it is painted onto the other body where both are at the same place.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...shared.folders import data_folder
from ...shared.skeleton import JOINTS
from ..kit.body import Body, BodyModel
from ..kit.smpl.body import SmplBody, make_body
from ..kit.smpl.families import BodyFile, family_of, find_body_file
from .alignment import Skin, laid_onto
from .capsules import fit_capsules
from .dress import Dressed
from .shape import ShapeReading
from .transfer import painter, scan
from .wardrobe import atlas
from .wardrobe.piece import Piece, smooth_normals

LARGEST_TEXTURE = 2048
"""What is painted is no finer than what it is painted after."""
_GROWN = 16.0
_DENSITY = {"head": 2.4, "neck": 1.4, "left_wrist": 1.7, "right_wrist": 1.7}
"""How many texels a metre gets, relative to the rest, by the joint that carries it."""


def smpl_body(name: str, reading: ShapeReading, models_folder: Path | None = None) -> SmplBody:
    """The body of the family `name` nearest to the words' height and mass.

    Raises `MissingWeightsError` where the user's file or the package smplx is missing.
    """
    folder = models_folder or data_folder() / "models"
    file = chosen_file(name, reading.is_female, folder)
    return make_body(file, reading.height_m, reading.mass_kg, folder)


def chosen_file(name: str, is_female: bool, models_folder: Path) -> BodyFile:
    """The file of the words' sex or, where the user has none, the neutral one."""
    family = family_of(name)
    wanted = [BodyFile(family, "female" if is_female else "male"), BodyFile(family, "neutral")]
    here = [file for file in wanted if find_body_file(file, models_folder).is_file()]
    return (here or wanted[1:])[0]


def notes_on(made: SmplBody, reading: ShapeReading) -> tuple[str, ...]:
    """What of the words this body is not, and how it is dressed."""
    title = made.file.family.title
    notes = []
    if made.file.gender == "neutral":
        sex = "female" if reading.is_female else "male"
        notes.append(f"There is no {sex} {title} file here, so I took the neutral one.")
    if not made.fit.meets(reading.height_m, reading.mass_kg):
        notes.append(
            f"The nearest that {title} comes to {reading.height_m:.2f} m and "
            f"{reading.mass_kg:.0f} kg is {made.fit.height_m:.2f} m and {made.fit.mass_kg:.0f} kg."
        )
    if reading.age_years < _GROWN:
        notes.append(f"{title} knows grown bodies only: a child gets a small one.")
    notes.append(
        f"Clothes are cut for Anny's body; on {title} they are painted on the skin, and hair too."
    )
    return tuple(notes)


def painted(made: SmplBody, dressed: Dressed, anny: tuple[BodyModel, Body], size: int) -> Dressed:
    """The SMPL body with the looks of a dressed Anny body, in one mesh and one material."""
    skin, other = Skin(made.model, made.body), Skin(*anny)
    places = laid_onto(skin, other).astype(np.float32)
    neck = float(other.joints[JOINTS.index("neck"), 2])
    faces, joints = made.model.groups["body"], skin.leaders
    corners = faces.corners[:, :3]
    density = np.array([_DENSITY.get(joint, 1.0) for joint in JOINTS], dtype=np.float32)
    piece = Piece(
        name="Body",
        vertices=made.body.vertices.astype(np.float32),
        faces=faces.corners,
        uvs=faces.uvs,
        bone_indices=made.model.bone_indices,
        weights=made.model.weights,
        canonical=places,
        canonical_normals=smooth_normals(places, faces.corners),
        density=density[joints[corners]].max(1),
        paint=painter(scan(dressed.meshes, dressed.materials[0], neck)),
        zones=np.zeros(len(corners), dtype=np.int8),
    )
    meshes, materials = atlas.make([piece], min(size, LARGEST_TEXTURE))
    capsules = fit_capsules(made.model, made.body)
    return Dressed(meshes, materials, made.body.rig, (), capsules)

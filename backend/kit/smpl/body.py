# SPDX-License-Identifier: Apache-2.0
"""A body of SMPL's family as the rest of Kinora knows bodies: surface, rig, weights, UV map."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..anny_files import BoneTable
from ..body import Body, BodyModel, BodyParameters, Faces
from ..skinning import strongest_four
from . import fitting, unwrap
from .families import BodyFile
from .fitting import Fit
from .model import load_model
from .rig import in_bind_pose


@dataclass(frozen=True)
class SmplBody:
    """One body and what is its own of a model: it has the skin alone, no helpers to cut cloth on.

    All places of its `model` are vertices of the file, in the file's order.
    """

    file: BodyFile
    model: BodyModel
    body: Body
    fit: Fit


def make_body(file: BodyFile, height_m: float, mass_kg: float, models_folder: Path) -> SmplBody:
    """The body of this file nearest to a height and a mass, in bind pose.

    Raises `MissingWeightsError` where the file or the package smplx is missing, and `StorageError`.
    """
    own = load_model(file, models_folder)
    uvs = unwrap.uvs_of(own, models_folder)
    fit = fitting.fit(own, height_m, mass_kg)
    vertices, rig = in_bind_pose(own, fit.betas)
    body = Body(vertices, rig, BodyParameters({}, {}), fit.height_m, fit.mass_kg, stature=1.0)
    indices, weights = strongest_four(own.weights, rig.joint_of_bone)
    unused = np.full((len(own.triangles), 1), -1, np.int32)
    corners = np.concatenate([own.triangles, unused], axis=1)
    fourth = np.zeros((len(uvs), 1, 2), np.float32)
    model = BodyModel(
        groups={"body": Faces(corners, np.concatenate([uvs, fourth], axis=1))},
        bone_indices=indices,
        weights=weights,
        bone_names=rig.bone_names,
        bone_parents=rig.parents,
        template=own.template,
        bones=BoneTable(rig.bone_names, rig.parents, (), (), own.weights),
        canonical=body,
    )
    return SmplBody(file, model, body, fit)

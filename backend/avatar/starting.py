# SPDX-License-Identifier: Apache-2.0
"""Makes of a dressed character what sculpting starts from."""

from __future__ import annotations

import io

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ...shared.results import Media, Mesh, Rig
from ...shared.skeleton import JOINTS
from ..kit.body import Body, BodyModel
from ..kit.surface import triangulate
from .dress import Dressed
from .sculpt.start import REGIONS, Start
from .wardrobe.cloth import label
from .wardrobe.design import Garment
from .wardrobe.garments import GARMENTS

_OF_JOINT = {
    "head": "head",
    "shoulder": "arms", "elbow": "arms",
    "wrist": "hands",
    "hip": "legs", "knee": "legs",
    "ankle": "feet", "foot": "feet",
}  # fmt: skip
_OF_SWAY = {"skirt": "legs", "cape": "torso", "hair": "head", "beard": "head"}
_SKIN = {"head": 1.5, "torso": 10.0, "arms": 5.0, "hands": 1.0, "legs": 8.0, "feet": 1.5}
"""Millimetres that bare skin may grow, by region."""
_PARTS = {"Eyes": 0.0, "Lashes": 0.0, "Mouth": 0.0, "Hair cap": 5.0, "Hair": 15.0}
_SLOTS = {
    "feet": 4.0, "hands": 2.0, "eyes": 1.0, "face": 3.0, "head": 8.0, "legwear": 4.0,
    "right hand": 2.0, "left hand": 2.0, "extra": 4.0, "back": 6.0, "neck": 5.0, "waist": 5.0,
}  # fmt: skip
"""And worn things, by slot; what is not here is cloth on the body."""
_CLOTH, _BEARD = 12.0, 10.0
_HANGING = {"skirt": 60.0, "cape": 60.0, "cloth": 20.0, "hair": 60.0, "beard": 25.0}
"""What hangs from bones of its own."""
_MAP = 128  # texels along a side of the map of which means are taken


def start_of(dressed: Dressed, model: BodyModel, body: Body, texture_size: int) -> Start:
    """The character as its sculptor gets it, with a texture of `texture_size` texels a side."""
    meshes = [mesh for mesh in dressed.meshes if len(mesh.faces)]
    rows = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    triangles, uvs = [], []
    for mesh, row in zip(meshes, rows, strict=False):
        face, corners = triangulate(mesh.faces)
        triangles.append(mesh.faces[face[:, None], corners].astype(np.int64) + row)
        uvs.append(mesh.uvs[face[:, None], corners])
    names = _region_of_bone(dressed.rig)
    region = np.concatenate([names[_strongest(mesh)] for mesh in meshes])
    of_corner = np.concatenate(uvs).astype(np.float32)
    part = np.repeat(np.arange(len(meshes)), [len(own) for own in triangles])
    skin = model.groups["body"].corners
    solid = np.ascontiguousarray(body.vertices[: int(skin.max()) + 1], dtype=np.float32)
    face, corners = triangulate(skin)
    return Start(
        names=tuple(mesh.name for mesh in meshes),
        vertices=_floats(np.concatenate([mesh.vertices for mesh in meshes])),
        triangles=torch.from_numpy(np.concatenate(triangles)),
        uvs=torch.from_numpy(of_corner),
        part=torch.from_numpy(part),
        region=torch.from_numpy(region),
        slack=_floats(np.concatenate([_slack(mesh, dressed.rig, names) for mesh in meshes])),
        finish=_finish(dressed, of_corner, part),
        texture=texture_of(dressed.materials[0].base_color, texture_size),
        solid_vertices=torch.from_numpy(solid),
        solid_triangles=torch.from_numpy(skin[face[:, None], corners].astype(np.int64)),
        places=places_of(model, body),
        height=body.height_m,
    )


def texture_of(media: Media, size: int) -> Tensor:
    """(3, S, S) a picture file's colors from 0 to 1, at this size."""
    with Image.open(io.BytesIO(media.data.tobytes())) as picture:
        fitted = picture.convert("RGB")
        if fitted.width != size:
            fitted = fitted.resize((size, size), Image.Resampling.BOX)
        values = np.asarray(fitted, dtype=np.float32) / 255
    return torch.from_numpy(values).permute(2, 0, 1).contiguous()


def _floats(values: NDArray[np.floating]) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))


def _strongest(mesh: Mesh) -> NDArray[np.int32]:
    best = mesh.weights.argmax(1)
    return np.take_along_axis(mesh.bone_indices, best[:, None], 1)[:, 0]


def _region_of_bone(rig: Rig) -> NDArray[np.int64]:
    found = []
    for name, joint in zip(rig.bone_names, rig.joint_of_bone, strict=True):
        base = JOINTS[joint].removeprefix("left_").removeprefix("right_")
        region = _OF_SWAY.get(name.split(".")[0], _OF_JOINT.get(base, "torso"))
        found.append(REGIONS.index(region))
    return np.array(found)


def _slack(mesh: Mesh, rig: Rig, names: NDArray[np.int64]) -> NDArray[np.float64]:
    """(V,) metres: of what it is made of or worn as, more the more it hangs free."""
    if mesh.name == "Body":
        own = np.array([_SKIN[name] for name in REGIONS])[names[mesh.bone_indices]]
        return np.asarray((own * mesh.weights).sum(1) / 1000)
    base = _PARTS.get(mesh.name)
    garment = _garments().get(mesh.name)
    if base is None:
        base = _BEARD if garment is None else _SLOTS.get(garment.slot, _CLOTH)
    most = np.full(len(mesh.vertices), base)
    kinds = np.array([name.split(".")[0] for name in rig.bone_names])
    for kind, metres in _HANGING.items():
        share = (mesh.weights * (kinds == kind)[mesh.bone_indices]).sum(1)
        most += share * max(metres - base, 0)
    return np.asarray(most / 1000)


def _garments() -> dict[str, Garment]:
    """By what a mesh of theirs is called."""
    return {label(name): garment for name, garment in GARMENTS.items()}


def _finish(dressed: Dressed, uvs: NDArray[np.float32], part: NDArray[np.int64]) -> Tensor:
    """(P, 2) mean roughness and metallic where the middles of the triangles lie."""
    material = dressed.materials[0]
    count = int(part.max()) + 1
    if material.roughness_map is None:
        return torch.tensor([[material.roughness, material.metallic]]).repeat(count, 1)
    values = texture_of(material.roughness_map, _MAP)[1:].numpy()
    middle = uvs.mean(1)
    column = (middle[:, 0] % 1 * _MAP).astype(int).clip(0, _MAP - 1)
    row = ((1 - middle[:, 1] % 1) * _MAP).astype(int).clip(0, _MAP - 1)
    seen = values[:, row, column]
    means = [[seen[side, part == number].mean() for side in (0, 1)] for number in range(count)]
    return torch.tensor(means, dtype=torch.float32)


def places_of(model: BodyModel, body: Body) -> dict[str, Tensor]:
    """Middles of what the bones carry; between the eyes; half the height."""
    rig = body.rig
    best = model.weights.argmax(1)
    bone = np.take_along_axis(model.bone_indices, best[:, None], 1)[:, 0]
    joint = rig.joint_of_bone[bone]
    is_skin = np.arange(len(joint)) <= model.groups["body"].corners.max()

    def middle(*names: str) -> NDArray[np.float64]:
        own = is_skin & np.isin(joint, [JOINTS.index(name) for name in names])
        places = body.vertices[own]
        return np.asarray((places.min(0) + places.max(0)) / 2)

    eyes = [rig.heads[n] for n, name in enumerate(rig.bone_names) if name in ("eye.L", "eye.R")]
    if not eyes:  # A rig without eyes: the tip of the nose is near enough.
        head = body.vertices[is_skin & (joint == JOINTS.index("head"))]
        eyes = [head[head[:, 1].argmin()]]
    found = {"head": middle("head"), "face": np.mean(eyes, 0), "middle": middle(*JOINTS)}
    for side in ("left", "right"):
        found[f"{side}_hand"] = middle(f"{side}_wrist")
        found[f"{side}_foot"] = middle(f"{side}_ankle", f"{side}_foot")
    return {name: _floats(place) for name, place in found.items()}

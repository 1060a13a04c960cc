# SPDX-License-Identifier: Apache-2.0
"""A character as one binary glTF 2.0 file: skinned parts, faces, textures, armature and motion.

Every bone is a node whose axes, in bind pose, are the world's. So a node's rotation is the turn of
its bone relative to the parent's, and an inverse bind matrix is a plain shift. The change from
Z up to glTF's Y up is made in the data: importers see no turned root.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...shared.errors import BadResultError
from ...shared.results import Character, Material, Media, Mesh, Rig, Shape
from .gltf_document import COMPONENTS, Document, Json, pack, y_up
from .gltf_moves import add_animation, local_turns
from .surface import triangulate, vertex_normals

_VERTICES, _INDICES = 34962, 34963
_NO_FACE: Json = {"targetNames": []}


def write_glb(character: Character) -> bytes:
    """The bytes of a `.glb`: Y up, facing +Z, metres, one skinned mesh for each part.

    The prompts and the provenance go to `extras` of the asset and of the armature's node. Raises
    `BadResultError` for a texture that is neither PNG nor JPEG.
    """
    document = Document()
    roots = _add_bones(document, character.rig)
    skin = _add_skin(document, character.rig)
    images: dict[bytes, int] = {}
    for material in character.materials:
        _add_material(document, material, images)
    faces: dict[int, list[str]] = {}
    for mesh in character.meshes:
        if len(mesh.faces):
            geometry = document.add("meshes", _mesh(document, mesh))
            node = {"name": mesh.name, "mesh": geometry, "skin": skin}
            roots.append(document.add("nodes", node))
            faces[roots[-1]] = document.lists["meshes"][geometry].get("extras", _NO_FACE)[
                "targetNames"
            ]
    if character.motion is not None:
        turns = local_turns(character.rig, character.motion, character.sway)
        add_animation(document, character.rig, character.motion, turns, faces)
    extras = dict(character.provenance) | {"notes": list(character.notes)}
    armature = {"name": character.name or "Character", "children": roots, "extras": extras}
    scene = {"name": armature["name"], "nodes": [document.add("nodes", armature)]}
    asset = {"version": "2.0", "generator": "Kinora", "extras": extras}
    return pack(document, {"asset": asset, "scene": 0, "scenes": [scene]})


def _add_bones(document: Document, rig: Rig) -> list[int]:
    """One node for each bone, numbered like the rig, in bind pose; returns those without a parent.

    Importers that rebuild the rest pose take the root's from its node (Blender's does), so the
    motion's first frame must not be here.
    """
    offsets = rig.heads - np.where(rig.parents[:, None] >= 0, rig.heads[rig.parents], 0)
    for bone, name in enumerate(rig.bone_names):
        node: Json = {"name": name, "translation": y_up(offsets[bone]).tolist()}
        children = np.flatnonzero(rig.parents == bone).tolist()
        if children:
            node["children"] = children
        document.add("nodes", node)
    return [int(bone) for bone in np.flatnonzero(rig.parents < 0)]


def _add_skin(document: Document, rig: Rig) -> int:
    bones = len(rig.bone_names)
    shifts = np.tile(np.eye(4, dtype=np.float32), (bones, 1, 1))
    shifts[:, 3, :3] = -y_up(rig.heads)  # glTF writes matrices column after column
    matrices = document.add_array(shifts.reshape(bones, 16))
    skin = {"name": "Rig", "joints": list(range(bones)), "inverseBindMatrices": matrices}
    return document.add("skins", skin)


def _add_material(document: Document, material: Material, images: dict[bytes, int]) -> None:
    def texture(media: Media) -> Json:
        data = media.data.tobytes()
        if data not in images:
            images[data] = _add_texture(document, media.name, data)
        return {"index": images[data]}

    surface: Json = {
        "baseColorTexture": texture(material.base_color),
        "metallicFactor": material.metallic,
        "roughnessFactor": material.roughness,
    }
    if material.roughness_map is not None:
        maps = {"metallicRoughnessTexture": texture(material.roughness_map)}
        surface |= maps | {"metallicFactor": 1.0, "roughnessFactor": 1.0}
    # Sleeves and skirts are open sheets: their inside is seen.
    entry: Json = {
        "name": material.name,
        "doubleSided": True,
        "pbrMetallicRoughness": surface,
    }
    if material.normal is not None:
        entry["normalTexture"] = texture(material.normal)
    document.add("materials", entry)


def _add_texture(document: Document, name: str, data: bytes) -> int:
    kinds = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}
    kind = next((kind for magic, kind in kinds.items() if data.startswith(magic)), None)
    if kind is None:
        raise BadResultError(f'The texture "{name}" is neither PNG nor JPEG.')
    if "samplers" not in document.lists:
        # Smooth with mipmaps, repeating.
        filters = {"magFilter": 9729, "minFilter": 9987, "wrapS": 10497, "wrapT": 10497}
        document.add("samplers", filters)
    view = document.add_bytes(data)
    source = document.add("images", {"name": name, "mimeType": kind, "bufferView": view})
    return document.add("textures", {"sampler": 0, "source": source})


def _mesh(document: Document, mesh: Mesh) -> Json:
    face, corners = triangulate(mesh.faces)
    triangles = mesh.faces[face[:, None], corners]
    uvs = mesh.uvs[face[:, None], corners].reshape(-1, 2)
    # A vertex is doubled only where its faces disagree on the UV; below 1/65536 they do not.
    keys = np.column_stack([triangles.reshape(-1), np.round(uvs * 65536).astype(np.int64)])
    _, first, index = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    vertex = triangles.reshape(-1)[first]
    positions = y_up(mesh.vertices[vertex])
    joints, weights = _shares(mesh, vertex)
    span = {"min": positions.min(0).tolist(), "max": positions.max(0).tolist()}
    normals = y_up(vertex_normals(mesh.vertices, triangles)[vertex])
    coordinates = (uvs[first] * [1, -1] + [0, 1]).astype(np.float32)  # glTF counts v downwards
    attributes = {
        "POSITION": document.add_array(positions, _VERTICES, span),
        "NORMAL": document.add_array(normals, _VERTICES),
        "TEXCOORD_0": document.add_array(coordinates, _VERTICES),
        "JOINTS_0": document.add_array(joints, _VERTICES),
        "WEIGHTS_0": document.add_array(weights, _VERTICES, normalized=True),
    }
    small = np.uint16 if len(vertex) < 65535 else np.uint32
    indices = document.add_array(index.reshape(-1).astype(small), _INDICES)
    primitive = {"attributes": attributes, "indices": indices, "material": mesh.material}
    geometry: Json = {"name": mesh.name, "primitives": [primitive]}
    targets = [(shape.name, _target(document, shape, vertex)) for shape in mesh.shapes]
    targets = [(name, target) for name, target in targets if target]
    if targets:
        primitive["targets"] = [target for _, target in targets]
        geometry["weights"] = [0.0] * len(targets)
        geometry["extras"] = {"targetNames": [name for name, _ in targets]}
    return geometry


def _target(document: Document, shape: Shape, vertex: NDArray[Any]) -> Json:
    """A morph target that lists only what moves, of vertices that each copy one (V,) of the mesh;
    empty where nothing that has a face does."""
    number = np.full(max(int(vertex.max()), int(shape.vertices[-1])) + 1, -1)
    number[shape.vertices] = np.arange(len(shape.vertices))
    moved = np.flatnonzero(number[vertex] >= 0)
    if not len(moved):
        return {}
    offsets = y_up(shape.offsets[number[vertex[moved]]])
    ends = offsets if len(moved) == len(vertex) else np.vstack([offsets, np.zeros((1, 3))])
    small = np.uint16 if len(vertex) < 65535 else np.uint32
    indices = moved.astype(small)
    sparse = {
        "count": len(moved),
        "indices": {
            "bufferView": document.add_bytes(indices.tobytes()),
            "componentType": COMPONENTS[indices.dtype.name],
        },
        "values": {"bufferView": document.add_bytes(offsets.tobytes())},
    }
    entry = {
        "componentType": COMPONENTS["float32"],
        "count": len(vertex),
        "type": "VEC3",
        "min": ends.min(0).tolist(),
        "max": ends.max(0).tolist(),
        "sparse": sparse,
    }
    return {"POSITION": document.add("accessors", entry)}


def _shares(mesh: Mesh, vertex: NDArray[Any]) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """Bones and weights (N, 4) in 65535ths that sum to one exactly; unused bones are 0."""
    share = mesh.weights[vertex].astype(np.float64)
    whole = np.floor(share / share.sum(1, keepdims=True) * 65535 + 0.5).astype(np.int64)
    rows = np.arange(len(whole))
    whole[rows, whole.argmax(1)] += 65535 - whole.sum(1)
    joints = np.where(whole > 0, mesh.bone_indices[vertex], 0)
    return joints.astype(np.uint16), whole.astype(np.uint16)

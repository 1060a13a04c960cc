# SPDX-License-Identifier: Apache-2.0
"""A character as one binary glTF 2.0 file: skinned parts, faces, textures, armature and motion.

Every bone is a node whose axes, in bind pose, are the world's. So a node's rotation is the turn of
its bone relative to the parent's, and an inverse bind matrix is a plain shift. The change from
Z up to glTF's Y up is made in the data: importers see no turned root.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...shared import posing, rotations
from ...shared.errors import BadResultError
from ...shared.results import Character, Material, Media, Mesh, Motion, Rig, Shape, Sway
from .surface import Floats, triangulate, vertex_normals

Json = dict[str, Any]

_COMPONENTS = {"float32": 5126, "uint16": 5123, "uint32": 5125}
_TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
_VERTICES, _INDICES = 34962, 34963
_STILL = 1e-5  # radians or metres that a bone may stray and still count as not moving


@dataclass(frozen=True)
class _Document:
    """The glTF lists as they grow, and the bytes that they point into."""

    lists: dict[str, list[Json]] = field(default_factory=dict)
    blob: bytearray = field(default_factory=bytearray)

    def add(self, kind: str, entry: Json) -> int:
        entries = self.lists.setdefault(kind, [])
        entries.append(entry)
        return len(entries) - 1

    def add_bytes(self, data: bytes, **extra: int) -> int:
        self.blob.extend(bytes(-len(self.blob) % 4))
        view = {"buffer": 0, "byteOffset": len(self.blob), "byteLength": len(data), **extra}
        self.blob.extend(data)
        return self.add("bufferViews", view)

    def add_array(
        self, array: NDArray[Any], target: int = 0, bounds: Json | None = None, **extra: bool
    ) -> int:
        """(N,) or (N, K) as an accessor; `target` says what a graphics card would do with it."""
        array = np.ascontiguousarray(array)
        view = self.add_bytes(array.tobytes(), **({"target": target} if target else {}))
        entry = {
            "bufferView": view,
            "componentType": _COMPONENTS[array.dtype.name],
            "count": len(array),
            "type": _TYPES[array.size // len(array)],
        }
        return self.add("accessors", entry | (bounds or {}) | extra)


def write_glb(character: Character) -> bytes:
    """The bytes of a `.glb`: Y up, facing +Z, metres, one skinned mesh for each part.

    The prompts and the provenance go to `extras` of the asset and of the armature's node. Raises
    `BadResultError` for a texture that is neither PNG nor JPEG.
    """
    document = _Document()
    roots = _add_bones(document, character.rig)
    skin = _add_skin(document, character.rig)
    images: dict[bytes, int] = {}
    for material in character.materials:
        _add_material(document, material, images)
    for mesh in character.meshes:
        if len(mesh.faces):
            geometry = document.add("meshes", _mesh(document, mesh))
            node = {"name": mesh.name, "mesh": geometry, "skin": skin}
            roots.append(document.add("nodes", node))
    if character.motion is not None:
        turns = _local_turns(character.rig, character.motion, character.sway)
        _add_animation(document, character.rig, character.motion, turns)
    extras = dict(character.provenance) | {"notes": list(character.notes)}
    armature = {"name": character.name or "Character", "children": roots, "extras": extras}
    scene = {"name": armature["name"], "nodes": [document.add("nodes", armature)]}
    asset = {"version": "2.0", "generator": "Kinora", "extras": extras}
    return _pack(document, {"asset": asset, "scene": 0, "scenes": [scene]})


def _pack(document: _Document, head: Json) -> bytes:
    body = bytes(document.blob) + bytes(-len(document.blob) % 4)
    head = head | {"buffers": [{"byteLength": len(body)}]} | document.lists
    text = json.dumps(head, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    chunks += struct.pack("<I4s", len(body), b"BIN\0") + body
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def _y_up(places: Floats) -> NDArray[np.float32]:
    """Z up, facing -Y, to Y up, facing +Z: a quarter turn around X."""
    x, y, z = np.moveaxis(places, -1, 0)
    return np.stack([x, z, -y], axis=-1).astype(np.float32)


def _xyzw(turns: Floats) -> NDArray[np.float32]:
    """The same quarter turn for rotations, in glTF's order."""
    w, x, y, z = np.moveaxis(turns, -1, 0)
    return np.stack([x, z, -y, w], axis=-1).astype(np.float32)


def _local_turns(rig: Rig, motion: Motion, sway: Sway | None) -> Floats:
    """(T, B, 4) each bone's turn relative to its parent's, without jumps of sign."""
    deform = posing.bone_rotations(rig, motion.local_rotations, sway, motion.fingers)
    has_parent = rig.parents >= 0
    above = rotations.conjugate(deform[:, rig.parents[has_parent]])
    turns = deform.copy()
    turns[:, has_parent] = rotations.multiply(above, deform[:, has_parent])
    turns *= np.where(turns[:1, :, :1] < 0, -1, 1)
    return rotations.continuous(rotations.normalise(turns))


def _add_bones(document: _Document, rig: Rig) -> list[int]:
    """One node for each bone, numbered like the rig, in bind pose; returns those without a parent.

    Importers that rebuild the rest pose take the root's from its node (Blender's does), so the
    motion's first frame must not be here.
    """
    offsets = rig.heads - np.where(rig.parents[:, None] >= 0, rig.heads[rig.parents], 0)
    for bone, name in enumerate(rig.bone_names):
        node: Json = {"name": name, "translation": _y_up(offsets[bone]).tolist()}
        children = np.flatnonzero(rig.parents == bone).tolist()
        if children:
            node["children"] = children
        document.add("nodes", node)
    return [int(bone) for bone in np.flatnonzero(rig.parents < 0)]


def _add_skin(document: _Document, rig: Rig) -> int:
    bones = len(rig.bone_names)
    shifts = np.tile(np.eye(4, dtype=np.float32), (bones, 1, 1))
    shifts[:, 3, :3] = -_y_up(rig.heads)  # glTF writes matrices column after column
    matrices = document.add_array(shifts.reshape(bones, 16))
    skin = {"name": "Rig", "joints": list(range(bones)), "inverseBindMatrices": matrices}
    return document.add("skins", skin)


def _add_material(document: _Document, material: Material, images: dict[bytes, int]) -> None:
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


def _add_texture(document: _Document, name: str, data: bytes) -> int:
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


def _mesh(document: _Document, mesh: Mesh) -> Json:
    face, corners = triangulate(mesh.faces)
    triangles = mesh.faces[face[:, None], corners]
    uvs = mesh.uvs[face[:, None], corners].reshape(-1, 2)
    # A vertex is doubled only where its faces disagree on the UV; below 1/65536 they do not.
    keys = np.column_stack([triangles.reshape(-1), np.round(uvs * 65536).astype(np.int64)])
    _, first, index = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    vertex = triangles.reshape(-1)[first]
    positions = _y_up(mesh.vertices[vertex])
    joints, weights = _shares(mesh, vertex)
    span = {"min": positions.min(0).tolist(), "max": positions.max(0).tolist()}
    normals = _y_up(vertex_normals(mesh.vertices, triangles)[vertex])
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


def _target(document: _Document, shape: Shape, vertex: NDArray[Any]) -> Json:
    """A morph target that lists only what moves, of vertices that each copy one (V,) of the mesh;
    empty where nothing that has a face does."""
    number = np.full(max(int(vertex.max()), int(shape.vertices[-1])) + 1, -1)
    number[shape.vertices] = np.arange(len(shape.vertices))
    moved = np.flatnonzero(number[vertex] >= 0)
    if not len(moved):
        return {}
    offsets = _y_up(shape.offsets[number[vertex[moved]]])
    ends = offsets if len(moved) == len(vertex) else np.vstack([offsets, np.zeros((1, 3))])
    small = np.uint16 if len(vertex) < 65535 else np.uint32
    indices = moved.astype(small)
    sparse = {
        "count": len(moved),
        "indices": {
            "bufferView": document.add_bytes(indices.tobytes()),
            "componentType": _COMPONENTS[indices.dtype.name],
        },
        "values": {"bufferView": document.add_bytes(offsets.tobytes())},
    }
    entry = {
        "componentType": _COMPONENTS["float32"],
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


def _add_animation(document: _Document, rig: Rig, motion: Motion, turns: Floats) -> None:
    """A channel for each bone that leaves bind pose, from the bones' turns (T, B, 4) in their
    parents; a bone that stays put needs one key."""
    turned = np.flatnonzero(np.abs(turns[..., 1:]).max(axis=(0, 2)) > _STILL)
    tracks = [(int(bone), "rotation", _xyzw(turns[:, bone])) for bone in turned]
    for root in np.flatnonzero(rig.parents < 0):
        if np.abs(motion.root_translation - rig.heads[root]).max() > _STILL:
            tracks.append((int(root), "translation", _y_up(motion.root_translation)))
    if not tracks:
        return
    seconds = (np.arange(len(turns)) / motion.fps).astype(np.float32)
    whole, start = _add_times(document, seconds), _add_times(document, seconds[:1])
    samplers: list[Json] = []
    channels: list[Json] = []
    for bone, path, values in tracks:
        is_still = np.abs(values - values[0]).max() <= _STILL
        channels.append({"sampler": len(samplers), "target": {"node": bone, "path": path}})
        output = document.add_array(values[:1] if is_still else values)
        times = start if is_still else whole
        samplers.append({"input": times, "interpolation": "LINEAR", "output": output})
    animation = {"name": motion.name or "Motion", "samplers": samplers, "channels": channels}
    document.add("animations", animation)


def _add_times(document: _Document, seconds: NDArray[np.float32]) -> int:
    ends = {"min": [float(seconds[0])], "max": [float(seconds[-1])]}
    return document.add_array(seconds, bounds=ends)

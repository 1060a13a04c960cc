# SPDX-License-Identifier: Apache-2.0
"""Every role on four bodies in five poses: contact sheets, and how much cloth sinks.

python benchmarks/roles.py FOLDER [role ...]     # all roles where none is named

Sunk is a vertex of a garment more than 2 mm behind the nearest skin or, for "in cloth", behind the
nearest visible vertex of a garment worn beneath. Prints a table; sheets lie in FOLDER.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.spatial import cKDTree

from kinora.backend.avatar import pipeline
from kinora.backend.avatar.cast import Cast
from kinora.backend.avatar.dress import dress
from kinora.backend.avatar.params import Params
from kinora.backend.avatar.preview import telling_frame
from kinora.backend.avatar.showcase import mounted, shoot
from kinora.backend.avatar.wardrobe.piece import smooth_normals
from kinora.backend.avatar.words import lexicon
from kinora.backend.kit.body import Body, BodyModel, make_body
from kinora.shared import posing
from kinora.shared.results import Character

BODIES = ("a toddler", "a woman", "an obese old man", "a tall thin man")
POSES = ("", "walks", "crouches", "sits down", "cheers with both arms up")
DEEP, NEAR = 0.002, 0.05
TILE = (150, 210)
UNSEWN = ("Body", "Eyes", "Hair", "Beard", "Teeth", "Tongue", "Lashes")


@dataclass(frozen=True)
class Sunk:
    """Vertices of garments, and how many of them are in the body and in other garments."""

    total: int = 0
    in_body: int = 0
    in_cloth: int = 0

    def plus(self, other: Sunk) -> Sunk:
        return Sunk(
            self.total + other.total,
            self.in_body + other.in_body,
            self.in_cloth + other.in_cloth,
        )


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    models = pipeline.load_models()
    known = [lexicon.words(role["words"])[0] for role in lexicon.read("roles")["role"]]
    sys.stdout.write("| role | vertices | in the body % | in cloth % |\n|---|---|---|---|\n")
    total = Sunk()
    for role in sys.argv[2:] or known:
        cells, sunk = [], Sunk()
        for shape in BODIES:
            for character, skin in _played(models, role, shape):
                cells.append(_cell(character))
                sunk = sunk.plus(measure(character, skin, models.body))
        mounted(cells, len(POSES)).save(folder / f"{role.replace(' ', '_')}.jpg", quality=88)
        _say(role, sunk)
        total = total.plus(sunk)
    _say("all", total)


def _say(what: str, sunk: Sunk) -> None:
    shares = [100 * count / max(sunk.total, 1) for count in (sunk.in_body, sunk.in_cloth)]
    sys.stdout.write(f"| {what} | {sunk.total:,} | {shares[0]:.2f} | {shares[1]:.2f} |\n")
    sys.stdout.flush()


def _played(
    models: pipeline.Models, role: str, shape: str
) -> Iterator[tuple[Character, np.ndarray]]:
    """The character in each pose, its meshes as they are then, and its skin (V, 3)."""
    reading, outfit = pipeline.read_words(Params(shape, role), models)
    body = make_body(models.body, reading.parameters)
    dressed = dress(models.body, body, outfit, 512, 0)
    for pose in POSES:
        params = Params(shape, role, pose)
        played = Cast(models.body, body, dressed)
        moving = pipeline.read_motion(params, models.encoder, played)
        character = pipeline.assemble(params, played, dressed, moving, ())
        yield _frozen(character if pose else replace(character, motion=None), models.body, body)


def _frozen(character: Character, model: BodyModel, body: Body) -> tuple[Character, np.ndarray]:
    """The character with its most telling pose baked into its meshes."""
    if character.motion is None:
        return replace(character, sway=None), body.vertices
    frame = telling_frame(character.motion)
    skin = replace(
        character.meshes[0],
        vertices=body.vertices,
        bone_indices=model.bone_indices,
        weights=model.weights,
    )
    meshes = tuple(
        replace(mesh, vertices=posing.posed(character, mesh, frame).astype(np.float32))
        for mesh in character.meshes
    )
    still = replace(character, meshes=meshes, motion=None, sway=None)
    return still, posing.posed(character, skin, frame)


def measure(character: Character, skin: np.ndarray, model: BodyModel) -> Sunk:
    """How much cloth is in the skin, and in what is worn beneath it."""
    faces = model.groups["body"].corners
    used = np.unique(faces)
    beneath = [(skin[used], smooth_normals(skin, faces)[used])]
    sunk = Sunk()
    for mesh in character.meshes:
        if mesh.name.startswith(UNSEWN):
            continue
        places, normals = mesh.vertices.astype(float), smooth_normals(mesh.vertices, mesh.faces)
        depths = [_is_behind(places, *surface) for surface in beneath]
        in_cloth = np.any(depths[1:], axis=0) if depths[1:] else np.zeros(len(places), bool)
        sunk = sunk.plus(Sunk(len(places), int(depths[0].sum()), int(in_cloth.sum())))
        beneath.append((places, normals))
    return sunk


def _is_behind(places: np.ndarray, surface: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """(V,) whether the nearest point of a surface has the place more than `DEEP` behind it."""
    away, near = cKDTree(surface).query(places)
    height = ((places - surface[near]) * normals[near]).sum(1)
    return (height < -DEEP) & (away < NEAR)


def _cell(character: Character) -> Image.Image:
    places = np.concatenate([mesh.vertices for mesh in character.meshes])
    picture = Image.fromarray(shoot(character, places, TILE))
    ImageDraw.Draw(picture).text((4, 2), character.name[:22], "white", ImageFont.load_default(10))
    return picture


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""A job of the published preset: AvatarCLIP's own appearance stage, bound to this body's armature.

What hangs, eyes and clothes are no parts of their own in that method: the result is one surface in
one texture. Beside the usual files it leaves the full mesh and the networks, as AvatarCLIP does.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from ...shared.errors import BadOptionError, BadResultError
from ...shared.folders import data_folder
from ...shared.results import Material, Media, Rig
from ...shared.results import Mesh as Part
from ..kit.binding import Skinned, bind
from ..kit.body import Body, BodyModel
from ..kit.cells import baked, cell_uvs, most_triangles
from ..kit.closest import Surface
from ..kit.encoders.encoder import load_encoder
from ..kit.surface import triangulate
from ..system import Run
from .dress import Dressed
from .neus.checkpoints import read_published
from .neus.config import Config
from .neus.extract import Mesh
from .neus.frames import Template
from .neus.ply import write_ply
from .neus.published import Settings, published
from .neus.reading import PUBLISHED, has_own_prompts, prompts_for, read
from .params import Params
from .sculpting import Refined, Watch, Worn, prompts_of
from .starting import places_of
from .wardrobe.atlas import COLOR_QUALITY, jpeg

PLY, CHECKPOINT = "published.ply", "published.pth"
TEXELS = 2048
"""Along a side: less has no room for the mesh."""
_ON_GPU, _ON_PROCESSOR = (512, 256), (192, 192)  # cells of the grids
_LEAST_PIECE = 0.01
_ROUGHNESS = 0.8


def sculpted_as_published(worn: Worn, params: Params, run: Run) -> Refined:
    """The body sculpted and painted by the words, whose clothes it is not wearing then.

    Raises `BadOptionError` for a configuration or checkpoint that is none or does not fit,
    `MissingWeightsError` for an encoder without its file, and what `published` raises.
    """
    description = prompts_of(params, worn).appearance
    if not description:
        return Refined(worn.dressed)
    config, notes = configuration(params.config, description)
    checkpoint = None if params.checkpoint is None else read_published(_bytes(params.checkpoint))
    seed = params.seed if config.train.seed is None else config.train.seed
    encoder = load_encoder(params.encoder, data_folder() / "models", run.device)
    fine, light = _ON_PROCESSOR if run.device == "cpu" else _ON_GPU
    settings = Settings(run.device, seed, checkpoint, resolution=fine, light=light)
    found = published(template_of(worn.model, worn.body), config, encoder, Watch(run), settings)
    _leave(run.folder, found.mesh, found.checkpoint)
    told = {"steps": found.steps, "losses": found.losses, "timings_s": found.timings}
    dressed = bound(found.light, worn.model, worn.body, worn.dressed)
    return Refined(dressed, scores=told, notes=(*notes, *_unheard(params), *found.notes))


def configuration(media: Media | None, description: str) -> tuple[Config, tuple[str, ...]]:
    """The user's configuration, or the published one, with its prompts for this description."""
    if media is None:
        return prompts_for(read(PUBLISHED.read_text(encoding="utf-8")).config, description), ()
    try:
        found = read(_bytes(media).decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadOptionError(
            f"The configuration {media.name} is no text.", "Choose AvatarCLIP's .conf.", "config"
        ) from error
    notes = found.notes
    if not found.config.clip.prompt:
        raise BadOptionError(
            f"The configuration {media.name} lacks clip.prompt.",
            "Add it, with {TOREPLACE} for the appearance prompt.",
            "config",
        )
    if has_own_prompts(found.config):
        said = found.config.clip.prompt
        notes = (*notes, f'The configuration has its own prompt, which wins: "{said}".')
    return prompts_for(found.config, description), notes


def template_of(model: BodyModel, body: Body) -> Template:
    """The bare body's closed skin."""
    vertices, triangles = _skin(model, body)
    head = places_of(model, body)["head"]
    return Template(torch.from_numpy(vertices), torch.from_numpy(triangles), head)


def bound(mesh: Mesh, model: BodyModel, body: Body, dressed: Dressed) -> Dressed:
    """The mesh as the only part of the character, moved by the bare body's bones."""
    vertices, triangles, colors = _without_islands(*mesh.arrays())
    if not len(triangles):
        raise BadResultError("Nothing is left of the surface.", "Lower train.learning_rate.")
    if len(triangles) > most_triangles(TEXELS):
        raise BadResultError(
            f"The surface has {len(triangles)} triangles, more than a body's.",
            "Raise train.mask_weight in the configuration, so that it keeps to the body.",
        )
    skin, faces = _skin(model, body)
    rows = slice(0, len(skin))
    surface = Surface(skin.astype(np.float64), faces)
    skinned = Skinned(surface, model.bone_indices[rows], model.weights[rows])
    rig: Rig = body.rig
    found = bind(vertices.astype(np.float64), triangles, skinned, rig.joint_of_bone)
    uvs = cell_uvs(vertices, triangles, TEXELS)
    picture = baked(uvs, colors[triangles], TEXELS)
    part = Part(
        name="Sculpt",
        vertices=vertices,
        faces=np.pad(triangles, ((0, 0), (0, 1)), constant_values=-1).astype(np.int32),
        uvs=np.pad(uvs, ((0, 0), (0, 1), (0, 0))),
        bone_indices=found.bone_indices,
        weights=found.weights,
    )
    color = jpeg("base_color.jpg", picture * 255, COLOR_QUALITY)
    material = Material("Sculpt", color, roughness=_ROUGHNESS)
    return replace(dressed, meshes=(part,), materials=(material,), rig=rig, chains=())


def _skin(model: BodyModel, body: Body) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    corners = model.groups["body"].corners
    face, columns = triangulate(corners)
    vertices = np.ascontiguousarray(body.vertices[: int(corners.max()) + 1], dtype=np.float32)
    return vertices, corners[face[:, None], columns].astype(np.int64)


def _without_islands(
    vertices: NDArray[np.float32], triangles: NDArray[np.int64], colors: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
    """Without pieces that have less than a hundredth of the triangles."""
    count = len(vertices)
    if not len(triangles):
        return vertices, triangles, colors
    ones = np.ones(2 * len(triangles))
    ends = np.concatenate([triangles[:, :2], triangles[:, 1:]]).T
    _, piece = connected_components(sparse.csr_matrix((ones, tuple(ends)), shape=(count, count)))
    of_triangle = piece[triangles[:, 0]]
    many = np.bincount(of_triangle, minlength=int(piece.max()) + 1)
    kept = triangles[many[of_triangle] >= _LEAST_PIECE * len(triangles)]
    used, flat = np.unique(kept, return_inverse=True)
    return vertices[used], flat.reshape(-1, 3), colors[used]


def _leave(folder: Path, mesh: Mesh, checkpoint: bytes) -> None:
    (folder / PLY).write_bytes(write_ply(*mesh.arrays()))
    (folder / CHECKPOINT).write_bytes(checkpoint)


def _bytes(media: Media) -> bytes:
    return media.data.tobytes()


def _unheard(params: Params) -> tuple[str, ...]:
    """Options that this preset does not know."""
    plain = {"works_on": "all", "part": "all", "surface": "body", "texture_size": "auto"}
    names = [name for name, value in plain.items() if getattr(params, name) != value]
    if not names:
        return ()
    told = f"The published method does not know {' and '.join(names)}"
    return (f"{told}: all was sculpted, as one surface in a texture of {TEXELS}.",)

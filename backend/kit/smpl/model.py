# SPDX-License-Identifier: Apache-2.0
"""One body file as a model: vertices and joints of any shape and pose, by the package smplx.

Here everything is as in the published files: metres, Y up, facing +Z, the joints' rest is the
T-pose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....shared.errors import MissingWeightsError
from ..body import BODY_DENSITY, enclosed_volume
from . import convert
from .families import BodyFile, Family

Floats = NDArray[np.float64]

BETAS = convert.FEWEST_BETAS
"""All files have so many; those beyond change little."""


@dataclass(frozen=True, eq=False)
class SmplModel:
    """What all bodies of one file share; V vertices, F triangles, J joints."""

    body: BodyFile
    template: Floats
    """(V, 3)"""
    shapes: Floats
    """(V, 3, BETAS)"""
    pose_shapes: Floats
    """(9 (J - 1), 3 V)"""
    regressor: Floats
    """(J, V)"""
    weights: Floats
    """(V, J)"""
    triangles: NDArray[np.int32]
    """(F, 3)"""
    uvs: NDArray[np.float32] | None
    """(F, 3, 2) of the file, origin lower left; None where it has none."""

    @property
    def family(self) -> Family:
        return self.body.family


def load_model(body: BodyFile, models_folder: Path) -> SmplModel:
    """Read the user's copy, once in a process.

    Raises `MissingWeightsError` where it is absent or none, or the package smplx is missing.
    """
    if find_spec("smplx") is None:
        raise MissingWeightsError(
            f"The body {body.family.title} needs the package smplx, which is not installed.",
            'Install it with `pip install "kinora[smpl]"`; it is for non-commercial use.',
        )
    return _loaded(body, models_folder)


@cache
def _loaded(body: BodyFile, models_folder: Path) -> SmplModel:
    return made_of(body, convert.load(body, models_folder))


def made_of(body: BodyFile, arrays: Mapping[str, NDArray[Any]]) -> SmplModel:
    """The model of checked arrays."""
    posing = arrays["posedirs"].astype(np.float64)
    weights = np.maximum(arrays["weights"].astype(np.float64), 0)
    return SmplModel(
        body,
        template=arrays["v_template"].astype(np.float64),
        shapes=arrays["shapedirs"][:, :, :BETAS].astype(np.float64),
        pose_shapes=posing.reshape(-1, posing.shape[2]).T,
        regressor=arrays["J_regressor"].astype(np.float64),
        weights=weights / weights.sum(1, keepdims=True),
        triangles=arrays["f"].astype(np.int32),
        uvs=_own_uvs(arrays, body.family),
    )


def _own_uvs(arrays: Mapping[str, NDArray[Any]], family: Family) -> NDArray[np.float32] | None:
    places, corners = arrays.get("vt"), arrays.get("ft")
    if places is None or corners is None or corners.shape != (family.triangles, 3):
        return None
    is_usable = places.ndim == 2 and places.shape[1] == 2 and corners.min() >= 0
    if not is_usable or corners.max() >= len(places) or not np.isfinite(places).all():
        return None
    return places[corners.astype(np.int64)].astype(np.float32)


def shaped(model: SmplModel, betas: Floats) -> Floats:
    """(V, 3) the rest shape of these betas (BETAS,)."""
    return np.asarray(model.template + model.shapes @ betas)


def joints_of(model: SmplModel, vertices: Floats) -> Floats:
    """(J, 3) of a rest shape."""
    return np.asarray(model.regressor @ vertices)


def posed(model: SmplModel, betas: Floats, turns: Floats) -> tuple[Floats, Floats]:
    """Vertices (V, 3) and joints (J, 3) of a shape in a pose: axis-angle (J, 3) in radians."""
    # The package says at import what it misses of others that are not needed here.
    import torch
    from smplx.lbs import lbs

    parents = torch.tensor(model.family.parents)
    arrays = (
        betas[None], turns.reshape(1, -1), model.template[None], model.shapes, model.pose_shapes,
        model.regressor,
    )  # fmt: skip
    tensors = [torch.from_numpy(np.ascontiguousarray(array)) for array in arrays]
    vertices, joints = lbs(*tensors, parents, torch.from_numpy(model.weights))
    return vertices[0].numpy(), joints[0].numpy()


def measure(model: SmplModel, betas: Floats) -> tuple[float, float]:
    """Height in metres and mass in kilograms of the rest shape."""
    vertices = shaped(model, betas)
    quads = np.concatenate([model.triangles, model.triangles[:, 2:]], 1)
    return float(np.ptp(vertices[:, 1])), BODY_DENSITY * enclosed_volume(vertices, quads)

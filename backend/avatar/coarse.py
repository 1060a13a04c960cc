# SPDX-License-Identifier: Apache-2.0
"""A character's surface alone, to be looked at while the rest is made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...shared.results import CoarseMesh, Mesh


def coarse_mesh(meshes: Sequence[Mesh]) -> CoarseMesh:
    """All parts in bind pose as one mesh of triangles, in metres, Z up."""
    ends = np.cumsum([len(mesh.vertices) for mesh in meshes])
    starts = [0, *ends[:-1]]
    corners = np.concatenate(
        [
            np.where(mesh.faces < 0, -1, mesh.faces + start)
            for mesh, start in zip(meshes, starts, strict=True)
        ]
    )
    quads = corners[corners[:, 3] >= 0]
    triangles = np.concatenate([corners[:, :3], quads[:, [0, 2, 3]]])
    vertices = np.concatenate([mesh.vertices for mesh in meshes])
    return CoarseMesh(vertices.astype(np.float32), triangles.astype(np.int32))

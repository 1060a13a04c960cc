# SPDX-License-Identifier: Apache-2.0
"""Meshes with colored vertices as binary PLY."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def write_ply(
    vertices: NDArray[np.floating], triangles: NDArray[np.integer], colors: NDArray[np.floating]
) -> bytes:
    """Vertices (V, 3), triangles (F, 3) and sRGB colors (V, 3) from 0 to 1, which become bytes."""
    header = (
        "ply\nformat binary_little_endian 1.0\n"
        f"element vertex {len(vertices)}\n"
        + "".join(f"property float {name}\n" for name in "xyz")
        + "".join(f"property uchar {name}\n" for name in ("red", "green", "blue"))
        + f"element face {len(triangles)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    rows = np.zeros(len(vertices), dtype=[("place", "<f4", 3), ("color", "u1", 3)])
    rows["place"] = vertices
    rows["color"] = np.rint(np.clip(colors, 0, 1) * 255)
    faces = np.zeros(len(triangles), dtype=[("count", "u1"), ("corners", "<i4", 3)])
    faces["count"], faces["corners"] = 3, triangles
    return header.encode("ascii") + rows.tobytes() + faces.tobytes()

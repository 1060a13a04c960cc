# SPDX-License-Identifier: Apache-2.0
"""Starts in files, so that machines which make no characters can sculpt them.

Rounded to 16 bits of the box around the character: 0.03 mm.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from .start import PLACES, Start

_FINEST = 65535
_SLACK = 1e-5  # metres, the step in which slack is kept

Arrays = dict[str, NDArray[Any]]


def save(start: Start, path: Path) -> None:
    """Write a start as one compressed npz file."""
    np.savez_compressed(path, **packed(start))  # type: ignore[arg-type]


def load(path: Path) -> Start:
    """What `save` wrote."""
    with np.load(path, allow_pickle=False) as file:
        return unpacked(dict(file))


def packed(start: Start) -> Arrays:
    """A start as arrays; several may be kept in one file under prefixes of their own."""
    places = torch.stack([start.places[name] for name in PLACES])
    every = torch.cat([start.vertices, start.solid_vertices, places]).cpu().numpy()
    box = np.stack([every.min(0), every.max(0)])
    whole = np.round((every - box[0]) / (box[1] - box[0]) * _FINEST).astype(np.uint16)
    one, two = len(start.vertices), len(start.vertices) + len(start.solid_vertices)
    uvs = start.uvs.cpu().numpy().clip(0, 1)
    return {
        "names": np.array(start.names),
        "box": box,
        "vertices": whole[:one],
        "solid_vertices": whole[one:two],
        "places": whole[two:],
        "triangles": start.triangles.cpu().numpy().astype(np.uint32),
        "solid_triangles": start.solid_triangles.cpu().numpy().astype(np.uint32),
        "uvs": np.round(uvs * _FINEST).astype(np.uint16),
        "part": start.part.cpu().numpy().astype(np.uint8),
        "region": start.region.cpu().numpy().astype(np.uint8),
        "slack": np.round(start.slack.cpu().numpy() / _SLACK).astype(np.uint16),
        "finish": start.finish.cpu().numpy().astype(np.float16),
        "texture": _png(start.texture),
        "height": np.array(start.height),
    }


def unpacked(arrays: Arrays) -> Start:
    """The start that `packed` put into arrays."""
    box = arrays["box"].astype(np.float64)

    def places(name: str) -> Tensor:
        return _floats(arrays[name] / _FINEST * (box[1] - box[0]) + box[0])

    def integers(name: str) -> Tensor:
        return torch.from_numpy(arrays[name].astype(np.int64))

    return Start(
        names=tuple(map(str, arrays["names"])),
        vertices=places("vertices"),
        triangles=integers("triangles"),
        uvs=_floats(arrays["uvs"] / _FINEST),
        part=integers("part"),
        region=integers("region"),
        slack=_floats(arrays["slack"] * _SLACK),
        finish=_floats(arrays["finish"]),
        texture=_picture(arrays["texture"]),
        solid_vertices=places("solid_vertices"),
        solid_triangles=integers("solid_triangles"),
        places=dict(zip(PLACES, places("places"), strict=True)),
        height=float(arrays["height"]),
    )


def _floats(values: NDArray[Any]) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))


def _png(texture: Tensor) -> NDArray[np.uint8]:
    values = (texture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    return np.frombuffer(file.getvalue(), dtype=np.uint8)


def _picture(data: NDArray[np.uint8]) -> Tensor:
    with Image.open(io.BytesIO(data.tobytes())) as picture:
        values = np.asarray(picture.convert("RGB"), dtype=np.float32) / 255
    return torch.from_numpy(values).permute(2, 0, 1).contiguous()

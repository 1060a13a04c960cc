# SPDX-License-Identifier: Apache-2.0
"""Milliseconds a picture of a body and of a dressed character, on the processor or on CUDA.

    python benchmarks/raster.py --write raster.npz     where Kinora is installed, once
    python benchmarks/raster.py raster.npz             wherever torch and numpy are

Each picture has a camera of its own around the figure, which fills it. `all` is everything:
projection, visibility, attributes, texture, light, background, antialiased edges.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from kinora.backend.kit import raster
from kinora.backend.kit.raster import visibility

SIZE = 224
THREADS = 2
DISTANCE = 5.0


@dataclass(frozen=True)
class Figure:
    name: str
    vertices: Tensor
    normals: Tensor
    triangles: Tensor
    uvs: Tensor
    beside: Tensor
    texture: Tensor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--rounds", type=int, default=0)
    options = parser.parse_args()
    if options.write:
        write(options.write)
        return
    torch.set_num_threads(THREADS)
    figures = read(options.file, options.device)
    rounds = options.rounds or (30 if options.device == "cuda" else 5)
    lines = [same(figures[-1])] if options.device == "cuda" else []
    lines += [f"{device_name(options.device)}, torch {torch.__version__}, ms a picture, medians"]
    lines += [row("figure", "side", "batch", "project", "visible", "all", "+grad", "plain", "GB")]
    for figure in figures:
        lines += [measured(figure, SIZE, batch, rounds) for batch in options.batches]
    if options.device == "cuda":
        lines += [measured(figures[-1], 160, 256, rounds)]
    sys.stdout.write("\n".join(lines) + "\n")


def measured(figure: Figure, side: int, batch: int, rounds: int) -> str:
    """A row of the table: median times of the steps, divided by the pictures."""
    cameras = around(batch, side, figure.vertices.device)
    picture, beside = numbered(figure, batch)
    size = (batch, side, side)
    corners = projected(figure, cameras)

    def plain() -> None:
        visibility.nearest_keys(corners, picture, size, True)

    def forward() -> Tensor:
        return draw(figure, cameras, picture, beside, side)

    def backward() -> None:
        draw(figure, cameras, picture, beside, side, textured=True).square().mean().backward()

    if corners.is_cuda:
        torch.cuda.reset_peak_memory_stats()
    figures = [
        timed(lambda: projected(figure, cameras), corners.device, rounds),
        timed(lambda: raster.rasterise(corners, picture, size), corners.device, rounds),
        timed(forward, corners.device, rounds),
        timed(backward, corners.device, rounds),
        timed(plain, corners.device, rounds),
    ]
    peak = torch.cuda.max_memory_allocated() / 1e9 if corners.is_cuda else math.nan
    name = f"{figure.name}, {len(figure.triangles):,}"
    return row(name, side, batch, *(f"{1e3 * s / batch:.3f}" for s in figures), f"{peak:.2f}")


def draw(
    figure: Figure,
    cameras: raster.Cameras,
    picture: Tensor,
    beside: Tensor,
    side: int,
    textured: bool = False,
) -> Tensor:
    """(B, S, S, 3) lit pictures before random backgrounds; gradients to the texture if asked."""
    batch, count = len(cameras.eye), len(figure.triangles)
    corners = projected(figure, cameras)
    seen = raster.rasterise(corners, picture, (batch, side, side))
    own = seen.seen_face % count
    corner = figure.triangles.index_select(0, own)
    values = torch.cat([figure.normals[corner], figure.uvs.index_select(0, own)], dim=2)
    values = (values * seen.shares[:, :, None]).sum(1)
    texture = figure.texture.detach().requires_grad_(textured)
    footprint = raster.footprint(corners[seen.seen_face], figure.uvs[own], texture.shape[2:])
    color = raster.sample(raster.mipmaps(texture), values[:, 3:], footprint)
    seed = torch.arange(batch, device=color.device)
    azimuth = 2 * math.pi * seed / batch
    lights = raster.jittered_lights(azimuth, torch.zeros_like(azimuth), seed)
    shade = lights.shade(torch.nn.functional.normalize(values[:, :3], dim=1), seen.seen_picture)
    behind = raster.backgrounds(seed % 4, seed, (side, side)).reshape(-1, 3)
    whole = behind.index_copy(0, seen.seen, color * shade).view(batch, side, side, 3)
    return raster.antialias(whole, seen, corners, picture, beside)


def around(batch: int, side: int, device: torch.device) -> raster.Cameras:
    azimuth = torch.arange(batch, device=device) * (2 * math.pi / batch)
    target = torch.tensor([[0.0, 0, 0.85]], device=device).expand(batch, 3)
    level = torch.full_like(azimuth, 0.1)
    eye = raster.orbit(target, azimuth, level, torch.full_like(azimuth, DISTANCE))
    focal = torch.full_like(azimuth, side / 1.95 * DISTANCE)
    middle = torch.full((batch, 2), side / 2, device=device)
    return raster.Cameras(eye, raster.look_at(eye, target), focal, middle)


def projected(figure: Figure, cameras: raster.Cameras) -> Tensor:
    """(B * F, 3, 3) the figure's triangles as every camera sees them."""
    places = cameras.project_each(figure.vertices.expand(len(cameras.eye), -1, -1))
    return places[:, figure.triangles].flatten(0, 1)


def numbered(figure: Figure, batch: int) -> tuple[Tensor, Tensor]:
    """The picture of each triangle in a batch of copies, and its neighbours."""
    copy = torch.arange(batch, device=figure.triangles.device)
    shifted = figure.beside + copy[:, None, None] * len(figure.triangles)
    beside = torch.where(figure.beside < 0, -1, shifted).flatten(0, 1)
    return copy.repeat_interleave(len(figure.triangles)), beside


def timed(work: Callable[[], object], device: torch.device, rounds: int) -> float:
    """Median seconds, after one call that warms up."""
    work()
    seconds = []
    for _ in range(rounds):
        if device.type == "cuda":
            start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            start.record()
            work()
            end.record()
            torch.cuda.synchronize()
            seconds.append(start.elapsed_time(end) / 1e3)
        else:
            begun = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


def same(figure: Figure) -> str:
    """Whether the kernels and plain PyTorch give the same keys, on CUDA and on the processor."""
    from kinora.backend.kit.raster import kernel

    cameras = around(16, SIZE, figure.vertices.device)
    picture, _ = numbered(figure, 16)
    size = (16, SIZE, SIZE)
    corners = projected(figure, cameras)
    # Some that fill the picture, and one that is not finite.
    corners[::5000, 1] = corners[::5000, 1] * 40 - 4000
    corners[7, 0, 0] = torch.nan
    ours = kernel.nearest_keys(corners, picture, size, True)
    plain = visibility.nearest_keys(corners, picture, size, True)
    processor = visibility.nearest_keys(corners.cpu(), picture.cpu(), size, True)
    unlike = (int((ours != plain).sum()), int((ours.cpu() != processor).sum()))
    return (
        f"Pixels of {ours.numel():,} at which the kernels' keys are not those of plain PyTorch: "
        f"{unlike[0]} on CUDA, {unlike[1]} on the processor."
    )


def row(*cells: object) -> str:
    return f"{cells[0]!s:28}" + "".join(f"{cell!s:>9}" for cell in cells[1:])


def device_name(device: str) -> str:
    return torch.cuda.get_device_name() if device == "cuda" else f"{THREADS} threads"


def read(file: Path, device: str) -> list[Figure]:
    figures = []
    with np.load(file) as arrays:
        for name in ("body", "dressed"):
            own = {
                key: torch.from_numpy(arrays[f"{name}_{key}"]).to(device)
                for key in ("vertices", "normals", "triangles", "uvs", "texture")
            }
            triangles = own.pop("triangles").long()
            texture = own.pop("texture").float().permute(2, 0, 1)[None] / 255
            beside = raster.neighbours(triangles)
            figures.append(Figure(name, triangles=triangles, texture=texture, beside=beside, **own))
    return figures


def write(file: Path) -> None:
    """Make the body and a dressed character, and keep their surfaces."""
    from kinora.backend.avatar.actor import COLOR, load_actor
    from kinora.backend.avatar.cast import Cast
    from kinora.backend.avatar.dress import dress
    from kinora.backend.avatar.params import Params
    from kinora.backend.avatar.pipeline import assemble, load_models, read_motion, read_words
    from kinora.backend.kit.body import make_body
    from kinora.backend.kit.surface import triangulate, vertex_normals

    models = load_models()
    params = Params("a woman", "a red dress, a denim jacket, boots, a hat and long curly hair")
    shape, outfit = read_words(params, models)
    body = make_body(models.body, shape.parameters)
    dressed = dress(models.body, body, outfit, 1024, 0)
    played = Cast(models.body, body, dressed)
    moving = read_motion(params, models.encoder, played)
    actor = load_actor(assemble(params, played, dressed, moving, ()))
    skin = models.body.groups["body"].corners
    face, which = triangulate(skin)
    triangles = skin[face[:, None], which]
    texture = (actor.textures[0][0, COLOR] ** (1 / 2.2) * 255).byte().permute(1, 2, 0)
    arrays = {
        "body_vertices": body.vertices,
        "body_normals": vertex_normals(body.vertices, triangles),
        "body_triangles": triangles,
        "body_uvs": body.vertices[triangles][..., [0, 2]] / 2 + 0.5,
        "body_texture": texture.numpy(),
        "dressed_vertices": actor.vertices.numpy(),
        "dressed_normals": actor.normals.numpy(),
        "dressed_triangles": actor.triangles.numpy(),
        "dressed_uvs": actor.uvs.numpy(),
        "dressed_texture": texture.numpy(),
    }
    narrow = {np.dtype(np.float64): np.float32, np.dtype(np.int64): np.int32}
    file.parent.mkdir(exist_ok=True)
    np.savez_compressed(
        file, **{name: v.astype(narrow.get(v.dtype, v.dtype)) for name, v in arrays.items()}
    )
    sys.stdout.write(f"{file}: {len(triangles):,} and {len(actor.triangles):,} triangles\n")


if __name__ == "__main__":
    main()

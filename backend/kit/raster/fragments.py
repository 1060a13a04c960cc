# SPDX-License-Identifier: Apache-2.0
"""What each pixel of a batch of pictures sees: which triangle, and where on it."""

from __future__ import annotations

import os
import shutil
import sysconfig
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor

from .visibility import NOTHING, Size, edges, nearest_keys


@dataclass(frozen=True)
class Fragments:
    """`face` (B, H, W) int64 says which triangle each pixel sees, -1 for none.

    The N pixels that see something, in order: `seen` (N,) their flat indices into (B, H, W),
    `seen_face` (N,) the triangle and `shares` (N, 3) the barycentrics of their centres.
    """

    face: Tensor
    seen: Tensor
    seen_face: Tensor
    shares: Tensor
    perspective: bool

    @property
    def barycentrics(self) -> Tensor:
        """(B, H, W, 3), zero where nothing is seen."""
        return self.spread(self.shares)

    @property
    def seen_picture(self) -> Tensor:
        """(N,) the picture in which each seen pixel lies."""
        return self.seen // (self.face.shape[1] * self.face.shape[2])

    def at_seen(self, attributes: Tensor, triangles: Tensor | None = None) -> Tensor:
        """(N, K) at the seen pixels, from values at the corners (F, 3, K).

        With `triangles` (F, 3) the attributes are those of vertices (V, K), which saves the memory
        of values that no pixel sees.
        """
        of = attributes if triangles is None else triangles
        corners = of.index_select(0, self.seen_face)
        if triangles is not None:
            corners = attributes.index_select(0, corners.reshape(-1)).view(*corners.shape, -1)
        return (self.shares.to(corners.dtype)[:, :, None] * corners).sum(1)

    def spread(self, values: Tensor, empty: float = 0.0) -> Tensor:
        """(B, H, W, K) from values at the seen pixels (N, K); `empty` where nothing is seen."""
        picture = values.new_full((self.face.numel(), values.shape[1]), empty)
        return picture.index_copy(0, self.seen, values).view(*self.face.shape, -1)

    def interpolate(self, attributes: Tensor, triangles: Tensor | None = None) -> Tensor:
        """(B, H, W, K) from values at the corners, as `at_seen`; zero where nothing is seen."""
        return self.spread(self.at_seen(attributes, triangles))


def rasterise(
    corners: Tensor, picture: Tensor | None, size: Size, perspective: bool = True
) -> Fragments:
    """Draw triangles (F, 3, 3) of pixel x, pixel y (down) and depth; the smallest depth wins.

    `size` is (B, H, W); `picture` (F,) says in which of the B pictures each triangle is, and may be
    None when B is 1. The centre of the pixel in row i and column j is (j + 0.5, i + 0.5). Both
    sides are drawn and shared edges leave no gap; at equal depth the first triangle wins. With
    `perspective`, depth is the distance in front of the camera and the shares are
    perspective-correct. The shares carry gradients to the corners.

    Left out are triangles without area, with numbers that are not finite or beyond 1e7, of a
    picture that does not exist and, with `perspective`, those that reach up to the eye or behind
    it (depth < 1e-6): they are not clipped.
    """
    exact = corners.to(torch.float32)
    if picture is None:
        picture = torch.zeros(len(corners), dtype=torch.int64, device=corners.device)
    keys = _keys(exact.detach(), picture.to(torch.int64), size, perspective)
    seen = (keys != NOTHING).nonzero()[:, 0]
    seen_face = keys.index_select(0, seen) & 0xFFFFFFFF
    face = torch.full_like(keys, -1)
    face[seen] = seen_face
    shares = _shares(exact.index_select(0, seen_face), seen, size, perspective)
    return Fragments(face.view(size), seen, seen_face, shares, perspective)


def _keys(corners: Tensor, picture: Tensor, size: Size, perspective: bool) -> Tensor:
    if corners.is_cuda and triton_works():
        # Importing Triton takes long, and only CUDA needs it.
        from . import kernel

        return kernel.nearest_keys(corners, picture, size, perspective)
    return nearest_keys(corners, picture, size, perspective)


@cache
def triton_works() -> bool:
    """Triton builds its launchers with the machine's C compiler and Python's headers."""
    compilers = (os.environ.get("CC", "cc"), "cc", "gcc", "clang")
    # Where Triton looks for them.
    scheme = sysconfig.get_default_scheme().replace("posix_local", "posix_prefix")
    header = Path(sysconfig.get_path("include", scheme), "Python.h")
    has_tools = header.is_file() and any(map(shutil.which, compilers))
    return has_tools and find_spec("triton") is not None


def _shares(corners: Tensor, seen: Tensor, size: Size, perspective: bool) -> Tensor:
    """(N, 3) for triangle n seen at pixel n."""
    columns = corners.permute(2, 1, 0)
    x, y = seen % size[2], seen // size[2] % size[1]
    shares = torch.stack(edges(columns[:2].reshape(6, -1), x, y))
    if perspective:
        shares = shares / columns[2]
    return (shares / shares.sum(0)).T

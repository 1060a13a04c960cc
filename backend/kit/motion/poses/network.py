# SPDX-License-Identifier: Apache-2.0
"""The pose VAE: VPoser v2's network, of any width, with the names of the published file."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..kinematics import from_six

LATENT = 32
BODY_JOINTS = 21
"""All but the pelvis, whose rotation is where the body looks, not what pose it takes."""


class Normal(nn.Module):
    """The mean and the deviation of each code."""

    def __init__(self, width: int, latent: int) -> None:
        super().__init__()
        self.mu = nn.Linear(width, latent)
        self.logvar = nn.Linear(width, latent)

    def forward(self, states: Tensor) -> tuple[Tensor, Tensor]:
        # Called a logarithm in the published file, it is a deviation before its softplus.
        return self.mu(states), functional.softplus(self.logvar(states))


class PoseVAE(nn.Module):
    """21 rotation vectors to a code of 32 numbers and back to 21 rotation matrices."""

    def __init__(self, neurons: int, latent: int = LATENT) -> None:
        super().__init__()
        features = BODY_JOINTS * 3
        self.encoder_net = nn.Sequential(
            nn.Flatten(),
            nn.BatchNorm1d(features),
            nn.Linear(features, neurons),
            nn.LeakyReLU(),
            nn.BatchNorm1d(neurons),
            nn.Dropout(0.1),
            nn.Linear(neurons, neurons),
            nn.Linear(neurons, neurons),
            Normal(neurons, latent),
        )
        self.decoder_net = nn.Sequential(
            nn.Linear(latent, neurons),
            nn.LeakyReLU(),
            nn.Dropout(0.1),
            nn.Linear(neurons, neurons),
            nn.LeakyReLU(),
            nn.Linear(neurons, BODY_JOINTS * 6),
        )

    def encode(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and deviation (N, 32) of the codes of rotation vectors (N, 21, 3)."""
        found: tuple[Tensor, Tensor] = self.encoder_net(vectors)
        return found

    def decode(self, codes: Tensor) -> Tensor:
        """(N, 21, 3, 3) of codes (N, 32)."""
        columns = self.decoder_net(codes).view(-1, BODY_JOINTS, 3, 2)
        return from_six(columns.transpose(-1, -2).flatten(-2))


def to_vectors(quaternions: Tensor) -> Tensor:
    """(..., 3) rotation vectors, at most half a turn long, of unit quaternions (..., 4)."""
    w, along = quaternions[..., :1], quaternions[..., 1:]
    sign = torch.where(w < 0, -1.0, 1.0).to(w.dtype)
    sine = (along.square().sum(-1, keepdim=True) + 1e-16).sqrt()
    return sign * along * (2 * torch.atan2(sine, sign * w) / sine)


def to_quaternions(matrices: Tensor) -> Tensor:
    """(..., 4) unit quaternions, w >= 0, of rotations (..., 3, 3); differentiable at all of them.

    Each row of a quaternion's square is the quaternion, scaled; the longest is well conditioned.
    """
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = (row.unbind(-1) for row in matrices.unbind(-2))
    square = torch.stack(
        [
            torch.stack([1 + xx + yy + zz, zy - yz, xz - zx, yx - xy], -1),
            torch.stack([zy - yz, 1 + xx - yy - zz, yx + xy, xz + zx], -1),
            torch.stack([xz - zx, yx + xy, 1 - xx + yy - zz, zy + yz], -1),
            torch.stack([yx - xy, xz + zx, zy + yz, 1 - xx - yy + zz], -1),
        ],
        -2,
    )
    longest = square.diagonal(dim1=-2, dim2=-1).argmax(-1)
    chosen = longest[..., None, None].expand(*longest.shape, 1, 4)
    found = functional.normalize(square.gather(-2, chosen)[..., 0, :], dim=-1)
    return torch.where(found[..., :1] < 0, -found, found)

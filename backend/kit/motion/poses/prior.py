# SPDX-License-Identifier: Apache-2.0
"""A trained pose VAE: Kinora's own, or VPoser v2 from the user's copy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from .....shared.errors import BadOptionError, MissingWeightsError
from .network import PoseVAE, to_quaternions, to_vectors
from .published import VPOSER, read_vposer

WEIGHTS = Path(__file__).with_name("prior.safetensors")
EMBEDDED_PRIOR = "kinora"
PRIORS = (EMBEDDED_PRIOR, VPOSER)

Tensors = dict[str, Tensor]


@dataclass(frozen=True, eq=False)
class PosePrior:
    """Codes of poses: likely ones are near zero, each number about as far from it as any other."""

    network: PoseVAE
    name: str

    def decode(self, codes: Tensor) -> Tensor:
        """(N, 22, 4) local rotations, the pelvis at rest, of codes (N, 32); differentiable."""
        turns = _to_kinora(to_quaternions(self.network.decode(codes)))
        still = turns.new_tensor([1.0, 0.0, 0.0, 0.0]).expand(len(turns), 1, 4)
        return torch.cat([still, turns], dim=1)

    def encode(self, rotations: Tensor) -> Tensor:
        """(N, 32) codes of local rotations (N, 22, 4); the pelvis' is not looked at."""
        return self.spread(rotations)[0]

    def spread(self, rotations: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and deviation (N, 32) of the codes."""
        return self.network.encode(vectors_of(rotations))


def vectors_of(rotations: Tensor) -> Tensor:
    """(N, 21, 3) what the network reads of local rotations (N, 22, 4)."""
    return to_vectors(_from_kinora(rotations[:, 1:]))


# The published network knows bodies that face +Z under Y, as the capture data does.
def _to_kinora(turns: Tensor) -> Tensor:
    w, x, y, z = turns.unbind(-1)
    return torch.stack([w, x, -z, y], dim=-1)


def _from_kinora(turns: Tensor) -> Tensor:
    w, x, y, z = turns.unbind(-1)
    return torch.stack([w, x, z, -y], dim=-1)


@cache
def load_prior(name: str, models_folder: Path, device: str = "cpu") -> PosePrior:
    """The pose prior of this name, one of PRIORS, read once a process.

    Raises `BadOptionError` for another name, `MissingWeightsError` for missing or bad weights.
    """
    if name == EMBEDDED_PRIOR:
        tensors, again = _read(WEIGHTS), "Install Kinora again, or run `kinora train poses`."
    elif name == VPOSER:
        tensors, again = read_vposer(models_folder), "Bring the published file V02_05."
    else:
        known = ", ".join(PRIORS)
        raise BadOptionError(f'There is no pose prior "{name}".', f"Choose one of {known}.")
    return PosePrior(build(tensors, name, again).to(device), name)


def build(tensors: Tensors, name: str, again: str) -> PoseVAE:
    """The network that these tensors make. Raises `MissingWeightsError` if they make none."""
    try:
        latent, width = tensors["encoder_net.8.mu.weight"].shape
        network = PoseVAE(width, latent)
        network.load_state_dict({key: value.float() for key, value in tensors.items()})
        if not all(bool(value.isfinite().all()) for value in network.state_dict().values()):
            raise ValueError("a weight is no number")
    except (LookupError, ValueError, RuntimeError) as error:
        raise MissingWeightsError(
            f'The file of the pose prior "{name}" does not hold VPoser\'s tensors.', again
        ) from error
    return network.eval().requires_grad_(False)


def _read(path: Path) -> Tensors:
    again = "Install Kinora again, or make it with `kinora train poses --mocap FILE`."
    try:
        return {key: value.float() for key, value in load_file(path).items()}
    except FileNotFoundError as error:
        raise MissingWeightsError(f"The pose prior {path.name} is missing.", again) from error
    except (SafetensorError, OSError) as error:
        raise MissingWeightsError(f"The pose prior {path.name} is damaged.", again) from error


def save_prior(network: PoseVAE, path: Path) -> None:
    """Write the weights in half precision."""
    save_file(
        {
            name: value.detach().cpu().half().contiguous()
            for name, value in network.state_dict().items()
        },
        path,
    )


def distance(some: Tensor, others: Tensor) -> Tensor:
    """(...) mean absolute difference in radians of poses' 63 rotation vectors, as published."""
    return (some - others).abs().flatten(-2).mean(-1)

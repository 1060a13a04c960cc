# SPDX-License-Identifier: Apache-2.0
"""Trains the pose prior and clusters its codes: `kinora train poses --mocap FILE`."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .....shared.errors import StorageError
from .. import clips
from ..kinematics import place, to_matrix
from . import captions, clusters, codebook, features, limits, material, prior
from .material import Material
from .network import PoseVAE
from .prior import PosePrior

NEURONS = 256
STEPS = 8000
BATCH = 512
RATE = 2e-3
DECAY = 1e-5
KL = 0.0007
"""What a nat of a pose's code costs, in metres and the matrices' numbers that it is off by."""
PLACES = 4.0
"""What a meter that a joint is off by costs beside one of its matrix's numbers."""
IMPOSSIBLE = 0.5
"""What a radian beyond its limits costs in the poses of chance codes."""
POSES, CLUSTERS = 80000, 4096
MEASURED = 4000


@dataclass(frozen=True)
class Quality:
    """Degrees that a joint of a held-out, and of a learnt, pose is turned otherwise after coding;
    millimeters that its joints are elsewhere; shares of chance codes' poses and of the capture's
    frames that are within 3 degrees of all limits; of the codebook, degrees from a held-out
    pose to the nearest entry and the share of held-out poses that have one within 15 degrees."""

    held_out: float
    learnt: float
    millimeters: float
    possible: float
    captured: float
    nearest: float
    covered: float


def main(mocap: Path, bank: Path, output: Path, device: str, steps: int) -> Quality:
    """Train, cluster, save both to the folder `output` and print what they are worth."""
    torch.manual_seed(0)
    poses = material.gather(mocap, bank)
    offsets = clips.read_clips(mocap).rest_offsets
    network = train(poses, offsets, device, steps)
    try:
        output.mkdir(parents=True, exist_ok=True)
        prior.save_prior(network, output / prior.WEIGHTS.name)
        own = PosePrior(network, prior.EMBEDDED_PRIOR)
        made = clusters.cluster(own, poses, POSES, CLUSTERS)
        codebook.save_codebook(made, output / codebook.FILE.name)
    except OSError as error:
        raise StorageError(f"The weights cannot be written to {output}: {error}.") from error
    quality = measure(own, made, poses, offsets)
    _say(quality, len(poses.rotations), output)
    return quality


def make_all(mocap: Path, bank: Path, output: Path | None = None) -> None:
    """Prior and codebook and, where they come into their place, what the embedded encoders see in
    the poses and make of what is said of them."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    main(mocap, bank, output or prior.WEIGHTS.parent, device, STEPS)
    if output is None:
        # Machines that only train may lack what reads sentences.
        from ...text import load_sentence_encoder

        prior.load_prior.cache_clear()
        codebook.load_codebook.cache_clear()
        features.main(features.FILE, device)
        captions.save_captions(codebook.read(codebook.FILE), load_sentence_encoder())


def train(poses: Material, offsets: np.ndarray, device: str, steps: int) -> PoseVAE:
    """The network after `steps` batches, in evaluation mode."""
    both = material.with_mirrored(poses)
    shares = torch.from_numpy(both.shares()).to(device)
    turns = torch.from_numpy(both.rotations).to(device)
    arms = torch.tensor(offsets, dtype=torch.float32, device=device)
    network = PoseVAE(NEURONS).to(device).train()
    optimiser = torch.optim.Adam(network.parameters(), lr=RATE, weight_decay=DECAY, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, steps, pct_start=0.05)
    order = torch.multinomial(shares, steps * BATCH, replacement=True).view(steps, BATCH)
    began, told = time.monotonic(), torch.zeros(4)
    for step in range(steps):
        loss, parts = losses(network, turns[order[step]], arms)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
        if step % max(1, steps // 10) == 0:
            told = torch.stack(parts).detach().cpu()
            seconds = time.monotonic() - began
            names = ("turns", "places", "nats", "beyond")
            said = ", ".join(f"{n} {v:.4f}" for n, v in zip(names, told.tolist(), strict=True))
            print(f"step {step}, {seconds:.0f} s: {said}", flush=True)  # noqa: T201
    return network.eval().requires_grad_(False)


def losses(network: PoseVAE, turns: Tensor, offsets: Tensor) -> tuple[Tensor, list[Tensor]]:
    """The loss of poses (N, 22, 4), and its parts: the mean differences of the joints' matrices and
    places, the nats of the codes, and how impossible the poses of as many chance codes are."""
    own = PosePrior(network, prior.EMBEDDED_PRIOR)
    still = turns.clone()
    still[:, 0] = turns.new_tensor([1.0, 0.0, 0.0, 0.0])
    mean, deviation = own.spread(still)
    chance = torch.randn_like(mean)
    made = own.decode(torch.cat([mean + deviation * chance, torch.randn_like(mean)]))
    decoded, imagined = made.chunk(2)
    root = turns.new_zeros(len(turns), 3)
    matrices = (to_matrix(decoded) - to_matrix(still)).abs().mean()
    here, there = (place(each, root, offsets).places for each in (decoded, still))
    places = (here - there).abs().mean()
    nats = (0.5 * (mean**2 + deviation**2 - 1) - deviation.log()).sum(1).mean()
    beyond = limits.excess(imagined).mean()
    whole = matrices + PLACES * places + KL * nats + IMPOSSIBLE * beyond
    return whole, [matrices, places, nats, beyond]


@torch.no_grad()
def measure(
    own: PosePrior, book: codebook.Codebook, poses: Material, offsets: np.ndarray
) -> Quality:
    """What prior and codebook are worth on held-out clips, or on all where none is held out."""
    device = next(own.network.parameters()).device
    chance = np.random.default_rng(1)

    def some(where: np.ndarray) -> Tensor:
        rows = chance.choice(np.flatnonzero(where), min(MEASURED, int(where.sum())), replace=False)
        return torch.from_numpy(poses.rotations[rows]).to(device)

    known = some(~poses.is_held_out)
    held = some(poses.is_held_out) if poses.is_held_out.any() else known
    arms = torch.tensor(offsets, dtype=torch.float32, device=device)
    again = own.decode(own.encode(held))
    again[:, 0] = held[:, 0]
    root = held.new_zeros(len(held), 3)
    off = (place(again, root, arms).places - place(held, root, arms).places).norm(dim=-1)
    free = own.decode(torch.randn(MEASURED, book.codes.shape[1], device=device))
    entries = own.decode(book.codes.to(device))
    near = torch.stack([angles(entries, pose[None]).mean(1).min() for pose in held[::8]])
    least = np.radians(3.0)
    return Quality(
        held_out=_degrees(angles(again, held).mean()),
        learnt=_degrees(angles(own.decode(own.encode(known)), known).mean()),
        millimeters=1000 * float(off[:, 1:].mean()),
        possible=float((limits.excess(free).amax(1) < least).float().mean()),
        captured=float((limits.excess(known).amax(1) < least).float().mean()),
        nearest=_degrees(near.mean()),
        covered=float((near < np.radians(15.0)).float().mean()),
    )


def angles(some: Tensor, others: Tensor) -> Tensor:
    """(..., 21) radians between the joints of poses (..., 22, 4), without the pelvis."""
    cosine = (some * others).sum(-1).abs()[..., 1:].clamp(max=1.0)
    return 2 * torch.acos(cosine)


def _degrees(radians: Tensor) -> float:
    return float(torch.rad2deg(radians))


def _say(quality: Quality, count: int, output: Path) -> None:
    sizes = [output / name for name in (prior.WEIGHTS.name, codebook.FILE.name)]
    files = ", ".join(f"{path.name} {path.stat().st_size / 1e6:.2f} MB" for path in sizes)
    rows = (
        f"{count} poses; {files}",
        f"coded again: held-out clips {quality.held_out:.1f} degrees a joint, "
        f"{quality.millimeters:.0f} mm; learnt ones {quality.learnt:.1f} degrees",
        f"within limits: {quality.possible:.1%} of chance codes, {quality.captured:.1%} of frames",
        f"codebook: nearest entry {quality.nearest:.1f} degrees from held-out poses; "
        f"{quality.covered:.1%} have one within 15 degrees",
    )
    print("\n".join(rows), flush=True)  # noqa: T201


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mocap", type=Path, required=True)
    parser.add_argument("--poses", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=prior.WEIGHTS.parent)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--steps", type=int, default=STEPS)
    given = parser.parse_args()
    main(given.mocap, given.poses, given.output, given.device, given.steps)

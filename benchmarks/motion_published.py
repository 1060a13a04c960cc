# SPDX-License-Identifier: Apache-2.0
"""The published motion loop beside Kinora's: milliseconds of a step, seconds of a motion.

    python benchmarks/motion_published.py [--steps 100] [--prior motion_vae.safetensors]

Networks of the published sizes with random weights (motion VAE; CLIP ViT-B/32), a body of SMPL's
numbers, two frames of one view a step, on Kinora's own rasteriser. What a step costs does not
depend on what the weights say. Kinora optimises the same two seconds towards the same five poses.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from encoders import random_clip
from torch import Tensor
from torch.nn import functional

from kinora.backend.kit.body import load_body_model
from kinora.backend.kit.encoders.clip import ClipEncoder
from kinora.backend.kit.motion import feet, key_poses
from kinora.backend.kit.motion.kinematics import place
from kinora.backend.kit.motion.model import Manner
from kinora.backend.kit.motion.optimise.optimise import optimise
from kinora.backend.kit.motion.optimise.task import Picture, Plan, Task
from kinora.backend.kit.motion.performance import Performance
from kinora.backend.kit.motion.poses.figure import Figure
from kinora.backend.kit.motion.poses.render import Backdrop, draw
from kinora.backend.kit.motion.posture import Body
from kinora.backend.kit.motion.prior import published
from kinora.backend.kit.motion.prior.network import PUBLISHED, MotionVAE
from kinora.backend.kit.motion.prior.prior import WEIGHTS, MotionPrior, PublishedPrior, load_own
from kinora.backend.kit.motion.prior.published import Likeness, Terms
from kinora.backend.kit.raster import neighbours
from kinora.shared import posing
from kinora.shared.skeleton import INDEX

AROUND, ALONG = 84, 82
"""Of a closed surface with SMPL's 6,890 vertices and 13,776 triangles."""
BLENDED = 207
"""Numbers of a pose (9 for each of SMPL's 23 joints) that bend its surface before it is skinned."""
PIXELS = 256
"""Drawn with twice as many on a side, and seen with 224."""
AZIMUTH = 150.0
WARM = 5
STEPS, LOOKED_AT = 120, 15
"""Kinora's steps; the first of the two frames that they are seen at."""
PUBLISHED_MS, PUBLISHED_STEPS = 140.3, 5000
"""Measured on an H200 with the published rasteriser; the published number of steps."""
CANDIDATES = ("throw", "cheer", "punch", "squat", "point")


@dataclass(frozen=True, eq=False)
class Surface:
    """A spindle that follows the joints as SMPL's surface does, blend shapes included."""

    figure: Figure
    blends: Tensor

    def pictures(self, rotations: Tensor) -> Tensor:
        """(N, 3, 224, 224) of local rotations (N, 22, 4)."""
        turns = place(rotations, rotations.new_zeros(len(rotations), 3), self.figure.offsets).world
        pose = turns.reshape(len(turns), -1)
        bent = (torch.cat([pose, pose[:, : BLENDED - pose.shape[1]]], 1) @ self.blends).sum()
        drawn = draw(self.figure, rotations, PIXELS, (AZIMUTH,), Backdrop(grey=0.0))
        # What blend shapes add is nothing here, but it is reckoned and has a gradient.
        return functional.interpolate(drawn[:, :3] + 0 * bent, (224, 224), mode="nearest")


def surface(offsets: Tensor) -> Surface:
    """Rings around the spine's line from the feet to the head, each vertex led by two joints."""
    device = offsets.device
    height = torch.linspace(-0.9, 0.8, ALONG)
    angle = torch.arange(AROUND) / AROUND * 2 * torch.pi
    radius = 0.22 * (1 - (height / 0.95) ** 2).clamp(min=0.02).sqrt()
    ring = torch.stack([angle.cos(), 0.6 * angle.sin()], -1)
    rings = torch.cat(
        [radius[:, None, None] * ring, height[:, None, None].expand(-1, AROUND, 1)], -1
    )
    ends = torch.tensor([[0.0, 0.0, -0.92], [0.0, 0.0, 0.82]])
    vertices = torch.cat([rings.reshape(-1, 3), ends])
    triangles = _tube()
    still = torch.tensor([1.0, 0, 0, 0]).repeat(1, 22, 1)
    joints = place(still, torch.zeros(1, 3), offsets.cpu()).places[0]
    away, nearest = torch.cdist(vertices, joints).topk(2, largest=False)
    weights = functional.normalize(1 / away, p=1, dim=1)
    basis = torch.zeros(len(vertices), 4 * 22)
    rows = torch.arange(len(vertices))
    for slot in range(2):
        joint, weight = nearest[:, slot], weights[:, slot]
        for axis in range(3):
            basis[rows, 3 * joint + axis] = weight * (vertices - joints[joint])[:, axis]
        basis[rows, 66 + joint] = weight
    faces = triangles.to(device)
    colors = torch.rand(len(vertices), 3, device=device)
    figure = Figure(basis.to(device), offsets, faces, neighbours(faces), colors)
    return Surface(figure, torch.zeros(BLENDED, 3 * len(vertices), device=device))


def _tube() -> Tensor:
    """(13776, 3) corners of the rings' triangles and of the fans at both ends."""
    ring, step = torch.meshgrid(torch.arange(ALONG - 1), torch.arange(AROUND), indexing="ij")
    a, b = ring * AROUND + step, ring * AROUND + (step + 1) % AROUND
    sides = [torch.stack([a, b, b + AROUND], -1), torch.stack([a, b + AROUND, a + AROUND], -1)]
    turn = torch.arange(AROUND)
    after, last = (turn + 1) % AROUND, (ALONG - 1) * AROUND
    low = torch.stack([after, turn, torch.full_like(turn, ALONG * AROUND)], -1)
    high = torch.stack([last + turn, last + after, torch.full_like(turn, ALONG * AROUND + 1)], -1)
    return torch.cat([*(side.reshape(-1, 3) for side in sides), low, high])


def likeness_of(body: Surface, device: str) -> Likeness:
    """Cosines of pictures to a random direction, by CLIP's picture tower of random weights."""
    network = random_clip(device)
    if device == "cuda":
        network.half()
    encoder = ClipEncoder("ViT-B/32 of random weights", 224, network)
    wanted = functional.normalize(torch.randn(512, device=device), dim=0)
    return lambda rotations: encoder.encode_pictures(body.pictures(rotations)) @ wanted


def synchronize() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def milliseconds(step: Callable[[], object], count: int) -> float:
    """The median of so many, after a few to warm up."""
    took = []
    for _ in range(WARM + count):
        synchronize()
        begun = time.perf_counter()
        step()
        synchronize()
        took.append(1000 * (time.perf_counter() - begun))
    return statistics.median(took[WARM:])


def stepped(prior: MotionPrior, poses: Tensor, likeness: Likeness | None) -> Callable[[], None]:
    """One step of the published loop."""
    terms, chance = Terms(), torch.Generator().manual_seed(0)
    latent = torch.randn(1, prior.latent, device=poses.device, requires_grad=True)
    adam = torch.optim.Adam([latent], lr=terms.rate)
    wanted = published.wanted_of(poses, terms)

    def step() -> None:
        start = int(torch.randint(terms.parts, (), generator=chance))
        adam.zero_grad()
        published.loss(prior.decode(latent)[0], wanted, likeness, start, terms).backward()
        adam.step()

    return step


def say(what: str, value: str) -> None:
    sys.stdout.write(f"{what:64}{value:>16}\n")
    sys.stdout.flush()


def time_published(prior: MotionPrior, poses: Tensor, body: Surface, steps: int) -> None:
    device = poses.device.type
    likeness = likeness_of(body, device)
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    for name, seen in (("all", likeness), ("without pictures", None)):
        took = milliseconds(stepped(prior, poses, seen), steps)
        say(f"published step, {name}", f"{took:.1f} ms")
        say("  5,000 of them (extrapolated)", f"{PUBLISHED_STEPS * took / 1000:.0f} s")
    if device == "cuda":
        say("  peak memory", f"{torch.cuda.max_memory_allocated() / 2**30:.2f} GiB")
    latent = torch.randn(1, prior.latent, device=device)
    two = poses[:2]
    with torch.no_grad():
        say("  decoding 60 frames", f"{milliseconds(lambda: prior.decode(latent), steps):.1f} ms")
        say("  two pictures drawn", f"{milliseconds(lambda: body.pictures(two), steps):.1f} ms")
        say("  drawn and encoded", f"{milliseconds(lambda: likeness(two), steps):.1f} ms")
    say("published step as published, H200 (spec/baselines.md)", f"{PUBLISHED_MS} ms")


def time_ours(prior: MotionPrior | None, task: Task, device: str) -> None:
    """A whole optimisation, closed form and measuring included; the first one warms up."""
    took = 0.0
    for steps in (5, STEPS):
        synchronize()
        begun = time.perf_counter()
        found = optimise(task, prior, Plan(steps=steps, device=device))
        synchronize()
        took = time.perf_counter() - begun
    name = (
        f"{'with' if prior else 'without'} the prior, {'with' if task.picture else 'no'} pictures"
    )
    say(f"Kinora's {STEPS} steps, {name}", f"{took:.2f} s")
    say("  for each of them", f"{1000 * took / STEPS:.1f} ms")
    told = ", ".join(
        f"{loss} {found.before[loss]:.3g} {found.after[loss]:.3g}" for loss in found.after
    )
    say(f"  before and after: {told}", "")


def seen_by(likeness: Likeness) -> Picture:
    """The published picture loss of two frames, for a batch of motions."""
    frames = [LOOKED_AT, LOOKED_AT + Terms().parts]

    def picture(rotations: Tensor, root: Tensor) -> Tensor:
        unlike = 1 - likeness(rotations[:, frames].flatten(0, 1)).view(-1, 2)
        return Terms().clip * (unlike * unlike.new_tensor(frames) / 60).sum(1)

    return picture


def posed(body: Body) -> tuple[Performance, Tensor]:
    """Two seconds of standing, and the middles of five gestures as candidate poses."""
    motions = key_poses.read_key_motions()
    idle = key_poses.perform_keys(motions["idle"], body, Manner(seconds=3.0), 0)
    start = Performance(idle.rotations[:60], idle.root[:60], idle.contacts[:60])
    poses = []
    for name in CANDIDATES:
        turns = key_poses.perform_keys(motions[name], body, Manner(), 0).rotations
        pose = turns[len(turns) // 2].copy()
        pose[INDEX["pelvis"]] = [1.0, 0.0, 0.0, 0.0]
        poses.append(pose)
    return start, torch.from_numpy(np.array(poses)).float()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--prior", type=Path, help="Kinora's own, of another file")
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    where = torch.cuda.get_device_name() if device == "cuda" else "processor"
    say(f"{where}, torch {torch.__version__}, {torch.get_num_threads()} threads", "")
    torch.manual_seed(0)
    rig = load_body_model().canonical.rig
    body = Body(posing.rest_offsets(rig).astype(np.float64), feet.measure_soles(rig))
    start, poses = posed(body)
    network = MotionVAE(PUBLISHED).to(device).eval().requires_grad_(False)
    offsets = torch.tensor(body.offsets, dtype=torch.float32, device=device)
    seen = surface(offsets)
    time_published(PublishedPrior(network), poses.to(device), seen, options.steps)
    ranks = Terms().ranks
    anywhere = tuple((pose.numpy(), rank) for pose, rank in zip(poses, ranks, strict=True))
    task = Task(start, body, anywhere=anywhere)
    own = load_own(options.prior or WEIGHTS, device)
    for prior in (own, None):
        time_ours(prior, task, device)
    if device == "cuda":
        picture = seen_by(likeness_of(seen, device))
        time_ours(own, replace(task, picture=picture), device)


if __name__ == "__main__":
    main()

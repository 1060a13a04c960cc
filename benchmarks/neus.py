# SPDX-License-Identifier: Apache-2.0
"""Times steps of the published method, with an encoder of ViT-B/32's size and random weights.

    python benchmarks/neus.py body.npz --steps 200 --out out

`body.npz` holds `body_vertices` and `body_triangles`, or is a stored start. What a step costs does
not depend on what the encoder's weights say; the total is extrapolated from the steps timed, to the
30,010 that the published loop takes (30,000 with the small configuration).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from kinora.backend.avatar.neus.config import Config
from kinora.backend.avatar.neus.fitting import Fit, fit_template, on_surface
from kinora.backend.avatar.neus.frames import Inner, Template, brought_in
from kinora.backend.avatar.neus.learning import Learner, learn, learner_of
from kinora.backend.avatar.neus.networks import build
from kinora.backend.avatar.neus.reading import PUBLISHED, SMALL, prompts_for, shipped
from kinora.backend.avatar.neus.schedule import steps_of
from kinora.backend.avatar.neus.stage import Scene, preview, scene_of
from kinora.backend.avatar.sculpt import stored
from kinora.backend.kit.encoders.clip import Clip, ClipEncoder, Sizes
from kinora.backend.kit.encoders.encoder import Texts

VIT_B32 = Sizes(512, 768, 12, 32, 7, 512, 1, 49408)
"""The picture tower has its full size; of the text's one layer is enough, as it is not timed."""


@dataclass(frozen=True, eq=False)
class RandomEncoder:
    """CLIP's picture tower with random weights; sentences are random directions."""

    network: ClipEncoder
    name: str = "random ViT-B/32"
    pixels: int = 224

    def encode_text(self, sentences: Sequence[str]) -> Texts:
        chance = torch.Generator().manual_seed(len(sentences))
        vectors = torch.randn(len(sentences), VIT_B32.shared, generator=chance)
        return Texts(functional.normalize(vectors, dim=1), ())

    def encode_pictures(self, pictures: Tensor) -> Tensor:
        return self.network.encode_pictures(pictures)


@dataclass
class Silent:
    """Hooks that nobody listens to."""

    checkpoint: Path | None = None

    def report(self, fraction: float, note: str, picture: Tensor | None = None) -> None:
        pass

    def stops(self) -> bool:
        return False


def random_encoder(device: str) -> RandomEncoder:
    torch.manual_seed(0)
    network = Clip(VIT_B32, "quick")
    for weights in network.parameters():
        if weights.dim() > 1:
            torch.nn.init.normal_(weights, std=0.02)
    torch.nn.init.normal_(network.visual.class_embedding, std=0.02)
    precision = torch.float16 if device == "cuda" else torch.float32
    network = network.to(device, precision).eval().requires_grad_(False)
    return RandomEncoder(ClipEncoder("random", 224, network))


def body_of(path: Path) -> Template:
    with np.load(path) as file:
        if "body_vertices" in file:
            vertices = torch.from_numpy(file["body_vertices"]).float()
            return Template(vertices, torch.from_numpy(file["body_triangles"]).long())
    start = stored.load(path)
    return Template(start.solid_vertices, start.solid_triangles, start.places["head"])


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def wait(device: str) -> float:
    """The time when the device has done all that was asked of it."""
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def timed(learner: Learner, scene: Scene, steps: int, device: str) -> float:
    """Seconds of the next steps, with the previews of a job (at most a twentieth of the time)."""
    learner.end, full = learner.step + steps, learner.end
    start = wait(device)
    learn(scene, learner, Silent(), {})
    seconds = wait(device) - start
    learner.end = full
    return seconds


def measure(config: Config, inner: Inner, options: argparse.Namespace, name: str) -> None:
    device = options.device
    networks = build(config.model, 0).to(device)
    start = wait(device)
    fit_template(networks, inner, Fit(steps=options.fit), 0)
    fitted = wait(device) - start
    with torch.no_grad():
        places = on_surface(inner, 20_000, torch.Generator().manual_seed(1))
        off = float(networks.sdf.distance(places).abs().mean()) / inner.frame.scale * 1000
    say(f"{name}: template fitted in {fitted:.1f} s to a mean of {off:.2f} mm")
    encoder = random_encoder(device)
    scene, _ = scene_of(inner, prompts_for(config, "a wizard"), encoder, 0)
    rows = [preview(scene, networks)]
    for tf32 in (False, True) if device == "cuda" else (False,):
        torch.set_float32_matmul_precision("high" if tf32 else "highest")
        learner = learner_of(scene, networks, steps_of(config.train))
        timed(learner, scene, options.warm_up, device)
        if device == "cuda":
            torch.cuda.reset_peak_memory_stats()
        before = learner.rays
        seconds = timed(learner, scene, options.steps, device) / options.steps
        peak = torch.cuda.max_memory_allocated() / 2**30 if device == "cuda" else float("nan")
        say(
            f"{name}, {'TF32' if tf32 else 'fp32'}: {seconds * 1000:.1f} ms a step"
            f" ({options.steps} timed), {(learner.rays - before) / options.steps:.0f} rays,"
            f" peak {peak:.2f} GiB, {learner.end} steps {seconds * learner.end:.0f} s"
            " (extrapolated)"
        )
    rows.append(preview(scene, networks))
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        sheet = [functional.interpolate(row[None], (256, 256))[0] for row in rows]
        pixels = (torch.cat(sheet, 2) * 255).byte().permute(1, 2, 0).cpu().numpy()
        Image.fromarray(pixels).save(options.out / f"{name}.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("body", type=Path)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--warm-up", type=int, default=20)
    parser.add_argument("--only", choices=("small", "default"))
    parser.add_argument("--fit", type=int, default=Fit().steps, help="steps of fitting")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--out", type=Path, help="folder for pictures before and after")
    options = parser.parse_args()
    if options.device == "cuda":
        say(f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}")
    for name, path in (("small", SMALL), ("default", PUBLISHED)):
        if options.only not in (None, name):
            continue
        config = shipped(path)
        inner = brought_in(body_of(options.body), config.train.head_height).to(options.device)
        measure(config, inner, options, name)


if __name__ == "__main__":
    main()

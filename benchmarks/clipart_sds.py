# SPDX-License-Identifier: Apache-2.0
"""Times a step of score distillation with a video model of ModelScope's size: published way, ours.

    python benchmarks/clipart_sds.py --drawing tests/data/drawings/dog.svg --out out

Random weights of the published shapes, 24 frames of 256 x 256; it runs on a GPU. "Published" is one
call for both halves of the guidance under autocast, all 24 frames encoded with weights that ask for
gradients, one backward pass; renderer and mesh are not in it. Times are medians of CUDA events'.
With a drawing whole steps of the loop are timed too: mesh, pictures, prior, losses, Adam.
Memory is PyTorch's allocator's: `live` is the peak of tensors (graphs' own memory does not count in
it after recording), `held` of all that it took from the device.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from kinora.backend.clipart.mesh.puppet import Puppet
from kinora.backend.clipart.optimise import Plan, optimise
from kinora.backend.clipart.prior.diffusion import (
    LOW_MEMORY,
    DiffusionPrior,
    Parts,
    Profile,
    compiled,
    with_plane_convolutions,
)
from kinora.backend.clipart.prior.latents import frames_gradient, latents_of, pulled_back
from kinora.backend.clipart.prior.recorded import Recorded
from kinora.backend.clipart.prior.sds import PUBLISHED, Noise, sds_gradient

FRAMES = 24
LEVELS = 1000
SCALE = 0.18215
TINY = {
    "unet": {"block_out_channels": (32, 64, 64, 64), "attention_head_dim": 8},
    "vae": {"block_out_channels": (32, 32, 32, 32), "norm_num_groups": 8},
}
"""Sizes with which the script itself can be tried on a CPU."""


@dataclass(frozen=True)
class Models:
    unet: nn.Module
    vae: nn.Module
    texts: Tensor
    noise: Noise
    pixels: int


def random_models(device: str, is_tiny: bool) -> Models:
    """Networks of ModelScope's shapes; none of their outputs is zero or without bounds."""
    from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
    from diffusers.models.unets.unet_3d_condition import UNet3DConditionModel

    torch.manual_seed(0)
    sizes = TINY if is_tiny else {"unet": {}, "vae": {"block_out_channels": (128, 256, 512, 512)}}
    with torch.device(device):
        unet = UNet3DConditionModel(sample_size=32, cross_attention_dim=1024, **sizes["unet"])
        vae = AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            layers_per_block=2,
            **sizes["vae"],
        )
        for module in unet.modules():
            if isinstance(module, nn.Conv3d):
                nn.init.normal_(module.weight, std=0.02)
    precision = torch.float16 if device == "cuda" else torch.float32
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, LEVELS, dtype=torch.float64) ** 2
    texts = torch.randn(2, 77, 1024, device=device, dtype=precision)
    kept = torch.cumprod(1 - betas, dim=0).float()
    pixels = 32 if is_tiny else 256
    return Models(unet.to(precision).eval(), vae.to(precision).eval(), texts, Noise(kept), pixels)


def published_step(models: Models, distinct: Tensor, playback: Tensor, seed: int) -> Tensor:
    """The gradient of the distinct frames (S, 3, 256, 256), all frames encoded, in one pass."""
    device = distinct.device.type
    generator = torch.Generator().manual_seed(seed)
    distinct = distinct.detach().requires_grad_()
    with torch.autocast(device, torch.float16 if device == "cuda" else torch.bfloat16):
        clip = (2 * distinct[playback] - 1).to(models.texts.dtype)
        moments = models.vae.quant_conv(models.vae.encoder(clip))
        mean, spread = moments.float().chunk(2, dim=1)
        drawn = torch.randn(mean.shape, generator=generator).to(mean)
        latents = (SCALE * (mean + torch.exp(0.5 * spread.clamp(-30, 20)) * drawn)).transpose(0, 1)

        def denoise(noisy: Tensor, level: Tensor) -> tuple[Tensor, Tensor]:
            both = noisy.expand(2, -1, -1, -1, -1).to(models.texts.dtype)
            found = models.unet(both, level.expand(2), models.texts).sample
            return found[:1], found[1:]

        z = latents[None]
        gradient = sds_gradient(z.detach(), denoise, models.noise, PUBLISHED, 0.0, generator)
        loss = 0.5 * ((z - (z - gradient).detach()) ** 2).sum()
    loss.backward()
    assert distinct.grad is not None
    return distinct.grad


def parts_of(models: Models) -> Parts:
    """What our step takes of the models; the decoder and all gradients of weights are gone."""
    vae = models.vae.requires_grad_(False)
    unet = with_plane_convolutions(models.unet).requires_grad_(False)

    def predict(noisy: Tensor, level: Tensor, texts: Tensor) -> Tensor:
        return unet(noisy, level, texts, return_dict=False)[0]

    def encode(frames: Tensor) -> Tensor:
        return vae.quant_conv(vae.encoder(frames))

    return Parts("random", predict, encode, models.texts, models.noise, SCALE, models.pixels)


class Meter:
    """Prints rows as they come, and keeps them."""

    def __init__(self, device: str, rounds: int) -> None:
        self._device, self._rounds = device, rounds
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    @contextmanager
    def cleared(self) -> Iterator[None]:
        """Nothing of what ran before counts into what is held."""
        gc.collect()
        if self._device == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        yield
        gc.collect()

    def row(self, title: str, work: Callable[[], object], warm: int = 4) -> float:
        """The median of some rounds in milliseconds; a row that fails says why and is 0."""
        with self.cleared():
            try:
                for _ in range(warm):
                    work()
                times = [self._timed(work) for _ in range(self._rounds)]
            except RuntimeError as error:
                self.say(f"{title:<58} failed: {str(error).splitlines()[0][:90]}")
                return 0.0
            median = statistics.median(times)
            span = f"({min(times):.1f} to {max(times):.1f})"
            self.say(f"{title:<58}{median:9.1f} ms {span:<20}{self.memory()}")
        return median

    def write(self, folder: Path | None) -> None:
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "clipart_sds.txt").write_text("\n".join(self.lines) + "\n", encoding="utf-8")

    def _timed(self, work: Callable[[], object]) -> float:
        if self._device != "cuda":
            start = time.perf_counter()
            work()
            return 1000 * (time.perf_counter() - start)
        first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        first.record()
        work()
        last.record()
        torch.cuda.synchronize()
        return first.elapsed_time(last)

    def memory(self) -> str:
        if self._device != "cuda":
            return ""
        live, held = torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved()
        return f"live {live / 2**30:6.2f}  held {held / 2**30:6.2f} GiB"


def clips(device: str, pixels: int = 256) -> dict[int, tuple[Tensor, Tensor]]:
    """Six distinct frames to and fro twice, and 24 distinct ones."""
    forth = torch.arange(6)
    order = torch.cat([forth, forth.flip(0)]).repeat(2)
    generator = torch.Generator().manual_seed(0)
    frames = torch.rand(FRAMES, 3, pixels, pixels, generator=generator).to(device)
    return {6: (frames[:6], order.to(device)), 24: (frames, torch.arange(24, device=device))}


def measure_published(meter: Meter, models: Models, device: str) -> None:
    models.vae.requires_grad_(True)
    models.unet.requires_grad_(False)
    for distinct, (frames, order) in clips(device, models.pixels).items():
        title = f"published way, {distinct} distinct frames"
        meter.row(title, partial(published_step, models, frames, order, 0))
    models.vae.zero_grad(set_to_none=True)


def measure_ours(meter: Meter, parts: Parts, device: str, rows: dict[str, Profile]) -> None:
    for name, profile in rows.items():
        prior = DiffusionPrior(parts, profile, PUBLISHED)
        for distinct, (frames, order) in clips(device, parts.pixels).items():
            generator = torch.Generator().manual_seed(0)
            title = f"ours, {distinct} distinct, {name}"
            meter.row(title, partial(prior.step, frames, order, 0.0, generator))
        del prior


def measure_pieces(meter: Meter, parts: Parts, device: str) -> None:
    """Network and encoder by themselves, as graphs."""

    def wrapped(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        if device != "cuda":
            return function
        return Recorded(function, torch.cuda.graph_pool_handle())

    texts = parts.texts
    side = parts.pixels // 8
    noisy = torch.randn(2, 4, FRAMES, side, side, device=device, dtype=texts.dtype)
    level = torch.tensor([500, 500], device=device)
    frames = clips(device, parts.pixels)[24][0].to(texts)
    predict = wrapped(torch.no_grad()(parts.predict))
    meter.row("  network, both halves", partial(predict, noisy, level, texts))
    with torch.no_grad():
        wanted = torch.randn_like(parts.encode(frames[:6]))
    for count in (1, 2, 3, 6):
        encode = wrapped(torch.no_grad()(parts.encode))
        meter.row(f"  encoder, {count} frames, forward", partial(encode, frames[:count]))
        pull = wrapped(pulled_back(parts.encode))
        title = f"  encoder, {count} frames, forward and back"
        meter.row(title, partial(pull, frames[:count], wanted[:count]))


def compare(meter: Meter, parts: Parts, device: str) -> None:
    """Chunks and distinct frames against all at once, in this device's precision."""
    frames, order = clips(device, parts.pixels)[6]
    frames = (2 * frames - 1).to(parts.texts)
    pull = pulled_back(parts.encode)
    with torch.no_grad():
        moments = parts.encode(frames).float()
        all_at_once = parts.encode(frames[order]).float()
    latents = latents_of(moments, order, None, parts.scale)
    every = latents_of(all_at_once, torch.arange(FRAMES, device=device), None, parts.scale)
    meter.say(f"distinct frames against all, relative error: {_off(latents, every):.1e}")
    wanted = torch.randn(moments.shape, device=device)
    whole = frames_gradient(pull, frames, wanted, len(frames))
    parted = frames_gradient(pull, frames, wanted, 1)
    again = frames_gradient(pull, frames, wanted, 1)
    meter.say(f"gradient in chunks of one against at once: {_off(parted, whole):.1e}")
    meter.say(f"the same chunks twice: {_off(again, parted):.1e}")


def _off(found: Tensor, wanted: Tensor) -> float:
    return float((found - wanted).norm() / wanted.norm())


def measure_loop(meter: Meter, parts: Parts, puppet: Puppet, rounds: int, what: str = "") -> None:
    """Whole steps of `optimise`, six distinct frames and 24; the wall clock between reports."""
    sway = 6 * torch.sin(torch.arange(FRAMES) * (2 * math.pi / FRAMES))
    offset = sway[:, None, None] * torch.tensor([1.0, 0.0])
    start = puppet.points + offset.to(puppet.points)
    for model, distinct in (("paths", 6), ("joints", 24)):
        with meter.cleared():
            marks: list[float] = []

            def report(share: float, tracks: Tensor, marks: list[float] = marks) -> bool:
                marks.append(1000 * time.perf_counter())
                return bool(tracks.isfinite().all())

            plan = Plan(model, steps=rounds + 4, judgements=1, reports=rounds + 4)
            optimise(puppet, start, DiffusionPrior(parts), plan, report)
            steps = [late - early for early, late in itertools.pairwise(marks)][3:]
            title = f"whole step of the loop, {model}, {distinct} distinct{what}"
            span = f"({min(steps):.1f} to {max(steps):.1f})"
            median = statistics.median(steps)
            meter.say(f"{title:<58}{median:9.1f} ms {span:<20}{meter.memory()}")


def puppet_of(path: Path, device: str) -> Puppet:
    """Of a drawing, or as `--keep` wrote it."""
    if path.suffix == ".pt":
        return torch.load(path, map_location=device, weights_only=False)
    from kinora.backend.clipart.layers import find_layers
    from kinora.backend.clipart.mesh.making import make_puppet
    from kinora.backend.clipart.reading.read import read_drawing
    from kinora.backend.clipart.skeleton.find import find_skeleton
    from kinora.shared.results import Media

    drawing = read_drawing(Media.of(path.name, path.read_bytes()))
    skeleton = find_skeleton(drawing, None).skeleton
    return make_puppet(drawing, skeleton, find_layers(drawing, skeleton), device)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments.add_argument("--rounds", type=int, default=20)
    arguments.add_argument("--drawing", type=Path, help="An SVG, or what --keep wrote.")
    arguments.add_argument("--keep", type=Path, help="Only write the drawing's puppet there (.pt).")
    arguments.add_argument("--compile", action="store_true", help="Also with torch.compile.")
    arguments.add_argument("--tiny", action="store_true", help="Small networks, to try the script.")
    arguments.add_argument("--out", type=Path, help="A folder for clipart_sds.txt.")
    options = arguments.parse_args()
    if options.keep:
        torch.save(puppet_of(options.drawing, "cpu"), options.keep)
        return
    meter = Meter(options.device, options.rounds)
    if options.device == "cuda":
        meter.say(f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}")
    models = random_models(options.device, options.tiny)
    count = sum(one.numel() for one in models.unet.parameters())
    meter.say(f"network {count / 1e6:.0f} M parameters, {models.texts.dtype}")
    measure_published(meter, models, options.device)
    models.vae.decoder = models.vae.post_quant_conv = None
    parts = parts_of(models)
    compare(meter, parts, options.device)
    plain = {"eager": Profile(is_recorded=False), "as graphs": Profile()}
    measure_ours(meter, parts, options.device, plain)
    low = {"as graphs, low memory": LOW_MEMORY}
    measure_ours(meter, parts, options.device, low)
    measure_pieces(meter, parts, options.device)
    puppet = puppet_of(options.drawing, options.device) if options.drawing else None
    if puppet:
        measure_loop(meter, parts, puppet, options.rounds)
    meter.write(options.out)
    if options.compile:
        parts, start = compiled(parts), time.perf_counter()
        DiffusionPrior(parts).step(*clips(options.device, parts.pixels)[6], 0.0, torch.Generator())
        meter.say(f"compiled in {time.perf_counter() - start:.0f} s")
        measure_ours(meter, parts, options.device, {"compiled, as graphs": Profile()})
        if puppet:
            measure_loop(meter, parts, puppet, options.rounds, ", compiled")
        meter.write(options.out)


if __name__ == "__main__":
    main()

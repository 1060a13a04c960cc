# SPDX-License-Identifier: Apache-2.0
"""Published video models from the user's folder through diffusers; nothing is fetched."""

from __future__ import annotations

import json
import logging
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, MotionAdapter, UNet2DConditionModel
from diffusers import UNet3DConditionModel as ClipNetwork
from diffusers import UNetMotionModel as MotionNetwork
from diffusers.utils import logging as diffusers_log
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTokenizer
from transformers.utils import logging as transformers_log

from ....shared.errors import BadOptionError, KinoraError, MissingWeightsError
from ...kit.raster.fragments import triton_works
from .diffusion import (
    LOW_MEMORY,
    DiffusionPrior,
    Parts,
    Profile,
    compiled,
    with_plane_convolutions,
)
from .published import weights_of
from .sds import ANNEALED, PUBLISHED, Noise

log = logging.getLogger("kinora.clipart")
SMALL_GPU_BYTES = 9e9
MANY_STEPS = 300
"""From so many on, what compiling takes comes back."""
LARGE_NETWORK = 200e6
"""Parameters beyond which a step on a CPU takes minutes."""


def load_prior(
    title: str, folder: Path, caption: str, device: str, is_as_published: bool, steps: int
) -> DiffusionPrior:
    """A prior of the networks in the folder. Raises MissingWeightsError and BadOptionError."""
    diffusers_log.set_verbosity_error()
    transformers_log.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers_log.disable_progress_bar()  # type: ignore[no-untyped-call]
    dtype = torch.float16 if device == "cuda" else torch.float32
    try:
        noise, network = _network(folder, dtype)
        _check_size(title, network, device)
        parts = _parts(title, folder, noise, network.to(device), caption)
    except (KinoraError, torch.OutOfMemoryError):
        raise
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        log.warning("%s could not be read.", folder, exc_info=True)
        raise MissingWeightsError(
            f"{title} could not be read from {folder}: {str(error).splitlines()[0][:200]}",
            "Get its files again, whole.",
        ) from error
    if device == "cuda" and steps >= MANY_STEPS and triton_works():
        parts = compiled(parts)
    guidance = PUBLISHED if is_as_published else ANNEALED
    return DiffusionPrior(parts, _profile(device), guidance)


def _profile(device: str) -> Profile:
    if device != "cuda":
        return Profile()
    whole = torch.cuda.get_device_properties(0).total_memory
    return LOW_MEMORY if whole < SMALL_GPU_BYTES else Profile()


def _check_size(title: str, network: nn.Module, device: str) -> None:
    count = sum(one.numel() for one in network.parameters())
    if device == "cpu" and count > LARGE_NETWORK:
        raise BadOptionError(
            f"{title} has {count / 1e6:.0f} million parameters: on a CPU a step takes minutes.",
            "Use a GPU, or another prior.",
            field="prior",
        )


def _network(folder: Path, dtype: torch.dtype) -> tuple[Noise, nn.Module]:
    kind = json.loads((folder / "unet" / "config.json").read_text("utf-8")).get("_class_name")
    settings: dict[str, Any] = {"clip_sample": False}
    network: nn.Module
    if kind == "UNet3DConditionModel":
        network = _read(ClipNetwork, folder / "unet", dtype)
    elif kind == "UNetMotionModel":
        network = _read(MotionNetwork, folder / "unet", dtype)
    else:
        # The adapter's motion was trained with this schedule, whatever the picture model's own is.
        settings |= {"beta_schedule": "linear"}
        pictures = _read(UNet2DConditionModel, folder / "unet", dtype)
        adapter = _read(MotionAdapter, folder / "motion_adapter", dtype)
        network = MotionNetwork.from_unet2d(pictures, adapter).to(dtype)
    scheduler = _schedule(folder / "scheduler", settings)
    kept = scheduler.alphas_cumprod.float()
    return Noise(kept, scheduler.config.prediction_type), network


def _schedule(folder: Path, settings: dict[str, Any]) -> Any:
    kind: Any = DDIMScheduler
    return kind.from_pretrained(str(folder), local_files_only=True, **settings)


def _read(kind: Any, part: Path, dtype: torch.dtype) -> Any:
    weights = weights_of(part)
    name = weights.name if weights else ""
    return kind.from_pretrained(
        str(part),
        torch_dtype=dtype,
        local_files_only=True,
        variant="fp16" if ".fp16." in name else None,
        use_safetensors=name.endswith(".safetensors"),
        low_cpu_mem_usage=find_spec("accelerate") is not None,
    )


def _parts(title: str, folder: Path, noise: Noise, network: nn.Module, caption: str) -> Parts:
    network = with_plane_convolutions(network).eval().requires_grad_(False)
    first = next(network.parameters())
    texts = _texts(folder, caption, first.dtype).to(first)
    images = _read(AutoencoderKL, folder / "vae", first.dtype)
    scale = float(images.config.scaling_factor)
    settings: Any = network.config
    pixels = int(settings.sample_size or 32) * 2 ** (len(images.encoder.down_blocks) - 1)
    images.decoder = images.post_quant_conv = None
    images = images.to(first.device).eval().requires_grad_(False)

    has_text_a_frame = isinstance(network, MotionNetwork)

    def predict(noisy: Tensor, level: Tensor, texts: Tensor) -> Tensor:
        if has_text_a_frame:
            texts = texts.repeat_interleave(noisy.shape[2], dim=0)
        found: Tensor = network(noisy, level, texts, return_dict=False)[0]
        return found

    def encode(frames: Tensor) -> Tensor:
        moments: Tensor = images.encoder(frames)
        return images.quant_conv(moments) if images.quant_conv is not None else moments

    return Parts(title, predict, encode, texts, noise, scale, min(pixels, 512))


@torch.no_grad()
def _texts(folder: Path, caption: str, dtype: torch.dtype) -> Tensor:
    """The empty sentence's and the caption's token states, (2, L, W); the tower is let go."""
    tokenizer = CLIPTokenizer.from_pretrained(str(folder / "tokenizer"), local_files_only=True)
    tower = _read(CLIPTextModel, folder / "text_encoder", torch.float32).eval()
    longest = tower.config.max_position_embeddings
    tokens = tokenizer(
        ["", caption],
        padding="max_length",
        truncation=True,
        max_length=longest,
        return_tensors="pt",
    )
    states: Tensor = tower(tokens.input_ids)[0]
    return states.to(dtype)

# SPDX-License-Identifier: Apache-2.0
"""Video models of a few thousand random weights in the folders that diffusers writes."""

from __future__ import annotations

import json
import string
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    MotionAdapter,
    UNet2DConditionModel,
    UNet3DConditionModel,
)
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel

SIDE = 8
"""Of the latents; frames are four times as large."""
WIDTH = 16


def write_modelscope(folder: Path, variant: str | None = None) -> None:
    torch.manual_seed(1)
    network = UNet3DConditionModel(
        sample_size=SIDE,
        block_out_channels=(8, 16),
        down_block_types=("CrossAttnDownBlock3D", "DownBlock3D"),
        up_block_types=("UpBlock3D", "CrossAttnUpBlock3D"),
        layers_per_block=1,
        norm_num_groups=4,
        cross_attention_dim=WIDTH,
        attention_head_dim=4,
    )
    awaken(network)
    network.save_pretrained(folder / "unet", variant=variant)
    _write_rest(folder, "scaled_linear", variant)


def write_animatediff(folder: Path) -> None:
    torch.manual_seed(2)
    sizes = {"block_out_channels": (8, 16), "layers_per_block": 1}
    pictures = UNet2DConditionModel(
        sample_size=SIDE,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        norm_num_groups=4,
        cross_attention_dim=WIDTH,
        attention_head_dim=4,
        **sizes,
    )
    adapter = MotionAdapter(
        block_out_channels=(8, 16),
        motion_layers_per_block=1,
        motion_mid_block_layers_per_block=1,
        motion_num_attention_heads=2,
        motion_norm_num_groups=4,
        motion_max_seq_length=32,
    )
    awaken(adapter)
    pictures.save_pretrained(folder / "unet")
    adapter.save_pretrained(folder / "motion_adapter")
    _write_rest(folder, "scaled_linear", None)


def awaken(network: nn.Module) -> None:
    """Give layers that start at zero some weight, so that frames know of each other."""
    for weights in network.parameters():
        if not weights.detach().any():
            nn.init.normal_(weights, std=0.1)


def _write_rest(folder: Path, schedule: str, variant: str | None) -> None:
    AutoencoderKL(
        block_out_channels=(8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        norm_num_groups=4,
        latent_channels=4,
    ).save_pretrained(folder / "vae", variant=variant)
    letters = [*string.ascii_lowercase, *(f"{letter}</w>" for letter in string.ascii_lowercase)]
    vocabulary = ["!", *letters, "<|startoftext|>", "<|endoftext|>"]
    settings = CLIPTextConfig(
        vocab_size=len(vocabulary),
        hidden_size=WIDTH,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=77,
        bos_token_id=len(vocabulary) - 2,
        eos_token_id=len(vocabulary) - 1,
    )
    CLIPTextModel(settings).save_pretrained(folder / "text_encoder", variant=variant)
    tokens = folder / "tokenizer"
    tokens.mkdir()
    ids = {token: number for number, token in enumerate(vocabulary)}
    (tokens / "vocab.json").write_text(json.dumps(ids), "utf-8")
    (tokens / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule=schedule, steps_offset=1
    ).save_pretrained(folder / "scheduler")

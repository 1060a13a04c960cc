# SPDX-License-Identifier: Apache-2.0
"""The motion VAE: transformers between the frames of a window and one latent.

Its modules are named as in AvatarCLIP's published file, so that one class reads both.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

FRAMES = 60
"""Frames of a window, at 30 a second."""
HEADS = 4


@dataclass(frozen=True)
class Sizes:
    """`features` of a frame; the latent is `tokens` vectors, each as wide as the transformers.

    Without `has_spread` the encoder gives only the mean of a latent.
    """

    features: int
    width: int
    feedforward: int
    encoder_layers: int
    decoder_layers: int
    tokens: int = 1
    has_spread: bool = True

    @property
    def latent(self) -> int:
        return self.tokens * self.width


PUBLISHED = Sizes(330, 256, 1024, 4, 4, has_spread=False)
OURS = Sizes(140, 128, 256, 2, 3, tokens=2)


def sizes_of(weights: Mapping[str, Tensor]) -> Sizes:
    """The sizes that a file's weights have. Raises KeyError where one is missing."""
    width, features = weights["encoder.skelEmbedding.weight"].shape
    feedforward = len(weights["encoder.seqTransEncoder.layers.0.linear1.weight"])
    return Sizes(
        features,
        width,
        feedforward,
        _layers(weights, "encoder.seqTransEncoder"),
        _layers(weights, "decoder.seqTransDecoder"),
        weights["encoder.query"].numel() // width,
        len(weights["encoder.final.weight"]) == 2 * width,
    )


def _layers(weights: Mapping[str, Tensor], stack: str) -> int:
    pattern = re.compile(re.escape(stack) + r"\.layers\.(\d+)\.")
    return len({found[1] for name in weights if (found := pattern.match(name))})


class Positions(nn.Module):
    """Adds to each place of a sequence (N, T, W) the sines and cosines that tell where it is."""

    pe: Tensor

    def __init__(self, length: int, width: int) -> None:
        super().__init__()
        self.register_buffer("pe", waves(length, width), persistent=False)

    def forward(self, sequence: Tensor) -> Tensor:
        return sequence + self.pe[: sequence.shape[1]]


def waves(length: int, width: int) -> Tensor:
    """(length, width) sines in the even and cosines in the odd columns."""
    place = torch.arange(length, dtype=torch.float32)[:, None]
    rate = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
    return torch.stack([torch.sin(place * rate), torch.cos(place * rate)], -1).flatten(1)


class Encoder(nn.Module):
    """Frames to the latent's mean and, where it has one, log variance."""

    def __init__(self, sizes: Sizes, dropout: float) -> None:
        super().__init__()
        self.sizes = sizes
        self.skelEmbedding = nn.Linear(sizes.features, sizes.width)
        self.query = nn.Parameter(torch.randn(sizes.tokens, sizes.width))
        self.pos_encoder = Positions(sizes.tokens + FRAMES, sizes.width)
        layer = nn.TransformerEncoderLayer(
            sizes.width, HEADS, sizes.feedforward, dropout, "gelu", batch_first=True
        )
        self.seqTransEncoder = nn.TransformerEncoder(
            layer, sizes.encoder_layers, enable_nested_tensor=False
        )
        self.final = nn.Linear(sizes.width, sizes.width * (2 if sizes.has_spread else 1))

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor | None]:
        """(W, 60, features) to (W, latent) twice, or once and None."""
        asked = self.query.expand(len(frames), -1, -1)
        sequence = torch.cat([asked, self.skelEmbedding(frames)], 1)
        seen = self.seqTransEncoder(self.pos_encoder(sequence))[:, : self.sizes.tokens]
        told = self.final(seen)
        if not self.sizes.has_spread:
            return told.flatten(1), None
        mean, spread = told.chunk(2, -1)
        return mean.flatten(1), spread.flatten(1)


class Decoder(nn.Module):
    """The latent to all frames at once."""

    def __init__(self, sizes: Sizes, dropout: float) -> None:
        super().__init__()
        self.sizes = sizes
        self.pos_encoder = Positions(FRAMES, sizes.width)
        layer = nn.TransformerDecoderLayer(
            sizes.width, HEADS, sizes.feedforward, dropout, "gelu", batch_first=True
        )
        self.seqTransDecoder = nn.TransformerDecoder(layer, sizes.decoder_layers)
        self.final = nn.Linear(sizes.width, sizes.features)

    def forward(self, latent: Tensor) -> Tensor:
        """(W, latent) to (W, 60, features)."""
        memory = latent.view(len(latent), self.sizes.tokens, self.sizes.width)
        asked = self.pos_encoder(memory.new_zeros(len(latent), FRAMES, self.sizes.width))
        frames: Tensor = self.final(self.seqTransDecoder(asked, memory))
        return frames


class MotionVAE(nn.Module):
    """Both halves; `dropout` matters only while they learn."""

    def __init__(self, sizes: Sizes, dropout: float = 0.1) -> None:
        super().__init__()
        self.sizes = sizes
        self.encoder = Encoder(sizes, dropout)
        self.decoder = Decoder(sizes, dropout)


def load_weights(network: MotionVAE, weights: Mapping[str, Tensor]) -> None:
    """Put the weights in place, each of them. Raises ValueError naming what does not fit.

    The positions that the published file also holds are only compared: they are constants.
    """
    for name in weights:
        if name.endswith("pos_encoder.pe") and not _tells_places(weights[name], network):
            raise ValueError(f"{name} holds other positions than sines and cosines")
    fitting = {k: v.float() for k, v in weights.items() if not k.endswith("pos_encoder.pe")}
    wanted = network.state_dict()
    odd = sorted(fitting.keys() ^ wanted.keys())
    if odd:
        raise ValueError(f"{odd[0]} {'is missing' if odd[0] in wanted else 'is not known'}")
    for name, value in fitting.items():
        # The query has one axis or two more in some versions.
        is_alike = name == "encoder.query" and value.numel() == wanted[name].numel()
        if value.shape != wanted[name].shape and not is_alike:
            raise ValueError(f"{name} is {tuple(value.shape)}, not {tuple(wanted[name].shape)}")
    network.load_state_dict(
        {name: value.reshape(wanted[name].shape) for name, value in fitting.items()}
    )


def _tells_places(held: Tensor, network: MotionVAE) -> bool:
    width = network.sizes.width
    if held.shape[-1] != width:
        return False
    flat = held.float().reshape(-1, width)
    return torch.allclose(flat, waves(len(flat), width), atol=1e-3)

# SPDX-License-Identifier: Apache-2.0
"""CLIP's vision transformer, OpenAI's and OpenCLIP's, from the user's own copy of the weights.

The layers are torch's; only what the published files call their tensors is written out here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from ....shared.errors import MissingWeightsError
from .batches import in_batches
from .clip_tokens import END, LONGEST, tokenize
from .encoder import Texts
from .published import Activation, PublishedEncoder
from .state_dicts import Tensors, read_weights

MEAN = (0.48145466, 0.4578275, 0.40821073)
DEVIATION = (0.26862954, 0.26130258, 0.27577711)
HEAD_WIDTH = 64

_RENAMED = (
    (r"transformer\.resblocks\.", "transformer.layers."),
    (r"\.attn\.", ".self_attn."),
    (r"\.ln_([12])\.", r".norm\1."),
    (r"\.mlp\.c_fc\.", ".linear1."),
    (r"\.mlp\.c_proj\.", ".linear2."),
)
_FACTS = {"input_resolution", "context_length", "vocab_size", "attn_mask", "logit_scale"}


def quick_gelu(values: Tensor) -> Tensor:
    """OpenAI's approximation of GELU."""
    return values * torch.sigmoid(1.702 * values)


ACTIVATIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    "quick": quick_gelu,
    "exact": functional.gelu,
}


class VisionTransformer(nn.Module):
    """Pictures (N, 3, S, S), normalised, to (N, D)."""

    def __init__(self, size: Sizes, activation: Activation) -> None:
        super().__init__()
        width = size.vision_width
        self.conv1 = nn.Conv2d(3, width, size.patch, size.patch, bias=False)
        self.class_embedding = nn.Parameter(torch.empty(width))
        self.positional_embedding = nn.Parameter(torch.empty(size.grid**2 + 1, width))
        self.ln_pre = nn.LayerNorm(width)
        self.transformer = _layers(width, size.vision_layers, activation)
        self.ln_post = nn.LayerNorm(width)
        self.proj = nn.Parameter(torch.empty(width, size.shared))

    def forward(self, pictures: Tensor) -> Tensor:
        patches = self.conv1(pictures).flatten(2).transpose(1, 2)
        first = self.class_embedding.expand(len(patches), 1, -1)
        states = torch.cat([first, patches], 1) + self.positional_embedding
        states = self.transformer(self.ln_pre(states))
        found: Tensor = self.ln_post(states[:, 0]) @ self.proj
        return found


class Clip(nn.Module):
    """Both towers, with the published names but for the layers' own."""

    def __init__(self, size: Sizes, activation: Activation) -> None:
        super().__init__()
        width = size.text_width
        self.visual = VisionTransformer(size, activation)
        self.token_embedding = nn.Embedding(size.tokens, width)
        self.positional_embedding = nn.Parameter(torch.empty(LONGEST, width))
        self.transformer = _layers(width, size.text_layers, activation)
        self.ln_final = nn.LayerNorm(width)
        self.text_projection = nn.Parameter(torch.empty(width, size.shared))

    def encode_tokens(self, tokens: Tensor) -> Tensor:
        """(N, T) token numbers, zeros behind the end, to (N, D): what the last token has seen."""
        length = tokens.shape[1]
        states = self.token_embedding(tokens) + self.positional_embedding[:length]
        mask = nn.Transformer.generate_square_subsequent_mask(
            length, device=tokens.device, dtype=states.dtype
        )
        states = self.ln_final(self.transformer(states, mask=mask, is_causal=True))
        last = states[torch.arange(len(tokens)), tokens.argmax(-1)]
        found: Tensor = last @ self.text_projection
        return found


@dataclass(frozen=True)
class Sizes:
    """All that the shapes of the weights say of the architecture."""

    shared: int
    vision_width: int
    vision_layers: int
    patch: int
    grid: int
    text_width: int
    text_layers: int
    tokens: int

    @property
    def pixels(self) -> int:
        return self.patch * self.grid


@dataclass(frozen=True, eq=False)
class ClipEncoder:
    """CLIP as an `Encoder`; in half precision on a GPU."""

    name: str
    pixels: int
    network: Clip

    def encode_text(self, sentences: Sequence[str]) -> Texts:
        """Unit vectors, and what of a sentence beyond 77 tokens was not read."""
        rows, notes = tokenize(sentences)
        longest = max(map(len, rows), default=1)
        device = self.network.text_projection.device
        tokens = torch.tensor([row + [0] * (longest - len(row)) for row in rows], device=device)
        with torch.no_grad():
            found = in_batches(self.network.encode_tokens, tokens.view(-1, longest))
        return Texts(functional.normalize(found.float(), dim=-1), tuple(notes))

    def encode_pictures(self, pictures: Tensor) -> Tensor:
        """(N, 3, S, S) sRGB 0..1 of any side S to (N, D) unit vectors, differentiable."""
        return functional.normalize(in_batches(self._see, pictures).float(), dim=-1)

    def _see(self, pictures: Tensor) -> Tensor:
        if pictures.shape[-2:] != (self.pixels, self.pixels):
            side = (self.pixels, self.pixels)
            pictures = functional.interpolate(pictures, side, mode="bicubic", antialias=True)
        mean, deviation = (_channels(row, pictures.device) for row in (MEAN, DEVIATION))
        normal = (pictures - mean) / deviation
        found: Tensor = self.network.visual(normal.to(self.network.visual.proj.dtype))
        return found


# Kept on the device: CUDA graphs may not copy from the processor.
@cache
def _channels(values: tuple[float, float, float], device: torch.device) -> Tensor:
    return torch.tensor(values, device=device)[:, None, None]


def load_clip(encoder: PublishedEncoder, models_folder: Path, device: str) -> ClipEncoder:
    """Read the user's copy. Raises `MissingWeightsError` that says what is wrong with it."""
    tensors = read_weights(encoder, models_folder)
    network, sizes = build_clip(tensors, encoder.activation, encoder.title)
    precision = torch.float16 if torch.device(device).type == "cuda" else torch.float32
    network = network.to(device, precision).eval().requires_grad_(False)
    return ClipEncoder(encoder.name, sizes.pixels, network)


def build_clip(tensors: Tensors, activation: Activation, title: str) -> tuple[Clip, Sizes]:
    """The network that published tensors make. Raises `MissingWeightsError` if they make none."""
    try:
        sizes = measure(tensors)
        with torch.device("meta"):
            network = Clip(sizes, activation)
        network.load_state_dict(_renamed(tensors), assign=True)
        if not all(bool(weights.isfinite().all()) for weights in network.parameters()):
            raise ValueError("a weight is no number")
    except (LookupError, ValueError, RuntimeError, ArithmeticError, AssertionError) as error:
        raise MissingWeightsError(
            f"The file of {title} does not hold the tensors of a CLIP vision transformer.",
            "Bring the published file: `kinora models list` says from where.",
        ) from error
    return network, sizes


def measure(tensors: Tensors) -> Sizes:
    """The architecture by the shapes of the tensors. Raises KeyError or ValueError for another."""
    patches = tensors["visual.conv1.weight"]
    grid = round((len(tensors["visual.positional_embedding"]) - 1) ** 0.5)
    text_width, shared = tensors["text_projection"].shape
    if len(tensors["token_embedding.weight"]) <= END:
        raise ValueError("it lacks tokens")
    return Sizes(
        shared=shared,
        vision_width=patches.shape[0],
        vision_layers=_count(tensors, r"visual\.transformer\.resblocks\.(\d+)\."),
        patch=patches.shape[-1],
        grid=grid,
        text_width=text_width,
        text_layers=_count(tensors, r"transformer\.resblocks\.(\d+)\."),
        tokens=len(tensors["token_embedding.weight"]),
    )


def _count(tensors: Tensors, pattern: str) -> int:
    return len({found[1] for name in tensors if (found := re.match(pattern, name))})


def _renamed(tensors: Tensors) -> Tensors:
    renamed = {}
    for name, tensor in tensors.items():
        if name in _FACTS:
            continue
        for old, new in _RENAMED:
            name = re.sub(old, new, name)
        renamed[name] = tensor
    return renamed


def _layers(width: int, count: int, activation: Activation) -> nn.TransformerEncoder:
    layer = nn.TransformerEncoderLayer(
        width,
        width // HEAD_WIDTH,
        4 * width,
        dropout=0.0,
        activation=ACTIVATIONS[activation],
        batch_first=True,
        norm_first=True,
    )
    return nn.TransformerEncoder(layer, count, enable_nested_tensor=False)

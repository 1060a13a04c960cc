# SPDX-License-Identifier: Apache-2.0
"""CLIP files with random weights in OpenAI's published format: a TorchScript archive, in halves."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

Tensors = dict[str, Tensor]


@dataclass(frozen=True)
class Layout:
    """The sizes of a CLIP."""

    shared: int = 32
    patch: int = 16
    pixels: int = 48
    vision: tuple[int, int] = (128, 2)
    text: tuple[int, int] = (64, 2)


SMALL = Layout()
VIT_B32 = Layout(512, 32, 224, (768, 12), (512, 12))


def random_tensors(layout: Layout) -> Tensors:
    """Weights of about the spread that training leaves, so that every layer counts."""
    torch.manual_seed(3)
    vision, text = layout.vision[0], layout.text[0]
    tokens = (layout.pixels // layout.patch) ** 2 + 1
    tensors = {
        "visual.class_embedding": torch.randn(vision),
        "visual.positional_embedding": torch.randn(tokens, vision),
        "visual.proj": torch.randn(vision, layout.shared) / vision**0.5,
        "visual.conv1.weight": torch.randn(vision, 3, layout.patch, layout.patch) / layout.patch,
        "token_embedding.weight": torch.randn(49408, text) / 4,
        "positional_embedding": torch.randn(77, text) / 4,
        "text_projection": torch.randn(text, layout.shared) / text**0.5,
        "logit_scale": torch.tensor(4.6),
    }
    for name, width in (("visual.ln_pre", vision), ("visual.ln_post", vision), ("ln_final", text)):
        tensors |= _norm(name, width)
    for start, (width, layers) in (("visual.", layout.vision), ("", layout.text)):
        for layer in range(layers):
            tensors |= _block(f"{start}transformer.resblocks.{layer}", width)
    return {name: tensor.half().float() for name, tensor in tensors.items()}


def _norm(name: str, width: int) -> Tensors:
    weight = 1 + torch.randn(width) / 10
    return {f"{name}.weight": weight, f"{name}.bias": torch.randn(width) / 10}


def _linear(name: str, outputs: int, inputs: int) -> Tensors:
    weight = torch.randn(outputs, inputs) / inputs**0.5
    return {f"{name}.weight": weight, f"{name}.bias": torch.randn(outputs) / 10}


def _block(name: str, width: int) -> Tensors:
    mixing = _linear("in_proj", 3 * width, width)
    return {
        f"{name}.attn.in_proj_weight": mixing["in_proj.weight"],
        f"{name}.attn.in_proj_bias": mixing["in_proj.bias"],
        **_linear(f"{name}.attn.out_proj", width, width),
        **_norm(f"{name}.ln_1", width),
        **_linear(f"{name}.mlp.c_fc", 4 * width, width),
        **_linear(f"{name}.mlp.c_proj", width, 4 * width),
        **_norm(f"{name}.ln_2", width),
    }


class Holder(nn.Module):
    """Nothing but named tensors, in halves but for the numbers that OpenAI's files carry."""

    def __init__(self, tensors: Tensors) -> None:
        super().__init__()
        inner: dict[str, Tensors] = {}
        for name, tensor in tensors.items():
            first, _, rest = name.partition(".")
            if rest:
                inner.setdefault(first, {})[rest] = tensor
            elif tensor.is_floating_point():
                self.register_parameter(first, nn.Parameter(tensor.half(), requires_grad=False))
            else:
                self.register_buffer(first, tensor)
        for name, parts in inner.items():
            self.add_module(name, Holder(parts))

    def forward(self) -> None:
        return None


def write_openai_file(tensors: Tensors, layout: Layout, path: Path) -> None:
    facts = {"input_resolution": layout.pixels, "context_length": 77, "vocab_size": 49408}
    numbers = {name: torch.tensor(number) for name, number in facts.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(Holder(tensors | numbers)), path)

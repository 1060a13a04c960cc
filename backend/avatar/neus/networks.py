# SPDX-License-Identifier: Apache-2.0
"""The distance network, the color network with its two heads, and the sharpness.

Parameters are named, and come in the order, of the published checkpoints.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from .config import Model, RenderingNetwork, SdfNetwork
from .encoding import encode, encoded_width

_SOFTNESS = 100.0  # beta of the softplus


class NormedLinear(nn.Module):
    """A linear layer whose rows have a direction and a length (Salimans and Kingma 2016)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        plain = nn.Linear(inputs, outputs)
        self.bias = nn.Parameter(plain.bias.detach())
        self.weight_g = nn.Parameter(plain.weight.detach().norm(dim=1, keepdim=True))
        self.weight_v = nn.Parameter(plain.weight.detach())

    def forward(self, values: Tensor) -> Tensor:
        weight = torch._weight_norm(self.weight_v, self.weight_g, 0)
        return functional.linear(values, weight, self.bias)


def _linear(inputs: int, outputs: int, is_normed: bool) -> nn.Module:
    return NormedLinear(inputs, outputs) if is_normed else nn.Linear(inputs, outputs)


def _set(layer: nn.Module, weight: Tensor, bias: Tensor) -> None:
    """Give a linear layer of either kind this weight and bias."""
    with torch.no_grad():
        layer.get_parameter("bias").copy_(bias)
        if isinstance(layer, NormedLinear):
            layer.weight_v.copy_(weight)
            layer.weight_g.copy_(weight.norm(dim=1, keepdim=True))
        else:
            layer.get_parameter("weight").copy_(weight)


class Sdf(nn.Module):
    """Points (N, 3) to (N, 1 + feature): the signed distance, negative inside, and a feature."""

    def __init__(self, size: SdfNetwork, chance: torch.Generator) -> None:
        super().__init__()
        self.size = size
        encoding = encoded_width(size.d_in, size.multires)
        widths = [encoding, *[size.d_hidden] * size.n_layers, size.d_out]
        self.layers = len(widths) - 1
        for layer in range(self.layers):
            outputs = widths[layer + 1] - (encoding if layer + 1 in size.skip_in else 0)
            linear = _linear(widths[layer], outputs, size.weight_norm)
            if size.geometric_init:
                _make_geometric(linear, layer, size, chance)
            self.add_module(f"lin{layer}", linear)

    def forward(self, points: Tensor) -> Tensor:
        inputs = encode(points * self.size.scale, self.size.multires)
        values = inputs
        for layer in range(self.layers):
            if layer in self.size.skip_in:
                values = torch.cat([values, inputs], dim=1) / math.sqrt(2)
            values = self.get_submodule(f"lin{layer}")(values)
            if layer < self.layers - 1:
                values = functional.softplus(values, beta=_SOFTNESS)
        return torch.cat([values[:, :1] / self.size.scale, values[:, 1:]], dim=1)

    def distance(self, points: Tensor) -> Tensor:
        """(N,)"""
        found: Tensor = self(points)[:, 0]
        return found


def _make_geometric(
    linear: nn.Module, layer: int, size: SdfNetwork, chance: torch.Generator
) -> None:
    """Weights that make the network a sphere (Atzmon and Lipman 2020; IDR, Yariv et al. 2020).

    They know no skip into the last layer, which the published sizes have: its columns start at
    zero here and the others are longer by as much as the skip shortens them, or the surface would
    be no sphere.
    """
    outputs, inputs = linear.get_parameter(
        "weight_v" if isinstance(linear, NormedLinear) else "weight"
    ).shape
    is_skip = layer in size.skip_in
    encoding = encoded_width(size.d_in, size.multires)
    own = inputs - encoding if is_skip else inputs
    bias = torch.zeros(outputs)
    if layer == size.n_layers:
        mean = math.sqrt(math.pi / own) * (math.sqrt(2) if is_skip else 1)
        sign = -1 if size.inside_outside else 1
        weight = torch.randn(outputs, inputs, generator=chance) * 1e-4 + sign * mean
        weight[:, own:] = 0
        bias = torch.full((outputs,), -sign * size.bias)
    else:
        weight = torch.randn(outputs, inputs, generator=chance) * math.sqrt(2 / outputs)
        # Of the encoding, the plain coordinates alone count at first.
        waves = encoding - size.d_in
        if waves and (layer == 0 or is_skip):
            weight[:, -waves:] = 0
    _set(linear, weight, bias)


class Color(nn.Module):
    """What a surface looks like by place, normal and feature: one trunk, one or two heads.

    Head 1 keeps to the template; head 2 is what the encoder sees.
    """

    def __init__(self, size: RenderingNetwork, chance: torch.Generator) -> None:
        super().__init__()
        self.size = size
        view = encoded_width(3, size.multires_view) - 3 if size.mode != "no_view_dir" else 0
        widths = [size.d_in + view + size.d_feature, *[size.d_hidden] * size.n_layers, size.d_out]
        self.layers = len(widths) - 1
        for layer in range(self.layers):
            linear = _linear(widths[layer], widths[layer + 1], size.weight_norm)
            _make_plain(linear, chance)
            self.add_module(f"lin{layer}", linear)
        if size.extra_color:
            self.extra_lin = _linear(widths[-2], widths[-1], size.weight_norm)
            _make_plain(self.extra_lin, chance)

    def forward(
        self, points: Tensor, gradients: Tensor, directions: Tensor, features: Tensor
    ) -> tuple[Tensor, Tensor]:
        """(N, 3) twice: head 1 and what is shown, which is head 2 where there are two."""
        rows = [points]
        if self.size.mode != "no_view_dir":
            rows.append(encode(directions, self.size.multires_view))
        if self.size.mode != "no_normal":
            rows.append(gradients)
        values = torch.cat([*rows, features], dim=1)
        for layer in range(self.layers - 1):
            values = functional.relu(self.get_submodule(f"lin{layer}")(values))
        first = self._squeezed(self.get_submodule(f"lin{self.layers - 1}")(values))
        if not self.size.extra_color:
            return first, first
        return first, self._squeezed(self.extra_lin(values))

    def _squeezed(self, values: Tensor) -> Tensor:
        return values.sigmoid() if self.size.squeeze_out else values


def _make_plain(linear: nn.Module, chance: torch.Generator) -> None:
    """PyTorch's own start of a linear layer, from a seed."""
    weight = linear.get_parameter("weight_v" if isinstance(linear, NormedLinear) else "weight")
    reach = 1 / math.sqrt(weight.shape[1])
    start = (2 * torch.rand(weight.shape, generator=chance) - 1) * reach
    _set(linear, start, (2 * torch.rand(len(weight), generator=chance) - 1) * reach)


class Variance(nn.Module):
    """One number v; the surface is as sharp as exp(10 v)."""

    def __init__(self, start: float) -> None:
        super().__init__()
        self.variance = nn.Parameter(torch.tensor(start))

    def forward(self) -> Tensor:
        """The sharpness, 1 / s of the logistic density."""
        return torch.exp(10 * self.variance).clamp(1e-6, 1e6)


@dataclass(frozen=True, eq=False)
class Networks:
    """All that is learnt."""

    sdf: Sdf
    color: Color
    variance: Variance

    def to(self, device: str) -> Networks:
        return Networks(self.sdf.to(device), self.color.to(device), self.variance.to(device))

    def parameters(self) -> Iterator[nn.Parameter]:
        for network in (self.sdf, self.variance, self.color):
            yield from network.parameters()


def build(model: Model, seed: int) -> Networks:
    """Networks of these sizes; their start follows from the seed."""
    chance = torch.Generator().manual_seed(seed)
    return Networks(
        Sdf(model.sdf_network, chance),
        Color(model.rendering_network, chance),
        Variance(model.variance_network.init_val),
    )

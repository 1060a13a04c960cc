# SPDX-License-Identifier: Apache-2.0
"""Encoding and networks against closed forms, PyTorch's own weight norm and finite differences."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional

from kinora.backend.avatar.neus.encoding import encode
from kinora.backend.avatar.neus.networks import NormedLinear, Variance, build
from kinora.backend.avatar.neus.reading import PUBLISHED, SMALL, shipped
from kinora.backend.avatar.neus.rendering import Learnt


def test_encoding_is_the_point_and_its_waves() -> None:
    point = torch.tensor([[0.3, -0.7, 0.1]])
    found = encode(point, 6)
    assert found.shape == (1, 39)
    assert torch.equal(found[:, :3], point)
    for octave in range(6):
        at = 3 + 6 * octave
        torch.testing.assert_close(found[:, at : at + 3], torch.sin(2**octave * point))
        torch.testing.assert_close(found[:, at + 3 : at + 6], torch.cos(2**octave * point))


@pytest.mark.parametrize(
    ("path", "shapes", "parameters"),
    [
        (PUBLISHED, [(256, 39), (256, 256), (256, 256), (217, 256), (257, 256)], (0.264, 0.135)),
        (SMALL, [(128, 39), (128, 128), (89, 128), (129, 128)], (0.050, 0.018)),
    ],
)
def test_the_layers_have_the_published_shapes(path, shapes, parameters) -> None:
    networks = build(shipped(path).model, 0)
    state = networks.sdf.state_dict()
    found = [tuple(state[name].shape) for name in state if name.endswith("weight_v")]
    assert found == shapes
    for network, millions in zip((networks.sdf, networks.color), parameters, strict=True):
        count = sum(weights.numel() for weights in network.parameters())
        assert count / 1e6 == pytest.approx(millions, abs=1e-3)


def test_the_parameters_have_the_published_names() -> None:
    networks = build(shipped(SMALL).model, 0)
    kinds = ("bias", "weight_g", "weight_v")
    assert list(networks.sdf.state_dict()) == [f"lin{n}.{kind}" for n in range(4) for kind in kinds]
    names = [f"{layer}.{kind}" for layer in ("lin0", "lin1", "extra_lin") for kind in kinds]
    assert list(networks.color.state_dict()) == names
    assert list(networks.variance.state_dict()) == ["variance"]


def test_a_normed_layer_is_torchs_weight_norm() -> None:
    torch.manual_seed(0)
    ours = NormedLinear(5, 4)
    theirs = nn.utils.parametrizations.weight_norm(nn.Linear(5, 4))
    weights = theirs.parametrizations.weight
    with torch.no_grad():
        ours.weight_g.mul_(torch.rand(4, 1) + 0.5)
        weights.original0.copy_(ours.weight_g)
        weights.original1.copy_(ours.weight_v)
        theirs.bias.copy_(ours.bias)
    values = torch.randn(7, 5)
    torch.testing.assert_close(ours(values), theirs(values))


def directions(count: int) -> torch.Tensor:
    chance = torch.Generator().manual_seed(1)
    return functional.normalize(torch.randn(count, 3, generator=chance), dim=1)


@pytest.mark.parametrize("path", [PUBLISHED, SMALL])
def test_the_start_is_a_sphere_of_radius_one_half(path) -> None:
    """On the mean of some seeds and directions: the recipe holds for its expectation."""
    radii = torch.linspace(0.02, 1.2, 60)
    found = []
    for seed in range(6):
        networks = build(shipped(path).model, seed)
        away = directions(100)
        with torch.no_grad():
            distance = torch.stack([networks.sdf.distance(away * r) for r in radii], 1)
        assert (distance[:, 0] < 0).all() and (distance[:, -1] > 0).all()
        found.append(radii[(distance > 0).float().argmax(1)])
    assert float(torch.cat(found).mean()) == pytest.approx(0.5, abs=0.06)
    assert float(torch.stack(found).mean(1).std()) < 0.1


def test_inside_outside_turns_the_sphere_around() -> None:
    model = shipped(SMALL).model
    model = replace(model, sdf_network=replace(model.sdf_network, inside_outside=True))
    networks = build(model, 0)
    assert float(networks.sdf.distance(torch.zeros(1, 3)).detach()) > 0
    assert float(networks.sdf.distance(directions(1) * 1.2).detach()) < 0


def test_the_gradient_is_that_of_the_distance() -> None:
    networks = build(shipped(SMALL).model, 3)
    networks.sdf.double()
    networks.color.double()
    points = directions(20).double() * 0.6
    found = Learnt(networks).look(points, directions(20).double()).gradient.detach()
    step = 1e-5
    for axis in range(3):
        off = torch.zeros(3, dtype=torch.float64)
        off[axis] = step
        with torch.no_grad():
            rise = networks.sdf.distance(points + off) - networks.sdf.distance(points - off)
        torch.testing.assert_close(found[:, axis], rise / (2 * step), rtol=1e-4, atol=1e-6)


def test_losses_of_the_gradient_reach_the_weights() -> None:
    """By finite differences: the eikonal loss needs the second derivative."""
    networks = build(shipped(SMALL).model, 0)
    networks.sdf.double()
    networks.color.double()
    points = directions(16).double() * 0.7
    weight = networks.sdf.get_parameter("lin1.weight_g")

    def loss() -> torch.Tensor:
        gradient = Learnt(networks).look(points, points).gradient
        return (gradient.norm(dim=1) - 1).square().mean()

    loss().backward()
    exact = float(weight.grad[7])
    values = []
    for sign in (1, -1):
        with torch.no_grad():
            weight[7] += sign * 1e-5
        values.append(float(loss().detach()))
        with torch.no_grad():
            weight[7] -= sign * 1e-5
    assert exact == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-3, abs=1e-9)


def test_the_sharpness_is_an_exponential_within_bounds() -> None:
    assert float(Variance(0.3)().detach()) == pytest.approx(2.718281828**3, rel=1e-5)
    assert float(Variance(9.0)().detach()) == 1e6
    assert 1 / float(Variance(0.605)().detach()) == pytest.approx(0.0024, abs=5e-5)


def test_the_second_head_shares_the_trunk_and_nothing_else() -> None:
    networks = build(shipped(SMALL).model, 0)
    rows = [torch.randn(6, width) for width in (3, 3, 3, 128)]
    first, second = networks.color(*rows)
    with torch.no_grad():
        networks.color.extra_lin.bias += 1
    again, other = networks.color(*rows)
    assert torch.equal(first, again) and not torch.equal(second, other)
    assert first.min() > 0 and first.max() < 1


@pytest.mark.parametrize(("mode", "inputs"), [("idr", 9), ("no_normal", 6), ("no_view_dir", 6)])
def test_each_mode_looks_at_what_its_name_says(mode: str, inputs: int) -> None:
    model = shipped(SMALL).model
    size = replace(model.rendering_network, mode=mode, d_in=inputs, multires_view=2)
    color = build(replace(model, rendering_network=size), 0).color
    points, gradients, seen_along, features = (torch.randn(6, width) for width in (3, 3, 3, 128))
    before = color(points, gradients, seen_along, features)[1]
    by_view = color(points, gradients, -seen_along, features)[1]
    by_normal = color(points, -gradients, seen_along, features)[1]
    assert torch.equal(before, by_view) == (mode == "no_view_dir")
    assert torch.equal(before, by_normal) == (mode == "no_normal")


def test_the_start_follows_from_the_seed() -> None:
    first, again, other = (build(shipped(SMALL).model, seed) for seed in (1, 1, 2))
    names = [list(one.parameters()) for one in (first, again, other)]
    assert all(torch.equal(a, b) for a, b in zip(names[0], names[1], strict=True))
    assert any(not torch.equal(a, b) for a, b in zip(names[0], names[2], strict=True))

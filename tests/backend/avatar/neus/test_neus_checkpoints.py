# SPDX-License-Identifier: Apache-2.0
"""Checkpoints in the published layout, made here with PyTorch's own weight norm."""

from __future__ import annotations

import io
import math
import pickle
import zipfile
from dataclasses import replace

import neus_figures as figures
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from kinora.backend.avatar.neus.checkpoints import (
    load_run,
    published,
    put_in,
    put_in_optimizer,
    read_published,
    save_run,
)
from kinora.backend.avatar.neus.networks import build
from kinora.backend.avatar.neus.reading import SMALL, shipped
from kinora.backend.avatar.neus.rendering import Learnt, Look, Rays, render
from kinora.shared.errors import BadOptionError

SIZE = shipped(SMALL).model
# The published files were made with it.
pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning")


class Theirs(nn.Module):
    """The small networks as anybody would write them, with torch.nn.utils.weight_norm."""

    def __init__(self, heads: int) -> None:
        super().__init__()
        torch.manual_seed(5)
        normed = nn.utils.weight_norm
        self.sdf, self.color = nn.Module(), nn.Module()
        for number, (inputs, outputs) in enumerate(((39, 128), (128, 128), (128, 89), (128, 129))):
            setattr(self.sdf, f"lin{number}", normed(nn.Linear(inputs, outputs)))
        for number, (inputs, outputs) in enumerate(((134, 128), (128, 3))):
            setattr(self.color, f"lin{number}", normed(nn.Linear(inputs, outputs)))
        if heads == 2:
            self.color.extra_lin = normed(nn.Linear(128, 3))
        self.variance = nn.Module()
        self.variance.variance = nn.Parameter(torch.tensor(0.4))

    def values(self, points: Tensor) -> Tensor:
        waves = [f(points * 2**k) for k in range(6) for f in (torch.sin, torch.cos)]
        inputs = torch.cat([points, *waves], 1)
        values = inputs
        for number in range(4):
            if number == 3:
                values = torch.cat([values, inputs], 1) / math.sqrt(2)
            values = getattr(self.sdf, f"lin{number}")(values)
            if number < 3:
                values = functional.softplus(values, beta=100)
        return values

    def distance(self, points: Tensor) -> Tensor:
        with torch.no_grad():
            return self.values(points)[:, 0]

    def look(self, points: Tensor, directions: Tensor) -> Look:
        with torch.enable_grad():
            points = points.detach().requires_grad_()
            values = self.values(points)
            (gradient,) = torch.autograd.grad(values[:, 0].sum(), points, retain_graph=True)
        hidden = functional.relu(self.color.lin0(torch.cat([points, gradient, values[:, 1:]], 1)))
        first = torch.sigmoid(self.color.lin1(hidden))
        return Look(values[:, 0], gradient, first, torch.sigmoid(self.color.extra_lin(hidden)))

    def sharpness(self) -> Tensor:
        return torch.exp(10 * self.variance.variance)

    def file(self, **more: object) -> bytes:
        into = io.BytesIO()
        content = {
            "sdf_network_fine": self.sdf.state_dict(),
            "variance_network_fine": self.variance.state_dict(),
            "color_network_fine": self.color.state_dict(),
            "optimizer": torch.optim.Adam(self.parameters()).state_dict(),
            "iter_step": 30_000,
        }
        torch.save({**content, **more}, into)
        return into.getvalue()


@pytest.fixture(params=[1, 2])
def theirs(request) -> Theirs:
    return Theirs(request.param)


def test_published_checkpoints_load(theirs: Theirs) -> None:
    found = read_published(theirs.file())
    assert found.step == 30_000
    assert found.is_template == (not hasattr(theirs.color, "extra_lin"))
    networks = build(SIZE, 0)
    second = networks.color.extra_lin.weight_v.detach().clone()
    put_in(found, networks)
    points = torch.randn(50, 3, generator=torch.Generator().manual_seed(1)) / 2
    torch.testing.assert_close(networks.sdf(points), theirs.values(points), atol=1e-5, rtol=1e-4)
    assert float(networks.variance.variance.detach()) == pytest.approx(0.4)
    assert torch.equal(networks.color.extra_lin.weight_v, second) == found.is_template


def test_a_published_checkpoint_renders_the_same_picture() -> None:
    """PSNR over 30 dB is asked for; what differs here are rounding errors."""
    theirs = Theirs(2)
    # A surface within the sphere, which random numbers do not promise.
    with torch.no_grad():
        theirs.sdf.lin3.weight_v[0] = 0
        theirs.sdf.lin3.weight_v[0, 89] = 1.0
        theirs.sdf.lin3.weight_g[0] = 1.0
        theirs.sdf.lin3.bias[0] = 0.1
    networks = build(SIZE, 0)
    put_in(read_published(theirs.file()), networks)
    line = torch.linspace(-0.5, 0.5, 12)
    y, z = torch.meshgrid(line, line, indexing="ij")
    origin = torch.stack([torch.full_like(y, 1.5), y, z], 2).view(-1, 3)
    rays = Rays(origin, torch.tensor([-1.0, 0, 0]).expand(144, 3))
    with torch.no_grad():
        ours = render(Learnt(networks), rays, SIZE.neus_renderer, None)
        other = render(theirs, rays, SIZE.neus_renderer, None)
    assert float(other.opacity.mean()) > 0.5
    psnr = -10 * math.log10(float((ours.shown - other.shown).square().mean()) + 1e-12)
    assert psnr > 50


def test_written_checkpoints_load_into_the_published_layers() -> None:
    networks = build(SIZE, 3)
    content = torch.load(io.BytesIO(published(networks, 7, None)), weights_only=True)
    theirs = Theirs(2)
    theirs.sdf.load_state_dict(content["sdf_network_fine"])
    theirs.color.load_state_dict(content["color_network_fine"])
    theirs.variance.load_state_dict(content["variance_network_fine"])
    assert content["iter_step"] == 7
    points = torch.randn(9, 3) / 2
    torch.testing.assert_close(networks.sdf(points), theirs.values(points), atol=1e-5, rtol=1e-4)


def test_the_optimizer_goes_on_where_its_moments_fit() -> None:
    networks = build(SIZE, 0)
    optimizer = torch.optim.Adam(list(networks.parameters()), lr=1e-3)
    sum(one.square().sum() for one in networks.parameters()).backward()
    optimizer.step()
    found = read_published(published(networks, 1, optimizer))
    again = build(SIZE, 0)
    put_in(found, again)
    other = torch.optim.Adam(list(again.parameters()), lr=1e-3)
    assert put_in_optimizer(found, other)
    for learnt, one in ((networks, optimizer), (again, other)):
        one.zero_grad()
        sum((of + 1).square().sum() for of in learnt.parameters()).backward()
        one.step()
    for mine, theirs in zip(networks.parameters(), again.parameters(), strict=True):
        assert torch.equal(mine, theirs)
    assert not put_in_optimizer(read_published(Theirs(2).file()), other)


def test_plain_weights_fit_normed_layers_and_the_other_way_round() -> None:
    plain = replace(
        SIZE,
        sdf_network=replace(SIZE.sdf_network, weight_norm=False),
        rendering_network=replace(SIZE.rendering_network, weight_norm=False),
    )
    points = torch.randn(9, 3) / 2
    for source, target in ((plain, SIZE), (SIZE, plain)):
        first, second = build(source, 1), build(target, 2)
        put_in(read_published(published(first, 0, None)), second)
        torch.testing.assert_close(first.sdf(points), second.sdf(points), atol=1e-5, rtol=1e-4)


def test_other_sizes_are_said() -> None:
    with pytest.raises(BadOptionError) as caught:
        put_in(read_published(Theirs(2).file()), build(shipped().model, 0))
    assert caught.value.field == "checkpoint"
    assert "39-128-128-128-129" in caught.value.message
    assert "39-256-256-256-256-257" in caught.value.message


class Malice:
    def __reduce__(self):
        return (pytest.fail, ("a checkpoint ran code",))


def test_what_is_no_checkpoint_is_refused() -> None:
    theirs = Theirs(1)
    wild = io.BytesIO()
    torch.save({"sdf_network_fine": Malice()}, wild)
    infinite = {name: tensor / 0 for name, tensor in theirs.sdf.state_dict().items()}
    bad = [
        b"",
        b"no zip",
        pickle.dumps({"sdf_network_fine": 3}),
        pickle.dumps(Malice()),
        wild.getvalue(),
        theirs.file()[:-500],
        theirs.file(sdf_network_fine=infinite),
        theirs.file(sdf_network_fine=[1, 2]),
        theirs.file(color_network_fine={"lin0.bias": "x"}),
    ]
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as file:
        file.writestr("hello.txt", "hello")
    for content in (*bad, empty.getvalue()):
        with pytest.raises(BadOptionError) as caught:
            read_published(content)
        assert caught.value.field == "checkpoint"


def test_runs_are_kept_whole_or_not_at_all(tmp_path) -> None:
    path = tmp_path / "run.safetensors"
    save_run(path, {"a": torch.arange(3)}, {"step": 4, "notes": ["x"]})
    tensors, told = load_run(path)
    assert torch.equal(tensors["a"], torch.arange(3)) and told == {"step": 4, "notes": ["x"]}
    path.write_bytes(path.read_bytes()[:-3])
    assert load_run(path) is None
    assert load_run(tmp_path / "none") is None


def test_figures_are_what_they_are_called() -> None:
    """The other tests lean on these."""
    assert figures.sphere().is_watertight
    assert figures.pill().vertices[:, 1].argmin() > 0

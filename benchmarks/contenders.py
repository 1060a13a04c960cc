# SPDX-License-Identifier: Apache-2.0
"""The ways of making an appearance that benchmarks set against one another."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from appearance_file import Case
from surface_nets import surface_net
from torch import Tensor
from turntables import Figure, figure_of, painted

from kinora.backend.avatar.neus import config as published
from kinora.backend.avatar.neus.extract import REACH, looked_at
from kinora.backend.avatar.neus.fitting import Fit, fit_template
from kinora.backend.avatar.neus.frames import Inner, Template, brought_in
from kinora.backend.avatar.neus.learning import Learner, learn, learner_of
from kinora.backend.avatar.neus.networks import Networks, build
from kinora.backend.avatar.neus.schedule import steps_of
from kinora.backend.avatar.neus.stage import Scene, scene_of
from kinora.backend.avatar.sculpt.offsets import directions
from kinora.backend.avatar.sculpt.plan import Encoders, Plan, Sculpted
from kinora.backend.avatar.sculpt.stage import sculpt
from kinora.backend.avatar.sculpt.start import Start
from kinora.backend.kit.encoders.encoder import Encoder

_POINTS_AT_ONCE = 1 << 18


@dataclass(eq=False)
class Watched:
    """Hooks of a run that ends after so many seconds; `seen` is called at each report."""

    seconds: float = float("inf")
    seen: Callable[[float], None] = lambda share: None
    checkpoint: Path | None = None
    begun: float = field(default_factory=time.perf_counter)

    def report(self, fraction: float, note: str, picture: Tensor | None = None) -> None:
        self.seen(fraction)

    def stops(self) -> bool:
        return time.perf_counter() - self.begun > self.seconds


@dataclass(frozen=True, eq=False)
class Made:
    """A contender's figure, and what it took."""

    figure: Figure
    seconds: float
    steps: int
    views: int
    notes: tuple[str, ...] = ()


def sculpted(
    case: Case, start: Start, encoder: Encoder, plan: Plan, hooks: Watched | None = None
) -> Made:
    """Kinora's own way, without a second encoder to say what is kept."""
    begun = time.perf_counter()
    made = sculpt(start, case.prompts, Encoders((encoder,)), plan, hooks or Watched())
    synchronize(start.vertices.device)
    seconds = time.perf_counter() - begun
    return Made(figure_from(start, made), seconds, made.steps, made.views, tuple(made.notes))


def figure_from(start: Start, made: Sculpted) -> Figure:
    """The start, displaced and repainted."""
    moved = start.vertices + made.offsets[:, None].to(start.vertices) * directions(start)
    return replace(figure_of(start), vertices=moved, texture=made.texture.to(start.texture))


def configuration(case: Case, *, small: bool) -> published.Config:
    """AvatarCLIP's own numbers, of its examples or its small ones, with prompts in words that the
    embedded encoder has learnt: captions rather than "a 3D rendering of"."""
    width, layers = (128, 3) if small else (256, 4)
    train = published.Train(
        learning_rate=5e-4,
        learning_rate_alpha=0.05,
        end_iter=30_000 if small else 100_000,
        batch_size=512,
        max_ray_num=7000 if small else 112**2,
        warm_up_end=500,
        igr_weight=0.1,
        mask_weight=1.0,
        add_no_texture=True,
        texture_cast_light=True,
        use_face_prompt=True,
        use_back_prompt=True,
        use_silhouettes=True,
        head_height=0.7 if small else 0.65,
    )
    model = published.Model(
        published.SdfNetwork(
            d_in=3, d_out=width + 1, d_hidden=width, n_layers=layers, skip_in=(layers,), multires=6
        ),
        published.VarianceNetwork(init_val=0.3),
        published.RenderingNetwork(
            d_feature=width,
            mode="no_view_dir",
            d_in=6,
            d_out=3,
            d_hidden=width,
            n_layers=1 if small else 2,
            extra_color=True,
        ),
        published.NeusRenderer(
            n_samples=32,
            n_importance=32,
            n_outside=0,
            up_sample_steps=4,
            perturb=1.0,
            extra_color=True,
        ),
    )
    said = published.Prompts(case.appearance, case.shape, case.appearance)
    return published.Config(train, model, clip=said)


@dataclass(frozen=True, eq=False)
class Road:
    """The published way, ready to take its steps."""

    scene: Scene
    learner: Learner
    inner: Inner
    seconds: float
    """That making the field the bare body took."""


def road(case: Case, start: Start, encoder: Encoder, settings: published.Config, fit: Fit) -> Road:
    begun = time.perf_counter()
    own = (start.solid_vertices, start.solid_triangles, start.places["head"])
    body = Template(*(one.cpu() for one in own))
    device = start.vertices.device
    inner = brought_in(body, settings.train.head_height).to(str(device))
    networks = build(settings.model, 0).to(device)
    scene, _ = scene_of(inner, settings, encoder, 0)
    fit_template(networks, inner, fit, 0)
    synchronize(device)
    learner = learner_of(scene, networks, steps_of(settings.train))
    return Road(scene, learner, inner, time.perf_counter() - begun)


def walked(way: Road, hooks: Watched, resolution: int) -> Made:
    """Take steps until the hooks stop it, and make a mesh of what there is by then."""
    begun = time.perf_counter()
    learn(way.scene, way.learner, hooks, {})
    synchronize(way.scene.device)
    seconds = way.seconds + time.perf_counter() - begun
    figure = mesh_of(way, way.learner.networks, resolution)
    steps = way.learner.step
    return Made(figure, seconds, steps, steps, tuple(way.learner.notes))


@torch.no_grad()
def mesh_of(way: Road, networks: Networks, resolution: int) -> Figure:
    """The zero level with colors from six sides, as published, but for the kind of mesh."""
    device = way.scene.device
    line = torch.linspace(-REACH, REACH, resolution + 1, device=device)
    values = []
    for across in line:
        places = torch.cartesian_prod(across[None], line, line)
        parts = [networks.sdf.distance(some) for some in places.split(_POINTS_AT_ONCE)]
        values.append(torch.cat(parts).view(len(line), len(line)))
    vertices, triangles = surface_net(torch.stack(values))
    vertices = vertices * (2 * REACH / resolution) - REACH
    colors = looked_at(networks, way.scene.config.model.neus_renderer, vertices)
    return painted(way.inner.frame.outward(vertices), triangles, colors.to(device))


def machine() -> str:
    """What it runs on."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "processor"
    return f"{device}, torch {torch.__version__}"


def synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()

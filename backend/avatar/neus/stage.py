# SPDX-License-Identifier: Apache-2.0
"""One step of sculpting by words: a view, its rays, its two pictures, and their loss.

All that is random follows from the run's seed and the step, so that a run which goes on from a
checkpoint does what it would have done.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ...kit.encoders.encoder import Encoder
from ...kit.raster import BACKGROUNDS, backgrounds
from ...kit.raster.chance import uniform
from .cameras import BODY, SIDE, asked, drawn, looking
from .config import Config
from .frames import Inner
from .light import as_picture, jittered, shown
from .losses import color_loss, likeness_loss, mask_loss
from .networks import Networks
from .rays import Grid, grid_of
from .rendering import Learnt, Seen, render
from .schedule import anneal
from .template import picture

_STREAM = 91
_APART = 1_000_003  # between the seeds of two runs
_PREVIEW_SIDE = 96
_PREVIEW_DISTANCE = 1.7


@dataclass(frozen=True, eq=False)
class Scene:
    """What a run works towards: the template, the configuration, the encoder and its vectors
    (3, D) of the prompts, by class of view."""

    template: Inner
    config: Config
    encoder: Encoder
    texts: Tensor
    seed: int

    @property
    def device(self) -> torch.device:
        return self.template.vertices.device


@dataclass(frozen=True, eq=False)
class Loss:
    """The sum, and its weighted parts; of how many rays."""

    total: Tensor
    parts: dict[str, Tensor]
    rays: int


def scene_of(
    template: Inner, config: Config, encoder: Encoder, seed: int
) -> tuple[Scene, tuple[str, ...]]:
    """The scene, and what of the prompts the encoder could not read."""
    texts = encoder.encode_text(asked(config.clip, config.train))
    device = template.vertices.device
    return Scene(template, config, encoder, texts.vectors.to(device), seed), texts.notes


def step_loss(scene: Scene, networks: Networks, step: int, most_rays: int) -> Loss:
    """How far the networks are from what one random view asks for."""
    train = scene.config.train
    seed = torch.tensor([scene.seed * _APART + step])
    views = drawn(train, scene.template.face.cpu(), torch.tensor([step]), seed)
    kind, views = int(views.kind), views.to(str(scene.device))
    seed = seed.to(scene.device)
    wanted = picture(scene.template, views, SIDE)
    grid = grid_of(views, wanted.mask[0] if train.use_silhouettes else None, most_rays)
    seen = _marched(scene, networks, grid, seed, step)
    behind = background(scene, grid.side, seed)
    under = behind.view(-1, 3)[grid.traced]
    textured, plain = shown(seen, jittered(views, seed), under, train)
    pictures = [textured, plain] if train.add_no_texture else [textured]
    pasted = [as_picture(grid.paste(one, behind), scene.encoder.pixels) for one in pictures]
    vectors = scene.encoder.encode_pictures(torch.cat(pasted))
    mask, grey = grid.take(wanted.mask[0]), grid.take(wanted.color[0])
    first = seen.first
    if not scene.config.model.rendering_network.extra_color:
        first = first + under * (1 - seen.opacity[:, None])
    black = torch.zeros_like(behind)
    parts = {
        "color": color_loss(grid.paste(first, black), grey[..., None], mask),
        "eikonal": train.igr_weight * seen.eikonal,
        "mask": train.mask_weight
        * mask_loss(grid.paste(seen.opacity[:, None], black[..., :1])[..., 0], mask),
        "likeness": train.clip_weight * likeness_loss(vectors, scene.texts[kind]),
    }
    return Loss(torch.stack(list(parts.values())).sum(), parts, len(grid.rays))


def _marched(scene: Scene, networks: Networks, grid: Grid, seed: Tensor, step: int) -> Seen:
    shift = uniform(seed, len(grid.rays), _STREAM)[0] - 0.5
    size = scene.config.model.neus_renderer
    return render(Learnt(networks), grid.rays, size, shift, anneal(scene.config.train, step))


def background(scene: Scene, side: int, seed: Tensor) -> Tensor:
    """(side, side, 3): one of the four kinds, or black where the configuration wants no others."""
    kind = (uniform(seed, 1, _STREAM + 1)[:, 0] * len(BACKGROUNDS)).long()
    if not scene.config.train.use_bg_aug:
        kind = torch.full_like(kind, BACKGROUNDS.index("black"))
    return backgrounds(kind, seed, (side, side))[0]


@torch.no_grad()
def preview(scene: Scene, networks: Networks) -> Tensor:
    """(3, S, S) the figure from the front, unlit, in the shown color."""
    device = scene.device
    zero = torch.zeros(1, device=device)
    distance = torch.full_like(zero, _PREVIEW_DISTANCE)
    kind = torch.full_like(zero, BODY, dtype=torch.int64)
    views = looking(torch.zeros(1, 3, device=device), zero, zero, distance, kind)
    mask = picture(scene.template, views, SIDE).mask[0]
    grid = grid_of(views, mask, int(_PREVIEW_SIDE**2 * float(mask.float().mean()) * 2))
    seen = render(Learnt(networks), grid.rays, scene.config.model.neus_renderer, None)
    white = float(scene.config.train.use_white_bkgd)
    behind = torch.full((grid.side, grid.side, 3), white, device=device)
    color = seen.shown + white * (1 - seen.opacity[:, None])
    return grid.paste(color, behind).permute(2, 0, 1).clamp(0, 1)

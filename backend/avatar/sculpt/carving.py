# SPDX-License-Identifier: Apache-2.0
"""The field stage: the start as a field whose surface and colors are learnt on rays near it."""

from __future__ import annotations

import torch
from torch import Tensor

from ...kit.bake import cover, pad_sources
from ...kit.raster import BACKGROUNDS, backgrounds, jittered_lights
from ...kit.raster.chance import uniform
from ..repaint.canvas import Canvas
from ..repaint.lab import to_lab
from .band import compose, render
from .cameras import Shots, facing, shots
from .distance import base_field
from .field import Field, new_field
from .guidance import Guide, unlikeness
from .learning import Groups
from .losses import silhouette
from .mesh import GRID, TRUST
from .plan import Plan
from .rays import Rays
from .shells import pool
from .start import Start

_TABLE, _NETWORK = 0.01, 0.002
"""Rates of hash tables and networks."""
_EIKONAL, _SILHOUETTE = 0.1, 1.0
_UNIT = 0.01  # metres, of what ties the surface
_FIRST_LEVELS = 6
_SHARPNESS = (300.0, 1200.0)
"""One over metres, at the first and the last step."""
_FULL = 0.6
"""Share of a picture that rays may cover."""
_STREAM = 61
PREVIEW = 128


class FieldStage:
    """The field of a start, the rays that it is seen along, and what it is learnt from."""

    name = "field"

    def __init__(self, start: Start, plan: Plan, weak: bool) -> None:
        self.start, self.plan, self.is_weak = start, plan, weak
        self.steps = plan.field_steps
        self.field: Field = new_field(base_field(start), seed=plan.seed)
        device = start.vertices.device
        self._sharpness = torch.tensor(_SHARPNESS[0], device=device)
        self._rays: Rays | None = None
        self._shown: Rays | None = None
        self._shots: Shots | None = None
        self._azimuth = torch.zeros(plan.pool, device=device)
        self._elevation = torch.zeros(plan.pool, device=device)
        self._behind = torch.zeros(plan.pool, plan.pixels, plan.pixels, device=device)

    def groups(self) -> Groups:
        field = self.field
        learnt = [field.shape]
        if self.plan.works_on != "sculpt":
            learnt.append(field.paint)
        networks = [one for part in learnt for one in (part.first, part.bias, part.last)]
        return [([part.table for part in learnt], _TABLE), (networks, _NETWORK)]

    def tensors(self) -> dict[str, Tensor]:
        return dict(self.field.state_dict())

    def refresh(self, step: int, pixels: int, is_resumed: bool = False) -> None:
        """Prepare rays of other views where it is time, and let finer levels count."""
        share = step / max(self.steps - 1, 1)
        levels = self.field.grid.levels
        self.field.show(_FIRST_LEVELS + (levels - _FIRST_LEVELS) * min(1.0, 1.5 * share))
        self._sharpness.fill_(_SHARPNESS[0] * (_SHARPNESS[1] / _SHARPNESS[0]) ** share)
        if self._rays is not None and step % self.plan.refresh:
            return
        plan = self.plan
        first = (1 << 16) + step // plan.refresh * plan.pool
        chosen = shots(self.start, (first, first + plan.pool), plan.pixels, plan.crops, plan.seed)
        most = int(_FULL * plan.pixels**2)
        rays = pool(self.start, self.field.base, chosen.cameras, plan.pixels, most, plan.samples)
        self._rays = rays if self._rays is None else _into(self._rays, rays)
        away = -chosen.cameras.axes[:, 2]
        self._azimuth.copy_(torch.atan2(away[:, 0], -away[:, 1]))
        self._elevation.copy_(away[:, 2].clamp(-1, 1).asin())
        kind = (uniform(chosen.seed, 1, _STREAM)[:, 0] * len(BACKGROUNDS)).long()
        self._behind.copy_(backgrounds(kind, chosen.seed, (plan.pixels, plan.pixels))[..., 0])
        if self._shots is None:
            self._shots = chosen
        else:
            self._shots.kind.copy_(chosen.kind)

    def loss(self, guide: Guide, rows: Tensor, seed: Tensor) -> Tensor:
        """Of some of the views (n,) in the light of seeds (n,)."""
        assert self._rays is not None and self._shots is not None
        rays = self._rays.of(rows)
        seen = render(self.field, rays, self._sharpness, seed)
        light = jittered_lights(self._azimuth[rows], self._elevation[rows], seed)
        behind = self._behind[(rows + seed) % len(self._behind)][:, None].expand(-1, 3, -1, -1)
        pictures = compose(seen, rays, behind, light)
        kind = self._shots.kind.index_select(0, rows)
        coverage = rays.coverage(len(self.start.names), GRID)
        likeness = unlikeness(guide, pictures, kind, coverage)
        color, shape = TRUST[self.is_weak]
        places = rays.places(seen.depth.detach()).view(-1, 3)
        is_seen = seen.opacity.detach().view(-1)
        count = is_seen.sum().clamp(min=1)
        moved = (self.field.moved(places) / _UNIT).square()
        start = self.field.base.color(places)
        painted = (seen.color.view(-1, 3) - start).square().sum(1)
        held = ((shape * moved + color * painted) * is_seen).sum() / count
        covered = (rays.part >= 0).float()
        shown = silhouette(seen.opacity, covered, rays.valid.float())
        return likeness + held + _SILHOUETTE * shown + _EIKONAL * seen.eikonal

    @torch.no_grad()
    def picture(self) -> Tensor:
        """(3, H, W) from the front and from behind, as it is now."""
        chosen = facing(self.start, PREVIEW, (20.0, 200.0))
        if self._shown is None:
            most = int(_FULL * PREVIEW**2)
            self._shown = pool(
                self.start, self.field.base, chosen.cameras, PREVIEW, most, self.plan.samples
            )
        away = -chosen.cameras.axes[:, 2]
        azimuth, elevation = torch.atan2(away[:, 0], -away[:, 1]), away[:, 2].asin()
        seen = render(self.field, self._shown, self._sharpness)
        light = jittered_lights(azimuth, elevation, torch.ones_like(chosen.seed))
        grey = torch.full((2, 3, PREVIEW, PREVIEW), 0.8, device=azimuth.device)
        textured, _ = compose(seen, self._shown, grey, light)
        return torch.cat(textured.clamp(0, 1).unbind(), dim=2)


@torch.no_grad()
def painted(field: Field, start: Start, canvas: Canvas) -> Tensor:
    """(3, T, T) the change in Lab that the field's colors are on the start's surface."""
    side = canvas.texture.shape[1]
    coverage = cover(start.uvs.cpu().numpy(), side)
    device = start.vertices.device
    faces = torch.from_numpy(coverage.faces).to(device)
    shares = torch.from_numpy(coverage.shares).to(device)
    places = (start.vertices[start.triangles[faces]] * shares[:, :, None]).sum(1)
    learnt = field.color(places) - field.base.color(places)
    texels = torch.from_numpy(coverage.texels).to(device)
    flat = canvas.texture.reshape(3, -1)
    own = flat[:, texels]
    found = torch.zeros_like(flat)
    found[:, texels] = to_lab((own + learnt.T).clamp(0, 1)) - to_lab(own)
    source = torch.from_numpy(pad_sources(coverage, 4)).to(device)
    return torch.where(source >= 0, found[:, source.clamp(min=0)], 0).view(3, side, side)


def _into(old: Rays, new: Rays) -> Rays:
    """The old tensors with the new values, where a CUDA graph looks for them."""
    for name in ("place", "origin", "direction", "knots", "valid", "part"):
        getattr(old, name).copy_(getattr(new, name))
    return old

# SPDX-License-Identifier: Apache-2.0
"""The mesh stage: offsets along normals and a change of the texture, both nothing at the start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional

from ...kit.encoders.embedded import EmbeddedEncoder
from ..repaint.canvas import Canvas, texel_parts
from ..repaint.refine import disturbed
from ..repaint.residual import change_of, repainted, residual_for
from .cameras import facing, shots
from .guidance import Guide, is_weak, unlikeness
from .learning import Groups
from .losses import care, evenness, tie
from .offsets import Grids, Skin, limited, normals, roughness, share_of
from .pictures import Looked, Surface, before_grey, draw, look
from .plan import Plan
from .start import REGIONS, Start

RATE = 1.0
GRID = 20
"""Cells of coverage along a picture's side."""
PREVIEW = 192
"""Pixels of each of the two pictures that are shown while it runs."""
LIT = 1
"""A seed whose light shows shape and color well."""
TRUST = {True: (20.0, 0.4), False: (2.0, 0.05)}
"""How strongly colors and offsets are tied to the start: more where the guide is weak."""
_SMOOTH, _GAMUT = 8.0, 5.0
WEAK_LIMIT = 0.35
"""Share of what is free that a weak guide may use."""


def canvas_of(start: Start, texels: int) -> Canvas:
    """The start as what is repainted, with a texture of so many texels a side."""
    part = start.part.cpu().numpy()
    texel_part, core = texel_parts(start.uvs.cpu().numpy(), part, texels)
    device = start.vertices.device
    return Canvas(
        names=start.names,
        places=start.vertices[None],
        normals=normals(start.vertices, start.triangles)[None],
        triangles=start.triangles,
        uvs=start.uvs,
        part=start.part,
        finish=start.finish,
        texture=fitted(start.texture, texels),
        texel_part=texel_part.to(device),
        core=core.to(device),
    )


def fitted(texture: Tensor, texels: int) -> Tensor:
    """(3, T, T) of another size: the mean where it is smaller."""
    if texture.shape[1] == texels:
        return texture
    if texture.shape[1] > texels:
        return functional.interpolate(texture[None], (texels, texels), mode="area")[0]
    size = (texels, texels)
    return functional.interpolate(texture[None], size, mode="bilinear", align_corners=False)[0]


class MeshStage:
    """What is learnt of a start's surface, and the views that it is learnt from."""

    name = "mesh"

    def __init__(
        self, start: Start, canvas: Canvas, skin: Skin, plan: Plan, guides: Sequence[Guide]
    ) -> None:
        self.start, self.canvas, self.skin, self.plan = start, canvas, skin, plan
        self.is_weak = is_weak(guides)
        self.steps = plan.mesh_steps
        self.grids = Grids(start, skin)
        self.given = torch.zeros_like(start.slack)
        """(V,) shares that the field stage found."""
        self.residual = residual_for(canvas, _painted(start, guides))
        self.inside = _inside(start, canvas, self.residual.parts, plan)
        self.given_change = torch.zeros_like(canvas.texture)
        """(3, T, T) Lab that an earlier run or the field stage found."""
        self.seen_from = start.vertices.clone()
        """Where the vertices were when the views were last looked up."""
        self.looked: Looked | None = None
        self._shown: Looked | None = None
        self._most: int | None = None

    def groups(self) -> Groups:
        shape = [] if self.plan.works_on == "texture" else self.grids.values
        color = [] if self.plan.works_on == "sculpt" else self.residual.parameters()
        return [(shape, RATE), (color, RATE)]

    def tensors(self) -> dict[str, Tensor]:
        """All that a checkpoint needs beside the optimizer's moments."""
        named = {f"grid{number}": one for number, one in enumerate(self.grids.values)}
        named |= {f"own{number}": one for number, one in enumerate(self.residual.own)}
        named |= {f"shared{number}": one for number, one in enumerate(self.residual.shared)}
        given = {"given": self.given, "given_change": self.given_change}
        return {**named, **given, "seen_from": self.seen_from}

    def give(self, offsets: Tensor, change: Tensor) -> None:
        """Start from these metres (V,) along the normals, and this change (3, T, T) in Lab."""
        self.given.copy_(share_of(self.skin, offsets))
        self.given_change.copy_(change * self.inside)

    def offsets(self) -> Tensor:
        """(V,) metres."""
        return limited(self.skin, self.grids.share() + self.given)

    def change(self) -> Tensor:
        """(3, T, T) Lab."""
        learnt = change_of(self.residual, self.canvas.texel_part) * self.inside
        return learnt + self.given_change

    def surface(self, offsets: Tensor, change: Tensor) -> Surface:
        """With these metres (V,) and this change (3, T, T)."""
        vertices = self.start.vertices + offsets[:, None] * self.skin.directions
        return Surface(vertices, normals(vertices, self.start.triangles), self.painted(change))

    def painted(self, change: Tensor) -> Tensor:
        """The texture with a change (3, T, T); what may not change keeps its very texels."""
        texture = repainted(self.canvas.texture, change)
        return torch.where(self.inside, texture, self.canvas.texture)

    def refresh(self, step: int, pixels: int, is_resumed: bool = False) -> None:
        """Look up other views where it is time; those of before if a run is taken up again."""
        if self.looked is not None and step % self.plan.refresh:
            return
        if not is_resumed or step % self.plan.refresh == 0:
            with torch.no_grad():
                moved = self.offsets()[:, None] * self.skin.directions
                self.seen_from.copy_(self.start.vertices + moved)
        first = step // self.plan.refresh * self.plan.pool
        numbers = (first, first + self.plan.pool)
        chosen = shots(self.start, numbers, pixels, self.plan.crops, self.plan.seed)
        looked = look(self.start, self.seen_from, chosen, pixels, GRID)
        if self.looked is None:
            self.looked = looked
            if self.given.is_cuda:
                self._most = looked.most(self.plan.views)
        else:
            # The old tensors stay, since a CUDA graph looks there.
            for old, new in zip(self.looked.tensors(), looked.tensors(), strict=True):
                old.copy_(new)

    @torch.no_grad()
    def picture(self) -> Tensor:
        """(3, H, W) from the front and from behind, as it is now."""
        if self._shown is None:
            chosen = facing(self.start, PREVIEW, (20.0, 200.0))
            looked = look(self.start, self.start.vertices, chosen, PREVIEW, 1)
            self._shown = before_grey(looked)
        surface = self.surface(self.offsets(), self.change())
        surface = replace(surface, texture=surface.texture.clamp(0, 1))
        rows = torch.arange(2, device=self.given.device)
        textured, _ = draw(self.start, surface, self._shown, rows, torch.full_like(rows, LIT))
        return torch.cat(textured.unbind(), dim=2)

    def loss(self, guide: Guide, rows: Tensor, seed: Tensor) -> Tensor:
        """Of some of the views (n,) in the light of seeds (n,)."""
        assert self.looked is not None
        share = self.grids.share() + self.given
        offsets, change = limited(self.skin, share), self.change()
        surface = self.surface(offsets, change)
        clean = replace(surface, texture=surface.texture.clamp(0, 1))
        textured, textureless = draw(self.start, clean, self.looked, rows, seed, self._most)
        if isinstance(guide.encoder, EmbeddedEncoder):
            textured = disturbed(textured, seed)
        kind = self.looked.shots.kind.index_select(0, rows)
        coverage = self.looked.coverage.index_select(0, rows)
        likeness = unlikeness(guide, (textured, textureless), kind, coverage)
        color, shape = TRUST[self.is_weak]
        moved, beyond = care(change, surface.texture, self.inside)
        held = shape * tie(share) + _SMOOTH * evenness(roughness(self.skin, share))
        return likeness + color * moved + _GAMUT * beyond + held


def _painted(start: Start, guides: Sequence[Guide]) -> list[int]:
    """Parts that may be painted: not eyes, teeth and lashes, which may not grow either; of weak
    guides only those whose colors are asked for."""
    if is_weak(guides):
        return sorted({part for one in guides if one.goal is not None for part in one.goal.parts})
    most = torch.zeros(len(start.names), device=start.slack.device)
    slack = start.slack[start.triangles].amax(1)
    most = most.scatter_reduce(0, start.part, slack, "amax")
    return [number for number, metres in enumerate(most.tolist()) if metres > 0]


def _inside(start: Start, canvas: Canvas, parts: Tensor, plan: Plan) -> Tensor:
    """(T, T) the texels that may change."""
    inside = torch.isin(canvas.texel_part, parts)
    if plan.part == "all":
        return inside
    region = start.region[start.triangles].mode(1).values.cpu().numpy()
    texels, _ = texel_parts(start.uvs.cpu().numpy(), region, canvas.texture.shape[1])
    return inside & (texels.to(inside.device) == REGIONS.index(plan.part))

# SPDX-License-Identifier: Apache-2.0
"""The loop, with a drawing of dots and priors whose wish is known."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import pytest
import torch
from torch import Generator, Tensor

from kinora.backend.clipart import optimise as loop
from kinora.backend.clipart.motion.losses import lengths_of
from kinora.shared.errors import InternalError

POINTS = torch.tensor([[100.0, 128.0], [128.0, 128.0], [156.0, 128.0], [184.0, 128.0]])
EDGES = torch.tensor([[0, 1], [1, 2], [2, 3]])


@dataclass(frozen=True)
class Strip:
    vertices: Tensor
    triangles: Tensor


@dataclass(frozen=True)
class Dots:
    """A round gray dot on each keypoint, over a strip of triangles."""

    points: Tensor = POINTS
    edges: Tensor = EDGES
    layers: tuple[Strip, ...] = (
        Strip(
            torch.cat([POINTS - torch.tensor([0.0, 9.0]), POINTS + torch.tensor([0.0, 9.0])]),
            torch.tensor([[0, 1, 4], [1, 5, 4], [1, 2, 5], [2, 6, 5], [2, 3, 6], [3, 7, 6]]),
        ),
    )

    def deform(self, tracks: Tensor) -> tuple[Tensor, ...]:
        offset = torch.tensor([0.0, 9.0])
        return (torch.cat([tracks - offset, tracks + offset], dim=1),)

    def render(self, tracks: Tensor, pixels: int) -> Tensor:
        centers = (torch.arange(pixels) + 0.5) * (256 / pixels)
        y, x = torch.meshgrid(centers, centers, indexing="ij")
        away = (tracks[:, :, :1, None] - x) ** 2 + (tracks[:, :, 1:, None] - y) ** 2
        ink = torch.exp(-away / (2 * 12.0**2)).sum(dim=1).clamp(max=1)
        return (1 - ink)[:, None].expand(-1, 3, -1, -1)


@dataclass
class Wish:
    """Knows the clip that it wants: the gradient of the squared distance."""

    wanted: Tensor
    pixels: int = 32
    name: str = "wish"
    is_augmented: bool = False
    asked: list[float] = field(default_factory=list)

    def step(
        self, frames: Tensor, playback: Tensor, progress: float, generator: Generator
    ) -> Tensor:
        self.asked.append(progress)
        off = 2 * (frames[playback] - self.wanted)
        return torch.zeros_like(frames).index_add(0, playback, off)

    def score(self, frames: Tensor, playback: Tensor) -> float:
        return -float((frames[playback] - self.wanted).square().sum())


def swing(frames: int = 24) -> Tensor:
    """The chain turns about its second point, 25 degrees to each side."""
    angle = torch.sin(torch.arange(frames) * (2 * math.pi / frames)) * math.radians(25)
    offset = POINTS - POINTS[1]
    turn = torch.stack(
        [torch.stack([angle.cos(), -angle.sin()], -1), torch.stack([angle.sin(), angle.cos()], -1)],
        dim=-2,
    )
    return POINTS[1] + torch.einsum("tij,kj->tki", turn, offset)


def still(frames: int = 24) -> Tensor:
    return POINTS.expand(frames, -1, -1)


PLAN = loop.Plan(steps=120, rate=1.0)


@pytest.mark.parametrize("model", ["joints", "waves"])
def test_goes_where_the_prior_wishes(model: str) -> None:
    figure = Dots()
    prior = Wish(figure.render(swing(), 32))
    before = float((still() - swing()).norm(dim=-1).mean())
    refined = loop.optimise(
        figure, still(), prior, replace(PLAN, model=model), lambda share, tracks: True
    )
    assert float((refined.tracks - swing()).norm(dim=-1).mean()) < 0.35 * before
    assert refined.scores[refined.kept] == max(refined.scores) > refined.scores[0]


def test_bones_keep_their_length_whatever_the_prior_wishes() -> None:
    figure = Dots()
    stretched = still() + torch.tensor([0.0, 0.0, 30.0, 60.0])[:, None] * torch.tensor([1.0, 0.0])
    prior = Wish(figure.render(stretched, 32))
    refined = loop.optimise(figure, still(), prior, PLAN, lambda share, tracks: True)
    found = lengths_of(refined.tracks, EDGES)
    assert (found - lengths_of(POINTS, EDGES)).abs().max() < 1e-3


def test_keeps_the_start_where_the_prior_likes_nothing_better() -> None:
    @dataclass
    class Fickle(Wish):
        def step(self, *asked: object) -> Tensor:
            return -Wish.step(self, *asked)  # type: ignore[arg-type]

    figure = Dots()
    prior = Fickle(figure.render(swing(), 32))
    refined = loop.optimise(figure, swing(), prior, PLAN, lambda share, tracks: True)
    assert refined.kept == 0
    assert (refined.tracks - swing()).abs().max() < 1e-3


def test_stops_when_told_and_keeps_what_there_is() -> None:
    figure = Dots()
    prior = Wish(figure.render(swing(), 32))
    told: list[float] = []

    def report(share: float, tracks: Tensor) -> bool:
        told.append(share)
        assert tracks.shape == (24, 4, 2)
        return share < 0.5

    refined = loop.optimise(figure, still(), prior, PLAN, report)
    assert told == sorted(told)
    assert told[-1] == 0.5
    assert len(prior.asked) == 60
    assert refined.kept == len(refined.scores) - 1


def test_the_published_loop_goes_to_and_fro_and_sees_six_frames() -> None:
    figure = Dots()
    seen: list[tuple[int, int]] = []

    @dataclass
    class Watching(Wish):
        def step(self, frames: Tensor, playback: Tensor, *others: object) -> Tensor:
            seen.append((len(frames), len(playback)))
            return Wish.step(self, frames, playback, *others)  # type: ignore[arg-type]

    prior = Watching(figure.render(swing(), 32), is_augmented=True)
    plan = replace(loop.PUBLISHED, steps=10)
    refined = loop.optimise(figure, still(), prior, plan, lambda share, tracks: True)
    assert set(seen) == {(6, 24)}
    assert torch.equal(refined.tracks[:12], refined.tracks[12:])
    assert torch.equal(refined.tracks[:6], refined.tracks[6:12].flip(0))


def test_a_prior_without_sense_is_told_of() -> None:
    figure = Dots()
    prior = Wish(torch.full((24, 3, 32, 32), math.nan))
    with pytest.raises(InternalError, match="no finite gradient"):
        loop.optimise(figure, still(), prior, replace(PLAN, steps=20), lambda share, tracks: True)


def test_the_rate_follows_the_published_schedule() -> None:
    wanted = {0: 0.10, 25: 0.42, 50: 0.67, 75: 0.81, 100: 0.83, 200: 0.69, 300: 0.58, 500: 0.40}
    for step, share in wanted.items():
        assert loop.rate_share(step, 500) == pytest.approx(share, abs=0.006)


def test_the_center_of_a_person_is_in_the_torso() -> None:
    from kinora.backend.clipart.drawing import PERSON, PERSON_EDGES

    center = loop.center_of(torch.tensor(PERSON_EDGES), len(PERSON))
    assert PERSON[center].endswith(("hip", "shoulder"))


def test_the_same_seed_gives_the_same_tracks() -> None:
    figure = Dots()
    plan = replace(PLAN, steps=12)
    found = [
        loop.optimise(
            figure,
            still(),
            Wish(figure.render(swing(), 32), is_augmented=True),
            plan,
            lambda share, tracks: True,
        ).tracks
        for _ in range(2)
    ]
    assert torch.equal(*found)

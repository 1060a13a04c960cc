# SPDX-License-Identifier: Apache-2.0
"""The embedded prior: what it makes of noise, how it pulls, what it prefers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn

from kinora.backend.clipart.motion.actions import Action
from kinora.backend.clipart.motion.physics import perform
from kinora.backend.clipart.prior.embedded import (
    WEIGHTS,
    EmbeddedPrior,
    Guidance,
    embedded_prior,
    load_network,
    read_network,
)
from kinora.backend.clipart.prior.network import (
    DEVIATION,
    FRAMES,
    PIXELS,
    Condition,
    ScoreNetwork,
    Sizes,
    denoised,
)
from kinora.backend.clipart.scenes.creatures import make
from kinora.backend.clipart.scenes.draw import Cast, draw, on_white, stack
from kinora.shared.errors import MissingWeightsError

PIN = Guidance(noise=(1.0, 1.0), scale=(1.0, 1.0), blur=(0.05, 0.05), jitter=0.0)
"""Noise of one loudness, nothing beyond what the caption says, no blur worth the name."""
WORDS = np.full(384, 384**-0.5, np.float32)


class Oracle(nn.Module):
    """Knows the clip (12, 3, 48, 48) that a caption means; without one all stands still."""

    def __init__(self, clip: Tensor) -> None:
        super().__init__()
        self.clip = nn.Parameter(clip, requires_grad=False)

    def forward(self, scaled: Tensor, loudness: Tensor, known: Condition) -> Tensor:
        loud = loudness.exp()[:, None, None, None, None]
        total = (loud**2 + DEVIATION**2).sqrt()
        told = known.words.square().sum(-1).gt(0)[:, None, None, None, None]
        rest = known.rest[:, None]
        meant = torch.where(told, self.clip, rest.expand_as(scaled))
        kept = scaled * total * (DEVIATION / total) ** 2
        return (meant - rest - kept) / (loud * DEVIATION / total)


def enlarged(frames: Tensor) -> Tensor:
    return frames.repeat_interleave(2, -1).repeat_interleave(2, -2)


def moving_square(step: int) -> Tensor:
    """(12, 3, 48, 48) a square that goes to the right and comes back."""
    clip = torch.ones(FRAMES, 3, PIXELS, PIXELS)
    for number in range(FRAMES):
        left = 12 + step * min(number, FRAMES - number)
        clip[number, :, 20:28, left : left + 8] = 0.2
    return clip


def test_an_untrained_network_gives_the_best_linear_guess() -> None:
    torch.manual_seed(0)
    network = ScoreNetwork(Sizes((8, 16, 16), 16))
    rest = torch.rand(2, 3, PIXELS, PIXELS)
    noisy = torch.rand(2, FRAMES, 3, PIXELS, PIXELS)
    noise = torch.tensor([0.1, 2.0])
    made = denoised(network, noisy, noise, Condition(rest, torch.zeros(2, 384), torch.zeros(2)))
    share = (DEVIATION**2 / (DEVIATION**2 + noise**2))[:, None, None, None, None]
    torch.testing.assert_close(made, rest[:, None] + share * (noisy - rest[:, None]))


def test_the_pull_leads_to_the_clip_that_is_meant() -> None:
    target = moving_square(2)
    prior = EmbeddedPrior(Oracle(target), enlarged(target[:1])[0], WORDS, guidance=PIN)  # type: ignore[arg-type]
    frames = enlarged(target[:1]).repeat(FRAMES, 1, 1, 1)
    random = Generator().manual_seed(0)
    for _ in range(3):
        frames = frames - 4 * prior.step(frames, torch.arange(FRAMES), 0.5, random)
    torch.testing.assert_close(frames, enlarged(target), atol=1e-3, rtol=0)


def test_frames_shown_twice_are_pulled_twice() -> None:
    target = moving_square(1)
    prior = EmbeddedPrior(Oracle(target), enlarged(target[:1])[0], WORDS, guidance=PIN)  # type: ignore[arg-type]
    half = FRAMES // 2
    frames = enlarged(target[:1]).repeat(half, 1, 1, 1)
    playback = torch.cat([torch.arange(half), torch.arange(half).flip(0)])
    pull = prior.step(frames, playback, 0.0, Generator().manual_seed(0))
    for number in range(half):
        wanted = 2 * target[0] - target[number] - target[FRAMES - 1 - number]
        torch.testing.assert_close(4 * pull[number], enlarged(wanted[None])[0], atol=1e-3, rtol=0)


def test_of_a_longer_clip_every_frame_is_pulled_in_time() -> None:
    target = moving_square(1)
    prior = EmbeddedPrior(Oracle(target), enlarged(target[:1])[0], WORDS, guidance=PIN)  # type: ignore[arg-type]
    frames = enlarged(target[:1]).repeat(2 * FRAMES, 1, 1, 1)
    random = Generator().manual_seed(3)
    moved = torch.zeros(2 * FRAMES)
    for _ in range(16):
        pull = prior.step(frames, torch.arange(2 * FRAMES), 0.5, random)
        moved += pull.abs().sum((1, 2, 3))
        is_pulled = pull.abs().sum((1, 2, 3)) > 0
        assert not (is_pulled[::2].any() and is_pulled[1::2].any())
    assert (moved[1:] > 0).sum() >= 2 * FRAMES - 3


def test_the_clip_that_is_meant_scores_above_stillness() -> None:
    target = moving_square(2)
    prior = EmbeddedPrior(Oracle(target), enlarged(target[:1])[0], WORDS)  # type: ignore[arg-type]
    still = enlarged(target[:1]).repeat(FRAMES, 1, 1, 1)
    order = torch.arange(FRAMES)
    best = prior.score(enlarged(target), order)
    assert best > 0 > prior.score(still, order)
    assert prior.score(enlarged(target), order) == best


def test_weights_that_are_none_are_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "weights.safetensors"
    file.write_bytes(b"nothing")
    with pytest.raises(MissingWeightsError):
        read_network(file, torch.device("cpu"))


def test_the_shipped_weights_are_small() -> None:
    count = sum(value.numel() for value in load_network().parameters())
    assert count <= 2_000_000
    assert WEIGHTS.stat().st_size <= 4_000_000


def test_a_fish_that_does_what_the_caption_says_is_preferred() -> None:
    rng = np.random.default_rng(41)
    fish = make("fish", rng)
    points = fish.points.astype(np.float64)
    cast = stack([fish])
    rest = shown(cast, points[None])[0]
    order = torch.arange(24)
    clips = {
        verb: shown(cast, perform(points, fish.edges, fish.anatomy, [Action(verb)], 24, rng))
        for verb in ("swim", "jump")
    }
    still = shown(cast, np.repeat(points[None], 24, 0))
    for caption, right, wrong in (
        ("a fish is swimming", "swim", "jump"),
        ("a tuna which is making a big leap", "jump", "swim"),
    ):
        prior = embedded_prior(caption, rest, "cpu")
        best = prior.score(clips[right], order)
        assert best > 0
        assert best > prior.score(clips[wrong], order) > prior.score(still, order)


def shown(cast: Cast, tracks: NDArray[np.float64]) -> Tensor:
    """(T, 3, 96, 96)"""
    return on_white(draw(cast, torch.from_numpy(tracks).float()[None], 96))[0]

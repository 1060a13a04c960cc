# SPDX-License-Identifier: Apache-2.0
"""Score distillation and its exact savings (tests 7, 8 and 9 of the specification)."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from torch import Generator, Tensor, nn

from kinora.backend.clipart.prior import sds
from kinora.backend.clipart.prior.diffusion import (
    DiffusionPrior,
    Parts,
    Profile,
    with_plane_convolutions,
)
from kinora.backend.clipart.prior.latents import (
    frames_gradient,
    latents_of,
    moments_of,
    pulled_back,
)

KEPT = torch.linspace(0.999, 0.005, 1000)
FORTH = torch.arange(6)
TO_AND_FRO = torch.cat([FORTH, FORTH.flip(0)]).repeat(2)


def encoder() -> nn.Module:
    """Frames to the moments of two channels, a fourth as large, with norms over whole frames."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, 2, 1), nn.GroupNorm(2, 8), nn.SiLU(), nn.Conv2d(8, 4, 3, 2, 1)
    ).requires_grad_(False)


def stub(noisy: Tensor, level: Tensor) -> tuple[Tensor, Tensor]:
    return 0.3 * noisy + level / 1000, torch.sin(noisy)


def seen_by(generator: Generator, shape: tuple[int, ...]) -> tuple[int, Tensor]:
    """The level and the noise that the next step draws."""
    twin = Generator()
    twin.set_state(generator.get_state())
    level = sds.PUBLISHED.draw_level(0.0, 1000, twin)
    return int(level), torch.randn(shape, generator=twin)


def test_the_gradient_is_w_times_guided_less_drawn_noise() -> None:
    latents = torch.randn(1, 2, 5, 4, 4, generator=Generator().manual_seed(1))
    generator = Generator().manual_seed(2)
    level, drawn = seen_by(generator, latents.shape)
    found = sds.sds_gradient(latents, stub, sds.Noise(KEPT), sds.PUBLISHED, 0.0, generator)
    signal = KEPT[level]
    noisy = signal.sqrt() * latents + (1 - signal).sqrt() * drawn
    plain, told = 0.3 * noisy + level / 1000, torch.sin(noisy)
    wanted = (1 - signal) * (plain + 50 * (told - plain) - drawn)
    assert torch.allclose(found, wanted, atol=1e-5)


def test_a_network_that_knows_the_noise_pulls_at_nothing() -> None:
    """Whether it is trained to give the noise or the velocity."""
    latents = torch.randn(1, 2, 3, 4, 4, generator=Generator().manual_seed(1))
    for prediction in ("epsilon", "v_prediction"):

        def sees(noisy: Tensor, level: Tensor, what: str = prediction) -> tuple[Tensor, Tensor]:
            signal = KEPT[level]
            noise = (noisy - signal.sqrt() * latents) / (1 - signal).sqrt()
            velocity = signal.sqrt() * noise - (1 - signal).sqrt() * latents
            answer = noise if what == "epsilon" else velocity
            return answer, answer

        noise = sds.Noise(KEPT, prediction)  # type: ignore[arg-type]
        found = sds.sds_gradient(latents, sees, noise, sds.PUBLISHED, 0.0, Generator())
        assert found.abs().max() < 1e-3


def test_published_levels_are_50_to_948() -> None:
    generator = Generator().manual_seed(0)
    levels = {int(sds.PUBLISHED.draw_level(0.5, 1000, generator)) for _ in range(20000)}
    assert (min(levels), max(levels), len(levels)) == (50, 948, 899)


def test_annealing_ends_at_lower_noise_and_less_guidance() -> None:
    generator = Generator().manual_seed(0)
    late = [int(sds.ANNEALED.draw_level(1.0, 1000, generator)) for _ in range(2000)]
    assert max(late) <= 600
    assert sds.ANNEALED.scale_at(0.0) == 50
    assert sds.ANNEALED.scale_at(1.0) == 20


def test_chunks_give_the_gradient_of_all_at_once() -> None:
    encode = encoder()
    frames = torch.rand(6, 3, 32, 32, generator=Generator().manual_seed(3), requires_grad=True)
    moments = encode(frames)
    wanted = torch.randn(moments.shape, generator=Generator().manual_seed(4))
    (whole,) = torch.autograd.grad(moments, frames, wanted)
    for chunk in (1, 4, 6):
        found = frames_gradient(pulled_back(encode), frames.detach(), wanted, chunk)
        assert (found - whole).norm() / whole.norm() < 1e-5


def test_gradients_beyond_half_precision_come_through() -> None:
    half = encoder().to(torch.bfloat16)
    frames = torch.rand(2, 3, 32, 32, generator=Generator().manual_seed(3)).to(torch.bfloat16)
    wanted = torch.randn(2, 4, 8, 8, generator=Generator().manual_seed(4))
    plain = frames_gradient(pulled_back(half), frames, wanted, 1)
    for size in (1e-12, 1e30):
        found = frames_gradient(pulled_back(half), frames, size * wanted, 1)
        assert torch.allclose(found / size, plain, rtol=1e-2, atol=1e-6)


@pytest.mark.parametrize("is_drawn", [False, True])
def test_encoding_distinct_frames_is_encoding_all(is_drawn: bool) -> None:
    encode = encoder()
    frames = torch.rand(6, 3, 32, 32, generator=Generator().manual_seed(5), requires_grad=True)
    noise = torch.randn(24, 2, 8, 8, generator=Generator().manual_seed(6)) if is_drawn else None
    everything = torch.arange(24)
    whole = latents_of(encode(frames[TO_AND_FRO]), everything, noise, 0.18)
    wanted = torch.randn(whole.shape, generator=Generator().manual_seed(7))
    (slow,) = torch.autograd.grad(whole, frames, wanted)
    moments = moments_of(encode, frames.detach(), 4).requires_grad_()
    latents = latents_of(moments, TO_AND_FRO, noise, 0.18)
    (back,) = torch.autograd.grad(latents, moments, wanted)
    quick = frames_gradient(pulled_back(encode), frames.detach(), back, 4)
    assert (latents - whole).abs().max() < 1e-5
    assert (quick - slow).norm() / slow.norm() < 1e-4


class Counting:
    """Parts whose network looks at neighbouring frames; counts what is asked of it."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.network = nn.Conv3d(2, 2, (3, 1, 1), padding=(1, 0, 0)).requires_grad_(False)
        self.asked: Counter[str] = Counter()
        self._encode = encoder()

    def predict(self, noisy: Tensor, level: Tensor, texts: Tensor) -> Tensor:
        self.asked[f"clips of {noisy.shape[2]}"] += len(noisy)
        return self.network(noisy) * texts.mean(dim=(1, 2))[:, None, None, None, None]

    def encode(self, frames: Tensor) -> Tensor:
        self.asked["frames"] += len(frames)
        return self._encode(frames)

    def parts(self, **others: int) -> Parts:
        texts = torch.tensor([0.0, 1.0])[:, None, None].expand(2, 7, 3)
        return Parts("counting", self.predict, self.encode, texts, sds.Noise(KEPT), 0.18, **others)


def step_of(profile: Profile, frames: Tensor, playback: Tensor) -> tuple[Tensor, Counter[str]]:
    counting = Counting()
    prior = DiffusionPrior(counting.parts(pixels=32), profile)
    return prior.step(frames, playback, 0.0, Generator().manual_seed(1)), counting.asked


def test_profiles_change_memory_and_not_the_gradient() -> None:
    frames = torch.rand(6, 3, 32, 32, generator=Generator().manual_seed(8))
    plain, asked = step_of(Profile(), frames, TO_AND_FRO)
    low, _ = step_of(Profile(chunk=1, is_sequential=True), frames, TO_AND_FRO)
    assert plain.norm() > 0
    assert (plain - low).norm() / plain.norm() < 1e-4
    assert asked == {"frames": 12, "clips of 24": 2}


def test_repeated_frames_get_the_sum_of_what_their_repetitions_would() -> None:
    frames = torch.rand(6, 3, 32, 32, generator=Generator().manual_seed(8))
    distinct, _ = step_of(Profile(), frames, TO_AND_FRO)
    every, _ = step_of(Profile(), frames[TO_AND_FRO], torch.arange(24))
    summed = torch.zeros_like(frames).index_add(0, TO_AND_FRO, every)
    assert (distinct - summed).norm() / summed.norm() < 1e-4


def test_a_long_clip_is_shown_in_strides_that_reach_all_of_it() -> None:
    counting = Counting()
    prior = DiffusionPrior(counting.parts(pixels=32, longest=8))
    frames = torch.rand(20, 3, 32, 32, generator=Generator().manual_seed(9))
    generator = Generator().manual_seed(0)
    reached = torch.zeros(20, dtype=torch.bool)
    for _ in range(20):
        step = prior.step(frames, torch.arange(20), 0.0, generator)
        reached |= step.flatten(1).any(dim=1)
    assert reached.all()
    assert set(counting.asked) <= {"frames", "clips of 7", "clips of 6"}


def test_scores_are_the_same_twice_and_higher_for_what_the_caption_explains() -> None:
    class Knowing(Counting):
        """Told the caption, it expects black latents; else nothing."""

        def predict(self, noisy: Tensor, level: Tensor, texts: Tensor) -> Tensor:
            signal = KEPT[level][:, None, None, None, None]
            is_told = texts.mean(dim=(1, 2))[:, None, None, None, None]
            return is_told * noisy / (1 - signal).sqrt()

        def encode(self, frames: Tensor) -> Tensor:
            mean = nn.functional.avg_pool2d(frames + 1, 4)[:, :2]
            return torch.cat([mean, torch.full_like(mean, -30.0)], dim=1)

    prior = DiffusionPrior(Knowing().parts(pixels=32))
    black, white = torch.zeros(4, 3, 32, 32), torch.ones(4, 3, 32, 32)
    order = torch.arange(4)
    assert prior.score(black, order) == prior.score(black, order)
    assert prior.score(black, order) > prior.score(white, order)


def test_convolutions_over_frames_are_the_same_in_a_plane() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv3d(4, 6, (3, 1, 1), padding=(1, 0, 0)), nn.Conv3d(6, 4, 3, padding=1)
    )
    clip = torch.randn(2, 5, 4, 6, 7).permute(0, 2, 1, 3, 4)
    wanted = network(clip)
    changed = with_plane_convolutions(network)
    assert sum(isinstance(module, nn.Conv3d) for module in changed.modules()) == 1
    assert torch.allclose(changed(clip), wanted, atol=1e-5)

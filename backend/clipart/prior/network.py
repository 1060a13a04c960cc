# SPDX-License-Identifier: Apache-2.0
"""The score network: what a noised clip of a known drawing was before the noise, by a caption."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

FRAMES = 12
"""Frames of a clip; they close a loop."""
PIXELS = 48
WORDS = 384
"""Numbers of a sentence's vector."""
DEVIATION = 0.1
"""Of a clip's pixels (0..1) from the still drawing, about; what the network scales by."""
QUIETEST, LOUDEST = 0.05, 6.0
"""Standard deviations of noise that it knows, in pixels' values."""
GROUPS = 8
HARMONICS = 3
HEADS = 4


@dataclass(frozen=True)
class Sizes:
    """Channels at 24, 12 and 6 pixels, and of what steers every block."""

    widths: tuple[int, int, int] = (48, 96, 144)
    steering: int = 160


@dataclass(frozen=True, eq=False)
class Condition:
    """What is known of N clips.

    `rest` (N, 3, 48, 48) is the still drawing; `words` (N, 384) the caption's vector, zeros where
    there is none; `phase` (N,) turns by which the loop's first frame is ahead of the action's
    beginning, NaN where nobody knows.
    """

    rest: Tensor
    words: Tensor
    phase: Tensor


class ScoreNetwork(nn.Module):
    """A factorised space-time U-Net: convolutions see one frame, a quarter of the channels coming
    from the frame before and one from the frame after; the coarsest level attends to all."""

    def __init__(self, sizes: Sizes | None = None) -> None:
        super().__init__()
        self.sizes = sizes or Sizes()
        fine, middle, coarse = self.sizes.widths
        steering = self.sizes.steering
        self.noise = nn.Linear(2 * GROUPS, steering)
        self.clock = nn.Linear(2 * HARMONICS + 1, steering)
        self.words = nn.Sequential(
            nn.Linear(WORDS, steering), nn.SiLU(), nn.Linear(steering, steering)
        )
        self.steer = nn.Sequential(nn.SiLU(), nn.Linear(steering, steering), nn.SiLU())
        self.enter = nn.Conv2d(2 * 3 * 4, fine, 3, padding=1)
        self.down_fine = Block(fine, fine, steering)
        self.to_middle = nn.Conv2d(fine, middle, 2, stride=2)
        self.down_middle = Block(middle, middle, steering)
        self.to_coarse = nn.Conv2d(middle, coarse, 2, stride=2)
        self.down_coarse = Block(coarse, coarse, steering)
        self.attend = Attention(coarse, (PIXELS // 8) ** 2)
        self.up_coarse = Block(coarse, coarse, steering)
        self.attend_again = Attention(coarse, (PIXELS // 8) ** 2)
        self.from_coarse = nn.Conv2d(coarse, middle, 1)
        self.up_middle = Block(2 * middle, middle, steering)
        self.from_middle = nn.Conv2d(middle, fine, 1)
        self.up_fine = Block(2 * fine, fine, steering)
        self.norm = Norm(GROUPS, fine)
        self.leave = nn.Conv2d(fine, 3 * 4, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.get_parameter("bias"))

    def forward(self, scaled: Tensor, loudness: Tensor, known: Condition) -> Tensor:
        """(N, 12, 3, 48, 48) of clips of that shape, with `loudness` (N,) the noise's logarithm."""
        count = len(scaled)
        steering = self._steering(loudness, known)
        rest = functional.pixel_unshuffle(2 * known.rest - 1, 2)
        rest = rest[:, None].expand(-1, FRAMES, -1, -1, -1).flatten(0, 1)
        seen = functional.pixel_unshuffle(scaled.flatten(0, 1), 2)
        states = self.enter(torch.cat([seen, rest], 1))
        fine = self.down_fine(states, steering)
        middle = self.down_middle(self.to_middle(fine), steering)
        states = self.down_coarse(self.to_coarse(middle), steering)
        states = self.attend(states)
        states = self.attend_again(self.up_coarse(states, steering))
        states = torch.cat([_double(self.from_coarse(states)), middle], 1)
        states = self.up_middle(states, steering)
        states = torch.cat([_double(self.from_middle(states)), fine], 1)
        states = functional.silu(self.norm(self.up_fine(states, steering)))
        given = functional.pixel_shuffle(self.leave(states), 2)
        return given.view(count, FRAMES, *given.shape[1:])

    def _steering(self, loudness: Tensor, known: Condition) -> Tensor:
        """(N * 12, steering)"""
        rates = torch.arange(1, GROUPS + 1, device=loudness.device) * 0.5
        angles = loudness[:, None] * rates
        noise = self.noise(torch.cat([angles.cos(), angles.sin()], -1))
        is_known = known.phase.isfinite()
        frames = torch.arange(FRAMES, device=loudness.device) / FRAMES
        turns = 2 * torch.pi * (frames + known.phase.nan_to_num()[:, None])
        harmonics = turns[..., None] * torch.arange(1, HARMONICS + 1, device=loudness.device)
        clock = torch.cat([harmonics.cos(), harmonics.sin()], -1) * is_known[:, None, None]
        flag = is_known[:, None, None].expand(-1, FRAMES, 1)
        clock = self.clock(torch.cat([clock, flag.to(clock)], -1))
        whole = noise + self.words(known.words)
        steering: Tensor = self.steer(whole[:, None] + clock)
        return steering.flatten(0, 1)


class Norm(nn.GroupNorm):
    """Stays in half precision where training does: autocast would double what is moved."""

    def forward(self, states: Tensor) -> Tensor:
        with torch.autocast(states.device.type, enabled=False):
            weight, bias = self.weight.to(states.dtype), self.bias.to(states.dtype)
            return functional.group_norm(states, self.num_groups, weight, bias, self.eps)


class Block(nn.Module):
    """Two convolutions, steered between, beside a way round them."""

    def __init__(self, taken: int, given: int, steering: int) -> None:
        super().__init__()
        self.before = Norm(GROUPS, taken)
        self.first = nn.Conv2d(taken, given, 3, padding=1)
        self.between = Norm(GROUPS, given)
        self.steer = nn.Linear(steering, 2 * given)
        self.second = nn.Conv2d(given, given, 3, padding=1)
        self.round = nn.Conv2d(taken, given, 1) if taken != given else nn.Identity()
        nn.init.zeros_(self.second.weight)

    def forward(self, states: Tensor, steering: Tensor) -> Tensor:
        """(N * 12, given, h, w) of states (N * 12, taken, h, w)."""
        gain, shift = self.steer(steering)[..., None, None].chunk(2, 1)
        inner = self.first(_pass_on(functional.silu(self.before(states))))
        inner = functional.silu(torch.addcmul(shift, self.between(inner), 1 + gain))
        given: Tensor = self.round(states) + self.second(_pass_on(inner))
        return given


class Attention(nn.Module):
    """Every place of every frame attends to all places of all frames."""

    def __init__(self, width: int, places: int) -> None:
        super().__init__()
        self.norm = Norm(GROUPS, width)
        self.place = nn.Parameter(torch.zeros(places, width))
        self.frame = nn.Parameter(torch.zeros(FRAMES, width))
        self.ask = nn.Linear(width, 3 * width)
        self.give = nn.Linear(width, width)
        nn.init.zeros_(self.give.weight)
        nn.init.zeros_(self.give.bias)

    def forward(self, states: Tensor) -> Tensor:
        """(N * 12, width, h, w)"""
        tokens = self.norm(states).flatten(2).mT
        tokens = tokens.reshape(-1, FRAMES, *tokens.shape[1:])
        tokens = (tokens + self.place + self.frame[:, None]).flatten(1, 2)
        query, key, value = (
            part.view(*part.shape[:2], HEADS, -1).transpose(1, 2)
            for part in self.ask(tokens).chunk(3, -1)
        )
        mixed = functional.scaled_dot_product_attention(query, key, value)
        given: Tensor = self.give(mixed.transpose(1, 2).flatten(2))
        return states + given.view(len(states), -1, states.shape[1]).mT.reshape(states.shape)


def _pass_on(states: Tensor) -> Tensor:
    """A quarter of the channels from the frame before, one from the next; the loop is closed."""
    quarter, half = states.shape[1] // 4, states.shape[1] // 2
    clip = states.view(-1, FRAMES, *states.shape[1:])
    before, after, here = clip[:, :, :quarter], clip[:, :, quarter:half], clip[:, :, half:]
    return torch.cat([before.roll(1, 1), after.roll(-1, 1), here], 2).flatten(0, 1)


def _double(states: Tensor) -> Tensor:
    return functional.interpolate(states, scale_factor=2.0, mode="nearest")


def denoised(network: nn.Module, noisy: Tensor, noise: Tensor, known: Condition) -> Tensor:
    """What clips (N, 12, 3, 48, 48), in 0..1 but for noise of deviation `noise` (N,), were.

    The network is asked for what the noise hides of the difference from the still drawing, scaled
    so that it takes and gives numbers near 1 whatever the noise (Karras et al. 2022, table 1).
    """
    loud = noise[:, None, None, None, None]
    total = (loud**2 + DEVIATION**2).sqrt()
    still = known.rest[:, None]
    difference = noisy - still
    told = network(difference / total, noise.log(), known)
    kept = difference * (DEVIATION / total) ** 2
    given: Tensor = still + kept + told.float() * (loud * DEVIATION / total)
    return given

# SPDX-License-Identifier: Apache-2.0
"""Clips in the device's memory: batches are drawn while newer clips replace the oldest."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .network import FRAMES, PIXELS, Condition

CHOICES = 4
"""Sentences of a clip."""
WORDLESS = 0.12
"""Share of clips shown without their caption, for guidance."""
CLOCKLESS = 0.4
"""Share of clips of whose phase nothing is told."""
PALEST = 0.45


@dataclass(frozen=True)
class Clips:
    """N clips as they come from the renderer.

    `clips` (N, 12, 3, 48, 48) and `rests` (N, 3, 48, 48) uint8; `captions` (N, 4) rows of the
    table of vectors; `phases` (N,) turns that the first frame is into the loop.
    """

    clips: Tensor
    rests: Tensor
    captions: Tensor
    phases: Tensor


class Pool:
    """Holds up to `room` clips; `words` (M, 384) are the vectors of all captions."""

    def __init__(self, room: int, words: Tensor) -> None:
        device = words.device
        self.words = words
        shape = (3, PIXELS, PIXELS)
        self._clips = torch.zeros((room, FRAMES, *shape), dtype=torch.uint8, device=device)
        self._rests = torch.zeros((room, *shape), dtype=torch.uint8, device=device)
        self._captions = torch.zeros((room, CHOICES), dtype=torch.long, device=device)
        self._phases = torch.zeros(room, device=device)
        self._held = torch.zeros((), device=device)
        """On the device, so that a recorded step sees the pool grow."""
        self.seen = 0
        """Clips that came in so far."""

    def add(self, new: Clips) -> None:
        count, room = len(new.clips), len(self._clips)
        places = torch.arange(self.seen, self.seen + count, device=self.words.device) % room
        self._clips[places] = new.clips
        self._rests[places] = new.rests
        self._captions[places] = new.captions
        self._phases[places] = new.phases
        self.seen += count
        self._held.fill_(min(self.seen, room))

    def draw(self, count: int) -> tuple[Tensor, Condition]:
        """Clips (count, 12, 3, 48, 48) in 0..1 in other colors, mirrored, begun elsewhere in their
        loop, and what is told of them."""
        device = self.words.device
        which = (torch.rand(count, device=device) * self._held).long()
        begin = torch.randint(FRAMES, (count, 1), device=device)
        frames = (begin + torch.arange(FRAMES, device=device)) % FRAMES
        clips = self._clips[which[:, None], frames]
        seen = torch.cat([clips, self._rests[which, None]], 1).float() / 255
        seen = _recolored(_mirrored(seen))
        choice = torch.randint(CHOICES, (count,), device=device)
        words = self.words[self._captions[which, choice]].float()
        is_told = torch.rand((count, 1), device=device) > WORDLESS
        phase = self._phases[which] + begin[:, 0] / FRAMES
        is_clocked = torch.rand(count, device=device) > CLOCKLESS
        phase = torch.where(is_clocked, phase, torch.nan)
        return seen[:, :FRAMES], Condition(seen[:, FRAMES], words * is_told, phase)


def _mirrored(seen: Tensor) -> Tensor:
    """Half of the clips, left to right."""
    is_turned = torch.rand((len(seen), 1, 1, 1, 1), device=seen.device) < 0.5
    return torch.where(is_turned, seen.flip(-1), seen)


def _recolored(seen: Tensor) -> Tensor:
    """The channels of a clip change places, and its ink gets paler or its tones darker; white
    stays white."""
    count = len(seen)
    order = torch.rand((count, 3), device=seen.device).argsort(1)
    order = order[:, None, :, None, None].expand_as(seen)
    shape = (count, 1, 3, 1, 1)
    strength = PALEST + (1 - PALEST) * torch.rand(shape, device=seen.device)
    gamma = 0.7 + 0.8 * torch.rand(shape, device=seen.device)
    is_pale = torch.rand((count, 1, 1, 1, 1), device=seen.device) < 0.5
    inked = 1 - (1 - seen.gather(2, order).clamp(1e-3, 1) ** gamma) * strength
    return torch.where(is_pale, inked, seen.gather(2, order))

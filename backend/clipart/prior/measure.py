# SPDX-License-Identifier: Apache-2.0
"""What the embedded prior is worth on creatures and sentences kept from training.

`python -m kinora.backend.clipart.prior.measure --weights FILE --captions FILE`
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Generator, Tensor

from ..scenes.draw import Cast, on_white, paint, placed
from .captions import Captions, Meaning, read_captions
from .embedded import LEVELS, Guidance, read_network, wanted_change
from .lessons import SHEET, Performance, Repertoire, drawn, performance, sheet
from .network import FRAMES, PIXELS, Condition, ScoreNetwork, denoised

SEED = 20_000_003
"""Of creatures that no training draws."""
WRONG = 7
"""Other things that a creature could do, to choose among."""
CROWD = 24
"""Creatures that are pulled at once."""
STEPS = 80
RATE = 1.5
STIFF = 0.5


@dataclass(frozen=True)
class Shown:
    """N performances on a device: `clips` (N, 12, 3, 48, 48) and `rests` (N, 3, 48, 48) in 0..1;
    `tracks` (N, 13, K, 2), at rest last; `phases` (N,)."""

    shows: list[Performance]
    cast: Cast
    clips: Tensor
    rests: Tensor
    tracks: Tensor
    phases: Tensor


def shown(captions: Captions, count: int, device: torch.device, seed: int = SEED) -> Shown:
    """Random creatures, each doing one thing in no special manner."""
    rng = np.random.default_rng(seed)
    asked = {meaning: rows for meaning, rows in captions.held_out.items() if _is_plain(meaning)}
    repertoire = Repertoire(asked)
    shows: list[Performance] = []
    while len(shows) < count:
        show = performance(repertoire, rng)
        if np.ptp(show.tracks, axis=0).max() > 1:
            shows.append(show)
    made = sheet(shows, asked, rng)
    clips = drawn(made, device)
    return Shown(
        shows,
        made.cast.to(device),
        clips.clips.float() / 255,
        clips.rests.float() / 255,
        made.tracks.to(device),
        clips.phases,
    )


def _is_plain(meaning: Meaning) -> bool:
    return len(meaning.deeds) == 1 and not meaning.manner


def choosing(
    network: ScoreNetwork, seen: Shown, captions: Captions, is_held_out: bool, has_clock: bool
) -> float:
    """How often the sentence that a clip is denoised best by is the right one among eight."""
    rng = np.random.default_rng(1)
    asked = captions.held_out if is_held_out else captions.learnt
    repertoire = Repertoire({meaning: () for meaning in asked if _is_plain(meaning)})
    device = seen.clips.device
    right = 0
    for number, show in enumerate(seen.shows):
        others = [one for one in repertoire.able(show.creature.anatomy) if one != show.meaning]
        rng.shuffle(others)
        choices = [show.meaning, *others[:WRONG]]
        rows = [int(rng.choice(asked[meaning])) for meaning in choices]
        words = torch.from_numpy(captions.vectors[rows]).to(device)
        phase = seen.phases[number] if has_clock else torch.tensor(math.nan, device=device)
        errors = clip_errors(network, seen.clips[number], seen.rests[number], words, phase)
        right += int(errors.argmin()) == 0
    return right / len(seen.shows)


@torch.no_grad()
def clip_errors(
    network: ScoreNetwork, clip: Tensor, rest: Tensor, words: Tensor, phase: Tensor
) -> Tensor:
    """(C,) how badly one clip is denoised by each of C sentences, with the same noise."""
    random = torch.Generator(clip.device).manual_seed(0)
    levels = torch.tensor(LEVELS, device=clip.device)
    hidden = torch.randn((len(levels), *clip.shape), generator=random, device=clip.device)
    noisy = clip + levels[:, None, None, None, None] * hidden
    count = len(levels) * len(words)
    known = Condition(
        rest.expand(count, -1, -1, -1), words.repeat(len(levels), 1), phase.expand(count)
    )
    seen = denoised(
        network, noisy.repeat_interleave(len(words), 0), levels.repeat_interleave(len(words)), known
    )
    errors = (seen - clip).square().mean((1, 2, 3, 4)).view(len(levels), len(words))
    return errors.log().sum(0)


def pulled(network: ScoreNetwork, seen: Shown, words: Tensor, guidance: Guidance) -> Tensor:
    """Tracks (N, 12, K, 2) that the prior draws creatures to that stood still, whose sentences
    have the vectors `words` (N, 384)."""
    rest = seen.tracks[:, -1:]
    tracks = rest.repeat(1, FRAMES, 1, 1).requires_grad_()
    gaps = (rest[:, :, :, None] - rest[:, :, None]).norm(dim=-1)
    near = torch.exp(-((gaps / 40) ** 2)) * (gaps > 0)
    optimizer = torch.optim.Adam([tracks], lr=RATE, betas=(0.9, 0.9))
    known = Condition(seen.rests, words, seen.phases)
    random = Generator().manual_seed(0)
    for step in range(STEPS):
        progress = step / STEPS
        optimizer.param_groups[0]["lr"] = RATE * (1 - 0.8 * progress)
        frames = on_white(paint(seen.cast, placed(seen.cast, tracks), PIXELS))
        pull = wanted_change(network, frames.detach(), known, guidance, progress, random)
        (gradient,) = torch.autograd.grad(frames, tracks, pull)
        size = gradient.norm(dim=-1).mean((1, 2), keepdim=True)[..., None]
        lengths = (tracks[:, :, :, None] - tracks[:, :, None] + 1e-6).norm(dim=-1)
        stretched = ((lengths - gaps).square() * near).sum()
        (held,) = torch.autograd.grad(stretched, tracks)
        jerk = 2 * tracks.detach() - tracks.detach().roll(1, 1) - tracks.detach().roll(-1, 1)
        tracks.grad = gradient / (size + 1e-12) + 0.05 * STIFF * held + 0.05 * jerk
        optimizer.step()
    return tracks.detach()


def agreement(found: Tensor, seen: Shown) -> Tensor:
    """(N,) the cosine between how keypoints moved and how they truly did, over all frames."""
    moved, true = (one - seen.tracks[:, -1:] for one in (found, seen.tracks[:, :FRAMES]))
    cosine: Tensor = (moved * true).sum((1, 2, 3)) / (_length(moved) * _length(true) + 1e-6)
    return cosine


def wandering(seen: Shown) -> Tensor:
    """Tracks (N, 12, K, 2) that move by chance, smoothly and in closed loops, as far as the true
    ones do."""
    random = Generator().manual_seed(0)
    rest = seen.tracks[:, -1:]
    drawn_moves = torch.randn((2, *rest.shape), generator=random).to(rest)
    turns = 2 * torch.pi * torch.arange(FRAMES, device=rest.device) / FRAMES
    angle = turns[None, :, None, None]
    moved = drawn_moves[0] * angle.cos() + drawn_moves[1] * angle.sin()
    share = _length(seen.tracks[:, :FRAMES] - rest) / _length(moved)
    return rest + moved * share[:, None, None, None]


def _length(moves: Tensor) -> Tensor:
    """(N,) of moves (N, 12, K, 2) as one vector each."""
    length: Tensor = torch.linalg.vector_norm(moves, dim=(1, 2, 3))
    return length


def report(network: ScoreNetwork, captions: Captions, device: torch.device) -> Iterator[str]:
    """The measures, line by line as they are done."""
    on_gpu = device.type == "cuda"
    seen = shown(captions, SHEET if on_gpu else 12, device)
    yield f"creatures {len(seen.shows)}; chance {1 / (WRONG + 1):.2f}"
    for is_held_out in (False, True):
        for has_clock in (True, False):
            share = choosing(network, seen, captions, is_held_out, has_clock)
            yield (
                f"right sentence of {WRONG + 1}: {share:.2f}"
                f" ({'held-out' if is_held_out else 'learnt'} words,"
                f" phase {'known' if has_clock else 'unknown'})"
            )
    crowd = shown(captions, CROWD if on_gpu else 4, device, SEED + 1)
    rng = np.random.default_rng(2)
    rows = [int(rng.choice(captions.held_out[show.meaning])) for show in crowd.shows]
    words = torch.from_numpy(captions.vectors[rows]).to(device)
    variants = {
        "right sentence": (words, Guidance()),
        "another creature's sentence": (words.roll(1, 0), Guidance()),
        "no sentence": (torch.zeros_like(words), Guidance()),
        "no guidance": (words, replace(Guidance(), scale=(1.0, 1.0))),
    }
    for name, asked in variants.items():
        yield _told(name, pulled(network, crowd, *asked), crowd)
    yield _told("chance movement", wandering(crowd), crowd)
    yield _told("the truth", crowd.tracks[:, :FRAMES], crowd)


def _told(name: str, tracks: Tensor, crowd: Shown) -> str:
    cosine = agreement(tracks, crowd)
    moved = (tracks - crowd.tracks[:, -1:]).norm(dim=-1).mean()
    return (
        f"pulled from rest, {name}: cosine {cosine.mean():.2f} (median {cosine.median():.2f},"
        f" above 0.2: {(cosine > 0.2).float().mean():.2f}), moved {moved:.1f} units"
    )


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--captions", type=Path, required=True)
    asked = parser.parse_args(arguments)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = read_network(asked.weights, device)
    for line in report(network, read_captions(asked.captions), device):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])

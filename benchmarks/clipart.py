# SPDX-License-Identifier: Apache-2.0
"""What clips of drawings are worth: how far they move, close, hold together, and can be told.

    python benchmarks/clipart.py [--set development|heldout] [--preset draft] [--seeds 1] [--out F]

Each drawing with its caption (`tests/data/drawings/captions.toml`; the held-out ones in
`benchmarks/clipart_heldout`, drawn and written by one who knew neither lexicon nor training) is
made into a clip, beside the same drawing still and moving at random as far. Columns: `path`, the
mean way of a keypoint in a loop, canvas units; `closes`, the way from the last frame to the first
over the largest between two others (about 1 or less in a closed loop); `flips`, triangles turned
over in any delivered frame; `limbs`, the most that an edge is longer than it is drawn, a share;
`identity`, the mean cosine of frames to the still by Kinora's picture encoder, which was trained on
people; `rank`, the place of the right caption among 4 by the embedded video prior, 1 being best.
With `--out` strips are drawn.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from kinora.backend.clipart.caption import read_caption
from kinora.backend.clipart.delivery import films
from kinora.backend.clipart.delivery.animated_svg import frame_svgs
from kinora.backend.clipart.drawing import Points
from kinora.backend.clipart.layers import find_layers
from kinora.backend.clipart.mesh.making import make_puppet
from kinora.backend.clipart.mesh.puppet import Puppet
from kinora.backend.clipart.params import Params
from kinora.backend.clipart.pipeline import load_models, run
from kinora.backend.clipart.prior.embedded import embedded_prior
from kinora.backend.clipart.reading.read import read_drawing
from kinora.backend.clipart.skeleton.find import find_skeleton
from kinora.backend.kit.encoders.embedded import EmbeddedEncoder, load_embedded
from kinora.shared.results import Media, VectorClip

HERE = Path(__file__).parent
SETS = {
    "development": HERE.parent / "tests" / "data" / "drawings",
    "heldout": HERE / "clipart_heldout",
}
OTHERS = 3
HEAD = "drawing              way       path closes flips  limbs identity rank seconds"


@dataclass(frozen=True)
class Case:
    file: Path
    caption: str


@dataclass(frozen=True)
class Row:
    name: str
    way: str
    path: float
    closes: float
    flips: int
    limbs: float
    identity: float
    rank: int
    seconds: float


class Quiet:
    """A job that nobody watches."""

    device = "cpu"

    def __init__(self, folder: Path) -> None:
        self.folder = self.checkpoint = folder

    def report(self, fraction: float, note: str, preview: object = None) -> None: ...

    def check_cancelled(self) -> None: ...

    def stops(self) -> bool:
        return False

    def result_folder(self, job_id: object) -> Path:
        raise NotImplementedError


def cases(folder: Path) -> list[Case]:
    listed = tomllib.loads((folder / "captions.toml").read_text())
    return [Case(folder / name, caption) for name, caption in listed["captions"].items()]


def make(case: Case, preset: str, seed: int) -> tuple[VectorClip, float]:
    started = time.perf_counter()
    params = Params(Media.of(case.file.name, case.file.read_bytes()), case.caption, preset, seed)
    with tempfile.TemporaryDirectory() as folder:
        clip = run(params, Quiet(Path(folder)))
    return clip, time.perf_counter() - started


def puppet_of(case: Case) -> Puppet:
    drawing = read_drawing(Media.of(case.file.name, case.file.read_bytes()))
    asked = read_caption(case.caption, load_models())
    found = find_skeleton(drawing, asked.is_person)
    layers = found.layers or find_layers(drawing, found.skeleton)
    return make_puppet(drawing, found.skeleton, layers)


def at_random(puppet: Puppet, frames: int, path: float, seed: int) -> Points:
    """Every keypoint on a closed curve of two harmonics, as long as asked in the mean."""
    rng = np.random.default_rng(seed)
    turn = 2 * np.pi * np.arange(frames) / frames
    waves = np.stack([f(n * turn) for n in (1, 2) for f in (np.sin, np.cos)])
    moves = np.einsum("wt,wkd->tkd", waves, rng.normal(size=(4, len(puppet.points), 2)))
    moves *= path / max(way_of(moves).mean(), 1e-9)
    return puppet.skeleton.points + moves


def way_of(tracks: NDArray[np.floating]) -> NDArray[np.floating]:
    """(K,) lengths of closed ways."""
    return np.linalg.norm(np.diff(tracks, axis=0, append=tracks[:1]), axis=2).sum(0)


def judge(puppet: Puppet, tracks: Points, case: Case, others: list[str], label: str) -> Row:
    steps = np.linalg.norm(np.diff(tracks, axis=0, append=tracks[:1]), axis=2).max(1)
    edges = puppet.skeleton.edges
    length = np.linalg.norm(tracks[:, edges[:, 0]] - tracks[:, edges[:, 1]], axis=2)
    rest = np.linalg.norm(
        puppet.skeleton.points[edges[:, 0]] - puppet.skeleton.points[edges[:, 1]], axis=1
    )
    # Limbs may be foreshortened, and squashed bodies are meant; longer than drawn is stretched.
    limbs = float((length / np.maximum(rest, 1e-6) - 1).max())
    moving = torch.tensor(tracks, dtype=torch.float32)
    return Row(
        case.file.stem,
        label,
        float(way_of(tracks).mean()),
        float(steps[-1] / max(steps[:-1].max(), 1e-9)),
        flips(puppet, moving),
        limbs,
        identity(puppet, moving),
        rank(puppet, moving, case.caption, others),
        0.0,
    )


def flips(puppet: Puppet, tracks: torch.Tensor) -> int:
    """Triangles that lie turned over in any frame as it is delivered."""
    count = 0
    for layer, moved in zip(puppet.layers, puppet.unfolded(tracks), strict=True):
        corners = moved[:, layer.triangles.cpu().numpy()]
        rest = layer.vertices.double().cpu().numpy()[layer.triangles.cpu().numpy()]
        count += int(((areas(corners) * areas(rest)) <= 0).any(0).sum())
    return count


def areas(corners: NDArray[np.floating]) -> NDArray[np.floating]:
    a, b = corners[..., 1, :] - corners[..., 0, :], corners[..., 2, :] - corners[..., 0, :]
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


@cache
def eyes() -> EmbeddedEncoder:
    return load_embedded("cpu")


@torch.no_grad()
def identity(puppet: Puppet, tracks: torch.Tensor) -> float:
    encoder = eyes()
    still = encoder.encode_pictures(puppet.render(puppet.points[None], encoder.pixels))
    shown = encoder.encode_pictures(puppet.render(tracks[::3], encoder.pixels))
    return float((shown @ still[0]).mean())


@torch.no_grad()
def rank(puppet: Puppet, tracks: torch.Tensor, caption: str, others: list[str]) -> int:
    scores = []
    for words in (caption, *others):
        prior = embedded_prior(words, puppet.render(puppet.points[None], 96)[0], "cpu")
        frames = puppet.render(tracks, prior.pixels)
        scores.append(prior.score(frames, torch.arange(len(tracks))))
    return 1 + sum(score > scores[0] for score in scores[1:])


def others_for(case: Case, among: list[Case]) -> list[str]:
    """Captions of other drawings, by their verbs, said of this one's subject."""
    subject = case.caption.split(" is ")[0].split(" are ")[0]
    said = [other.caption for other in among if other.caption != case.caption]
    turned = [
        f"{subject} is {caption.split(' is ', 1)[1]}" for caption in said if " is " in caption
    ]
    step = max(1, len(turned) // OTHERS)
    return turned[::step][:OTHERS]


def show(row: Row) -> None:
    print(  # noqa: T201
        f"{row.name:20} {row.way:8} {row.path:6.1f} {row.closes:6.2f} {row.flips:5d} "
        f"{row.limbs:6.2f} {row.identity:8.3f} {row.rank:4d} {row.seconds:7.1f}",
        flush=True,
    )


def main(chosen: str, preset: str, seeds: int, out: Path | None) -> None:
    among = cases(SETS[chosen])
    rows: list[Row] = []
    print(HEAD)  # noqa: T201
    for case in among:
        for seed in range(seeds):
            clip, seconds = make(case, preset, seed)
            puppet, others = puppet_of(case), others_for(case, among)
            tracks = clip.keypoints.astype(float)
            ours = judge(puppet, tracks, case, others, preset)
            rest = np.repeat(puppet.skeleton.points[None], len(tracks), 0)
            random = at_random(puppet, len(tracks), ours.path, seed)
            found = [
                Row(**{**vars(ours), "seconds": seconds}),
                judge(puppet, rest, case, others, "still"),
                judge(puppet, random, case, others, "random"),
            ]
            for row in found:
                show(row)
            rows += found
            if out is not None:
                draw(clip, out / f"{case.file.stem}-{seed}.png")
    print()  # noqa: T201
    for way in dict.fromkeys(row.way for row in rows):
        same = [row for row in rows if row.way == way]
        show(
            Row(
                "mean",
                way,
                statistics.mean(row.path for row in same),
                statistics.mean(row.closes for row in same),
                sum(row.flips for row in same),
                statistics.mean(row.limbs for row in same),
                statistics.mean(row.identity for row in same),
                round(statistics.median(row.rank for row in same)),
                statistics.median(row.seconds for row in same),
            )
        )


def draw(clip: VectorClip, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(films.strip(films.draw_frames(frame_svgs(clip), 256, lambda done: None)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", choices=SETS, default="development")
    parser.add_argument("--preset", default="draft")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    main(given.set, given.preset, given.seeds, given.out)

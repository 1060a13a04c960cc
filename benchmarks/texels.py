# SPDX-License-Identifier: Apache-2.0
"""The texel test: does refining by the encoder paint the asked colors on the asked parts?

    python benchmarks/texels.py --write .train/texels.npz     where Kinora is installed, once
    python benchmarks/texels.py .train/texels.npz --encoder FOLDER --minilm .train/encoder

FOLDER holds the trained encoder's two files; --minilm the sentence encoder of training, for
machines without the installed one. Three starts: grey; the wardrobe as the words dress it; the
same in another prompt's colors. Of each: as it is, as the encoder alone leaves it, and as the
second judge keeps it. Right is a part whose mean Lab is nearest to the asked of twelve colors.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from kinora.backend.avatar.repaint.canvas import Canvas, texel_parts
from kinora.backend.avatar.repaint.judge import Asked, Verdict, judged, numbers
from kinora.backend.avatar.repaint.lab import to_lab, to_srgb
from kinora.backend.avatar.repaint.refine import PLAIN, PhraseEncoder, Plan, refine
from kinora.backend.avatar.repaint.views import Shots, draw, look
from kinora.backend.avatar.words import colors

STARTS = ("grey", "words", "wrong")
HOW = ("untouched", "encoder alone", "judged")
FRAMES = (0,)
PIXELS = 160  # of the sheet's pictures
_UNLIKE = 30.0  # Lab, between a wrong start's color and the asked one


@dataclass(frozen=True)
class Case:
    prompt: str
    asked: tuple[Asked, ...]
    canvas: Canvas


@dataclass(frozen=True)
class Score:
    """Of one prompt: whether each part is right, its verdict and its error of hue, degrees."""

    right: tuple[bool, ...]
    verdicts: tuple[Verdict, ...]
    hues: tuple[float, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--encoder", type=Path)
    parser.add_argument("--minilm", type=Path)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--prompts", type=int, default=40)
    parser.add_argument("--views", type=int, default=8)
    parser.add_argument("--sheet", type=Path, help="a picture of eight prompts")
    options = parser.parse_args()
    if options.write:
        write(options.write, options.prompts)
        return
    encoder = load_encoder(options.encoder, options.minilm, options.device)
    cases = list(read(options.file, options.device))
    chosen = cases[: options.prompts]
    scores: dict[tuple[str, str], list[Score]] = {}
    cells: list[list[Tensor]] = [[] for _ in chosen]
    begun = time.perf_counter()
    for row, case in enumerate(chosen):
        for start in STARTS:
            textures = refined(cases, row, start, encoder, options.views)
            for how, texture in zip(HOW, textures, strict=True):
                scores.setdefault((start, how), []).append(score(case, texture))
                cells[row].append(front(case.canvas, texture))
        sys.stdout.write(f"{row + 1} of {len(chosen)}, {time.perf_counter() - begun:.0f} s\n")
        sys.stdout.flush()
    if options.sheet:
        save_sheet(cells[:8], options.sheet)
    sys.stdout.write("\n".join(table(scores)) + "\n")


def refined(
    cases: Sequence[Case], row: int, start: str, encoder: PhraseEncoder, views: int
) -> tuple[Tensor, Tensor, Tensor]:
    """The start, what the encoder makes of it, and what the judge keeps of that."""
    case = cases[row]
    texture = case.canvas.texture
    if start == "grey":
        texture = torch.full_like(texture, 0.5)
    elif start == "wrong":
        texture = miscolored(cases, row)
    # Only the words' own start is to be trusted.
    plan = Plan(views=views, trust=1.0 if start == "words" else 0.0, seed=row)
    found = refine(replace(case.canvas, texture=texture), case.prompt, case.asked, encoder, plan)
    return texture, found.free, found.texture


def miscolored(cases: Sequence[Case], row: int) -> Tensor:
    """The case's texture, its parts moved to the colors that another prompt asks for."""
    case = cases[row]
    others = [one.color for case in [*cases[row + 1 :], *cases[:row]] for one in case.asked]
    lab = to_lab(case.canvas.texture)
    for one in case.asked:
        wanted, canvas = _lab(one.color), case.canvas
        wrong = next(c for c in others if float((_lab(c) - wanted).norm()) > _UNLIKE)
        others.remove(wrong)
        parts = torch.tensor(numbers(canvas, one), device=lab.device)
        mine = torch.isin(canvas.texel_part, parts)
        mean = torch.tensor(judged(canvas, canvas.texture, one).mean, device=lab.device)
        shift = _lab(wrong).to(lab.device) - mean.nan_to_num(0.0)
        lab = torch.where(mine, lab + shift[:, None, None], lab)
    moved = to_srgb(lab).clamp(0, 1)
    return torch.where((lab != to_lab(case.canvas.texture)).any(0), moved, case.canvas.texture)


def score(case: Case, texture: Tensor) -> Score:
    verdicts = tuple(judged(case.canvas, texture, one) for one in case.asked)
    right, hues = [], []
    for one, verdict in zip(case.asked, verdicts, strict=True):
        mean, wanted = torch.tensor(verdict.mean), _lab(one.color)
        nearest = min(PLAIN, key=lambda name: float((_lab(colors.named()[name]) - mean).norm()))
        right.append(nearest == one.color_name and bool(mean.isfinite().all()))
        turn = math.atan2(wanted[2], wanted[1]) - math.atan2(mean[2], mean[1])
        grey = float(wanted[1:].norm()) < 15
        hues.append(math.nan if grey else abs(math.degrees(math.remainder(turn, 2 * math.pi))))
    return Score(tuple(right), verdicts, tuple(hues))


def table(scores: dict[tuple[str, str], list[Score]]) -> list[str]:
    head = f"{'start':8}{'texture':16}{'right':>7}{'whole':>7}{'dE':>7}{'hue':>7}{'spread':>8}"
    lines = [head]
    for (start, how), found in scores.items():
        right = [value for one in found for value in one.right]
        verdicts = [verdict for one in found for verdict in one.verdicts]
        values = [
            np.mean(right),
            np.mean([all(one.right) for one in found]),
            np.nanmean([verdict.distance for verdict in verdicts]),
            np.nanmedian([hue for one in found for hue in one.hues]),
            np.nanmean([verdict.spread for verdict in verdicts]),
        ]
        cells = "".join(
            f"{value:{width}.{digits}f}"
            for value, width, digits in zip(values, (7, 7, 7, 7, 8), (3, 3, 1, 1, 1), strict=True)
        )
        lines.append(f"{start:8}{how:16}{cells}")
    count = len(next(iter(scores.values())))
    return [*lines, f"{len(right)} parts of {count} prompts"]


def front(canvas: Canvas, texture: Tensor) -> Tensor:
    """(H, W, 3) the figure from the front."""
    from kinora.backend.avatar.camera import FIELD_OF_VIEW
    from kinora.backend.kit.raster import Cameras, look_at, orbit

    device = texture.device
    low, high = canvas.places[0].amin(0), canvas.places[0].amax(0)
    target = ((low + high) / 2)[None]
    tall = float((high - low).max()) * 1.08
    away = torch.tensor([tall / 2 / math.tan(FIELD_OF_VIEW / 2)], device=device)
    eye = orbit(
        target, torch.tensor([0.3], device=device), torch.tensor([0.1], device=device), away
    )
    focal = away * 2 * PIXELS / tall
    middle = torch.full((1, 2), float(PIXELS), device=device)
    cameras = Cameras(eye, look_at(eye, target), focal, middle)
    one = torch.zeros(1, dtype=torch.int64, device=device)
    views = look(canvas, Shots(one, cameras, one > 0, one), PIXELS, 1)
    white = torch.ones(1, 2 * PIXELS, 2 * PIXELS, 3, device=device)
    return draw(views, texture, range(1), white)[0].permute(1, 2, 0).cpu()


def save_sheet(cells: list[list[Tensor]], path: Path) -> None:
    """A row for each prompt; columns: of each start untouched, encoder alone, judged."""
    whole = torch.cat([torch.cat(row, dim=1) for row in cells])
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((whole.clamp(0, 1) * 255).byte().numpy()).save(path, quality=90)


def load_encoder(folder: Path, minilm_folder: Path | None, device: str) -> PhraseEncoder:
    from kinora.backend.kit.encoders import embedded, minilm

    reader = None
    if minilm_folder:
        file = minilm_folder / "minilm.safetensors"
        network = minilm.load_minilm(file, torch.device(device), torch.float32)
        tokenizer = minilm.load_tokenizer(minilm_folder / "tokenizer.json")
        reader = minilm.TokenReader(tokenizer, network)
    folder = folder or embedded.PICTURES.parent
    files = (folder / embedded.PICTURES.name, folder / embedded.SENTENCES.name)
    return embedded.load_embedded(device, *files, reader)


def _lab(color: tuple[float, float, float]) -> Tensor:
    return to_lab(torch.tensor(color))


def read(file: Path, device: str) -> Iterator[Case]:
    with np.load(file) as arrays:
        for number, told in enumerate(json.loads(str(arrays["told"]))):
            own = {
                name: arrays[f"{number}_{name}"]
                for name in ("places", "box", "triangles", "uvs", "part", "finish", "texture")
            }
            places = own["places"] / 65535 * (own["box"][1] - own["box"][0]) + own["box"][0]
            triangles = own["triangles"].astype(np.int64)
            uvs, part = (own["uvs"] / 65535).astype(np.float32), own["part"].astype(np.int64)
            of_texel, core = texel_parts(uvs, part)
            shapes = torch.from_numpy(places.astype(np.float32))
            canvas = Canvas(
                tuple(told["names"]),
                shapes,
                normals_of(shapes, torch.from_numpy(triangles)),
                torch.from_numpy(triangles),
                torch.from_numpy(uvs),
                torch.from_numpy(part),
                torch.from_numpy(own["finish"]).float(),
                torch.from_numpy(own["texture"]).float() / 255,
                of_texel,
                core,
            )
            asked = tuple(
                Asked(color, noun, colors.named()[color], tuple(parts))
                for color, noun, parts in told["asked"]
            )
            yield Case(told["prompt"], asked, canvas.to(device))


def normals_of(places: Tensor, triangles: Tensor) -> Tensor:
    """(K, V, 3) unit, each triangle by its area."""
    a, b, c = (places[:, triangles[:, corner]] for corner in range(3))
    across = torch.linalg.cross(b - a, c - a)
    normals = torch.zeros_like(places)
    for corner in range(3):
        normals.index_add_(1, triangles[:, corner], across)
    return torch.nn.functional.normalize(normals, dim=2)


def write(file: Path, count: int) -> None:
    """Dress the prompts' characters and keep what is refined of them."""
    from kinora.backend.avatar.dress import dress
    from kinora.backend.avatar.params import Params
    from kinora.backend.avatar.pipeline import assemble, load_models, read_motion, read_words
    from kinora.backend.avatar.repaint.canvas import canvas_of
    from kinora.backend.avatar.scenes.evaluation import texel_prompts
    from kinora.backend.kit.body import make_body

    models, arrays, told = load_models(), {}, []
    for number, one in enumerate(texel_prompts()[:count]):
        params = Params("", one.prompt, "")
        shape, outfit = read_words(params, models)
        body = make_body(models.body, shape.parameters)
        dressed = dress(models.body, body, outfit, 512, 0)
        moving = read_motion(params, models, body)
        canvas = canvas_of(assemble(params, body, dressed, moving, ()), FRAMES)
        asked = [(color, *_worn(slot, noun, outfit, canvas)) for slot, noun, color in one.parts]
        told.append({"prompt": one.prompt, "names": canvas.names, "asked": asked})
        arrays |= {f"{number}_{name}": value for name, value in _packed(canvas).items()}
        sys.stdout.write(f"{one.prompt}: {[(c, n, p) for c, n, p in asked]}\n")
        sys.stdout.flush()
    file.parent.mkdir(exist_ok=True)
    np.savez_compressed(file, told=json.dumps(told), **arrays)


def _worn(slot: str, garment: str, outfit, canvas: Canvas) -> tuple[str, list[str]]:
    """What is said of a part, and which of the canvas' parts it is: none if it is not worn."""
    from kinora.backend.avatar.scenes.things import PLACES, place_of
    from kinora.backend.avatar.wardrobe.cloth import label

    if slot == "hair":
        return "hair", [name for name in canvas.names if name in ("Hair", "Hair cap")]
    worn = [one.garment for one in outfit.garments]
    found = [name for name in worn if name == garment]
    found = found or [name for name in worn if PLACES[place_of(name)] == slot]
    return label(garment).lower(), [label(name) for name in found if label(name) in canvas.names]


def _packed(canvas: Canvas) -> dict[str, np.ndarray]:
    places = canvas.places.numpy()
    box = np.stack([places.min((0, 1)), places.max((0, 1))])
    return {
        "places": np.round((places - box[0]) / (box[1] - box[0]) * 65535).astype(np.uint16),
        "box": box,
        "triangles": canvas.triangles.numpy().astype(np.uint16),
        "uvs": np.round(canvas.uvs.numpy().clip(0, 1) * 65535).astype(np.uint16),
        "part": canvas.part.numpy().astype(np.uint8),
        "finish": canvas.finish.numpy().astype(np.float16),
        "texture": np.round(canvas.texture.numpy() * 255).astype(np.uint8),
    }


if __name__ == "__main__":
    main()

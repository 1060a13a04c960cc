# SPDX-License-Identifier: Apache-2.0
"""The characters of the texel test in one file, to be refined where Kinora is not installed."""

from __future__ import annotations

import io
import json
import lzma
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from kinora.backend.avatar.repaint.canvas import Canvas, texel_parts
from kinora.backend.avatar.repaint.goal import PhraseEncoder, texts
from kinora.backend.avatar.repaint.judge import Asked
from kinora.backend.avatar.words import colors
from kinora.backend.kit.encoders import embedded
from kinora.backend.kit.encoders.encoder import Texts

if TYPE_CHECKING:
    from kinora.backend.avatar.scenes.evaluation import TexelPrompt

DEVELOPMENT = Path(__file__).with_name("texels_development.toml")
FRAMES = (0,)


@dataclass(frozen=True)
class Case:
    prompt: str
    asked: tuple[Asked, ...]
    canvas: Canvas


@dataclass(frozen=True)
class Remembered:
    """The embedded encoder with the vectors of texts that it read elsewhere."""

    encoder: embedded.EmbeddedEncoder
    phrases: Mapping[str, Tensor]
    sentences: Mapping[str, Tensor]

    @property
    def pixels(self) -> int:
        return self.encoder.pixels

    def encode_phrases(self, phrases: Sequence[str]) -> Tensor:
        return torch.stack([self.phrases[one] for one in phrases])

    def encode_text(self, sentences: Sequence[str]) -> Texts:
        return Texts(torch.stack([self.sentences[one] for one in sentences]), ())

    def see(self, pictures: Tensor, phrases: Tensor) -> tuple[Tensor, Tensor]:
        return self.encoder.see(pictures, phrases)


class Illiterate:
    """The reader of `Remembered`, which has all vectors of texts and never asks for others."""

    def __call__(self, sentences: Sequence[str]) -> tuple[Tensor, Tensor]:
        raise KeyError(f"The file holds no vectors of {list(sentences)}: write it anew.")

    def notes(self, sentences: Sequence[str]) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True)
class Stored:
    told: list[dict]
    arrays: Mapping[str, np.ndarray]
    device: str
    encoder: PhraseEncoder

    def others(self, row: int) -> list[Asked]:
        """What all other prompts ask for, the next one first."""
        told = [*self.told[row + 1 :], *self.told[:row]]
        return [asked for one in told for asked in _asked(one)]

    def case(self, row: int) -> Case:
        own = {
            name: self.arrays[f"{row}_{name}"]
            for name in ("places", "box", "triangles", "uvs", "part", "finish", "texture")
        }
        places = own["places"] / 65535 * (own["box"][1] - own["box"][0]) + own["box"][0]
        triangles = own["triangles"].astype(np.int64)
        uvs, part = (own["uvs"] / 65535).astype(np.float32), own["part"].astype(np.int64)
        of_texel, core = texel_parts(uvs, part)
        shapes = torch.from_numpy(places.astype(np.float32))
        canvas = Canvas(
            tuple(self.told[row]["names"]),
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
        return Case(self.told[row]["prompt"], _asked(self.told[row]), canvas.to(self.device))


def load(file: Path, device: str) -> Stored:
    """What `write` wrote."""
    with lzma.open(file) as packed, np.load(io.BytesIO(packed.read())) as stored:
        arrays = dict(stored)
    read = []
    for kind in ("phrase", "sentence"):
        vectors = torch.from_numpy(arrays[f"{kind}_vectors"]).float().to(device)
        read.append(dict(zip(json.loads(str(arrays[f"{kind}s"])), vectors, strict=True)))
    encoder = Remembered(embedded.load_embedded(device, reader=Illiterate()), *read)
    return Stored(json.loads(str(arrays["told"])), arrays, device, encoder)


def _asked(told: dict) -> tuple[Asked, ...]:
    return tuple(
        Asked(color, noun, colors.named()[color], tuple(parts))
        for color, noun, parts in told["asked"]
    )


def normals_of(places: Tensor, triangles: Tensor) -> Tensor:
    """(K, V, 3) unit, each triangle by its area."""
    a, b, c = (places[:, triangles[:, corner]] for corner in range(3))
    across = torch.linalg.cross(b - a, c - a)
    normals = torch.zeros_like(places)
    for corner in range(3):
        normals.index_add_(1, triangles[:, corner], across)
    return torch.nn.functional.normalize(normals, dim=2)


def asked_for(development: bool) -> tuple[TexelPrompt, ...]:
    """The prompts that are measured, or those that weights are chosen on."""
    from kinora.backend.avatar.scenes.evaluation import TexelPrompt, texel_prompts

    if not development:
        return texel_prompts()
    table = tomllib.loads(DEVELOPMENT.read_text(encoding="utf-8"))["texel"]
    return tuple(
        TexelPrompt(one["prompt"], tuple((slot, noun, color) for slot, noun, color in one["parts"]))
        for one in table
    )


def write(file: Path, prompts: Sequence[TexelPrompt]) -> None:
    """Dress the prompts' characters and keep what is refined of them."""
    from kinora.backend.avatar.cast import Cast
    from kinora.backend.avatar.dress import dress
    from kinora.backend.avatar.params import Params
    from kinora.backend.avatar.pipeline import assemble, load_models, read_motion, read_words
    from kinora.backend.avatar.repaint.canvas import canvas_of
    from kinora.backend.kit.body import make_body

    models, arrays, told = load_models(), {}, []
    for number, one in enumerate(prompts):
        params = Params("", one.prompt, "")
        shape, outfit = read_words(params, models)
        body = make_body(models.body, shape.parameters)
        dressed = dress(models.body, body, outfit, 512, 0)
        played = Cast(models.body, body, dressed)
        moving = read_motion(params, models.encoder, played)
        canvas = canvas_of(assemble(params, played, dressed, moving, ()), FRAMES)
        asked = [(color, *_worn(slot, noun, outfit, canvas)) for slot, noun, color in one.parts]
        told.append({"prompt": one.prompt, "names": canvas.names, "asked": asked})
        arrays |= {f"{number}_{name}": value for name, value in _packed(canvas).items()}
        sys.stdout.write(f"{one.prompt}: {[(c, n, p) for c, n, p in asked]}\n")
        sys.stdout.flush()
    arrays["told"] = np.array(json.dumps(told))
    arrays |= worded(told)
    file.parent.mkdir(exist_ok=True)
    with lzma.open(file, "wb", preset=6) as packed:
        np.savez(packed, **arrays)


def worded(told: Sequence[dict]) -> dict[str, np.ndarray]:
    """What refining reads, with its vectors, for machines without the sentence encoder."""
    from kinora.backend.kit.encoders.embedded import load_embedded

    encoder = load_embedded("cpu")
    pairs = [texts(one["prompt"], _asked(one)) for one in told]
    phrases, sentences = (
        sorted({text for one in side for text in one}) for side in zip(*pairs, strict=True)
    )
    return {
        "phrases": np.array(json.dumps(phrases)),
        "phrase_vectors": encoder.encode_phrases(phrases).half().numpy(),
        "sentences": np.array(json.dumps(sentences)),
        "sentence_vectors": encoder.encode_text(sentences).vectors.half().numpy(),
    }


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

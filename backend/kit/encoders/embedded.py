# SPDX-License-Identifier: Apache-2.0
"""The encoder that comes with Kinora: trained on Kinora's own characters, and on nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from ....shared.errors import MissingWeightsError
from ..eighths import pack, unpack
from .batches import in_batches
from .encoder import Texts
from .published import EMBEDDED_ENCODER
from .text_head import TextHead
from .tower import Attributes, Seen, Tower, TowerPlan, seen

PICTURES = Path(__file__).with_name("picture_text.safetensors")
"""The picture tower's weights, with its plan."""
SENTENCES = Path(__file__).with_name("picture_text_head.safetensors")
"""The text head's weights."""
FORMAT = "kinora-picture-text-1"


class Reader(Protocol):
    """The frozen sentence encoder."""

    def __call__(self, sentences: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Token states (N, T, 384) and the mask (N, T) of what is real."""
        ...

    def notes(self, sentences: Sequence[str]) -> tuple[str, ...]:
        """What was not read of sentences that are too long."""
        ...


@dataclass(frozen=True, eq=False)
class EmbeddedEncoder:
    """Also tells where in a picture a phrase is, and what the people in it are like."""

    tower: Tower
    head: TextHead
    reader: Reader
    name: str = EMBEDDED_ENCODER

    @property
    def pixels(self) -> int:
        return self.tower.plan.pixels

    @property
    def plan(self) -> TowerPlan:
        """The names of the slots, garments and actions that `attributes` tells."""
        return self.tower.plan

    def encode_text(self, sentences: Sequence[str]) -> Texts:
        """Unit vectors (N, 512), and a note for each sentence whose end was not read."""
        whole, _ = self._read(sentences)
        return Texts(whole, self.reader.notes(sentences))

    def encode_pictures(self, pictures: Tensor) -> Tensor:
        """(N, 3, S, S) sRGB 0..1 to unit vectors (N, 512), differentiable.

        Raises `GpuMemoryError` when the device holds not even one picture.
        """
        return in_batches(lambda batch: self.look(batch).whole, pictures)

    def phrase_maps(self, pictures: Tensor, phrases: Sequence[str]) -> Tensor:
        """(N, P, h, w) logits that a patch shows what a phrase says, differentiable."""
        vectors = self.encode_phrases(phrases)
        return in_batches(lambda batch: self.see(batch, vectors)[1], pictures)

    def encode_phrases(self, phrases: Sequence[str]) -> Tensor:
        """(P, 128) what `see` looks for."""
        return self._read(phrases)[1]

    def see(self, pictures: Tensor, phrases: Tensor) -> tuple[Tensor, Tensor]:
        """What `encode_pictures` and `phrase_maps` give for encoded phrases (P, 128), in one go."""
        found = self.look(pictures)
        logits = self.head.phrase_logits(phrases @ found.patches.transpose(1, 2))
        patches = self.plan.patches
        return found.whole, logits.view(*logits.shape[:2], patches, patches)

    def attributes(self, pictures: Tensor) -> Attributes:
        """What is worn, the body and the action, in the order of `plan`'s names."""
        return self.look(pictures).attributes

    def look(self, pictures: Tensor) -> Seen:
        """All that the tower says of pictures (N, 3, S, S); in half precision on CUDA."""
        is_cuda = pictures.device.type == "cuda"
        with torch.autocast(pictures.device.type, torch.bfloat16, enabled=is_cuda):
            return seen(self.tower(_fitted(pictures, self.pixels)))

    def _read(self, sentences: Sequence[str]) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            states, mask = self.reader(sentences)
            device = self.tower.places.device
            found: tuple[Tensor, Tensor] = self.head(states.float().to(device), mask.to(device))
        return found


def load_embedded(
    device: str,
    pictures: Path = PICTURES,
    sentences: Path = SENTENCES,
    reader: Reader | None = None,
) -> EmbeddedEncoder:
    """The encoder from its two files, reading with the installed sentence encoder if with no other.

    Raises MissingWeightsError.
    """
    tower, head = Tower(_read_plan(pictures)), TextHead()
    for network, path in ((tower, pictures), (head, sentences)):
        _fill(network, path)
        network.to(device).eval().requires_grad_(False)
    if reader is None:
        # Machines that only train have another reader, and not what this one needs.
        from .sentences import installed_reader

        reader = installed_reader()
    return EmbeddedEncoder(tower, head, reader)


def save_embedded(tower: Tower, head: TextHead, pictures: Path, sentences: Path) -> None:
    """Write both networks in a byte a weight (`kit/eighths.py`), with the tower's plan."""
    plan = json.dumps(asdict(tower.plan))
    for network, path, told in ((tower, pictures, {"plan": plan}), (head, sentences, {})):
        save_file(pack(network.state_dict()), path, metadata={"format": FORMAT, **told})


def _fitted(pictures: Tensor, pixels: int) -> Tensor:
    if pictures.shape[-2:] == (pixels, pixels):
        return pictures
    scaled = functional.interpolate(
        pictures, (pixels, pixels), mode="bilinear", align_corners=False, antialias=True
    )
    return scaled.clamp(0, 1)


def _read_plan(path: Path) -> TowerPlan:
    try:
        with safe_open(path, "pt") as file:
            told = file.metadata() or {}
        if told.get("format") != FORMAT:
            raise ValueError(f"its format is not {FORMAT}")
        plan = json.loads(told["plan"])
        names = {key: tuple(plan[key]) for key in ("slots", "garments", "actions")}
        sizes = {key: int(plan[key]) for key in ("pixels", "width", "depth")}
        return TowerPlan(names["slots"], names["garments"], names["actions"], **sizes)
    except FileNotFoundError as error:
        raise _missing(path) from error
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path) from error


def _fill(network: nn.Module, path: Path) -> None:
    try:
        with safe_open(path, "pt") as file:
            weights = unpack({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
        network.load_state_dict(weights)
    except FileNotFoundError as error:
        raise _missing(path) from error
    except (OSError, SafetensorError, RuntimeError, KeyError) as error:
        raise _damaged(path) from error
    if not all(bool(value.isfinite().all()) for value in weights.values()):
        raise _damaged(path)


def _missing(path: Path) -> MissingWeightsError:
    return MissingWeightsError(
        f"The embedded encoder's file {path.name} is missing.",
        "Install Kinora again, or train the encoder with `kinora train encoder`.",
    )


def _damaged(path: Path) -> MissingWeightsError:
    return MissingWeightsError(
        f"The embedded encoder's file {path.name} is damaged or of another version.",
        "Install Kinora again, or train the encoder with `kinora train encoder`.",
    )

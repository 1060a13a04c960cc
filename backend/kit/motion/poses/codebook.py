# SPDX-License-Identifier: Apache-2.0
"""A codebook of poses: cluster means of the prior's codes, and what is said of each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from .....shared.errors import BadOptionError, MissingWeightsError
from .prior import EMBEDDED_PRIOR, PosePrior
from .published import VPOSER, read_codebook

FILE = Path(__file__).with_name("codebook.safetensors")


@dataclass(frozen=True, eq=False)
class Codebook:
    """K poses: `codes` (K, 32) of a prior, `leans` (K, 4) the pelvis' turn from upright and facing
    -Y, and what most of each one's poses show: `caption` (K,) rows of `captions`, -1 for nothing,
    shown by a `share` (K,) of them; `often` (K,), 0 to 1, tells the poses in which one stays from
    those on the way. `seen` (K, D) is what an encoder saw, where it is published."""

    codes: Tensor
    leans: Tensor
    caption: Tensor
    share: Tensor
    often: Tensor
    captions: tuple[str, ...]
    prior: str
    seen: Tensor | None = None

    @property
    def upright(self) -> Tensor:
        """(K,) 1 for who stands or sits, 0 for who lies, -1 for who is upside down."""
        return 1 - 2 * self.leans[:, 1:3].square().sum(1)

    def poses(self, prior: PosePrior, rows: Tensor) -> Tensor:
        """(N, 22, 4) local rotations of some entries."""
        made = prior.decode(self.codes[rows])
        return torch.cat([self.leans[rows, None], made[:, 1:]], dim=1)


@cache
def load_codebook(name: str, models_folder: Path) -> Codebook:
    """The codebook of the prior of this name, read once a process.

    Raises `BadOptionError` for another name, `MissingWeightsError` for a missing or bad file.
    """
    if name == EMBEDDED_PRIOR:
        return read(FILE)
    if name != VPOSER:
        raise BadOptionError(f'There is no codebook for a pose prior "{name}".')
    codes, seen = read_codebook(models_folder)
    upright = torch.tensor([1.0, 0.0, 0.0, 0.0]).repeat(len(codes), 1)
    nothing = torch.full((len(codes),), -1)
    none = torch.zeros(len(codes))
    return Codebook(codes, upright, nothing, none, none, (), VPOSER, seen)


def read(path: Path) -> Codebook:
    """Kinora's own. Raises `MissingWeightsError`."""
    try:
        with safe_open(path, "pt") as file:
            told = file.metadata() or {}
            held = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return Codebook(
            held["codes"].float(),
            functional.normalize(held["leans"].float(), dim=1),
            held["caption"].long(),
            held["share"].float() / 255,
            held["often"].float() / 255,
            tuple(json.loads(told["captions"])),
            EMBEDDED_PRIOR,
        )
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise MissingWeightsError(
            f"The codebook of poses {path.name} is missing or damaged.",
            "Install Kinora again, or make it with `kinora train poses --mocap FILE`.",
        ) from error


def save_codebook(book: Codebook, path: Path) -> None:
    """A file of 0.3 MB: codes in half precision, the rest in bytes."""
    held = {
        "codes": book.codes.cpu().half(),
        "leans": (book.leans.cpu() * 127).round().to(torch.int8),
        "caption": book.caption.cpu().to(torch.int16),
        "share": (book.share.cpu() * 255).round().to(torch.uint8),
        "often": (book.often.cpu() * 255).round().to(torch.uint8),
    }
    save_file(held, path, metadata={"captions": json.dumps(book.captions)})

# SPDX-License-Identifier: Apache-2.0
"""Bodies over the whole range of people, and what an encoder sees in their pictures.

AvatarCLIP's codebook: made once for an encoder, after which ranking costs one sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from ....shared.errors import StorageError
from ...kit.body import BodyParameters, load_body_model, make_body
from ...kit.encoders.encoder import Encoder
from ..shape import UNSAID, ShapeReading, with_levels
from .portraits import VIEWS, draw, mannequin, standing

Floats = NDArray[np.float32]

AXES = ("height", "weight", "muscle")
LEVELS: tuple[tuple[float, ...], ...] = (
    (-2.5, 0.0, 2.5),
    (-2.6, 0.0, 1.8, 3.4),
    (-2.0, 0.0, 2.5),
)
"""Of each axis, as of words (`words/body.toml`)."""
AGES = (6.0, 14.0, 28.0, 75.0)
ADULT = 28.0
SAME = 0.999
"""The least cosine between what an encoder saw in a test picture and sees now."""
_BODIES_AT_ONCE = 4

Report = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Codebook:
    """K bodies: `levels` (K, 3) by AXES, `ages` (K,) years, `female` (K,), and `seen` (K, W, D),
    the unit vectors of W views. `test` (D,) is what the encoder saw in a test picture."""

    levels: Tensor
    ages: Tensor
    female: Tensor
    seen: Tensor
    test: Tensor

    def neutral(self, is_female: bool) -> Tensor:
        """(W, D) an adult of whom nothing is said."""
        plain = (self.levels == 0).all(1) & (self.ages == ADULT) & (self.female == is_female)
        return self.seen[plain][0]


def person(is_female: bool, age_years: float) -> ShapeReading:
    """Someone of whom nothing else is said."""
    return ShapeReading(BodyParameters(), (), is_female, age_years, 0.0, 0.0, person=UNSAID)


def points() -> list[tuple[bool, float, tuple[float, ...]]]:
    """Sex, age and levels of each body of a codebook."""
    return [
        (is_female, age, levels)
        for is_female, age, levels in product((False, True), AGES, product(*LEVELS))
    ]


def bodies() -> Iterator[Floats]:
    """(N, 3) the skin of each of the points, standing."""
    model = load_body_model()
    for is_female, age, levels in points():
        named = dict(zip(AXES, levels, strict=True))
        reading = with_levels(person(is_female, age), named)
        yield standing(make_body(model, reading.parameters))


def make_codebook(encoder: Encoder, device: str, report: Report = lambda share: None) -> Codebook:
    """Draw and encode every body: minutes on a processor, seconds on a GPU."""
    listed = points()
    seen: list[Tensor] = []
    waiting: list[Floats] = []
    for number, body in enumerate(bodies(), 1):
        waiting.append(body)
        if len(waiting) == _BODIES_AT_ONCE or number == len(listed):
            seen.append(look_at_bodies(encoder, np.stack(waiting), device))
            waiting.clear()
            report(number / len(listed))
    return Codebook(
        levels=torch.tensor([levels for _, _, levels in listed]),
        ages=torch.tensor([age for _, age, _ in listed]),
        female=torch.tensor([is_female for is_female, _, _ in listed]),
        seen=torch.cat(seen),
        test=look_at_test(encoder, device),
    )


def look_at_bodies(encoder: Encoder, places: Floats, device: str) -> Tensor:
    """(B, W, D) unit vectors, on the processor, of bodies (B, N, 3)."""
    with torch.no_grad():
        there = torch.from_numpy(places).to(device)
        pictures = draw(mannequin(device), there, VIEWS, encoder.pixels)
        found = encoder.encode_pictures(pictures)
    return found.view(len(places), len(VIEWS), -1).cpu()


def look_at_test(encoder: Encoder, device: str) -> Tensor:
    """(D,) what an encoder sees in a picture of waves, which tells two encoders apart."""
    line = torch.linspace(0, 12, encoder.pixels)
    rows = torch.stack([(line * pitch).sin() for pitch in (1.0, 1.7, 2.9)])
    picture = 0.5 + 0.25 * (rows[:, :, None] + rows.roll(1, 0)[:, None, :])
    with torch.no_grad():
        return encoder.encode_pictures(picture[None].to(device))[0].cpu()


def save_codebook(codebook: Codebook, path: Path) -> None:
    """A file of about a megabyte, in half precision. Raises `StorageError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {"seen": codebook.seen.half(), "test": codebook.test}
    tensors |= {"levels": codebook.levels, "ages": codebook.ages, "female": codebook.female}
    part = path.with_name(f"{path.name}.part")
    try:
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, part)
    except SafetensorError as error:  # what that library makes of a full disk
        raise StorageError(f"{path} cannot be written ({error}).") from error
    part.replace(path)


def load_codebook(path: Path, test: Tensor) -> Codebook | None:
    """None for a file that is missing, damaged or made with another encoder than the one that saw
    `test` (D,) in the test picture."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, "pt") as file:
            named = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        codebook = Codebook(**{**named, "seen": functional.normalize(named["seen"].float(), dim=2)})
    except (SafetensorError, OSError, TypeError, KeyError):
        return None
    known = codebook.test
    is_same = known.shape == test.shape and float(known @ test) > SAME
    return codebook if is_same and len(codebook.seen) == len(points()) else None

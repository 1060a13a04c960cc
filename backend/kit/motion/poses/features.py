# SPDX-License-Identifier: Apache-2.0
"""What an encoder sees in pictures of a codebook's poses: made once for an encoder, then read."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from .....shared.errors import StorageError
from ...encoders.embedded import load_embedded
from ...encoders.encoder import Encoder
from ...encoders.published import EMBEDDED_ENCODER
from . import render
from .codebook import Codebook, load_codebook
from .figure import Figure, mannequin
from .prior import EMBEDDED_PRIOR, PosePrior, load_prior
from .published import EMBEDDED_WITH

FILE = Path(__file__).with_name("features.safetensors")
"""Those of the embedded encoder."""
PARTS = 88
"""Numbers, a byte each, that are kept of a pose's vector for the embedded encoder."""
_POSES_AT_ONCE = 8

Report = Callable[[float], None]


def load_features(
    encoder: Encoder, prior: PosePrior, book: Codebook, place: tuple[Path, str], report: Report
) -> Tensor:
    """(K, D) unit vectors, on the processor, of the codebook's entries.

    The published codebook brings CLIP's, Kinora its own encoder's; others are drawn and encoded the
    first time on the device in `place`, which takes minutes on a processor, and kept in its folder.

    Raises `StorageError`.
    """
    if book.seen is not None and encoder.name == EMBEDDED_WITH:
        return book.seen
    if encoder.name == EMBEDDED_ENCODER and book.prior == EMBEDDED_PRIOR:
        shipped = _read_small(FILE, digest(book, None))
        if shipped is not None:
            return shipped
    folder, device = place
    figure = mannequin(device)
    path = _path(encoder.name, book, folder)
    kept = _read(path)
    if kept is None:
        kept = see(encoder, figure, prior, book, report)
        _write({"seen": kept.half()}, path)
    return kept


def _path(encoder: str, book: Codebook, folder: Path) -> Path:
    return folder / f"{encoder}_{digest(book, mannequin('cpu'))}.safetensors"


def digest(book: Codebook, figure: Figure | None) -> str:
    """Sixteen letters that change with the poses and, if given, the body that takes them."""
    told = hashlib.sha256(book.codes.half().numpy().tobytes())
    told.update((book.leans * 127).round().to(torch.int8).numpy().tobytes())
    if figure is not None:
        told.update(figure.basis.cpu().half().numpy().tobytes())
    return told.hexdigest()[:16]


@torch.no_grad()
def see(
    encoder: Encoder,
    figure: Figure,
    prior: PosePrior,
    book: Codebook,
    report: Report = lambda share: None,
) -> Tensor:
    """(K, D) unit vectors: of each entry the mean of what is seen from five sides."""
    found = []
    for rows in torch.split(torch.arange(len(book.codes)), _POSES_AT_ONCE):
        turns = book.poses(prior, rows).to(figure.basis.device)
        pictures = render.draw(figure, turns, encoder.pixels)[:, :3]
        views = encoder.encode_pictures(pictures).float()
        mean = views.view(len(rows), -1, views.shape[1]).mean(1)
        found.append(functional.normalize(mean, dim=1).cpu())
        report(float(rows[-1] + 1) / len(book.codes))
    return torch.cat(found)


@dataclass(frozen=True, eq=False)
class Small:
    """Vectors (K, D) as their principal parts: `parts` (K, P) bytes, each column times its `scale`
    (P,), along `basis` (P, D) from `mean` (D,)."""

    mean: Tensor
    basis: Tensor
    scale: Tensor
    parts: Tensor

    def whole(self) -> Tensor:
        spread = self.parts.float() * self.scale.float()
        return functional.normalize(self.mean.float() + spread @ self.basis.float(), dim=1)


def reduced(vectors: Tensor, parts: int) -> Small:
    """Unit vectors (K, D) in a byte for each of their principal parts."""
    mean = vectors.mean(0)
    basis = torch.linalg.svd(vectors - mean, full_matrices=False).Vh[:parts]
    spread = (vectors - mean) @ basis.T
    scale = spread.abs().amax(0) / 127
    return Small(mean.half(), basis.half(), scale, (spread / scale).round().to(torch.int8))


def save_features(vectors: Tensor, book: Codebook, path: Path) -> None:
    small = reduced(vectors, PARTS)
    _write(vars(small), path, digest(book, None))


def _write(tensors: dict[str, Tensor], path: Path, told: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    try:
        held = {name: tensor.contiguous() for name, tensor in tensors.items()}
        save_file(held, part, metadata={"digest": told})
    except (
        SafetensorError,
        OSError,
    ) as error:  # the first is what that library makes of a full disk
        raise StorageError(f"{path} cannot be written ({error}).") from error
    part.replace(path)


def _read(path: Path) -> Tensor | None:
    try:
        with safe_open(path, "pt") as file:
            return functional.normalize(file.get_tensor("seen").float(), dim=1)
    except (SafetensorError, OSError):
        return None


def _read_small(path: Path, known: str) -> Tensor | None:
    """None for a file that is missing, damaged or of another codebook."""
    try:
        with safe_open(path, "pt") as file:
            if (file.metadata() or {}).get("digest") != known:
                return None
            held = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return Small(**held).whole()
    except (SafetensorError, OSError, TypeError):
        return None


class _Unread:
    """In place of a sentence encoder, which machines that only look at pictures may lack."""

    def __call__(self, sentences: Sequence[str]) -> tuple[Tensor, Tensor]:
        raise NotImplementedError

    def notes(self, sentences: Sequence[str]) -> tuple[str, ...]:
        return ()


def main(output: Path, device: str, whole: Path | None = None) -> None:
    """Show the embedded codebook to the embedded encoder and write what it saw to `output` and, if
    asked for, unreduced to `whole`."""
    nowhere = Path()
    prior, book = load_prior(EMBEDDED_PRIOR, nowhere), load_codebook(EMBEDDED_PRIOR, nowhere)
    encoder = load_embedded(device, reader=_Unread())
    seen = see(encoder, mannequin(device), prior, book)
    save_features(seen, book, output)
    if whole is not None:
        _write({"seen": seen.half()}, whole)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=FILE)
    parser.add_argument("--whole", type=Path)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    given = parser.parse_args()
    main(given.output, given.device, given.whole)

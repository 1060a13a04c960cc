# SPDX-License-Identifier: Apache-2.0
"""VPoser v2 and AvatarCLIP's codebook of poses, from the user's own copies."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor
from torch.nn import functional

from .....shared.errors import MissingWeightsError
from ...encoders.checkpoints import read_checkpoint
from ...encoders.state_dicts import read_tensors

VPOSER = "vposer"
VPOSER_FILE = "vposer/snapshots/V02_05_epoch=13_val_loss=0.03.ckpt"
CODEBOOK_FILE = "avatarclip/codebook.pth"
"""Both relative to the folder of the user's models."""
EMBEDDED_WITH = "clip-vit-b32"
"""The encoder that the published codebook's pictures were shown to."""
_LATENTS, _EMBEDDINGS = "codebook", "codebook_embedding"
_PREFIX = "vp_model."


def read_vposer(models_folder: Path) -> dict[str, Tensor]:
    """The network's tensors. Raises `MissingWeightsError` where there is no such file."""
    path = models_folder / VPOSER_FILE
    if not path.is_file():
        raise _missing("VPoser v2", path)
    held = read_checkpoint(path, "state_dict")
    own = {name for name in held if name.startswith((_PREFIX, "encoder_net.", "decoder_net."))}
    return {name.removeprefix(_PREFIX): held[name] for name in sorted(own)}


def read_codebook(models_folder: Path) -> tuple[Tensor, Tensor]:
    """(K, 32) codes of VPoser and (K, D) unit vectors of what CLIP sees in their pictures.

    Raises `MissingWeightsError` where there is no such file.
    """
    path = models_folder / CODEBOOK_FILE
    if not path.is_file():
        raise _missing("AvatarCLIP's codebook of poses", path)
    held = read_tensors(path, "")
    codes, seen = (held.get(name) for name in (_LATENTS, _EMBEDDINGS))
    if (
        codes is None
        or seen is None
        or codes.ndim != 2
        or seen.ndim != 2
        or len(codes) != len(seen)
    ):
        raise MissingWeightsError(
            f'{path.name} is no codebook of poses: it lacks "{_LATENTS}" and "{_EMBEDDINGS}", '
            "each a row for each pose.",
            "AvatarCLIP has a codebook of shapes, too; bring the one of its poses.",
        )
    return codes.float(), functional.normalize(seen.float(), dim=1)


def _missing(title: str, path: Path) -> MissingWeightsError:
    return MissingWeightsError(
        f"{title} is not here; its licence allows no commercial use.",
        f"`kinora models list` tells where to get it; put your copy at {path}.",
    )

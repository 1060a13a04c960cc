# SPDX-License-Identifier: Apache-2.0
"""The video models that others have published, and what of their folders is needed.

Nothing here imports torch before a prior is made: the command line lists and adds these folders.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ....shared.errors import BadOptionError, MissingWeightsError
from ....shared.folders import data_folder

if TYPE_CHECKING:
    from .diffusion import DiffusionPrior

_TEXTS = ("tokenizer/vocab.json", "tokenizer/merges.txt", "scheduler/scheduler_config.json")


@dataclass(frozen=True)
class PublishedPrior:
    """A folder as diffusers writes it, `folder` relative to that of the user's models.

    `parts` are its folders with a network each; no other file of it is looked at.
    """

    name: str
    title: str
    folder: str
    parts: tuple[str, ...]
    license: str
    publisher: str
    megabytes: float


MODELSCOPE = PublishedPrior(
    "modelscope",
    "ModelScope text-to-video",
    "modelscope",
    ("unet", "vae", "text_encoder"),
    "non-commercial (CC BY-NC 4.0)",
    "the folder damo-vilab/text-to-video-ms-1.7b, variant fp16",
    3670,
)
ANIMATEDIFF = PublishedPrior(
    "animatediff",
    "AnimateDiff",
    "animatediff",
    ("unet", "vae", "text_encoder", "motion_adapter"),
    "CreativeML OpenRAIL-M (Stable Diffusion 1.5), Apache-2.0 (motion adapter)",
    "a folder of Stable Diffusion 1.5 with guoyww/animatediff-motion-adapter-v1-5-3 in it as "
    "motion_adapter",
    3800,
)
PUBLISHED_PRIORS = (MODELSCOPE, ANIMATEDIFF)


def weights_of(part: Path) -> Path | None:
    """The file of weights in a network's folder, the smallest first; None where there is none."""
    stem = "model" if part.name == "text_encoder" else "diffusion_pytorch_model"
    pickled = "pytorch_model" if part.name == "text_encoder" else stem
    names = (
        f"{stem}.fp16.safetensors",
        f"{stem}.safetensors",
        f"{pickled}.fp16.bin",
        f"{pickled}.bin",
    )
    return next((part / name for name in names if (part / name).is_file()), None)


def files_of(prior: PublishedPrior, folder: Path) -> tuple[Path, ...]:
    """What of a folder is needed, relative to it. Raises MissingWeightsError naming what lacks."""
    found: list[Path] = []
    lacks = [name for name in _TEXTS if not (folder / name).is_file()]
    for part in prior.parts:
        weights = weights_of(folder / part)
        if weights is None or not (folder / part / "config.json").is_file():
            lacks.append(part)
        else:
            found += [Path(part, "config.json"), weights.relative_to(folder)]
    if lacks:
        raise MissingWeightsError(
            f"{prior.title} is not whole in {folder}: it lacks {', '.join(lacks)}.",
            f"Get {prior.publisher}, and run `kinora models add FOLDER --as {prior.name}`.",
        )
    texts = [path.relative_to(folder) for path in sorted((folder / "tokenizer").iterdir())]
    return (*found, *texts, Path(_TEXTS[2]))


def published_prior(
    name: str, caption: str, device: str, is_as_published: bool = False, steps: int = 0
) -> DiffusionPrior:
    """A published model bound to a caption, `device` being "cpu" or "cuda", for so many
    steps.

    `is_as_published` follows the caption as the published loop does, else as `sds.ANNEALED` says.
    Raises MissingWeightsError where files or the package diffusers are not here, and BadOptionError
    for a model too large for the device.
    """
    known = {prior.name: prior for prior in PUBLISHED_PRIORS}
    if name not in known:
        raise BadOptionError(
            f'There is no prior "{name}".', f"Choose one of {', '.join(known)}.", field="prior"
        )
    folder = data_folder() / "models" / known[name].folder
    files_of(known[name], folder)
    try:
        from .loading import load_prior
    except ImportError as error:
        raise MissingWeightsError(
            f"{known[name].title} needs the package {error.name}, which is not installed.",
            'Install it with `pip install "kinora[diffusion]"` in the same Python.',
        ) from error
    return load_prior(known[name].title, folder, caption, device, is_as_published, steps)

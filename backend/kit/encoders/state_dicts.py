# SPDX-License-Identifier: Apache-2.0
"""Reads a file of weights without ever running what is in it, or says in a sentence why not.

OpenAI's files are TorchScript archives, which hold code: one is opened only when its checksum is
the published one. All else is safetensors, or a pickle that may hold nothing but tensors.
"""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from ....shared.errors import MissingWeightsError
from .published import PublishedEncoder, find_encoder_file, kind_of, sha256_of

Tensors = dict[str, Tensor]


def read_weights(encoder: PublishedEncoder, models_folder: Path) -> Tensors:
    """The tensors of the user's copy by their published names.

    Raises `MissingWeightsError` for a file that is absent, cut off, of another checksum or none of
    weights.
    """
    path = find_encoder_file(encoder, models_folder)
    if not path.is_file():
        raise MissingWeightsError(
            f"{encoder.title} is not here: {encoder.megabytes:.0f} MB, licence {encoder.license}, "
            f"by {encoder.publisher}.",
            f"Fetch it with `kinora models download {encoder.name}`, or put your copy at {path}.",
        )
    return read_tensors(path, encoder.sha256)


def read_tensors(path: Path, sha256: str) -> Tensors:
    """The tensors in a file; `sha256` is that of the one TorchScript archive that is trusted."""
    again = f"Remove {path} and fetch it again (`kinora models list` says where)."
    match kind_of(path):
        case "torchscript":
            if not sha256 or sha256_of(path) != sha256:
                raise MissingWeightsError(
                    f"{path.name} holds code and is not the published file: its checksum differs, "
                    "so it is not opened.",
                    again,
                )
            return _read_script(path)
        case "torch":
            return _read_pickle(path, again)
        case "safetensors":
            return _read_safetensors(path, again)
        case "cut off":
            raise MissingWeightsError(f"{path.name} is cut off or damaged.", again)
        case _:
            raise MissingWeightsError(f"{path.name} is no file of weights.", again)


def _read_script(path: Path) -> Tensors:
    with warnings.catch_warnings():
        # TorchScript is deprecated; OpenAI's files stay as they are.
        warnings.simplefilter("ignore")
        script = torch.jit.load(path, map_location="cpu")  # type: ignore[no-untyped-call]
    return dict(script.state_dict())


def _read_pickle(path: Path, again: str) -> Tensors:
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise MissingWeightsError(
            f"{path.name} is a pickle that holds more than tensors, so it is not opened.",
            "Save its state_dict() alone, best as safetensors.",
        ) from error
    except MemoryError:
        raise
    except Exception as error:  # what bent bytes raise is anything: IndexError, struct.error, ...
        raise MissingWeightsError(f"{path.name} is cut off or damaged.", again) from error
    if not isinstance(content, dict) or not all(
        isinstance(key, str) and isinstance(value, Tensor) for key, value in content.items()
    ):
        raise MissingWeightsError(
            f"{path.name} is not a state dict: it must map names to tensors.",
            "Save its state_dict() alone, best as safetensors.",
        )
    return content


def _read_safetensors(path: Path, again: str) -> Tensors:
    try:
        return load_file(path)
    except SafetensorError as error:
        raise MissingWeightsError(f"{path.name} is damaged.", again) from error

# SPDX-License-Identifier: Apache-2.0
"""Brings a published model into the user's folder: from a file that is here, or from its publisher.

Whatever the way, a file gets its name only when it is whole and its checksum is right.
"""

from __future__ import annotations

import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from ..shared.errors import (
    BadOptionError,
    KinoraError,
    MissingWeightsError,
    StorageError,
    UnreachableError,
)
from ..shared.folders import check_space
from . import weights
from .clipart.prior.published import PublishedPrior, files_of
from .faults import translate
from .kit.encoders.published import sha256_of
from .kit.smpl import convert
from .kit.smpl.families import body_file_of
from .weights import ModelFile

CHUNK = 1 << 20
PATIENCE_SECONDS = 30

Progress = Callable[[int, int], None]
"""Told the bytes that are here and, where it is known, of how many; else 0."""


def recognise(file: Path) -> ModelFile:
    """The published model that a file is, by its checksum or its name. Raises `BadOptionError`."""
    if file.is_dir():
        raise BadOptionError(
            f"{file} is a folder: which model it is cannot be told.",
            "Say which it is with --as; `kinora models list` tells their names.",
        )
    if not file.is_file():
        raise BadOptionError(f"There is no file {file}.", "Name the file that you have.")
    checksum = sha256_of(file)
    by_checksum = [model for model in weights.PUBLISHED if model.sha256 == checksum]
    by_name = [model for model in weights.PUBLISHED if Path(model.path).name == file.name]
    body = body_file_of(file)
    by_name += [model for model in weights.PUBLISHED if body is not None and model.body == body]
    for model in by_checksum or by_name:
        return model
    raise BadOptionError(
        f"{file.name} is no published model that Kinora knows, by its checksum or its name.",
        "Say which it is with --as; `kinora models list` tells their names.",
    )


def add(model: ModelFile, file: Path, folder: Path) -> Path:
    """Put a file of the user's into its place, as a link where the disk is the same; a body is
    converted instead, and the user's file is needed no more. Of a folder comes what is needed.

    Raises `MissingWeightsError` for a file that is not the model, and `StorageError`.
    """
    if model.prior is not None:
        return _add_folder(model, model.prior, file, folder / model.path)
    if not file.is_file() or not file.stat().st_size:
        raise BadOptionError(f"{file} is no file or an empty one.", "Name the file that you have.")
    if model.body is not None:
        return convert.convert(model.body, file, folder)
    target = folder / model.path
    hint = f"Get it anew from {model.origin}; weights of your own you may put at {target} yourself."
    _check(model, file, hint)
    if target.is_file() and target.samefile(file):
        return target
    try:
        part = _part_of(target)
        if not (part.is_file() and part.samefile(file)):
            part.unlink(missing_ok=True)
            _link_or_copy(file.resolve(), part)
        return _finish(part, target)
    except OSError as error:
        raise _unwritable(error, target) from error


def _add_folder(model: ModelFile, prior: PublishedPrior, given: Path, target: Path) -> Path:
    if not given.is_dir():
        raise BadOptionError(
            f"{model.name} is a folder of files, and {given} is none.",
            f"Get {prior.publisher}, and name that folder.",
        )
    files = files_of(prior, given)
    if target.is_dir() and target.samefile(given):
        return target
    try:
        for file in files:
            part = _part_of(target / file)
            part.unlink(missing_ok=True)
            _link_or_copy((given / file).resolve(), part)
            _finish(part, target / file)
    except OSError as error:
        raise _unwritable(error, target) from error
    return target


def download(model: ModelFile, folder: Path, progress: Progress) -> Path:
    """Fetch a model from its publisher, going on where an earlier try broke off.

    Raises `UnreachableError` when the connection fails: what came is kept for the next try;
    `MissingWeightsError` when what came is not the published file: it is removed; `StorageError`.
    """
    target = folder / model.path
    try:
        part = _part_of(target)
        _fetch(model, part, progress)
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
        raise _broken_off(model, error) from error
    except OSError as error:
        raise _unwritable(error, target) from error
    try:
        _check(model, part, "Nothing of it is kept; try again later.")
    except MissingWeightsError:
        part.unlink()
        raise
    return _finish(part, target)


def _fetch(model: ModelFile, part: Path, progress: Progress) -> None:
    here = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": "kinora"} | ({"Range": f"bytes={here}-"} if here else {})
    request = urllib.request.Request(model.url, headers=headers)
    try:
        response = urllib.request.urlopen(request, timeout=PATIENCE_SECONDS)
    except urllib.error.HTTPError as error:
        if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and here:
            return  # All of it is here already, or more: the checksum tells.
        raise
    with response:
        if response.status != HTTPStatus.PARTIAL_CONTENT:
            here = 0
        _receive(model, response, part, here, progress)


def _receive(
    model: ModelFile, response: HTTPResponse, part: Path, here: int, progress: Progress
) -> None:
    coming = int(response.headers.get("Content-Length") or 0)
    total = here + coming if coming else 0
    check_space(part.parent, coming or int((model.megabytes or 0) * 1e6))
    with part.open("r+b" if here else "wb") as file:
        file.seek(here)
        for block in _blocks(response):
            file.write(block)
            here += len(block)
            progress(here, total)
    if here < total:
        raise ConnectionError("it ended early")


def _blocks(response: HTTPResponse) -> Iterator[bytes]:
    """Raises ConnectionError for whatever breaks while reading: writing may fail alike."""
    try:
        while block := response.read(CHUNK):
            yield block
    except OSError as error:
        raise ConnectionError(str(error)) from error


def _check(model: ModelFile, file: Path, hint: str) -> None:
    """Refuse what has another checksum or, where none is published, what is not whole."""
    if model.sha256 and sha256_of(file) != model.sha256:
        what = "its checksum differs"
    elif not weights.is_whole(model, file):
        what = "it is cut off or no file of weights"
    else:
        return
    raise MissingWeightsError(f"{file.name} is not the published {model.name}: {what}.", hint)


def _part_of(target: Path) -> Path:
    """The place of an unfinished file, on the disk where the whole one will be."""
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.with_name(f"{target.name}.part")


def _finish(part: Path, target: Path) -> Path:
    os.replace(part, target)
    return target


def _link_or_copy(file: Path, place: Path) -> None:
    try:
        os.link(file, place)
    except OSError:
        check_space(place.parent, file.stat().st_size)
        shutil.copyfile(file, place)


def _broken_off(model: ModelFile, error: Exception) -> KinoraError:
    reason = getattr(error, "reason", None) or error
    return UnreachableError(
        f"{model.name} could not be fetched: {reason}.",
        "Try again: it goes on where it broke off. Or fetch "
        f"{model.url} yourself and run `kinora models add FILE`.",
    )


def _unwritable(error: OSError, target: Path) -> KinoraError:
    ours = translate(error)
    if isinstance(ours, StorageError):
        return ours
    return StorageError(f"{target} cannot be written: {error.strerror or error}.")

# SPDX-License-Identifier: Apache-2.0
"""`kinora models ...`: what is here, and how a published model comes here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.text import Text

from ..shared.errors import BadOptionError
from ..shared.folders import data_folder
from . import fetching, weights
from .cli_errors import answers, errors, spoken
from .weights import ModelFile


def commands() -> typer.Typer:
    models = typer.Typer(no_args_is_help=True)
    models.callback()(_models)
    models.command("list")(list_models)
    models.command("add")(add)
    models.command("download")(download)
    return models


def _models() -> None:
    """The models that Kinora computes with."""


@spoken
def list_models() -> None:
    """Say which model files are here, under what licence, and where to get the others."""
    folder = models_folder()
    console = answers()
    used = [model for model in weights.PUBLISHED if model.is_used]
    others = [model for model in weights.PUBLISHED if not model.is_used]
    console.print("Embedded: they come with Kinora", style="bold")
    for model in weights.EMBEDDED:
        _say_model(model, folder)
    console.print(
        "\nPublished: yours to bring, for `--encoder NAME`, `--body NAME` or as said", style="bold"
    )
    for model in used:
        _say_model(model, folder)
    console.print("\nPublished: not used yet in this version", style="bold")
    for model in others:
        _say_model(model, folder)
    console.print(f"\nFiles of your own belong in {folder}.", soft_wrap=True)


def models_folder() -> Path:
    return data_folder() / "models"


def _say_model(model: ModelFile, folder: Path) -> None:
    """A line with the facts and, where the user can do something, a second one that says what."""
    state = weights.examine(model, folder)
    word = {"missing": "absent", "not used yet": "here"}.get(state, state)
    style = {"ready": "green", "damaged": "red"}.get(state, "red" if model.is_embedded else "dim")
    size = f"{model.megabytes:,.0f} MB" if model.megabytes else ""
    facts = f"  {model.name:<26}{model.part:<16}", (f"{word:<9}", style), f"{size:>8}  "
    answers().print(Text.assemble(*facts, model.license), soft_wrap=True)
    if advice := _advice(model, state, folder):
        answers().print(f"      {advice}", style="dim", markup=False, soft_wrap=True)


def _advice(model: ModelFile, state: weights.State, folder: Path) -> str:
    if model.is_embedded:
        return "" if state == "ready" else f"It {model.origin}."
    if model.url:
        if state == "ready":
            return f"--encoder {model.key}, from {weights.locate(model, folder)}"
        return f"kinora models download {model.key}, or kinora models add FILE; by {model.origin}"
    if model.body is not None:
        if state == "ready":
            return f"--body {model.body.family.name}"
        return f"kinora models add FILE, from {model.origin}"
    if model.use:
        what = f"FOLDER --as {model.key}" if model.prior else "FILE"
        return model.use if state == "ready" else f"kinora models add {what}, from {model.origin}"
    return f"from {model.origin}, as {model.path}"


@spoken
def add(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Your copy of a published model: file or folder.")
    ],
    name: Annotated[
        str | None,
        typer.Option("--as", metavar="NAME", help="Which one, where its file name does not tell."),
    ] = None,
) -> None:
    """Put your copy of a published model into its place, if it is the right file."""
    model = weights.find_model(name) if name else fetching.recognise(file)
    _say_terms(model)
    _say_done(model, fetching.add(model, file, models_folder()))


@spoken
def download(
    name: Annotated[str, typer.Argument(metavar="NAME", help="For example clip-vit-b32.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Fetch a published model from its publisher, after saying what it is."""
    model = weights.find_model(name)
    if not model.url:
        raise BadOptionError(
            f"{model.name} is not for Kinora to fetch; its terms: {model.license}.",
            f"Get it yourself from {model.origin}, then run `kinora models add FILE`.",
        )
    _say_terms(model)
    folder = models_folder()
    if weights.examine(model, folder) == "ready":
        place = weights.locate(model, folder)
        answers().print(f"It is here already: {place}.", markup=False, soft_wrap=True)
        return
    if not yes:
        typer.confirm("Fetch it?", abort=True, err=True)
    columns = TextColumn(model.name), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    with Progress(*columns, console=errors(), transient=True) as bar:
        task = bar.add_task("", total=None)
        place = fetching.download(
            model,
            folder,
            lambda here, total: bar.update(task, completed=here, total=total or None),
        )
    _say_done(model, place)


def _say_terms(model: ModelFile) -> None:
    size = f", {model.megabytes:,.0f} MB" if model.megabytes else ""
    console = answers()
    console.print(f"{model.name}{size}; licence: {model.license}", markup=False, soft_wrap=True)
    console.print(f"From {model.origin} {model.url}".rstrip(), markup=False, soft_wrap=True)


def _say_done(model: ModelFile, place: Path) -> None:
    checked = "its checksum is right" if model.sha256 else "its publisher names no checksum"
    use = f"Use it with --encoder {model.key}." if model.encoder else "Not used yet."
    if model.use:
        use = f"{model.use[0].upper()}{model.use[1:]}."
    if model.body is not None:
        checked = "its content is right; converted, so that nothing in it can run"
        use = f"Use it with --body {model.body.family.name}."
    answers().print(f"Here: {place} ({checked}). {use}", markup=False, soft_wrap=True)

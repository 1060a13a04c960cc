# SPDX-License-Identifier: Apache-2.0
"""`kinora ...`: every command, as a client of the same server that Blender uses."""

from __future__ import annotations

import functools
import platform
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.text import Text

from ..shared import __version__
from ..shared.folders import data_folder
from . import cli_jobs, cli_models, cli_motion, cli_train, cli_wardrobe, doctor
from .catalog import build_catalog
from .cli_errors import FAILED, answers, errors, speak_of_crashes, spoken
from .cli_options import system_command
from .cli_run import run_order
from .cli_serve import serve
from .system import System
from .systems import SYSTEMS


def main() -> None:
    """The console script `kinora`."""
    speak_of_crashes()
    # Not `app()`, which would put typer's own hook for crashes in the place of ours.
    typer.main.get_command(make_app(SYSTEMS))()


def make_app(systems: Sequence[System]) -> typer.Typer:
    """The commands, in the order in which the help lists them: one per system, then the others."""
    app = typer.Typer(
        name="kinora",
        epilog="In Blender the same jobs run from the Kinora panel.",
        no_args_is_help=True,
        add_completion=False,
    )
    app.callback()(_kinora)
    catalog = build_catalog(systems)
    for system in catalog.systems:
        run = functools.partial(run_order, catalog=catalog)
        app.command(system.name)(spoken(system_command(system, run)))
    app.command("jobs")(cli_jobs.jobs)
    app.command("result")(cli_jobs.result)
    app.command("cancel")(cli_jobs.cancel)
    app.command("serve")(spoken(serve))
    app.command("doctor")(examine)
    app.add_typer(cli_models.commands(), name="models")
    app.add_typer(cli_motion.commands(), name="motion")
    wardrobe = typer.Typer(no_args_is_help=True)
    wardrobe.callback()(_wardrobe)
    wardrobe.command("list")(cli_wardrobe.list_wardrobe)
    app.add_typer(wardrobe, name="wardrobe")
    app.add_typer(cli_train.commands(), name="train")
    return app


def _say_version(is_asked: bool) -> None:
    if is_asked:
        answers().print(f"kinora {__version__} (Python {platform.python_version()})")
        raise typer.Exit


def _kinora(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_say_version, is_eager=True),
    ] = False,
) -> None:
    """Sentences become a rigged, clothed, animated character, and a drawing moves."""


@spoken
def examine() -> None:
    """Look at everything that Kinora needs, and say what to do about each fault."""
    findings = []
    with errors().status("Looking"):
        for finding in doctor.findings(data_folder()):
            findings.append(finding)
            _say_finding(finding)
    if doctor.is_broken(findings):
        raise typer.Exit(FAILED)


def _say_finding(finding: doctor.Finding) -> None:
    mark = {"good": "[green]ok  [/]", "note": "[yellow]note[/]", "broken": "[red]FAIL[/]"}
    line = Text.assemble(
        Text.from_markup(mark[finding.state]), f"  {finding.what}: {finding.found}"
    )
    answers().print(line, soft_wrap=True)
    if finding.advice:
        answers().print(f"      {finding.advice}", style="dim", markup=False, soft_wrap=True)


def _wardrobe() -> None:
    """What characters can wear."""

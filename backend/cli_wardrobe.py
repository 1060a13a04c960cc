# SPDX-License-Identifier: Apache-2.0
"""`kinora wardrobe list`: what a character can wear, in words and as picture sheets."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from ..shared.errors import StorageError
from .cli_errors import answers, errors, spoken


@spoken
def list_wardrobe(
    pictures: Annotated[
        Path | None,
        typer.Option("--pictures", "-p", metavar="FOLDER", help="Draw sheets into this folder."),
    ] = None,
) -> None:
    """Say every garment, role, hair style, beard, pattern and color that Kinora knows."""
    # By name, as systems are: what draws must not slow down the other commands.
    contents = importlib.import_module(".avatar.contents", __package__).contents()
    for heading, entries in contents.items():
        answers().print(f"{heading} ({len(entries)})", style="bold")
        answers().print("  " + ", ".join(entries), markup=False, soft_wrap=True)
    if pictures is None:
        answers().print("\nTo see them: kinora wardrobe list --pictures FOLDER", style="dim")
        return
    draw_sheets(pictures)


def draw_sheets(folder: Path) -> None:
    """Draw and save every sheet, with a bar: some minutes on two cores."""
    showcase = importlib.import_module(".avatar.showcase", __package__)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        showcase.color_chart().save(folder / "colors.jpg", quality=88)
        for name, items in showcase.sheets().items():
            _draw(showcase, name, items).save(folder / f"{name}.jpg", quality=88)
    except OSError as error:
        raise StorageError(
            f"The sheets cannot be written to {folder}: {error.strerror or error}.",
            "Choose another folder.",
        ) from error
    answers().print(f"\nSheets: {folder}", soft_wrap=True)


def _draw(showcase: Any, name: str, items: list[Any]) -> Any:
    with Progress(console=errors(), transient=True) as progress:
        task = progress.add_task(f"Drawing {name}", total=1.0)
        return showcase.sheet(
            items, lambda fraction, _label: progress.update(task, completed=fraction)
        )

# SPDX-License-Identifier: Apache-2.0
"""`kinora motion convert`: a motion of any tool as a file that another one reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..shared.errors import BadOptionError
from ..shared.motion_files.array_writing import amass_npz, motion_npz
from ..shared.motion_files.bvh_writing import write_bvh
from ..shared.motion_files.placing import resampled
from ..shared.motion_files.reading import Taken, read
from ..shared.results import Motion
from .cli_errors import answers, spoken
from .output import cannot_write

FORMS = (".bvh", ".npz")


def commands() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)
    app.callback()(_motion)
    app.command("convert")(convert)
    return app


def _motion() -> None:
    """Motions of other tools, and Kinora's for them."""


@spoken
def convert(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="BVH, or the npz or npy of Kinora, AMASS, HumanML3D, Kimodo or HY-Motion.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="A .bvh or .npz file.")
    ],
    fps: Annotated[
        float, typer.Option(min=0, max=240, help="Frames a second; 0 keeps the file's.")
    ] = 0.0,
    amass: Annotated[bool, typer.Option("--amass", help="An npz as AMASS has it.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
) -> None:
    """Write a motion in another form: on its own proportions, Y up in BVH, Z up in npz."""
    form = output.suffix.lower()
    _check(output, form, amass, force)
    if 0 < fps < 1:
        raise BadOptionError("A motion has at least 1 frame a second.", field="fps")
    try:
        data = file.read_bytes()
    except OSError as error:
        raise BadOptionError(f"{file} cannot be read: {error.strerror or error}.") from error
    taken = read(file.name, data)
    motion = resampled(taken.motion, fps) if fps else taken.motion
    try:
        output.write_bytes(_written(motion, form, amass))
    except OSError as error:
        raise cannot_write(output, error) from error
    _tell(taken, motion, output)


def _check(output: Path, form: str, amass: bool, force: bool) -> None:
    if form not in FORMS:
        raise BadOptionError(
            f'Motions are written as .bvh and .npz, not as "{output.name}".', "", "output"
        )
    if amass and form != ".npz":
        raise BadOptionError("AMASS files are .npz files.", "Name one with -o.", "output")
    if output.exists() and not force:
        raise BadOptionError(
            f"{output} is there already.", "Name another file, or give --force.", "output"
        )


def _written(motion: Motion, form: str, amass: bool) -> bytes:
    if form == ".bvh":
        return write_bvh(motion).encode()
    return amass_npz(motion) if amass else motion_npz(motion)


def _tell(taken: Taken, motion: Motion, output: Path) -> None:
    frames = len(motion.local_rotations)
    said = f"{taken.source}: {frames:,} frames, {frames / motion.fps:.1f} s at {motion.fps:g} fps."
    answers().print(said, markup=False, soft_wrap=True)
    for note in taken.notes:
        answers().print(note, style="dim", markup=False, soft_wrap=True)
    answers().print(str(output), markup=False, soft_wrap=True)

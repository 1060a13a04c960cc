# SPDX-License-Identifier: Apache-2.0
"""`kinora train ...`: embedded models made anew."""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from .cli_errors import spoken


def commands() -> typer.Typer:
    train = typer.Typer(no_args_is_help=True)
    train.callback()(_train)
    train.command("motion")(train_motion)
    train.command("poses")(train_poses)
    train.command("motion-prior")(train_motion_prior)
    train.command("text")(train_text)
    train.command("encoder")(train_encoder)
    train.command("judge")(train_judge)
    train.command("sight")(train_sight)
    train.command("clipart-prior")(train_clipart_prior)
    train.command("clipart-people")(train_clipart_people)
    return train


def _train() -> None:
    """Train an embedded model anew."""


# By name, as systems are: torch must not slow down the other commands.


@spoken
def train_motion(
    mocap: Annotated[Path, typer.Option("--mocap", metavar="FILE", help="The motion data.")],
) -> None:
    """Train the motion model on labelled motion capture, and put it in its place."""
    importlib.import_module(".kit.motion.train", __package__).main(mocap)


@spoken
def train_poses(
    mocap: Annotated[Path, typer.Option("--mocap", metavar="FILE", help="The motion data.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FOLDER", help="Where weights go; else into place."),
    ] = None,
) -> None:
    """Train the pose prior, cluster its codes and show the poses to the embedded encoder."""
    performed = importlib.import_module(".avatar.scenes.poses", __package__).make_bank()
    train = importlib.import_module(".kit.motion.poses.train", __package__)
    with tempfile.TemporaryDirectory() as folder:
        bank = Path(folder) / "poses.npz"
        performed.save(bank)
        train.make_all(mocap, bank, output)


@spoken
def train_motion_prior(
    mocap: Annotated[Path, typer.Option("--mocap", metavar="FILE", help="The motion data.")],
    output: Annotated[
        Path, typer.Option("--output", metavar="FOLDER", help="Where state and weights go.")
    ],
    minutes: Annotated[float, typer.Option(help="This run trains so long.")],
    total_minutes: Annotated[
        float | None,
        typer.Option(help="All runs together train so long; as long as this one if not said."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the training that the folder holds.")
    ] = False,
) -> None:
    """Train the motion prior on motion capture and Kinora's own performances, and measure it."""
    train = importlib.import_module(".kit.motion.prior.train", __package__)
    train.main(train.Order(mocap, output, minutes, total_minutes or minutes, resumes=resume))


@spoken
def train_text(
    words: Annotated[
        Path | None,
        typer.Option(
            "--words",
            metavar="FOLDER",
            help="A WordNet database, to make the table of dictionary words anew first.",
        ),
    ] = None,
) -> None:
    """Train the text head on the words that the lexicons hold, and put it in its place."""
    importlib.import_module(".avatar.words.train", __package__).main(words)


@spoken
def train_encoder(
    output: Annotated[
        Path, typer.Option("--output", metavar="FOLDER", help="Where state and weights go.")
    ],
    minutes: Annotated[float, typer.Option(help="This run trains so long, once all is prepared.")],
    total_minutes: Annotated[
        float | None,
        typer.Option(help="All runs together train so long; as long as this one if not said."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where the last run ended.")] = (
        False
    ),
    batch: Annotated[int, typer.Option(help="Pictures a step and GPU.")] = 256,
    mocap: Annotated[
        Path | None,
        typer.Option(
            "--mocap",
            metavar="FILE",
            help="Motion data (motions.npz beside labels.csv) whose poses the first run draws too.",
        ),
    ] = None,
) -> None:
    """Train the picture-text encoder on scenes drawn as it learns; a GPU is all but needed."""
    train = importlib.import_module(".avatar.seeing.train", __package__)
    train.main(
        train.Order(
            folder=output,
            materials=output / "materials",
            minutes=minutes,
            total_minutes=minutes if total_minutes is None else total_minutes,
            resumes=resume,
            batch=batch,
            mocap=mocap,
        )
    )


@spoken
def train_judge(
    output: Annotated[
        Path, typer.Option("--output", metavar="FOLDER", help="Where state and weights go.")
    ],
    minutes: Annotated[float, typer.Option(help="It trains so long, once all is prepared.")],
    mocap: Annotated[
        Path | None,
        typer.Option("--mocap", metavar="FILE", help="Motion data, as for the encoder."),
    ] = None,
) -> None:
    """Train a second, smaller encoder from another seed, for benchmarks to judge the first by."""
    train = importlib.import_module(".avatar.seeing.train", __package__)
    train.main(train.judge_order(output, minutes, mocap))


@spoken
def train_sight(
    materials: Annotated[
        Path,
        typer.Option(
            "--materials",
            metavar="FOLDER",
            help="What the encoder's training was made from; made if it is not there.",
        ),
    ],
) -> None:
    """Show all bodies to the trained encoder, and measure how sure it may be of words."""
    importlib.import_module(".avatar.seeing.sight", __package__).main(materials)


@spoken
def train_clipart_prior(
    output: Annotated[
        Path, typer.Option("--output", metavar="FOLDER", help="Where state and weights go.")
    ],
    minutes: Annotated[float, typer.Option(help="This run trains so long.")],
    total_minutes: Annotated[
        float | None,
        typer.Option(help="All runs together train so long; as long as this one if not said."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the training that the folder holds.")
    ] = False,
) -> None:
    """Train the video prior of drawings on procedural ones that move; a GPU is all but needed."""
    train = importlib.import_module(".clipart.prior.train", __package__)
    train.main(train.Order(output, minutes, total_minutes or minutes, resumes=resume))


@spoken
def train_clipart_people(
    output: Annotated[
        Path, typer.Option("--output", metavar="FOLDER", help="Where the weights and a log go.")
    ],
    minutes: Annotated[float, typer.Option(min=0.1, help="It trains so long, once all is drawn.")],
) -> None:
    """Train the detector of drawn people on procedural drawings, and measure it."""
    train = importlib.import_module(".clipart.skeleton.train", __package__)
    train.main(train.Order(output, minutes))

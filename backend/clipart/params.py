# SPDX-License-Identifier: Apache-2.0
"""The options of the clipart system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from ...shared.results import Media
from ..system import Doc, Group, MaxLength, Range

MOTION = Group("Clip options")
SKELETON = Group("Skeleton options")
PriorName = Literal["kinora", "modelscope", "animatediff", "none"]


@dataclass(frozen=True)
class Params:
    """A drawing and a sentence; the rest has plain defaults."""

    drawing: Annotated[Media, Doc("The drawing: SVG, or PNG with a transparent background")]
    caption: Annotated[str, MaxLength(500), Doc("Who does what, as in: a dog is wagging its tail")]
    preset: Annotated[
        Literal["draft", "standard", "quality", "published"],
        Doc("How long the motion is worked on; published is AniClipart's own way"),
    ] = "draft"
    seed: Annotated[
        int, Range(0, 2**31 - 1), Doc("The same seed, drawing and caption give the same clip")
    ] = 0
    frames: Annotated[int, MOTION, Range(8, 96), Doc("How many frames the clip has")] = 24
    fps: Annotated[int, MOTION, Range(4, 60), Doc("How many frames are shown in a second")] = 12
    amount: Annotated[
        float, MOTION, Range(0.1, 2), Doc("How far things move; 1 is as the words say")
    ] = 1.0
    paths: Annotated[
        Literal["auto", "angles", "fourier", "bezier"],
        MOTION,
        Doc("How motion is described: turning bones, closed curves, or AniClipart's Bezier paths"),
    ] = "auto"
    prior: Annotated[
        PriorName,
        MOTION,
        Doc("The video model that judges motion, but for drafts; the published need their files"),
    ] = "kinora"
    size: Annotated[int, MOTION, Range(128, 2048), Doc("Pixels along the longer side")] = 512
    background: Annotated[
        Literal["transparent", "white"], MOTION, Doc("What is behind the drawing, but in MP4")
    ] = "transparent"
    keypoints: Annotated[
        Media | None,
        SKELETON,
        Doc("Your own skeleton: keypoints.json, or AniClipart's keypoint SVG"),
    ] = None
    skeleton: Annotated[
        Media | None, SKELETON, Doc("The edges that belong to a keypoint SVG, as text")
    ] = None
    layers: Annotated[
        Media | None, SKELETON, Doc("Which shapes move together: AniClipart's layer JSON")
    ] = None
    only_keypoints: Annotated[
        bool, SKELETON, Doc("Find the skeleton, to be looked at and moved, and animate nothing")
    ] = False

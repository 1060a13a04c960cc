# SPDX-License-Identifier: Apache-2.0
"""The options of the avatar system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from ...shared.messages import NO_JOB, JobId
from ...shared.results import Media
from ..system import Doc, Group, MaxLength, Range

APPEARANCE = Group("Appearance options")
MOTION = Group("Motion options")
BodyName = Literal["anny", "smpl", "smplh", "smplx"]


@dataclass(frozen=True)
class Params:
    """Any prompt may be left out; what is left out gets a plain default (design section 5)."""

    shape_prompt: Annotated[
        str, MaxLength(2000), Doc("What the body is like: age, sex, height, weight, muscle")
    ] = ""
    appearance_prompt: Annotated[
        str, MaxLength(2000), Doc("What the character wears, and its hair and skin")
    ] = ""
    motion_prompt: Annotated[str, MaxLength(2000), Doc("What the character does")] = ""
    preset: Annotated[
        Literal["draft", "standard", "quality", "published"],
        Doc("How long looks are worked on; draft is the fastest, published AvatarCLIP's own way"),
    ] = "draft"
    encoder: Annotated[
        Literal["kinora", "clip-vit-b32", "clip-vit-b16", "clip-vit-l14", "openclip-vit-b32"],
        Doc("What judges pictures by the words, but for drafts; CLIP needs its file"),
    ] = "kinora"
    seed: Annotated[
        int, Range(0, 2**31 - 1), Doc("The same seed and prompts give the same character")
    ] = 0
    surface: Annotated[
        Literal["body", "sculpt"],
        APPEARANCE,
        Doc("Keep the clean meshes of body and clothes, or deliver the finer sculpt as one mesh"),
    ] = "body"
    works_on: Annotated[
        Literal["all", "texture", "sculpt", "motion"],
        APPEARANCE,
        Doc("What is worked on: all looks, colors or surface alone, or only a job's motion anew"),
    ] = "all"
    part: Annotated[
        Literal["all", "head", "torso", "arms", "hands", "legs", "feet"],
        APPEARANCE,
        Doc("Which part of the body is refined; the others stay as they are"),
    ] = "all"
    texture_size: Annotated[
        Literal["auto", "1024", "2048", "4096"],
        APPEARANCE,
        Doc("Pixels along a side of the textures; auto goes by the preset"),
    ] = "auto"
    body: Annotated[
        BodyName,
        APPEARANCE,
        Doc("The body model; those of SMPL's family need your own file of theirs"),
    ] = "anny"
    config: Annotated[
        Media | None,
        APPEARANCE,
        Doc("A configuration file of AvatarCLIP's, for the published preset"),
    ] = None
    checkpoint: Annotated[
        Media | None,
        APPEARANCE,
        Doc("A checkpoint of AvatarCLIP's to go on from, for the published preset"),
    ] = None
    continue_job: Annotated[
        JobId,
        APPEARANCE,
        Doc("A finished job to go on from: its words are read before these, its body stays"),
    ] = NO_JOB
    seconds: Annotated[
        float, MOTION, Range(0, 20), Doc("How long the motion lasts; 0 goes by its words")
    ] = 0.0
    takes: Annotated[
        int, MOTION, Range(1, 4), Doc("In how many ways the motion is made, to choose among")
    ] = 1
    in_place: Annotated[
        bool, MOTION, Doc("Stay over one spot, as games want it: the way is left out")
    ] = False
    steering: Annotated[
        Media | None,
        MOTION,
        Doc("What to keep to: a path, places, poses, pins and prompts in time, as JSON"),
    ] = None
    motion_file: Annotated[
        Media | None,
        MOTION,
        Doc("A motion of your own to put on the body: BVH, or the npz or npy of other tools"),
    ] = None

# SPDX-License-Identifier: Apache-2.0
"""The options of the avatar system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from ..system import Doc, MaxLength, Range


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
        Literal["draft", "standard", "quality"],
        Doc("Texture size and preview quality; draft is the fastest"),
    ] = "draft"
    encoder: Annotated[
        Literal["kinora", "clip-vit-b32", "clip-vit-b16", "clip-vit-l14", "openclip-vit-b32"],
        Doc("What judges pictures by the words, but for drafts; CLIP needs its file"),
    ] = "kinora"
    seed: Annotated[
        int, Range(0, 2**31 - 1), Doc("The same seed and prompts give the same character")
    ] = 0

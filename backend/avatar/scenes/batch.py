# SPDX-License-Identifier: Apache-2.0
"""What a batch of pictures shows: who, in what, in which pose, seen how. Arrays without torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

VIEWS = ("body", "metric", "face", "back", "head", "hands", "feet")
"""body: the whole figure, fitted, from the front half; metric: the whole figure from a camera of
fixed distance and height, so that a child is small; face: the face alone; back: the whole figure,
fitted, from behind; head: head and shoulders from any side; hands: one hand and what it holds;
feet: both feet."""
SHADINGS = ("diffuse", "unlit", "textureless")
"""textureless: the shape alone, all of one grey."""
BACKGROUNDS = ("white", "black", "noise", "board")
"""AvatarCLIP's four (spec/avatarclip.md, 2.4.4)."""


@dataclass(frozen=True)
class People:
    """B people with at most P parts each: skin, eyes, hair, beard and garments."""

    shape: NDArray[np.float32]
    """(B, K) coefficients of the body basis (`shapes.ShapeBasis`)."""
    parts: NDArray[np.int16]
    """(B, P) rows of `Wardrobe.names`, from the skin outwards; -1 is none."""
    colors: NDArray[np.float32]
    """(B, P, 2, 3) sRGB of each part's first and second color; of skin: skin and brows."""
    patterns: NDArray[np.int8]
    """(B, P) rows of `patterns.PATTERNS`; 0 is plain."""
    pose: NDArray[np.int32]
    """(B,) rows of the pose bank."""


@dataclass(frozen=True)
class Shots:
    """How each of B people is seen."""

    view: NDArray[np.int8]
    """(B,) of VIEWS."""
    azimuth: NDArray[np.float32]
    """(B,) radians around the figure; 0 sees its front from -Y, growing towards +X."""
    elevation: NDArray[np.float32]
    """(B,) radians above the horizon."""
    zoom: NDArray[np.float32]
    """(B,) size in the picture as a multiple of what fits; about 0.7 to 1.3. Ignored by metric."""
    shift: NDArray[np.float32]
    """(B, 2) of the picture's side, right and down."""
    shading: NDArray[np.int8]
    """(B,) of SHADINGS."""
    background: NDArray[np.int8]
    """(B,) of BACKGROUNDS."""
    seed: NDArray[np.int64]
    """(B,) of the light and the background's detail."""

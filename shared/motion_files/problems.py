# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a file of a motion, in one sentence, and how much of one is taken."""

from __future__ import annotations

from ..errors import BadOptionError

MOST_FRAMES = 20_000
MANY_FRAMES = 10_000
MOST_BYTES = 512 * 2**20
MOST_FPS = 240.0


def unreadable(what: str, hint: str = "") -> BadOptionError:
    """`what` is a sentence without its full stop."""
    return BadOptionError(f"{what}.", hint, "motion_file")


def check_frames(frames: int) -> None:
    if frames < 1:
        raise unreadable("The motion has no frames")
    if frames > MOST_FRAMES:
        raise unreadable(
            f"The motion has {frames:,} frames; {MOST_FRAMES:,} are taken at most",
            "Cut it into shorter ones.",
        )

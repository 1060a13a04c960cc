# SPDX-License-Identifier: Apache-2.0
"""How fine a character's textures are: as asked for, as far as the memory reaches."""

from __future__ import annotations

from pathlib import Path

from ...shared.errors import BadOptionError

SIZES = (4096, 2048, 1024)
BY_PRESET = {"draft": 1024, "standard": 2048, "quality": 4096, "published": 1024}
"""Texels along a side where none are asked for."""
BYTES = 220
"""Of memory that painting and showing a texel takes at most, all maps together."""
_MEMORY, _LIMITS = Path("/proc/meminfo"), Path("/sys/fs/cgroup")


def fitting_size(asked: str, preset: str, free: int | None) -> tuple[int, tuple[str, ...]]:
    """The size that is asked for ("auto", "1024", ...) or the next smaller one for which there are
    `free` bytes, None if nobody knows, and a note where it is smaller.

    Raises `BadOptionError` where not even the smallest fits.
    """
    wanted = BY_PRESET[preset] if asked == "auto" else int(asked)
    if free is None:
        return wanted, ()
    for size in SIZES:
        if size <= wanted and size * size * BYTES <= free:
            note = f"Textures are {size} pixels wide instead of {wanted}: the memory holds no more."
            return size, () if size == wanted else (note,)
    least = SIZES[-1]
    raise BadOptionError(
        f"Textures of {least} pixels need {_megabytes(least * least * BYTES)} MB of memory, "
        f"and {_megabytes(free)} MB are free.",
        "Close other programs and try again.",
        "texture_size",
    )


def free_memory() -> int | None:
    """Bytes that may still be taken before the system swaps or ends us; None where it is not told.

    It reads what Linux tells of the machine and of the container around us, if any.
    """
    told = [_available(), _left_in_container()]
    return min((one for one in told if one is not None), default=None)


def _available() -> int | None:
    try:
        lines = _MEMORY.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(found[0]) * 1024 if found else None


def _left_in_container() -> int | None:
    try:
        most = (_LIMITS / "memory.max").read_text(encoding="ascii").strip()
        used = int((_LIMITS / "memory.current").read_text(encoding="ascii"))
        kept = (_LIMITS / "memory.stat").read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return None
    # The page cache is given back when it is needed.
    cached = sum(int(line.split()[1]) for line in kept if line.startswith("inactive_file "))
    return int(most) - used + cached if most.isdecimal() else None


def _megabytes(count: int) -> int:
    return round(count / 1e6)

# SPDX-License-Identifier: Apache-2.0
"""Frames as pictures, and films of them: MP4 on white, WebP and GIF with transparency."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image

from ...kit.video import write_mp4

Picture = NDArray[np.uint8]
MOST_GIF_RATE = 50
"""Frames a second: browsers slow down what is faster."""


def draw_frames(svgs: Sequence[str], size: int, tell: Callable[[float], None]) -> list[Picture]:
    """(H, W, 4) straight sRGB and alpha of each document; the longer side is `size`, both even."""
    pictures = []
    for number, svg in enumerate(svgs):
        tell(number / len(svgs))
        pictures.append(_even(draw(svg, size)))
    return pictures


def draw(svg: str, size: int) -> Picture:
    """(H, W, 4) of a document whose longer side becomes `size` pixels."""
    head = svg[: svg.index(">")]
    width, height = (float(value) for value in head.split('viewBox="')[1].split('"')[0].split()[2:])
    is_wide = width >= height
    file = resvg_py.svg_to_bytes(
        svg_string=svg,
        skip_system_fonts=True,
        width=size if is_wide else None,
        height=None if is_wide else size,
    )
    with Image.open(io.BytesIO(bytes(file))) as picture:
        return np.asarray(picture.convert("RGBA"))


def on_white(picture: Picture) -> Picture:
    """(..., 3) of (..., 4)."""
    alpha = picture[..., 3:].astype(np.float32) / 255
    shown = picture[..., :3] * alpha + 255 * (1 - alpha)
    return np.round(shown).astype(np.uint8)


def whitened(picture: Picture) -> Picture:
    """The same with white where it was transparent, (..., 4)."""
    return np.concatenate([on_white(picture), np.full_like(picture[..., 3:], 255)], -1)


def mp4(pictures: Sequence[Picture], fps: float) -> bytes:
    return write_mp4((on_white(picture) for picture in pictures), fps)


def webp(pictures: Sequence[Picture], fps: float) -> bytes:
    """Animated, without end, with alpha."""
    return _animated(pictures, "WEBP", 1000 / fps, quality=80, method=3)


def gif(pictures: Sequence[Picture], fps: float) -> bytes:
    """Animated, without end, of 255 colors and transparency that is whole or none."""
    steps = max(1, round(100 / min(fps, MOST_GIF_RATE)))
    return _animated(pictures, "GIF", 10 * steps, disposal=2, optimize=False)


def strip(pictures: Sequence[Picture], count: int = 8, side: int = 192) -> bytes:
    """A PNG of frames side by side on white: those that differ most, in their order."""
    small = [_within(Image.fromarray(on_white(picture)), side) for picture in pictures]
    small = [small[n] for n in telling([np.asarray(one) for one in small], count)]
    sheet = Image.new("RGB", (side * count, side), "white")
    for n, picture in enumerate(small):
        sheet.paste(picture, (n * side + (side - picture.width) // 2, (side - picture.height) // 2))
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()


def telling(pictures: Sequence[Picture], count: int) -> list[int]:
    """The numbers of so many pictures (H, W, 3), the first among them, in their order.

    Each is the one least like all chosen before it, so that no pose is left out because it comes
    back at the rate at which one looks. Of fewer pictures some come twice.
    """
    looks = np.stack([picture[::4, ::4].astype(np.float32).ravel() for picture in pictures])
    chosen, gaps = [0], np.linalg.norm(looks - looks[0], axis=1)
    while len(chosen) < min(count, len(pictures)):
        gaps[chosen] = -1.0
        chosen.append(int(gaps.argmax()))
        gaps = np.minimum(gaps, np.linalg.norm(looks - looks[chosen[-1]], axis=1))
    chosen += [n % len(pictures) for n in range(count - len(chosen))]
    return sorted(chosen)


def _even(picture: Picture) -> Picture:
    """With a transparent row or column more where a side is odd: video wants even ones."""
    height, width = picture.shape[:2]
    return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)))


def _within(picture: Image.Image, side: int) -> Image.Image:
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    return picture


def _animated(pictures: Sequence[Picture], kind: str, milliseconds: float, **options: int) -> bytes:
    first, *others = (Image.fromarray(picture) for picture in pictures)
    file = io.BytesIO()
    first.save(
        file,
        kind,
        save_all=True,
        append_images=others,
        duration=round(milliseconds),
        loop=0,
        **options,
    )
    return file.getvalue()

# SPDX-License-Identifier: Apache-2.0
"""Pictures that another program wrote are read pixel by pixel, and damaged ones refused."""

from __future__ import annotations

import io

import numpy as np
import pytest

from kinora.blender_addon.pictures import MAX_PIXELS, read_png
from kinora.shared.errors import BadMessageError

Image = pytest.importorskip("PIL.Image", reason="Blender's own Python has no Pillow")


def written(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def picture(mode: str, size: tuple[int, int], noise: float) -> Image.Image:
    """Half a slope, half noise, so that its lines are told by different filters."""
    width, height = size
    slope = np.linspace(0, 255, width * height).reshape(height, width)
    chance = np.random.default_rng(3).normal(0, noise, (height, width, 4))
    values = np.clip(slope[..., None] + chance * (np.arange(height) % 3 > 0)[:, None, None], 0, 255)
    return Image.fromarray(values.astype(np.uint8), "RGBA").convert(mode)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (7, 3), (3, 40), (61, 64)])
@pytest.mark.parametrize("noise", [0, 5, 60])
def test_the_pixels_are_those_that_were_written(
    mode: str, size: tuple[int, int], noise: float
) -> None:
    image = picture(mode, size, noise)
    assert (read_png(written(image)) == np.asarray(image.convert("RGBA"))).all()


def test_what_is_no_picture_is_refused() -> None:
    whole = written(picture("RGB", (20, 20), 5))
    damaged = bytearray(whole)
    damaged[60] ^= 255
    one_bit = written(Image.new("1", (4, 4)))
    for data in (b"", b"JFIF", whole[:40], whole[:-60], bytes(damaged), one_bit):
        with pytest.raises(BadMessageError):
            read_png(data)


def test_a_picture_too_large_to_be_read_between_two_frames_is_refused() -> None:
    with pytest.raises(BadMessageError, match="larger"):
        read_png(written(Image.new("L", (MAX_PIXELS // 512 + 1, 512))))


def test_a_small_file_cannot_unfold_to_more_than_its_head_says() -> None:
    small, large = (written(Image.new("L", (size, size))) for size in (4, 700))
    forged = small[:33] + large[33:]
    assert read_png(forged).shape == (4, 4, 4)

# SPDX-License-Identifier: Apache-2.0
"""Pictures with a transparent background to the SVG of their areas of color, by vtracer."""

from __future__ import annotations

import io

import numpy as np
import vtracer
from numpy.typing import NDArray
from PIL import Image, ImageFilter, UnidentifiedImageError
from scipy import ndimage

from .document import refuse

MAX_PIXELS = 50_000_000
SIDE = 768
"""Pictures are traced at this size of their larger side."""
COLORS = 24
MAX_AREAS = 1_500
FLAT = 9.0
"""How far, of 255, the pixels of a drawing lie from its few colors on average, at most."""

_FORMATS = ("PNG", "WEBP", "GIF", "JPEG", "BMP", "TIFF")
_HINT = "Use an SVG, or a PNG of a drawing whose background is transparent."


def is_picture(data: bytes) -> bool:
    """Whether the bytes begin as one of the picture formats do."""
    starts = (b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"BM", b"II*\0", b"MM\0*")
    return data.startswith(starts) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def trace(data: bytes) -> bytes:
    """The SVG of a picture's areas of color, as large as the picture.

    Raises BadOptionError where it has no transparent background, is a photograph or is broken.
    """
    pixels = _pixels(data)
    solid = pixels[..., 3] >= 128
    if solid.all() or solid.mean() > 0.995:
        raise refuse("The picture has no transparent background, so no figure stands out.", _HINT)
    if not solid.any():
        raise refuse("The picture is empty: all of it is transparent.", _HINT)
    flat, distance = _flattened(_bled(pixels, solid), solid)
    if distance > FLAT:
        raise refuse("The picture is a photograph or as rich as one, not a flat drawing.", _HINT)
    traced = np.dstack([flat, np.where(solid, 255, 0).astype(np.uint8)])
    encoded = io.BytesIO()
    Image.fromarray(traced).save(encoded, "PNG")
    svg: str = vtracer.convert_raw_image_to_svg(
        encoded.getvalue(),
        img_format="png",
        colormode="color",
        hierarchical="stacked",
        mode="spline",
        filter_speckle=4,
        color_precision=8,
        layer_difference=1,
        corner_threshold=60,
        length_threshold=4.0,
        splice_threshold=45,
        path_precision=2,
    )
    if svg.count("<path") > MAX_AREAS:
        raise refuse("The picture is a photograph or as rich as one, not a flat drawing.", _HINT)
    return svg.encode()


def _pixels(data: bytes) -> NDArray[np.uint8]:
    """(H, W, 4), straight alpha, `SIDE` pixels at the larger side."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise refuse("The picture has more than 50 million pixels.", _HINT)
            whole = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise refuse("The picture cannot be read: it is damaged or cut off.", _HINT) from None
    scale = SIDE / max(whole.size)
    size = (max(round(whole.width * scale), 1), max(round(whole.height * scale), 1))
    sampling = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC
    return np.array(whole.convert("RGBa").resize(size, sampling).convert("RGBA"))


def _bled(pixels: NDArray[np.uint8], solid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The colors (H, W, 3), those of wholly opaque pixels carried over the edges."""
    sure = pixels[..., 3] >= 250
    sure = sure if sure.any() else solid
    nearest = ndimage.distance_transform_edt(~sure, return_distances=False, return_indices=True)
    return np.ascontiguousarray(pixels[nearest[0], nearest[1], :3])


def _flattened(
    colors: NDArray[np.uint8], solid: NDArray[np.bool_]
) -> tuple[NDArray[np.uint8], float]:
    """The picture in a few colors (H, W, 3), and how far on average it was from them (0 to 255).

    The palette is that of the figure alone; a mode filter takes the seams of blended pixels away.
    """
    figure = Image.fromarray(colors[solid][None])
    palette = figure.quantize(COLORS, Image.Quantize.MEDIANCUT, kmeans=3)
    indexed = Image.fromarray(colors).quantize(palette=palette, dither=Image.Dither.NONE)
    plain = np.array(indexed.convert("RGB"))
    distance = np.abs(plain[solid].astype(np.float64) - colors[solid]).mean()
    smooth = indexed.filter(ImageFilter.ModeFilter(5))
    smooth.putpalette(indexed.getpalette() or [])
    return np.array(smooth.convert("RGB")), float(distance)

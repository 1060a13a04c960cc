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
ALIKE = 9.0
"""Colors nearer to each other, of 255, are one."""
MAX_SAMPLES = 50_000
BLENDED = 12
"""Where neighbors differ by more, of 255, colors blend."""
MAX_AREAS = 1_500
ROUGHEST = 0.27
"""Of a drawing's pixels fewer differ from their neighbors; of photographs' more (0.30 to 0.95)."""

_FORMATS = ("PNG", "WEBP", "GIF", "JPEG", "BMP", "TIFF")
_PHOTOGRAPH = "The picture is a photograph or as rich as one, not a flat drawing."
_HUGE = f"The picture has more than {MAX_PIXELS // 10**6} million pixels."
_HINT = "Use an SVG, or a PNG of a drawing whose background is transparent."


def is_picture(data: bytes) -> bool:
    """Whether the bytes begin as one of the picture formats do."""
    starts = (b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"BM", b"II*\0", b"MM\0*")
    return data.startswith(starts) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def trace(data: bytes) -> bytes:
    """The SVG of a picture's areas of color, as large as the picture.

    Raises BadOptionError where it has no transparent background, is a photograph or is broken.
    """
    whole = _opened(data)
    pixels = _sized(whole)
    solid = pixels[..., 3] >= 128
    if solid.all() or solid.mean() > 0.995:
        raise refuse("The picture has no transparent background, so no figure stands out.", _HINT)
    if not solid.any():
        raise refuse("The picture is empty: all of it is transparent.", _HINT)
    if _roughness(whole) > ROUGHEST:
        raise refuse(_PHOTOGRAPH, _HINT)
    flat = _flattened(_bled(pixels, solid), solid)
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
        raise refuse(_PHOTOGRAPH, _HINT)
    return svg.encode()


def _opened(data: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise refuse(_HUGE, _HINT)
            return picture.convert("RGBA")
    except Image.DecompressionBombError:
        raise refuse(_HUGE, _HINT) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise refuse("The picture cannot be read: it is damaged or cut off.", _HINT) from None


def _roughness(whole: Image.Image) -> float:
    """The share of the opaque pixels in the picture's middle that differ from their neighbors."""
    wide, high = (min(side, SIDE) for side in whole.size)
    left, top = (whole.width - wide) // 2, (whole.height - high) // 2
    pixels = np.array(whole.crop((left, top, left + wide, top + high))).astype(np.int16)
    inner = ndimage.binary_erosion(pixels[..., 3] >= 250, iterations=3)[1:-1, 1:-1]
    colors = pixels[..., :3]
    around = colors[:-2, 1:-1] + colors[2:, 1:-1] + colors[1:-1, :-2] + colors[1:-1, 2:]
    rough = np.abs(4 * colors[1:-1, 1:-1] - around).max(-1) > 4
    return float(rough[inner].mean()) if inner.any() else 0.0


def _sized(whole: Image.Image) -> NDArray[np.uint8]:
    """(H, W, 4), straight alpha, `SIDE` pixels at the larger side."""
    scale = SIDE / max(whole.size)
    size = (max(round(whole.width * scale), 1), max(round(whole.height * scale), 1))
    sampling = Image.Resampling.HAMMING if scale < 1 else Image.Resampling.BILINEAR
    return np.array(whole.convert("RGBa").resize(size, sampling).convert("RGBA"))


def _bled(pixels: NDArray[np.uint8], solid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The colors (H, W, 3), those of wholly opaque pixels carried over the edges."""
    sure = pixels[..., 3] >= 250
    sure = sure if sure.any() else solid
    nearest = ndimage.distance_transform_edt(~sure, return_distances=False, return_indices=True)
    return np.ascontiguousarray(pixels[nearest[0], nearest[1], :3])


def _flattened(colors: NDArray[np.uint8], solid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The picture in a few colors, (H, W, 3): those of places that are all of one color.

    Pixels where colors blend get the nearer of them; a mode filter takes thin seams away.
    """
    wide = (3, 3, 1)
    spread = ndimage.maximum_filter(colors, wide) - ndimage.minimum_filter(colors, wide)
    plain = (spread.max(-1) <= BLENDED) & ndimage.binary_erosion(solid)
    palette = _palette(colors[plain if plain.sum() > 100 else solid])
    away = [np.square(colors.astype(np.float32) - color).sum(-1) for color in palette]
    index = Image.fromarray(np.argmin(away, axis=0).astype(np.uint8))
    smooth = np.array(index.filter(ImageFilter.ModeFilter(5)))
    return np.asarray(palette[smooth], np.uint8)


def _palette(colors: NDArray[np.uint8]) -> NDArray[np.float32]:
    """At most `COLORS` colors of pixels (N, 3), the most frequent first, no two nearly equal."""
    some = colors[:: len(colors) // MAX_SAMPLES + 1]
    few = Image.fromarray(some[None]).quantize(COLORS, Image.Quantize.MEDIANCUT, kmeans=3)
    table = np.array(few.getpalette() or [0, 0, 0], np.float32).reshape(-1, 3)
    counts = np.array(few.histogram()[: len(table)])
    kept: list[NDArray[np.float32]] = []
    for index in np.argsort(-counts, kind="stable"):
        if counts[index] and all(np.linalg.norm(table[index] - color) > ALIKE for color in kept):
            kept.append(table[index])
    return np.array(kept, np.float32)

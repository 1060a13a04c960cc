# SPDX-License-Identifier: Apache-2.0
"""Pictures into an MP4 that browsers and Blender play: H.264, 4:2:0, its index first."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from ...shared.errors import BadResultError, InternalError

# x264's constant rate factor: 18 is hardly told from the original, 28 is coarse.
_OPTIONS = {"crf": "19", "preset": "fast"}
_ENCODERS = ("libx264", "libopenh264")


def write_mp4(frames: Iterable[NDArray[np.uint8]], fps: float) -> bytes:
    """Encode sRGB pictures (H, W, 3) of one even size, as they come, into the bytes of an MP4.

    Raises `BadResultError` for no pictures and for sizes that are odd or differ, `InternalError`
    where the installed PyAV cannot write H.264.
    """
    # A real file: to bring the index to the front, the muxer reads back what it wrote.
    with tempfile.TemporaryDirectory(prefix="kinora-") as folder:
        path = Path(folder) / "video.mp4"
        with av.open(path, "w", format="mp4", options={"movflags": "faststart"}) as container:
            _encode(container, frames, fps)
        return path.read_bytes()


def _encode(container: OutputContainer, frames: Iterable[NDArray[np.uint8]], fps: float) -> None:
    stream: VideoStream | None = None
    for frame in frames:
        if stream is None:
            stream = _open_stream(container, frame, fps)
        if frame.shape != (stream.height, stream.width, 3):
            raise BadResultError("The pictures of the video are not all of one size.")
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
        container.mux(stream.encode(picture))
    if stream is None:
        raise BadResultError("The video has no pictures.")
    container.mux(stream.encode(None))


def _open_stream(container: OutputContainer, frame: NDArray[np.uint8], fps: float) -> VideoStream:
    height, width = frame.shape[:2]
    if height % 2 or width % 2:
        raise BadResultError(f"A video of {width} x {height} pixels: both must be even.")
    encoder = next((name for name in _ENCODERS if name in av.codecs_available), None)
    if encoder is None:
        raise InternalError(
            "The installed PyAV cannot write H.264 video.",
            "Install the published package: `pip install --force-reinstall av`.",
        )
    rate = Fraction(fps).limit_denominator(1001)
    stream = container.add_stream(encoder, rate=rate, options=_OPTIONS)
    if not isinstance(stream, VideoStream):
        raise InternalError(f"PyAV opened {encoder} as something other than video.")
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    return stream

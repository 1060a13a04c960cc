# SPDX-License-Identifier: Apache-2.0
"""What goes into an MP4 comes out of it: size, count, rate and colours."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest

from kinora.backend.kit import video
from kinora.backend.kit.video import write_mp4
from kinora.shared.errors import BadResultError, InternalError


def ramp(step, height=48, width=64):
    """A picture that grows brighter to the right, and redder with every step."""
    red = np.full((height, width), 30 + 20 * step)
    across = np.tile(np.linspace(40, 220, width), (height, 1))
    return np.stack([red, across, np.full_like(across, 90)], -1).astype(np.uint8)


def read_back(data):
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        facts = stream.codec_context.name, stream.codec_context.pix_fmt, float(stream.average_rate)
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)], facts


def test_pictures_come_back_in_order_and_colour():
    pictures = [ramp(step) for step in range(9)]
    found, facts = read_back(write_mp4(iter(pictures), 15))
    assert facts == ("h264", "yuv420p", 15.0)
    assert len(found) == 9
    for sent, got in zip(pictures, found, strict=True):
        assert got.shape == sent.shape
        assert np.abs(got.astype(int) - sent).mean() < 6


def test_the_index_comes_before_the_pictures():
    data = write_mp4([ramp(0), ramp(1)], 24)
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_a_rate_that_is_not_whole_is_kept():
    _, facts = read_back(write_mp4([ramp(step % 9) for step in range(30)], 30000 / 1001))
    assert facts[2] == pytest.approx(30000 / 1001)


@pytest.mark.parametrize(
    "pictures",
    [[], [ramp(0, height=47)], [ramp(0, width=63)], [ramp(0), ramp(1, height=50)]],
    ids=["none", "odd height", "odd width", "two sizes"],
)
def test_pictures_that_make_no_video_are_refused(pictures):
    with pytest.raises(BadResultError):
        write_mp4(pictures, 15)


def test_an_installation_without_h264_says_what_to_do(monkeypatch):
    monkeypatch.setattr(video, "_ENCODERS", ("no_such_encoder",))
    with pytest.raises(InternalError, match="pip install"):
        write_mp4([ramp(0)], 15)

# SPDX-License-Identifier: Apache-2.0
"""Animated drawings as SVG and films, read again by others' eyes."""

import io
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from kinora.backend.clipart.delivery import films
from kinora.backend.clipart.delivery.animated_svg import animated_svg, frame_svgs
from kinora.shared.results import Paint, VectorClip, VectorShape

FRAMES = 12
SVG = "{http://www.w3.org/2000/svg}"
SOLID = Paint(
    "solid", np.array([[1, 0, 0, 1]], np.float32), np.zeros(1, np.float32), np.eye(2, 3, dtype="f4")
)
ACROSS = Paint(
    "linear",
    np.array([[0, 0, 0, 1], [1, 1, 1, 1]], np.float32),
    np.array([0, 1], np.float32),
    np.array([[100, 0, 50], [0, 100, 50]], np.float32),
)


def square(left: float, top: float, side: float) -> np.ndarray:
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]) * side + (left, top)
    parts = [corners[:1]]
    for start, end in pairwise(corners):
        parts.append(np.linspace(start, end, 4)[1:])
    return np.concatenate(parts)


def turned(points: np.ndarray, angle: float, shift: tuple[float, float]) -> np.ndarray:
    cos, sin = np.cos(angle), np.sin(angle)
    return (points - 100) @ np.array([[cos, sin], [-sin, cos]]) + 100 + shift


def clip_of(*shapes: VectorShape, box=(0, 28, 256, 228)) -> VectorClip:
    return VectorClip(
        "a <kite> & its tail",
        12.0,
        np.array(box, np.float32),
        shapes,
        (),
        ("a", "b"),
        np.zeros((2, 2), np.float32),
        np.zeros((FRAMES, 2, 2), np.float32),
        np.array([[0, 1]], np.int32),
        np.array([-1], np.int32),
        False,
    )


@pytest.fixture
def swinging() -> VectorClip:
    rest = np.concatenate([square(50, 50, 100), square(80, 80, 40)])
    angles = 0.5 * np.sin(2 * np.pi * np.arange(FRAMES) / FRAMES)
    points = np.stack([turned(rest, angle, (10 * angle, 0)) for angle in angles])
    unit = ACROSS.frame.T.astype(float)  # The gradient's two axes and where it begins.
    axes = np.stack([turned(unit, angle, (10 * angle, 0)) for angle in angles])
    axes[:, :2] -= np.stack([turned(np.zeros((1, 2)), angle, (10 * angle, 0)) for angle in angles])
    frames = axes.transpose(0, 2, 1).astype(np.float32)
    moving = VectorShape(
        "kite", 0, ACROSS, True, np.array([0, 13], np.int32), points.astype(np.float32), frames
    )
    still = np.repeat(square(0, 200, 28)[None], FRAMES, 0).astype(np.float32)
    return clip_of(moving, VectorShape("ground", 0, SOLID, False, np.array([0], np.int32), still))


def test_the_animation_holds_the_frames_and_closes(swinging):
    whole = ElementTree.fromstring(animated_svg(swinging))
    stills = [ElementTree.fromstring(svg) for svg in frame_svgs(swinging)]
    moving, ground = whole.findall(f"{SVG}path")
    values = moving.find(f"{SVG}animate").get("values").split(";")
    assert values == [still.find(f"{SVG}path").get("d") for still in (*stills, stills[0])]
    assert ground.find(f"{SVG}animate") is None
    assert whole.find(f"{SVG}title").text == "a <kite> & its tail"


def test_the_same_commands_follow_in_every_frame(swinging):
    path = ElementTree.fromstring(animated_svg(swinging)).find(f"{SVG}path")
    values = path.find(f"{SVG}animate").get("values").split(";")
    assert {re.sub(r"[-\d. ]+", "", value) for value in values} == {"MLLLLZMLLLLZ"}


def test_a_hole_is_a_hole_and_the_gradient_goes_along(swinging):
    first, third = (films.draw(frame_svgs(swinging)[t], 256) for t in (0, 3))
    assert first.shape == (200, 256, 4)
    assert first[100 - 28, 100, 3] == 0  # The hole, the page beginning at 28.
    assert (first[120 - 28, 60, :3] < 60).all() and (first[120 - 28, 145, :3] > 200).all()
    # A point of the square that is dark or bright stays so when it has turned.
    for start, is_dark in (((60, 120), True), ((145, 120), False)):
        x, y = turned(np.array([start], float), 0.5, (5, 0))[0]
        assert (third[round(y) - 28, round(x), :3] < 128).all() == is_dark


@pytest.mark.parametrize("kind", ["webp", "gif"])
def test_films_keep_transparency_time_and_number(swinging, kind):
    pictures = films.draw_frames(frame_svgs(swinging), 128, lambda done: None)
    with Image.open(io.BytesIO(getattr(films, kind)(pictures, swinging.fps))) as film:
        assert film.n_frames == FRAMES
        assert film.info["loop"] == 0
        film.seek(3)
        film.load()
        assert film.info["duration"] == pytest.approx(1000 / 12, abs=5)
        shown = np.asarray(film.convert("RGBA"))
    assert (np.abs(shown[..., 3].astype(int) - pictures[3][..., 3]) > 128).mean() < 0.02


def test_odd_pages_make_even_pictures():
    clip = clip_of(
        VectorShape(
            "dot", 0, SOLID, False, np.array([0], np.int32),
            np.repeat(square(9, 29, 5)[None], FRAMES, 0).astype(np.float32),
        ),
        box=(0, 28, 256, 129),
    )  # fmt: skip
    pictures = films.draw_frames(frame_svgs(clip)[:1], 255, lambda done: None)
    assert pictures[0].shape[0] % 2 == pictures[0].shape[1] % 2 == 0
    assert films.mp4(pictures, 12.0)[4:8] == b"ftyp"


@pytest.mark.parametrize("cycle", [3, 6, 8, 12])
def test_a_strip_shows_every_pose_of_a_cycle_that_it_has_room_for(cycle: int) -> None:
    pictures = [np.full((8, 8, 3), 20 * (n % cycle), np.uint8) for n in range(24)]
    chosen = films.telling(pictures, 8)
    assert chosen[0] == 0
    assert chosen == sorted(chosen)
    assert len({n % cycle for n in chosen}) == min(cycle, 8)


def test_captions_that_xml_cannot_say_do_no_harm(swinging):
    named = replace(swinging, name="a\x00 \ud800 ]]> <dog>\x1b")
    assert ElementTree.fromstring(animated_svg(named)).find(f"{SVG}title").text == "a  ]]> <dog>"
    assert films.draw(frame_svgs(named)[0], 64).any()

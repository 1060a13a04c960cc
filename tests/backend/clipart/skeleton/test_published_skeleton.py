# SPDX-License-Identifier: Apache-2.0
"""AniClipart's skeleton files mean here what they mean there (spec 1.3 and 2.2)."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from drawn_limbs import drawn
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kinora.backend.clipart.drawing import PERSON, PERSON_EDGES, Layer, Skeleton
from kinora.backend.clipart.skeleton.find import Found
from kinora.backend.clipart.skeleton.given import given_skeleton
from kinora.backend.clipart.skeleton.published import published_files
from kinora.shared.errors import BadOptionError
from kinora.shared.folders import is_plain_name
from kinora.shared.keypoints_file import Keypoint, KeypointsFile, to_json
from kinora.shared.results import Media

KITE = drawn("<path d='M10 10h40v40z'/><path d='M60 60h40v40z' fill='red'/>")
# The 19 edges of COCO's person from 0, limbs and trunk first, face last.
COCO = (
    (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8),
    (7, 9), (8, 10), (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
)  # fmt: skip


def media(name: str, text: str | bytes) -> Media:
    return Media.of(name, text if isinstance(text, bytes) else text.encode())


def read(
    keypoints: str | bytes, edges: str | bytes | None = None, layers: str | bytes | None = None
) -> Found:
    return given_skeleton(
        media("a_keypoint.svg", keypoints),
        None if edges is None else media("a_skeleton.txt", edges),
        None if layers is None else media("a_layer.json", layers),
        KITE,
    )


def circles(points: np.ndarray, box: str) -> str:
    inner = "".join(f'<circle cx="{x}" cy="{y}" r="4.4"/>' for x, y in points.tolist())
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{inner}</svg>'


def test_circles_are_fitted_to_the_canvas_as_their_page_is() -> None:
    # A page of 512 x 256, from (10, 20): half as large on the canvas, 64 units from its top.
    found = read(
        circles(np.array([[10, 20], [522, 276], [266, 148]]), "10 20 512 256"), "0 1\n1 2\n"
    )
    np.testing.assert_allclose(found.skeleton.points, [[0, 64], [256, 192], [128, 128]])
    assert found.skeleton.edges.tolist() == [[0, 1], [1, 2]] and not found.skeleton.is_person


def test_a_detected_person_loses_its_face() -> None:
    points = np.random.default_rng(0).uniform(5, 250, (17, 2)).round(2)
    edges = "\n".join(f"{a} {b}" for a, b in COCO)
    person = read(circles(points, "0 0 256 256"), edges).skeleton
    assert person.is_person and person.names == PERSON
    assert sorted(map(sorted, person.edges.tolist())) == sorted(map(sorted, PERSON_EDGES))
    np.testing.assert_allclose(person.points[0], points[:5].mean(0))
    np.testing.assert_allclose(person.points[1:], points[5:])


def test_seventeen_points_of_something_else_stay_seventeen() -> None:
    points = np.random.default_rng(0).uniform(5, 250, (17, 2))
    chain = "\n".join(f"{n} {n + 1}" for n in range(16))
    found = read(circles(points, "0 0 256 256"), chain).skeleton
    assert len(found.points) == 17 and not found.is_person


def test_keypoints_without_edges_are_joined_and_that_is_said() -> None:
    found = read(circles(np.array([[0, 0], [200, 0], [100, 0], [240, 0]]), "0 0 256 256"))
    assert sorted(map(sorted, found.skeleton.edges.tolist())) == [[0, 2], [1, 2], [1, 3]]
    assert found.notes


def test_layers_count_from_one() -> None:
    layers = json.dumps([
        {"layer": "sail", "path_index": [2], "control_index": [1, 2]},
        {"layer": "tail", "path_index": [1], "control_index": [2, 3]},
    ])  # fmt: skip
    points = circles(np.array([[128, 60], [128, 150], [128, 235]]), "0 0 256 256")
    found = read(points, "0 1\n1 2", layers)
    assert found.layers == (Layer("sail", (1,), (0, 1)), Layer("tail", (0,), (1, 2)))


def test_what_is_written_is_read() -> None:
    points = np.random.default_rng(1).uniform(5, 250, (6, 2)).round(3)
    edges = np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]])
    layers = (Layer("one", (0,), (0, 1, 2)), Layer("two", (1,), (2, 3, 4, 5)))
    files = published_files(KITE, Skeleton(points, edges, ("",) * 6, False), layers)
    name = KITE.name
    found = read(
        files[f"{name}_keypoint.svg"], files[f"{name}_skeleton.txt"], files[f"{name}_layer.json"]
    )
    np.testing.assert_allclose(found.skeleton.points, points)
    assert found.skeleton.edges.tolist() == edges.tolist() and found.layers == layers


def test_json_and_svg_are_told_apart() -> None:
    file = KeypointsFile((Keypoint(1, 2, "nose"), Keypoint(3, 4)), ((0, 1),))
    found = given_skeleton(media("keypoints", "\n " + to_json(file)), None, None, KITE)
    assert found.skeleton.names == ("nose", "")
    with pytest.raises(BadOptionError) as error:
        given_skeleton(media("k", to_json(file)), media("edges.txt", "0 1"), None, KITE)
    assert error.value.field == "skeleton"


TWO = circles(np.array([[1, 1], [9, 9]]), "0 0 10 10")


@pytest.mark.parametrize(("keypoints", "edges", "layers", "field", "says"), [
    ("", None, None, "keypoints", "SVG"),
    ("<svg", None, None, "keypoints", "SVG"),
    (TWO.replace("0 0 10 10", "0 0 0 10"), None, None, "keypoints", "view box"),
    (TWO.replace('cx="9"', 'cx="wide"'), None, None, "keypoints", "no number"),
    (TWO.replace('cx="9"', 'cx="9e9"'), None, None, "keypoints", "outside"),
    (circles(np.zeros((0, 2)), "0 0 9 9"), None, None, "keypoints", "0 circles"),
    (TWO.replace("<circle", "<script/><circle"), None, None, "keypoints", "script"),
    (TWO, "", None, "skeleton", "0 edges"),
    (TWO, "0 1 2", None, "skeleton", "line 1"),
    (TWO, "0 1\n0 two", None, "skeleton", "line 2"),
    (TWO, "0 2", None, "skeleton", "line 1"),
    (TWO, "1 1", None, "skeleton", "line 1"),
    (TWO, "0 1", "{}", "layers", "list"),
    (TWO, "0 1", '[{"path_index": [1, 2], "control_index": [3]}]', "layers", "1 to 2"),
    (TWO, "0 1", '[{"path_index": [1], "control_index": [1, 2]}]', "layers", "2 paths"),
    (TWO, "0 1", '[{"path_index": [1, 2, 2], "control_index": [1]}]', "layers", "once"),
])  # fmt: skip
def test_what_is_wrong_is_said(
    keypoints: str, edges: str | None, layers: str | None, field: str, says: str
) -> None:
    with pytest.raises(BadOptionError) as error:
        read(keypoints, edges, layers)
    assert error.value.field == field and says in error.value.message


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=60), st.none() | st.binary(max_size=30), st.none() | st.binary(max_size=60)
)
@example(b"{" * 2000, None, None)
@example(TWO.encode(), "٣ ٤".encode(), None)
@example(TWO.encode(), b"9" * 5000 + b" 1", None)
@example(TWO.encode(), b"0 1", b"[" * 3000)
@example(TWO.encode(), b"0 1", b'[{"path_index": [1, 2.5], "control_index": [true]}]')
@example(TWO.encode().replace(b'cx="9"', b'cx="nan"'), None, None)
def test_anything_is_read_or_refused_in_a_sentence(
    keypoints: bytes, edges: bytes | None, layers: bytes | None
) -> None:
    try:
        found = read(keypoints, edges, layers)
    except BadOptionError as error:
        assert error.field in ("keypoints", "skeleton", "layers") and error.message.endswith(".")
    else:
        assert np.isfinite(found.skeleton.points).all()
        assert found.skeleton.edges.max() < len(found.skeleton.points)


pieces = st.lists(
    st.sampled_from(["<svg", "<circle", ' cx="', ' cy="', "1", "-2e3", '"', "/>", ">", "</svg>",
                     ' viewBox="0 0 9 9"', "<g>", "</g>", "&amp;", "<!DOCTYPE", "inf"]),
    max_size=25,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(pieces)
def test_broken_svgs_are_refused_in_a_sentence(parts: list[str]) -> None:
    try:
        read("".join(parts))
    except BadOptionError as error:
        assert error.field == "keypoints"


@given(st.text(max_size=300))
@example("..")
@example("\U0001f431" * 99 + "\u732b" * 99)
def test_whatever_a_drawing_is_called_its_files_have_plain_names(name: str) -> None:
    skeleton = Skeleton(np.eye(2), np.array([(0, 1)]), ("", ""), False)
    files = published_files(replace(KITE, name=name), skeleton, ())
    assert len(files) == 5
    assert all(is_plain_name(file) and len(file.encode()) < 255 for file in files)

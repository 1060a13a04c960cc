# SPDX-License-Identifier: Apache-2.0
"""AniClipart's own skeleton files, read and written: keypoint SVG, edge text, layer JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....shared.errors import BadOptionError
from ....shared.folders import plain_word
from ....shared.handwritten import MisfitError, read_json
from ....shared.keypoints_file import FEWEST_POINTS, MOST_EDGES, MOST_POINTS
from ..drawing import CANVAS, PERSON, PERSON_EDGES, Drawing, Layer, Points, Skeleton
from ..painting import svg_of
from ..reading.document import Node, read_document

COCO_POINTS, COCO_EDGES = 17, 19
"""What the published person detector finds; its first five points are nose, eyes and ears ..."""
FACE, FACE_EDGES = 5, 7
"""... and its last edges join these, and the ears with the shoulders."""
MOST_BYTES = 1 << 20
RADIUS = 4.4
PIXELS = 512


@dataclass(frozen=True)
class _PublishedLayer:
    """Paths and keypoints are counted from 1."""

    path_index: tuple[int, ...]
    control_index: tuple[int, ...]
    layer: str = ""


def read_points(data: bytes) -> Points:
    """(K, 2) canvas units: the circles of a keypoint SVG in order, its view box fitted to the
    canvas. Raises BadOptionError."""
    try:
        root = read_document(data)
    except BadOptionError as error:
        raise _wrong("keypoints", f"is no plain SVG: {error.message}") from None
    circles = [_numbers(node, ("cx", "cy")) for node in _circles(root)]
    if not FEWEST_POINTS <= len(circles) <= MOST_POINTS:
        found = f"has {len(circles)} circles"
        raise _wrong("keypoints", f"{found} and takes {FEWEST_POINTS} to {MOST_POINTS}")
    left, top, width, height = _view_box(root)
    places = np.array(circles) - [left + width / 2, top + height / 2]
    places = places * CANVAS / max(width, height) + CANVAS / 2
    if np.abs(places - CANVAS / 2).max() > 1.5 * CANVAS:
        raise _wrong("keypoints", "has a circle far outside its view box")
    return places


def _circles(node: Node) -> Iterable[Node]:
    if node.tag == "circle":
        yield node
    for child in node.elements():
        yield from _circles(child)


def _view_box(root: Node) -> tuple[float, float, float, float]:
    if "viewBox" in root.attributes:
        try:
            box = [float(part) for part in root.attributes["viewBox"].replace(",", " ").split()]
        except ValueError:
            box = []
    else:
        box = [0.0, 0.0, *_numbers(root, ("width", "height"))]
    if len(box) != 4 or not np.isfinite(box).all() or min(box[2:]) <= 0:
        raise _wrong("keypoints", "has no view box of four numbers")
    return (box[0], box[1], box[2], box[3])


def _numbers(node: Node, names: tuple[str, ...]) -> list[float]:
    found = []
    for name in names:
        try:
            found.append(float(node.attributes.get(name, "0").removesuffix("px")))
        except ValueError:
            found.append(np.nan)
    if not np.isfinite(found).all():
        raise _wrong("keypoints", f"has a <{node.tag}> whose {' or '.join(names)} is no number")
    return found


def read_edges(data: bytes, count: int) -> NDArray[np.int64]:
    """(M, 2) from lines of two keypoint numbers, counted from 0. Raises BadOptionError."""
    lines = [line.split() for line in data[:MOST_BYTES].decode("utf-8", "replace").splitlines()]
    edges: list[tuple[int, int]] = []
    for number, words in enumerate(lines, 1):
        if not words:
            continue
        if len(words) != 2 or not all(word.isascii() and word.isdecimal() for word in words):
            raise _wrong("skeleton", f"has no two numbers in line {number}")
        first, second = (int(word[:9]) for word in words)
        if first == second or not max(first, second) < count:
            raise _wrong("skeleton", f"joins in line {number} points that are not two of {count}")
        edges.append((first, second))
    if not 1 <= len(edges) <= MOST_EDGES:
        raise _wrong("skeleton", f"has {len(edges)} edges and takes 1 to {MOST_EDGES}")
    return np.array(edges, np.int64)


def read_layers(data: bytes, shapes: int, keypoints: int) -> tuple[Layer, ...]:
    """Layers that between them hold each shape once. Raises BadOptionError."""
    if len(data) > MOST_BYTES:
        raise _wrong("layers", f"is larger than {MOST_BYTES >> 20} MiB")
    try:
        given = read_json(data, tuple[_PublishedLayer, ...])
    except MisfitError as error:
        raise _wrong("layers", f"cannot be read: {error}") from None
    for layer in given:
        if not layer.path_index or not layer.control_index:
            raise _wrong("layers", "has a layer without paths or without keypoints")
        if not all(1 <= number <= keypoints for number in layer.control_index):
            raise _wrong("layers", f"names a keypoint that is none of 1 to {keypoints}")
    paths = sorted(number for layer in given for number in layer.path_index)
    if paths != list(range(1, shapes + 1)):
        raise _wrong("layers", f"must name each of the drawing's {shapes} paths once, from 1")
    return tuple(
        Layer(
            layer.layer or f"layer {number}",
            tuple(sorted(path - 1 for path in layer.path_index)),
            tuple(dict.fromkeys(point - 1 for point in layer.control_index)),
        )
        for number, layer in enumerate(given, 1)
    )


def is_detected_person(points: Points, edges: NDArray[np.int64]) -> bool:
    """Whether these are the 17 points and 19 edges of the published person detector."""
    sizes = (len(points), len(edges)) == (COCO_POINTS, COCO_EDGES)
    return sizes and bool((edges[: len(edges) - FACE_EDGES] >= FACE).all())


def without_face(points: Points, edges: NDArray[np.int64]) -> tuple[Points, NDArray[np.int64]]:
    """The published merge of a person's 17 points and 19 edges to 13 and 14: the face becomes one
    point, the head, joined with both shoulders."""
    head = points[:FACE].mean(0, keepdims=True)
    kept = edges[: len(edges) - FACE_EDGES] - (FACE - 1)
    return np.vstack([head, points[FACE:]]), np.vstack([kept, [[0, 1], [0, 2]]])


def published_files(
    drawing: Drawing, skeleton: Skeleton, layers: tuple[Layer, ...]
) -> dict[str, bytes]:
    """The folder that AniClipart works from, by file name: the drawing in 256 units, its
    keypoints, its edges, its layers."""
    name = plain_word(drawing.name)
    square = (0.0, 0.0, CANVAS, CANVAS)
    edges = "".join(f"{a} {b}\n" for a, b in skeleton.edges.tolist())
    content = [
        {
            "layer": layer.name,
            "path_index": [shape + 1 for shape in layer.shapes],
            "control_index": [point + 1 for point in layer.keypoints],
        }
        for layer in layers
    ]
    keypoints = _keypoint_svg(skeleton.points).encode()
    return {
        f"{name}_scaled.svg": svg_of(drawing.shapes, square, (PIXELS, PIXELS)).encode(),
        f"{name}_keypoint.svg": keypoints,
        f"{name}_keypoint_scaled.svg": keypoints,
        f"{name}_skeleton.txt": edges.encode(),
        f"{name}_layer.json": (json.dumps(content, indent=1) + "\n").encode(),
    }


def _keypoint_svg(points: Points) -> str:
    circles = "".join(
        f'<circle cx="{x:.3f}" cy="{y:.3f}" r="{RADIUS}" fill="#d22"/>\n'
        for x, y in points.tolist()
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{PIXELS}" height="{PIXELS}" '
        f'viewBox="0 0 {CANVAS:g} {CANVAS:g}">\n{circles}</svg>\n'
    )


def is_published_person(points: Points, edges: NDArray[np.int64]) -> bool:
    """Whether these are the 13 points of a person, by the edges between them."""
    own = {frozenset(edge) for edge in PERSON_EDGES}
    return len(points) == len(PERSON) and {frozenset(edge) for edge in edges.tolist()} == own


def _wrong(field: str, what: str) -> BadOptionError:
    names = {"keypoints": "keypoint SVG", "skeleton": "skeleton file", "layers": "layers file"}
    hints = {
        "keypoints": "It holds one circle for each keypoint.",
        "skeleton": 'Each line is an edge: two keypoint numbers from 0, as in "0 1".',
        "layers": "It lists objects with path_index and control_index, both counted from 1.",
    }
    return BadOptionError(f"The {names[field]} {what}.", hints[field], field)

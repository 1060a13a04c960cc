# SPDX-License-Identifier: Apache-2.0
"""A drawing's keypoints and edges as a JSON file that Blender and people may change.

    {"kinora_keypoints": 1, "drawing": "fish", "is_person": false,
     "points": [{"name": "mouth", "x": 12.5, "y": 128}, {"x": 60, "y": 128}], "edges": [[0, 1]],
     "layers": [{"name": "Body", "keypoints": [0, 1]}]}

Canvas units: x to the right, y down, the page's larger side is 256 and the page is centered in the
square of 256 x 256. "drawing", "is_person" and "layers" may be left out.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import BadOptionError
from .handwritten import MisfitError, read_json

VERSION = 1
MOST_BYTES = 1 << 20
FEWEST_POINTS, MOST_POINTS = 2, 200
MOST_EDGES = 1000
BEYOND = 256.0
"""How far off the canvas a point may lie: a limb may reach out of its page."""
PERSON = (
    "head",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)
"""The points of a person, in AniClipart's order; left and right are the drawn person's own."""


@dataclass(frozen=True)
class Keypoint:
    """A place on the canvas; only a person's points need names."""

    x: float
    y: float
    name: str = ""


@dataclass(frozen=True)
class KeypointLayer:
    """Shapes that move as one sheet are held by these keypoints, by their number."""

    name: str
    keypoints: tuple[int, ...]


@dataclass(frozen=True)
class KeypointsFile:
    """The whole file. An edge joins two points, by their number from 0."""

    points: tuple[Keypoint, ...]
    edges: tuple[tuple[int, int], ...]
    is_person: bool = False
    drawing: str = ""
    layers: tuple[KeypointLayer, ...] = ()
    kinora_keypoints: int = VERSION

    @property
    def places(self) -> NDArray[np.float64]:
        """(K, 2) the points on the canvas."""
        return np.array([(point.x, point.y) for point in self.points], np.float64).reshape(-1, 2)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(point.name for point in self.points)


def to_json(keypoints: KeypointsFile) -> str:
    """The file's text; places keep three decimals."""
    content = asdict(keypoints)
    for point in content["points"]:
        point["x"], point["y"] = round(point["x"], 3), round(point["y"], 3)
    return json.dumps(content, indent=1)


def from_json(text: str | bytes) -> KeypointsFile:
    """Read and check; raises `BadOptionError` that says in a sentence what is wrong."""
    if len(text) > MOST_BYTES:
        raise _wrong(f"is larger than {MOST_BYTES >> 20} MiB")
    try:
        read = read_json(text, KeypointsFile)
    except MisfitError as error:
        raise _wrong(f"cannot be read: {error}") from error
    check(read)
    return read


def check(keypoints: KeypointsFile) -> None:
    """Raises `BadOptionError` where the points, edges or layers make no sense."""
    if keypoints.kinora_keypoints != VERSION:
        raise _wrong(f"is of version {keypoints.kinora_keypoints}, and only {VERSION} is known")
    count = len(keypoints.points)
    if not FEWEST_POINTS <= count <= MOST_POINTS:
        raise _wrong(f"has {count} points and takes {FEWEST_POINTS} to {MOST_POINTS}")
    for number, point in enumerate(keypoints.points):
        if not all(-BEYOND <= value <= 2 * BEYOND for value in (point.x, point.y)):
            raise _wrong(f"has points[{number}] far off the canvas, at ({point.x:g}, {point.y:g})")
    _check_edges(keypoints.edges, count)
    _check_layers(keypoints.layers, count)
    if keypoints.is_person and keypoints.names != PERSON:
        raise _wrong(f"shows a person, whose points are, in this order, {', '.join(PERSON)}")


def _check_edges(edges: tuple[tuple[int, int], ...], count: int) -> None:
    if not 1 <= len(edges) <= MOST_EDGES:
        raise _wrong(f"has {len(edges)} edges and takes 1 to {MOST_EDGES}")
    for number, (first, second) in enumerate(edges):
        if not (0 <= first < count and 0 <= second < count):
            raise _wrong(f"has at edges[{number}] a point that does not exist: they count from 0")
        if first == second:
            raise _wrong(f"has at edges[{number}] a point joined with itself")


def _check_layers(layers: tuple[KeypointLayer, ...], count: int) -> None:
    for layer in layers:
        if not all(0 <= number < count for number in layer.keypoints):
            raise _wrong(f'has a layer "{layer.name[:40]}" with a point that does not exist')


def _wrong(what: str) -> BadOptionError:
    return BadOptionError(
        f"The keypoints file {what}.", "shared/keypoints_file.py shows its form.", "keypoints"
    )

# SPDX-License-Identifier: Apache-2.0
"""The keypoints file says what it means, and what is wrong with one that people changed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from kinora.shared import keypoints_file
from kinora.shared.errors import BadOptionError
from kinora.shared.keypoints_file import PERSON, Keypoint, KeypointLayer, KeypointsFile

FISH = KeypointsFile(
    (Keypoint(12.5, 128.0, "mouth"), Keypoint(60.0, 128.0), Keypoint(200.0, 100.0)),
    ((0, 1), (1, 2)),
    drawing="fish",
    layers=(KeypointLayer("Body", (0, 1, 2)),),
)
BY_HAND = {"kinora_keypoints": 1, "points": [{"x": 1, "y": 2}, {"x": 3, "y": 4}], "edges": [[0, 1]]}


def test_what_is_written_is_read() -> None:
    assert keypoints_file.from_json(keypoints_file.to_json(FISH)) == FISH


def test_the_least_that_a_hand_writes_is_enough() -> None:
    read = keypoints_file.from_json(json.dumps(BY_HAND))
    assert np.array_equal(read.places, [[1, 2], [3, 4]])
    assert read.names == ("", "")
    assert not read.is_person


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kinora_keypoints": 2}, "version 2"),
        ({"points": [{"x": 1, "y": 2}]}, "1 points"),
        ({"points": [{"x": 1, "y": 2}, {"x": 3}]}, 'lacks its "y"'),
        ({"points": [{"x": 1, "y": 2}, {"x": 9e9, "y": 2}]}, "far off the canvas"),
        ({"points": [{"x": 1, "y": 2}, {"x": "3", "y": 2}]}, "takes a number"),
        ({"edges": []}, "0 edges"),
        ({"edges": [[0, 2]]}, "does not exist"),
        ({"edges": [[1, 1]]}, "joined with itself"),
        ({"edges": [[0, 0.5]]}, "a whole number"),
        ({"is_person": True}, "a person, whose points are"),
        ({"layers": [{"name": "arm", "keypoints": [7]}]}, '"arm" with a point'),
        ({"bones": []}, 'has no "bones"'),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, object], words: str) -> None:
    with pytest.raises(BadOptionError, match="keypoints file") as caught:
        keypoints_file.from_json(json.dumps(BY_HAND | change))
    assert words in str(caught.value)
    assert caught.value.field == "keypoints"


def test_a_person_has_its_points_in_their_order() -> None:
    points = [{"x": n, "y": n, "name": name} for n, name in enumerate(PERSON)]
    whole = BY_HAND | {"is_person": True, "points": points}
    assert keypoints_file.from_json(json.dumps(whole)).names == PERSON
    for wrong in ([*points, points[0]], points[::-1]):
        with pytest.raises(BadOptionError, match="in this order, head"):
            keypoints_file.from_json(json.dumps(whole | {"points": wrong}))


def test_what_is_no_json_at_all_is_said_in_a_sentence() -> None:
    with pytest.raises(BadOptionError, match="not JSON"):
        keypoints_file.from_json(b"<svg/>")

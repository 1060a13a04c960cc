# SPDX-License-Identifier: Apache-2.0
"""What an animator sets down comes back as it was written, and what makes no sense is named."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinora.shared import steering as s
from kinora.shared.errors import BadOptionError
from kinora.shared.skeleton import JOINTS

TIMES = st.lists(st.floats(0, 19), max_size=4, unique_by=lambda time: round(time, 3))
METRES = st.floats(-100, 100)
POINT, PLACE = st.tuples(METRES, METRES), st.tuples(METRES, METRES, METRES)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).map(
    lambda text: f"a {text}"
)


def turn(angle: float) -> tuple[float, float, float, float]:
    return (math.cos(angle), 0.0, math.sin(angle), 0.0)


@st.composite
def steerings(draw: st.DrawFn) -> s.Steering:
    def at_times(make):
        return tuple(draw(make(time)) for time in sorted(draw(TIMES)))

    joints = st.dictionaries(st.sampled_from(JOINTS), st.floats(-4, 4).map(turn), min_size=1)
    free = tuple(draw(st.lists(st.builds(s.KeyedPose, joints), max_size=2)))
    ends = draw(st.lists(POINT, min_size=2, max_size=6).filter(lambda p: math.dist(*p[:2]) > 1))
    follows, is_closed = draw(st.sampled_from(["exact", "loose"])), draw(st.booleans())
    pinned = draw(st.lists(st.sampled_from(s.PINNABLE), max_size=3, unique=True))
    places = st.lists(PLACE, min_size=1, max_size=3).map(tuple)
    return s.Steering(
        draw(st.none() | st.just(s.Path(tuple(ends), follows, is_closed))),
        at_times(lambda time: st.builds(s.Waypoint, st.just(time), POINT, st.none() | METRES)),
        free + at_times(lambda time: st.builds(s.KeyedPose, joints, st.just(time + 1e-3))),
        tuple(s.Pin(joint, 0.5, 2.0, draw(places)) for joint in pinned),
        at_times(lambda time: st.builds(s.TimedPrompt, st.just(time), WORDS)),
    )


@settings(max_examples=60, deadline=None)
@given(steerings())
def test_what_is_written_comes_back(steering: s.Steering) -> None:
    assert s.from_json(s.to_json(steering)) == steering


def test_nothing_steers_nothing() -> None:
    assert s.from_json("{}").is_empty
    assert s.from_json(b"{}").end == 0
    assert not s.from_json('{"prompts": [{"start": 0, "text": "walks"}]}').is_empty


def test_what_may_be_left_out_may() -> None:
    read = s.from_json('{"path": {"points": [[0, 0], [0, -2]]}}')
    assert read.path == s.Path(((0.0, 0.0), (0.0, -2.0)))
    assert s.from_json('{"path": null}').path is None


def test_times_are_put_in_order_and_the_last_one_is_known() -> None:
    written = {
        "prompts": [{"start": 4, "text": "waves"}, {"start": 0, "text": "walks"}],
        "waypoints": [{"time": 3, "place": [0, -1]}, {"time": 1, "place": [0, 0]}],
        "pins": [{"joint": "left_wrist", "start": 5, "end": 6.5, "places": [[0, 0, 1]]}],
    }
    read = s.from_json(json.dumps(written))
    assert [each.text for each in read.prompts] == ["walks", "waves"]
    assert [each.time for each in read.waypoints] == [1.0, 3.0]
    assert read.end == 6.5


POSE = {"rotations": {"left_elbow": [1, 0, 0, 0]}}
PIN = {"joint": "head", "start": 1, "end": 2, "places": [[0, 0, 1.5]]}


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", "not JSON from line 1"),
        ('{"path": }', "not JSON from line 1, column 10"),
        (b"\xff\xfe\x00", "not UTF-8"),
        ("[" * 100_000, "nested"),
        ("9" * 5000, "digits"),
        ("[]", "takes an object in braces"),
        ('{"poses": NaN}', "NaN"),
        ('{"poses": [], "poses": []}', '"poses" twice'),
        ('{"route": {}}', 'no "route": it takes path, waypoints, poses, pins, prompts'),
        ('{"path": {}}', '"path" lacks its "points"'),
        ('{"path": {"points": [[0, 0, 0], [0, 1, 0]]}}', r'points\[0\]" takes 2 values, not 3'),
        ('{"path": {"points": [[0, 0], [0, "1"]]}}', r'points\[1\]\[1\]" takes a number, not "1"'),
        ('{"path": {"points": [[0, 0], [0, true]]}}', "takes a number, not true"),
        ('{"path": {"points": [[0, 0], [0, 1e999]]}}', "takes a number"),
        ('{"path": {"points": [[0, 0], [0, 1]], "follows": "near"}}', "one of exact, loose"),
        ('{"path": {"points": [[0, 0], [0, 1]], "is_closed": 1}}', "true or false, not 1"),
        ('{"path": {"points": [[0, 0]]}}', '1 "path.points" and takes 2'),
        ('{"path": {"points": [[0, 0], [0, 0.01]]}}', "path of 1 cm"),
        ('{"path": {"points": [[0, 0], [0, 500]]}}', "over 100 metres away"),
        ('{"waypoints": [{"time": -1, "place": [0, 0]}]}', r"0 to 20 seconds .* not -1"),
        ('{"waypoints": [{"time": 21, "place": [0, 0]}]}', r"waypoints\[0\].time"),
        ('{"waypoints": [{"time": 1, "place": [0, 0], "facing": 1e9}]}', "ten turns"),
        (
            '{"waypoints": [{"time": 1, "place": [0, 0]}, {"time": 1, "place": [1, 0]}]}',
            "two waypoints at 1 s",
        ),
        ({"poses": [POSE | {"time": 30}]}, r"poses\[0\].time"),
        ({"poses": [POSE | {"height": 50}]}, "0 to 10 metres"),
        ({"poses": [{"rotations": {}}]}, "no joint"),
        ({"poses": [{"rotations": {"tail": [1, 0, 0, 0]}}]}, 'no joint "tail"'),
        ({"poses": [{"rotations": {"head": [1, 1, 0, 0]}}]}, "no quaternion of length 1"),
        ({"poses": [{"rotations": {"head": [1, 0, 0]}}]}, "takes 4 values, not 3"),
        ({"poses": [POSE | {"time": 2}, POSE | {"time": 2}]}, "two poses at 2 s"),
        ({"pins": [PIN | {"joint": "left_knee"}]}, "one of left_wrist, right_wrist"),
        ({"pins": [PIN | {"end": 1}]}, "ends .* at 1 s"),
        ({"pins": [PIN | {"places": []}]}, "0 places"),
        ({"pins": [PIN, PIN | {"start": 1.5, "end": 3}]}, "head to two places at 1.5 s"),
        ({"prompts": [{"start": 0, "text": " "}]}, r"prompts\[0\].text"),
        ({"prompts": [{"start": 0, "text": "\ud800"}]}, "takes a text"),
        ({"prompts": [{"start": 0, "text": "x" * 2001}]}, "over 2,000 characters"),
        ({"prompts": [{"start": n / 2, "text": "walks"} for n in range(21)]}, '21 "prompts"'),
        (" " * (s.MOST_BYTES + 1), "larger than 4 MiB"),
    ],
    ids=lambda each: str(each)[:50],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(written, words: str) -> None:
    text = written if isinstance(written, str | bytes) else json.dumps(written)
    with pytest.raises(BadOptionError, match=words) as caught:
        s.from_json(text)
    assert caught.value.field == "steering"
    assert caught.value.message.endswith(".") and "\n" not in caught.value.message
    assert "docs/steering.md" in caught.value.hint


def test_two_pins_of_a_joint_may_follow_each_other() -> None:
    after = PIN | {"start": 2, "end": 3}
    assert len(s.from_json(json.dumps({"pins": [after, PIN]})).pins) == 2

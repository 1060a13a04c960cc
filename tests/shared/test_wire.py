# SPDX-License-Identifier: Apache-2.0
"""Messages come back as they went, and whatever is not a message is refused without harm."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import drawn_figure
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_attacks import any_message, attack, mutated, one_character, one_motion

from kinora.shared import messages as m
from kinora.shared import wire
from kinora.shared.errors import BadMessageError, KinoraError, VersionMismatchError
from kinora.shared.results import (
    Character,
    CoarseMesh,
    Material,
    Media,
    Mesh,
    Result,
    Shape,
)

CHARACTER = one_character()
MESH = CoarseMesh(np.eye(3, dtype=np.float32), np.array([[0, 1, 2]], np.int32))


def same(a: Any, b: Any) -> bool:
    """Equality that looks into arrays, bit by bit (NaN too), and tells types apart."""
    if isinstance(a, np.ndarray):
        is_like = isinstance(b, np.ndarray) and a.dtype == b.dtype and a.shape == b.shape
        return is_like and a.tobytes() == b.tobytes()
    if dataclasses.is_dataclass(a) and not isinstance(a, type):
        pairs = ((getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a))
        return type(a) is type(b) and all(same(x, y) for x, y in pairs)
    if isinstance(a, tuple):
        return isinstance(b, tuple) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return type(a) is type(b) and bool(a == b)


def there_and_back(message: m.Message) -> m.Message:
    frames = [bytes(frame) for frame in wire.encode(message, 7, 3)]
    received = wire.decode(frames)
    assert (received.id, received.answers) == (7, 3)
    return received.message


@settings(max_examples=200)
@given(any_message())
def test_every_message_comes_back_as_it_went(message: m.Message) -> None:
    assert same(there_and_back(message), message)


@pytest.mark.parametrize(
    "result", [CHARACTER, one_motion(), drawn_figure.figure(2)], ids=lambda one: type(one).__name__
)
def test_every_kind_of_result_travels(result: Result) -> None:
    again = there_and_back(m.FetchedResult(m.JobId("j"), result))
    assert isinstance(again, m.FetchedResult)
    assert same(again.result, result)
    again.result.check()


def test_arrays_are_not_copied_on_the_way_out_or_in() -> None:
    vertices = np.zeros((1000, 3), np.float32)
    frames = wire.encode(m.Preview(m.JobId("j"), dataclasses.replace(MESH, vertices=vertices)), 1)
    assert np.shares_memory(np.frombuffer(frames[2], np.float32), vertices)
    received = wire.decode(frames).message
    assert isinstance(received, m.Preview) and isinstance(received.content, CoarseMesh)
    assert np.shares_memory(received.content.vertices, vertices)


def test_what_was_received_cannot_be_changed_by_accident() -> None:
    again = there_and_back(m.Preview(m.JobId("j"), MESH))
    assert isinstance(again, m.Preview) and isinstance(again.content, CoarseMesh)
    with pytest.raises(ValueError, match="read-only"):
        again.content.vertices[0] = 1


def test_arrays_at_odd_addresses_are_put_straight() -> None:
    frames = [bytes(frame) for frame in wire.encode(m.Preview(m.JobId("j"), MESH), 1)]
    odd = [memoryview(b"x" + frame)[1:] for frame in frames]
    received = wire.decode(odd).message
    assert isinstance(received, m.Preview) and isinstance(received.content, CoarseMesh)
    assert received.content.vertices.flags.aligned
    assert np.array_equal(received.content.vertices, MESH.vertices)


def test_arrays_that_are_laid_out_otherwise_are_put_in_order() -> None:
    fortran = dataclasses.replace(MESH, vertices=np.asfortranarray(np.float32([[1, 2, 3]] * 2)))
    again = there_and_back(m.Preview(m.JobId("j"), fortran))
    assert same(again, m.Preview(m.JobId("j"), fortran))


PREVIEW = [bytes(frame) for frame in wire.encode(m.Preview(m.JobId("j"), MESH), 1)]


def preview_with(vertices: object, *arrays: bytes) -> list[bytes]:
    """A preview's frames with another description of its vertices, or other arrays."""
    body = json.loads(PREVIEW[1])
    body["content"]["vertices"] = vertices
    return [PREVIEW[0], json.dumps(body).encode(), *(arrays or PREVIEW[2:])]


@pytest.mark.parametrize(
    "frames",
    [
        [],
        PREVIEW[:1],
        PREVIEW[:-1],
        [*PREVIEW, b"more"],
        [*PREVIEW[:2], PREVIEW[2][:-1], PREVIEW[3]],
        [*PREVIEW[:2], PREVIEW[2] + b"\0", PREVIEW[3]],
        [*PREVIEW[:2], b"", PREVIEW[3]],
        preview_with({"$array": [0, "float64", [3, 3]]}),
        preview_with({"$array": [0, "object", [3, 3]]}),
        preview_with({"$array": [0, "int32", [3, 3]]}),
        preview_with({"$array": [0, "float32", [9]]}),
        preview_with({"$array": [0, "float32", [1, 9]]}),
        preview_with({"$array": [0, "float32", [3, -3]]}),
        preview_with({"$array": [0, "float32", [3, True]]}),
        preview_with({"$array": [0, "float32", [3, 3.0]]}),
        preview_with({"$array": [0, "float32", [2**63, 2**63]]}),
        preview_with({"$array": [0, "float32", [0, 2**40]]}, b"", PREVIEW[3]),
        preview_with({"$array": [0, "float32", [3, 1, 1, 1, 3]]}),
        preview_with({"$array": [1, "int32", [1, 3]]}),
        preview_with({"$array": [2, "float32", [3, 3]]}),
        preview_with({"$array": [-1, "float32", [3, 3]]}),
        preview_with({"$array": ["0", "float32", [3, 3]]}),
        preview_with({"$array": 0}),
        preview_with([[0.0, 0.0, 0.0]]),
        preview_with(None),
    ],
)
def test_frames_that_do_not_fit_their_description_are_refused(frames: list[bytes]) -> None:
    with pytest.raises(BadMessageError):
        wire.decode(frames)


def mesh(**changes: Any) -> Mesh:
    """Three vertices and a triangle."""
    fields: dict[str, Any] = {
        "name": "Body",
        "vertices": np.eye(3, dtype=np.float32),
        "faces": np.array([[0, 1, 2, -1]], np.int32),
        "uvs": np.zeros((1, 4, 2), np.float32),
        "bone_indices": np.zeros((3, 4), np.int32),
        "weights": np.tile(np.float32([1, 0, 0, 0]), (3, 1)),
    }
    return Mesh(**(fields | changes))


def test_what_a_face_can_do_crosses_the_wire() -> None:
    smile = Shape("smile", np.array([0, 2], np.int32), np.float32([[0, 0.01, 0], [0, 0, 0.02]]))
    whole = dataclasses.replace(CHARACTER, meshes=(mesh(shapes=(smile,)),))
    (came,) = there_and_back(m.FetchedResult(m.JobId("j"), whole)).result.meshes[0].shapes
    assert came.name == "smile"
    assert np.array_equal(came.vertices, smile.vertices)
    assert np.array_equal(came.offsets, smile.offsets)


@pytest.mark.parametrize(
    "changes",
    [
        {"weights": np.zeros((2, 4), np.float32)},
        {"uvs": np.zeros((2, 4, 2), np.float32)},
        {"uvs": np.zeros((1, 3, 2), np.float32)},
        {"vertices": np.zeros((3, 2), np.float32)},
        {"shapes": (Shape("smile", np.zeros(2, np.int32), np.zeros((1, 3), np.float32)),)},
    ],
    ids=lambda changes: " ".join(f"{name}{np.shape(what)}" for name, what in changes.items()),
)
def test_lengths_that_must_agree_and_do_not_are_refused(changes: dict[str, Any]) -> None:
    whole = dataclasses.replace(CHARACTER, meshes=(mesh(),))
    there_and_back(m.FetchedResult(m.JobId("j"), whole))
    broken = dataclasses.replace(CHARACTER, meshes=(mesh(**changes),))
    with pytest.raises(BadMessageError, match="FetchedResult"):
        there_and_back(m.FetchedResult(m.JobId("j"), broken))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe",
        b'{"job_id":"j"}',
        b'{"job_id":"j","fraction":0.5,"note":"n","path":"/etc"}',
        b'{"job_id":"j","fraction":NaN,"note":"n"}',
        b'{"job_id":"j","fraction":-Infinity,"note":"n"}',
        b'{"job_id":"j","fraction":1e999,"note":"n"}',
        b'{"job_id":"j","fraction":"0.5","note":"n"}',
        b'{"job_id":"j","fraction":true,"note":"n"}',
        b'{"job_id":"j","fraction":0.5,"note":7}',
        b'{"job_id":7,"fraction":0.5,"note":"n"}',
        b'{"job_id":"j","fraction":0.5,"note":"n","note":"m"}',
        b'{"job_id":"j","fraction":0.5,"note":"\\ud800"}',
        b'{"job_id":"j","fraction":0.5,"note":{"$array":[0,"uint8",[1]]}}',
        b'{"job_id":"j","fraction":' + b"9" * 400 + b',"note":"n"}',
        b'{"job_id":"j","fraction":' + b"9" * 5000 + b',"note":"n"}',
        b"[" * 100_000,
        b'{"job_id":"j","fraction":0.5,"note":"' + b"x" * wire.MAX_BODY_BYTES + b'"}',
    ],
    ids=lambda body: str(body[:60]),
)
def test_a_body_that_is_not_as_described_is_refused(body: bytes) -> None:
    with pytest.raises(BadMessageError):
        wire.decode([wire.envelope("Progress", 1), body])


SPOKEN = b'{"protocol":%d,' % m.PROTOCOL


@pytest.mark.parametrize(
    "envelope",
    [
        b"{}",
        b"7",
        b'{"protocol":"1","type":"Ping","id":1,"answers":0}',
        b'{"protocol":true,"type":"Ping","id":1,"answers":0}',
        SPOKEN + b'"type":"Ping","id":1}',
        SPOKEN + b'"type":"Ping","id":1,"answers":0,"more":0}',
        SPOKEN + b'"type":"Ping","id":-1,"answers":0}',
        SPOKEN + b'"type":"Ping","id":1.0,"answers":0}',
        SPOKEN + b'"type":"Ping","id":9007199254740992,"answers":0}',
        SPOKEN + b'"type":"Media","id":1,"answers":0}',
        SPOKEN + b'"type":["Ping"],"id":1,"answers":0}',
        SPOKEN + b'"type":"Ping","id":1,"answers":0}' + b" " * wire.MAX_ENVELOPE_BYTES,
    ],
)
def test_an_envelope_that_is_not_as_described_is_refused(envelope: bytes) -> None:
    with pytest.raises(BadMessageError):
        wire.decode([envelope, b"{}"])


def test_another_protocol_is_told_apart_from_nonsense() -> None:
    spoken, later = (f":{number},".encode() for number in (m.PROTOCOL, m.PROTOCOL + 1))
    newer = wire.envelope("Ping", 1).replace(spoken, later, 1)
    with pytest.raises(VersionMismatchError, match="this side is the older one"):
        wire.decode([newer, b"{}"])


@pytest.mark.parametrize(("device", "fits"), [("cuda", True), ("tpu", False), (1, False)])
def test_only_words_of_a_choice_are_taken(device: object, fits: bool) -> None:
    body = json.dumps({"system": "avatar", "values": {}, "device": device}).encode()
    frames = [wire.envelope("Submit", 1), body]
    if fits:
        assert isinstance(wire.decode(frames).message, m.Submit)
    else:
        with pytest.raises(BadMessageError):
            wire.decode(frames)


@pytest.mark.parametrize("value", [None, [1], {"a": 1}, {"$kind": "Mesh"}, {"$kind": "Media"}])
def test_an_option_is_a_plain_value_or_a_file(value: object) -> None:
    body = json.dumps({"system": "avatar", "values": {"prompt": value}}).encode()
    with pytest.raises(BadMessageError):
        wire.decode([wire.envelope("Submit", 1), body])


def test_a_number_that_is_not_finite_is_not_sent_either() -> None:
    with pytest.raises(ValueError, match="JSON"):
        wire.encode(m.Progress(m.JobId("j"), float("nan"), "n"), 1)


@settings(max_examples=300)
@given(st.data())
def test_mutated_messages_are_understood_or_refused(data: st.DataObject) -> None:
    frames = data.draw(mutated())
    assert attack(frames) in ("understood", "refused")


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=200), max_size=5))
def test_noise_is_refused(frames: list[bytes]) -> None:
    with pytest.raises(KinoraError):
        wire.decode(frames)


def test_a_picture_in_a_material_travels() -> None:
    picture = Media.of("color.png", b"\x89PNG")
    clothed = dataclasses.replace(
        CHARACTER, materials=(Material("Cloth", picture, normal=picture),)
    )
    again = there_and_back(m.FetchedResult(m.JobId("j"), clothed))
    assert isinstance(again, m.FetchedResult) and isinstance(again.result, Character)
    assert again.result.materials[0].base_color.data.tobytes() == b"\x89PNG"
    assert again.result.materials[0].roughness_map is None

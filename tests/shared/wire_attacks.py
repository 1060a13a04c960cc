# SPDX-License-Identifier: Apache-2.0
"""What an attacker sends: messages of every kind, and the same messages bent out of shape.

Used by `test_wire.py` for a moment and by `benchmarks/fuzz_protocol.py` for a long run.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kinora.shared import messages as m
from kinora.shared import wire
from kinora.shared.errors import BadMessageError, VersionMismatchError
from kinora.shared.results import (
    Candidate,
    Character,
    CoarseMesh,
    FaceCurve,
    Media,
    Motion,
    MotionResult,
    Rig,
    Sway,
)
from kinora.shared.skeleton import JOINTS, PARENTS

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JOB = st.builds(m.JobId, TEXT)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
COUNT = st.integers(-(2**60), 2**60)
BYTES = arrays.arrays(np.uint8, st.integers(0, 20))
MEDIA = st.builds(Media, TEXT, BYTES)
NAME = TEXT.filter(lambda text: not text.startswith("$"))
VALUE = st.one_of(TEXT, COUNT, NUMBER, st.booleans())
MESH = st.builds(
    CoarseMesh,
    arrays.arrays(np.float32, st.tuples(st.integers(0, 4), st.just(3))),
    arrays.arrays(np.int32, st.tuples(st.integers(0, 4), st.just(3))),
)
STATE = st.sampled_from(["queued", "running", "finished", "failed", "cancelled"])
KIND = st.sampled_from(["Character", "MotionResult"])
PLAIN = st.dictionaries(NAME, VALUE, max_size=4)
VALUES = st.dictionaries(NAME, VALUE | MEDIA, max_size=4)
ROW = st.builds(
    m.JobRow,
    job_id=JOB,
    system=TEXT,
    title=TEXT,
    state=STATE,
    created=NUMBER,
    started=st.none() | NUMBER,
    kind=st.none() | KIND,
    pinned=st.booleans(),
)
NAMES = st.lists(TEXT, max_size=3).map(tuple)


def one_motion(frames: int = 4) -> MotionResult:
    """A T-pose that lasts, on a rig of one bone, with all that a motion may have."""
    rotations = np.zeros((frames, 22, 4), np.float32)
    rotations[..., 0] = 1
    places = np.zeros((frames, 22, 3), np.float32)
    offsets = np.zeros((22, 3), np.float32)
    parents = np.array(PARENTS, np.int32)
    fingers = np.full((frames, 2, 5), 0.5, np.float32)
    face = (FaceCurve("jawOpen", np.linspace(0, 1, frames, dtype=np.float32)),)
    body = (JOINTS, parents, offsets, rotations, places[:, 0], places)
    motion = Motion("still", 30.0, *body, fingers=fingers, face=face)
    sway = Sway(np.zeros(1, np.int32), rotations[:, :1])
    candidate = Candidate("still", 0.25, rotations[0], Media.of("still.png", b"x"))
    told = (("a note",), {"model": "none"})
    return MotionResult(motion, one_rig(), *told, (motion,), (candidate,), sway)


def one_rig() -> Rig:
    identity = np.tile(np.float32([1, 0, 0, 0]), (22, 1))
    head = np.zeros((1, 3), np.float32)
    none, first = np.array([-1], np.int32), np.zeros(1, np.int32)
    return Rig(("root",), none, head, head + 1, first, identity, identity[:1])


def one_character() -> Character:
    """A rig without a body."""
    moved = one_motion()
    made = Character("Nobody", (), (), one_rig(), 1.7, moved.motion, ("a note",))
    return replace(made, takes=moved.takes, candidates=moved.candidates)


def any_message() -> st.SearchStrategy[m.Message]:
    """Every kind of message with every kind of content."""
    return st.one_of(
        st.builds(m.Hello, TEXT, TEXT, TEXT),
        st.builds(m.Submit, TEXT, VALUES, st.sampled_from(["auto", "cpu", "cuda"])),
        *(st.builds(kind, JOB) for kind in (m.Attach, m.FetchResult, m.FetchFiles)),
        st.builds(m.Cancel, JOB, st.booleans()),
        st.builds(m.FetchOptions, JOB),
        st.builds(m.Pin, JOB, st.booleans()),
        st.builds(m.ListJobs, COUNT),
        *(st.builds(kind) for kind in (m.Ping, m.Shutdown, m.Done)),
        st.builds(m.Welcome, TEXT, TEXT, TEXT, COUNT),
        st.builds(m.Accepted, JOB, COUNT),
        st.builds(m.Jobs, st.lists(ROW, max_size=3).map(tuple)),
        st.builds(m.FetchedResult, JOB, st.sampled_from([one_character(), one_motion()])),
        st.builds(m.FetchedFiles, JOB, st.lists(MEDIA, max_size=3).map(tuple)),
        st.builds(m.FetchedOptions, JOB, TEXT, PLAIN),
        st.builds(m.Pong, TEXT, COUNT, COUNT, NAMES),
        st.builds(m.Queued, JOB, COUNT),
        st.builds(m.Progress, JOB, NUMBER, TEXT, st.none() | NUMBER),
        st.builds(m.Preview, JOB, MEDIA | MESH),
        st.builds(m.Finished, JOB, KIND, NAMES, NUMBER),
        st.builds(m.Failed, JOB, TEXT, TEXT, TEXT, TEXT),
    )


def mutated() -> st.SearchStrategy[list[bytes]]:
    """Frames of a real message after one to three mutations."""
    plain = any_message().map(lambda message: [bytes(f) for f in wire.encode(message, 1)])
    seeds = st.integers(0, 2**32)
    return st.builds(lambda frames, seed: mutate(frames, random.Random(seed)), plain, seeds)


def attack(frames: list[bytes]) -> Literal["understood", "refused"]:
    """What becomes of the frames; any other exception than a refusal goes through."""
    try:
        received = wire.decode(frames)
    except (BadMessageError, VersionMismatchError):
        return "refused"
    # What was understood can be said again: nothing odd hides inside.
    wire.encode(received.message, 1)
    return "understood"


def mutate(frames: list[bytes], chance: random.Random) -> list[bytes]:
    for _ in range(chance.randint(1, 3)):
        frames = chance.choice(MUTATIONS)(list(frames), chance)
    return frames


Mutation = Callable[[list[bytes], random.Random], list[bytes]]


def _flip_bits(frames: list[bytes], chance: random.Random) -> list[bytes]:
    def flip(frame: bytearray) -> None:
        if frame:
            frame[chance.randrange(len(frame))] ^= 1 << chance.randrange(8)

    return _change_one(frames, chance, flip)


def _cut(frames: list[bytes], chance: random.Random) -> list[bytes]:
    def cut(frame: bytearray) -> None:
        del frame[chance.randint(0, len(frame)) :]

    return _change_one(frames, chance, cut)


def _insert(frames: list[bytes], chance: random.Random) -> list[bytes]:
    def insert(frame: bytearray) -> None:
        place = chance.randint(0, len(frame))
        frame[place:place] = chance.choice(SNIPPETS)

    return _change_one(frames, chance, insert)


def _swap_words(frames: list[bytes], chance: random.Random) -> list[bytes]:
    def swap(frame: bytearray) -> None:
        old, new = chance.choice(WORDS), chance.choice(WORDS)
        frame[:] = bytes(frame).replace(old, new, 1)

    return _change_one(frames[:2] if chance.random() < 0.5 else frames, chance, swap)


def _drop(frames: list[bytes], chance: random.Random) -> list[bytes]:
    if frames:
        frames.pop(chance.randrange(len(frames)))
    return frames


def _repeat(frames: list[bytes], chance: random.Random) -> list[bytes]:
    if frames:
        frames.insert(chance.randint(0, len(frames)), chance.choice(frames))
    return frames


def _shuffle(frames: list[bytes], chance: random.Random) -> list[bytes]:
    chance.shuffle(frames)
    return frames


def _change_one(
    frames: list[bytes], chance: random.Random, change: Callable[[bytearray], None]
) -> list[bytes]:
    if frames:
        number = chance.randrange(len(frames))
        content = bytearray(frames[number])
        change(content)
        frames[number] = bytes(content)
    return frames


MUTATIONS: tuple[Mutation, ...] = (
    _flip_bits, _flip_bits, _cut, _insert, _insert, _swap_words, _swap_words, _drop, _repeat,
    _shuffle,
)  # fmt: skip
SNIPPETS = (
    b"", b"\0", b"NaN", b"1e999", b"-1", b"9" * 400, b"null", b"true", b'"', b"{", b"[" * 500, b"}",
    b'"$array":[0,"float32",[1]]', b'{"$array":[0,"uint8",[99999999999]]}', b'"\\ud800"',
    b'"path":"/etc/passwd",', b'{"$kind":"Rig"}', b",", b":", b"\xff", b"../", b'"protocol":4,',
    b"\x80\x04K*.",
)  # fmt: skip
WORDS = (
    b"Ping", b"Submit", b"Finished", b"FetchedResult", b"Media", b"Character", b"CoarseMesh",
    b"float32", b"uint8", b"int32", b"object", b"job_id", b"$array", b"$kind", b'"', b"0", b"1",
    b"[", b"]", b"{", b"}", b"null", b"true", b"values", b"protocol", b"answers",
)  # fmt: skip

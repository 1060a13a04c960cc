# SPDX-License-Identifier: Apache-2.0
"""A large character from a process to another: Kinora's wire, pickle on the same socket, a file.

Every way ends with a checked `Character` in the receiving process. Pickle is here to be compared
with and nowhere else: it lets a sender run code.
"""

from __future__ import annotations

import io
import multiprocessing
import pickle
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import zmq
from figures import milliseconds, percentile, seconds_of, show
from PIL import Image

from kinora.shared import wire
from kinora.shared.messages import FetchedResult, FetchResult, JobId
from kinora.shared.results import Character, Material, Media, Mesh, Motion, Rig
from kinora.shared.skeleton import JOINTS, PARENTS

VERTICES, FRAMES, BONES, TEXTURE = 100_000, 300, 104, 1024
ROUNDS = 30
JOB = JobId("benchmark")


def make_character() -> Character:
    """100,000 vertices as a grid, four weights each, a painted 1k texture and 300 frames."""
    random = np.random.default_rng(0)
    columns = 250
    rows = VERTICES // columns
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).reshape(-1)
    faces = np.stack([corner, corner + 1, corner + columns + 1, corner + columns], axis=1)
    vertices = random.normal(size=(VERTICES, 3)).astype(np.float32)
    weights = random.dirichlet(np.ones(4), VERTICES).astype(np.float32)
    mesh = Mesh(
        "Body",
        vertices,
        faces.astype(np.int32),
        random.random((len(faces), 4, 2), dtype=np.float32),
        random.integers(0, BONES, (VERTICES, 4)).astype(np.int32),
        weights,
    )
    return Character("Benchmark", (mesh,), (make_material(),), make_rig(), 1.7, make_motion())


def make_material() -> Material:
    """A smooth random picture, so that the JPEG is as large as a painted texture's."""
    random = np.random.default_rng(1)
    coarse = random.integers(0, 255, (64, 64, 3)).astype(np.uint8)
    picture = Image.fromarray(coarse).resize((TEXTURE, TEXTURE), Image.Resampling.BICUBIC)
    with io.BytesIO() as file:
        picture.save(file, "JPEG", quality=90)
        return Material("Skin", Media.of("skin.jpg", file.getvalue()))


def make_rig() -> Rig:
    random = np.random.default_rng(2)
    heads = random.random((BONES, 3), dtype=np.float32)
    identity = np.array([1, 0, 0, 0], dtype=np.float32)
    return Rig(
        tuple(f"bone{number}" for number in range(BONES)),
        np.arange(-1, BONES - 1, dtype=np.int32),
        heads,
        heads + np.float32(0.1),
        (np.arange(BONES) % len(JOINTS)).astype(np.int32),
        np.tile(identity, (len(JOINTS), 1)),
        np.tile(identity, (BONES, 1)),
    )


def make_motion() -> Motion:
    random = np.random.default_rng(3)
    rotations = random.normal(size=(FRAMES, len(JOINTS), 4))
    rotations /= np.linalg.norm(rotations, axis=-1, keepdims=True)
    return Motion(
        "benchmark",
        30.0,
        JOINTS,
        np.array(PARENTS, dtype=np.int32),
        random.random((len(JOINTS), 3), dtype=np.float32),
        rotations.astype(np.float32),
        random.random((FRAMES, 3), dtype=np.float32),
        random.random((FRAMES, len(JOINTS), 3), dtype=np.float32),
    )


def serve(port: int, server_keys: tuple[bytes, bytes], ready: object) -> None:
    """The sending process: answers `wire` as the server does, from stored bytes, or `pickle`."""
    character = make_character()
    body = wire.encode_body(FetchedResult(JOB, character))
    stored = [bytes(frame) for frame in body]
    with zmq.Context() as context, context.socket(zmq.ROUTER) as socket:
        socket.curve_server = True
        socket.curve_publickey, socket.curve_secretkey = server_keys
        socket.bind(f"tcp://127.0.0.1:{port}")
        ready.set()  # type: ignore[attr-defined]
        while True:
            identity, *frames = socket.recv_multipart()
            if frames == [b"stop"]:
                return
            if frames == [b"pickle"]:
                answer = [pickle.dumps(character, protocol=pickle.HIGHEST_PROTOCOL)]
            else:
                received = wire.decode(frames)
                answer = [wire.envelope("FetchedResult", 1, received.id), *stored]
            socket.send_multipart([identity, *answer], copy=False)


def over_wire(socket: zmq.Socket[bytes]) -> Character:
    socket.send_multipart(wire.encode(FetchResult(JOB), 1))
    frames = socket.recv_multipart(copy=False)
    message = wire.decode([frame.buffer for frame in frames]).message
    assert isinstance(message, FetchedResult) and isinstance(message.result, Character)
    return message.result


def over_pickle(socket: zmq.Socket[bytes]) -> Character:
    socket.send(b"pickle")
    character = pickle.loads(socket.recv())
    assert isinstance(character, Character)
    return character


def over_file(character: Character, folder: Path) -> Character:
    """Write the same frames to one file on disk, read them back and decode them."""
    frames = wire.encode(FetchedResult(JOB, character), 1)
    path = folder / "character"
    with path.open("wb") as file:
        for frame in frames:
            file.write(len(frame).to_bytes(8, "little"))
            file.write(frame)
    content = memoryview(path.read_bytes())
    parts = []
    while content:
        length = int.from_bytes(content[:8], "little")
        parts.append(content[8 : 8 + length])
        content = content[8 + length :]
    message = wire.decode(parts).message
    assert isinstance(message, FetchedResult) and isinstance(message.result, Character)
    return message.result


def row(name: str, work: Callable[[], Character]) -> tuple[str, str, str, str]:
    work().check()  # what arrives is whole; not timed, and the same for every way
    taken = seconds_of(work, ROUNDS)
    return name, milliseconds(taken), f"{percentile(taken, 0.9) * 1000:.1f}", _least(taken)


def _least(taken: list[float]) -> str:
    return f"{min(taken) * 1000:.1f}"


def connect(context: zmq.Context[zmq.Socket[bytes]], port: int, key: bytes) -> zmq.Socket[bytes]:
    socket = context.socket(zmq.DEALER)
    socket.curve_publickey, socket.curve_secretkey = zmq.curve_keypair()
    socket.curve_serverkey = key
    socket.rcvtimeo = 30_000
    socket.connect(f"tcp://127.0.0.1:{port}")
    return socket


def main() -> None:
    character = make_character()
    size = sum(map(len, wire.encode(FetchedResult(JOB, character), 1))) / 2**20
    keys = zmq.curve_keypair()
    with zmq.Context() as probe, probe.socket(zmq.ROUTER) as free:
        port = free.bind_to_random_port("tcp://127.0.0.1")
    ready = multiprocessing.Event()
    server = multiprocessing.Process(target=serve, args=(port, keys, ready), daemon=True)
    server.start()
    ready.wait()
    with zmq.Context() as context, tempfile.TemporaryDirectory() as folder:
        socket = connect(context, port, keys[0])
        time.sleep(0.5)  # let the handshake end before the clock starts
        rows = [
            row("Kinora's wire, CURVE", lambda: over_wire(socket)),
            row("pickle, same socket, CURVE", lambda: over_pickle(socket)),
            row("file written and read back", lambda: over_file(character, Path(folder))),
        ]
        socket.send(b"stop")
        server.join()
        socket.close()
    title = (
        f"A character of {VERTICES:,} vertices, {FRAMES} frames, {size:.1f} MiB ({ROUNDS} rounds)"
    )
    show(title, ("way", "median ms", "p90 ms", "least ms"), rows)


if __name__ == "__main__":
    main()

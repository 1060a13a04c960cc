# SPDX-License-Identifier: Apache-2.0
"""A large character from a process to another: Kinora's wire, pickle on the same socket, a file.

Every way ends with a checked `Character` in the receiving process. Pickle is here to be compared
with and nowhere else: it lets a sender run code.
"""

from __future__ import annotations

import multiprocessing
import pickle
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import zmq
from figures import milliseconds, percentile, seconds_of, show
from large_systems.large.pipeline import FRAMES, make_character
from servers import running_server

from kinora.shared import wire
from kinora.shared.messages import FetchedResult, FetchResult, JobId
from kinora.shared.results import Character

VERTICES = 100_000
ROUNDS = 30
JOB = JobId("benchmark")


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


def over_real_server() -> tuple[str, ...]:
    """What an add-on waits for: the stored result of a finished job, read, sent and decoded."""
    with running_server("large_systems.systems") as client:
        job = client.submit("large", {"vertices": VERTICES})
        for _ in client.watch(job.job_id):
            pass

        def fetch() -> Character:
            result = client.fetch_result(job.job_id)
            assert isinstance(result, Character)
            return result

        return row("Kinora's server and client", fetch)


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
            over_real_server(),
            row("the wire alone, CURVE", lambda: over_wire(socket)),
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

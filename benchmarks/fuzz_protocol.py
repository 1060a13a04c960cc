# SPDX-License-Identifier: Apache-2.0
"""Send bent messages to the decoder and to a real server, many of them.

    python benchmarks/fuzz_protocol.py [MESSAGES]      100,000 by default

A tenth of them also goes to a server process over CURVE, which must answer each one and be the
same process at the end. Any exception other than a refusal ends the run with its traceback.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests" / "shared"), str(ROOT / "tests")]

from wire_attacks import any_message, attack, mutate  # noqa: E402

from kinora.shared import launch, wire  # noqa: E402
from kinora.shared.messages import Message, Ping, Pong, Shutdown  # noqa: E402

SEEDS = 400
"""Messages that hypothesis makes; each is bent in many ways."""
STOPPING = b"Shutdown"


def templates(count: int) -> list[list[bytes]]:
    """Frames of messages of every kind."""
    found: list[list[bytes]] = []

    @seed(1)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(any_message())
    def collect(message: Message) -> None:
        found.append([bytes(frame) for frame in wire.encode(message, 1)])

    collect()
    return found


def fuzz_decoder(made: list[list[bytes]], count: int, chance: random.Random) -> Counter[str]:
    return Counter(attack(mutate(chance.choice(made), chance)) for _ in range(count))


def fuzz_server(made: list[list[bytes]], count: int, chance: random.Random) -> Counter[str]:
    """The answers of a real server to bent messages; each must get exactly one."""
    found: Counter[str] = Counter()
    with launch.connect() as client:
        for number in range(count):
            frames = mutate(chance.choice(made), chance)
            # An empty message is none, and a whole `Shutdown` would be obeyed.
            if not frames or STOPPING in frames[0]:
                continue
            client._socket.send_multipart(frames)
            found[answer_to_one(client)] += 1
            if number % 1000 == 0:
                client.ask(Ping(), Pong)
        client.ask(Ping(), Pong)
        if client.server != launch.read_server():
            raise SystemExit("the server is another one than at the start")
        client.call(Shutdown())
    return found


def answer_to_one(client: launch.Client) -> str:
    while True:
        for received in client.poll():
            return type(received.message).__name__
        client.wait(5)


def main(count: int) -> None:
    started = time.monotonic()
    chance = random.Random(1)
    made = templates(SEEDS)
    decoded = fuzz_decoder(made, count, chance)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KINORA_DATA"] = folder
        os.environ["KINORA_COMMAND"] = f'"{sys.executable}" "{ROOT / "tests" / "serve_trial.py"}"'
        os.environ["PYTHONPATH"] = str(ROOT / "tests")
        try:
            served = fuzz_server(made, count // 10, chance)
        finally:
            if (server := launch.read_server()) is not None:
                os.kill(server.pid, signal.SIGKILL)
    figures = {
        "decoded": dict(decoded),
        "sent to a server": dict(served),
        "seconds": round(time.monotonic() - started, 1),
    }
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)

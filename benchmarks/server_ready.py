# SPDX-License-Identifier: Apache-2.0
"""From starting the server's process to its first Pong: the real systems, a new data folder."""

from __future__ import annotations

import time

from figures import percentile, show
from servers import fresh_folder, start_server, stop_server, wait_for_client

from kinora.shared.messages import Ping, Pong

ROUNDS = 10


def seconds_to_first_pong() -> float:
    with fresh_folder():
        start = time.perf_counter()
        process = start_server()
        try:
            with wait_for_client(process) as client:
                client.ask(Ping(), Pong)
                return time.perf_counter() - start
        finally:
            stop_server(process)


def main() -> None:
    seconds_to_first_pong()  # the files are in the page cache, as on a machine in use
    taken = [seconds_to_first_pong() for _ in range(ROUNDS)]
    row = [f"{value:.2f}" for value in (percentile(taken, 0.5), min(taken), max(taken))]
    title = f"Server: process start to first Pong, keys made anew ({ROUNDS} starts)"
    show(title, ("", "median s", "least s", "most s"), [("kinora serve", *row)])


if __name__ == "__main__":
    main()

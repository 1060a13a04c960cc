# SPDX-License-Identifier: Apache-2.0
"""How soon the server answers a ping while nothing happens, and while a worker takes every core."""

from __future__ import annotations

import time
from pathlib import Path

from figures import percentile, seconds_of, show
from servers import running_server

from kinora.shared.client import Client
from kinora.shared.messages import Ping, Pong, Progress

PINGS = 500
PAUSE_SECONDS = 0.01


def busy_share() -> tuple[int, int]:
    """(ticks spent working, all ticks) of this machine since it started; zeros where unknown."""
    path = Path("/proc/stat")
    if not path.exists():
        return 0, 0
    ticks = [int(word) for word in path.read_text().splitlines()[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def measure(name: str, client: Client) -> tuple[str, ...]:
    def ping() -> None:
        client.ask(Ping(), Pong)

    ping()
    busy_before, all_before = busy_share()
    taken = []
    for _ in range(PINGS):
        taken += seconds_of(ping, 1)
        time.sleep(PAUSE_SECONDS)
    busy_after, all_after = busy_share()
    share = (busy_after - busy_before) / max(1, all_after - all_before)
    values = (percentile(taken, 0.5), percentile(taken, 0.99), max(taken))
    return name, *(f"{value * 1000:.2f}" for value in values), f"{share:.0%}"


def main() -> None:
    with running_server("fake_systems.systems") as client:
        idle = measure("idle", client)
        job = client.submit("trial", {"behaviour": "compute"})
        for event in client.watch(job.job_id):
            if isinstance(event, Progress) and event.note == "Computing":
                break
        loaded = measure("a worker computes", client)
        client.cancel(job.job_id)
    headings = ("server", "median ms", "p99 ms", "most ms", "machine busy")
    show(f"Ping to Pong over loopback with CURVE ({PINGS} pings)", headings, [idle, loaded])


if __name__ == "__main__":
    main()

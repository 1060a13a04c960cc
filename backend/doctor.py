# SPDX-License-Identifier: Apache-2.0
"""`kinora doctor`: looks at all that Kinora stands on, and says what to do about each fault."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from ..shared import __version__, launch
from ..shared.errors import KinoraError, StorageError
from ..shared.keys import user_key
from ..shared.messages import Ping, Pong
from . import weights
from .systems import SYSTEMS

State = Literal["good", "note", "broken"]


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it is, and the next step. "broken" stops Kinora, "note" does not."""

    what: str
    state: State
    found: str
    advice: str = ""


_LEAST_PYTHON = (3, 11)
_LEAST_BLENDER = (4, 2)
_LOW_DISK_GIB = 2
_TORCH_SECONDS = 120
_BLENDER_SECONDS = 30

# Runs in a child: torch takes seconds to load, and a broken one may take its process down.
_TORCH_QUESTION = """
import json, torch
cuda = torch.cuda.is_available()
ones = torch.ones(2, 2, device="cuda" if cuda else "cpu")
ones @ ones
print(json.dumps({
    "version": torch.__version__,
    "threads": torch.get_num_threads(),
    "gpu": torch.cuda.get_device_name(0) if cuda else "",
    "gpu_gib": torch.cuda.get_device_properties(0).total_memory / 2**30 if cuda else 0,
}))
"""


def check_python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < _LEAST_PYTHON:
        least = ".".join(map(str, _LEAST_PYTHON))
        return Finding("Python", "broken", version, f"Install Kinora with Python {least} or newer.")
    return Finding("Python", "good", f"{version} ({sys.executable})")


def check_packages() -> Finding:
    """Look up each package that Kinora's own metadata asks for; none is imported."""
    try:
        needed = metadata.requires("kinora") or []
    except metadata.PackageNotFoundError:
        return Finding("Packages", "broken", "kinora is not installed", "Run `pip install .` here.")
    names = [_package_name(line) for line in needed if "extra ==" not in line]
    missing = [name for name in names if not _is_installed(name)]
    if missing:
        return Finding(
            "Packages",
            "broken",
            f"missing: {', '.join(missing)}",
            f"Run `{sys.executable} -m pip install {' '.join(missing)}`.",
        )
    return Finding("Packages", "good", f"all {len(names)} are installed")


def _package_name(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    return match.group() if match else requirement


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def check_torch() -> Finding:
    command = [sys.executable, "-c", _TORCH_QUESTION]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=_TORCH_SECONDS)
    except subprocess.TimeoutExpired:
        return Finding("PyTorch", "broken", "did not load in two minutes", "Install torch again.")
    if answer.returncode != 0:
        reason = (answer.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        return Finding("PyTorch", "broken", reason, "Install torch again in this Python.")
    facts = json.loads(answer.stdout.strip().splitlines()[-1])
    if facts["gpu"]:
        device = f"{facts['gpu']}, {facts['gpu_gib']:.0f} GiB"
        return Finding("PyTorch", "good", f"{facts['version']}, on {device}")
    return Finding(
        "PyTorch",
        "good",
        f"{facts['version']}, on the CPU ({facts['threads']} threads)",
        "No CUDA device was found; the draft preset is made for this.",
    )


def check_models(models_folder: Path) -> list[Finding]:
    """One finding for all whole files, and one for each that is missing or damaged."""
    broken = weights.broken(weights.EMBEDDED, models_folder)
    findings = [
        Finding(f"Model {model.name}", "broken", state, f"It {model.origin}.")
        for model, state in broken
    ]
    whole = len(weights.EMBEDDED) - len(broken)
    if whole:
        findings.insert(0, Finding("Models", "good", f"{whole} embedded files are whole"))
    return findings


def check_data_folder(folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"kinora")
        free = shutil.disk_usage(folder).free / 2**30
    except OSError as error:
        return Finding(
            "Data folder",
            "broken",
            f"{folder} cannot be written ({error.strerror})",
            "Allow writing there, or set KINORA_DATA to another folder.",
        )
    if free < _LOW_DISK_GIB:
        return Finding("Data folder", "note", f"{folder}, {free:.1f} GiB free", "Free some space.")
    return Finding("Data folder", "good", f"{folder}, {free:.0f} GiB free")


def check_loopback() -> Finding:
    """Send a byte from this machine to itself, as every job does."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port), timeout=5) as sender:
                receiver, _ = listener.accept()
                with receiver:
                    sender.sendall(b"k")
                    receiver.settimeout(5)
                    received = receiver.recv(1)
    except OSError as error:
        reason = error.strerror or "it timed out"
        return Finding(
            "Loopback", "broken", reason, "Allow connections to 127.0.0.1 in the firewall."
        )
    if received != b"k":
        return Finding("Loopback", "broken", "a byte was lost", "Look for a proxy on 127.0.0.1.")
    return Finding("Loopback", "good", f"127.0.0.1 answers (port {port} was free)")


def check_blender() -> Finding:
    advice = "Only the add-on needs it: install Blender 4.2 or newer, or put it on the PATH."
    command = shutil.which("blender")
    if command is None:
        return Finding("Blender", "note", "not on the PATH", advice)
    try:
        answer = subprocess.run(
            [command, "--version"], capture_output=True, text=True, timeout=_BLENDER_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return Finding("Blender", "note", f"{command} does not start", advice)
    match = re.search(r"Blender (\d+)\.(\d+)[.\d]*", answer.stdout)
    if match is None:
        return Finding("Blender", "note", f"{command} does not tell its version", advice)
    if (int(match[1]), int(match[2])) < _LEAST_BLENDER:
        return Finding("Blender", "note", f"{match[0]} is too old for the add-on", advice)
    return Finding("Blender", "good", f"{match[0]} ({command})")


def check_cores() -> Finding:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Finding("Processor", "good", f"{cores} cores")


def check_systems() -> Finding:
    return Finding("Systems", "good", ", ".join(system.name for system in SYSTEMS))


def check_key(folder: Path) -> Finding:
    """This user's public key, which a server elsewhere must be told."""
    try:
        key = user_key(folder).public.decode()
    except StorageError as error:
        return Finding("Key", "broken", error.message, error.hint)
    return Finding("Key", "good", key, "On a server elsewhere: `kinora serve --allow='KEY'`.")


def check_port() -> Finding:
    """Whether the usual port for clients elsewhere is free; a server of ours may have it."""
    try:
        socket.create_server(("127.0.0.1", launch.DEFAULT_PORT)).close()
    except OSError as error:
        found = f"{launch.DEFAULT_PORT} is taken ({error.strerror})"
        return Finding("Port", "note", found, "Only `kinora serve --bind` needs it: use --port.")
    return Finding("Port", "good", f"{launch.DEFAULT_PORT} is free")


def check_server() -> Finding:
    """Ping the user's server if one runs; none is started."""
    place = f"log: {launch.log_path()}"
    try:
        client = launch.find("doctor")
        if client is None:
            return Finding("Server", "good", "none runs; the first job starts it", place)
        with client:
            start = time.perf_counter()
            pong = client.ask(Ping(), Pong)
            milliseconds = (time.perf_counter() - start) * 1000
            server = client.server
    except KinoraError as error:
        return Finding("Server", "broken", error.message, error.hint)
    work = f"{pong.running} running, {pong.queued} waiting"
    workers = f", worker: {', '.join(pong.devices)}" if pong.devices else ""
    found = f"{__version__} at {server.address}, process {server.pid}, {milliseconds:.1f} ms"
    return Finding("Server", "good", f"{found}, {work}{workers}", place)


def findings(folder: Path) -> Iterator[Finding]:
    """Look at everything, quick things first; `folder` is the user's data folder."""
    yield check_python()
    yield check_cores()
    yield check_packages()
    yield check_systems()
    yield from check_models(folder / "models")
    yield check_data_folder(folder)
    yield check_key(folder)
    yield check_loopback()
    yield check_port()
    yield check_server()
    yield check_blender()
    yield check_torch()


def is_broken(findings: Iterable[Finding]) -> bool:
    return any(finding.state == "broken" for finding in findings)

# SPDX-License-Identifier: Apache-2.0
"""`kinora serve`: the server in this terminal, or in the background when a client starts it."""

from __future__ import annotations

import logging
from typing import Annotated

import typer

from ..shared.launch import DEFAULT_PORT
from ..shared.messages import Device
from . import server
from .access import is_loopback
from .catalog import DEFAULT_MODULE

LOG_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def serve(
    bind: Annotated[
        str, typer.Option("--bind", help="The address to listen at; 0.0.0.0 for every one.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            min=0,
            max=65535,
            help=f"The port; by default any free one on this machine, else {DEFAULT_PORT}.",
        ),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", metavar="KEY", help="Let in the user with this public key."),
    ] = None,
    device: Annotated[
        Device, typer.Option("--device", help="Where the models are loaded ahead of the first job.")
    ] = "auto",
    idle_seconds: Annotated[
        float | None, typer.Option("--idle-seconds", min=0, hidden=True)
    ] = None,
    systems: Annotated[str, typer.Option("--systems", hidden=True)] = DEFAULT_MODULE,
) -> None:
    """Serve this user's jobs, here or to other machines, until Ctrl-C.

    Nobody needs to call this on their own machine: commands and Blender start a server themselves.
    """
    logging.basicConfig(level=logging.INFO, format=LOG_LINE)
    if port is None:
        port = 0 if is_loopback(bind) else DEFAULT_PORT
    server.serve(bind, port, allow or (), idle_seconds, systems, device)

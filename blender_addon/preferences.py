# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the backend is, on this machine or at an address, and what is shown while it works."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

import bpy

from ..shared.errors import UnreachableError
from ..shared.folders import data_folder
from ..shared.keys import user_key
from ..shared.launch import parse_address
from . import compat
from .backends import LocalBackend, RemoteBackend
from .catalog import CATALOG
from .connection import Backend

ADDON_ID = str(__package__).rpartition(".")[0]
"""The extension's own name, of which this package is a part."""


class Preferences(bpy.types.AddonPreferences):
    bl_idname = ADDON_ID

    place: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Backend",
        description="Where characters are made",
        items=[
            ("LOCAL", "This Computer", "Start a backend on this computer when one is needed"),
            ("REMOTE", "Remote", "Connect to a backend that runs elsewhere"),
        ],
    )
    command: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Command",
        description="The command that runs the backend; empty looks for KINORA_COMMAND and kinora",
    )
    address: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Address", description="The other computer's name or address, with a port if need be"
    )
    server_key: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Server Key",
        description="The 40 characters of the server's public key, which kinora serve shows",
    )

    shows_previews: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Show Previews in the Viewport",
        description="Draw what a running job looks like so far over the 3D view",
        default=True,
    )

    def draw(self, context: Any) -> None:
        draw_connection(self.layout, self)
        self.layout.prop(self, "shows_previews")


def draw_connection(layout: Any, preferences: Any) -> None:
    """The settings of the connection, in the preferences and in the panel."""
    layout.use_property_split = True
    layout.use_property_decorate = False
    column = layout.column()
    choice = column.row()
    choice.use_property_split = False
    choice.prop(preferences, "place", expand=True)
    if preferences.place == "LOCAL":
        column.prop(preferences, "command", placeholder="kinora")
        return
    column.prop(preferences, "address", placeholder="render.example.org")
    column.prop(preferences, "server_key")
    column.operator("kinora.copy_public_key", icon="COPYDOWN")
    allowed, remedy = compat.is_online_allowed()
    if not allowed:
        column.label(text=remedy, icon="INFO")


def read_preferences() -> Any:
    """The user's settings; None while the add-on is not installed as one (tests)."""
    addon = bpy.context.preferences.addons.get(ADDON_ID)
    return addon.preferences if addon is not None else None


def choose_backend() -> Backend:
    """The backend that the preferences name. Raises `KinoraError` where it may not be reached."""
    preferences = read_preferences()
    if preferences is None or preferences.place == "LOCAL":
        command = preferences.command if preferences is not None else ""
        return LocalBackend(command, CATALOG.digest)
    allowed, remedy = compat.is_online_allowed()
    if not allowed and not is_loopback(parse_address(preferences.address)):
        raise UnreachableError("Blender is not allowed to leave this computer.", remedy)
    return RemoteBackend(preferences.address, preferences.server_key)


def is_loopback(address: str) -> bool:
    """Whether an address stays on this machine; names other than localhost count as elsewhere."""
    host = urlsplit(address).hostname or ""
    try:
        place = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    # Sockets that speak both protocols name 127.0.0.1 ::ffff:127.0.0.1.
    return (getattr(place, "ipv4_mapped", None) or place).is_loopback


def public_key() -> str:
    """This user's public key, made on first use. Raises `KinoraError`."""
    return user_key(data_folder()).public.decode("ascii")

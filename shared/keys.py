# SPDX-License-Identifier: Apache-2.0
"""The user's CURVE key pair, made on first use, and the keys that a remote server takes."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import zmq
from zmq.utils import z85

from .errors import AccessDeniedError, StorageError
from .folders import make_folder, write_private

KEY_LENGTH = 40
"""Characters of a CURVE key in Z85."""


@dataclass(frozen=True)
class KeyPair:
    """Z85 text of 40 characters each. The secret never leaves this machine."""

    public: bytes
    secret: bytes

    def __repr__(self) -> str:
        return f"KeyPair({self.public.decode()})"


def user_key(folder: Path) -> KeyPair:
    """The pair in the data folder, made when there is none. Raises `StorageError`."""
    path = folder / "user.key"
    if not path.exists():
        _make(path)
    try:
        if os.name == "posix" and path.stat().st_mode & 0o077:
            path.chmod(0o600)
        lines = path.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"The key file {path} cannot be read: {error}.") from error
    if len(lines) != 2 or not all(is_key(line) for line in lines):
        raise StorageError(
            f"The key file {path} is damaged.",
            "Delete it: a new one is made, and remote servers must be told its public key.",
        )
    return KeyPair(lines[0].encode(), lines[1].encode())


def _make(path: Path) -> None:
    make_folder(path.parent)
    aside = path.with_name(f"user.key.{secrets.token_hex(4)}")
    write_private(aside, b"\n".join(zmq.curve_keypair()) + b"\n")
    try:
        # Two programs may start at once: the first pair to get its name stays.
        os.link(aside, path)
    except FileExistsError:
        pass
    except OSError:  # A file system without links.
        os.replace(aside, path)
    aside.unlink(missing_ok=True)


def is_key(text: str) -> bool:
    if len(text) != KEY_LENGTH or not text.isascii():
        return False
    try:
        z85.decode(text)
    except (ValueError, KeyError):
        return False
    return True


def authorized_keys(folder: Path) -> frozenset[str]:
    """The public keys that this user's remote server takes. Raises `StorageError`."""
    path = folder / "authorized_keys"
    try:
        lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"The file {path} cannot be read: {error}.") from error
    words = [line.split() for line in lines]
    # A Z85 key may begin with "#", so only a line whose first word is no key is a comment.
    return frozenset(line[0] for line in words if line and is_key(line[0]))


def allow(folder: Path, key: str) -> None:
    """Add a public key to `authorized_keys`. Raises `AccessDeniedError` if it is none."""
    key = key.strip()
    if not is_key(key):
        raise AccessDeniedError(
            f'"{key[:60]}" is not a public key.',
            "Paste the 40 characters that `kinora doctor` or the add-on's preferences show.",
        )
    known = authorized_keys(make_folder(folder))
    if key not in known:
        write_private(folder / "authorized_keys", "".join(f"{k}\n" for k in (*known, key)).encode())

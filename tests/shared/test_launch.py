# SPDX-License-Identifier: Apache-2.0
"""Finding, starting and addressing servers; keys and folders."""

from __future__ import annotations

import os
import stat
import sys
import threading
from pathlib import Path

import pytest
import zmq

from kinora.shared import folders, keys, launch
from kinora.shared.errors import AccessDeniedError, StorageError, UnreachableError

KEY = zmq.curve_keypair()[0].decode()


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("render.example.org", "tcp://render.example.org:7717"),
        ("  192.168.1.20:9000 ", "tcp://192.168.1.20:9000"),
        ("tcp://box:9000", "tcp://box:9000"),
        ("tcp://box:9000/", "tcp://box:9000"),
        ("http://box/", "tcp://box:7717"),
        ("HTTPS://Box:443", "tcp://box:443"),
        ("::1", "tcp://[::1]:7717"),
        ("[::1]:9000", "tcp://[::1]:9000"),
        ("fe80::1%eth0", "tcp://[fe80::1%eth0]:7717"),
        ("tcp://[2001:db8::1]:9000", "tcp://[2001:db8::1]:9000"),
    ],
)
def test_an_address_is_understood_as_people_type_it(typed: str, address: str) -> None:
    assert launch.parse_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    ["", "   ", "box:port", "box:99999", "box:0", "ftp://box", "http://box/path", "a b", "x;y",
     "ipc:///tmp/socket", "http://user@box", "tcp://box?x=1", "[::1"],
)  # fmt: skip
def test_what_is_no_address_is_said_so(typed: str) -> None:
    with pytest.raises(UnreachableError, match="is not the address of a server"):
        launch.parse_address(typed)


def test_the_command_is_taken_from_the_environment_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KINORA_COMMAND", '"/opt/my kinora/bin/kinora" --quiet')
    assert launch.backend_command() == ["/opt/my kinora/bin/kinora", "--quiet"]


def test_the_command_is_looked_for_on_the_path_then_among_the_modules(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("KINORA_COMMAND", raising=False)
    program = tmp_path / ("kinora.exe" if os.name == "nt" else "kinora")
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert launch.backend_command() == [str(program)]
    program.unlink()
    assert launch.backend_command() == [sys.executable, "-m", "kinora.backend"]


def test_without_a_backend_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KINORA_COMMAND", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(launch.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UnreachableError, match=r"not installed.*pip install kinora"):
        launch.backend_command()


def test_a_command_that_does_not_exist_is_a_sentence(data: Path) -> None:
    with pytest.raises(UnreachableError, match="There is no program"):
        launch.connect(["/nowhere/kinora"])


def test_a_server_that_gives_up_is_quoted(data: Path) -> None:
    words = [sys.executable, "-c", "import sys; sys.exit('The dog ate the port.')"]
    with pytest.raises(UnreachableError, match=r"did not start\. The dog ate the port\."):
        launch.connect(words)


def test_nobody_runs_at_first(data: Path) -> None:
    assert launch.find() is None


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b'{"address":1,"public_key":2}', b'{"more":1}', b"\xff\xfe"],
)
def test_a_damaged_server_file_means_no_server(data: Path, content: bytes) -> None:
    data.mkdir()
    launch.server_path().write_bytes(content)
    assert launch.find() is None


def test_a_remote_server_that_is_not_there_is_a_sentence(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with launch.reach("127.0.0.1:1", KEY) as client:
        client.patience = 0.1
        with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:1 does not answer"):
            client.hello()


def test_a_server_key_that_is_none_is_a_sentence(data: Path) -> None:
    with pytest.raises(AccessDeniedError, match="is not a public key"):
        launch.reach("box", "abc")


def test_the_key_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    pairs: list[keys.KeyPair] = []
    threads = [
        threading.Thread(target=lambda: pairs.append(keys.user_key(tmp_path / "new")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pairs) == 4
    assert len(set(pairs)) == 1
    assert sorted(os.listdir(tmp_path / "new")) == ["user.key"]
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "new" / "user.key").stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_secret_is_not_shown_by_accident(tmp_path: Path) -> None:
    pair = keys.user_key(tmp_path)
    assert pair.secret.decode() not in repr(pair)


@pytest.mark.skipif(os.name != "posix", reason="file modes are of POSIX systems")
def test_a_key_that_others_could_read_is_closed(tmp_path: Path) -> None:
    keys.user_key(tmp_path)
    (tmp_path / "user.key").chmod(0o644)
    keys.user_key(tmp_path)
    assert stat.S_IMODE((tmp_path / "user.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"abc\ndef\n", b"\xff" * 80])
def test_a_damaged_key_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "user.key").write_bytes(content)
    with pytest.raises(StorageError, match="key file"):
        keys.user_key(tmp_path)


def test_allowed_keys_are_kept_and_comments_ignored(tmp_path: Path) -> None:
    other = zmq.curve_keypair()[0].decode()
    keys.allow(tmp_path, f" {KEY}\n")
    keys.allow(tmp_path, KEY)
    with open(tmp_path / "authorized_keys", "a") as file:
        file.write(f"# the render box\n{other} anna\n\nnonsense\n")
    assert keys.authorized_keys(tmp_path) == {KEY, other}
    with pytest.raises(AccessDeniedError, match="is not a public key"):
        keys.allow(tmp_path, "nonsense")


def test_the_data_folder_is_the_platforms_or_the_one_that_was_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KINORA_DATA", str(tmp_path))
    assert folders.data_folder() == tmp_path
    monkeypatch.delenv("KINORA_DATA")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    assert folders.data_folder() == tmp_path / "xdg" / "kinora"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert folders.data_folder() == tmp_path / "local" / "Kinora"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert folders.data_folder().parts[-3:] == ("Library", "Application Support", "Kinora")


def test_a_folder_that_cannot_be_made_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setenv("KINORA_DATA", str(blocked / "data"))
    with pytest.raises(StorageError, match=r"cannot be made.*KINORA_DATA"):
        launch.connect([sys.executable])


@pytest.mark.parametrize("name", ["avatar.glb", "preview.png", "Ünïcode 走る.mp4", "a" * 120])
def test_plain_names_are_taken(name: str) -> None:
    assert folders.is_plain_name(name)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", ".bashrc", "a/b", "a\\b", "/etc/passwd", "C:x", "x:stream", "a\0b", "a\nb",
     "x.", "x ", "a" * 121, "what?", "*.png"],
)  # fmt: skip
def test_names_that_are_more_than_names_are_refused(name: str) -> None:
    assert not folders.is_plain_name(name)


def test_a_full_disk_is_told_before_a_server_is_started(data: Path, monkeypatch) -> None:
    full = os.statvfs_result((4096, 4096, 100_000, 5, 5, 10, 10, 10, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda path: full)
    with pytest.raises(StorageError, match="has only 0 MiB free") as caught:
        launch.connect()
    assert "KINORA_DATA" in caught.value.hint
    assert not launch.log_path().exists()

# SPDX-License-Identifier: Apache-2.0
"""The attacker's view of the server: keys it does not know, no keys at all, traffic in between."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zmq

from kinora.shared import errors, launch, wire
from kinora.shared.client import Client, Server
from kinora.shared.keys import KeyPair, user_key
from kinora.shared.messages import PROTOCOL, Failed, Ping, Pong, Shutdown, Submit

TRIAL = Path(__file__).parent.parent / "serve_trial.py"


def titles(client: Client) -> list[str]:
    return [row.title for row in client.jobs()]


def stranger() -> KeyPair:
    return KeyPair(*zmq.curve_keypair())


def test_an_unknown_key_is_told_so_in_words(client: Client) -> None:
    with (
        Client(client.server, stranger()) as other,
        pytest.raises(errors.AccessDeniedError, match="does not know this user's key"),
    ):
        other.hello()


def test_a_server_elsewhere_is_reached_by_its_address_and_key(client: Client) -> None:
    place = client.server.address.removeprefix("tcp://")
    with launch.connect_remote(f" {place}/ ", client.server.public_key) as remote:
        assert remote.ask(Ping(), Pong) == client.ask(Ping(), Pong)


def test_what_is_sent_before_the_connection_stands_goes_out_with_it(
    client: Client, module_data: Path
) -> None:
    with Client(client.server, user_key(module_data)) as early:
        assert not early.is_connected
        question = early.send(Ping())
        while not (answers := early.poll()):
            early.wait(1)
    assert [received.answers for received in answers] == [question]


def test_another_server_key_is_told_so_in_words(client: Client, module_data: Path) -> None:
    wrong = Server(client.server.address, stranger().public.decode())
    with (
        Client(wrong, user_key(module_data)) as other,
        pytest.raises(errors.AccessDeniedError, match="another public key"),
    ):
        other.hello()


def test_a_client_without_encryption_gets_nothing(client: Client) -> None:
    with zmq.Context() as context, context.socket(zmq.DEALER) as plain:
        plain.linger = 0
        monitor = plain.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED)
        plain.connect(client.server.address)
        plain.send_multipart(wire.encode(Submit("trial", {"prompt": "in the clear"}), 1))
        event, _ = struct.unpack("=hi", monitor.recv_multipart()[0])
        assert event == zmq.EVENT_DISCONNECTED
        plain.disable_monitor()
        monitor.close()
    assert "in the clear" not in titles(client)


@pytest.mark.parametrize(
    "noise",
    [b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 64, bytes(10_000), b"\x80\x04K*."],
    ids=lambda noise: repr(noise[:8]),
)
def test_noise_on_the_port_harms_nobody(client: Client, noise: bytes) -> None:
    port = int(client.server.address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.settimeout(15)
        with contextlib.suppress(OSError):
            raw.sendall(noise)
            raw.shutdown(socket.SHUT_WR)
            while raw.recv(4096):
                pass
    assert client.ask(Ping(), Pong)


def send_raw(client: Client, frames: list[bytes]) -> Failed:
    """What the server says to frames that no client of ours would send."""
    client._socket.send_multipart(frames)
    while True:
        for received in client.poll():
            assert isinstance(received.message, Failed)
            return received.message
        client.wait(1)


@pytest.mark.parametrize(
    "frames",
    [
        [b""],
        [b"{}", b"{}"],
        [b"\x80\x04K*.", b"{}"],
        [wire.envelope("Submit", 1), b'{"system":"trial"}'],
        [wire.envelope("Submit", 1), b'{"system":"trial","values":{},"device":"auto","path":"/"}'],
        [wire.envelope("Ping", 1), b"{}", b"an extra frame"],
        [wire.envelope("Pong", 1), b'{"nonce":"","queued":0,"running":0}'],
        [wire.envelope("RunJob", 1), b'{"job_id":"x","system":"trial","device":"cpu"}'],
        [wire.envelope("Ping", 1), b" " * (wire.MAX_BODY_BYTES + 1)],
    ],
    ids=lambda frames: str(frames[0][:40]),
)
def test_a_malformed_message_is_refused_and_the_server_stays(
    client: Client, frames: list[bytes]
) -> None:
    assert send_raw(client, frames).code == errors.BadMessageError.code
    assert client.ask(Ping(), Pong)


def test_a_client_of_another_protocol_is_told_which_side_is_older(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "PROTOCOL", PROTOCOL + 1)
    with pytest.raises(errors.VersionMismatchError, match="the other side is the older one"):
        client.call(Ping())


def test_the_server_tells_an_older_client_to_update(client: Client) -> None:
    present = f'"protocol":{PROTOCOL}'.encode()
    old = wire.envelope("Ping", 7).replace(present, b'"protocol":0')
    failed = send_raw(client, [old, b"{}"])
    assert failed.code == errors.VersionMismatchError.code
    assert "the other side is the older one" in failed.message


def test_another_catalogue_is_told_so(client: Client) -> None:
    with pytest.raises(errors.VersionMismatchError, match="other options"):
        client.hello("0123456789abcdef")


@pytest.fixture
def friendly_server(data: Path) -> Iterator[Callable[[KeyPair], Client]]:
    """A server in the foreground that was told to allow one other key."""
    friend = stranger()
    words = [sys.executable, str(TRIAL), "serve", "--allow", friend.public.decode()]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "serves at" not in process.stderr.readline():
            assert process.poll() is None
        server = launch.read_server()
        assert server is not None
        yield lambda pair: Client(server, pair if pair.public else friend)
        process.terminate()
        assert process.wait(10) == 0


FRIEND = KeyPair(b"", b"")


def test_an_allowed_key_may_work_but_not_end_the_server(
    friendly_server: Callable[[KeyPair], Client], data: Path
) -> None:
    with friendly_server(FRIEND) as friend:
        friend.hello()
        assert friend.submit("trial", {})
        with pytest.raises(errors.AccessDeniedError, match="Only the user who started"):
            friend.call(Shutdown())
    with friendly_server(user_key(data)) as owner:
        assert owner.hello()
    with (
        friendly_server(stranger()) as other,
        pytest.raises(errors.AccessDeniedError),
    ):
        other.hello()


def test_the_server_listens_on_this_machine_only_unless_told_otherwise(client: Client) -> None:
    assert client.server.address.startswith("tcp://127.0.0.1:")


def test_a_taken_port_is_a_sentence(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        words = [sys.executable, str(TRIAL), "serve", "--port", str(port)]
        found = subprocess.run(words, capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert found.stderr.splitlines()[-1].startswith(f"The port {port} is taken")
    assert "Traceback" not in found.stderr


class Wiretap:
    """Sits between a client and the server, writes down every byte, and may change them."""

    def __init__(self, port: int, change: Callable[[bytes, int], bytes]) -> None:
        self.seen = bytearray()
        self._change = change
        self._target = port
        self._door = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self._door.getsockname()[1]}"
        threading.Thread(target=self._pass, daemon=True).start()

    def _pass(self) -> None:
        outer, _ = self._door.accept()
        inner = socket.create_connection(("127.0.0.1", self._target))
        with outer, inner:
            while True:
                ready, _, _ = select.select([outer, inner], [], [])
                for side in ready:
                    data = side.recv(65536)
                    if not data:
                        return
                    self.seen += data
                    if side is outer:
                        data = self._change(data, len(self.seen))
                    (inner if side is outer else outer).sendall(data)


def tap(client: Client, change: Callable[[bytes, int], bytes]) -> Wiretap:
    return Wiretap(int(client.server.address.rpartition(":")[2]), change)


def test_who_listens_on_the_line_reads_nothing(client: Client, module_data: Path) -> None:
    line = tap(client, lambda data, _: data)
    secret = "a secret character"
    with Client(Server(line.address, client.server.public_key), user_key(module_data)) as tapped:
        tapped.hello()
        tapped.submit("trial", {"prompt": secret})
    assert len(line.seen) > 200
    assert secret.encode() not in line.seen
    assert b"trial" not in line.seen
    assert client.jobs()[0].title == secret


def test_a_message_that_was_altered_on_the_line_does_not_arrive(
    client: Client, module_data: Path
) -> None:
    armed = threading.Event()

    def change(data: bytes, _: int) -> bytes:
        if not armed.is_set():
            return data
        middle = len(data) // 2
        return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]

    line = tap(client, change)
    server = Server(line.address, client.server.public_key)
    with Client(server, user_key(module_data), patience=0.3) as tapped:
        tapped.hello()
        armed.set()
        with pytest.raises(errors.UnreachableError):
            tapped.submit("trial", {"prompt": "altered"})
    assert "altered" not in titles(client)


@pytest.mark.skipif(os.name != "posix", reason="file modes are of POSIX systems")
def test_the_secret_key_is_for_its_owner_only(client: Client, module_data: Path) -> None:
    assert (module_data / "user.key").stat().st_mode & 0o777 == 0o600

# SPDX-License-Identifier: Apache-2.0
"""The session goes through its states whatever the backend does, and never loses a job."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from tube_systems.tube_man import tube_man

from kinora.blender_addon.job import NOTHING_SHOWN, Link, Stage
from kinora.blender_addon.session import Session
from kinora.shared.errors import (
    AccessDeniedError,
    BadOptionError,
    KinoraError,
    UnreachableError,
    VersionMismatchError,
)
from kinora.shared.messages import (
    Accepted,
    Attach,
    Cancel,
    Done,
    Failed,
    FetchedResult,
    FetchResult,
    Finished,
    Hello,
    JobId,
    Jobs,
    ListJobs,
    Message,
    Preview,
    Progress,
    Queued,
    Received,
    Request,
    Submit,
    Welcome,
)
from kinora.shared.results import CoarseMesh, Media

JOB = JobId("0123456789abcdef")
PICTURES = tuple(Media.of("progress.png", data) for data in (b"first", b"second"))
MESH = CoarseMesh(np.eye(3, dtype=np.float32), np.array([[0, 1, 2]], np.int32))
VALUES = {"shape_prompt": "an old man"}
CHARACTER = tube_man(vertices=700, frames=2)


@dataclass
class ScriptedServer:
    """A backend that keeps jobs like the real one and answers by its rules, event by event."""

    greeting: Message = field(default_factory=lambda: Welcome("0.1.0", "", "nonce", 1))
    is_there: bool = True
    starts: int = 0
    asked: list[Request] = field(default_factory=list)
    state: Message | None = None
    clients: list[ScriptedClient] = field(default_factory=list)

    def find(self) -> Any:
        if not self.is_there:
            return None
        self.clients.append(ScriptedClient(self))
        return self.clients[-1]

    def start(self) -> None:
        self.starts += 1

    def check_started(self) -> None:
        pass

    def tell(self, event: Message) -> None:
        self.state = event
        self.clients[-1].inbox.append(Received(event))

    def answer(self, request: Request) -> list[Message]:
        match request:
            case Hello():
                return [self.greeting]
            case Submit():
                return [Accepted(JOB, 0)]
            case Attach():
                return [self.state or Queued(JOB, 0)]
            case Cancel(keeps_best=True):
                return [Done()]
            case Cancel():
                self.state = Failed(JOB, "cancelled", "The job was cancelled.")
                return [Done()]
            case FetchResult():
                return [FetchedResult(JOB, CHARACTER)]
            case ListJobs():
                return [Jobs(())]
            case _:
                return [Done()]


class ScriptedClient:
    name = "test"

    def __init__(self, server: ScriptedServer) -> None:
        self.server = server
        self.is_connected = True
        self.inbox: deque[Received] = deque()
        self.breaks: BaseException | None = None
        self.is_closed = False
        self._next = 1

    def send(self, request: Request) -> int:
        self.server.asked.append(request)
        number, self._next = self._next, self._next + 1
        self.inbox.extend(Received(m, 0, number) for m in self.server.answer(request))
        return number

    def poll(self) -> list[Received]:
        if self.breaks is not None:
            raise self.breaks
        found, self.inbox = list(self.inbox), deque()
        return found

    def wait(self, seconds: float) -> None:
        pass

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def server() -> ScriptedServer:
    return ScriptedServer()


@pytest.fixture
def session(server: ScriptedServer) -> Session:
    made = Session("digest")
    made.connect(server)
    settle(made)
    return made


def settle(session: Session) -> None:
    """Poll until all that was asked is answered; no chain of ours is longer."""
    for _ in range(12):
        session.poll()


def submit(session: Session) -> None:
    session.submit("avatar", VALUES)
    settle(session)


def test_a_job_goes_from_sent_to_ready(session: Session, server: ScriptedServer) -> None:
    session.submit("avatar", VALUES)
    stages = [session.job.stage]
    settle(session)
    stages.append(session.job.stage)
    server.tell(Progress(JOB, 0.4, "Sewing", 12.0))
    settle(session)
    assert (session.job.fraction, session.job.note, session.job.eta_s) == (0.4, "Sewing", 12.0)
    stages.append(session.job.stage)
    server.tell(Finished(JOB, "Character"))
    settle(session)
    stages.append(session.job.stage)
    assert stages == [Stage.SUBMITTING, Stage.QUEUED, Stage.RUNNING, Stage.READY]
    assert session.take_result() is CHARACTER
    assert session.job.stage is Stage.PLACED


def test_what_is_sent_before_the_connection_stands_goes_out_after_the_welcome() -> None:
    server = ScriptedServer()
    session = Session("digest")
    session.connect(server)
    session.submit("avatar", VALUES)
    settle(session)
    assert server.asked[0] == Hello("0.1.0", "digest", "test")
    assert Submit("avatar", VALUES) in server.asked
    assert session.job.stage is Stage.QUEUED


def test_a_backend_that_is_not_there_is_started_once_and_then_joined() -> None:
    server = ScriptedServer(is_there=False)
    session = Session()
    session.connect(server)
    settle(session)
    assert (session.link, server.starts) == (Link.STARTING, 1)
    server.is_there = True
    settle(session)
    assert (session.link, server.starts) == (Link.CONNECTED, 1)


def test_another_version_is_said_in_words_and_the_job_fails() -> None:
    error = VersionMismatchError("The server is of release 0.0.9.")
    greeting = Failed("", error.code, error.message, error.hint)
    session = Session()
    session.connect(ScriptedServer(greeting=greeting))
    session.submit("avatar", VALUES)
    settle(session)
    assert isinstance(session.error, VersionMismatchError)
    assert (session.link, session.job.stage) == (Link.NONE, Stage.FAILED)


def test_a_refused_key_is_said_in_words(session: Session, server: ScriptedServer) -> None:
    submit(session)
    server.clients[-1].breaks = AccessDeniedError("The server does not know this user's key.")
    settle(session)
    assert isinstance(session.error, AccessDeniedError)
    assert "--allow" in str(session.error)
    assert server.clients[-1].is_closed


def test_cancel_reaches_the_backend_and_is_no_error(
    session: Session, server: ScriptedServer
) -> None:
    submit(session)
    session.cancel()
    assert session.job.stage is Stage.CANCELLING
    settle(session)
    assert Cancel(JOB) in server.asked
    assert (session.job.stage, session.error) == (Stage.CANCELLED, None)


def test_cancel_before_the_job_was_accepted_still_stops_it(
    session: Session, server: ScriptedServer
) -> None:
    session.submit("avatar", VALUES)
    session.cancel()
    settle(session)
    assert Cancel(JOB) in server.asked
    assert session.job.stage is Stage.CANCELLED


def test_cancel_before_anything_was_sent_sends_nothing() -> None:
    server = ScriptedServer(is_there=False)
    session = Session()
    session.connect(server)
    session.submit("avatar", VALUES)
    session.cancel()
    server.is_there = True
    settle(session)
    assert session.job.stage is Stage.CANCELLED
    assert not any(isinstance(each, Submit) for each in server.asked)


def test_progress_after_cancel_does_not_revive_the_job(
    session: Session, server: ScriptedServer
) -> None:
    submit(session)
    session.cancel()
    server.tell(Progress(JOB, 0.5, "Sewing"))
    session.poll()
    assert session.job.stage is Stage.CANCELLING


def test_a_killed_server_is_started_again_and_the_job_followed(
    session: Session, server: ScriptedServer
) -> None:
    submit(session)
    server.is_there = False
    server.clients[-1].breaks = UnreachableError("The server does not answer.")
    session.poll()
    assert (session.link, server.starts, session.job.job_id) == (Link.STARTING, 1, JOB)
    server.is_there = True
    server.state = Finished(JOB, "Character")
    settle(session)
    assert Attach(JOB) in server.asked
    assert session.job.stage is Stage.READY


def test_a_result_that_was_on_its_way_is_fetched_from_the_next_server(
    session: Session, server: ScriptedServer
) -> None:
    session.fetch(JOB)
    server.clients[-1].breaks = UnreachableError("The server does not answer.")
    session.poll()
    settle(session)
    assert session.job.stage is Stage.READY


def test_a_server_that_goes_while_nothing_runs_is_no_error(
    session: Session, server: ScriptedServer
) -> None:
    server.clients[-1].breaks = UnreachableError("The server does not answer.")
    settle(session)
    assert (session.link, session.error) == (Link.NONE, None)


def test_a_late_word_of_a_placed_job_does_not_place_it_twice(
    session: Session, server: ScriptedServer
) -> None:
    submit(session)
    server.tell(Finished(JOB, "Character"))
    settle(session)
    session.take_result()
    server.tell(Finished(JOB, "Character"))
    settle(session)
    assert session.job.stage is Stage.PLACED


def test_a_server_that_stays_away_is_an_error_with_a_next_step(
    session: Session, server: ScriptedServer
) -> None:
    submit(session)
    for _ in range(2):
        server.clients[-1].breaks = UnreachableError("The server does not answer.")
        server.greeting = Queued(JOB, 0)
        settle(session)
    assert isinstance(session.error, UnreachableError)
    assert session.error.hint
    assert (session.link, session.job.stage) == (Link.NONE, Stage.FAILED)


def test_a_refused_option_names_its_field(session: Session, server: ScriptedServer) -> None:
    submit(session)
    server.tell(Failed(JOB, "bad_option", "Seed is -1.", "It takes 0 to 9.", "seed"))
    settle(session)
    assert isinstance(session.error, BadOptionError)
    assert session.error.field == "seed"
    assert session.link is Link.CONNECTED


def test_an_error_of_our_own_is_one_sentence_and_no_traceback(
    session: Session, server: ScriptedServer
) -> None:
    submit(session)
    server.clients[-1].breaks = ZeroDivisionError("a bug")
    settle(session)
    assert isinstance(session.error, KinoraError)
    assert "ZeroDivisionError" not in str(session.error)


def test_another_file_keeps_the_job_but_its_result_waits_to_be_asked_for(
    session: Session, server: ScriptedServer
) -> None:
    submit(session)
    session.follow_again()
    server.tell(Finished(JOB, "Character"))
    settle(session)
    assert (session.job.stage, session.is_placed_unasked) == (Stage.READY, False)


def test_a_result_that_could_not_be_placed_stays_ready(
    session: Session, server: ScriptedServer
) -> None:
    submit(session)
    server.tell(Finished(JOB, "Character"))
    settle(session)
    session.hold_result(session.take_result())
    assert session.job.stage is Stage.READY
    assert session.take_result() is CHARACTER


def test_a_finished_job_can_be_fetched_again(session: Session) -> None:
    session.fetch(JOB)
    settle(session)
    assert session.take_result() is CHARACTER


def test_news_of_another_job_changes_nothing(session: Session, server: ScriptedServer) -> None:
    submit(session)
    before = session.job
    server.tell(Progress(JobId("another"), 0.9, "Sewing"))
    settle(session)
    assert session.job == before


def test_a_waiting_script_gets_the_error_raised(session: Session, server: ScriptedServer) -> None:
    submit(session)
    server.tell(Failed(JOB, "gpu_memory", "The device is full."))
    with pytest.raises(KinoraError, match="device is full"):
        list(session.wait(lambda: not session.job.is_active))


def test_a_job_that_is_stopped_to_keep_its_best_brings_that(
    session: Session, server: ScriptedServer
) -> None:
    submit(session)
    server.tell(Progress(JOB, 0.4, "Sculpting"))
    settle(session)
    session.keep()
    settle(session)
    assert Cancel(JOB, keeps_best=True) in server.asked
    server.tell(Progress(JOB, 0.9, "Painting", 3.0))
    settle(session)
    assert (session.job.stage, session.job.fraction) == (Stage.KEEPING, 0.9)
    server.tell(Finished(JOB, "Character"))
    settle(session)
    assert (session.job.stage, session.error) == (Stage.READY, None)


@pytest.mark.parametrize(("verb", "is_kept"), [("keep", True), ("cancel", False)])
def test_what_was_asked_of_a_job_is_asked_of_the_next_server_too(
    session: Session, server: ScriptedServer, verb: str, is_kept: bool
) -> None:
    submit(session)
    server.tell(Progress(JOB, 0.4, "Sculpting"))
    settle(session)
    getattr(session, verb)()
    server.asked.clear()
    server.clients[-1].breaks = UnreachableError("The server does not answer.")
    settle(session)
    assert Cancel(JOB, keeps_best=is_kept) in server.asked


def test_only_a_job_that_runs_has_anything_to_keep(
    session: Session, server: ScriptedServer
) -> None:
    session.keep()
    submit(session)
    session.keep()
    settle(session)
    assert not any(isinstance(each, Cancel) for each in server.asked)
    assert session.job.stage is Stage.QUEUED


def test_a_job_that_keeps_its_best_can_be_cancelled_all_the_same(
    session: Session, server: ScriptedServer
) -> None:
    submit(session)
    server.tell(Progress(JOB, 0.4, "Sculpting"))
    settle(session)
    session.keep()
    session.cancel()
    settle(session)
    assert session.job.stage is Stage.CANCELLED


def test_the_last_picture_and_the_last_mesh_are_shown_while_the_job_runs(
    session: Session, server: ScriptedServer
) -> None:
    submit(session)
    for content in (PICTURES[0], MESH, PICTURES[1]):
        server.tell(Preview(JOB, content))
    settle(session)
    shown = session.shown
    assert (shown.picture, shown.mesh) == (PICTURES[1], MESH)
    settle(session)
    assert session.shown is shown, "what has not changed must not be drawn anew"


@pytest.mark.parametrize(
    "end", [Finished(JOB, "Character"), Failed(JOB, "storage", "x"), Failed(JOB, "cancelled", "x")]
)
def test_nothing_is_shown_of_a_job_that_has_ended_nor_at_the_start_of_the_next(
    session: Session, server: ScriptedServer, end: Message
) -> None:
    submit(session)
    server.tell(Preview(JOB, PICTURES[0]))
    server.tell(end)
    settle(session)
    assert session.shown is NOTHING_SHOWN
    submit(session)
    assert session.shown is NOTHING_SHOWN


def test_another_file_does_not_show_what_the_one_before_asked_for(
    session: Session, server: ScriptedServer
) -> None:
    submit(session)
    server.tell(Preview(JOB, PICTURES[0]))
    settle(session)
    session.follow_again()
    assert session.shown is NOTHING_SHOWN

# SPDX-License-Identifier: Apache-2.0
"""A real server process with a real worker, asked by a real client."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kinora.shared import errors
from kinora.shared.client import Client
from kinora.shared.messages import (
    Attach,
    Event,
    FetchResult,
    Finished,
    JobId,
    Pin,
    Ping,
    Pong,
    Preview,
    Progress,
    Queued,
    Value,
)
from kinora.shared.results import CoarseMesh, Media, MotionResult


def wait_for_note(client: Client, job_id: JobId, note: str) -> None:
    """Until the job says this of itself."""
    for event in client.watch(job_id):
        if isinstance(event, Progress) and event.note == note:
            return


def watched(client: Client, values: dict[str, Value]) -> list[Event]:
    """All that happens to such a job: it waits behind another one until it is watched."""
    before = client.submit("trial", {"behaviour": "wait"}).job_id
    events = client.watch(client.submit("trial", values).job_id)
    assert isinstance(next(events), Queued)
    client.cancel(before)
    return list(events)


def finish(client: Client, job_id: JobId) -> Finished:
    *_, last = client.watch(job_id)
    assert isinstance(last, Finished)
    return last


def test_a_job_comes_back_as_its_result_and_its_files(client: Client) -> None:
    job_id = client.submit("trial", {"prompt": "walk", "steps": 7}).job_id
    finished = finish(client, job_id)
    assert finished.files == ("answer.txt", "started.txt")
    result = client.fetch_result(job_id)
    assert isinstance(result, MotionResult)
    assert result.motion.joints.shape == (7, 22, 3)
    assert result.notes == ("walk",)
    files = {file.name: file.data.tobytes() for file in client.fetch_files(job_id)}
    assert files["answer.txt"] == b"walk"


def test_progress_comes_in_order_and_with_words(client: Client) -> None:
    events = [event for event in watched(client, {"steps": 4}) if isinstance(event, Progress)]
    assert [event.note for event in events][-4:] == ["Step 1", "Step 2", "Step 3", "Step 4"]
    assert [event.fraction for event in events][-4:] == [0.25, 0.5, 0.75, 1.0]


def test_emoji_and_other_scripts_survive_the_road(client: Client) -> None:
    prompt = "🤖 ein Mädchen läuft, 走る, ходит"
    job_id = client.submit("trial", {"prompt": prompt}).job_id
    finish(client, job_id)
    assert client.fetch_result(job_id).notes == (prompt,)
    assert client.jobs()[0].title == prompt


def test_a_file_goes_to_the_job_with_its_bytes(client: Client) -> None:
    picture = Media("photo.png", np.arange(256, dtype=np.uint8))
    job_id = client.submit("trial", {"picture": picture}).job_id
    assert finish(client, job_id)


def test_previews_arrive_as_mesh_and_as_picture(client: Client) -> None:
    events = watched(client, {"behaviour": "preview"})
    shown = [event.content for event in events if isinstance(event, Preview)]
    assert [type(content) for content in shown] == [CoarseMesh, Media]


def test_what_happened_before_a_job_was_watched_is_told_to_who_submitted_it_once(
    client: Client,
) -> None:
    from kinora.shared import launch

    job_id = client.submit("trial", {"behaviour": "preview"}).job_id
    with launch.connect(name="another") as another:
        finish(another, job_id)
    events = list(client.watch(job_id))
    shown = [event.content for event in events if isinstance(event, Preview)]
    assert [type(content) for content in shown] == [CoarseMesh, Media]
    assert isinstance(events[-1], Finished)


def test_a_picture_that_was_shown_is_not_shown_again_to_who_asks_again(client: Client) -> None:
    job_id = client.submit("trial", {"behaviour": "show"}).job_id
    shown = 0
    for event in client.watch(job_id):
        if isinstance(event, Preview):
            shown += 1
        if isinstance(event, Progress) and event.note == "Waiting":
            break
    client.call(Attach(job_id))
    client.cancel(job_id)
    with pytest.raises(errors.JobCancelledError):
        for event in client.watch(job_id):
            shown += isinstance(event, Preview)
    assert shown == 2


def test_a_chatterbox_is_thinned_out_and_still_finishes(client: Client) -> None:
    events = watched(client, {"behaviour": "chatter"})
    assert isinstance(events[-1], Finished)
    assert 0 < sum(isinstance(event, Progress) for event in events) < 2000


def test_what_libraries_print_does_not_disturb_the_worker(client: Client) -> None:
    job_id = client.submit("trial", {"is_loud": True}).job_id
    assert finish(client, job_id)


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        ("raise", errors.InternalError),
        ("refuse", errors.MissingWeightsError),
        ("out_of_memory", errors.GpuMemoryError),
        ("gpu_full", errors.GpuMemoryError),
        ("impossible", errors.BadResultError),
        ("float64", errors.BadResultError),
    ],
)
def test_a_fault_of_a_job_arrives_as_its_own_error_and_the_queue_goes_on(
    client: Client, behaviour: str, kind: type[errors.KinoraError]
) -> None:
    failing = client.submit("trial", {"behaviour": behaviour}).job_id
    after = client.submit("trial", {}).job_id
    with pytest.raises(kind):
        finish(client, failing)
    assert finish(client, after)
    assert [row.state for row in client.jobs(2)] == ["finished", "failed"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"steps": 0}, "steps"),
        ({"steps": True}, "steps"),
        ({"prompt": "x" * 201}, "prompt"),
        ({"behaviour": "dance"}, "behaviour"),
        ({"weight": 1.5}, "weight"),
        ({"nothing": 1}, "nothing"),
        ({"picture": Media.of("../../etc/passwd", b"x")}, "picture"),
    ],
)
def test_a_wrong_option_is_refused_by_name(
    client: Client, values: dict[str, object], field: str
) -> None:
    with pytest.raises(errors.BadOptionError) as caught:
        client.submit("trial", values)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_what_does_not_exist_is_said_to_be_unknown(client: Client) -> None:
    with pytest.raises(errors.UnknownSystemError, match="trial"):
        client.submit("dance", {})
    for request in (Attach(JobId("../..")), FetchResult(JobId("0")), Pin(JobId(""))):
        with pytest.raises(errors.UnknownJobError):
            client.call(request)


def test_a_result_cannot_be_fetched_before_it_is_there(client: Client) -> None:
    job_id = client.submit("trial", {"behaviour": "wait"}).job_id
    wait_for_note(client, job_id, "Waiting")
    with pytest.raises(errors.UnknownJobError, match="running"):
        client.fetch_result(job_id)


def test_a_second_job_is_told_its_place_and_starts_when_the_first_has_gone(client: Client) -> None:
    first = client.submit("trial", {"behaviour": "wait"}).job_id
    wait_for_note(client, first, "Waiting")
    second = client.submit("trial", {})
    assert second.position == 1
    assert isinstance(client.call(Attach(second.job_id)), Queued)
    client.cancel(first)
    assert finish(client, second.job_id)


def test_a_waiting_job_is_cancelled_without_being_started(client: Client) -> None:
    first = client.submit("trial", {"behaviour": "wait"}).job_id
    second = client.submit("trial", {}).job_id
    client.cancel(second)
    with pytest.raises(errors.JobCancelledError):
        finish(client, second)
    assert {row.job_id: row.state for row in client.jobs()}[second] == "cancelled"
    client.cancel(first)


def worker_of(client: Client, job_id: JobId) -> str:
    """The process that ran this job."""
    files = {file.name: file.data.tobytes() for file in client.fetch_files(job_id)}
    return files["started.txt"].decode()


def test_a_cancelled_job_that_listens_leaves_its_worker_alive(client: Client) -> None:
    before = client.submit("trial", {}).job_id
    finish(client, before)
    job_id = client.submit("trial", {"behaviour": "wait"}).job_id
    wait_for_note(client, job_id, "Waiting")
    client.cancel(job_id)
    with pytest.raises(errors.JobCancelledError):
        finish(client, job_id)
    after = client.submit("trial", {}).job_id
    finish(client, after)
    assert worker_of(client, before) == worker_of(client, after)


def test_a_cancelled_job_that_does_not_listen_costs_its_worker(client: Client) -> None:
    before = client.submit("trial", {}).job_id
    finish(client, before)
    job_id = client.submit("trial", {"behaviour": "obstinate"}).job_id
    wait_for_note(client, job_id, "Not listening")
    client.cancel(job_id)
    with pytest.raises(errors.JobCancelledError):
        finish(client, job_id)
    after = client.submit("trial", {}).job_id
    finish(client, after)
    assert worker_of(client, before) != worker_of(client, after)


def test_a_fault_of_the_gpu_costs_the_worker_and_not_the_next_job(client: Client) -> None:
    before = client.submit("trial", {}).job_id
    finish(client, before)
    faulty = client.submit("trial", {"behaviour": "gpu_fault"}).job_id
    after = client.submit("trial", {}).job_id
    with pytest.raises(errors.InternalError):
        finish(client, faulty)
    finish(client, after)
    assert worker_of(client, before) != worker_of(client, after)
    assert client.jobs(2)[1].state == "failed"


def test_a_full_gpu_is_told_as_such_and_costs_no_worker(client: Client) -> None:
    before = client.submit("trial", {}).job_id
    finish(client, before)
    with pytest.raises(errors.GpuMemoryError, match="The GPU's memory is full") as caught:
        finish(client, client.submit("trial", {"behaviour": "gpu_full"}).job_id)
    assert "Traceback" not in str(caught.value) and "\n" not in str(caught.value)
    after = client.submit("trial", {}).job_id
    finish(client, after)
    assert worker_of(client, before) == worker_of(client, after)


def test_cancelling_what_has_ended_changes_nothing(client: Client) -> None:
    job_id = client.submit("trial", {}).job_id
    finish(client, job_id)
    client.cancel(job_id)
    assert client.jobs()[0].state == "finished"


def test_a_job_that_is_stopped_to_keep_its_best_finishes(client: Client) -> None:
    job_id = client.submit("trial", {"behaviour": "improve", "prompt": "the best"}).job_id
    wait_for_note(client, job_id, "Improving")
    client.cancel(job_id, keeps_best=True)
    assert finish(client, job_id)
    assert client.fetch_result(job_id).notes == ("the best",)


def test_a_job_that_was_to_keep_its_best_can_still_be_cancelled(client: Client) -> None:
    job_id = client.submit("trial", {"behaviour": "wait"}).job_id
    wait_for_note(client, job_id, "Waiting")
    client.cancel(job_id, keeps_best=True)
    client.cancel(job_id)
    with pytest.raises(errors.JobCancelledError):
        finish(client, job_id)


def test_a_waiting_job_has_no_best_to_keep_and_is_cancelled(client: Client) -> None:
    first = client.submit("trial", {"behaviour": "wait"}).job_id
    second = client.submit("trial", {}).job_id
    client.cancel(second, keeps_best=True)
    with pytest.raises(errors.JobCancelledError):
        finish(client, second)
    client.cancel(first)


def test_a_job_goes_on_from_the_files_of_a_finished_one(client: Client) -> None:
    first = client.submit("trial", {"prompt": "sit"}).job_id
    finish(client, first)
    second = client.submit("trial", {"prompt": "stand", "after": first}).job_id
    finish(client, second)
    files = {file.name: file.data.tobytes() for file in client.fetch_files(second)}
    assert files["answer.txt"] == b"sit, then stand"
    assert client.jobs()[0].title == "stand"


def test_only_a_finished_job_can_be_gone_on_from(client: Client) -> None:
    waiting = client.submit("trial", {"behaviour": "wait"}).job_id
    for job_id, words in ((waiting, "queued|running"), (JobId("0a"), "unknown")):
        with pytest.raises(errors.BadOptionError, match=words) as caught:
            client.submit("trial", {"after": job_id})
        assert caught.value.field == "after"


def test_a_job_to_go_on_from_that_made_room_meanwhile_is_a_sentence(
    client: Client, module_data: Path
) -> None:
    first = client.submit("trial", {}).job_id
    finish(client, first)
    blocking = client.submit("trial", {"behaviour": "wait"}).job_id
    second = client.submit("trial", {"after": first}).job_id
    (folder,) = module_data.glob(f"store-*/jobs/{first}")
    shutil.rmtree(folder)
    client.cancel(blocking)
    with pytest.raises(errors.BadOptionError, match=f"no finished job {first}"):
        finish(client, second)


def test_a_client_that_comes_back_finds_its_job_by_its_id(client: Client) -> None:
    from kinora.shared import launch

    job_id = client.submit("trial", {"behaviour": "wait"}).job_id
    wait_for_note(client, job_id, "Waiting")
    with launch.connect(name="another") as another:
        wait_for_note(another, job_id, "Waiting")
        another.cancel(job_id)
        with pytest.raises(errors.JobCancelledError):
            finish(another, job_id)
    with pytest.raises(errors.JobCancelledError):
        finish(client, job_id)


def test_the_server_answers_while_its_worker_does_not(client: Client) -> None:
    job_id = client.submit("trial", {"behaviour": "obstinate"}).job_id
    wait_for_note(client, job_id, "Not listening")
    pong = client.ask(Ping(), Pong)
    assert (pong.queued, pong.running, pong.devices) == (0, 1, ("cpu",))


def test_the_server_never_imports_what_only_workers_need() -> None:
    code = (
        "import sys, kinora.backend.server, kinora.shared.launch; "
        "from kinora.backend.catalog import *; build_catalog(listed_systems()); "
        "print(sorted({'torch', 'anny', 'transformers', 'scipy', 'av'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"

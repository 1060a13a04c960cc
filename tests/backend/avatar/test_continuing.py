# SPDX-License-Identifier: Apache-2.0
"""A job that goes on from another keeps its body and seed and changes what its words change."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kinora.backend.avatar.continuing import go_on, notes_on
from kinora.backend.avatar.params import Params
from kinora.backend.avatar.pipeline import load_models, provenance, read_change, read_words
from kinora.shared.errors import BadOptionError
from kinora.shared.messages import JobId

JOB = JobId("0a1b")
OLD = {"shape": "a tall old man", "appearance": "a red coat and jeans", "motion": "walks"}


class PastJobs:
    """The `Run` of a job beside which one other job has finished."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def result_folder(self, job_id: JobId) -> Path:
        assert job_id == JOB
        return self.folder


@pytest.fixture
def jobs(tmp_path):
    phenotypes = dict(read_words(Params(shape_prompt=OLD["shape"]), load_models())[0]
                      .parameters.phenotypes) | {"weight": 0.123}  # fmt: skip
    body = {"model": "Anny", "parameters": phenotypes}
    facts = {"prompts": OLD, "seed": 7, "body": body}
    (tmp_path / "result.json").write_text(json.dumps(facts))
    return PastJobs(tmp_path)


def garments(outfit):
    return {choice.garment: choice.color for choice in outfit.garments}


def test_the_earlier_words_come_first_and_seed_and_body_stay(jobs):
    told, earlier = go_on(Params(continue_job=JOB, appearance_prompt="a hat"), jobs)
    assert told.appearance_prompt.startswith(OLD["appearance"])
    assert told.appearance_prompt.endswith("a hat")
    assert (told.shape_prompt, told.motion_prompt, told.seed) == (OLD["shape"], OLD["motion"], 7)
    shape, outfit = read_words(told, load_models(), earlier)
    assert shape.parameters.phenotypes["weight"] == 0.123
    assert {"hat", "coat", "jeans"} <= set(garments(outfit))


def test_what_is_said_last_wins(jobs):
    models = load_models()
    _, before = read_words(*go_on_with(jobs, ""))
    told, earlier = go_on(Params(continue_job=JOB, appearance_prompt="make the coat blue"), jobs)
    _, after = read_words(told, models, earlier)
    assert garments(after).keys() == garments(before).keys()
    assert garments(after)["coat"] != garments(before)["coat"]


def test_a_coat_can_be_made_longer_in_its_color_with_all_else_as_it_was(jobs):
    _, before = read_words(*go_on_with(jobs, ""))
    _, after = read_words(*go_on_with(jobs, "make the coat longer"))
    short, long = garments(before), garments(after)
    assert long.pop("long_coat") == short.pop("coat")
    assert long == short


def go_on_with(jobs, words):
    told, earlier = go_on(Params(continue_job=JOB, appearance_prompt=words), jobs)
    return told, load_models(), earlier


def test_new_words_on_the_body_make_it_anew(jobs):
    told, earlier = go_on(Params(continue_job=JOB, shape_prompt="very fat"), jobs)
    shape, _ = read_words(told, load_models(), earlier)
    old, _ = read_words(Params(shape_prompt=OLD["shape"]), load_models())
    assert shape.parameters.phenotypes["weight"] != 0.123
    assert shape.mass_kg > 1.2 * old.mass_kg


def test_a_change_that_nothing_can_follow_is_owned(jobs):
    for words, is_followed in (("make it more mysterious", False), ("make the coat blue", True)):
        asked = Params(continue_job=JOB, appearance_prompt=words)
        told, models, earlier = go_on_with(jobs, words)
        notes = read_change(asked, earlier, read_words(told, models, earlier), models)
        assert any(words in note for note in notes) != is_followed


def test_another_seed_gives_way_with_a_note(jobs):
    told, models, earlier = go_on_with(jobs, "")
    _, outfit = read_words(told, models, earlier)
    asked = Params(continue_job=JOB, seed=3)
    assert "stays 7" in " ".join(notes_on(asked, earlier, outfit, outfit))
    assert not notes_on(replace(asked, seed=7), earlier, outfit, outfit)


def test_a_draft_owns_that_it_leaves_out_what_was_sculpted(jobs):
    (jobs.folder / "state.safetensors").write_bytes(b"x")
    told, models, earlier = go_on_with(jobs, "")
    _, outfit = read_words(told, models, earlier)
    for preset, is_told in (("draft", True), ("published", True), ("standard", False)):
        notes = notes_on(Params(continue_job=JOB, preset=preset), earlier, outfit, outfit)
        assert any("sculpted" in note for note in notes) == is_told


def test_the_result_says_from_which_job_it_goes_on(jobs):
    told, _ = go_on(Params(continue_job=JOB), jobs)
    assert provenance(told)["continues"] == JOB
    assert "continues" not in provenance(replace(told, continue_job=JobId("")))


def test_where_sculpting_ended_is_found_again(jobs):
    assert go_on_with(jobs, "")[2].state is None
    (jobs.folder / "state.safetensors").write_bytes(b"x")
    assert go_on_with(jobs, "")[2].state == jobs.folder / "state.safetensors"


@pytest.mark.parametrize("summary", [b"", b"{}", b"[1]", b'{"prompts": {"shape": "a man"}}'])
def test_a_job_without_a_summary_cannot_be_gone_on_from(jobs, summary):
    (jobs.folder / "result.json").write_bytes(summary)
    with pytest.raises(BadOptionError, match="no summary"):
        go_on(Params(continue_job=JOB), jobs)


def test_words_that_grow_too_long_are_refused(jobs):
    with pytest.raises(BadOptionError, match="longer than 2000"):
        go_on(Params(continue_job=JOB, appearance_prompt="a hat, " * 284), jobs)

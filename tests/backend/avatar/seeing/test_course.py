# SPDX-License-Identifier: Apache-2.0
"""Training on colored squares: it learns, survives bad steps, and resumes as if never stopped."""

from __future__ import annotations

import csv
import itertools
from dataclasses import replace

import pytest
import torch
from squares import PAIRS, PLAN, Letters, lesson, lessons, pictures_of

from kinora.backend.avatar.seeing import checkpoint
from kinora.backend.avatar.seeing.checkpoint import Progress
from kinora.backend.avatar.seeing.course import Course, attend
from kinora.backend.avatar.seeing.ranks import Rank
from kinora.backend.avatar.seeing.student import RATE, WARM_UP, learn, new_student, rate
from kinora.backend.kit.encoders.tower import seen
from kinora.shared.errors import BadOptionError

CPU = torch.device("cpu")
ALONE = Rank(0, 1, CPU)
START = Progress(0.0, 0.0, 0)
STEPS = 16


class Ticks:
    """A clock that moves one second in so many steps."""

    def __init__(self) -> None:
        self.now = -1 / STEPS

    def __call__(self) -> float:
        self.now += 1 / STEPS
        return self.now


def run(folder, rounds, before=START, student=None):
    """Train for so many rounds of STEPS steps out of four."""
    student = student or new_student(PLAN, CPU, seed=1, compiles=False)
    course = Course(folder, rounds, 4.0, Ticks())
    return student, attend(course, student, Letters(), lessons(), ALONE, before)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """The folder of a training that was never stopped, and its student."""
    folder = tmp_path_factory.mktemp("unbroken")
    return folder, run(folder, 4)[0]


def test_it_learns_squares_by_heart():
    torch.manual_seed(0)
    student = new_student(PLAN, CPU, seed=0, compiles=False)
    letters, one, random = Letters(), lesson(), torch.Generator()
    for step in range(60):
        random.manual_seed(step)
        figures = learn(student, letters, one, step / 60, random)
    assert figures.isfinite().all()
    whole, phrases = student.head(letters(one.tokens, one.mask), one.mask)
    found = seen(student.tower(pictures_of(PAIRS)[0]))
    assert (whole @ found.whole.T).argmax(1).tolist() == list(range(len(PAIRS)))
    # "red top" is found in the top half of a picture whose top is red.
    _, phrases = student.head(letters(one.phrase_tokens, one.phrase_mask), one.phrase_mask)
    red_top = (found.patches[0] @ phrases[0]).view(4, 4)
    assert red_top[:2].max() > red_top[2:].max() + 0.1


def test_a_resumed_training_gives_the_weights_of_an_unbroken_one(tmp_path, unbroken):
    _, expected = unbroken
    run(tmp_path, 2)
    again = new_student(PLAN, CPU, seed=9, compiles=False)
    before = checkpoint.restore(tmp_path, checkpoint.read(tmp_path), again)
    assert again.step == 2 * STEPS
    found, progress = run(tmp_path, 2, before, again)
    assert progress.share == 1
    assert found.step == expected.step == 4 * STEPS
    for one, two in (
        (expected.tower, found.tower),
        (expected.head, found.head),
        (expected.mean_tower, found.mean_tower),
    ):
        for name, value in one.state_dict().items():
            assert torch.equal(value, two.state_dict()[name]), name


def test_the_curves_have_a_row_for_every_report(unbroken):
    folder, _ = unbroken
    rows = list(csv.DictReader((folder / checkpoint.CURVES).open()))
    assert [int(row["step"]) for row in rows] == [40]
    assert 0 < float(rows[0]["rate"]) < RATE
    assert float(rows[0]["contrast"]) < 1.5


def test_a_step_that_is_not_finite_changes_hardly_anything():
    student = new_student(PLAN, CPU, seed=0, compiles=False)
    one = lesson()
    random = torch.Generator()
    learn(student, Letters(), one, 0.0, random)
    bad = replace(one, pictures=torch.full_like(one.pictures, float("nan")))
    figures = learn(student, Letters(), bad, 0.0, random)
    assert not figures[-1].isfinite()
    values = itertools.chain(student.tower.parameters(), student.mean_tower.parameters())
    assert all(bool(value.isfinite().all()) for value in values)
    assert learn(student, Letters(), one, 0.1, random).isfinite().all()


def test_the_rate_rises_then_falls():
    rates = [rate(step, step / 1000) for step in range(1000)]
    top = rates.index(max(rates))
    assert 0.6 * WARM_UP < top < 1.2 * WARM_UP
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)


def test_what_is_no_training_is_refused(tmp_path):
    with pytest.raises(BadOptionError, match="no training"):
        checkpoint.read(tmp_path)
    path = tmp_path / checkpoint.STATE
    path.write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(BadOptionError, match="is not a training"):
        checkpoint.read(tmp_path)
    torch.save([1, 2], path)
    with pytest.raises(BadOptionError, match="is not a training"):
        checkpoint.read(tmp_path)
    student = new_student(PLAN, CPU, seed=0, compiles=False)
    with pytest.raises(BadOptionError, match="is not a training"):
        checkpoint.restore(tmp_path, {"step": 3, "tower": {}}, student)

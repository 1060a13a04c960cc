# SPDX-License-Identifier: Apache-2.0
"""What the person detector learns from is true: points lie where they were moved."""

from __future__ import annotations

import pytest
import torch

from kinora.backend.clipart.drawing import PERSON
from kinora.backend.clipart.scenes.poses import EDGES
from kinora.backend.clipart.skeleton import lessons
from kinora.backend.clipart.skeleton.lessons import HELD_OUT, bank_of, lesson, make_bank
from kinora.backend.clipart.skeleton.network import CELLS
from kinora.backend.clipart.skeleton.train import _targets

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lessons, "CHUNK", 12)


def test_held_out_styles_are_learnt_by_nobody() -> None:
    learnt = make_bank(36, 12, 0, False, 1)
    held_out = make_bank(12, 0, 1, True, 1)
    assert len(learnt) == 48
    assert not any(look in HELD_OUT for made in learnt[:36] for look in made.looks)
    assert all(any(look in HELD_OUT for look in made.looks) for made in held_out)
    assert {made.kind == "person" for made in learnt[36:]} == {False}


def test_moved_people_keep_their_bones_and_others_stay() -> None:
    torch.manual_seed(0)
    bank = bank_of(make_bank(12, 12, 0, False, 1), CPU)
    before = bank.cast.points[:, None]
    after = lessons._posed(before, bank.is_person)
    assert torch.equal(after[12:], before[12:])
    for first, second in EDGES:
        old = (before[:12, 0, second] - before[:12, 0, first]).norm(dim=-1)
        new = (after[:12, 0, second] - after[:12, 0, first]).norm(dim=-1)
        assert torch.allclose(old, new, atol=1e-2)
    assert (after[:12] - before[:12]).abs().max() > 1


def test_pictures_are_premultiplied_whatever_was_done_to_them() -> None:
    torch.manual_seed(1)
    bank = bank_of(make_bank(12, 12, 0, False, 1), CPU)
    shown = lesson(bank, torch.arange(24), 48, is_moved=True)
    assert shown.points.shape == (24, len(PERSON), 2)
    rgb, alpha = shown.pictures[:, :3], shown.pictures[:, 3:]
    assert (rgb >= 0).all() and (rgb <= alpha + 1e-4).all() and (alpha <= 1 + 1e-4).all()
    assert (alpha.amin((1, 2, 3)) > 0.99).any()


def test_targets_are_bells_round_the_points() -> None:
    points = torch.tensor([[[0.25, 0.75], [0.5, 0.125]]])
    bells = _targets(points).view(1, 2, CELLS, CELLS)
    ruler = (torch.arange(CELLS) + 0.5) / CELLS
    assert torch.allclose(bells.sum((2, 3)), torch.ones(1, 2), atol=1e-4)
    assert torch.allclose((bells.sum(2) * ruler).sum(-1), points[..., 0], atol=1e-3)
    assert torch.allclose((bells.sum(3) * ruler).sum(-1), points[..., 1], atol=1e-3)

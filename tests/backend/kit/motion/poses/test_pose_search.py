# SPDX-License-Identifier: Apache-2.0
"""Searching poses: by a ruler instead of a network, by words about them, and the filter between."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from pose_bodies import HANGING, RAISED, X, Y, Z, posed
from scipy.spatial.distance import cdist
from torch.nn import functional

from kinora.backend.kit.encoders.embedded import load_embedded
from kinora.backend.kit.motion.poses import clusters, features, refine
from kinora.backend.kit.motion.poses.captions import HEARD, Captions
from kinora.backend.kit.motion.poses.codebook import load_codebook
from kinora.backend.kit.motion.poses.limits import excess
from kinora.backend.kit.motion.poses.postures import looks
from kinora.backend.kit.motion.poses.prior import load_prior, vectors_of
from kinora.backend.kit.motion.poses.search import Library, prior_for, search
from kinora.backend.kit.motion.poses.train import angles

NOWHERE = Path("nowhere")


@pytest.fixture(scope="module")
def prior():
    return load_prior("kinora", NOWHERE)


@pytest.fixture(scope="module")
def book():
    return load_codebook("kinora", NOWHERE)


@pytest.fixture
def library(ruler, prior, book):
    """A small part of the codebook, whose looks are chance, and of which nothing is said."""
    small = part_of(book, torch.arange(0, 4096, 16))
    seen = functional.normalize(torch.randn(256, 2, generator=torch.Generator().manual_seed(1)))
    return Library(ruler, Deaf(), prior, small, seen, None)


class Deaf:
    def encode(self, sentences):
        return np.tile(np.eye(8, dtype=np.float32)[0], (len(sentences), 1))


def part_of(book, rows):
    named = ("codes", "leans", "caption", "share", "often")
    return replace(book, **{name: getattr(book, name)[rows] for name in named})


def test_the_prior_keeps_what_a_pose_is(prior):
    poses = torch.cat([
        posed(**HANGING),
        posed(**HANGING, left_knee=(X, 60), left_hip=(-X, 60)),
        posed(**HANGING, spine1=(X, 40), head=(Z, 30)),
        posed(**{**HANGING, "left_shoulder": (-Y, 60.0)}),
    ])  # fmt: skip
    again = prior.decode(prior.encode(poses))
    assert torch.rad2deg(angles(again, poses).mean()) < 8
    assert torch.rad2deg(angles(again, poses).mean(0).max()) < 30


def test_chance_codes_are_possible_poses(prior):
    codes = torch.randn(500, 32, generator=torch.Generator().manual_seed(2))
    beyond = excess(prior.decode(codes)).amax(1)
    assert (beyond < np.radians(3)).float().mean() > 0.97


def test_the_codebook_is_of_possible_poses_that_differ(prior, book):
    turns = book.poses(prior, torch.arange(4096))
    assert len(book.codes) == 4096
    assert (excess(turns).amax(1) < np.radians(5)).float().mean() > 0.98
    assert (turns.norm(dim=-1) - 1).abs().max() < 1e-3
    vectors = vectors_of(turns[::8]).flatten(1).numpy()
    apart = cdist(vectors, vectors, "cityblock") / 63 + np.eye(512)
    assert (apart.min(1) > 0.01).mean() > 0.95


def test_as_published_the_best_come_first_and_no_two_are_alike(library):
    found = search(library, "broad", top=5)
    vectors = vectors_of(torch.from_numpy(np.stack([pose.rotations for pose in found])))
    apart = cdist(vectors.flatten(1), vectors.flatten(1), "cityblock") / 63
    assert apart[np.triu_indices(len(found), 1)].min() > 0.07
    scores = [pose.score for pose in found]
    assert scores == sorted(scores, reverse=True)
    # By hand: go down the forty best by cosine.
    everyone = vectors_of(library.book.poses(library.prior, torch.arange(256))).flatten(1).numpy()
    kept: list[int] = []
    for row in np.argsort(-(library.seen @ torch.tensor([1.0, 0.0])).numpy())[:40]:
        if all(np.abs(everyone[row] - everyone[other]).mean() > 0.07 for other in kept):
            kept.append(row)
    assert [library.book.codes[row].tolist() for row in kept[:5]] == [
        pose.latent.tolist() for pose in found
    ]


def test_what_is_said_of_a_pose_outweighs_what_a_ruler_sees(library):
    truths = np.zeros((1, 256), np.float32)
    truths[0, 17] = 1
    said = Captions(("what is asked",), np.eye(8, dtype=np.float32)[:1], truths)
    [best] = search(replace(library, captions=said), "anything", top=1)
    assert best.latent.tolist() == library.book.codes[17].tolist()
    assert best.heard == pytest.approx(1 - HEARD)


def test_captions_answer_by_cosine_as_far_as_they_are_true():
    vectors = np.array([[1.0, 0], [0, 1.0]], np.float32)
    truths = np.array([[1.0, 0.5, 0], [0, 1.0, 1.0]], np.float32)
    captions = Captions(("a", "b"), vectors, truths)
    answer = captions.answer(np.array([0.8, 0.6], np.float32))
    assert np.allclose(answer, [0.5, 0.3, 0.3], atol=1e-6)
    faint = captions.answer(np.array([-1.0, 0.2], np.float32))
    assert np.allclose(faint, [0, 0.05, 0.05], atol=1e-6)
    assert not captions.answer(np.array([-1.0, -0.2], np.float32)).any()


SITTING = {"left_hip": (-X, 90.0), "right_hip": (-X, 90.0), "left_knee": (X, 85.0),
           "right_knee": (X, 85.0)}  # fmt: skip
DOWN = {"left_shoulder": (Y, 65.0), "right_shoulder": (Y, -65.0)}


@pytest.mark.parametrize(
    ("sentence", "pose"),
    [
        ("raising both arms", RAISED),
        ("raising one arm", {**HANGING, "right_shoulder": (Y, 80.0)}),
        ("stretching both arms out to the sides", {}),
        ("reaching out with both arms",
         {"left_shoulder": (-Z, 85.0), "right_shoulder": (Z, 85.0)}),
        ("standing upright with hanging arms", {**HANGING}),
        ("sitting on a chair", {**DOWN, **SITTING}),
        ("bending over", {**HANGING, "spine1": (X, 55.0), "spine2": (X, 25.0)}),
        ("on hands and knees",
         {"pelvis": (X, 90.0), "left_shoulder": (-Z, 85.0), "right_shoulder": (Z, 85.0),
          "left_hip": (-X, 90.0), "right_hip": (-X, 90.0), "left_knee": (X, 90.0),
          "right_knee": (X, 90.0)}),
        ("lying flat on the ground", {**HANGING, "pelvis": (-X, 90.0)}),
        ("upside down, a handstand", {**RAISED, "pelvis": (X, 178.0)}),
        ("kicking high", {**DOWN, "left_hip": (-X, 80.0)}),
        ("standing on one leg", {**DOWN, "left_hip": (-X, 50.0), "left_knee": (X, 110.0)}),
        ("kneeling on the ground", {**DOWN, "left_knee": (X, 85.0), "right_knee": (X, 85.0)}),
    ],
)  # fmt: skip
def test_a_pose_is_described_as_it_is(body, sentence, pose):
    told = looks(posed(**pose), body.offsets)
    assert float(told[sentence]) > 0.6
    # Standing with hanging arms is none of the others.
    if sentence != "standing upright with hanging arms":
        assert float(looks(posed(**HANGING), body.offsets)[sentence]) < 0.2


def test_a_cluster_is_the_mean_of_several_and_blobs_are_told_apart():
    chance = torch.Generator().manual_seed(3)
    middles = 20 * torch.randn(12, 5, generator=chance)
    sizes = torch.tensor([3, 4, 5, 40, 60, 9, 30, 30, 30, 100, 80, 9])
    owner = torch.repeat_interleave(torch.arange(12), sizes)
    points = middles[owner] + torch.randn(len(owner), 5, generator=chance)
    of = clusters.assigned(points, 12, chance)
    counts = torch.bincount(of, minlength=12)
    assert counts.min() >= clusters.FEWEST
    # Hardly any cluster holds points of two blobs.
    pure = sum(int(torch.bincount(owner[of == one]).max()) for one in range(12))
    assert pure / len(owner) > 0.85


def test_no_cluster_is_smaller_than_three_even_where_points_lie_alone():
    chance = torch.Generator().manual_seed(4)
    points = torch.cat([torch.randn(117, 3, generator=chance), 1000 * torch.eye(3)])
    of = clusters.assigned(points, 20, chance)
    assert torch.bincount(of, minlength=20).min() >= clusters.FEWEST


def test_small_features_rank_as_the_whole_ones_do():
    chance = torch.Generator().manual_seed(5)
    spread = torch.randn(600, 40, generator=chance) @ torch.randn(40, 256, generator=chance)
    vectors = functional.normalize(spread + torch.randn(256, generator=chance), dim=1)
    small = features.reduced(vectors, 48).whole()
    asked = functional.normalize(torch.randn(20, 256, generator=chance), dim=1)
    whole, fewer = (each @ asked.T for each in (vectors, small))
    assert torch.corrcoef(torch.stack([whole.flatten(), fewer.flatten()]))[0, 1] > 0.999


def test_features_are_drawn_once_for_an_encoder_and_then_read(ruler, prior, book, tmp_path):
    small = part_of(book, torch.tensor([5, 500]))
    told: list[float] = []
    first = features.load_features(ruler, prior, small, (tmp_path, "cpu"), told.append)
    assert told and told[-1] == 1.0
    again = features.load_features(ruler, prior, small, (tmp_path, "cpu"), pytest.fail)
    assert torch.allclose(first, again, atol=1e-3)
    other = part_of(book, torch.tensor([6, 501]))
    features.load_features(ruler, prior, other, (tmp_path, "cpu"), told.append)
    assert len(list(tmp_path.iterdir())) == 2


def test_the_shipped_features_are_of_the_shipped_encoder_and_codebook(prior, book, body):
    shipped = features.load_features(
        load_embedded("cpu"), prior, book, (NOWHERE, "cpu"), pytest.fail
    )
    rows = torch.tensor([7, 2222])
    fresh = features.see(load_embedded("cpu"), body, prior, part_of(book, rows))
    assert ((shipped[rows] * fresh).sum(1) > 0.97).all()


def test_refining_answers_better_and_stays_possible(library, body):
    [found] = search(library, "narrow", top=1)
    pull = refine.Pull(steps=6, views=1)
    better = refine.refine(library, "broad", found, body, pull)
    assert better.after > better.before
    turns = torch.from_numpy(better.pose.rotations)
    assert excess(turns).max() < np.radians(5)
    assert torch.allclose(turns[0], torch.from_numpy(found.rotations[0]), atol=1e-5)


def test_refining_for_nothing_changes_nothing(library, body):
    [found] = search(library, "broad", top=1)
    same = refine.refine(library, "broad", found, body, refine.Pull(steps=0))
    assert same.pose is found and same.after == same.before


def test_the_published_prior_is_taken_where_clip_judges_and_its_files_are_there(tmp_path):
    assert prior_for("clip-vit-b32", tmp_path) == "kinora"
    for file in ("vposer/snapshots/V02_05_epoch=13_val_loss=0.03.ckpt", "avatarclip/codebook.pth"):
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).touch()
    assert prior_for("clip-vit-b32", tmp_path) == "vposer"
    assert prior_for("kinora", tmp_path) == "kinora"

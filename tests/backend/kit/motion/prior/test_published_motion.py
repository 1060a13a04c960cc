# SPDX-License-Identifier: Apache-2.0
"""The published motion generators, number by number, against scipy's rotations and closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from kinora.backend.kit.motion.prior import frames, published
from kinora.backend.kit.motion.prior.network import OURS, PUBLISHED, MotionVAE
from kinora.backend.kit.motion.prior.prior import OwnPrior, PublishedPrior
from kinora.backend.kit.motion.prior.published import Terms
from kinora.shared.errors import BadOptionError
from kinora.shared.skeleton import INDEX

ELBOW, KNEE = INDEX["left_elbow"], INDEX["right_knee"]
ONLY_POSES = Terms(clip=0.0, delta=0.0)


def still(count):
    return torch.tensor([1.0, 0, 0, 0]).repeat(count, 22, 1)


def turned(vector, joint=ELBOW):
    """(22, 4) the T-pose but for one joint, turned by a rotation vector."""
    pose = still(1)[0]
    x, y, z, w = Rotation.from_rotvec(vector).as_quat()
    pose[joint] = torch.tensor([w, x, y, z])
    return pose


def features(rotations):
    """(T, 140) of rotations (T, 22, 4) that stay where they are."""
    quaternions = rotations.numpy()[..., [1, 2, 3, 0]].reshape(-1, 4)
    matrices = Rotation.from_quat(quaternions).as_matrix()
    columns = matrices[..., :2].swapaxes(-1, -2).reshape(len(rotations), 132)
    return torch.cat([torch.from_numpy(columns).float(), torch.zeros(len(rotations), 8)], 1)


def two_rows(vector):
    """The six numbers of a turn where Y is up and bodies face +Z."""
    x, y, z = vector
    return Rotation.from_rotvec([x, z, -y]).as_matrix()[:2].ravel()


def swinging(step, joint=ELBOW):
    """An elbow that turns on by `step` radians each frame."""
    return torch.stack([turned([0.0, frame * step, 0.0], joint) for frame in range(60)])


VECTORS = ([0.4, 0, 0], [0, 0.9, 0.3], [0.2, -0.5, 1.0], [-1.2, 0.1, 0], [0, 0, 2.2])


def test_each_pose_counts_by_its_rank():
    poses = torch.stack([turned(vector) for vector in VECTORS])
    rest = two_rows([0.0, 0, 0])
    apart = [((two_rows(vector) - rest) ** 2).sum() / (21 * 6) for vector in VECTORS]
    expected = np.dot(apart, [1.0, 0.8, 0.6, 0.4, 0.2])
    wanted = published.wanted_of(poses, Terms())
    found = published.loss(features(still(60)), wanted, None, 0, ONLY_POSES)
    assert float(found) == pytest.approx(expected, rel=1e-4)
    other = published.wanted_of(poses.flip(0), Terms())
    assert float(published.loss(features(still(60)), other, None, 0, ONLY_POSES)) == pytest.approx(
        np.dot(apart[::-1], [1.0, 0.8, 0.6, 0.4, 0.2]), rel=1e-4
    )


@pytest.mark.parametrize("frame", [0, 37, 59])
def test_a_pose_may_appear_at_any_time(frame):
    motion = still(60)
    motion[frame] = turned(VECTORS[1])
    wanted = published.wanted_of(turned(VECTORS[1])[None], Terms())
    assert float(published.pose_loss(features(motion), wanted, Terms())) < 1e-10


def test_movement_is_rewarded_by_its_square():
    values = features(swinging(0.02))
    wanted = published.wanted_of(still(1), Terms())
    plain = published.loss(values, wanted, None, 0, ONLY_POSES)
    moved = published.loss(values, wanted, None, 0, replace(ONLY_POSES, delta=0.01))
    assert float(moved - plain) == pytest.approx(-0.01 * 0.02**2 / 63, rel=2e-2)
    calmed = published.loss(values, wanted, None, 0, replace(ONLY_POSES, delta=-0.01))
    assert float(calmed) > float(plain)


@pytest.mark.parametrize("start", [0, 11, 29])
def test_two_frames_half_a_motion_apart_are_looked_at_and_the_later_counts_more(start):
    seen = []

    def likeness(rotations):
        seen.append(2 * torch.acos(rotations[:, ELBOW, 0]))
        return torch.tensor([0.2, 0.5])

    values = features(swinging(0.04))
    found = published.picture_loss(values, likeness, start, Terms())
    assert float(found) == pytest.approx((start * 0.8 + (start + 30) * 0.5) / 60)
    assert torch.allclose(seen[0], torch.tensor([start, start + 30]) * 0.04, atol=2e-3)
    wanted = published.wanted_of(still(1), Terms())
    with_pictures = published.loss(values, wanted, likeness, start, replace(ONLY_POSES, clip=0.001))
    plain = published.loss(values, wanted, likeness, start, ONLY_POSES)
    assert float(with_pictures - plain) == pytest.approx(0.001 * float(found), rel=1e-2)


class Straight:
    """A prior whose latent is one elbow's turn for all frames; notes what it is asked."""

    name, frames, latent = "straight", 60, 4

    def __init__(self):
        self.asked = []

    def encode(self, features):
        raise NotImplementedError

    def decode(self, latents):
        self.asked.append(latents.detach().clone())
        base = features(still(60))
        change = torch.zeros(140, 4)
        change[ELBOW * 6 : ELBOW * 6 + 4] = torch.eye(4)
        return base + (latents @ change.T)[:, None]


def test_adam_moves_the_latent_by_a_hundredth_and_any_frame_of_the_first_half_is_seen():
    prior, seen = Straight(), set()

    def likeness(rotations):
        return rotations[:, ELBOW, 0] * 0

    def picture(features, likeness, start, terms, own=published.picture_loss):
        seen.add(start)
        return own(features, likeness, start, terms)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(published, "picture_loss", picture)
        terms = Terms(steps=300)
        made = published.optimise(prior, turned([0.0, 1.0, 0.5])[None], likeness, terms, seed=3)
    first, second = prior.asked[:2]
    assert torch.allclose((second - first).abs(), torch.full((1, 4), 0.01), atol=1e-4)
    assert seen == set(range(30))
    assert made.shape == (60, 22, 4)


def test_the_start_is_by_chance_and_the_same_for_a_seed():
    starts = []
    for seed in (0, 0, 1):
        prior = Straight()
        published.optimise(prior, still(1), None, Terms(steps=1), seed)
        starts.append(prior.asked[0])
    assert torch.equal(starts[0], starts[1])
    assert not torch.allclose(starts[0], starts[2])


class Codes:
    """A pose prior whose codes are the elbow's quaternion."""

    def encode(self, rotations):
        return rotations[:, ELBOW]

    def decode(self, codes):
        poses = still(len(codes))
        poses[:, ELBOW] = codes
        return poses


def test_interpolation_meets_five_poses_and_is_straight_between():
    poses = torch.stack([turned(vector) for vector in VECTORS])
    made = published.interpolate(poses, Codes())
    assert made.shape == (60, 22, 4)
    for pose, frame in zip(poses, (0, 14, 29, 44, 59), strict=True):
        assert torch.allclose(made[frame], pose, atol=1e-6)
    assert torch.allclose(made[7, ELBOW], (poses[0] + poses[1])[ELBOW] / 2, atol=1e-6)
    expected = poses[2, ELBOW] * (10 / 15) + poses[3, ELBOW] * (5 / 15)
    assert torch.allclose(made[34, ELBOW], expected, atol=1e-6)


def test_too_few_and_too_many_poses_are_refused_in_words():
    with pytest.raises(BadOptionError, match="5 poses"):
        published.interpolate(still(4), Codes())
    with pytest.raises(BadOptionError, match="candidate poses"):
        published.wanted_of(still(6), Terms())


@pytest.mark.parametrize("kind", ["kinora", "avatarclip"])
def test_either_prior_comes_nearer_to_the_poses(kind):
    torch.manual_seed(5)
    if kind == "kinora":
        prior = OwnPrior(MotionVAE(OURS).eval(), torch.zeros(136), torch.ones(136))
    else:
        prior = PublishedPrior(MotionVAE(PUBLISHED).eval())
    prior.network.requires_grad_(False)
    poses = torch.stack([turned([0.3, 0.2, 0.1]), turned([-0.5, 0, 0], KNEE)])
    told = []
    made = published.optimise(
        prior, poses, None, Terms(steps=151, rate=0.05), report=lambda _, loss: told.append(loss)
    )
    assert told[-1] < 0.9 * told[0]
    assert torch.allclose(made.norm(dim=-1), torch.ones(60, 22), atol=1e-4)
    assert torch.allclose(made[:, 0].abs(), still(60)[:, 0])


def test_the_published_frame_is_y_up_and_has_rows():
    pose = turned([0.3, -0.8, 0.4], KNEE)
    told = frames.to_published(features(pose[None])).view(55, 6)
    assert told[KNEE].numpy() == pytest.approx(two_rows([0.3, -0.8, 0.4]), abs=1e-5)
    others = np.delete(told.numpy(), KNEE, axis=0)
    assert np.abs(others - [1, 0, 0, 0, 1, 0]).max() < 1e-6
    again = frames.from_published(told.view(1, 330), 140)
    assert torch.allclose(again, features(pose[None]), atol=1e-5)

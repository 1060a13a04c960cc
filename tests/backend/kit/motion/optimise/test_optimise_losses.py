# SPDX-License-Identifier: Apache-2.0
"""Every loss: its slope by finite differences, and a value known from elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kinora.backend.kit.motion.kinematics import (
    Placed,
    Sole,
    exponential,
    multiply,
    place,
    sole_points,
    to_matrix,
)
from kinora.backend.kit.motion.optimise import losses
from kinora.backend.kit.motion.optimise.flesh import fit
from kinora.backend.kit.motion.optimise.losses import Held, Marks, Thickness
from kinora.backend.kit.motion.poses.limits import excess
from kinora.shared import posing, rotations

FRAMES = 6


@pytest.fixture(scope="module")
def scene(body):
    """What losses are told of: everything in double precision, one motion of six frames."""
    dice = torch.Generator().manual_seed(4)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=dice, dtype=torch.float64)

    class Scene:
        vectors = 0.5 * drawn(1, FRAMES, 22, 3)
        root = 0.3 * drawn(1, FRAMES, 3)
        offsets = torch.as_tensor(body.offsets)
        sole = Sole.of(body.soles, root)
        flesh = Thickness.of(fit(body), root)
        contacts = (drawn(FRAMES, 2, 2) > 0).double()
        poses = torch.nn.functional.normalize(drawn(2, 22, 4), dim=-1)
        spots = drawn(FRAMES, 3)
        route = drawn(40, 2)
        frames = torch.tensor([1, 4])
        ways = torch.nn.functional.normalize(drawn(2, 2), dim=-1)

    return Scene()


def six(local: torch.Tensor) -> torch.Tensor:
    return to_matrix(local)[..., :2].transpose(-1, -2).flatten(-2)[..., 1:, :]


def told(scene, name: str):
    """The loss of this name, of rotation vectors and pelvis alone."""

    def loss(vectors: torch.Tensor, root: torch.Tensor) -> torch.Tensor:
        local = exponential(vectors)
        placed = place(local, root, scene.offsets)
        soles = sole_points(placed, scene.sole)
        everywhere = torch.ones(FRAMES, dtype=torch.float64)
        balance = losses.balance(placed.places, soles, scene.contacts)
        arms = losses.arms(placed.places)
        down = torch.tensor([0.1, 0.0, -0.99], dtype=torch.float64).expand(FRAMES, 2, 3)
        strain = losses.strain(placed.places) + 0.1
        marks = Marks(scene.frames, scene.spots[:2, :2], scene.ways)
        weights, easy = scene.poses[:, 0, 0].abs(), torch.full((FRAMES - 3, 22), 5.0).double()
        found = {
            "anywhere": lambda: losses.anywhere(six(local), six(scene.poses), weights),
            "movement": lambda: losses.movement(six(local)),
            "sliding": lambda: losses.sliding(soles, scene.contacts),
            "floor": lambda: losses.floor(soles, scene.contacts),
            "jerk": lambda: losses.jerk(placed.places, easy),
            "bending": lambda: losses.bending(excess(local)),
            "touching": lambda: losses.touching(losses.depth(placed, scene.flesh)),
            "falling": lambda: losses.falling(balance, scene.spots[:, :2], everywhere),
            "hanging": lambda: losses.hanging(arms, down, torch.ones(FRAMES, 2).double()),
            "snapping": lambda: losses.snapping(strain, torch.zeros(FRAMES, 2)),
            "route": lambda: losses.off_route(root, scene.route, 0.02),
            "marks": lambda: losses.off_marks(placed, marks),
            "poses": lambda: losses.off_poses(local, scene.frames, scene.poses, torch.ones(2, 22)),
            "pins": lambda: losses.off_pins(placed, (Held(20, scene.spots, everywhere),)),
        }
        return found[name]()

    return loss


@pytest.mark.parametrize(
    "name",
    [
        "anywhere", "movement", "sliding", "floor", "jerk", "bending", "touching", "falling",
        "hanging", "snapping", "route", "marks", "poses", "pins",
    ],
)  # fmt: skip
def test_the_slope_is_that_of_finite_differences(scene, name):
    loss = told(scene, name)
    vectors, root = (part.clone().requires_grad_() for part in (scene.vectors, scene.root))
    value = loss(vectors, root)
    assert value.shape == (1,) and float(value.detach()) > 0
    slopes = torch.autograd.grad(value.sum(), [vectors, root], allow_unused=True)
    dice = np.random.default_rng(7)
    for number, (part, slope) in enumerate(zip((vectors, root), slopes, strict=True)):
        way = torch.as_tensor(dice.normal(size=part.shape))
        step = 1e-6
        moved = [[vectors.detach(), root.detach()] for _ in range(2)]
        moved[0][number] = part.detach() + step * way
        moved[1][number] = part.detach() - step * way
        expected = float(loss(*moved[0]) - loss(*moved[1])) / (2 * step)
        found = 0.0 if slope is None else float((slope * way).sum())
        assert found == pytest.approx(expected, rel=2e-4, abs=1e-5)


def test_places_are_those_of_the_shared_kinematics(scene):
    local = exponential(scene.vectors)
    placed = place(local, scene.root, scene.offsets)
    places = posing.joint_positions(local[0].numpy(), scene.root[0].numpy(), scene.offsets.numpy())
    np.testing.assert_allclose(placed.places[0].numpy(), places, atol=1e-12)
    world = rotations.to_matrix(posing.world_rotations(local[0].numpy()))
    np.testing.assert_allclose(placed.world[0].numpy(), world, atol=1e-12)


def test_a_foot_that_slides_a_known_way_costs_its_speed_squared():
    soles = torch.zeros(1, 3, 2, 5, 3)
    soles[0, :, 0, 0, 0] = torch.tensor([0.0, 0.002, 0.004])  # 6 cm/s of the left heel
    contacts = torch.ones(3, 2, 2)
    # One of four parts slides, at three times the tolerance of 2 cm/s.
    assert float(losses.sliding(soles, contacts)) == pytest.approx(9 / 4, rel=1e-4)
    contacts[:, 0, 0] = 0
    assert float(losses.sliding(soles, contacts)) == 0


def test_the_jerk_of_a_cubic_is_six_times_its_factor():
    seconds = torch.arange(8, dtype=torch.float64) / 30
    places = torch.zeros(1, 8, 22, 3, dtype=torch.float64)
    places[..., 0] = (20 * seconds**3)[None, :, None]
    assert float(losses.jerk(places)) == pytest.approx(120**2 / losses.JERK**2, rel=1e-6)
    assert float(losses.jerk(places, torch.full((5, 22), 121.0))) == 0


def test_published_pose_term_takes_the_nearest_frame_of_each_pose():
    frames = torch.zeros(1, 4, 21, 6)
    frames[0, 2] = 1.0
    poses = torch.stack([torch.ones(21, 6), torch.full((21, 6), 0.25)])
    weights = torch.tensor([1.0, 0.8])
    # The first pose is met at frame 2; the second is nearest to the zeros.
    assert float(losses.anywhere(frames, poses, weights)) == pytest.approx(0.8 * 0.0625)


def test_a_pose_two_degrees_off_at_every_joint_costs_about_one():
    local = torch.zeros(1, 3, 22, 4, dtype=torch.float64)
    local[..., 0] = 1
    turn = exponential(torch.tensor([0.0, np.radians(2.0), 0.0], dtype=torch.float64))
    poses = multiply(local[0, :1], turn)
    cost = losses.off_poses(local, torch.tensor([1]), poses, torch.ones(1, 22))
    assert float(cost) == pytest.approx((np.radians(2) / losses.POSE) ** 2, rel=1e-3)
    assert float(losses.off_poses(local, torch.tensor([1]), poses, torch.zeros(1, 22))) == 0


def segment_distance(a, b, c, d) -> float:
    """Metres between segments a-b and c-d by looking at many points of both."""
    t = np.linspace(0, 1, 400)[:, None]
    return float(
        np.linalg.norm((a + t * (b - a))[:, None] - (c + t * (d - c))[None], axis=-1).min()
    )


def test_how_deep_capsules_overlap_is_what_sampling_says():
    dice = np.random.default_rng(3)
    for _ in range(20):
        ends = dice.normal(size=(4, 3))
        places = torch.as_tensor(ends)[None]
        world = torch.eye(3, dtype=torch.float64).expand(1, 4, 3, 3)
        thick = Thickness(
            torch.tensor([[0, 1], [2, 3]]),
            torch.zeros(2, 2, 3, dtype=torch.float64),
            torch.tensor([1.1, 0.9], dtype=torch.float64),
            torch.tensor([[0, 1]]),
        )
        deep = float(losses.depth(Placed(world, places), thick))
        assert deep == pytest.approx(max(0.0, 2.0 - segment_distance(*ends)), abs=2e-3)


def test_off_a_route_counts_only_what_is_beyond_the_slack():
    route = torch.stack([torch.linspace(0, 1, 101), torch.zeros(101)], -1)
    root = torch.tensor([[[0.5, 0.1, 0.9], [0.5, 0.02, 0.9]]])
    found = float(losses.off_route(root, route, 0.04))
    assert found == pytest.approx((0.06 / losses.PATH) ** 2 / 2, rel=1e-3)


def test_a_loop_that_closes_costs_nothing():
    turns = torch.linspace(0, 2 * np.pi, 41, dtype=torch.float64)[:-1]
    frames = torch.stack([turns.cos(), turns.sin()], -1).repeat(1, 3)[None, :, None]
    assert float(losses.unclosed(frames, torch.zeros(1, 40))) == pytest.approx(0, abs=1e-9)
    assert float(losses.unclosed(frames[:, :30], torch.zeros(1, 30))) > 1

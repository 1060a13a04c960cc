# SPDX-License-Identifier: Apache-2.0
"""Models of motion start where they are told, close their loops and keep bones as they are."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from kinora.backend.clipart.drawing import PERSON_EDGES
from kinora.backend.clipart.motion.angles import Joints, tree_of
from kinora.backend.clipart.motion.fourier import Waves, order_of
from kinora.backend.clipart.motion.model import Model
from kinora.backend.clipart.motion.paths import (
    PathPlan,
    paths_along,
    paths_at_rest,
    playback,
)
from kinora.shared.errors import BadOptionError

LEFT = ((150, 80), (165, 120), (170, 160), (140, 150), (142, 195), (144, 240))
PERSON = torch.tensor(
    [(128, 40), *(place for x, y in LEFT for place in ((x, y), (256 - x, y + 1)))],
    dtype=torch.float32,
)
EDGES = torch.tensor(PERSON_EDGES)
CHAIN = torch.tensor([[0, 1], [1, 2], [2, 3]])


def wobble(points: Tensor, frames: int = 24) -> Tensor:
    """Closed tracks with quick parts that no low harmonic has."""
    phase = torch.arange(frames)[:, None, None] * (2 * math.pi / frames)
    offset = torch.arange(points.numel()).reshape(points.shape)
    return points + 8 * torch.sin(phase + offset) + 2 * torch.sin(7 * phase + 2 * offset)


def moved(model: Model, seed: int = 0) -> Model:
    """The model with its numbers moved at random."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 5 * torch.randn(parameter.shape, generator=generator)
    return model


@pytest.mark.parametrize("build", [Waves, lambda start: Joints(start, EDGES, 7)])
def test_starts_exactly_at_the_start(build) -> None:
    start = wobble(PERSON)
    assert (build(start).tracks() - start).abs().max() < 1e-4


@pytest.mark.parametrize("build", [Waves, lambda start: Joints(start, EDGES, 7)])
def test_changes_are_smooth_across_the_seam(build) -> None:
    start = PERSON.expand(24, -1, -1)
    change = moved(build(start)).tracks().detach() - start
    bend = (change.roll(-1, 0) - 2 * change + change.roll(1, 0)).norm(dim=-1)
    assert bend[[0, -1]].max() <= 1.5 * bend[1:-1].max()


def test_harmonics_reach_as_high_as_the_start_is_quick() -> None:
    phase = torch.arange(24)[:, None, None] * (2 * math.pi / 24)
    for turns, order in ((1, 3), (5, 5), (9, 6)):
        assert order_of(PERSON + 10 * torch.sin(turns * phase)) == order
    assert order_of(PERSON.expand(24, -1, -1)) == 3
    assert order_of(PERSON.expand(4, -1, -1)) == 1


def test_waves_have_no_harmonics_above_their_order() -> None:
    change = moved(Waves(PERSON.expand(24, -1, -1))).tracks().detach()
    spectrum = torch.fft.rfft(change.double(), dim=0).abs()
    assert spectrum[1:4].amin() > 1e-3
    assert spectrum[4:].amax() < 1e-3


def test_joints_keep_every_bone_of_the_tree_at_its_length() -> None:
    model = moved(Joints(PERSON.expand(24, -1, -1), CHAIN, 0))
    tracks = model.tracks().detach()
    tree = tree_of(CHAIN, 0, len(PERSON))
    rest = (PERSON[tree.ends] - PERSON[tree.starts]).norm(dim=-1)
    found = (tracks[:, tree.ends] - tracks[:, tree.starts]).norm(dim=-1)
    assert (tracks - PERSON).norm(dim=-1).max() > 5
    assert (found - rest).abs().max() < 1e-3


def test_turning_a_bone_takes_along_what_hangs_on_it_and_nothing_else() -> None:
    model = Joints(PERSON.expand(24, -1, -1), EDGES, 7)
    tree = tree_of(EDGES, 7, 13)
    upper_arm = next(b for b in range(12) if (tree.starts[b], tree.ends[b]) == (1, 3))
    with torch.no_grad():
        model.turns[0, upper_arm] = 30.0
    tracks = model.tracks().detach()
    change = (tracks[0] - PERSON).norm(dim=-1)
    assert change[[3, 5]].min() > 10
    assert change[[0, 1, 2, 4, 6, 7, 8, 9, 10, 11, 12]].max() < 1e-4
    assert float((tracks[0, 3] - tracks[0, 5]).norm()) == pytest.approx(
        float((PERSON[3] - PERSON[5]).norm()), abs=1e-3
    )


def test_a_turn_of_one_moves_the_far_end_of_a_straight_chain_by_one() -> None:
    chain = torch.tensor([[0.0, 0], [40, 0], [80, 0], [120, 0]])
    model = Joints(chain.expand(8, -1, -1), CHAIN, 0)
    with torch.no_grad():
        model.turns[0, 0] = 1.0
    assert float((model.tracks().detach()[0, 3] - chain[3]).norm()) == pytest.approx(1.0, abs=1e-2)


def test_a_point_without_an_edge_moves_with_the_root() -> None:
    tree = tree_of(CHAIN, 0, 5)
    assert int(tree.starts[(tree.ends == 4).nonzero()[0, 0]]) == 0


def test_paths_play_six_poses_to_and_fro_twice() -> None:
    order = playback(24, 2)
    assert order.tolist() == [0, 1, 2, 3, 4, 5, 5, 4, 3, 2, 1, 0] * 2
    with pytest.raises(BadOptionError, match="10 frames"):
        playback(10, 2)


def test_a_path_is_the_cubic_of_its_control_points() -> None:
    first = torch.randn(4, 3, 2, generator=torch.Generator().manual_seed(1))
    plan = PathPlan(has_network=False, loops=1)
    model = paths_at_rest(first[0] + 100, plan, torch.Generator().manual_seed(2))
    points = model.controls().detach()
    for number, share in enumerate(torch.linspace(0, 1, 12)):
        level = points
        while len(level) > 1:
            level = torch.lerp(level[:-1], level[1:], float(share))
        assert torch.allclose(model.poses()[number], level[0], atol=1e-4)


def test_paths_at_rest_hardly_move_and_the_network_moves_all_but_the_start() -> None:
    generator = torch.Generator().manual_seed(3)
    still = paths_at_rest(PERSON, PathPlan(has_network=False), generator)
    assert (still.tracks() - PERSON).abs().max() < 0.05
    learnt = paths_at_rest(PERSON, PathPlan(), generator).eval()
    assert torch.equal(learnt.poses()[0], PERSON)
    assert (learnt.controls()[1:] - learnt.first[1:]).abs().min() > 0


def test_the_network_has_the_published_number_of_parameters_less_the_dead_ones() -> None:
    model = paths_at_rest(PERSON, PathPlan(), torch.Generator())
    assert sum(one.numel() for one in model.parameters()) == 929_768 - 52 * 2 * 128


def test_paths_find_the_cubics_that_tracks_were_made_of() -> None:
    plan = PathPlan(has_network=False)
    made = moved(paths_at_rest(PERSON, plan, torch.Generator()))
    found = paths_along(made.tracks(), plan, torch.Generator())
    assert (found.tracks() - made.tracks()).abs().max() < 1e-2


def test_what_stands_in_the_start_keeps_standing():
    chain = torch.tensor([[0.0, 0.0], [10.0, 0.0], [20.0, 0.0], [30.0, 0.0]])
    turn = 0.4 * torch.sin(torch.arange(8) * torch.pi / 4)
    tip = torch.stack([20 + 10 * torch.cos(turn), 10 * torch.sin(turn)], dim=-1)
    start = chain.expand(8, -1, -1).clone()
    start[:, 3] = tip
    poses = moved(Joints(start, CHAIN, 0)).poses()
    assert torch.allclose(poses[:, :3], start[:, :3], atol=1e-5)
    assert (poses[:, 3] - start[:, 3]).norm(dim=-1).max() > 1

# SPDX-License-Identifier: Apache-2.0
"""Motion that would fold a drawing is lessened, but never to a stand; any other is left alone."""

import numpy as np
import pytest
import torch

from kinora.backend.clipart.bones import bones_of
from kinora.backend.clipart.mesh.easing import eased, lessened
from kinora.backend.clipart.mesh.puppet import Puppet


def flipped(puppet: Puppet, tracks: np.ndarray) -> int:
    """Triangles with another sense than at rest in what is delivered."""
    count = 0
    moved = puppet.unfolded(torch.tensor(tracks, dtype=torch.float32))
    for layer, places in zip(puppet.layers, moved, strict=True):
        corners = [layer.triangles.numpy()[:, n] for n in range(3)]
        rest = layer.vertices.double().numpy()
        count += int((sense(places, corners) * sense(rest, corners) <= 0).sum())
    return count


def sense(places: np.ndarray, corners: list[np.ndarray]) -> np.ndarray:
    a, b, c = (places[..., corner, :] for corner in corners)
    return np.cross(np.append(b - a, 0 * a[..., :1], -1), np.append(c - a, 0 * a[..., :1], -1))[
        ..., 2
    ]


def swung(puppet: Puppet, radians: float, frames: int = 6) -> np.ndarray:
    """Every keypoint turned about the middle by an angle of its own, forth and back."""
    points = puppet.skeleton.points
    rng = np.random.default_rng(0)
    own = rng.normal(size=len(points)) * radians
    turn = np.sin(2 * np.pi * np.arange(frames) / frames)[:, None] * own
    x, y = (points - points.mean(0)).T
    cos, sin = np.cos(turn), np.sin(turn)
    return np.stack([cos * x - sin * y, sin * x + cos * y], -1) + points.mean(0)


def test_a_gentle_motion_stays_as_it_is(puppet):
    tracks = swung(puppet, 0.01)
    kept, share = eased(puppet, tracks)
    assert share == 1 and kept is tracks


@pytest.mark.parametrize("radians", [1.5, 2.0])
def test_a_wild_motion_is_lessened_and_folds_less(puppet, radians):
    tracks = swung(puppet, radians)
    kept, share = eased(puppet, tracks)
    assert flipped(puppet, kept) < flipped(puppet, tracks)
    assert 0.4 < share < 1
    assert np.isfinite(kept).all()


def test_with_all_of_the_motion_nothing_changes_and_with_none_the_shape_is_rigid(puppet):
    tracks = swung(puppet, 0.8)
    bones, _ = bones_of(puppet.skeleton)
    np.testing.assert_allclose(
        lessened(puppet.skeleton, tracks, np.ones(len(bones))), tracks, atol=1e-9
    )
    still = lessened(puppet.skeleton, tracks, np.zeros(len(bones)))
    length = np.linalg.norm(np.diff(still[:, bones], axis=2)[:, :, 0], axis=2)
    rest = np.linalg.norm(np.diff(puppet.skeleton.points[bones], axis=1)[:, 0], axis=1)
    np.testing.assert_allclose(length, np.broadcast_to(rest, length.shape), atol=1e-6)

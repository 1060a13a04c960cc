# SPDX-License-Identifier: Apache-2.0
"""What the published network reads and tells of a frame, and Kinora's features of one."""

from __future__ import annotations

import torch
from torch import Tensor

from ..clips import YAW
from ..kinematics import from_six

JOINTS = 55
"""SMPL-X's: pelvis, the 21 of the body, jaw, eyes, fingers."""
BODY = 22
_REST = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def turns_of(features: Tensor) -> Tensor:
    """(..., 22, 3, 3) local rotations of (..., F) features, the pelvis seen from its heading."""
    return from_six(features[..., :YAW].reshape(*features.shape[:-1], BODY, 6))


def six_of(turns: Tensor) -> Tensor:
    """(..., 6) the first two columns of matrices (..., 3, 3)."""
    return turns[..., :2].transpose(-1, -2).flatten(-2)


def published_six(features: Tensor) -> Tensor:
    """(..., 21, 6): two rows of the matrices of all joints but the pelvis, Y up and facing +Z."""
    return _turned(turns_of(features)[..., 1:, :, :], to_kinora=False)[..., :2, :].flatten(-2)


def to_published(features: Tensor) -> Tensor:
    """(..., 330): what the published network reads of 55 joints; the pelvis upright."""
    rest = features.new_tensor(_REST)
    lead = features.shape[:-1]
    hands = rest.expand(*lead, JOINTS - BODY, 6)
    all_joints = torch.cat([rest.expand(*lead, 1, 6), published_six(features), hands], -2)
    return all_joints.flatten(-2)


def from_published(told: Tensor, channels: int) -> Tensor:
    """(..., channels) features of (..., 330): upright where it is, no foot known to stand."""
    six = told.reshape(*told.shape[:-1], JOINTS, 6)[..., 1:BODY, :]
    # Rows are columns of the inverse.
    turned = _turned(from_six(six).transpose(-1, -2), to_kinora=True)
    pelvis = told.new_tensor(_REST).expand(*told.shape[:-1], 6)
    still = told.new_zeros(*told.shape[:-1], channels - YAW)
    return torch.cat([pelvis, six_of(turned).flatten(-2), still], -1)


def _turned(turns: Tensor, to_kinora: bool) -> Tensor:
    """Rotations seen from the other frame: (x, y, z) that is Y up is (x, -z, y) where Z is up."""
    change = turns.new_tensor([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    return change @ turns @ change.T if to_kinora else change.T @ turns @ change

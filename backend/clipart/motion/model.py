# SPDX-License-Identifier: Apache-2.0
"""What a model of motion is: few numbers that give every keypoint's place in every frame."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn


class Model(nn.Module, ABC):
    """A closed loop of T frames, S of them distinct: frame t is `poses()[playback[t]]`."""

    playback: Tensor
    """(T,) int64."""

    @abstractmethod
    def poses(self) -> Tensor:
        """The keypoints of the distinct frames, (S, K, 2) in canvas units."""

    def tracks(self) -> Tensor:
        """The keypoints of all frames, (T, K, 2)."""
        return self.poses()[self.playback]

# SPDX-License-Identifier: Apache-2.0
"""A device with room for few pictures: the result is the same, and one without any is told."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from kinora.backend.kit.encoders.batches import in_batches
from kinora.shared.errors import GpuMemoryError


class Device:
    """A network on a device that holds `room` pictures."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.sizes: list[int] = []

    def __call__(self, pictures: Tensor) -> Tensor:
        if len(pictures) > self.room:
            raise torch.OutOfMemoryError
        self.sizes.append(len(pictures))
        return pictures.flatten(1).sin().sum(1, keepdim=True)


@pytest.mark.parametrize("room", [1, 3, 5, 40])
def test_what_does_not_fit_goes_in_halves_with_the_same_result_and_gradient(room: int) -> None:
    pictures = torch.rand(13, 3, 4, 4, requires_grad=True)
    device = Device(room)
    found = in_batches(device, pictures)
    torch.testing.assert_close(found, pictures.flatten(1).sin().sum(1, keepdim=True))
    assert sum(device.sizes) == 13
    [gradient] = torch.autograd.grad(found.sum(), pictures)
    torch.testing.assert_close(gradient, pictures.cos())


def test_none_is_none() -> None:
    assert in_batches(Device(1), torch.rand(0, 3, 4, 4)).shape == (0, 1)


def test_a_device_without_room_for_one_is_told() -> None:
    with pytest.raises(GpuMemoryError, match="one picture"):
        in_batches(Device(0), torch.rand(4, 3, 4, 4))

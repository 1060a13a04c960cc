# SPDX-License-Identifier: Apache-2.0
"""Takes many pictures through a network in as few goes as the device's memory allows."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from ....shared.errors import GpuMemoryError


def in_batches(network: Callable[[Tensor], Tensor], pictures: Tensor) -> Tensor:
    """`network(pictures)`, in halves of halves where the memory does not hold it all.

    A gradient still flows: what was cut in halves is computed again on the way back, so that one
    batch is in memory at a time. Raises `GpuMemoryError` when one picture alone finds no room.
    """
    size = len(pictures)
    keeps = torch.is_grad_enabled() and pictures.requires_grad
    while True:
        batches = torch.split(pictures, max(1, size))
        try:
            if keeps and len(batches) > 1:
                found = [checkpoint(network, batch, use_reentrant=False) for batch in batches]
            else:
                found = [network(batch) for batch in batches]
            return torch.cat(found)
        except torch.OutOfMemoryError as error:
            if size <= 1:
                raise GpuMemoryError(
                    "The memory of the device is full: it does not hold one picture's encoding."
                ) from error
        size = (size + 1) // 2
        torch.cuda.empty_cache()

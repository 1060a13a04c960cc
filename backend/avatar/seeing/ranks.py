# SPDX-License-Identifier: Apache-2.0
"""One process for each GPU: who is who, and what they agree on. One process alone is one rank."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed


@dataclass(frozen=True)
class Rank:
    """This process among `count`."""

    number: int
    count: int
    device: torch.device

    @property
    def leads(self) -> bool:
        return self.number == 0

    def average(self, values: Tensor) -> None:
        """Replace `values` by their mean over the ranks."""
        if self.count > 1:
            distributed.all_reduce(values)
            values /= self.count

    def agree(self, value: float) -> float:
        """The first rank's `value`, on every rank; waits for the device."""
        if self.count == 1:
            return value
        shared = torch.tensor([value], dtype=torch.float64, device=self.device)
        distributed.broadcast(shared, 0)
        return float(shared.item())


def this_rank() -> Rank:
    """As torchrun says, or alone; on CUDA where there is one. Nothing is started yet."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    number = int(os.environ.get("RANK", "0"))
    local = int(os.environ.get("LOCAL_RANK", "0"))
    device = torch.device("cuda", local) if torch.cuda.is_available() else torch.device("cpu")
    return Rank(number, count, device)


@contextmanager
def joined(rank: Rank) -> Iterator[None]:
    """Meet the other ranks, if there are any."""
    is_cuda = rank.device.type == "cuda"
    if is_cuda:
        torch.cuda.set_device(rank.device)
    if rank.count == 1:
        yield
        return
    # NCCL's multicast can put the GPUs of a shared host out of service.
    os.environ["NCCL_NVLS_ENABLE"] = "0"
    distributed.init_process_group("nccl" if is_cuda else "gloo")
    try:
        yield
    finally:
        distributed.destroy_process_group()

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


@contextmanager
def join() -> Iterator[Rank]:
    """Take this process's place: as torchrun says, or alone, on CUDA where there is one."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    local = int(os.environ.get("LOCAL_RANK", "0"))
    has_cuda = torch.cuda.is_available()
    device = torch.device("cuda", local) if has_cuda else torch.device("cpu")
    if has_cuda:
        torch.cuda.set_device(device)
    if count == 1:
        yield Rank(0, 1, device)
        return
    # NCCL's multicast can put the GPUs of a shared host out of service.
    os.environ["NCCL_NVLS_ENABLE"] = "0"
    distributed.init_process_group("nccl" if has_cuda else "gloo")
    try:
        yield Rank(distributed.get_rank(), count, device)
    finally:
        distributed.destroy_process_group()

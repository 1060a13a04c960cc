# SPDX-License-Identifier: Apache-2.0
"""Functions of tensors as CUDA graphs: hundreds of small kernels start at once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor

log = logging.getLogger("kinora.clipart")
_WARM = 2

Shapes = tuple[tuple[torch.Size, torch.dtype], ...]


class Recorded:
    """Records a function at its first call with tensors of some shapes and replays it after that.

    The function may read nothing but its arguments and weights that stay where they are. Functions
    with the same `pool` share memory: what one gives holds until any of them is called again.
    Where recording fails it runs as it is.
    """

    def __init__(self, function: Callable[..., Tensor], pool: Any) -> None:
        self._function, self._pool = function, pool
        self._known: dict[Shapes, tuple[torch.cuda.CUDAGraph, tuple[Tensor, ...], Tensor]] = {}
        self._is_hopeless = False

    def __call__(self, *inputs: Tensor) -> Tensor:
        if self._is_hopeless:
            return self._function(*inputs)
        shapes = tuple((one.shape, one.dtype) for one in inputs)
        if shapes not in self._known and not self._record(shapes, inputs):
            return self._function(*inputs)
        graph, places, output = self._known[shapes]
        for place, given in zip(places, inputs, strict=True):
            place.copy_(given)
        graph.replay()
        return output

    def _record(self, shapes: Shapes, inputs: tuple[Tensor, ...]) -> bool:
        places = tuple(one.detach().clone() for one in inputs)
        aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(_WARM):
                self._function(*places)
        torch.cuda.current_stream().wait_stream(aside)
        # What the warm-up took belongs to the allocator's ordinary blocks, which graphs cannot use.
        torch.cuda.empty_cache()
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, pool=self._pool):
                output = self._function(*places)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError:
            log.warning("A part of the video prior runs without a CUDA graph.", exc_info=True)
            with suppress(RuntimeError):
                torch.cuda.synchronize()
            self._is_hopeless = True
            return False
        self._known[shapes] = graph, places, output
        return True

# SPDX-License-Identifier: Apache-2.0
"""Weights in a byte each: whole numbers with a scale a row, as files hold large matrices."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

SCALE = ".scale"
"""What follows a matrix's name in the name of its scales."""
LARGE = 16384
"""Numbers from which a matrix is packed; smaller ones stay in half precision."""
FINEST = torch.finfo(torch.float16).max


def pack(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors as a file holds them: large matrices as int8 with float32 scales, others float16."""
    packed: dict[str, Tensor] = {}
    for name, value in state.items():
        value = value.detach().cpu().float()
        if value.ndim < 2 or value.numel() < LARGE:
            packed[name] = value.clamp(-FINEST, FINEST).half().contiguous()
            continue
        rows = value.flatten(1)
        scale = (rows.abs().amax(1) / 127).clamp(min=1e-30)
        packed[name] = (rows / scale[:, None]).round().to(torch.int8).view(value.shape)
        packed[name + SCALE] = scale
    return packed


def unpack(packed: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors, float32, of what `pack` made; plain half precision is read too."""
    state = {}
    for name, value in packed.items():
        if name.endswith(SCALE):
            continue
        state[name] = value.float()
        if value.dtype == torch.int8:
            scale = packed[name + SCALE]
            state[name] = state[name] * scale.view(-1, *[1] * (value.ndim - 1))
    return state

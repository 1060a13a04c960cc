# SPDX-License-Identifier: Apache-2.0
"""Weights in a byte each come back within half a step of their row."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from kinora.backend.kit.eighths import LARGE, pack, unpack


@given(st.integers(0, 2**31), st.floats(1e-4, 1e3), st.sampled_from([(200, 100), (64, 64, 3, 3)]))
def test_what_is_packed_comes_back_within_half_a_step_of_its_row(seed, size, shape):
    draw = torch.Generator().manual_seed(seed)
    rows = size * torch.exp(torch.randn(shape[0], generator=draw))
    weights = torch.randn(shape, generator=draw) * rows.view(-1, *[1] * (len(shape) - 1))
    packed = pack({"w": weights})
    assert packed["w"].dtype == torch.int8
    back = unpack(packed)["w"]
    step = weights.flatten(1).abs().amax(1) / 127
    assert ((back - weights).flatten(1).abs().amax(1) <= 0.5001 * step).all()
    assert torch.equal(unpack(pack({"w": back}))["w"].argmax(), back.argmax())


def test_small_tensors_and_rows_of_nothing_stay_as_they_are():
    state = {"bias": torch.arange(5.0), "rows": torch.zeros(LARGE // 64, 64)}
    back = unpack(pack(state))
    assert torch.equal(back["bias"], state["bias"])
    assert torch.equal(back["rows"], state["rows"])


def test_files_of_half_precision_are_read_too():
    state = {"w": torch.randn(200, 100).half()}
    assert torch.equal(unpack(state)["w"], state["w"].float())

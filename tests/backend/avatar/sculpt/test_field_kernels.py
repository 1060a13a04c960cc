# SPDX-License-Identifier: Apache-2.0
"""The field's Triton kernels give what plain PyTorch gives.

Without CUDA, Triton's interpreter runs them: TRITON_INTERPRET=1 pytest tests/backend/avatar/sculpt
"""

from __future__ import annotations

import os

import balls
import pytest
import torch

from kinora.backend.avatar.sculpt import bricks, hashgrid
from kinora.backend.avatar.sculpt.distance import base_field

pytest.importorskip("triton")
if not torch.cuda.is_available() and os.environ.get("TRITON_INTERPRET") != "1":
    pytest.skip("needs CUDA or TRITON_INTERPRET=1", allow_module_level=True)
kernel = pytest.importorskip("kinora.backend.avatar.sculpt.kernel")

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


@pytest.mark.parametrize(("first", "count"), [(0, 3), (3, 3), (0, 6)])
def test_lookups(first, count):
    base = base_field(balls.start(), cell=0.02).bricks
    torch.manual_seed(0)
    # Some lie beside the lattice.
    places = torch.randn(700, 3) * 0.2
    plain = bricks.plain_lookup(base, places, first, count)
    found = kernel.lookup(base.to(DEVICE), places.to(DEVICE), first, count)
    assert plain.std() > 0.01
    torch.testing.assert_close(found.cpu(), plain, atol=1e-5, rtol=0)


def test_encoding_and_its_gradient():
    torch.manual_seed(0)
    layout = hashgrid.layout(torch.zeros(3), torch.ones(3), (0.4, 0.03), 5, 1 << 10)
    table = torch.randn(layout.entries, 2, requires_grad=True)
    shown, places = torch.tensor([1.0, 1, 1, 0.5, 0]), torch.rand(700, 3)
    plain = hashgrid.plain_encode(table, places, layout, shown)
    own = (places.to(DEVICE), layout.to(DEVICE), shown.to(DEVICE))
    found = kernel.encode(table.detach().to(DEVICE), *own)
    torch.testing.assert_close(found.float().cpu(), plain.detach(), atol=0.02, rtol=0.01)
    goal = torch.randn(10, 700)
    (expected,) = torch.autograd.grad((plain * goal).sum(), table)
    spread = kernel.encode_backward(goal.to(DEVICE), *own)
    torch.testing.assert_close(spread.cpu(), expected, atol=1e-4, rtol=0)

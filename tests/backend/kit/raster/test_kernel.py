# SPDX-License-Identifier: Apache-2.0
"""The Triton kernels give bit for bit the keys of the plain version.

Without CUDA, Triton's interpreter runs them: TRITON_INTERPRET=1 pytest tests/backend/kit/raster
(with Triton 3.9; that of 3.6 does not run beside numpy 2.4).
"""

from __future__ import annotations

import os

import pytest
import torch

from kinora.backend.kit.raster import visibility

pytest.importorskip("triton")
if not torch.cuda.is_available() and os.environ.get("TRITON_INTERPRET") != "1":
    pytest.skip("needs CUDA or TRITON_INTERPRET=1", allow_module_level=True)
kernel = pytest.importorskip("kinora.backend.kit.raster.kernel")

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


@pytest.mark.parametrize("perspective", [True, False])
@pytest.mark.parametrize("spread", [0.3, 4.0, 60.0], ids=["small", "middling", "large"])
def test_the_kernels_give_the_plain_versions_keys(perspective, spread):
    random = torch.Generator().manual_seed(0)
    middle = torch.rand(300, 1, 2, generator=random) * 60 - 10
    flat = middle + torch.randn(300, 3, 2, generator=random) * spread
    depth = torch.rand(300, 3, 1, generator=random) * 9 - 0.2
    corners = torch.cat([flat, depth], dim=2)
    corners[0, 1, 0], corners[1, 0, 2] = torch.nan, torch.inf
    corners[2], corners[3] = corners[2, :1], corners[3] * 1e9
    picture = torch.randint(-1, 4, (300,), generator=random)
    arguments = ((3, 29, 41), perspective)
    plain = visibility.nearest_keys(corners, picture, *arguments)
    found = kernel.nearest_keys(corners.to(DEVICE), picture.to(DEVICE), *arguments)
    assert (plain != visibility.NOTHING).any()
    assert torch.equal(found.cpu(), plain)

# SPDX-License-Identifier: Apache-2.0
"""The kernels against plain PyTorch.

Without CUDA, Triton's interpreter runs them: TRITON_INTERPRET=1 pytest tests/backend/avatar/scenes.
"""

import os
from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from kinora.backend.avatar.scenes import crowd as crowds
from kinora.backend.avatar.scenes.batch import VIEWS, People, Shots
from kinora.backend.avatar.scenes.parts import NAMES
from kinora.backend.avatar.scenes.shapes import ShapeBasis
from kinora.backend.avatar.scenes.view import cameras
from kinora.backend.avatar.scenes.wardrobe import Wardrobe

if not torch.cuda.is_available() and os.environ.get("TRITON_INTERPRET") != "1":
    pytest.skip("needs CUDA or TRITON_INTERPRET=1", allow_module_level=True)

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
WORN = (
    ("skin", "eyes", "hair:long", "trousers", "tshirt", "sneakers"),
    ("skin", "beard:full", "tshirt", "hair:short"),
)


def _moved(wardrobe: Wardrobe) -> Wardrobe:
    def there(value: object) -> object:
        if isinstance(value, torch.Tensor):
            return value.to(DEVICE)
        if isinstance(value, dict):
            return {name: there(one) for name, one in value.items()}
        return value

    skeleton = wardrobe.skeleton
    moved = {f.name: there(getattr(skeleton, f.name)) for f in fields(skeleton)}
    values = {f.name: there(getattr(wardrobe, f.name)) for f in fields(wardrobe)}
    return replace(wardrobe, **values | {"skeleton": replace(skeleton, **moved)})


def test_kernels_make_the_geometry_that_plain_functions_make(
    small: Wardrobe, basis: ShapeBasis, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = np.full((2, 6), -1, np.int16)
    for number, names in enumerate(WORN):
        parts[number, : len(names)] = [NAMES.index(name) for name in names]
    people = People(
        basis.coefficients([{}, {"age": 0.2, "weight": 0.9}]),
        parts,
        np.ones((2, 6, 2, 3), np.float32),
        np.zeros((2, 6), np.int8),
        np.array([0, 3], np.int32),
    )
    none = np.zeros(2, np.float32)
    view = np.array([VIEWS.index("body"), VIEWS.index("face")], np.int8)
    shots = Shots(
        view, none, none, none + 1, np.zeros((2, 2), np.float32), view, view, view.astype(np.int64)
    )
    found = []
    wardrobe = _moved(small)
    for uses in (False, True):
        monkeypatch.setattr(crowds, "_uses_kernels", lambda _, uses=uses: uses)
        crowd = crowds.gather(wardrobe, people)
        drawn, picture, thing = crowd.faces(cameras(wardrobe, crowd, people, shots, 96))
        found.append((crowd, drawn, picture, thing))
    (plain, *seen), (fast, *fast_seen) = found
    assert torch.allclose(plain.places, fast.places, atol=2e-5)
    assert torch.equal(plain.hidden, fast.hidden)
    assert plain.hidden.any()
    assert ((plain.normals * fast.normals).sum(1) > 0.999).float().mean() > 0.999
    assert torch.allclose(seen[0], fast_seen[0], atol=0.02)
    assert torch.equal(seen[1].long(), fast_seen[1].long())
    assert torch.equal(seen[2].long(), fast_seen[2].long())

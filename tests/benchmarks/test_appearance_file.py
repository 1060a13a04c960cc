# SPDX-License-Identifier: Apache-2.0
"""What the appearance benchmark carries to other machines arrives there as it was."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from appearance_file import Recalling, restored, squeezed
from shapes import start

from kinora.backend.avatar.sculpt.stored import packed


def test_several_starts_come_back_bit_by_bit() -> None:
    one, two = packed(start()), packed(start())
    two["vertices"] = np.roll(two["vertices"], 7, axis=0)
    two["uvs"] = two["uvs"][::-1].copy()
    kept = squeezed(one, "0_", {})
    kept |= squeezed(two, "1_", kept)
    assert "1_solid_triangles" not in kept
    for prefix, given in (("0_", one), ("1_", two)):
        back = restored(kept, prefix)
        assert back.keys() == given.keys()
        for name, values in given.items():
            assert back[name].dtype == values.dtype
            np.testing.assert_array_equal(back[name], values)


def test_a_text_that_nobody_read_is_named() -> None:
    known = {"red shirt": torch.ones(128)}
    encoder = Recalling(None, None, None, "guide", {}, known)
    assert encoder.encode_phrases(["red shirt"]).shape == (1, 128)
    with pytest.raises(KeyError, match="blue shirt"):
        encoder.encode_phrases(["red shirt", "blue shirt"])

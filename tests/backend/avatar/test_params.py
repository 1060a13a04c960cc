# SPDX-License-Identifier: Apache-2.0
"""The options of the avatar system agree with what they choose from."""

from typing import get_args, get_type_hints

from kinora.backend.avatar.params import Params
from kinora.backend.catalog import build_catalog, listed_systems
from kinora.backend.kit.encoders.published import EMBEDDED_ENCODER, ENCODER_NAMES


def test_every_encoder_can_be_chosen_and_the_embedded_one_is_taken():
    assert get_args(get_type_hints(Params)["encoder"]) == ENCODER_NAMES
    [field] = [
        field
        for field in build_catalog(listed_systems()).system("avatar").fields
        if field.name == "encoder"
    ]
    assert field.choices == ENCODER_NAMES and field.default == EMBEDDED_ENCODER

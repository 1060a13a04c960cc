# SPDX-License-Identifier: Apache-2.0
"""What the wardrobe holds, in words: garments by where they are worn, roles, hair, colors."""

from __future__ import annotations

from .wardrobe.beards import BEARDS
from .wardrobe.cloth import LOOKS, label
from .wardrobe.design import SLOTS
from .wardrobe.garments import GARMENTS
from .wardrobe.hairstyles import STYLES
from .wardrobe.patterns import PATTERNS
from .words import colors, lexicon


def contents() -> dict[str, list[str]]:
    """Entries by heading, as a user would type them."""
    found = {
        f"Garments: {slot}": names
        for slot in SLOTS
        if (names := [label(name) for name, one in GARMENTS.items() if one.slot == slot])
    }
    found["Roles"] = [lexicon.words(role["words"])[0] for role in lexicon.read("roles")["role"]]
    found["Hair"], found["Beards"] = list(STYLES), list(BEARDS)
    found["Patterns"], found["Cloths"] = list(PATTERNS), list(LOOKS)
    found["Colors"] = list(colors.named())
    return found

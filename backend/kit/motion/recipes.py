# SPDX-License-Identifier: Apache-2.0
"""Which clips teach which action, and how."""

from __future__ import annotations

from .cycles import CycleRecipe
from .phrases import PhraseRecipe

CYCLES: dict[str, CycleRecipe] = {
    "walk": CycleRecipe(("walk", "walk_stride", "slow_walk"), seconds=(0.85, 1.6), styles=14),
    "run": CycleRecipe(("run",), seconds=(0.5, 0.9), from_halves=True),
    "zombie_walk": CycleRecipe(("zombie_walk",)),
    "jumping_jacks": CycleRecipe(("jumping_jacks",), "hands", straight=False),
}

PHRASES: dict[str, PhraseRecipe] = {
    "jump": PhraseRecipe(("jump", "hop"), "leap", 0.95, 0.95, phrases=10, is_single=True),
    "kick": PhraseRecipe(("martial_arts", "punch", "kick"), "kick", 0.9, 0.9, phrases=8),
    "kick_ball": PhraseRecipe(("soccer_kick",), "swing", 1.0, 0.9, phrases=1, neighbours=4),
    "salsa": PhraseRecipe(("salsa_dance",), phrases=32, neighbours=4),
    "dance": PhraseRecipe(("salsa_dance", "indian_dance"), phrases=32, neighbours=4),
    "ballet": PhraseRecipe(("dance",)),
    "indian_dance": PhraseRecipe(("indian_dance",)),
    "fight": PhraseRecipe(("martial_arts",)),
    "balance": PhraseRecipe(("balance",), phrases=8, neighbours=6),
    "dribble": PhraseRecipe(("basketball",), phrases=16),
    "swordplay": PhraseRecipe(("swordplay",), phrases=16),
    "direct_traffic": PhraseRecipe(("direct_traffic",), phrases=16),
    "wash_window": PhraseRecipe(("wash_window",), phrases=10),
    "wash_self": PhraseRecipe(("wash_self",), phrases=10),
}

# SPDX-License-Identifier: Apache-2.0
"""What a drawing can be asked to do: a verb, which parts, how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal[
    "body", "head", "leg", "arm", "wing", "fin", "tail", "ear", "stem", "leaf", "wheel", "trunk"
]
"""What a limb is: `trunk` hangs like an elephant's, `fin` also means flippers and tail flukes."""

Kind = Literal[
    "person", "quadruped", "biped", "bird", "fish", "snake", "insect", "plant", "vehicle", "thing"
]
"""How something is built: `biped` hops or walks on two legs (kangaroos, robots, dinosaurs);
`insect` has legs on both sides (crabs, spiders); `thing` has no limbs that are known of."""

Side = Literal["", "left", "right"]
"""The creature's own side; "" where it does not matter."""


@dataclass(frozen=True)
class Action:
    """One thing to do. No `parts`: those that the verb means by itself.

    `speed` and `amount` are factors, 1 as usual. `is_all`: both hands wave, not one.
    """

    verb: str
    parts: tuple[Role, ...] = ()
    side: Side = ""
    speed: float = 1.0
    amount: float = 1.0
    is_all: bool = False


VERBS: tuple[str, ...] = (
    "walk", "run", "crawl", "swim", "slither", "fly", "flap", "drive", "roll",
    "wag", "nod", "shake", "wave", "kick", "wiggle", "curl", "peck", "chew", "lift",
    "hop", "jump", "bounce", "sway", "swing", "spin", "breathe", "pulse", "bow", "float",
    "stretch", "dance", "rock", "settle", "rise",
)  # fmt: skip
"""What `physics.perform` knows."""

# SPDX-License-Identifier: Apache-2.0
"""Actions become tracks of keypoints: closed loops in which bones keep their length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from . import gaits, gestures, wholes
from .actions import Action, Kind, Role
from .anatomy import Anatomy
from .moves import Moves
from .posing import posed, rooted
from .stage import Floats, Ints, Stage, make_stage

FPS = 12.0
VARIETY = 0.08
"""Of speed and amount, as a share: what `rng` is for. Every verb begins near the rest pose."""

PERFORMERS: dict[str, Callable[[Stage, Action], Moves]] = {
    "walk": gaits.walk,
    "run": gaits.run,
    "crawl": gaits.crawl,
    "swim": gaits.swim,
    "slither": gaits.slither,
    "fly": gaits.fly,
    "flap": gaits.flap,
    "drive": gaits.drive,
    "roll": gaits.roll,
    "wag": gestures.wag,
    "nod": gestures.nod,
    "shake": gestures.shake,
    "wave": gestures.wave_limb,
    "kick": gestures.kick,
    "wiggle": gestures.wiggle,
    "curl": gestures.curl,
    "peck": gestures.peck,
    "chew": gestures.chew,
    "lift": gestures.lift,
    "hop": wholes.hop,
    "jump": wholes.jump,
    "bounce": wholes.bounce,
    "sway": wholes.sway,
    "swing": wholes.swing,
    "spin": wholes.spin,
    "breathe": wholes.breathe,
    "pulse": wholes.pulse,
    "bow": wholes.bow,
    "float": wholes.drift,
    "stretch": wholes.stretch,
    "dance": wholes.dance,
    "rock": wholes.rock,
    "settle": wholes.settle,
    "rise": gaits.rise,
}
"""How each of `actions.VERBS` is done."""
NEEDS: dict[str, tuple[Role, ...]] = {
    "walk": ("leg",),
    "run": ("leg",),
    "kick": ("leg",),
    "drive": ("wheel",),
    "fly": ("wing",),
    "flap": ("wing", "fin", "ear"),
    "wag": ("tail",),
    "curl": ("trunk", "tail", "stem"),
    "nod": ("head", "stem"),
    "peck": ("head",),
    "chew": ("head",),
    "wave": ("arm", "wing", "fin", "trunk", "tail", "leaf"),
    "lift": ("arm", "wing", "trunk", "head", "tail", "leg"),
}
OF_PARTS = frozenset(
    ("wag", "nod", "shake", "wave", "kick", "wiggle", "curl", "peck", "chew", "lift", "flap")
) | {"sway", "swing", "spin", "pulse", "stretch", "rock", "bow", "roll"}
"""What is done by the parts named: without them all of it would move, which nobody asked for."""
SWIMMERS: frozenset[Kind] = frozenset({"fish", "snake"})


def perform(  # noqa: PLR0913 (a creature is three arrays, a clip two numbers)
    points: Floats,
    edges: Ints,
    anatomy: Anatomy,
    actions: Sequence[Action],
    frames: int,
    rng: np.random.Generator,
    fps: float = FPS,
) -> Floats:
    """Tracks (T, K, 2) in the units of `points`; frame T would be frame 0. No action: it breathes.

    Bones keep their length but for squash and stretch and a vehicle's springs. What the creature
    has no parts for moves the whole of it, so that every action shows; where parts are named that
    it does not have, it breathes.
    """
    stage = make_stage(points, edges, anatomy, frames, frames / fps)
    meant = [_possible(one, anatomy) for one in actions or (Action("breathe"),)]
    first, *others = [PERFORMERS[one.verb](stage, _varied(one, rng)) for one in meant]
    return posed(stage, rooted(stage, sum(others, first)))


def suits(action: Action, anatomy: Anatomy) -> bool:
    """Whether it has what the action moves; otherwise `perform` moves something else."""
    if action.verb in ("swim", "slither"):
        return anatomy.kind in SWIMMERS
    needed = action.parts or NEEDS.get(action.verb, ())
    return not needed or bool(anatomy.of_role(*needed))


def is_calmed(action: Action, anatomy: Anatomy) -> bool:
    """Whether the parts named are lacking, and those that could stand in for them."""
    lacks = bool(action.parts) and not anatomy.of_role(*action.parts)
    instead = anatomy.of_role(*NEEDS.get(action.verb, ()))
    return lacks and action.verb in OF_PARTS and not instead


def _possible(action: Action, anatomy: Anatomy) -> Action:
    """Without the parts that it does not have."""
    if is_calmed(action, anatomy):
        return Action("breathe", (), "", action.speed, action.amount)
    parts = tuple(part for part in action.parts if anatomy.of_role(part))
    return replace(action, parts=parts)


def _varied(action: Action, rng: np.random.Generator) -> Action:
    speed, amount = np.exp(VARIETY * rng.standard_normal(2))
    return replace(action, speed=action.speed * speed, amount=action.amount * amount)

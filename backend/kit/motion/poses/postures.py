# SPDX-License-Identifier: Apache-2.0
"""Says in words what a pose looks like, so that it is found by its looks and not by its clip's."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor

from .....shared.skeleton import INDEX
from ..kinematics import place

SOFT = 0.05
"""Arm or leg lengths, or cosines, over which a fact grows from doubtful to sure."""
Pair = tuple[Tensor, Tensor]
SIDES = ("left", "right")


def looks(rotations: Tensor, offsets: Tensor) -> dict[str, Tensor]:
    """How true (N,), 0 to 1, each of some sentences is of poses (N, 22, 4) that face -Y, on a body
    whose joints lie apart by `offsets` (22, 3)."""
    see = Posture(rotations, offsets)
    # Arms over the head of somebody who lies or falls are not raised.
    upright = _over(see.up, 0.6)
    facts = {said: truth * upright for said, truth in _of_arms(see).items()} | _of_body(see)
    return {sentence: truth for said, truth in facts.items() for sentence in said}


def _of_arms(see: Posture) -> dict[tuple[str, ...], Tensor]:
    raised, aside, ahead, face = see.raised, see.aside, see.ahead, see.at_face
    return {
        ("raising both arms", "both hands up in the air, surrendering"): raised[0] * raised[1],
        ("raising one arm", "one hand up, calling for attention"): _one(raised),
        ("stretching both arms out to the sides", "balancing, flying with spread arms"): (
            aside[0] * aside[1]
        ),
        ("reaching out with both arms", "hugging, embracing somebody", "catching something"): (
            ahead[0] * ahead[1]
        ),
        ("pointing forward with a stretched arm", "shaking hands, giving something"): _one(ahead),
        ("hands on the hips",): see.on_hips,
        ("hands pressed together before the chest", "praying, begging"): (
            see.together * (1 - raised[0])
        ),
        (
            "holding something with both hands before the belly",
            "playing the guitar or the piano, an instrument",
            "typing, cooking, working with the hands",
        ): see.before_belly,
        ("one hand at the face", "speaking on the telephone, smoking"): _one(face),
        ("holding the head with both hands, covering the face",): face[0] * face[1],
        ("standing upright with hanging arms",): see.standing,
    }


def _of_body(see: Posture) -> dict[tuple[str, ...], Tensor]:
    upright, flat = _over(see.up, 0.6), _over(0.45 - see.up.abs())
    kneels, sits = see.kneels * upright, see.sits * upright
    stands = upright * (1 - sits) * (1 - kneels)
    return {
        ("bending over", "bending down to the ground"): (
            _over(see.lean, 0.6) * _over(see.up, -0.3)
        ),
        ("leaning back",): _over(-see.lean, 0.3) * upright,
        ("sitting on a chair",): sits * (1 - see.on_floor),
        ("sitting on the floor",): sits * see.on_floor,
        ("kneeling on the ground", "down on the knees"): kneels,
        ("squatting", "crouching down"): see.crouches * upright,
        ("lying flat on the ground", "sleeping"): (
            flat * see.stretched * see.on_floor * _over(0.7 - see.stride)
        ),
        ("on hands and knees",): flat * (1 - see.stretched) * see.on_hands,
        ("upside down, a handstand",): _over(-see.up, 0.4),
        ("kicking high", "lifting one leg high"): see.kicks * stands,
        ("standing on one leg",): see.one_leg * stands * (1 - see.kicks),
        ("a lunge, a long step with the legs wide apart",): _over(see.stride, 0.95) * stands,
    }


def _over(value: Tensor, least: float = 0.0) -> Tensor:
    return torch.sigmoid((value - least) / SOFT)


def _one(sides: Pair) -> Tensor:
    """That something is true of one side and not of the other."""
    return (sides[0] - sides[1]).abs()


class Posture:
    """What can be measured of poses: in arm lengths of the arms, in leg lengths of all else."""

    def __init__(self, rotations: Tensor, offsets: Tensor) -> None:
        placed = place(rotations, rotations.new_zeros(len(rotations), 3), offsets)
        self._world, self._places = placed.world, placed.places

        def length(*parts: str) -> float:
            return float(sum(offsets[INDEX[f"left_{part}"]].norm() for part in parts))

        self.arm, self.leg = length("elbow", "wrist"), length("knee", "ankle")
        self.chest = placed.world[:, INDEX["spine3"]]
        self.up = placed.world[:, 0, 2, 2]
        # How far the chest's top leans towards where the hips face.
        self.lean = (self.chest[..., 2] * -placed.world[:, 0, :, 1]).sum(-1)
        self.floor = placed.places[..., 2].amin(1)

    def at(self, joint: str) -> Tensor:
        return self._places[:, INDEX[joint]]

    def _hands(self) -> list[Tensor]:
        """(N, 3) each hand from its shoulder: out, up and to the front of the chest."""
        found = []
        for side, sign in zip(SIDES, (1.0, -1.0), strict=True):
            reach = self.at(f"{side}_wrist") - self.at(f"{side}_shoulder")
            own = (self.chest.mT @ reach[..., None])[..., 0] / self.arm
            found.append(torch.stack([sign * own[:, 0], own[:, 2], -own[:, 1]], dim=1))
        return found

    @cached_property
    def raised(self) -> Pair:
        left, right = (
            _over((self.at(f"{side}_wrist") - self.at("head"))[:, 2] / self.arm, 0.05)
            for side in SIDES
        )
        return left, right

    @cached_property
    def aside(self) -> Pair:
        left, right = (
            _over(hand[:, 0], 0.75) * _over(0.3 - hand[:, 1].abs()) for hand in self._hands()
        )
        return left, right

    @cached_property
    def ahead(self) -> Pair:
        left, right = (
            _over(hand[:, 2], 0.7) * _over(0.35 - hand[:, 1].abs()) for hand in self._hands()
        )
        return left, right

    @cached_property
    def at_face(self) -> Pair:
        front = self._world[:, INDEX["head"]] @ self._places.new_tensor([0.0, -0.12, 0.08])
        face = self.at("head") + front
        left, right = (
            _over(0.36 - (self.at(f"{side}_wrist") - face).norm(dim=1) / self.arm) for side in SIDES
        )
        return left, right

    @cached_property
    def on_hips(self) -> Tensor:
        """Wrists beside the hips and elbows out."""
        found = torch.ones_like(self.up)
        for side in SIDES:
            far = (self.at(f"{side}_wrist") - self.at(f"{side}_hip")).norm(dim=1)
            bend = (self.at(f"{side}_wrist") - self.at(f"{side}_shoulder")).norm(dim=1)
            found = found * _over(0.5 - far / self.arm) * _over(0.88 - bend / self.arm)
        return found

    @cached_property
    def together(self) -> Tensor:
        apart = (self.at("left_wrist") - self.at("right_wrist")).norm(dim=1) / self.arm
        ahead = torch.stack([hand[:, 2] for hand in self._hands()]).amin(0)
        height = torch.stack([hand[:, 1] for hand in self._hands()]).amin(0)
        return _over(0.24 - apart) * _over(ahead, 0.3) * _over(height, -0.65)

    @cached_property
    def before_belly(self) -> Tensor:
        found = torch.ones_like(self.up)
        for hand in self._hands():
            found = found * _over(hand[:, 2], 0.25) * _over(0.3 - (hand[:, 1] + 0.55).abs())
        return found

    @cached_property
    def standing(self) -> Tensor:
        return _over(self.up, 0.6) * self.straight * self.hanging

    @cached_property
    def hanging(self) -> Tensor:
        first, second = (_over(-hand[:, 1], 0.85) for hand in self._hands())
        return first * second

    @cached_property
    def on_hands(self) -> Tensor:
        low = [(self.at(f"{side}_wrist")[:, 2] - self.floor) / self.leg for side in SIDES]
        return _over(0.2 - torch.minimum(*low))

    def _legs(self) -> list[tuple[Tensor, Tensor]]:
        """(N, 3) thigh and shin of each leg, of unit length."""
        found = []
        for side in SIDES:
            hip, knee, ankle = (self.at(f"{side}_{part}") for part in ("hip", "knee", "ankle"))
            thigh, shin = knee - hip, ankle - knee
            found.append((thigh / thigh.norm(dim=1)[:, None], shin / shin.norm(dim=1)[:, None]))
        return found

    @cached_property
    def straight(self) -> Tensor:
        first, second = (_over((thigh * shin).sum(1), 0.85) for thigh, shin in self._legs())
        return first * second

    @cached_property
    def on_floor(self) -> Tensor:
        return _over(0.3 - (self.at("pelvis")[:, 2] - self.floor) / self.leg)

    @cached_property
    def crouches(self) -> Tensor:
        """Both knees sharply bent over the feet."""
        found = torch.ones_like(self.up)
        for (thigh, shin), side in zip(self._legs(), SIDES, strict=True):
            under = (self.at(f"{side}_ankle") - self.at("pelvis"))[:, :2].norm(dim=1) / self.leg
            found = found * _over(0.4 - (thigh * shin).sum(1)) * _over(0.5 - under)
            found = found * _over(-shin[:, 2], 0.5)
        return found

    @cached_property
    def sits(self) -> Tensor:
        """Both thighs level, and not over bent knees."""
        first, second = (_over(thigh[:, 2], -0.5) for thigh, _ in self._legs())
        return first * second * (1 - self.crouches)

    @cached_property
    def kneels(self) -> Tensor:
        """A knee on the floor with the shin along it, the hips above."""
        found = torch.zeros_like(self.up)
        for (thigh, shin), side in zip(self._legs(), SIDES, strict=True):
            low = (self.at(f"{side}_knee")[:, 2] - self.floor) / self.leg
            here = _over(0.28 - low) * _over(0.4 - shin[:, 2].abs()) * _over(-thigh[:, 2], 0.3)
            found = torch.maximum(found, here)
        return found

    @cached_property
    def stretched(self) -> Tensor:
        far = [(self.at(f"{side}_ankle") - self.at("pelvis")).norm(dim=1) for side in SIDES]
        return _over(torch.minimum(*far) / self.leg, 0.85)

    def _ankles(self) -> Tensor:
        return torch.stack([self.at(f"{side}_ankle")[:, 2] for side in SIDES]) / self.leg

    @cached_property
    def kicks(self) -> Tensor:
        """One foot at the height of the hips, its leg rather straight."""
        hips = self.at("pelvis")[:, 2] / self.leg
        bends = torch.stack([(thigh * shin).sum(1) for thigh, shin in self._legs()])
        each = _over(self._ankles() - hips, -0.45) * _over(bends, 0.5)
        return each.amax(0)

    @cached_property
    def one_leg(self) -> Tensor:
        heights = self._ankles()
        return _over((heights[0] - heights[1]).abs(), 0.28)

    @cached_property
    def stride(self) -> Tensor:
        apart: Tensor = (self.at("left_ankle") - self.at("right_ankle")).norm(dim=1)
        return apart / self.leg

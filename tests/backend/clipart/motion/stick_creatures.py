# SPDX-License-Identifier: Apache-2.0
"""Skeletons drawn by hand, with what their parts are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinora.backend.clipart.motion.anatomy import Anatomy, Limb


@dataclass(frozen=True, eq=False)
class Stick:
    points: NDArray[np.float64]
    anatomy: Anatomy

    @property
    def edges(self) -> NDArray[np.int64]:
        pairs = {
            (min(pair), max(pair))
            for limb in self.anatomy.limbs
            for pair in zip(limb.points, limb.points[1:], strict=False)
        }
        return np.array(sorted(pairs))


DOG = Stick(
    np.array(
        [(80, 130), (120, 125), (160, 125), (60, 110), (45, 90), (180, 95), (205, 100), (175, 75),
         (78, 165), (84, 200), (160, 165), (158, 200), (95, 168), (100, 200), (172, 165),
         (175, 200)], float
    ),
    Anatomy("quadruped", 0, (
        Limb((0, 1, 2), "body"), Limb((0, 3, 4), "tail"), Limb((2, 5, 6), "head"),
        Limb((5, 7), "ear"), Limb((0, 8, 9), "leg", "left", 1), Limb((2, 10, 11), "leg", "left"),
        Limb((0, 12, 13), "leg", "right", 1), Limb((2, 14, 15), "leg", "right"),
    ), (1.0, 0.0)),
)  # fmt: skip
FISH = Stick(
    np.array([(130, 128), (95, 128), (60, 128), (165, 128), (200, 110), (120, 160)], float),
    Anatomy("fish", 0, (
        Limb((0, 1, 2), "body"), Limb((0, 3, 4), "tail"), Limb((1, 5), "fin"),
    ), (-1.0, 0.0)),
)  # fmt: skip
OWL = Stick(
    np.array(
        [(128, 160), (128, 110), (128, 70), (80, 130), (50, 160), (176, 130), (206, 160),
         (112, 200), (144, 200)], float
    ),
    Anatomy("bird", 0, (
        Limb((0, 1), "body"), Limb((1, 2), "head"), Limb((1, 3, 4), "wing", "right"),
        Limb((1, 5, 6), "wing", "left"), Limb((0, 7), "leg", "right"), Limb((0, 8), "leg", "left"),
    )),
)  # fmt: skip
FLOWER = Stick(
    np.array([(128, 220), (128, 180), (129, 140), (128, 90), (95, 160)], float),
    Anatomy("plant", 0, (Limb((0, 1, 2, 3), "stem"), Limb((1, 4), "leaf"))),
)
CAR = Stick(
    np.array([(128, 140), (50, 140), (210, 140), (80, 180), (180, 180)], float),
    Anatomy("vehicle", 0, (
        Limb((0, 1), "body"), Limb((0, 2), "body"), Limb((1, 3), "wheel"), Limb((2, 4), "wheel"),
    ), (1.0, 0.0)),
)  # fmt: skip
BALL = Stick(
    np.array([(128, 170), (128, 128), (128, 86), (86, 128), (170, 128)], float),
    Anatomy("thing", 0, (Limb((0, 1, 2), "body"), Limb((1, 3), "body"), Limb((1, 4), "body"))),
)
ALL = {"dog": DOG, "fish": FISH, "owl": OWL, "flower": FLOWER, "car": CAR, "ball": BALL}

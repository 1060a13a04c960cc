# SPDX-License-Identifier: Apache-2.0
"""Which branch of a skeleton is a leg, a tail, a head: from where it lies and what is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..drawing import PERSON, Drawing, Skeleton
from . import legged, legless
from .actions import Kind, Side
from .anatomy import Anatomy, Limb
from .bearing import feet_of
from .branches import Graph
from .looks import eye_of, is_mirrored, silhouette, thickness
from .stage import Floats

TENTACLED = ("octopus", "squid", "jellyfish", "cuttlefish")
READERS: dict[Kind, Callable[[Graph, str], Anatomy]] = {
    "person": legged.biped,
    "quadruped": legged.quadruped,
    "biped": legged.biped,
    "bird": legged.bird,
    "insect": legged.insect,
    "fish": legless.fish,
    "snake": legless.snake,
    "plant": legless.plant,
    "vehicle": legless.vehicle,
    "thing": legless.thing,
}


def read_anatomy(
    skeleton: Skeleton, drawing: Drawing, kind: Kind | None, subject: str = ""
) -> Anatomy:
    """What the points of a skeleton are, of a subject of this kind; None: the drawing decides."""
    if skeleton.is_person:
        return person_anatomy(skeleton.points)
    painted = silhouette(drawing)
    graph = Graph(
        skeleton.points,
        skeleton.edges,
        thickness(skeleton.points, painted),
        is_mirrored(painted),
        eye_of(drawing),
    )
    reader = READERS[kind or _guessed(graph)]
    if subject.startswith(TENTACLED):
        reader = legged.tentacled
    anatomy = reader(graph, subject)
    # A skeleton of few points or of loose ones may leave nothing of a limb but its joint.
    return replace(anatomy, limbs=tuple(limb for limb in anatomy.limbs if len(limb.points) > 1))


def person_anatomy(points: Floats) -> Anatomy:
    """Of the 13 points of `PERSON`: all hangs on the left hip."""
    at = {name: number for number, name in enumerate(PERSON)}
    limbs = [
        Limb((at["left_hip"], at["left_shoulder"]), "body"),
        Limb((at["left_hip"], at["right_hip"]), "body"),
        Limb((at["left_shoulder"], at["right_shoulder"]), "body"),
        Limb((at["left_shoulder"], at["head"]), "head"),
    ]
    sides: tuple[Side, Side] = ("left", "right")
    for side in sides:
        arm = tuple(at[f"{side}_{part}"] for part in ("shoulder", "elbow", "wrist"))
        leg = tuple(at[f"{side}_{part}"] for part in ("hip", "knee", "ankle"))
        limbs += [Limb(arm, "arm", side), Limb(leg, "leg", side)]
    wide = abs(points[at["left_shoulder"], 0] - points[at["right_shoulder"], 0])
    tall = abs(points[at["left_shoulder"], 1] - points[at["left_hip"], 1])
    aside = points[at["head"], 0] - points[[1, 2], 0].mean()
    forward = (0.0, 0.0) if wide > 0.4 * tall else (1.0 if aside >= 0 else -1.0, 0.0)
    return Anatomy("person", at["left_hip"], tuple(limbs), forward)


def _guessed(graph: Graph) -> Kind:
    """Legs under a lying body: four feet; a long chain: a snake. Else a thing."""
    width, height = np.ptp(graph.points, axis=0)
    feet = feet_of(graph)
    if len(feet) >= 2 and len(graph.branches) > len(feet) and width > 0.8 * height:
        return "quadruped"
    return "snake" if not graph.branches and width > 3 * height else "thing"

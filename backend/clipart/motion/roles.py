# SPDX-License-Identifier: Apache-2.0
"""Which branch of a skeleton is a leg, a tail, a head: from where it lies and what is drawn."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from scipy.ndimage import distance_transform_edt

from ..drawing import CANVAS, PERSON, Drawing, Skeleton
from ..painting import paint
from .actions import Kind, Role, Side
from .anatomy import Anatomy, Limb
from .branches import Branch, Graph
from .stage import Floats

LOW = 0.30
"""What tips reach this far up from the ground, as a share of the height, are feet."""
MIRRORED = 0.16
"""Of the width: how far the two sides of what looks at us may differ."""
POT = 2.0
"""Times as thick as a stem at its thinnest is what it stands in."""
TENTACLED = frozenset({"octopus", "squid", "jellyfish", "cuttlefish"})


def read_anatomy(
    skeleton: Skeleton, drawing: Drawing, kind: Kind | None, subject: str = ""
) -> Anatomy:
    """What the points of a skeleton are, of a subject of this kind; None: the drawing decides."""
    if skeleton.is_person:
        return person_anatomy(skeleton.points)
    graph = Graph(skeleton.points, skeleton.edges, _thickness(skeleton.points, drawing))
    built = kind if kind not in (None, "person") else _guessed(graph)
    if kind == "person":
        built = "biped"
    if built == "insect" and subject.rstrip("s") in TENTACLED:
        return _tentacled(graph)
    return _READERS[built](graph)


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


def _thickness(points: Floats, drawing: Drawing) -> Floats:
    """(K,) from each point to the outline of what is painted."""
    alpha = paint(drawing, int(CANVAS))[..., 3] > 127
    depth = distance_transform_edt(np.pad(alpha, 1))[1:-1, 1:-1]
    x, y = np.clip(points.round(), 0, CANVAS - 1).astype(int).T
    found: Floats = depth[y, x]
    return found


def _guessed(graph: Graph) -> Kind:
    """Legs under a lying body: four feet. Else a thing."""
    width, height = np.ptp(graph.points, axis=0)
    feet = _feet(graph)
    if len(feet) >= 2 and len(graph.branches) > len(feet) and width > 0.8 * height:
        return "quadruped"
    return "snake" if not graph.branches and width > 3 * height else "thing"


def _feet(graph: Graph) -> list[Branch]:
    """Branches that go down to the ground, from left to right."""
    ground, height = graph.points[:, 1].max(), np.ptp(graph.points[:, 1])
    found = [
        branch
        for branch in graph.branches
        if graph.points[branch.tip, 1] > ground - LOW * height
        and graph.points[branch.tip, 1] > graph.points[branch.fork, 1]
        and _steep(graph, branch)
    ]
    return sorted(found, key=lambda branch: graph.points[branch.tip, 0])


def _steep(graph: Graph, branch: Branch) -> bool:
    across, down = np.abs(graph.points[branch.tip] - graph.points[branch.fork])
    return bool(down > 0.6 * across)


def _middle(graph: Graph) -> Floats:
    weights = graph.thickness + 1e-3
    middle: Floats = (graph.points * weights[:, None]).sum(0) / weights.sum()
    return middle


def _quadruped(graph: Graph) -> Anatomy:
    feet, middle = _feet(graph), _middle(graph)
    others = [branch for branch in graph.branches if branch not in feet]
    head, tail = _head_and_tail(graph, others)
    front = np.sign((graph.points[head.tip] - middle)[0]) if head else 1.0
    if head is None and tail is not None:
        front = -np.sign((graph.points[tail.tip] - middle)[0])
    front = float(front) or 1.0
    limbs = _walking(graph, feet, front)
    core = sorted(graph.core, key=lambda point: front * graph.points[point, 0])
    root, chest = (tail.fork if tail else core[0]), (head.fork if head else core[-1])
    if root == chest and len(core) > 1:
        root, chest = core[0], core[-1]
    limbs.append(Limb(graph.path(root, chest), "body"))
    limbs += [Limb(head.points, "head")] if head else []
    limbs += [Limb(tail.points, "tail")] if tail else []
    for branch in others:
        if branch not in (head, tail):
            limbs.append(Limb(branch.points, _small(graph, branch, head)))
    return Anatomy("quadruped", root, tuple(limbs), (front, 0.0))


def _small(graph: Graph, branch: Branch, head: Branch | None) -> Role:
    """Ears stand near the head; what else there is hangs like a tail."""
    near = (
        head is not None
        and np.linalg.norm(graph.points[branch.fork] - graph.points[head.tip])
        < np.linalg.norm(np.ptp(graph.points, axis=0)) * 0.35
    )
    return "ear" if near else "tail"


def _head_and_tail(graph: Graph, others: list[Branch]) -> tuple[Branch | None, Branch | None]:
    """The thick branch at one end and a thin one at the other."""
    if not others:
        return None, None
    width = np.ptp(graph.points[:, 0]) or 1.0
    middle = _middle(graph)[0]

    def headlike(branch: Branch) -> float:
        out = abs(graph.points[branch.tip, 0] - middle) / width
        return graph.girth(branch) * (0.3 + out)

    head = max(others, key=headlike)
    side = np.sign(graph.points[head.tip, 0] - middle)
    behind = [
        branch
        for branch in others
        if branch is not head and side * (graph.points[branch.tip, 0] - middle) < -0.15 * width
    ]
    tail = max(behind, key=lambda branch: graph.reach(branch.points), default=None)
    return head, tail


def _walking(graph: Graph, feet: list[Branch], front: float) -> list[Limb]:
    """Legs in pairs from the front: the first of each pair is the left one."""
    ahead = sorted(feet, key=lambda branch: -front * graph.points[branch.tip, 0])
    if len(ahead) <= 2:
        sides: tuple[Side, ...] = ("left", "right")
        return [Limb(b.points, "leg", sides[n % 2], n) for n, b in enumerate(ahead)]
    middle = np.mean([graph.points[branch.tip, 0] for branch in ahead])
    limbs = []
    for order in (0, 1):
        group = [
            b for b in ahead if (front * (graph.points[b.tip, 0] - middle) <= 0) == bool(order)
        ]
        for number, branch in enumerate(group):
            limbs.append(Limb(branch.points, "leg", "left" if number % 2 == 0 else "right", order))
    return limbs


def _own_side(graph: Graph, branch: Branch, forward: float) -> Side:
    """Of what looks at us its left is to the right."""
    if forward:
        return ""
    return "left" if graph.points[branch.tip, 0] > _middle(graph)[0] else "right"


def _is_mirrored(graph: Graph) -> bool:
    """Whether it looks at us: each tip has one like it on the other side."""
    tips = graph.points[[branch.tip for branch in graph.branches]]
    if len(tips) < 2:
        return True
    width = np.ptp(graph.points[:, 0]) or 1.0
    middle = (tips[:, 0].min() + tips[:, 0].max()) / 2
    mirrored = np.stack([2 * middle - tips[:, 0], tips[:, 1]], axis=1)
    gaps = np.linalg.norm(mirrored[:, None] - tips[None], axis=-1).min(1)
    return bool(np.median(gaps) < MIRRORED * width)


def _biped(graph: Graph) -> Anatomy:
    """On two legs: a head above, arms at the sides, perhaps a tail."""
    feet = _feet(graph)
    forward = 0.0 if _is_mirrored(graph) else _nose(graph)
    others = [branch for branch in graph.branches if branch not in feet]
    top = min(others, key=lambda branch: graph.points[branch.tip, 1], default=None)
    root = _lowest(graph, graph.core)
    neck = top.fork if top else int(graph.points[:, 1].argmin())
    limbs = [Limb(graph.path(root, neck), "body")]
    limbs += [Limb(top.points, "head")] if top else []
    limbs += _pairs(graph, feet, "leg", forward)
    sides = [branch for branch in others if branch is not top]
    behind = [
        b for b in sides if forward and forward * (graph.points[b.tip] - _middle(graph))[0] < 0
        and graph.points[b.fork, 1] > _middle(graph)[1]
    ]  # fmt: skip
    limbs += [Limb(branch.points, "tail") for branch in behind]
    limbs += _pairs(graph, [branch for branch in sides if branch not in behind], "arm", forward)
    return Anatomy("biped", root, tuple(limbs), (forward, 0.0))


def _pairs(graph: Graph, branches: list[Branch], role: Role, forward: float) -> list[Limb]:
    sides: Iterator[Side] = itertools.cycle(("left", "right"))
    return [
        Limb(b.points, role, next(sides) if forward else _own_side(graph, b, 0.0))
        for b in sorted(branches, key=lambda b: graph.points[b.tip, 0])
    ]


def _nose(graph: Graph) -> float:
    """The way that it faces: where the head is of the middle."""
    high = graph.points[int(graph.points[:, 1].argmin()), 0]
    return 1.0 if high >= _middle(graph)[0] else -1.0


def _lowest(graph: Graph, points: tuple[int, ...]) -> int:
    return max(points or range(len(graph.points)), key=lambda point: graph.points[point, 1])


def _bird(graph: Graph) -> Anatomy:
    """Wings reach far out; from the front there are two, from the side the larger is seen."""
    feet = _feet(graph)
    forward = 0.0 if _is_mirrored(graph) else _beak(graph, feet)
    others = [branch for branch in graph.branches if branch not in feet]
    middle = _middle(graph)
    root = min(graph.core, key=lambda p: float(np.linalg.norm(graph.points[p] - middle)))
    limbs = _pairs(graph, feet, "leg", forward)
    if forward == 0.0:
        top = [
            b
            for b in others
            if abs(graph.points[b.tip, 0] - middle[0]) < 0.15 * np.ptp(graph.points[:, 0])
        ]
        limbs += [
            Limb(b.points, "head" if graph.points[b.tip, 1] < middle[1] else "tail") for b in top
        ]
        limbs += _pairs(graph, [b for b in others if b not in top], "wing", 0.0)
    else:
        limbs += _bird_from_the_side(graph, others, forward)
    limbs.append(Limb(_core_chain(graph, root), "body"))
    return Anatomy("bird", root, tuple(limbs), (forward, 0.0))


def _bird_from_the_side(graph: Graph, others: list[Branch], forward: float) -> list[Limb]:
    ahead = sorted(others, key=lambda b: -forward * graph.points[b.tip, 0])
    limbs = []
    if ahead:
        head = ahead[0]
        limbs.append(Limb(head.points, "head"))
        rest = ahead[1:]
        tail = rest[-1] if len(rest) > 1 else None
        limbs += [Limb(tail.points, "tail")] if tail else []
        limbs += _pairs(graph, [b for b in rest if b is not tail], "wing", forward)
    return limbs


def _beak(graph: Graph, feet: list[Branch]) -> float:
    others = [branch for branch in graph.branches if branch not in feet]
    head, _ = _head_and_tail(graph, others)
    if head is None:
        return 1.0
    return 1.0 if graph.points[head.tip, 0] >= _middle(graph)[0] else -1.0


def _core_chain(graph: Graph, root: int) -> tuple[int, ...]:
    """The longest way through the body from its root."""
    ways = [graph.path(root, point) for point in graph.core if point != root]
    inner = [way for way in ways if set(way) <= set(graph.core)]
    return max(inner, key=graph.reach, default=(root,))


def _fish(graph: Graph) -> Anatomy:
    """The longest way is the spine; its thicker half is the head's."""
    spine = graph.longest()
    half = len(spine) // 2
    first, last = (graph.thickness[list(part)].sum() for part in (spine[:half], spine[-half:]))
    spine = spine if last >= first else spine[::-1]
    forward = graph.points[spine[-1]] - graph.points[spine[0]]
    forward = forward / (np.linalg.norm(forward) or 1.0)
    tail = max(1, len(spine) // 3)
    limbs = [Limb(spine[tail:], "body"), Limb(spine[tail::-1], "tail")]
    for branch in graph.branches:
        if not set(branch.points) <= set(spine):
            is_tail = branch.fork in spine[: tail + 1]
            limbs.append(Limb(branch.points, "tail" if is_tail else "fin"))
    return Anatomy("fish", spine[tail], tuple(limbs), (float(forward[0]), float(forward[1])))


def _snake(graph: Graph) -> Anatomy:
    spine = graph.longest()
    ends = (
        graph.thickness[[spine[0], spine[1]]].sum(),
        graph.thickness[[spine[-1], spine[-2]]].sum(),
    )
    spine = spine if ends[1] >= ends[0] else spine[::-1]
    forward = graph.points[spine[-1]] - graph.points[spine[0]]
    forward = forward / (np.linalg.norm(forward) or 1.0)
    limbs = [Limb(spine, "body")]
    limbs += [Limb(b.points, "leaf") for b in graph.branches if not set(b.points) <= set(spine)]
    return Anatomy("snake", spine[0], tuple(limbs), (float(forward[0]), float(forward[1])))


def _insect(graph: Graph) -> Anatomy:
    """Legs to both sides of the body, claws above it."""
    middle = _middle(graph)
    root = min(graph.core, key=lambda p: float(np.linalg.norm(graph.points[p] - middle)))
    limbs = [Limb(_core_chain(graph, root), "body")]
    is_up = [graph.points[b.tip, 1] < middle[1] for b in graph.branches]
    arms = [b for b, up in zip(graph.branches, is_up, strict=True) if up]
    legs = [b for b, up in zip(graph.branches, is_up, strict=True) if not up]
    limbs += _pairs(graph, arms, "arm", 0.0)
    sides: tuple[Side, Side] = ("left", "right")
    for side in sides:
        own = [b for b in legs if _own_side(graph, b, 0.0) == side]
        own.sort(key=lambda b: -abs(graph.points[b.tip, 0] - middle[0]))
        limbs += [Limb(b.points, "leg", side, order) for order, b in enumerate(own)]
    return Anatomy("insect", root, tuple(limbs))


def _tentacled(graph: Graph) -> Anatomy:
    """Arms hang from a head."""
    middle = _middle(graph)
    root = min(graph.core, key=lambda p: float(np.linalg.norm(graph.points[p] - middle)))
    limbs = [Limb(_core_chain(graph, root), "body")]
    for branch in graph.branches:
        is_low = graph.points[branch.tip, 1] > graph.points[branch.fork, 1]
        limbs.append(Limb(branch.points, "arm" if is_low else "head"))
    return Anatomy("insect", root, tuple(limbs))


def _plant(graph: Graph) -> Anatomy:
    """From the ground to the top one stem, the rest leaves."""
    tips = [branch.tip for branch in graph.branches] or list(
        graph.longest()[:: len(graph.longest()) - 1]
    )
    foot = max(tips, key=lambda point: graph.points[point, 1])
    top = min(tips, key=lambda point: graph.points[point, 1])
    whole = graph.path(foot, top)
    start = _above_the_pot(graph, whole)
    stem, pot = whole[start:], whole[:start]
    limbs = [Limb(stem, "stem")]
    limbs += [
        Limb(b.points, "leaf")
        for b in graph.branches
        if b.fork not in pot and not set(b.points) <= set(whole)
    ]
    return Anatomy("plant", stem[0], tuple(limbs))


def _above_the_pot(graph: Graph, way: tuple[int, ...]) -> int:
    """Where on the way up a stem leaves something thicker that it stands in; 0 where nothing is."""
    thick = graph.thickness[list(way[1:-1])]
    half = max(len(thick) // 2, 1)
    if len(thick) < 2 or thick[:half].max() < POT * thick.min():
        return 0
    slender = np.flatnonzero(thick < POT * thick.min())
    return int(slender[0]) + 1


def _vehicle(graph: Graph) -> Anatomy:
    """What reaches the ground is wheels; all else is one body."""
    feet = _feet(graph)
    middle = _middle(graph)
    core = [p for p in range(len(graph.points)) if all(p not in b.points[1:] for b in feet)]
    root = min(core, key=lambda p: float(np.linalg.norm(graph.points[p] - middle)))
    limbs = [Limb(b.points, "wheel") for b in feet]
    limbs += [Limb(graph.path(root, point), "body") for point in core if point != root]
    facing = 1.0 if middle[0] <= graph.points[:, 0].mean() else -1.0
    return Anatomy("vehicle", root, tuple(limbs), (facing, 0.0))


def _thing(graph: Graph) -> Anatomy:
    """From where it stands to its top; what sticks out at the sides can wave."""
    feet = _feet(graph) if len(_feet(graph)) > 1 else []
    foot = _lowest(graph, graph.core if feet else ())
    top = int(graph.points[:, 1].argmin())
    limbs = [Limb(graph.path(foot, top), "body")] if foot != top else []
    used = set(graph.path(foot, top))
    limbs += _pairs(graph, feet, "leg", 0.0)
    sides = [b for b in graph.branches if b not in feet and not set(b.points) <= used]
    limbs += _pairs(graph, sides, "arm", 0.0)
    return Anatomy("thing", foot, tuple(limbs))


_READERS = {
    "quadruped": _quadruped,
    "biped": _biped,
    "bird": _bird,
    "fish": _fish,
    "snake": _snake,
    "insect": _insect,
    "plant": _plant,
    "vehicle": _vehicle,
    "thing": _thing,
}
